"""The mouse: rows, titles of columns, the keys in the footer, and the wheel."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widget import Widget

from tests.ui.scenes import connected, crowd, ended, seen
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
MANY = [*connected(), *(seen(f"room-{at:03}", *crowd(at * 10 + 1, 3)) for at in range(100)), ended()]


async def wheel(run: Running, widget: Widget, down: bool, times: int = 3) -> None:
    """Turn the wheel over a widget."""
    kind = MouseScrollDown if down else MouseScrollUp
    for _ in range(times):
        x, y = widget.region.x + 3, widget.region.y + 2
        event = kind(widget, 3, 2, 0, 1 if down else -1, 0, False, False, False, x, y)
        widget.post_message(event)
        await run.pilot.pause()
    await run.pilot.pause(0.3)


async def click_key(run: Running, words: str) -> None:
    """Click on a key in the footer."""
    x = run.lines()[-1].index(words)
    await run.pilot.click(offset=(x + 1, run.app.size.height - 1))
    await run.pilot.pause()


@SIZES
async def test_the_keys_in_the_footer_do_what_they_say(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await click_key(run, "enter people")
        assert run.app.focused is run.grid("people")
        await click_key(run, "esc rooms")
        assert run.app.focused is run.grid("rooms")
        await click_key(run, "n next")
        assert run.room() != "board-2031"
        await click_key(run, "/ filter")
        await run.press("a")
        assert "/a" in run.text()
        await click_key(run, "esc clear")
        assert "12 of 12" in run.text()
        await click_key(run, "? help")
        assert "esc closes" in run.text()
        await run.press("escape")
        await click_key(run, "q quit")
        assert not run.app.is_running or run.app._exit


async def test_a_click_between_the_keys_does_nothing() -> None:
    async with running("overview") as run:
        before = run.text()
        x = run.lines()[-1].index("/ filter")
        await run.pilot.click(offset=(x - 1, 44))
        await run.pilot.click(offset=(171, 44))
        assert run.text() == before


@SIZES
async def test_the_wheel_scrolls_rows_and_panes_and_leaves_the_cursor(size: tuple[int, int]) -> None:
    async with running(MANY, size) as run:
        grid = run.grid("rooms")
        await wheel(run, grid, True)
        assert grid.scroll_offset.y > 0
        assert run.room() == "room-000"
        top = grid.scroll_offset.y
        assert f"room-{top:03}" in run.text()
        await wheel(run, grid, False)
        assert grid.scroll_offset.y < top


async def test_a_click_on_a_row_of_any_view_chooses_it() -> None:
    async with running("door") as run:
        for key, id in (("2", "everybody"), ("4", "refusals")):
            await run.press(key)
            await run.pilot.click(f"#{id}", offset=(10, 4))
            await run.pilot.pause()
            assert run.grid(id)._index == 2
