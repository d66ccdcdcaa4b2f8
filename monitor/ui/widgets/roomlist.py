"""The left side: the rooms that are listed, drawn from the listing and the picture."""

from __future__ import annotations

from typing import cast

from monitor.core.countdown import close_policy
from monitor.core.query import RoomRow
from monitor.core.room import RoomKey, RoomKind
from monitor.core.text import clean
from monitor.ui.columns import Around, room_cells, room_columns
from monitor.ui.countdowns import changes_in_s
from monitor.ui.keymap import key_map_of
from monitor.ui.keys.table import bindings
from monitor.ui.listing import Listing
from monitor.ui.picture import Picture
from monitor.ui.spans import Cell
from monitor.ui.standing import why_empty
from monitor.ui.titles import list_subtitle, view_title
from monitor.ui.widgets.grid import Grid


class RoomList(Grid[RoomRow]):
    """The rooms of a listing; enter opens one. `now` is the monitor's time throughout."""

    BINDINGS = bindings("rooms")

    def __init__(self, picture: Picture, listing: Listing[RoomRow], *, id: str | None = None) -> None:
        super().__init__(room_columns(0), lambda row: row.key, self._room_cells, id=id)
        self._picture, self._listing = picture, listing
        self._now = 0.0

    def follow(self, now: float) -> None:
        """Draw the rooms as they are now."""
        self._now = now
        everything = self._picture.rows(now)
        rows = self._listing.shown(everything, now)
        self.mark_sorted(*self._listing.mark)
        self.set_columns(room_columns(self._picture.server_width))
        empty = (
            clean(self._listing.why_none(key_map_of(self.app)))
            if everything
            else why_empty(self._picture.store.servers.values())
        )
        self.show(rows, empty)
        subtitle = list_subtitle(len(rows), len(everything), self._listing)
        self.set_title(view_title(1, "rooms", self._picture.pause is not None), subtitle)

    def chosen(self) -> RoomRow | None:
        """The row under the cursor."""
        return self._picture.find(cast("RoomKey | None", self.cursor_key))

    def changes_in_s(self) -> float | None:
        """Seconds from the last drawing until a countdown in sight shows another second; None where nothing counts."""
        rows = list(self.in_sight())
        if chosen := self.chosen():
            rows.append(chosen)
        waits = (changes_in_s(row, self._server_now(row.key)) for row in rows)
        return min((wait for wait in waits if wait is not None), default=None)

    def is_stale(self, key: RoomKey) -> bool:
        """Whether what is known of a room may be out of date."""
        return self._picture.is_stale(key.server, key.host, self._now)

    def _server_now(self, key: RoomKey) -> float:
        return self._picture.server_now(key.server, key.host, self._now)

    def _room_cells(self, row: RoomRow) -> tuple[Cell, ...]:
        host = self._picture.host_of(row.key)
        closes = host.kind is RoomKind.MAIN and close_policy(host).plugin is not None
        server, gone = self._picture.server_cell(row.key.server), self._picture.is_gone(row.key)
        return room_cells(row, self._server_now(row.key), Around(server, closes, self.is_stale(row.key), gone))
