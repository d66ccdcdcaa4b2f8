"""The detail of a room: everything about it on one screen, live, and still there when the room is over."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from msgspec import structs

from monitor.core.affiliation import ActorKind, Change
from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    HistoryTold,
    OccupantJoined,
    OccupantLeft,
    SnapshotEnded,
)
from monitor.core.history import Entry
from monitor.core.room import OwnerGone, Timer, WasThere
from monitor.ui.screens.help import HelpScreen
from monitor.ui.screens.inspector import InspectorScreen
from monitor.ui.screens.mint import MintScreen
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.pane import Pane
from tests.ui.minting import access, bearer, rooms
from tests.ui.scenes import (
    MEMBER,
    NOW,
    OWNER,
    SCENES,
    FakeSources,
    closes_too,
    connected,
    crowd,
    ended,
    fine,
    focus,
    jane,
    key,
    lost_owner,
    over,
    seen,
    timer,
)
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
PARTS = ("detail-people", "detail-person", "detail-why", "detail-course", "detail-past")


def focused(run: Running) -> str:
    """The id of the pane that has the focus."""
    return str(run.app.focused.id) if run.app.focused else ""


def series(run: Running, name: str) -> str:
    """That line of the chart, from its name on."""
    line = next(line for line in run.lines() if f"{name} " in line and "at most" in line)
    return " ".join(line[line.index(f"{name} ") :].split())


async def read(run: Running, part: str) -> str:
    """Go to a part of the detail and read what is drawn while it has the focus."""
    for _ in PARTS:
        if focused(run) == part:
            break
        await run.press("tab")
    assert focused(run) == part
    return run.text()


@SIZES
async def test_every_part_is_one_tab_further_and_is_named_at_any_size(size: tuple[int, int]) -> None:
    async with running("closing", size) as run:
        await run.press("enter")
        for part in (*PARTS, PARTS[0]):
            assert focused(run) == part
            for title in (
                "people 4",
                "Person 202 · token and rights",
                "why · ",
                "over time · 1 close timer",
                "timeline",
            ):
                assert title in run.text()
            assert "CLOSES in 00:38 at 14:13:57 (UTC): nobody here owns the room" in run.text()
            await run.press("tab")
        await run.press("shift+tab")
        assert focused(run) == PARTS[0]
        assert "tab pane" in run.lines()[-1]


@pytest.mark.parametrize("size", [WIDE, NARROW, (172, 24), (110, 30), (60, 20), (40, 15)])
@pytest.mark.parametrize("scene", ["hostile", "weird", "weird-closing", "several", "stale", "school", "held-open"])
async def test_every_scene_is_drawn_straight_at_any_size(scene: str, size: tuple[int, int]) -> None:
    async with running(scene, size) as run:
        await run.press("enter")
        for keys in (("j", "tab", "j"), ("right_square_bracket", "tab", "G"), ("tab", "j"), ("tab", "G"), ("n", "f")):
            await run.press(*keys)
            odd = {char for char in "".join(run.lines()) if unicodedata.category(char) in ("Cc", "Cf", "Cs")}
            assert not odd
            assert focused(run) in PARTS
        await run.press("escape")
        assert focused(run) == "rooms"


@SIZES
async def test_claims_stand_field_by_field_with_what_the_server_makes_of_each(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("j", "enter")
        text = await read(run, "detail-person")
        assert "Wrong Room came in with a token for another room. F11" in text
        await run.press("pagedown")
        text += run.text()
        assert '✓ iss "jitsi" "jitsi" is accepted' in text
        assert "× room" in text
        assert "Room does not match the room" in text[text.index("× room") :]
        assert "✓ signature the server checked it when they connected" in text
        await run.press("shift+tab", "j", "tab", "g")
        text = run.text()
        assert "Ayşe · token and rights" in text


@SIZES
async def test_features_of_token_and_session_stand_side_by_side_with_who_granted_them(size: tuple[int, int]) -> None:
    listed = {"context": {"user": {"id": "u", "affiliation": "member"}, "features": {"lobby": True, "recording": "x"}}}
    grant = Change(NOW - 60, MEMBER, OWNER, "u2@meet.example/web", ActorKind.PERSON)
    granted = structs.replace(
        bearer(1, "Promoted Pete", MEMBER, **listed),
        affiliation=OWNER,
        change=grant,
        features={"recording": True, "dance": "true"},
    )
    plain = bearer(3, "Plain Paula", MEMBER, **listed)
    events = [*connected(), seen("standup", granted, fine(2, "Chefin", OWNER), plain), ended()]
    async with running(events, size) as run:
        await run.press("2", "slash", *"name:pete", "enter", "enter")
        text = await read(run, "detail-person")
        assert "features token → session granted by Chefin at 14:12:20" in text
        for row in (
            'recording ? → ✓ neither true nor false: "x"',
            "lobby ✓ → – the token has it",
            "dance – → ✓ not the token's",
        ):
            assert row in text
        await run.press("escape", "slash", *"a", "escape", "slash", *"name:paula", "enter", "enter")
        text = await read(run, "detail-person")
        assert "granted by" not in text
        assert "lobby ✓ → ✓" in text


@SIZES
async def test_each_timer_has_its_time_its_cause_and_whether_it_is_deadly(size: tuple[int, int]) -> None:
    two = (timer(36.4, cause="Frau Keller"), timer(50, cause="Herr Sommer"))
    events = [*connected(party=True), seen("chemie-9", *crowd(1, 3, 0), armed=two, owner_seen=True), ended()]
    async with running(events, size) as run:
        await run.press("enter")
        text = await read(run, "detail-course")
        await run.press("G")
        text += run.text()
        assert "2 close timers" in text
        for words in (
            "× due 14:13:56 (UTC) in 00:37",
            "deadly: the room ends then, for no owner is here",
            "started 14:12:56 when Frau Keller left",
            "· due 14:14:10 (UTC) in 00:50",
            "harmless: another one ends the room first",
        ):
            assert words in text
        await run.wait(1.0)
        assert "due 14:13:56 (UTC) in 00:36" in (await read(run, "detail-course")) or size == NARROW
        owner = fine(9, "Frau Keller", OWNER)
        await run.apply(OccupantJoined(key("chemie-9"), "s1", NOW + 1, owner))
        await run.press("g")
        assert "harmless if an owner is still here then" in run.text()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([*connected(), seen("r", *crowd(1, 2)), ended()], "nothing closes rooms without an owner on this server"),
        ([*connected(party=True), seen("r", *crowd(1, 2)), ended()], "No close timer runs: an owner is here."),
        ([*connected(party=True), seen("r"), ended()], "No close timer runs: nobody is here."),
        (SCENES["no-timer"], "the room will not close by itself"),
        (SCENES["unknown"], "Whether a close timer runs is not known: monitoring began 14:08."),
        (SCENES["owner-lost"], "one starts when the owner counts as gone, at 14:14:07"),
        (SCENES["overdue"], "missed: no owner was here, and nobody was removed"),
        (
            [*connected(party=True), seen("r", *crowd(1, 2, 0), lost_owner(20), armed=(timer(50),)), ended()],
            "deadly: no owner is connected, and the last counts as gone at 14:13:40",
        ),
    ],
)
async def test_where_no_timer_will_end_the_room_it_says_why(events: list[object], words: str) -> None:
    async with running(events, NARROW) as run:  # type: ignore[arg-type]
        await run.press("enter")
        assert words in " ".join((await read(run, "detail-course")).replace("│", " ").split())


@SIZES
async def test_people_and_owners_over_time_have_a_line_each_and_an_axis(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("j", "enter")
        await read(run, "detail-course")
        people, owners = series(run, "people"), series(run, "owners")
        assert people.startswith("people 3 ▅")
        assert "▇ at most 3" in people
        assert "▄▄▄▄ at most 2" in owners
        axis = run.line_with("└13:31")
        assert "└14:10" in axis
        assert "└14:20" not in axis
        await run.wait(61)
        assert series(run, "owners").split(" at")[0].startswith(owners.split(" at")[0])


@SIZES
async def test_a_time_without_an_owner_stands_out_in_the_chart(size: tuple[int, int]) -> None:
    async with running("closing", size) as run:
        await run.press("enter")
        await read(run, "detail-course")
        assert "#ff6b6b" in run.foreground_of("▁")
        await run.press("right_square_bracket")
        assert "owners" in run.text()


async def test_the_chart_is_ascii_where_the_terminal_knows_nothing_else() -> None:
    async with running("held-open", WIDE, ascii_only=True) as run:
        await run.press("j", "enter")
        assert all(line.isascii() for line in run.lines())
        assert "*" in series(run, "people").split("at most")[0]
        assert "+13:31" in run.text()


@SIZES
async def test_every_finding_has_its_why_and_what_has_one_cause_is_told_once(size: tuple[int, int]) -> None:
    async with running("all-owners", size) as run:
        await run.press("enter")
        await read(run, "detail-why")
        text = run.text()
        for _ in range(6):
            await run.press("pagedown")
            text += run.text()
        assert "why · 25 findings" in text
        assert "Everybody here is an owner. F9" in text
        assert "Jane Doe has owner rights the token does not give." in text
        assert "and 23 others alike" in text
        assert "jicofo authentication is on" in text
        assert "since 13:31:40 (0.2 s after joining)" in text
        assert "f docker" in text
        await run.press("f", "g")
        assert "on docker" in run.text()


@SIZES
async def test_a_room_of_which_nothing_is_wrong_says_so(size: tuple[int, int]) -> None:
    events = [*connected(), seen("retro", focus(), *crowd(1, 3)), ended()]
    async with running(events, size) as run:
        await run.press("enter")
        assert "✓ Nothing is wrong here: no rule finds anything." in await read(run, "detail-why")
        assert "retro @ conference.meet.example · people 3 + 1 exempt" in run.text()


@SIZES
async def test_the_past_is_asked_for_and_drawn_when_it_comes(size: tuple[int, int]) -> None:
    sources = FakeSources()
    events = [*connected(), seen("retro", *crowd(1, 3)), seen("standup", *crowd(20, 3)), ended()]
    async with running(events, size, sources) as run:
        await run.press("enter", "right_square_bracket")
        await run.pilot.pause(0.5)
        assert "look at standup" in sources.calls
        told = tuple(Entry(NOW - 500 + at, "joined", 40 + at, f"Early {at}", "member", "member") for at in range(60))
        await run.apply(HistoryTold(key("standup"), told))
        text = await read(run, "detail-past")
        assert "Early 59 joined" in text
        await run.press("g")
        assert "Early 0 joined" in run.text()


@SIZES
async def test_the_next_room_and_the_next_problem(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("enter")
        seen_rooms = []
        for name in ("right_square_bracket", "right_square_bracket", "left_square_bracket", "n", "N", "N"):
            await run.press(name)
            seen_rooms.append(next(line for line in run.text().splitlines() if "@ conference" in line).split()[1])
        listed = [room.node for room in (one.key for one in run.grid("rooms")._rows)]  # type: ignore[attr-defined]
        wrong = listed[:4]
        assert seen_rooms[:3] == [listed[1], listed[2], listed[1]]
        assert seen_rooms[3:5] == [wrong[2], wrong[1]]
        assert seen_rooms[5] == wrong[0]
        await run.press("left_square_bracket", "escape")
        assert run.room() == listed[-1]


async def test_where_there_is_no_other_room_it_says_so() -> None:
    async with running("all-owners") as run:
        await run.press("enter", "right_square_bracket", "n")
        said = [one.message for one in run.app._notifications]
        assert said == ["No other room is listed.", "No other room has a problem."]


@SIZES
async def test_it_lives_without_jumping_and_keeps_the_chosen_person(size: tuple[int, int]) -> None:
    async with running([*connected(), seen("standup", *crowd(1, 12)), ended()], size) as run:
        await run.press("enter", "j", "j")
        grid = run.grid("detail-people")
        chosen = grid.cursor_key
        name = f"Person {chosen}"
        await read(run, "detail-person")
        offset = run.app.screen.query_one("#detail-person").scroll_offset
        await run.apply(
            OccupantJoined(key("standup"), "s1", NOW, structs.replace(jane(80), joined_at=NOW - 10)),
            OccupantLeft(key("standup"), NOW, 1, why="left"),
        )
        await run.wait(10)
        assert grid.cursor_key == chosen
        assert f"{name} · token and rights" in run.text()
        assert f"{name} has what the token says" in run.text()
        assert run.app.screen.query_one("#detail-person").scroll_offset == offset
        change = Change(NOW + 5, MEMBER, OWNER, None, ActorKind.MODULE, "mod_x.lua")
        await run.apply(AffiliationChanged(key("standup"), int(str(chosen)), "x", change))
        await run.wait(3)
        assert f"{name} has owner rights the token does not give." in run.text()
        assert focused(run) == "detail-person"


@SIZES
async def test_who_leaves_while_they_are_read_about_stays_in_sight_until_another_is_chosen(
    size: tuple[int, int],
) -> None:
    async with running([*connected(), seen("standup", *crowd(1, 5)), ended()], size) as run:
        await run.press("enter", "j")
        name = f"Person {run.grid('detail-people').cursor_key}"
        oid = int(name.split()[1])
        await run.apply(OccupantLeft(key("standup"), NOW, oid, why="lost"))
        assert f"! {name} left at 14:13:20 (connection lost (333)); as last seen:" in run.text()
        assert f"{name} · token and rights" in run.text()
        await run.press("j")
        assert f"{name} · token and rights" not in run.text()
        assert "left at" not in run.text().split("timeline")[0]


@SIZES
async def test_a_room_that_ends_says_so_and_stays_as_it_was_last_seen(size: tuple[int, int]) -> None:
    async with running("closing", size) as run:
        await run.press("enter", "j")
        before = run.grid("detail-people").cursor_key
        inside = (WasThere("Person 202", False, MEMBER, True),)
        run.clock.now += 37.4
        await run.apply(over(-37.4, "chemie-9", "timer", 600, inside, by_module="mod_token_owner_party.lua"))
        text = run.text()
        assert "! ENDED at 14:13:57 (UTC): closed by its timer, mod_token_owner_party; as it was last seen" in (
            " ".join(text.replace("│", " ").split())
        )
        assert "people 4" in text
        assert run.grid("detail-people").cursor_key == before
        assert f"Person {before} has what the token says" in text
        text = await read(run, "detail-course")
        assert "chemie-9 ended at 14:13:57 (UTC): closed by its timer." in text
        await run.press("G")
        assert "Person 202 token says no owner" in run.text()
        assert "deadly" not in run.text()
        await run.wait(3600)
        assert "ENDED at 14:13:57" in run.text()
        again = OccupantJoined(key("chemie-9"), "s1", NOW + 3700, fine(900, "Newcomer"))
        await run.apply(again)
        assert "a room of that name is open again" in " ".join(run.text().replace("│", " ").split())
        assert "Newcomer" not in run.text()
        await run.press("escape")
        assert focused(run) == "rooms"
        assert "chemie-9" in run.text()


async def test_a_room_that_the_server_names_no_more_is_gone() -> None:
    async with running("closing") as run:
        await run.press("enter")
        await run.apply(SnapshotEnded("meet", "conference.meet.example", "s2"))
        assert "GONE the server names it no more and does not say why" in run.text()
        await run.press("right_square_bracket", "n")
        assert "GONE" in run.text()


async def test_a_room_of_the_same_name_is_not_taken_for_the_one_that_ended() -> None:
    async with running(closes_too()) as run:
        await run.press("enter")
        run.store.apply(over(0, "chemie-9", "moderator", 900, by="u9@meet.example/web"))
        await run.apply(OccupantJoined(key("chemie-9"), "s1", NOW, fine(900, "Newcomer")))
        assert "ENDED at 14:13:20 (UTC): ended by a moderator, u9@meet.example" in run.text()
        assert "a room of that name is open again" in run.text()
        assert "Newcomer" not in run.text()


@SIZES
async def test_the_countdown_goes_on_while_the_display_is_paused_and_the_end_is_said(size: tuple[int, int]) -> None:
    async with running(closes_too(), size) as run:
        await run.press("enter", "p")
        await run.wait(10)
        assert "CLOSES in 00:27" in run.text()
        await run.apply(
            OccupantJoined(key("chemie-9"), "s1", NOW + 10, fine(900, "Newcomer")),
        )
        assert "Newcomer" not in run.text()
        await run.apply(over(-10, "chemie-9", "timer"))
        assert "ENDED at 14:13:30" in run.text()
        await run.press("p")
        assert "ENDED at 14:13:30" in run.text()


@SIZES
async def test_mint_and_inspect_are_for_the_room_and_whom_somebody_chose(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("j", "enter", "t")
        assert isinstance(run.app.screen, MintScreen)
        assert run.app.screen.draft().room == "standup"
        assert run.app.screen.draft().name == "On-call: ann"
        await run.press("escape", "j", "t")
        assert isinstance(run.app.screen, MintScreen)
        assert run.app.screen.draft().name == "Ayşe"
        await run.press("escape", "i")
        assert isinstance(run.app.screen, InspectorScreen)
        assert "Ayşe is inside" in " ".join(run.text().split())
        await run.press("escape", "question_mark")
        assert isinstance(run.app.screen, HelpScreen)
        await run.press("escape")
        assert "Ayşe · token and rights" in run.text()


@SIZES
async def test_keys_that_do_nothing_here_are_not_named_and_do_nothing(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("enter")
        before = run.text()
        await run.press("slash", "s", "S", "m")
        assert run.text() == before
        assert not {"filter", "problems", "sort"} & set(run.lines()[-1].split())


@SIZES
async def test_the_wall_hides_names_here_too(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("j", "enter", "x")
        text = run.text()
        assert "WALL" in text
        assert "room-" in text
        assert "nocheintest" not in text
        assert "Jane" not in text
        assert "J. D. · token and rights" in text
        for part in PARTS:
            assert "Jane" not in await read(run, part)
        await read(run, "detail-person")
        await run.press("G")
        assert "word by word is hidden on the wall" in run.text()
        await run.press("x")
        assert "nocheintest" in run.text()


async def test_the_wall_leaves_a_room_that_is_over() -> None:
    async with running("held-open") as run:
        await run.press("j", "enter")
        await run.apply(over(0, "nocheintest", "last_left"))
        assert "ENDED" in run.text()
        await run.press("x")
        assert focused(run) == "rooms"
        assert "nocheintest" not in run.text()


async def test_a_stale_room_is_told_as_such() -> None:
    async with running("closing-stale") as run:
        await run.press("enter")
        assert "in ~00:38" in run.text()
        assert "as of 14:13:19" in run.text()


async def test_owners_gone_are_in_the_course_once_they_are_told() -> None:
    async with running(closes_too()) as run:
        await run.press("enter")
        later = Timer(NOW, NOW + 60, "X")
        await run.apply(ClosingChanged(key("chemie-9"), NOW, (later,), OwnerGone(NOW, 9, "X"), True))
        assert "due 14:14:20 (UTC) in 01:00" in run.text()


@SIZES
async def test_nothing_is_blank_while_the_panes_have_not_heard_of_their_size(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running("closing", size) as run:
        monkeypatch.setattr(Pane, "on_resize", lambda _self: None)
        monkeypatch.setattr(Grid, "on_resize", lambda _self: None)
        await run.press("enter")
        assert "Person 202 member → member" in run.text()
        assert "Person 202 has what the token says" in run.text()
        assert "due 14:13:57" in await read(run, "detail-course")
        assert "└14:04" in run.text()
        assert "Nobody here owns the room." in await read(run, "detail-why")


async def test_with_all_columns_the_people_have_the_whole_width() -> None:
    async with running("held-open", WIDE) as run:
        await run.press("j", "enter")
        assert "address" not in run.line_with("name token says")
        await run.press("w")
        assert run.app.screen.query_one("#detail-people").size.width > 150
        assert "Jane Doe · token and rights" in run.text()
        assert "Claims, and what the server makes of each" in await read(run, "detail-person")
        assert "└13:31" in await read(run, "detail-course")
        await run.press("w")
        assert run.app.screen.query_one("#detail-people").size.width < 100
