"""A link, a note and the next problem from every view: for the row's own room, refusal or ended room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor.core.room import RoomKey
from monitor.ui.screens.mint import MintScreen
from monitor.ui.screens.note import NoteScreen
from monitor.ui.screens.overview import OverviewScreen
from tests.ui.minting import access, rooms
from tests.ui.scenes import HOST, OWNER, SCENES, SERVER, connected, crowd, ended, fine, jane, refused, seen
from tests.ui.screen import NARROW, WIDE, Running, running
from tests.ui.test_mint_screen import value

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def view(run: Running) -> Any:
    screen = run.app.screen_stack[0]
    assert isinstance(screen, OverviewScreen)
    return screen._view


async def find(run: Running, grid: str, is_wanted: Any) -> None:
    """Put the cursor on the first row that is wanted."""
    for at, row in enumerate(run.grid(grid)._rows):
        if is_wanted(row):
            await run.press("g", *["j"] * at)
            return
    raise AssertionError("there is no such row")


@SIZES
async def test_t_in_people_is_for_the_person_and_their_room(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("2")
        await find(run, "everybody", lambda row: row.name == "Ayşe")
        await run.press("t")
        assert isinstance(run.app.screen, MintScreen)
        assert [value(run, id) for id in ("room", "name", "user-id")] == ["standup", "Ayşe", "u-7"]
        await run.press("escape")
        assert view(run).NAME == "people"


@SIZES
async def test_t_in_findings_is_for_whom_the_finding_is_about(size: tuple[int, int], tmp_path: Path) -> None:
    events = [*SCENES["overview"], *SCENES["held-open"]]
    async with running(events, size, tokens=access(tmp_path)) as run:
        await run.press("3", "g", "t")
        # What holds for a whole server is in no room.
        assert isinstance(run.app.screen, OverviewScreen)
        assert "mint" not in run.lines()[-1]
        await find(run, "reports", lambda row: row.room is not None and row.person is None)
        row: Any = run.grid("reports")._rows[run.grid("reports")._index]
        await run.press("t")
        assert [value(run, id) for id in ("room", "name")] == [row.room.key.node, "On-call: ann"]
        await run.press("escape")
        await find(run, "reports", lambda row: row.person is not None)
        row = run.grid("reports")._rows[run.grid("reports")._index]
        await run.press("t")
        assert [value(run, id) for id in ("room", "name")] == [row.room.key.node, row.who]


@SIZES
async def test_t_at_the_door_is_for_whoever_was_turned_away_though_the_room_is_not_open(
    size: tuple[int, int], tmp_path: Path
) -> None:
    events = [
        *connected(),
        seen("chemie-9", fine(1, "Ann", OWNER)),
        ended(),
        refused(30, "party", "physik", "Lukas Wolf"),
        refused(20, "token", "chemie-9", "Frau Teacher", "expired", affiliation="owner"),
        refused(10, "lobby", "chemie-9", None),
    ]
    async with running(events, size, tokens=access(tmp_path)) as run:
        assert run.store.find_room(RoomKey(SERVER, HOST, "physik")) is None
        await run.press("4")
        await find(run, "refusals", lambda row: row.who == "Lukas Wolf")
        await run.press("t")
        assert [value(run, id) for id in ("room", "name", "user-id")] == ["physik", "Lukas Wolf", "u-Lukas Wolf"]
        assert "● member" in run.text()
        await run.press("escape")
        await find(run, "refusals", lambda row: row.who == "Frau Teacher")
        await run.press("t")
        assert [value(run, id) for id in ("room", "name")] == ["chemie-9", "Frau Teacher"]
        assert "● owner" in run.text()
        await run.press("escape", "x", "t")
        assert isinstance(run.app.screen, OverviewScreen)


async def test_where_nothing_was_asked_for_or_no_room_can_be_named_there_is_no_link(tmp_path: Path) -> None:
    async with running("door", tokens=access(tmp_path)) as run:
        await run.press("4", "slash", *"nobody-has-this", "enter", "t")
        assert isinstance(run.app.screen, OverviewScreen)
        await run.press("escape", "5", "t")
        assert isinstance(run.app.screen, OverviewScreen)


@SIZES
async def test_y_at_the_door_tells_of_the_refusal(size: tuple[int, int], copied: list[str]) -> None:
    events = [
        *connected(),
        seen("chemie-9", fine(1, "Ann", OWNER)),
        ended(),
        refused(20, "other_room", "chemie-9", "Max Kern", "Room eyJhbGciOiJIUzI1NiJ9.e30.c2ln of Max", room="mathe"),
    ]
    async with running(events, size) as run:
        await run.press("4", "y")
        assert isinstance(run.app.screen, NoteScreen)
        lines = copied[0].splitlines()
        assert lines[0] == f"Room:   chemie-9 @ {HOST}, server meet"
        assert "What:   turned away on joining: token for other room" in lines
        assert "When:   2026-09-21 14:13:00 UTC" in lines
        assert "Who:    M. K.: token says member" in lines
        assert "        the token is for the room mathe" in lines
        assert any(line.startswith("Cause:  the token is for another room") for line in lines)
        assert any(line.startswith("Fix:    they need a link") for line in lines)
        assert "Said:   not-allowed" in lines
        assert "Max" not in copied[0]
        assert "a7@meet.example" not in copied[0]
        assert "people as initials" in copied[0]
        await run.press("y")
        assert "Who:    Max Kern (a7@meet.example): token says member" in copied[1]
        assert "Said:   “Room (token left out) of Max”, not-allowed" in copied[1]
        assert "eyJ" not in copied[0] + copied[1]


@SIZES
async def test_y_in_history_tells_of_the_room_that_is_over_or_of_that_of_an_event(
    size: tuple[int, int], copied: list[str]
) -> None:
    async with running([*SCENES["ended"], seen("open-one", fine(1, "Ann", OWNER))], size) as run:
        await run.press("5")
        row: Any = run.grid("ended")._rows[0]
        await run.press("y")
        assert isinstance(run.app.screen, NoteScreen)
        assert copied[0].startswith(f"Room:   {row.key.node} @ {row.key.host}, server meet\n")
        assert "What:   the room is over: " in copied[0]
        assert "Ended:  2026-09-21 " in copied[0]
        for one in row.people:
            assert one.name not in copied[0]
        await run.press("y", "escape")
        assert row.people[0].name in copied[1]
        await run.press("tab", "tab")
        assert run.app.focused is run.grid("happenings")
        happening: Any = run.grid("happenings")._rows[0]
        await run.press("Y", "escape")
        assert copied[2].startswith(f"Room:   {happening.room.name} @ ")
        await run.press("z")
        assert isinstance(run.app.screen, OverviewScreen)


@SIZES
@pytest.mark.parametrize(("start", "scene"), [("4", "door"), ("5", "ended")])
@pytest.mark.parametrize("key", ["n", "N"])
async def test_n_leads_from_what_is_over_to_the_problems(
    size: tuple[int, int], start: str, scene: str, key: str
) -> None:
    events = [*SCENES[scene], seen("alpha", jane(1)), seen("beta", jane(2)), ended()]
    async with running(events, size) as run:
        await run.press(start, key)
        assert view(run).NAME == "findings"
        rows = run.grid("reports")._rows
        problems = [at for at, row in enumerate(rows) if view(run).listing.is_problem(row)]
        assert run.grid("reports")._index == (problems[0] if key == "n" else problems[-1])
        assert run.app.focused is run.grid("reports")
        first = run.grid("reports")._index
        await run.press(key)
        assert run.grid("reports")._index != first


@SIZES
async def test_n_leads_to_what_holds_for_a_server_where_no_room_has_a_problem(size: tuple[int, int]) -> None:
    many = [refused(at, "ban", "alpha", f"Mallory {at}") for at in (1, 2, 3)]
    async with running([*connected(), seen("alpha", fine(1, "Ann", OWNER)), ended(), *many], size) as run:
        for start in ("1", "2"):
            await run.press(start, "n")
            assert view(run).NAME == "findings"
        await run.press("1", "enter", "n")
        assert view(run).NAME == "findings"
        await run.press("n")
        assert "No other finding has a problem." in str([one.message for one in run.app._notifications])


@SIZES
async def test_n_says_so_where_nothing_has_a_problem_and_stays(size: tuple[int, int]) -> None:
    async with running([*connected(), seen("alpha", *crowd(1, 2)), ended()], size) as run:
        for start, here in (("1", "rooms"), ("2", "people"), ("4", "door"), ("5", "history")):
            run.app.clear_notifications()
            await run.press(start, "n")
            assert here == view(run).NAME
            assert [one.message for one in run.app._notifications] == ["Nothing has a problem."]


@SIZES
async def test_n_stays_where_the_only_problem_is_under_the_cursor(size: tuple[int, int]) -> None:
    async with running([*connected(), seen("alpha", jane(1)), seen("b", fine(2, "B", OWNER)), ended()], size) as run:
        await run.press("n")
        assert view(run).NAME == "rooms"
        assert [one.message for one in run.app._notifications] == ["No other room has a problem."]
