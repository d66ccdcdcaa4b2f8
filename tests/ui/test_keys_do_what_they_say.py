"""Every key of the table, at both sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.core.room import RoomKey
from monitor.tokens.journal import Journal
from monitor.ui.access import NO_TOKENS, TokenAccess
from monitor.ui.keymap import PLAIN
from monitor.ui.keys.table import KEYS
from monitor.ui.screens.help import HelpScreen, help_lines
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.spans import Labelled
from monitor.ui.theme import palette_of
from tests.tokens.samples import settings
from tests.ui.scenes import SERVER, FakeSources, connected, crowd, ended, seen
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
MANY = [
    *connected(),
    *(seen(f"room-{at:03}", *crowd(at * 10 + 1, 3)) for at in range(100)),
    ended(),
]


def focused(run: Running) -> str:
    """The id of the pane that has the focus."""
    return str(run.app.focused.id) if run.app.focused else ""


@SIZES
async def test_the_cursor_moves_by_rows_by_pages_and_to_the_ends(size: tuple[int, int]) -> None:
    async with running(MANY, size) as run:
        page = run.grid("rooms").size.height - 2
        for key, row in (
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("k", 0),
            ("G", 99),
            ("g", 0),
            ("end", 99),
            ("home", 0),
            ("pagedown", page),
            ("pageup", 0),
        ):
            await run.pilot.press(key)
            assert run.room() == f"room-{row:03}"
            assert any(f"room-{row:03}" in line and "15m" in line for line in run.lines())
            assert f"room-{row:03} @ conference.meet.example · people 3" in run.text()


async def test_the_titles_stay_while_the_rows_scroll() -> None:
    async with running(MANY, NARROW) as run:
        await run.pilot.press("G")
        assert "state▼ room ppl own open" in run.text()
        assert "room-000" not in run.text()


@SIZES
async def test_enter_goes_to_the_detail_and_escape_back(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        assert focused(run) == "rooms"
        assert "enter detail" in run.lines()[-1]
        await run.press("enter")
        assert focused(run) == "detail-people"
        assert "esc back" in run.lines()[-1]
        await run.press("escape", "tab", "j")
        assert focused(run) == "people"
        assert "Person 300 has what the token says: member." in run.text()
        await run.press("enter")
        assert focused(run) == "detail-people"
        assert run.grid("detail-people").cursor_key == 300
        await run.press("escape")
        assert focused(run) == "rooms"
        await run.press("escape", "escape")
        assert run.app.is_running


@SIZES
async def test_tab_cycles_through_the_panes(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        panes = []
        for key in ("tab", "tab", "tab", "tab", "shift+tab"):
            await run.pilot.press(key)
            panes.append(focused(run))
        assert panes == ["people", "why", "past", "rooms", "past"]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_quits_and_the_sources_are_stopped(key: str) -> None:
    sources = FakeSources()
    async with running("overview", sources=sources) as run:
        await run.pilot.press(key)
        await run.pilot.pause()
        assert not run.app.is_running or run.app._exit
    # A slow machine may have asked for the past of the room under the cursor meanwhile.
    assert [call for call in sources.calls if not call.startswith("look at")] == ["start", "stop"]


async def test_the_help_opens_and_closes() -> None:
    async with running("overview", NARROW) as run:
        for opens, closes in (
            ("question_mark", "escape"),
            ("f1", "question_mark"),
            ("f1", "enter"),
            ("f1", "f1"),
        ):
            await run.pilot.press(opens)
            assert isinstance(run.app.screen, HelpScreen)
            await run.pilot.press(closes)
            assert isinstance(run.app.screen, OverviewScreen)


async def test_the_help_names_every_key_that_works_and_no_other() -> None:
    minting = ("mint", "choice", "link")
    for tokens in (NO_TOKENS, TokenAccess({SERVER: settings()}, Journal(Path("never-written")))):
        async with running("overview", (172, 110), tokens=tokens) as run:
            await run.pilot.press("question_mark")
            text = run.text()
            for key in KEYS:
                is_minting = key.id == "mint" or key.place in minting
                works = key.id != "reconnect" and (tokens is not NO_TOKENS or not is_minting)
                assert (" ".join(PLAIN.shown(key)) in text and key.help.split(";")[0][:40] in text) == works


def test_no_key_stands_twice_in_one_part_of_the_help() -> None:
    parts: list[list[str]] = [[]]
    for line in help_lines(set()):
        if isinstance(line, Labelled):
            parts[-1].append("".join(text for text, _style in line.label))
        elif line:
            parts.append([])
    assert [part.count("esc") for part in parts].count(1) > 4
    for part in parts:
        assert len(part) == len(set(part)), part


async def test_the_help_scrolls_in_a_small_terminal() -> None:
    async with running("overview", NARROW) as run:
        run.app.animation_level = "none"
        await run.pilot.press("question_mark")
        assert "again and again" not in run.text()
        await run.pilot.press("end")
        await run.pilot.pause(0.05)
        assert "again and again" in run.text()


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_the_command_palette_chooses_a_theme(key: str) -> None:
    async with running("overview") as run:
        dark = run.foreground_of("claim ignored")
        await run.pilot.press(key)
        await run.pilot.pause()
        assert type(run.app.screen).__name__ == "CommandPalette"
        await run.pilot.press("escape")
        run.app.theme = "mucmon-light"
        await run.pilot.pause()
        await run.pilot.pause()
        assert dark == {"#ff6b6b"}
        assert run.foreground_of("claim ignored") == {"#c2272d"}


async def test_r_reconnects_only_the_servers_that_wait_for_it() -> None:
    async with running("stopped") as run:
        assert "r reconnect" in run.text().splitlines()[-1]
        await run.pilot.press("r")
        assert run.sources.calls == ["start", "reconnect meet"]
    async with running("overview") as run:
        assert "reconnect" not in run.text()
        await run.pilot.press("r")
        assert "reconnect meet" not in run.sources.calls


async def test_a_click_chooses_a_row_and_a_second_one_opens_it() -> None:
    async with running("overview") as run:
        await run.pilot.click("#rooms", offset=(20, 4))
        assert run.grid("rooms").cursor_key == RoomKey("meet", "conference.meet.example", "maths-7b")
        await run.pilot.click("#rooms", offset=(20, 5), times=2)
        assert run.room() == "nocheintest"
        assert focused(run) == "detail-people"


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    async with running(MANY, NARROW) as run:
        grid = run.grid("rooms")
        grid.scroll_to(y=30, animate=False)
        await run.pilot.pause()
        assert run.room() == "room-000"
        assert "room-030" in run.text()
        await run.wait(1)
        assert "room-030" in run.text()


async def test_every_theme_draws_the_screen() -> None:
    async with running("overview", NARROW) as run:
        for theme in run.app.available_themes.values():
            assert palette_of(theme)
        for name in ("ansi-light", "nord", "textual-light"):
            run.app.theme = name
            await run.pilot.pause()
            assert "unclaimed owner" in run.text()


@pytest.mark.parametrize(
    ("keys", "title", "first"),
    [
        ((), "here: the rooms", "enter everything about the chosen room"),
        (("tab",), "here: the chosen room", "enter everything about the chosen person"),
        (("tab", "tab"), "here: the chosen room", "esc back to the rooms"),
        (("enter",), "here: the detail of a room", "esc back to where it was opened"),
        (("3",), "here: the view findings", "enter the room of the row in detail"),
        (("5",), "here: the view history", "enter in history: what is known of it"),
        (("4", "tab"), "here: the view door", "esc from below: to the rows"),
    ],
)
async def test_the_help_begins_with_where_somebody_is(keys: tuple[str, ...], title: str, first: str) -> None:
    async with running("door", NARROW) as run:
        await run.press(*keys, "question_mark")
        lines = [line.strip("│ ").strip() for line in run.text().splitlines()]
        at = lines.index(title)
        assert at < 4
        assert lines[at + 1].startswith(first)
