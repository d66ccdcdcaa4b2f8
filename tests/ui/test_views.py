"""The views of the screen and the keys that work in each, at both sizes."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from monitor.core.events import FeedChanged, JoinRefused, OccupantJoined, RoomDestroyed, SnapshotEnded
from monitor.core.room import EndedRoom, RoomKey
from monitor.core.server import FeedState
from monitor.ui.screens.overview import OverviewScreen
from tests.ui.scenes import (
    HOST,
    NOW,
    SCENES,
    SERVER,
    connected,
    crowd,
    door_events,
    ended,
    fine,
    jane,
    key,
    over,
    refused,
    seen,
)
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
GRIDS = {"1": "rooms", "2": "everybody", "3": "reports", "4": "refusals", "5": "ended"}
TITLES = {"1": "1 rooms", "2": "2 people", "3": "3 findings", "4": "4 door", "5": "5 history"}


def focused(run: Running) -> str:
    """The id of the pane that has the focus."""
    return str(run.app.focused.id) if run.app.focused else ""


def shown_rows(run: Running, id: str) -> int:
    """How many rows a grid has."""
    return len(run.grid(id)._rows)


def footer(run: Running) -> str:
    """The last line."""
    return run.lines()[-1]


@SIZES
async def test_each_number_shows_its_view_and_gives_its_rows_the_focus(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        for number in "54321":
            await run.press(number)
            assert focused(run) == GRIDS[number]
            titles = [title for title in TITLES.values() if f"─ {title}" in run.text()]
            assert titles == [TITLES[number]]
            assert "1-5 views" in footer(run)


@SIZES
@pytest.mark.parametrize("scene", ["hostile", "weird", "weird-closing", "several", "door", "ended", "stale"])
async def test_every_view_draws_every_scene_straight(scene: str, size: tuple[int, int]) -> None:
    async with running(scene, size) as run:
        for number in "2345":
            await run.press(number, "j", "tab", "j", "tab", "escape", "s", "S", "G")
            odd = {char for char in "".join(run.lines()) if unicodedata.category(char) in ("Cc", "Cf", "Cs")}
            assert not odd
            await run.press(number)
            events_alone = number == "5" and not shown_rows(run, "ended") and shown_rows(run, "happenings")
            assert focused(run) == ("happenings" if events_alone else GRIDS[number])


@SIZES
async def test_escape_goes_back_step_by_step_to_the_rooms_and_never_quits(size: tuple[int, int]) -> None:
    async with running("door", size) as run:
        await run.press("4", "tab")
        assert focused(run) == "refusal"
        assert "esc back" in footer(run)
        await run.press("escape")
        assert focused(run) == "refusals"
        await run.press("slash", *"lukas", "enter")
        assert shown_rows(run, "refusals") == 2
        await run.press("escape")
        assert shown_rows(run, "refusals") == 22
        assert focused(run) == "refusals"
        await run.press("escape")
        assert focused(run) == "rooms"
        await run.press("escape", "escape")
        assert run.app.is_running


@pytest.mark.parametrize(
    ("number", "panes"),
    [
        ("2", ["everybody", "everybody"]),
        ("3", ["finding", "reports"]),
        ("4", ["refusal", "refusals"]),
        ("5", ["ending", "happenings", "ended"]),
    ],
)
@SIZES
async def test_tab_goes_through_the_panes_of_the_view(number: str, panes: list[str], size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press(number)
        found = []
        for _ in panes:
            await run.press("tab")
            found.append(focused(run))
        assert found == panes
        assert ("tab pane" in footer(run)) == (number != "2" and size == WIDE)


@SIZES
async def test_the_door_says_who_was_turned_away_why_and_how_often(size: tuple[int, int]) -> None:
    async with running("door", size) as run:
        await run.press("4")
        text = run.text()
        assert "! 14 × party not started: nobody with an owner token has come" in text
        assert "! 3 × token refused: Not acceptable by exp" in text
        assert ("in the last 10 minutes" if size == WIDE else "+ 4 others in 10 min") in text
        assert "turned away in the last 10 minutes:" not in text
        assert "22 of 22 · newest first" in text
        await run.press("j")
        text = run.text()
        row = run.line_with("14:12:49")
        assert "Opa Heinz" in row
        assert "elternabend" in row
        assert "token refused" in row
        assert ("connect" in row) == (size == WIDE)
        assert "Opa Heinz was turned away from elternabend at 14:12:49 (UTC)" in text
        assert "gate token refused: the token has expired, and there is no grace" in text
        assert "do they need a new link" in text
        assert "“Not acceptable by exp (761 sec since expired)” not-allowed" in text
        assert "token says member context.user.name Opa Heinz" in text
        assert "14:00:08 expired 12 min before" in text


async def test_a_token_ahead_of_the_servers_clock_is_told_so() -> None:
    async with running([*connected(), refused(190, "token", "r", "A", "Not acceptable by nbf", nbf=NOW - 148)]) as run:
        await run.press("4")
        assert "the issuer's clock is ahead of the server's by at least 42 s" in run.text()
        assert "nbf 14:10:52 42 s ahead of the server" in run.text()


async def test_a_claim_that_is_no_text_is_shown_as_it_was_sent() -> None:
    odd = {"room": ["a"], "exp": 10**400, "nbf": None, "iat": True, "deep": {"er": {"x": "\x1b[2J[/b]"}}, "empty": {}}
    async with running([*connected(), refused(1, "token", "r", "A", "Bad", **odd), ended()]) as run:
        await run.press("4")
        text = run.text()
        for words in ("room ['a']", "nbf null", "iat True", "deep.er.x [2J[/b]", "empty {}", "exp ?"):
            assert words in text


async def test_f33_is_told_above_the_rooms_and_leads_to_the_door() -> None:
    async with running("door") as run:
        words = "turned away in the last 10 minutes: 14 × party not started: nobody with an owner token has come"
        assert f"! meet {words}" in run.text()
        await run.press("3")
        assert run.line_with("! F33").startswith(f"│▌! F33 {words} whole server")
        assert "4 shows who was turned away, and why" in run.text()
        await run.press("enter")
        assert focused(run) == "reports"
        await run.press("1")
        await run.wait(700)
        assert "turned away" not in run.text()


@SIZES
async def test_a_new_refusal_comes_on_top_and_the_cursor_stays_on_its_row(size: tuple[int, int]) -> None:
    async with running("door", size) as run:
        await run.press("4", "j")
        before = run.grid("refusals").cursor_key
        await run.wait(4)
        await run.apply(refused(0, "ban", "retro", "Newcomer"))
        assert "Newcomer" in run.text()
        assert run.grid("refusals").cursor_key == before
        assert "Opa Heinz was turned away" in run.text()


@SIZES
async def test_an_empty_view_says_why(size: tuple[int, int]) -> None:
    async with running("empty", size) as run:
        for number, words in (
            ("2", "No rooms: nobody is in a meeting on meet."),
            ("3", "Nothing is wrong: no rule finds anything"),
            ("4", "Nobody was turned away in the last hour"),
            ("5", "No room has ended in the last two hours"),
        ):
            await run.press(number)
            assert words in run.text()
        assert "Nothing has happened since monitoring began." in run.text()
    async with running("connecting", size) as run:
        for number in "2345":
            await run.press(number)
            assert "Connecting to meet …" in run.text()


@SIZES
async def test_history_says_how_each_room_ended_by_whom_and_who_was_there(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press("5")
        assert "6 of 6 · newest first" in run.text()
        for words in ("14:10:10 timer chemie-9", "moderator latein-6", "operator [2j", "unknown altlasten"):
            assert words in run.text()
        assert "last one left morgenkreis" in run.text()
        await run.press("enter")
        text = run.text()
        assert focused(run) == "ending"
        assert "chemie-9 ended at 14:10:10 (UTC): closed by its timer." in text
        assert "by mod_token_owner_party" in text
        assert "words The meeting has been terminated" in text
        assert "open 33 min since 13:37:05" in text
        assert "inside Frau Keller token says owner → room says owner" in text
        assert "Ein Gast no token → room says owner" in text
        await run.press("escape")
        assert focused(run) == "ended"


@SIZES
async def test_an_event_leads_to_its_room(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press("5", "tab", "tab")
        assert "events of open rooms" in run.text()
        assert "board-2031 ▲ Jane Doe member → owner · by focus (jicofo)" in run.text() or size == NARROW
        assert "10 of 10 · newest first" in run.text()
        await run.press("j", "enter")
        assert focused(run) == "detail-people"
        assert "board-2031 @ conference.meet.example" in run.text()
        await run.press("1")
        assert focused(run) == "rooms"
        assert run.room() == "board-2031"


@SIZES
async def test_where_no_room_is_over_the_events_have_the_focus_and_the_keys(size: tuple[int, int]) -> None:
    came = [OccupantJoined(key(node), "s1", NOW, jane(9)) for node in ("alpha", "beta")]
    events = [*connected(), seen("alpha", jane(1)), seen("beta", jane(2)), ended(), *came]
    async with running(events, size) as run:
        await run.press("5")
        assert focused(run) == "happenings"
        assert shown_rows(run, "happenings") > 1
        assert "enter detail" in footer(run)
        assert "tab" not in footer(run)
        await run.press("j")
        assert run.grid("happenings")._index == 1
        for key_pressed in ("tab", "shift+tab", "5"):
            await run.press(key_pressed)
            assert focused(run) == "happenings"
            assert "events of open rooms" in run.text()
        await run.press("y")
        assert len(run.app.screen_stack) == 2
        await run.press("escape", "enter")
        assert focused(run) == "detail-people"
        # A room that ends meanwhile takes nothing away from who reads the events.
        await run.press("5")
        await run.apply(over(0, "gamma", "last_left"))
        assert focused(run) == "happenings"
        await run.press("tab")
        assert focused(run) == "ended"
        await run.press("enter")
        assert focused(run) == "ending"
        await run.press("tab")
        assert focused(run) == "happenings"


@SIZES
async def test_a_filter_that_leaves_only_events_gives_them_the_focus(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press("5")
        assert focused(run) == "ended"
        await run.press("slash", *"board-2031", "enter")
        assert shown_rows(run, "ended") == 0
        assert focused(run) == "happenings"
        await run.press("escape")
        assert focused(run) == "ended"


async def test_history_with_nothing_in_it_names_no_key_for_a_row() -> None:
    async with running([*connected(), ended()]) as run:
        await run.press("5")
        assert focused(run) == "ended"
        assert "enter detail" not in footer(run)
        await run.press("tab")
        assert focused(run) == "happenings"
        assert "enter detail" not in footer(run)
        await run.press("5")
        await run.apply(seen("alpha", jane(1)), OccupantJoined(key("alpha"), "s1", NOW, jane(9)))
        assert shown_rows(run, "happenings")
        assert focused(run) == "happenings"


@SIZES
async def test_people_of_all_rooms_stand_worst_first_and_enter_goes_to_them(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("2")
        lines = [line for line in run.text().splitlines() if "→" in line]
        assert lines[0].startswith("│ Ein Gast chemie-9 none → owner ×")
        assert "163 of 163 · worst first" in run.text()
        await run.press("j")
        assert "Frau Müller board-2031 owner → member ×" in run.text()
        await run.press("enter")
        assert focused(run) == "detail-people"
        assert run.grid("detail-people").cursor_key == 31
        assert "Frau Müller is the host by token and has no host rights. F3" in run.text()
        await run.press("1")
        assert run.room() == "board-2031"
        assert focused(run) == "people"
        assert run.grid("people").cursor_key == 31


def test_claim_and_fact_are_never_cut_however_narrow_it_is() -> None:
    from monitor.ui.everyone import everyone_columns
    from monitor.ui.table import place

    for several in (False, True):
        columns = everyone_columns(several)
        dropped: list[str] = []
        for width in range(200, 55, -1):
            placed = {one.column.title: one.width for one in place(columns, width)}
            usual = [one.title for one in columns if not one.extra]
            assert placed["token says"] == 10  # type: ignore[index]
            assert placed["room says"] == 9  # type: ignore[index]
            dropped += [title for title in usual if title not in placed and title not in dropped]
        assert dropped == ["role", "expires", "since", "set by", *(["server"] if several else [])]


@SIZES
async def test_findings_stand_worst_first_with_the_servers_own_before_them(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("3")
        rows = [line for line in run.text().splitlines() if " F" in line and "│" in line]
        assert rows[0].startswith("│▌× F1 made owner by focus: 25 of 131 me")
        assert "whole server" in rows[0]
        assert rows[1].startswith("│▌× F9 Everybody here is an owner. maths-7b")
        assert rows[2].startswith("│▌× F10c")
        assert "nocheintest" in rows[2]
        assert "made owner by focus" not in run.lines()[1]
        assert "for example in maths-7b" in run.text()
        await run.press("j", "j", "enter")
        assert focused(run) == "detail-people"
        assert "HELD OPEN" in run.text()
        await run.press("escape")
        assert focused(run) == "reports"
        await run.press("j", "enter")
        assert run.line_with("token says member").startswith("│ token says member room says owner")


@SIZES
async def test_a_countdown_in_the_findings_counts(size: tuple[int, int]) -> None:
    async with running("closing", size) as run:
        await run.press("3")
        assert "chemie-9 in 00:38" in run.text()
        run.clock.now += 1.0
        await run.tick()
        assert "chemie-9 in 00:37" in run.text()


async def test_the_other_fix_is_shown_in_the_findings_too() -> None:
    async with running("held-open") as run:
        await run.press("3", "j")
        assert "f other fix" in footer(run)
        assert "on Debian" in run.text()
        await run.press("f")
        assert "on docker" in run.text()
        await run.press("4")
        assert "other fix" not in footer(run)


@SIZES
async def test_one_filter_stands_in_every_view(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press("2", "slash", *"name:jane", "enter")
        assert "1 of 98 · /name:jane · worst first" in run.text()
        for number, count in (("1", 1), ("3", 1), ("4", 0), ("5", 2)):
            await run.press(number)
            assert shown_rows(run, GRIDS[number]) == count
            assert "· /name:jane" in run.text() or number == "4"
        assert shown_rows(run, "happenings") == 2
        await run.press("escape")
        assert shown_rows(run, "ended") == 6


@SIZES
async def test_what_cannot_be_asked_in_a_view_is_said_in_its_place(size: tuple[int, int]) -> None:
    async with running("door", size) as run:
        await run.press("slash", *"foo:x")
        assert "There is no foo: at all; there are room: name:" in run.text()
        assert "0 of 5 · /foo:x" in run.text()
        await run.press("escape", "slash", *"sev:critical", "enter")
        assert "No room has the words sev:critical" in run.text()
        await run.press("4")
        assert "There is no sev: here; there are room: name: jid: server: claim:." in run.text()
        assert "0 of 22 · /sev:critical" in run.text()


@SIZES
async def test_problems_alone_and_the_next_one_work_where_rows_can_be_worse(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("2", "n", "n")
        assert run.grid("everybody").cursor_key == (key("maths-7b"), 400)
        await run.press("G", "n")
        assert run.grid("everybody").cursor_key == (key("chemie-9"), 21)
        await run.press("N")
        assert run.grid("everybody").cursor_key != (key("chemie-9"), 21)
        await run.press("m")
        assert "27 of 163 · problems only" in run.text()
        await run.press("3", "n")
        assert "problems only" in run.text()
        await run.press("4", "m")
        assert "problems only" not in run.text()
        assert "m problems" not in footer(run)
        await run.press("n")
        assert "3 findings" in run.text()
        await run.press("1")
        assert "4 of 12 · problems only" in run.text()


async def test_each_view_sorts_by_itself() -> None:
    async with running("door") as run:
        for number, words in (
            (
                "2",
                ["by name", "by room", "by claim", "by affiliation", "by role", "by who set it"],
            ),
            ("3", ["by rule", "by words", "by room", "by name", "newest first", "worst first"]),
            ("4", ["by name", "by room", "by stage", "by gate", "by words", "longest ago first", "newest first"]),
            (
                "5",
                ["by how it ended", "by room", "longest open first", "most people first", "by who ended it"],
            ),
        ):
            await run.press(number)
            for one in words:
                await run.press("s")
                assert isinstance(run.app.screen, OverviewScreen)
                assert run.app.screen._view.listing.order_words() == one
        await run.press("4", "S")
        assert "22 of 22 · oldest first" in run.text()
        await run.press("1")
        assert "5 of 5 · worst first" in run.text()


@SIZES
async def test_the_chosen_room_is_the_same_in_every_view(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("j", "j")
        assert run.room() == "maths-7b"
        await run.press("3")
        assert run.grid("reports").cursor_key[0] == key("maths-7b")  # type: ignore[index]
        await run.press("2")
        assert run.grid("everybody").cursor_key[0] == key("maths-7b")  # type: ignore[index]
        await run.press("G")
        chosen = run.grid("everybody").cursor_key[0]  # type: ignore[index]
        await run.press("1")
        assert run.grid("rooms").cursor_key == chosen


@SIZES
async def test_a_room_the_filter_leaves_out_is_listed_again_when_somebody_goes_there(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("2", "slash", *"name:605", "enter", "enter")
        assert "retro @ conference" in run.text()
        assert run.grid("detail-people").cursor_key == 605
        await run.press("1")
        assert (run.room(), focused(run)) == ("retro", "people")
        assert [one.message for one in run.app._notifications] == []
        assert shown_rows(run, "rooms") == 1
        await run.press("2", "escape", "slash", *"participant", "space", *"605", "enter", "enter", "1")
        assert (run.room(), focused(run)) == ("retro", "people")
        assert [one.message for one in run.app._notifications] == ["All rooms are listed again: retro was left out."]
        assert shown_rows(run, "rooms") == 12


async def test_going_to_a_room_that_is_not_open_says_so() -> None:
    async with running("door") as run:
        await run.press("4", "slash", *"klausur", "enter", "enter")
        assert focused(run) == "refusals"
        assert [one.message for one in run.app._notifications] == ["klausur-bio is not open."]


@SIZES
async def test_a_pause_holds_every_view(size: tuple[int, int]) -> None:
    async with running("ended", size) as run:
        await run.press("p")
        await run.apply(
            OccupantJoined(key("retro"), "s1", NOW, fine(77, "Newcomer")),
            refused(0, "ban", "retro", "Turned Away"),
            over(0, "physik-8c", "timer"),
        )
        for number in "2345":
            await run.press(number)
            assert "PAUSED since 14:13:20" in run.text()
            assert f"{TITLES[number]} · paused" in run.text()
            for words in ("Newcomer", "Turned Away", "timer physik-8c"):
                assert words not in run.text()
        await run.press("p")
        assert "timer physik-8c" in run.text()
        await run.press("4")
        assert "Turned Away" in run.text()
        await run.press("2", "slash", *"newcomer", "enter")
        assert shown_rows(run, "everybody") == 1


@SIZES
async def test_stale_rows_lose_their_colour_in_every_view(size: tuple[int, int]) -> None:
    for scene, number, words in (
        ("overview", "2", "Ein Gast"),
        ("overview", "3", "NAME"),
        ("door", "4", "party not started"),
        ("ended", "5", "last one left"),
    ):
        async with running(scene, size) as run:
            await run.press(number)
            drawn = words if words != "NAME" else "Ein Gast came without"
            assert run.foreground_of(drawn) != {"#6f7d92"}
            await run.apply(FeedChanged(SERVER, HOST, FeedState.STALE, NOW))
            grid = run.grid(GRIDS[number])
            cells = grid.cells_of(grid._rows[0])
            assert {style for cell in cells for _, style in cell} == {"muted"}


@SIZES
async def test_the_end_of_the_chosen_room_is_said_for_some_seconds(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("j")
        assert run.room() == "nocheintest"
        await run.apply(over(0, "nocheintest", "timer"))
        assert "! nocheintest ended 14:13:20: closed by its timer; 5 shows it" in run.text()
        assert run.room() != "nocheintest"
        await run.wait(6)
        assert "nocheintest ended" in run.text()
        await run.press("5")
        assert "nocheintest ended at 14:13:20 (UTC): closed by its timer." in run.text() or size == NARROW
        await run.wait(7)
        assert "5 shows it" not in run.text()


async def test_a_chosen_room_that_is_gone_without_a_word_is_told_too_and_others_are_not() -> None:
    async with running("overview") as run:
        await run.press("j")
        chosen = run.room()
        await run.apply(RoomDestroyed(EndedRoom(key("retro"), NOW, None, "last_left")))
        assert "5 shows it" not in run.text()
        await run.apply(SnapshotEnded(SERVER, HOST, "another watch"))
        assert f"! {chosen} is gone: the server names it no more and does not say why" in run.text()


async def test_switching_views_draws_the_new_one_at_once() -> None:
    async with running("held-open", WIDE) as run:
        for number in "23451" * 3:
            await run.pilot.press(number)
            await run.pilot.pause()
            blank = [line for line in run.lines()[2:6] if not line.strip()]
            assert not blank
            assert f"─ {TITLES[number]}" in run.text()


def crowded(rooms: int, people: int) -> list[object]:
    """Many people in many rooms."""
    return [
        *connected(),
        *(seen(f"room-{at:04}", *crowd(at * people + 1, people)) for at in range(rooms)),
        ended(),
    ]


async def test_a_change_among_ten_thousand_people_works_out_its_room_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.core import everybody

    made: list[RoomKey] = []
    people_in = everybody.people_in

    def counted(row, room):  # type: ignore[no-untyped-def]
        made.append(row.key)
        return people_in(row, room)

    monkeypatch.setattr(everybody, "people_in", counted)
    async with running(crowded(500, 20), WIDE) as run:  # type: ignore[arg-type]
        assert made == []
        await run.press("2")
        assert len(made) == 500
        assert "10,000 of 10,000" in run.text()
        await run.apply(OccupantJoined(key("room-0300"), "s1", NOW - 60, jane(77_777)))
        assert made[500:] == [key("room-0300")]
        assert run.line_with("Jane Doe").startswith("│ Jane Doe room-0300 member → owner ×")
        await run.wait(1)
        assert len(made) == 501


def test_the_scenes_of_the_door_reach_every_gate_that_is_drawn() -> None:
    gates = {event.refusal.gate for event in door_events() if isinstance(event, JoinRefused)}
    assert gates == {"party", "ban", "token", "other_room", "lobby"}
    assert {event.ended.how for event in SCENES["ended"] if isinstance(event, RoomDestroyed)} == {
        *("timer", "moderator", "operator", "module", "last_left", "unknown")
    }


async def test_a_key_for_a_view_that_is_not_there_yet_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    later = OverviewScreen.call_after_refresh

    def never(self: OverviewScreen, callback: Any, *rest: Any) -> bool:
        return True if callback == self._add_views else later(self, callback, *rest)

    monkeypatch.setattr(OverviewScreen, "call_after_refresh", never)
    async with running("overview") as run:
        assert not run.app.screen.query("#everybody")
        for key in "21354":
            await run.press(key)
            assert focused(run) == GRIDS[key]
            assert TITLES[key] in run.text()


@SIZES
async def test_the_filter_finds_events_that_are_older_than_those_listed_and_a_cut_is_said(
    size: tuple[int, int],
) -> None:
    busy = [
        OccupantJoined(key(f"busy-{at}"), "s1", NOW - 30 + oid / 10, fine(oid, f"Person {oid}"))
        for at in range(6)
        for oid in range(90)
    ]
    old = OccupantJoined(key("board-2031"), "s1", NOW - 90, jane(9))
    async with running([*connected(), ended(), old, *busy], size) as run:
        await run.press("5")
        assert "newest 500 of 541 · newest first" in run.text()
        await run.press("slash", *"board", "enter")
        assert shown_rows(run, "happenings") == 1
        assert "1 of 541 · /board · newest first" in run.text()
        await run.press("slash", *(["backspace"] * 5), *"busy", "enter")
        assert "newest 500 of 540 · /busy · newest first" in run.text()
        await run.press("slash", *(["backspace"] * 4), *"busy-3", "enter")
        assert "90 of 541 · /busy-3 · newest first" in run.text()
