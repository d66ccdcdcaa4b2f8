"""The columns of a grid placed for a width: its titles and its rows as pieces of coloured text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.ui.spans import Cell, Piece, fit, length, span
from monitor.ui.table import PLAIN, Arrangement, Column, Placed, left_out, place


class Placement:
    """Where each column is. What is changed is drawn so from the next `place_for` on; a mark in the titles at once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        """All that could be shown."""
        self.width = -1
        """The terminal cells they are placed for; -1 before they are."""
        self.beyond = (False, False)
        """Whether wanted columns are left out before, and after those that are placed."""
        self.placed: list[Placed] = []
        """Those that are shown, from left to right."""
        self.sorted_by = ("", False)
        """The one the rows are sorted by, and whether downwards."""
        self._wanted, self._shift = PLAIN, 0

    @property
    def shown(self) -> tuple[str, ...]:
        """The names of those that are placed, from left to right."""
        return tuple(one.column.name for one in self.placed)

    def place_for(self, width: int) -> None:
        """Place them for so many terminal cells."""
        self.width = width
        self.placed = place(self.columns, width, self._wanted, self._shift)
        self.beyond = left_out(self.columns, self.placed, self._wanted)

    def use(self, columns: Sequence[Column]) -> bool:
        """Take these columns; returns whether they are others."""
        if tuple(columns) == self.columns:
            return False
        self.columns = tuple(columns)
        return True

    def want(self, wanted: Arrangement) -> bool:
        """Take those that somebody wants to see; returns whether they are others."""
        if wanted == self._wanted:
            return False
        self._wanted, self._shift = wanted, 0
        return True

    def shift(self, by: int) -> bool:
        """Where all are wanted, take those that lie to the right, or to the left again; returns whether there are."""
        before, after = self.beyond
        if not self._wanted.wide or not (after if by > 0 else before):
            return False
        self._shift = max(self._shift + by, 0)
        return True

    def mark_sorted(self, column: str, down: bool) -> bool:
        """Mark this one in the titles, upwards or downwards; returns whether that is another mark."""
        if (column, down) == self.sorted_by:
            return False
        self.sorted_by = (column, down)
        return True

    def column_at(self, x: int) -> str:
        """The name of the column under a terminal cell of a line; empty beyond the last."""
        end = 0
        for one in self.placed:
            end += one.column.gap + one.width
            if x < end:
                return one.column.name
        return ""

    def titles(self) -> list[Piece]:
        """The columns' titles, which one the rows are sorted by, and whether there are more on either side."""
        titles: dict[int, Cell] = {one.index: ((one.column.title, "muted"),) for one in self.placed}
        for one in self.placed:
            if one.column.name == self.sorted_by[0]:
                mark = "▼" if self.sorted_by[1] else "▲"
                titles[one.index] = (span(f"{one.column.title[: max(one.width - 1, 0)]}{mark}", "text"),)
        pieces = self.row([titles.get(index, ()) for index in range(len(self.columns))])
        before, after = self.beyond if self._wanted.wide else (False, False)
        if not (before or after):
            return pieces
        room = self.width - length(pieces)
        return [*pieces, (" " * max(room, 0), "text"), ("‹" if before and not after else "›", "key")]

    def row(self, cells: Sequence[Cell]) -> list[Piece]:
        """A row of these cells, one for each of all the columns."""
        pieces: list[Piece] = []
        for index, column, width in ((one.index, one.column, one.width) for one in self.placed):
            if column.gap:
                pieces.append((" " * column.gap, "text"))
            pieces.extend(fit(cells[index], width, column.right))
        return pieces
