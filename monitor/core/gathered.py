"""Rows that are worked out room by room: again only for a room whose own row is another one.

A room's row (`monitor.core.query.Overview`) keeps its identity until the room's revision moves or it is judged anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from monitor.core.query import RoomRow
from monitor.core.room import RoomKey

Row = TypeVar("Row")


class Gathered(Generic[Row]):
    """The rows of all rooms in order; `derive` makes those of one room, each with its place in the order beside it."""

    def __init__(self, derive: Callable[[RoomRow], Sequence[tuple[Any, Row]]]) -> None:
        self._derive = derive
        self._of: dict[RoomKey, RoomRow] = {}
        self._from: Sequence[RoomRow] = ()
        self._pairs: list[tuple[Any, RoomRow, Row]] = []
        self._rows: list[Row] = []

    def rows(self, rooms: Sequence[RoomRow]) -> Sequence[Row]:
        """The rows of these rooms; the same object while `rooms` is."""
        if rooms is self._from:
            return self._rows
        self._from = rooms
        known, self._of = self._of, {row.key: row for row in rooms}
        changed = [row for row in rooms if known.get(row.key) is not row]
        if not changed and len(known) == len(self._of):
            return self._rows
        kept = [pair for pair in self._pairs if self._of.get(pair[1].key) is pair[1]]
        # What is kept is in order already, and the sort takes it as it is.
        kept += [(place, row, made) for row in changed for place, made in self._derive(row)]
        kept.sort(key=_place)
        self._pairs = kept
        self._rows = [made for _, _, made in kept]
        return self._rows


def _place(pair: tuple[Any, RoomRow, Any]) -> Any:
    return pair[0]
