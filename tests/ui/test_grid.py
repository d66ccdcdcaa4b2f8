"""The grid by itself: many rows, few drawn lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.app import App, ComposeResult

from monitor.core.text import clean
from monitor.ui.keys.table import bindings
from monitor.ui.spans import Cell, cell
from monitor.ui.table import Column
from monitor.ui.widgets.grid import Grid

Row = tuple[int, str]
COLUMNS = (Column(clean("number"), 6, 6), Column(clean("words"), 5, 40))


class OpeningGrid(Grid[Row]):
    """A grid whose rows can be opened."""

    BINDINGS = bindings("rooms")


class GridApp(App[None]):
    """An app with nothing but a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.heard: list[object] = []
        self.rows: Grid[Row] = OpeningGrid(COLUMNS, lambda row: row[0], self.cells_of, id="rows")

    def get_css_variables(self) -> dict[str, str]:
        """Textual's alone."""
        return super().get_css_variables()

    def cells_of(self, row: Row) -> tuple[Cell, ...]:
        """Count how often somebody asks."""
        self.asked += 1
        return cell(str(row[0])), cell(row[1])

    def compose(self) -> ComposeResult:
        """The grid."""
        yield self.rows

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Remember."""
        self.heard.append(("chosen", message.key))

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Remember."""
        self.heard.append(("opened", message.key))


@contextmanager
def drawn_lines(grid: Grid[Row], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Collects which lines are rendered meanwhile."""
    lines: list[int] = []
    render = grid.render_line
    with monkeypatch.context() as patch:
        patch.setattr(grid, "render_line", lambda y: lines.append(y) or render(y))  # type: ignore[func-returns-value]
        yield lines


def rows(count: int) -> list[Row]:
    """So many rows."""
    return [(at, f"row {at}") for at in range(count)]


async def test_only_lines_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = GridApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.rows.show(rows(10), clean("none"))
        await pilot.pause()
        with drawn_lines(app.rows, monkeypatch) as lines:
            changed = rows(10)
            changed[4] = (4, "other words")
            app.rows.show(changed, clean("none"))
            await pilot.pause()
        assert set(lines) == {5}
        with drawn_lines(app.rows, monkeypatch) as lines:
            app.rows.show(list(changed), clean("none"))
            await pilot.pause()
        assert lines == []


async def test_a_hundred_thousand_rows_cost_no_more_than_those_in_sight() -> None:
    app = GridApp()
    async with app.run_test(size=(60, 20)) as pilot:
        many = rows(100_000)
        app.rows.show(many, clean("none"))
        await pilot.pause()
        app.asked = 0
        began = time.perf_counter()
        app.rows.show(list(many), clean("none"))
        took = time.perf_counter() - began
        assert app.asked <= 20
        assert took < 0.1
        await pilot.press("G")
        assert app.rows.cursor_key == 99_999
        assert app.asked < 200


async def test_the_scroll_bar_comes_and_goes_with_the_rows() -> None:
    app = GridApp()
    async with app.run_test(size=(60, 20)) as pilot:
        for count, bar in ((5, False), (500, True), (900, True), (3, False)):
            app.rows.show(rows(count), clean("none"))
            await pilot.pause()
            assert app.rows.show_vertical_scrollbar is bar
            if bar:
                assert app.rows.vertical_scrollbar.window_virtual_size == count + 1
                await pilot.press("G")
                assert app.rows.scroll_offset.y == count + 1 - app.rows.size.height
        assert app.rows.scroll_offset.y == 0


async def test_moving_and_opening_are_told() -> None:
    app = GridApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("enter", "j")
        assert app.heard == []
        app.rows.show(rows(3), clean("none"))
        await pilot.press("j", "enter")
        assert app.heard == [("chosen", 1), ("opened", 1)]


async def test_an_empty_grid_says_why_in_whole_words() -> None:
    app = GridApp()
    async with app.run_test(size=(20, 10)) as pilot:
        app.rows.show([], clean("Not connected: [b]the server[/x] refused us."))
        await pilot.pause()
        text = " ".join(app.rows.render_line(y).text.strip() for y in range(5)).split()
        assert " ".join(text) == "Not connected: [b]the server[/x] refused us."
