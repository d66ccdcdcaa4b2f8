"""Which columns of a grid there is room for, and how wide each is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from monitor.core.text import Shown, clean

_LEAST_NAME = 6

_LEAST = 4
"""To so many cells a column is cut where there is no room at all."""


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
    id: str = ""
    """Its name where that is not its title."""
    extra: bool = False
    """Whether it is shown only where somebody asks for it."""
    firm: bool = False
    """Whether it goes last of all, and not before those that can grow are cut as far as may be."""
    guide: bool = False
    """Whether it only guides the eye, and says nothing of its own."""

    @property
    def name(self) -> str:
        """What it is called where columns are chosen or sorted by; no other of its grid is called so."""
        return self.id or self.title

    @property
    def stays(self) -> bool:
        """Whether it is there whatever somebody chooses."""
        return not self.drop and not self.extra


def server_column(width: int, drop: int, gap: int = 2) -> Column:
    """The column with the server's name, for names of so many terminal cells."""
    return Column(clean("server"), max(width, _LEAST_NAME), max(width, _LEAST_NAME), gap, drop=drop)


class Placed(msgspec.Struct, frozen=True):
    """A column that is shown: where in the row's cells, and how wide."""

    index: int
    column: Column
    width: int


class Arrangement(msgspec.Struct, frozen=True):
    """Which columns somebody wants to see."""

    wide: bool = False
    """All of them; those for which there is no room lie to the right."""
    chosen: frozenset[str] | None = None
    """Those of these names beside those that stay; None leaves it to the columns."""

    def shows(self, column: Column) -> bool:
        """Whether a column is wanted."""
        if column.stays or self.wide:
            return True
        return not column.extra if self.chosen is None else column.name in self.chosen


PLAIN = Arrangement()


def place(columns: Sequence[Column], width: int, wanted: Arrangement = PLAIN, shift: int = 0) -> list[Placed]:
    """Drop columns until the rest fits, then share what is left among those that can grow, evenly.

    Where not even those fit that stay, those that can grow give way, and no others: they are cut.

    Where somebody wants all of them, the last go first, and the first `shift` of those that do not stay are left out;
    for one of them those that can grow give way, so that each can be seen.
    """
    kept = [index for index, column in enumerate(columns) if wanted.shows(column)]
    if wanted.wide:
        for index in [index for index in kept if not columns[index].stays][:shift]:
            kept.remove(index)
    while sum(columns[index].gap + columns[index].least for index in kept) > width:
        droppable = [index for index in kept if not columns[index].stays]
        last = len(droppable) == 1 and (wanted.wide or columns[droppable[0]].firm)
        if not droppable or (last and _least_width(columns, kept) <= width):
            break
        kept.remove(_next_to_go(columns, droppable, wanted.wide))
    widths = {index: columns[index].least for index in kept}
    spare = width - sum(columns[index].gap + widths[index] for index in kept)
    while spare > 0:
        growing = [index for index in kept if widths[index] < columns[index].most]
        if not growing:
            break
        for index in growing[:spare]:
            widths[index] += 1
        spare -= len(growing[:spare])
    while spare < 0:
        giving = [index for index in kept if columns[index].most > columns[index].least and widths[index] > _LEAST]
        if not giving:
            break
        widths[max(giving, key=lambda index: widths[index])] -= 1
        spare += 1
    return [Placed(index, columns[index], widths[index]) for index in kept]


def left_out(columns: Sequence[Column], placed: Collection[Placed], wanted: Arrangement) -> tuple[bool, bool]:
    """Whether wanted columns are left out before, and after those that are placed."""
    there = [one.index for one in placed if not one.column.stays]
    missing = [at for at, column in enumerate(columns) if wanted.shows(column) and not column.stays and at not in there]
    last = max(there, default=-1)
    return any(at < last for at in missing), any(at > last for at in missing)


def _least_width(columns: Sequence[Column], kept: Sequence[int]) -> int:
    """Cells for these columns where those that can grow are cut as far as may be."""
    found = (columns[index] for index in kept)
    return sum(one.gap + (min(one.least, _LEAST) if one.most > one.least else one.least) for one in found)


def _next_to_go(columns: Sequence[Column], droppable: Sequence[int], wide: bool) -> int:
    if wide:
        return droppable[-1]
    # What was asked for beyond the usual goes first.
    return min(droppable, key=lambda index: (columns[index].drop, -index))
