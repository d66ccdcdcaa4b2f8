"""The one picture of all servers: events go in, a revision comes out.

Only `Store.apply` changes anything. Whoever reads compares `Store.revision`, and per room `Room.revision`, with
what it drew last. Events about rooms or people that are not known are ignored: the feed's next snapshot settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from monitor.core.events import (
    BatchHeard,
    DriftSeen,
    Event,
    FactsLearned,
    FeedChanged,
    JoinRefused,
    LinkChanged,
    PastTold,
)
from monitor.core.findings import Judgement
from monitor.core.host_events import (
    batch_heard,
    drift_seen,
    facts_learned,
    feed_changed,
    join_refused,
    link_changed,
    past_told,
)
from monitor.core.room import Room, RoomKey
from monitor.core.room_events import RoomEvents
from monitor.core.server import MucHost, Server
from monitor.core.silence import Quiet, Silences, about, is_in

NO_GRADES: Mapping[str, int] = {}


class Store:
    """Servers by name, their MUC hosts by name, their rooms by node."""

    def __init__(self) -> None:
        self.servers: dict[str, Server] = {}
        self.revision = 0
        self.silences = Silences(changed=self._silences_changed)
        self._appliers: dict[type, Callable[[Any], None]] = {
            LinkChanged: self._link_changed,
            FeedChanged: self._on_host(feed_changed),
            BatchHeard: self._on_host(batch_heard),
            FactsLearned: self._facts_learned,
            DriftSeen: self._on_host(drift_seen),
            JoinRefused: self._on_host(join_refused),
            PastTold: self._on_host(past_told),
            **RoomEvents(self._host, self._moved).appliers,
        }

    def declare(
        self,
        server: str,
        hosts: Iterable[str],
        close_policy: str = "auto",
        close_timeout_s: float | None = None,
        grades: Mapping[str, int] = NO_GRADES,
        colour: str = "",
        production: bool = False,
    ) -> None:
        """Make a configured server and its MUC hosts known before anything is heard of them.

        `grades` says how bad a rule is on this server, by its id.
        """
        known = self._server(server)
        known.colour, known.production = colour, production
        for name in hosts:
            host = self._host(server, name)
            host.close_policy, host.close_timeout_s, host.grades = close_policy, close_timeout_s, grades
        self.revision += 1

    def apply(self, event: Event) -> int:
        """Take in what happened and return the revision since."""
        self.revision += 1
        self._appliers[type(event)](event)
        return self.revision

    def rooms(self) -> Iterator[Room]:
        """Every room of every server, in no order."""
        for host in self.hosts():
            yield from host.rooms.values()

    def hosts(self) -> Iterator[MucHost]:
        """Every MUC host of every server."""
        for server in self.servers.values():
            yield from server.hosts.values()

    def host_of(self, key: RoomKey) -> MucHost:
        """The MUC host a room is on."""
        return self._host(key.server, key.host)

    def find_room(self, key: RoomKey) -> Room | None:
        """The room, if it is still there."""
        return self.host_of(key).rooms.get(key.node)

    def quiet_about(self, key: RoomKey, rule: str, oid: int | None = None) -> Quiet:
        """What a finding in a room is about; without `oid` everybody in it."""
        room = self.find_room(key)
        return Quiet(key.server, rule, key) if room is None else about(room, rule, oid)

    def hush(self, key: RoomKey, judgement: Judgement, now: float) -> Judgement:
        """A room's judgement with what is silenced at the monitor's time `now` set apart."""
        room = self.find_room(key) if self.silences else None
        if room is None:
            return judgement
        return self.silences.hush(judgement, room, now, self.host_of(key).offset_s or 0.0)

    def _silences_changed(self, what: Quiet) -> None:
        self.revision += 1
        if what.room is None:
            hosts = self.servers[what.server].hosts.values() if what.server in self.servers else ()
            for host in hosts:
                self._all_moved(host)
            return
        for room in self._host(what.room.server, what.room.host).rooms.values():
            if is_in(what, room.key):
                self._moved(room)

    def _server(self, name: str) -> Server:
        known = self.servers.get(name)
        if known is None:
            known = self.servers[name] = Server(name)
        return known

    def _host(self, server: str, name: str) -> MucHost:
        hosts = self._server(server).hosts
        known = hosts.get(name)
        if known is None:
            known = hosts[name] = MucHost(name)
        return known

    def _moved(self, room: Room) -> None:
        room.revision = self.revision

    def _all_moved(self, host: MucHost) -> None:
        for room in host.rooms.values():
            self._moved(room)

    def _on_host(self, take_in: Callable[[MucHost, Any], None]) -> Callable[[Any], None]:
        return lambda event: take_in(self._host(event.server, event.host), event)

    def _link_changed(self, event: LinkChanged) -> None:
        link_changed(self._server(event.server), event)

    def _facts_learned(self, event: FactsLearned) -> None:
        host = self._host(event.server, event.host)
        facts_learned(host, event)
        self._all_moved(host)
