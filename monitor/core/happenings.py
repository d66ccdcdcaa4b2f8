"""The newest entries of all rooms' pasts in one list, capped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from monitor.core.filtering import Subject, folded
from monitor.core.history import Entry
from monitor.core.query import RoomRow
from monitor.core.room import Room, RoomKey
from monitor.core.subjects import place_values
from monitor.core.text import clean

NEWEST = 500
"""So many are kept, of all rooms together."""
FIELDS = ("room", "name", "server")

HappeningKey = tuple[RoomKey, tuple[float | str | None, str, int | None]]


class Happening(msgspec.Struct, frozen=True):
    """An entry of a room's past, with its room."""

    entry: Entry
    room: RoomRow
    claims: dict[int | None, str | None]
    """What the tokens of those who joined claim, by oid."""

    @property
    def key(self) -> HappeningKey:
        """What happened where."""
        return (self.room.key, self.entry.identity)

    @property
    def subject(self) -> Subject:
        """What the filter may ask."""
        return Subject(self._text, self._values)

    def _text(self) -> str:
        entry = self.entry
        words = (entry.name, entry.what, entry.was, entry.now, entry.by, entry.by_module, entry.detail)
        text = " ".join(clean(word) for word in words if word)
        return folded(f"{self.room.name} {self.room.key.server} {text}")

    def _values(self, field: str) -> Iterable[str]:
        if field == "name":
            return (folded(clean(self.entry.name or "")),)
        return place_values(field, self.room) if field in FIELDS else ()


class Happenings:
    """The newest first; worked out again only for rooms where something moved."""

    def __init__(self, find_room: Callable[[RoomKey], Room | None]) -> None:
        self._find_room = find_room
        self._of: dict[RoomKey, RoomRow] = {}
        self._from: Sequence[RoomRow] = ()
        self._newest: list[Happening] = []

    def rows(self, rooms: Sequence[RoomRow]) -> Sequence[Happening]:
        """The newest `NEWEST` of these rooms; the same object while `rooms` is."""
        if rooms is self._from:
            return self._newest
        self._from = rooms
        known, self._of = self._of, {row.key: row for row in rooms}
        changed = [row for row in rooms if known.get(row.key) is not row]
        if known.keys() - self._of.keys():
            # What had no place beside the entries of a room that is gone has one now.
            changed, self._newest = list(rooms), []
        if not changed:
            return self._newest
        again = {row.key for row in changed}
        found = [one for one in self._newest if one.room.key not in again]
        for row in changed:
            found += self._of_room(row)
        found.sort(key=_newest_first)
        self._newest = found[:NEWEST]
        return self._newest

    def _of_room(self, row: RoomRow) -> list[Happening]:
        room = self._find_room(row.key)
        if room is None:
            return []
        claims = {entry.oid: entry.was for entry in room.history if entry.what == "joined"}
        return [Happening(entry, row, claims) for entry in reversed(room.history)]


def _newest_first(one: Happening) -> float:
    return math.inf if math.isnan(one.entry.at) else -one.entry.at
