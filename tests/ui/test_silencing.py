"""Silencing a finding: a reason and a time are asked for, nothing is lost, and it is always said how much is quiet."""

from __future__ import annotations

import pytest
from msgspec import structs

from monitor.core.drift import Drift
from monitor.core.events import DriftSeen, OccupantJoined, OccupantLeft
from monitor.core.silence import Silence
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.screens.silence import SilenceScreen
from tests.ui.scenes import MEMBER, NOW, OWNER, FakeSources, connected, crowd, ended, fine, jane, key, person, seen
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
HOST_WITHOUT_RIGHTS = person(31, "Frau Müller", OWNER, MEMBER, exp=None)
SMALL = [
    *connected(),
    seen("board-2031", HOST_WITHOUT_RIGHTS, fine(32, "Chef", OWNER), jane(33)),
    seen("retro", *crowd(600, 3)),
    ended(),
]


def said(run: Running) -> str:
    """What was told in passing, last of all."""
    told = [str(one.message) for one in run.app._notifications]
    return told[-1] if told else ""


def silences(run: Running) -> list[Silence]:
    """Those that hold."""
    return run.store.silences.active(run.clock.now)


def reports(run: Running) -> int:
    """How many rows the findings have."""
    return len(run.grid("reports")._rows)


@SIZES
async def test_z_asks_for_reason_and_time_and_the_finding_counts_no_more(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("3")
        before = reports(run)
        assert "1 critical" in run.lines()[0]
        await run.press("z")
        assert isinstance(run.app.screen, SilenceScreen)
        text = run.text()
        assert "silence a finding in board-2031" in text
        assert "● F1 Jane Doe ○ F1 everybody here" in text
        assert "● 30 min ○ 2 h ○ 8 h ○ 1 d" in text
        assert "enter silence" in text
        await run.press(*"known", "space", *"case", "enter")
        assert isinstance(run.app.screen, OverviewScreen)
        (silence,) = silences(run)
        assert (silence.reason, silence.at, silence.until) == ("known case", NOW, NOW + 1800)
        assert silence.about.rule == "F1"
        assert silence.about.who is not None
        assert said(run) == "F1 of Jane Doe in board-2031 is silenced for 30 min; Z shows what is silenced."
        assert reports(run) == before - 1
        assert "1 silenced, Z shows them" in run.text()
        assert "1 silenced" in run.lines()[0]
        assert "F1" not in [row.rule for row in run.grid("reports")._rows]  # type: ignore[attr-defined]


@SIZES
async def test_severity_order_and_totals_leave_it_out(size: tuple[int, int]) -> None:
    events = [*connected(), seen("board-2031", HOST_WITHOUT_RIGHTS), seen("retro", *crowd(600, 3), jane(9)), ended()]
    async with running(events, size) as run:
        assert "2 critical" in run.lines()[0]
        await run.press("z", "enter")
        await run.wait(4)
        assert "1 critical" in run.lines()[0]
        assert "1 silenced" in run.lines()[0]
        rows = run.grid("rooms")._rows
        assert [row.key.node for row in rows] == ["retro", "board-2031"]  # type: ignore[attr-defined]
        await run.press("G")
        assert "1 silenced · times in UTC" in run.text()


@SIZES
async def test_Z_shows_what_is_silenced_and_z_there_ends_it(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("3", "z", *"paging", "enter", "Z")
        rows = run.grid("reports")._rows
        assert rows[-1].rule == "F1"  # type: ignore[attr-defined]
        assert "til 14:43" in run.line_with(" F1 ")
        await run.press("G")
        text = run.text()
        assert "· silenced until 14:43:20 (UTC) paging z speaks of it again" in text
        assert "Jane Doe has owner rights the token does not give." in text
        await run.press("m")
        assert "F1" not in [row.rule for row in run.grid("reports")._rows]  # type: ignore[attr-defined]
        await run.press("m", "G", "z")
        assert silences(run) == []
        assert said(run) == "F1 of Jane Doe in board-2031: spoken of again."
        assert "silenced" not in run.lines()[0]
        assert "1 critical" in run.lines()[0]
        await run.press("g", "z", "enter")
        assert len(run.grid("reports")._rows) == 2
        await run.press("Z")
        assert [row.rule for row in run.grid("reports")._rows] == ["F1"]  # type: ignore[attr-defined]


@SIZES
async def test_Z_leads_to_the_findings_from_everywhere_and_says_when_there_is_nothing(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("enter", "Z")
        assert "3 findings" in run.text()
        assert said(run) == "Nothing is silenced."
        await run.press("1", "g", "z", "enter", "Z")
        assert "til 14:43" in run.text()


@SIZES
async def test_it_speaks_again_by_itself_when_the_time_is_over(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("3", "z", "tab", "space", "enter")
        assert silences(run)[0].until == NOW + 7200
        await run.wait(7199)
        assert "1 silenced" in run.lines()[0]
        await run.wait(1)
        assert "silenced" not in run.lines()[0]
        assert "1 critical" in run.lines()[0]


@SIZES
async def test_everybody_in_the_room_can_be_meant_and_a_rejoin_changes_nothing(size: tuple[int, int]) -> None:
    async with running("all-owners", size) as run:
        await run.press("3", "j", "z", "shift+tab", "space", "enter")
        assert silences(run)[0].about.who is None
        assert silences(run)[0].about.rule == "F1"
        assert "24 silenced" in run.lines()[0]
        await run.apply(
            OccupantLeft(key("maths-7b"), NOW, 400, why="left"),
            OccupantJoined(key("maths-7b"), "s1", NOW, jane(900, 60)),
        )
        assert "24 silenced" in run.lines()[0]


@SIZES
async def test_in_rooms_people_and_detail_it_is_the_chosen_ones_finding(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("z")
        assert "● F1 Jane Doe ○ F1 everybody here" in run.text()
        assert "F3 Frau Müller" in run.text()
        await run.press("escape", "tab", "z")
        assert "● F3 Frau Müller ○ F3 everybody here" in run.text()
        assert "F1" not in run.text().split("reason")[0].split("silence a finding")[1]
        await run.press("escape", "2", "z")
        assert "silence a finding in board-2031" in run.text()
        await run.press("escape", "1", "g", "enter", "j", "z", "enter")
        assert silences(run)[0].about.rule == "F1"
        assert "1 silenced" in run.text().split("why ·")[1]
        await run.press("z")
        assert silences(run) == []
        assert said(run) == "F1 of Jane Doe in board-2031: spoken of again."
        await run.press("G", "z")
        assert said(run) == "Nothing is wrong here that could be silenced."


@SIZES
async def test_what_holds_for_a_server_can_be_silenced_too(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        assert "made owner by focus" in run.text()
        await run.press("3", "g")
        singles = sum(row.rule == "F1" for row in run.grid("reports")._rows) - 1  # type: ignore[attr-defined]
        assert singles > 1
        await run.press("z")
        assert "● F1 on the whole server: every room, new ones too" in run.text()
        await run.press("enter")
        assert (silences(run)[0].about.room, silences(run)[0].about.rule) == (None, "F1")
        assert "F1 on the whole server is silenced for 30 min" in said(run)
        assert "made owner by focus" not in run.text()
        assert "F1" not in [row.rule for row in run.grid("reports")._rows]  # type: ignore[attr-defined]
        for line in (run.lines()[0], run.line_with("Z shows them")):
            assert f" {singles} silenced" in line
        await run.press("Z", "G")
        assert [row.rule for row in run.grid("reports")._rows].count("F1") == 1  # type: ignore[attr-defined]
        assert f"unclaimed owner, on the whole server: {singles} people in" in run.text()
        await run.press("z")
        assert said(run) == "F1 on the whole server: spoken of again."
        assert silences(run) == []
        assert "made owner by focus" in run.text()


@SIZES
async def test_the_doors_line_is_one_silence_and_is_listed_once(size: tuple[int, int]) -> None:
    async with running("door", size=size) as run:
        await run.press("3", "g")
        while ": turned away" not in run.grid("reports").cursor_key[1]:  # type: ignore[index]
            await run.press("j")
        reasons = sum(row.rule == "F33" for row in run.grid("reports")._rows)  # type: ignore[attr-defined]
        await run.press("z")
        assert "● F33 on the whole server ┃" in run.text() or "● F33 on the whole server │" in run.text()
        await run.press("enter")
        assert "1 silenced" in run.lines()[0]
        await run.press("Z")
        quiet = [row for row in run.grid("reports")._rows if row.rule == "F33"]  # type: ignore[attr-defined]
        assert len(quiet) == reasons
        assert all("turned away" in row.says for row in quiet)  # type: ignore[attr-defined]
        assert "1 silenced" in run.lines()[-1] or "1 silenced" in run.text().split("findings", 1)[1]


@SIZES
async def test_what_no_rule_tells_cannot_be_silenced(size: tuple[int, int]) -> None:
    async with running("no-plugin", size) as run:
        await run.press("3", "g", "z")
        assert isinstance(run.app.screen, OverviewScreen)
        assert said(run) == "This is told by no rule, and cannot be silenced."
        assert silences(run) == []


@SIZES
async def test_what_has_changed_on_a_server_is_acknowledged_at_once(size: tuple[int, int]) -> None:
    sources = FakeSources()
    async with running(SMALL, size, sources=sources) as run:
        (host,) = run.store.servers["meet"].hosts.values()
        await run.apply(DriftSeen("meet", host.name, Drift(0.0, ("Prosody 0.12.3 → 13.0.1",))))
        await run.press("3")
        await run.tick()
        at = next(n for n, row in enumerate(run.grid("reports")._rows) if row.drift_of)  # type: ignore[attr-defined]
        await run.press("g", *["j"] * at)
        await run.tick()
        assert "acknowledges it" in run.text()
        await run.press("z")
        assert sources.calls.count(f"acknowledge meet {host.name}") == 1
        assert said(run) == f"The change on {host.name} is acknowledged; what changes next will be told."
        assert silences(run) == []


@SIZES
async def test_escape_silences_nothing_and_a_reason_is_no_markup(size: tuple[int, int]) -> None:
    async with running(SMALL, size) as run:
        await run.press("3", "z", "x", "escape")
        assert silences(run) == []
        await run.press("z", "left_square_bracket", "b", "right_square_bracket", "enter", "Z", "G")
        assert "[b]" in run.text()


async def test_a_silence_for_a_quiet_screen_says_that_something_is_silenced() -> None:
    async with running([*connected(), seen("board-2031", HOST_WITHOUT_RIGHTS), ended()]) as run:
        await run.press("3")
        for _ in range(reports(run)):
            await run.press("z", "enter")
        assert "Nothing is wrong but what is silenced" in run.text()


async def test_on_the_wall_nothing_is_silenced_and_no_reason_is_read() -> None:
    async with running(SMALL) as run:
        await run.press("3", "z", *"secretive", "enter", "x", "Z", "G")
        assert "1 silenced" in run.lines()[0]
        assert "silenced until" in run.text()
        assert "secretive" not in run.text()
        await run.press("z")
        assert len(silences(run)) == 1


async def test_what_is_told_of_a_silence_names_whom_and_where_as_the_screen_does() -> None:
    evil = structs.replace(jane(33), name="[b]Jane\x1b[31m\u202e[/b]")
    async with running(
        [*connected(), seen("[@click=app.quit]x", evil, fine(32, "Chef", OWNER), fine(34, "Max")), ended()]
    ) as run:
        await run.press("3", "z", "enter")
        assert "F1 of [b]Jane[31m[/b] in [@click=app.quit]x is silenced for 30 min" in said(run)
        await run.press("Z", "G", "z")
        assert said(run) == "F1 of [b]Jane[31m[/b] in [@click=app.quit]x: spoken of again."
        await run.press("Z", "3", "z", "shift+tab", "space", "enter")
        assert "F1 of everybody in [@click=app.quit]x is silenced for 30 min" in said(run)


async def test_names_that_were_hidden_meanwhile_are_hidden_in_what_is_told_of_a_silence() -> None:
    async with running(SMALL) as run:
        await run.press("3", "z")
        run.app._wall.toggle(run.clock.now)
        await run.press("enter")
        assert "F1 of J. D. in " in said(run)
        assert "board-2031" not in said(run)
        assert silences(run)
