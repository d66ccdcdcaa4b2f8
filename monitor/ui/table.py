"""Which columns of a grid there is room for, and how wide each is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.core.text import Shown, clean

_LEAST_NAME = 6


class Column(msgspec.Struct, frozen=True):
    """One column of a grid; widths are in terminal cells."""

    title: Shown
    least: int
    most: int
    gap: int = 2
    """Spaces before it."""
    right: bool = False
    drop: int = 0
    """When there is no room, columns go in the order 1, 2, 3 …; 0 stays whatever happens."""


def server_column(width: int, drop: int, gap: int = 2) -> Column:
    """The column with the server's name, for names of so many terminal cells."""
    return Column(clean("server"), max(width, _LEAST_NAME), max(width, _LEAST_NAME), gap, drop=drop)


class Placed(msgspec.Struct, frozen=True):
    """A column that is shown: where in the row's cells, and how wide."""

    index: int
    column: Column
    width: int


def place(columns: Sequence[Column], width: int) -> list[Placed]:
    """Drop columns until the rest fits, then share what is left among those that can grow, evenly."""
    kept = list(range(len(columns)))
    while sum(columns[index].gap + columns[index].least for index in kept) > width:
        droppable = [index for index in kept if columns[index].drop]
        if not droppable:
            break
        kept.remove(min(droppable, key=lambda index: columns[index].drop))
    widths = {index: columns[index].least for index in kept}
    spare = width - sum(columns[index].gap + widths[index] for index in kept)
    while spare > 0:
        growing = [index for index in kept if widths[index] < columns[index].most]
        if not growing:
            break
        for index in growing[:spare]:
            widths[index] += 1
        spare -= len(growing[:spare])
    return [Placed(index, columns[index], widths[index]) for index in kept]
