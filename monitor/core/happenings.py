"""The newest entries of all rooms' pasts that a filter accepts, in one list, capped."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import msgspec

from monitor.core.filtering import Query, Subject, folded
from monitor.core.history import Entry
from monitor.core.query import RoomRow
from monitor.core.room import Room, RoomKey
from monitor.core.subjects import place_values
from monitor.core.text import clean

NEWEST = 500
"""So many are listed, of all rooms together."""
FIELDS = ("room", "name", "server")
EVERYTHING = Query()
"""The filter that leaves nothing out."""

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
        return Subject(lambda: _text(self.entry, self.room), lambda field: _values(self.entry, self.room, field))


class Found(msgspec.Struct, frozen=True):
    """What a filter finds in the pasts of all rooms."""

    rows: Sequence[Happening] = ()
    """The newest `NEWEST` of the entries it accepts, the newest first."""
    accepted: int = 0
    """How many it accepts."""
    total: int = 0
    """How many there are."""


class Happenings:
    """The newest first; looked for again only in rooms where something moved.

    Every room's past is bounded (`monitor.core.history.HISTORY`), all of them together are not: rows are made of those
    entries alone that are listed.
    """

    def __init__(self, find_room: Callable[[RoomKey], Room | None]) -> None:
        self._find_room = find_room
        self._of: dict[RoomKey, _Past] = {}
        self._from: Sequence[RoomRow] = ()
        self._query = EVERYTHING
        self._found = Found()

    def find(self, rooms: Sequence[RoomRow], query: Query = EVERYTHING) -> Found:
        """What a filter finds in these rooms; the rows are the same object while nothing moved."""
        if rooms is self._from and query == self._query:
            return self._found
        known, self._of = self._of, {}
        for row in rooms:
            past = known.get(row.key)
            is_known = past is not None and past.row is row
            if past is None or not is_known:
                past = _Past(row, self._find_room(row.key))
            if not is_known or query != self._query:
                past.narrow(query)
            self._of[row.key] = past
        self._from, self._query = rooms, query
        pasts = self._of.values()
        newest = self._newest()
        same = len(newest) == len(self._found.rows) and all(map(_is, newest, self._found.rows))
        rows = self._found.rows if same else newest
        self._found = Found(rows, sum(len(past.accepted) for past in pasts), sum(len(past.entries) for past in pasts))
        return self._found

    def _newest(self) -> list[Happening]:
        before = {one.key: one for one in self._found.rows}
        merged = heapq.merge(*(past.dated() for past in self._of.values()), key=_place)
        found = (past.happening(entry) for _, entry, past in islice(merged, NEWEST))
        return [
            known if (known := before.get(one.key)) and known.room is one.room and known.entry is one.entry else one
            for one in found
        ]


class _Past:
    """The entries of one room, and those that a filter accepts: both the newest first."""

    __slots__ = ("_claims", "_texts", "accepted", "entries", "row")

    def __init__(self, row: RoomRow, room: Room | None) -> None:
        self.row = row
        self.entries = sorted(reversed(room.history), key=_newest_first) if room is not None else []
        self.accepted: Sequence[Entry] = self.entries
        self._claims: dict[int | None, str | None] | None = None
        self._texts: list[str] = []

    def narrow(self, query: Query) -> None:
        """Choose the entries that a filter accepts."""
        if query == EVERYTHING:
            self.accepted, self._texts = self.entries, []
            return
        # Kept for the next letter that is typed.
        self._texts = self._texts or [_text(entry, self.row) for entry in self.entries]
        self.accepted = [
            entry
            for entry, text in zip(self.entries, self._texts, strict=True)
            if query.accepts(Subject(partial(str, text), partial(_values, entry, self.row)))
        ]

    def dated(self) -> Iterator[tuple[float, Entry, _Past]]:
        """The accepted ones, each with its place among all."""
        for entry in self.accepted:
            yield _newest_first(entry), entry, self

    def happening(self, entry: Entry) -> Happening:
        """The row of an entry."""
        if self._claims is None:
            self._claims = {one.oid: one.was for one in reversed(self.entries) if one.what == "joined"}
        return Happening(entry, self.row, self._claims)


def _text(entry: Entry, row: RoomRow) -> str:
    words = (entry.name, entry.what, entry.was, entry.now, entry.by, entry.by_module, entry.detail)
    text = " ".join(clean(word) for word in words if word)
    return folded(f"{row.name} {row.key.server} {text}")


def _values(entry: Entry, row: RoomRow, field: str) -> Iterable[str]:
    if field == "name":
        return (folded(clean(entry.name or "")),)
    return place_values(field, row) if field in FIELDS else ()


def _newest_first(entry: Entry) -> float:
    return math.inf if math.isnan(entry.at) else -entry.at


def _place(dated: tuple[float, Entry, _Past]) -> float:
    return dated[0]


def _is(one: Happening, other: Happening) -> bool:
    return one is other
