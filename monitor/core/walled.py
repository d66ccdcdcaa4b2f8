"""A store whose readers see no names while it is hidden: the one place through which a screen on the wall looks.

Whoever draws holds this instead of the store and needs to know nothing of it. A room in disguise has another key; what
a screen asks about a room goes back through `real_key`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from monitor.core.disguise import HIDDEN, Disguise
from monitor.core.events import Event
from monitor.core.findings import Judgement
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKey
from monitor.core.server import Link, MucHost, Server
from monitor.core.silence import Quiet, Silences
from monitor.core.store import Store

One = TypeVar("One")

WORDS = "Details name people or rooms; they are hidden on the wall."


class _Seen(msgspec.Struct):
    """A room in disguise, with what it was made from."""

    source: Room
    shown: Room
    people: dict[int, tuple[Occupant, Occupant]]


class _Past(msgspec.Struct):
    """A bounded list in disguise, with the last of what it was made from."""

    length: int
    last: object
    shown: deque[object]


class Walled(Store):
    """Reads another store: as it is, or in disguise while `hidden`."""

    def __init__(self, store: Store, disguise: Disguise) -> None:
        self._store, self._disguise = store, disguise
        self.hidden = False
        self._drawn_for: int | None = None
        self._shown: dict[str, Server] = {}
        self._rooms: dict[RoomKey, _Seen] = {}
        self._real: dict[RoomKey, RoomKey] = {}
        self._pasts: dict[tuple[str, str, str], _Past] = {}

    @property
    def servers(self) -> dict[str, Server]:  # type: ignore[override]  # read, like all of this
        """The servers, in disguise while hidden."""
        if not self.hidden:
            return self._store.servers
        if self._drawn_for != self._store.revision:
            self._drawn_for = self._store.revision
            self._disguise_all()
        return self._shown

    @property
    def revision(self) -> int:  # type: ignore[override]
        """Another number whenever what is read here may differ; also when it is hidden or shown again."""
        return -2 - self._store.revision if self.hidden else self._store.revision

    @property
    def silences(self) -> Silences:  # type: ignore[override]
        """Those of the store itself: they are about real rooms and people."""
        return self._store.silences

    def quiet_about(self, key: RoomKey, rule: str, oid: int | None = None) -> Quiet:
        """What a finding is about, of the room as it is."""
        return self._store.quiet_about(self.real_key(key), rule, oid)

    def hush(self, key: RoomKey, judgement: Judgement, now: float) -> Judgement:
        """A room's judgement with what the store itself is silent about set apart."""
        return self._store.hush(self.real_key(key), judgement, now)

    def apply(self, event: Event) -> int:
        """Tell the store itself what happened; return its revision."""
        return self._store.apply(event)

    def real_key(self, key: RoomKey) -> RoomKey:
        """The key by which the server knows a room that is read here."""
        return self._real.get(key, key) if self.hidden else key

    def key_now(self, real: RoomKey) -> RoomKey:
        """The key by which a room of that real key is read here now."""
        return self._disguise.key(real) if self.hidden else real

    def _disguise_all(self) -> None:
        rooms: dict[RoomKey, _Seen] = {}
        self._real = {}
        self._shown = {}
        for server in self._store.servers.values():
            hosts = {host.name: self._host_shown(server, host, rooms) for host in server.hosts.values()}
            link = server.link
            words = WORDS if link.words else ""
            self._shown[server.name] = Server(
                server.name, Link(link.state, link.since_at, words), hosts, server.colour, server.production
            )
        self._rooms = rooms

    def _host_shown(self, server: Server, host: MucHost, rooms: dict[RoomKey, _Seen]) -> MucHost:
        shown: dict[str, Room] = {}
        for room in host.rooms.values():
            seen = rooms[room.key] = self._room_shown(room)
            shown[seen.shown.key.node] = seen.shown
            self._real[seen.shown.key] = room.key
        health = host.health
        return MucHost(
            name=host.name,
            feed=host.feed,
            since_at=host.since_at,
            words=WORDS if host.words else "",
            kind=host.kind,
            close_policy=host.close_policy,
            close_timeout_s=host.close_timeout_s,
            grades=host.grades,
            facts={name: value for name, value in host.facts.items() if name != "admins"},
            modules=host.modules,
            drift=host.drift,
            health=replace(health, last_error=HIDDEN) if health and health.last_error else health,
            heard_at=host.heard_at,
            offset_s=host.offset_s,
            vantage=host.vantage,
            hint=host.hint,
            lag_s=host.lag_s,
            complete=host.complete,
            stale_since_at=host.stale_since_at,
            rooms=shown,
            door=self._past(server, host, "door", host.door, self._disguise.refusal),
            ended=self._past(server, host, "ended", host.ended, self._disguise.ended),
        )

    def _room_shown(self, room: Room) -> _Seen:
        known = self._rooms.get(room.key)
        if known is not None and known.source is room and known.shown.revision == room.revision:
            return known
        before = known.people if known is not None and known.source is room else {}
        people: dict[int, tuple[Occupant, Occupant]] = {}
        for oid, one in room.occupants.items():
            was = before.get(oid)
            people[oid] = was if was is not None and was[0] is one else (one, self._disguise.occupant(one, room))
        return _Seen(room, self._disguise.room(room, {oid: shown for oid, (_, shown) in people.items()}), people)

    def _past(
        self, server: Server, host: MucHost, which: str, told: deque[One], disguise: Callable[[One], One]
    ) -> deque[One]:
        known = self._pasts.get((server.name, host.name, which))
        last = told[-1] if told else None
        if known is None or known.length != len(told) or known.last is not last:
            shown: deque[object] = deque((disguise(one) for one in told), told.maxlen)
            known = self._pasts[server.name, host.name, which] = _Past(len(told), last, shown)
        return known.shown  # type: ignore[return-value]
