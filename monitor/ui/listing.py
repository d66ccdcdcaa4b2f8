"""Which rooms are listed, and in which order: filter, problems only, sorting, pause. Holds no widget."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.core.findings import Severity
from monitor.core.model import Room, RoomKey
from monitor.core.query import Overview, RoomRow, matches
from monitor.core.store import Store
from monitor.ui.order import HeldOrder


class Order(msgspec.Struct, frozen=True):
    """One way to sort the rooms."""

    key: Callable[[RoomRow], Any]
    words: str
    reversed_words: str


ORDERS: tuple[Order, ...] = (
    Order(lambda row: row.order, "worst first", "worst last"),
    Order(lambda row: (row.name.casefold(), row.key), "by name", "by name, backwards"),
    Order(lambda row: (-row.people, row.order), "most people first", "fewest people first"),
    Order(lambda row: (row.owners, row.order), "fewest owners first", "most owners first"),
    Order(lambda row: (row.since_at, row.order), "longest open first", "newest first"),
)


class Pause(msgspec.Struct, frozen=True):
    """The rooms as they stood when somebody paused the display."""

    since: float
    """On the monitor's clock."""
    rows: Sequence[RoomRow]
    by_key: dict[RoomKey, RoomRow]
    rooms: dict[RoomKey, Room]


def is_problem(row: RoomRow) -> bool:
    """Whether somebody should look at this room."""
    return row.severity >= Severity.WARNING


class Listing:
    """The rooms to show. `now` is the monitor's time throughout."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._overview = Overview(store)
        self._held: HeldOrder[RoomRow] = HeldOrder(lambda row: row.key)
        self._matched: dict[RoomKey, tuple[RoomRow, bool]] = {}
        self._narrowed: tuple[object, Sequence[RoomRow]] | None = None
        self._narrowed_from: Sequence[RoomRow] = ()
        self._order, self._backwards = 0, False
        self.words = ""
        """The filter."""
        self.problems_only = False
        self.pause: Pause | None = None

    def live(self, now: float) -> Sequence[RoomRow]:
        """Every room as it is now; the same object while nothing moved."""
        return self._overview.rows(now)

    def rows(self, now: float) -> Sequence[RoomRow]:
        """Every room, as it is or as it was when the display was paused."""
        return self.pause.rows if self.pause else self.live(now)

    def shown(self, now: float) -> Sequence[RoomRow]:
        """The rooms to list, in their order; the order is held for a moment after somebody moved the cursor."""
        return self._held.arrange(self._narrow(self.rows(now)), now)

    def find(self, key: RoomKey | None) -> RoomRow | None:
        """The row of one room."""
        if self.pause:
            return self.pause.by_key.get(key) if key else None
        return self._overview.find(key)

    def find_room(self, key: RoomKey) -> Room | None:
        """The room, as it is or as it was when the display was paused."""
        return self.pause.rooms.get(key) if self.pause else self._store.find_room(key)

    def is_gone(self, key: RoomKey) -> bool:
        """Whether the room has ended since the display was paused."""
        return self.pause is not None and self._store.find_room(key) is None

    def hold(self, now: float) -> None:
        """Let the rows keep their places for a moment."""
        self._held.hold(now)

    def filter(self, words: str) -> None:
        """List only the rooms that have these words; none lists all."""
        self.words = words
        self._matched.clear()
        self._held.release()

    def toggle_problems(self) -> None:
        """List only the rooms somebody should look at, or all again."""
        self.problems_only = not self.problems_only
        self._held.release()

    def sort(self) -> None:
        """Sort by the next column."""
        self._order, self._backwards = (self._order + 1) % len(ORDERS), False
        self._held.release()

    def reverse(self) -> None:
        """Sort the other way round."""
        self._backwards = not self._backwards
        self._held.release()

    def toggle_pause(self, now: float) -> None:
        """Let the rows stand still, or follow what happens again."""
        self._held.release()
        if self.pause:
            self.go_on()
            return
        rows = list(self.live(now))
        rooms = {}
        for row in rows:
            room = self._store.find_room(row.key)
            if room is not None:
                past = deque(room.history, room.history.maxlen)
                rooms[row.key] = replace(room, occupants=dict(room.occupants), history=past)
        self.pause = Pause(now, rows, {row.key: row for row in rows}, rooms)

    def go_on(self) -> None:
        """Follow what happens again."""
        self._held.release()
        self.pause = None

    def order_words(self) -> str:
        """By what the rooms are sorted."""
        order = ORDERS[self._order]
        return order.reversed_words if self._backwards else order.words

    def narrowed_words(self) -> str:
        """What keeps rooms off the list, if anything does."""
        parts = (f"/{self.words.strip()}" if self.words.strip() else "", "problems only" if self.problems_only else "")
        return " · ".join(part for part in parts if part)

    def why_none(self) -> str:
        """Why no room is listed though there are some; empty where nothing narrows the list."""
        if self.words.strip():
            return f"No room has the words {self.words.strip()}; esc shows all again."
        return "No room has a problem; m shows all again." if self.problems_only else ""

    def _narrow(self, rows: Sequence[RoomRow]) -> Sequence[RoomRow]:
        asked = (self.words, self.problems_only, self._order, self._backwards)
        # Rows keep their identity while nothing moved, and so must what is made of them.
        if self._narrowed is not None and self._narrowed[0] == asked and self._narrowed_from is rows:
            return self._narrowed[1]
        kept = [row for row in rows if self._is_listed(row)]
        if self._order or self._backwards:
            kept.sort(key=ORDERS[self._order].key, reverse=self._backwards)
        self._narrowed, self._narrowed_from = (asked, kept), rows
        return kept

    def _is_listed(self, row: RoomRow) -> bool:
        if self.problems_only and not is_problem(row):
            return False
        return not self.words.strip() or self._matches(row)

    def _matches(self, row: RoomRow) -> bool:
        known = self._matched.get(row.key)
        if known is not None and known[0] is row:
            return known[1]
        room = self.find_room(row.key)
        found = room is not None and matches(self.words, row, room)
        self._matched[row.key] = (row, found)
        return found
