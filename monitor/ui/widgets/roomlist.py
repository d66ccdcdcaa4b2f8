"""The left side: the rooms that are listed, drawn from the listing and the store."""

from __future__ import annotations

from typing import cast

from textual.content import Content

from monitor.core.countdown import close_policy
from monitor.core.model import RoomKey, RoomKind
from monitor.core.query import RoomRow
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.ui.columns import Around, room_cells, room_columns
from monitor.ui.countdowns import changes_in_s
from monitor.ui.listing import Listing
from monitor.ui.spans import Cell
from monitor.ui.standing import is_fresh, why_empty
from monitor.ui.titles import rooms_subtitle
from monitor.ui.widgets.grid import RoomsGrid


class RoomList(RoomsGrid):
    """The rooms of a listing. `now` is the monitor's time throughout."""

    def __init__(self, store: Store, listing: Listing, *, id: str | None = None) -> None:
        super().__init__(room_columns(False), lambda row: row.key, self._room_cells, id=id)
        self._store, self._listing = store, listing
        self._now = 0.0

    def follow(self, now: float) -> None:
        """Draw the rooms as they are now."""
        self._now = now
        listing, servers = self._listing, self._store.servers.values()
        rows = listing.shown(now)
        everything = len(listing.rows(now))
        self.set_columns(room_columns(len(servers) > 1))
        empty = clean(listing.why_none()) if everything else why_empty(servers)
        self.show(rows, empty)
        subtitle = rooms_subtitle(len(rows), everything, listing.narrowed_words(), listing.order_words())
        self.set_title(Content("rooms · paused" if listing.pause else "rooms"), subtitle)

    def chosen(self) -> RoomRow | None:
        """The row under the cursor."""
        return self._listing.find(cast("RoomKey | None", self.cursor_key))

    def changes_in_s(self) -> float | None:
        """Seconds from the last drawing until a countdown in sight shows another second; None where nothing counts."""
        rows = list(self.in_sight())
        if chosen := self.chosen():
            rows.append(chosen)
        waits = (changes_in_s(row, self._server_now(row.key)) for row in rows)
        return min((wait for wait in waits if wait is not None), default=None)

    def is_stale(self, key: RoomKey) -> bool:
        """Whether what is known of a room may be out of date."""
        server = self._store.servers[key.server]
        return not is_fresh(server, server.hosts[key.host], self._now)

    def _server_now(self, key: RoomKey) -> float:
        return self._now + (self._store.host_of(key).offset_s or 0.0)

    def _room_cells(self, row: RoomRow) -> tuple[Cell, ...]:
        host = self._store.host_of(row.key)
        closes = host.kind is RoomKind.MAIN and close_policy(host).plugin is not None
        several, gone = len(self._store.servers) > 1, self._listing.is_gone(row.key)
        return room_cells(row, self._server_now(row.key), Around(several, closes, self.is_stale(row.key), gone))
