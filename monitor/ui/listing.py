"""Which rows of a view are listed, and in which order: filter, problems only, sorting. Holds no widget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from monitor.core.filtering import Query, Subject, parse
from monitor.core.findings import Severity
from monitor.core.query import RoomRow
from monitor.core.subjects import ROOM_FIELDS, of_room
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.order import HeldOrder
from monitor.ui.picture import Picture

Row = TypeVar("Row")

_SPARE = 1000


class Order(msgspec.Struct, frozen=True):
    """One way to sort rows; the first way of a view is how its rows come."""

    key: Callable[[Any], Any]
    words: str
    reversed_words: str
    column: str
    """The name of the column they are sorted by then."""
    down: bool = False
    """Whether what is more, later or worse stands first."""


class Kind(msgspec.Struct, frozen=True):
    """What a listing has to know of its rows."""

    noun: str
    orders: tuple[Order, ...]
    key_of: Callable[[Any], Hashable]
    subject_of: Callable[[Any], Subject | None]
    fields: tuple[str, ...]
    severity_of: Callable[[Any], Severity] | None = None
    """None where no row is worse than another."""


class Narrowing:
    """What keeps rows off the lists. The views share it: what was typed in one stands in the next."""

    def __init__(self) -> None:
        self.words = ""
        """The filter."""
        self.problems_only = False

    def query(self, fields: tuple[str, ...]) -> Query:
        """The filter as a view reads it that knows these fields."""
        return parse(self.words.strip(), fields)

    def clear(self) -> None:
        """List everything again."""
        self.words, self.problems_only = "", False


class Listing(Generic[Row]):
    """The rows of a view that are listed. `now` is the monitor's time throughout."""

    def __init__(self, kind: Kind, narrowing: Narrowing) -> None:
        self.kind, self._narrowing = kind, narrowing
        self._held: HeldOrder[Row] = HeldOrder(kind.key_of)
        self._matched: dict[Hashable, tuple[Row, bool]] = {}
        self._matched_for: Query | None = None
        self._narrowed: tuple[object, Sequence[Row]] | None = None
        self._narrowed_from: Sequence[Row] = ()
        self._order, self._backwards = 0, False

    def shown(self, rows: Sequence[Row], now: float) -> Sequence[Row]:
        """Those of the rows to list, in their order, which is held for a moment after somebody moved the cursor."""
        return self._held.arrange(self._narrow(rows), now)

    def hold(self, now: float) -> None:
        """Let the rows keep their places for a moment."""
        self._held.hold(now)

    def release(self) -> None:
        """Let the rows take their places at once: what is listed is to be another selection."""
        self._held.release()

    def sort(self, shown: Collection[str] | None = None) -> None:
        """Sort by the next column; by none that is not among those `shown`, but for the first way."""
        orders = self.kind.orders
        following = [*range(self._order + 1, len(orders)), 0]
        self._turn(next(at for at in following if not at or shown is None or orders[at].column in shown))

    def sort_by(self, column: str, backwards: bool | None = None) -> None:
        """Sort by the column of that name; the other way round where they are sorted by it already."""
        found = next((at for at, order in enumerate(self.kind.orders) if order.column == column), None)
        if found is not None:
            again = found == self._order and not self._backwards
            self._turn(found, again if backwards is None else backwards)

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The column the rows are sorted by, and whether the other way round than that column begins with."""
        return (self.kind.orders[self._order].column, self._backwards)

    @property
    def mark(self) -> tuple[str, bool]:
        """The column the rows are sorted by, and whether downwards: what is more, later or worse first."""
        order = self.kind.orders[self._order]
        return (order.column, order.down is not self._backwards)

    def reverse(self) -> None:
        """Sort the other way round."""
        self._backwards = not self._backwards
        self.release()

    def _turn(self, order: int, backwards: bool = False) -> None:
        self._order, self._backwards = order, backwards
        self.release()

    def order_words(self) -> str:
        """By what the rows are sorted."""
        order = self.kind.orders[self._order]
        return order.reversed_words if self._backwards else order.words

    def narrowed_words(self) -> str:
        """What keeps rows off the list, if anything does."""
        words = self._narrowing.words.strip()
        parts = (f"/{words}" if words else "", "problems only" if self._problems_only else "")
        return " · ".join(part for part in parts if part)

    def why_none(self, key_map: KeyMap = PLAIN) -> str:
        """Why no row is listed though there are some; empty where nothing narrows the list."""
        words, noun = self._narrowing.words.strip(), self.kind.noun
        if error := self._narrowing.query(self.kind.fields).error:
            return error
        if words:
            return f"No {noun} has the words {words}; {key_map.first('rooms.clear')} shows all again."
        return (
            f"No {noun} has a problem; {key_map.first('rows.problems')} shows all again." if self._problems_only else ""
        )

    def is_problem(self, row: Row) -> bool:
        """Whether somebody should look at this row."""
        severity_of = self.kind.severity_of
        return severity_of is not None and severity_of(row) >= Severity.WARNING

    @property
    def _problems_only(self) -> bool:
        return self._narrowing.problems_only and self.kind.severity_of is not None

    def _narrow(self, rows: Sequence[Row]) -> Sequence[Row]:
        asked = (self._narrowing.words, self._problems_only, self._order, self._backwards)
        # Rows keep their identity while nothing moved, and so must what is made of them.
        if self._narrowed is not None and self._narrowed[0] == asked and self._narrowed_from is rows:
            return self._narrowed[1]
        kept = self._kept(rows)
        if self._order or self._backwards:
            kept = sorted(kept, key=self.kind.orders[self._order].key, reverse=self._backwards)
        self._narrowed, self._narrowed_from = (asked, kept), rows
        return kept

    def _kept(self, rows: Sequence[Row]) -> Sequence[Row]:
        if self._problems_only:
            rows = [row for row in rows if self.is_problem(row)]
        query = self._narrowing.query(self.kind.fields)
        if query != self._matched_for or len(self._matched) > 2 * len(rows) + _SPARE:
            self._matched_for = query
            self._matched.clear()
        if query.error:
            return []
        return [row for row in rows if self._matches(row, query)] if query.terms else rows

    def _matches(self, row: Row, query: Query) -> bool:
        key = self.kind.key_of(row)
        known = self._matched.get(key)
        if known is not None and known[0] is row:
            return known[1]
        subject = self.kind.subject_of(row)
        found = subject is not None and query.accepts(subject)
        self._matched[key] = (row, found)
        return found


ORDERS: tuple[Order, ...] = (
    Order(lambda row: row.order, "worst first", "worst last", "state", True),
    Order(lambda row: (row.name.casefold(), row.key), "by name", "by name, backwards", "room"),
    Order(lambda row: (row.key.server.casefold(), row.order), "by server", "by server, backwards", "server"),
    Order(lambda row: (-row.people, row.order), "most people first", "fewest people first", "ppl", True),
    Order(lambda row: (row.owners, row.order), "fewest owners first", "most owners first", "own"),
    Order(lambda row: (row.since_at, row.order), "longest open first", "newest first", "open", True),
    Order(lambda row: (-row.waiting, row.order), "most waiting first", "fewest waiting first", "waiting", True),
    Order(lambda row: (row.since_at, row.order), "opened first first", "opened last first", "since"),
    Order(lambda row: (row.key.host, row.key.node), "by address", "by address, backwards", "address"),
)


def rooms_listing(picture: Picture, narrowing: Narrowing) -> Listing[RoomRow]:
    """The listing of the rooms."""

    def subject_of(row: RoomRow) -> Subject | None:
        room = picture.find_room(row.key)
        return None if room is None else of_room(row, room)

    kind = Kind("room", ORDERS, lambda row: row.key, subject_of, ROOM_FIELDS, lambda row: row.severity)
    return Listing(kind, narrowing)
