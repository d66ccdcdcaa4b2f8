"""A grid of keyed rows, cheap with a hundred thousand of them: it renders the lines in sight alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from monitor.core.text import Shown, clean
from monitor.ui.keys.table import bindings
from monitor.ui.placement import Placement
from monitor.ui.spans import Cell, Piece, span, wrap
from monitor.ui.table import Arrangement, Column
from monitor.ui.theme import look_of
from monitor.ui.widgets.lines import strip_of
from monitor.ui.widgets.scrolling import Scrolling

Row = TypeVar("Row")

_HEADER_LINES = 1
_MARGIN = 1


class Grid(Scrolling, Generic[Row], can_focus=True, inherit_bindings=False):
    """Rows with a cursor that stays on its row by key when the order changes."""

    BINDINGS = bindings("scrolling", "columns")

    @dataclass
    class Told(Message):
        """What a grid tells of."""

        grid: Grid[Any]

        @property
        def control(self) -> Grid[Any]:
            """The grid."""
            return self.grid

    @dataclass
    class RowChosen(Told):
        """Somebody moved the cursor to a row."""

        key: Hashable

    @dataclass
    class HeaderChosen(Told):
        """Somebody clicked on the title of a column."""

        column: str

    @dataclass
    class RowOpened(Told):
        """Somebody opened the row under the cursor."""

        key: Hashable

    def __init__(
        self,
        columns: Sequence[Column],
        key_of: Callable[[Row], Hashable],
        cells_of: Callable[[Row], Sequence[Cell]],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._placement = Placement(columns)
        self._key_of = key_of
        self.cells_of = cells_of
        """Makes the cells of a row, one for each of `columns`."""
        self._rows: Sequence[Row] = ()
        self._empty: Shown = clean("")
        self._drawn: dict[int, tuple[list[Piece], bool]] = {}
        self._index = 0
        self.cursor_key: Hashable | None = None
        """The key of the row under the cursor; None while there are no rows."""
        self.touched = False
        """Whether somebody has moved the cursor since the rows were reset."""

    def show(self, rows: Sequence[Row], empty: Shown) -> None:
        """Show these rows, or why there are none. Until somebody moves it, the cursor stays on the first row."""
        in_sight = self._is_in_sight()
        self._empty = empty
        self._rows = rows
        self._measure()
        self._follow(not self.touched)
        if in_sight and not self._is_in_sight():
            self._scroll_to_cursor()
        self._refresh_changed()

    def reset(self) -> None:
        """Forget the cursor: the rows to come are others."""
        self.cursor_key = None
        self.touched = False
        self._index = 0
        self.scroll_to(y=0, animate=False)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Use these columns from now on."""
        if self._placement.use(columns):
            self.redraw()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All that could be shown."""
        return self._placement.columns

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The names of those that are shown, from left to right."""
        return self._placement.shown

    def want(self, wanted: Arrangement) -> None:
        """Show the columns that somebody wants to see."""
        if self._placement.want(wanted):
            self.redraw()

    def mark_sorted(self, column: str, down: bool) -> None:
        """Mark the column by which the rows are sorted, upwards or downwards."""
        if self._placement.mark_sorted(column, down):
            self._refresh_changed()

    def set_title(self, title: Content, subtitle: Content) -> None:
        """Set what the border says."""
        if self._border_title != title:
            self.border_title = title
        if self._border_subtitle != subtitle:
            self.border_subtitle = subtitle

    def choose_next(self, is_wanted: Callable[[Row], bool], by: int) -> bool:
        """Move the cursor to the next such row, or with -1 the one before, round the end; False where none is."""
        count = len(self._rows)
        for step in range(1, count):
            index = (self._index + by * step) % count
            if is_wanted(self._rows[index]):
                self._choose(index)
                return True
        return False

    def choose_first(self, is_wanted: Callable[[Row], bool], by: int) -> bool:
        """Move the cursor to the first such row, or with -1 to the last; False where none is."""
        order = range(len(self._rows)) if by > 0 else reversed(range(len(self._rows)))
        found = next((index for index in order if is_wanted(self._rows[index])), None)
        if found is not None:
            self._choose(found)
        return found is not None

    @property
    def rows(self) -> Sequence[Row]:
        """All that are listed, in their order."""
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row under the cursor; None while there are no rows."""
        return self._rows[self._index] if self._index < len(self._rows) else None

    def go_to_first(self, is_wanted: Callable[[Hashable], bool]) -> bool:
        """Move the cursor to the first row with such a key, and tell nobody; False where none is."""
        for index, row in enumerate(self._rows):
            if is_wanted(self._key_of(row)):
                self._index, self.cursor_key, self.touched = index, self._key_of(row), True
                self._scroll_to_cursor()
                self._refresh_changed()
                return True
        return False

    def in_sight(self) -> Sequence[Row]:
        """The rows that are drawn."""
        top = self.scroll_offset.y
        return self._rows[top : top + max(self.size.height - _HEADER_LINES, 0)]

    def redraw(self) -> None:
        """Draw everything again, in the colours of the theme that is active now."""
        self._placement.place_for(self._width)
        self._drawn.clear()
        self.refresh()

    def on_resize(self) -> None:
        """Choose the columns anew and keep the cursor in sight."""
        self._measure()
        self.redraw()
        if self.touched:
            self._scroll_to_cursor()

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight; the first is the columns' titles."""
        pieces, chosen = self._drawn[y] = self._line(y)
        look = look_of(self.app)
        base = self.visual_style.rich_style
        strip = strip_of(pieces, look, base, self._width + _MARGIN)
        if not chosen:
            return strip
        return Strip(
            [Segment(text, (style or base) + look.selected, control) for text, style, control in strip],
            strip.cell_length,
        )

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._choose(self._index + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many pages."""
        self._choose(self._index + by * max(self.size.height - _HEADER_LINES - 1, 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._choose(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self._choose(len(self._rows) - 1)

    def action_shift(self, by: int) -> None:
        """Where all columns are wanted, show those that lie to the right, or to the left again."""
        if self._placement.shift(by):
            self.redraw()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.RowOpened(self, self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        """Choose the row clicked on; a second click opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < _HEADER_LINES:
            if self._rows and (column := self._placement.column_at(offset.x)):
                self.post_message(self.HeaderChosen(self, column))
            return
        index = self.scroll_offset.y + offset.y - _HEADER_LINES
        if index < len(self._rows):
            self._choose(index)
            if event.chain == 2:
                self.action_open()

    @property
    def _width(self) -> int:
        """Terminal cells for the columns; a margin stays before the scroll bar."""
        return max(self.scrollable_content_region.width - _MARGIN, 0)

    def _choose(self, index: int) -> None:
        if not self._rows:
            return
        self._index = min(max(index, 0), len(self._rows) - 1)
        self.cursor_key = self._key_of(self._rows[self._index])
        self.touched = True
        self._scroll_to_cursor()
        self._refresh_changed()
        self.post_message(self.RowChosen(self, self.cursor_key))

    def _measure(self) -> None:
        """Tell the scroll bar how many rows there are, and stay where there are some."""
        changed = self.hold_lines(len(self._rows) + _HEADER_LINES, self._width)
        if changed and self.scroll_offset.y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def _follow(self, on_top: bool) -> None:
        """Find the cursor's row again; where it is gone, its neighbour takes the cursor."""
        if not self._rows:
            self.cursor_key = None
            return
        if on_top or self.cursor_key is None:
            self._index = 0
        elif not self._is_at(self._index):
            found = next(
                (at for at, row in enumerate(self._rows) if self._key_of(row) == self.cursor_key),
                None,
            )
            self._index = min(self._index, len(self._rows) - 1) if found is None else found
        self.cursor_key = self._key_of(self._rows[self._index])

    def _is_at(self, index: int) -> bool:
        return index < len(self._rows) and self._key_of(self._rows[index]) == self.cursor_key

    def _is_in_sight(self) -> bool:
        top = self.scroll_offset.y
        return top <= self._index < top + self.size.height - _HEADER_LINES

    def _scroll_to_cursor(self) -> None:
        height = max(self.size.height - _HEADER_LINES, 1)
        top = self.scroll_offset.y
        if self._index < top:
            self.scroll_to(y=self._index, animate=False, force=True)
        elif self._index >= top + height:
            self.scroll_to(y=self._index - height + 1, animate=False, force=True)

    def _refresh_changed(self) -> None:
        width = self._width + _MARGIN
        changed = [y for y in range(self.size.height) if self._drawn.get(y) != self._line(y)]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _line(self, y: int) -> tuple[list[Piece], bool]:
        """The pieces of a line and whether the cursor is on it."""
        # A grid that was not displayed is drawn before it is told of its size: it must not be blank then.
        if self._placement.width != self._width:
            self._placement.place_for(self._width)
        if y < _HEADER_LINES:
            return self._placement.titles() if self._rows else [], False
        index = self.scroll_offset.y + y - _HEADER_LINES
        if index < len(self._rows):
            return self._placement.row(self.cells_of(self._rows[index])), index == self._index
        if not self._rows:
            lines = wrap(((span(self._empty, "muted"),),), max(self._width - 2, 2))
            if y - _HEADER_LINES < len(lines):
                return [(" ", "text"), *lines[y - _HEADER_LINES]], False
        return [], False


class ListedGrid(Grid[Row]):
    """The rows of another view; enter leads to their room."""

    BINDINGS = bindings("listed")
