"""The store as it is to be drawn: as it is now, or as it stood when somebody paused the display. Holds no widget."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from monitor.core.door import Turned, refusals_of, turned_away
from monitor.core.query import Overview, RoomRow
from monitor.core.room import EndedRoom, Room, RoomKey
from monitor.core.server import MucHost
from monitor.core.store import Store
from monitor.ui.spans import Cell, span, width_of
from monitor.ui.standing import colour_of, is_fresh

_LONGEST_NAME = 16


class Pause(msgspec.Struct, frozen=True):
    """Everything as it stood when somebody paused the display."""

    since: float
    """On the monitor's clock."""
    rows: Sequence[RoomRow]
    by_key: dict[RoomKey, RoomRow]
    rooms: dict[RoomKey, Room]
    door: Sequence[Turned]
    ended: Sequence[EndedRoom]


class Picture:
    """What every view is drawn from. `now` is the monitor's time throughout."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._overview = Overview(store)
        self._door: tuple[int, Sequence[Turned]] = (-1, ())
        self._ended: tuple[int, Sequence[EndedRoom]] = (-1, ())
        self.pause: Pause | None = None

    @property
    def several_servers(self) -> bool:
        """Whether a row has to name its server."""
        return len(self.store.servers) > 1

    @property
    def server_width(self) -> int:
        """Terminal cells for the name of a server in a row; 0 where there is one alone."""
        if not self.several_servers:
            return 0
        return min(max(width_of((span(name),)) for name in self.store.servers), _LONGEST_NAME)

    def server_cell(self, name: str) -> Cell:
        """What a row says of its server: its name in its colour; nothing where there is one alone."""
        if not self.several_servers:
            return ()
        known = self.store.servers.get(name)
        return (span(name, colour_of(known) if known else "muted"),)

    def live(self, now: float) -> Sequence[RoomRow]:
        """Every room as it is now; the same object while nothing moved."""
        return self._overview.rows(now)

    def rows(self, now: float) -> Sequence[RoomRow]:
        """Every room, as it is or as it was when the display was paused."""
        return self.pause.rows if self.pause else self.live(now)

    def find(self, key: RoomKey | None) -> RoomRow | None:
        """The row of one room."""
        if self.pause:
            return self.pause.by_key.get(key) if key else None
        return self._overview.find(key)

    def find_room(self, key: RoomKey) -> Room | None:
        """The room, as it is or as it was when the display was paused."""
        return self.pause.rooms.get(key) if self.pause else self.store.find_room(key)

    def is_open(self, key: RoomKey) -> bool:
        """Whether the room is there now, whatever is drawn."""
        return self.store.find_room(key) is not None

    def is_gone(self, key: RoomKey) -> bool:
        """Whether the room has ended since the display was paused."""
        return self.pause is not None and self.store.find_room(key) is None

    def door(self) -> Sequence[Turned]:
        """Who was turned away, the newest first; the same object while nothing moved."""
        if self.pause:
            return self.pause.door
        if self._door[0] != self.store.revision:
            fresh = [
                turned_away(server.name, host.name, one)
                for server in self.store.servers.values()
                for host, one in refusals_of(server)
            ]
            fresh.sort(key=lambda one: _newest_first(one.refusal.at))
            same = [one.refusal for one in fresh] == [one.refusal for one in self._door[1]]
            self._door = (self.store.revision, self._door[1] if same else fresh)
        return self._door[1]

    def ended(self) -> Sequence[EndedRoom]:
        """Rooms that are over, the newest first; the same object while nothing moved."""
        if self.pause:
            return self.pause.ended
        if self._ended[0] != self.store.revision:
            fresh = sorted(
                (one for host in self.store.hosts() for one in host.ended), key=lambda one: _newest_first(one.at)
            )
            self._ended = (self.store.revision, self._ended[1] if fresh == self._ended[1] else fresh)
        return self._ended[1]

    def host_of(self, key: RoomKey) -> MucHost:
        """The MUC host of a room."""
        return self.store.host_of(key)

    def is_stale(self, server: str, host: str, now: float) -> bool:
        """Whether what is known of a MUC host may be out of date."""
        known = self.store.servers.get(server)
        return known is None or host not in known.hosts or not is_fresh(known, known.hosts[host], now)

    def server_now(self, server: str, host: str, now: float) -> float:
        """The server's time."""
        return now + (self.store.host_of(RoomKey(server, host, "")).offset_s or 0.0)

    def go_on(self) -> None:
        """Follow what happens again."""
        self.pause = None

    def toggle_pause(self, now: float) -> None:
        """Let everything stand still, or follow what happens again."""
        if self.pause:
            self.go_on()
            return
        rows = list(self.live(now))
        rooms = {}
        for row in rows:
            room = self.store.find_room(row.key)
            if room is not None:
                past = deque(room.history, room.history.maxlen)
                rooms[row.key] = replace(room, occupants=dict(room.occupants), history=past)
        door, ended = self.door(), self.ended()
        self.pause = Pause(now, rows, {row.key: row for row in rows}, rooms, door, ended)


def _newest_first(at: float) -> float:
    return math.inf if math.isnan(at) else -at
