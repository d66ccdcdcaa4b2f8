"""The one picture of all servers: events go in, a revision comes out.

Only `Store.apply` changes anything. Whoever reads compares `Store.revision`, and per room `Room.revision`, with
what it drew last. Events about rooms or people that are not known are ignored: the feed's next snapshot settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from monitor.core.events import (
    AffiliationChanged,
    BatchHeard,
    Event,
    FactsLearned,
    FeedChanged,
    LinkChanged,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomDestroyed,
    RoomSeen,
    SnapshotEnded,
)
from monitor.core.model import FeedState, Link, MucHost, Room, RoomKey, Server

_OFFSET_EASE = 0.1


class Store:
    """Servers by name, their MUC hosts by name, their rooms by node."""

    def __init__(self) -> None:
        self.servers: dict[str, Server] = {}
        self.revision = 0
        self._appliers: dict[type, Callable[[Any], None]] = {
            LinkChanged: self._link_changed,
            FeedChanged: self._feed_changed,
            BatchHeard: self._batch_heard,
            FactsLearned: self._facts_learned,
            RoomSeen: self._room_seen,
            SnapshotEnded: self._snapshot_ended,
            OccupantJoined: self._occupant_joined,
            OccupantLeft: self._occupant_left,
            OccupantRenamed: self._occupant_renamed,
            OccupantChanged: self._occupant_changed,
            AffiliationChanged: self._affiliation_changed,
            RoomDestroyed: self._room_destroyed,
        }

    def declare(self, server: str, hosts: Iterable[str]) -> None:
        """Make a configured server and its MUC hosts known before anything is heard of them."""
        known = self.servers.setdefault(server, Server(server))
        for host in hosts:
            known.hosts.setdefault(host, MucHost(host))
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
        return self._host(key.server, key.host).rooms.get(key.node)

    def _host(self, server: str, host: str) -> MucHost:
        known = self.servers.setdefault(server, Server(server))
        return known.hosts.setdefault(host, MucHost(host))

    def _moved(self, room: Room) -> None:
        room.revision = self.revision

    def _link_changed(self, event: LinkChanged) -> None:
        server = self.servers.setdefault(event.server, Server(event.server))
        same = server.link.state == event.state
        since = server.link.since_at if same else event.at
        server.link = Link(event.state, since, event.words)

    def _feed_changed(self, event: FeedChanged) -> None:
        host = self._host(event.server, event.host)
        if host.feed != event.state:
            host.feed, host.since_at = event.state, event.at
        if event.state is FeedState.LIVE:
            host.stale_since_at = None
        elif host.complete and host.stale_since_at is None:
            host.stale_since_at = event.at if host.heard_at is None else host.heard_at
        host.words = event.words

    def _batch_heard(self, event: BatchHeard) -> None:
        host = self._host(event.server, event.host)
        host.heard_at = event.at
        # Delay only ever makes the server look behind, so the largest difference is nearest the truth.
        offset = event.server_now - event.at
        if host.offset_s is None or offset > host.offset_s:
            host.offset_s = offset
        else:
            host.offset_s += (offset - host.offset_s) * _OFFSET_EASE
        if event.health is not None:
            host.health = event.health

    def _facts_learned(self, event: FactsLearned) -> None:
        host = self._host(event.server, event.host)
        host.facts, host.kind = event.facts, event.kind
        for room in host.rooms.values():
            self._moved(room)

    def _room_seen(self, event: RoomSeen) -> None:
        rooms = self._host(event.key.server, event.key.host).rooms
        room = rooms.get(event.key.node)
        if room is None:
            room = rooms[event.key.node] = Room(event.key)
        if event.part == 0:
            room.occupants = {}
        room.kind, room.parent = event.kind, event.parent
        room.first_seen_at, room.created_at = event.first_seen_at, event.created_at
        room.focus_present, room.sub = event.focus_present, event.sub
        for occupant in event.occupants:
            room.occupants[occupant.oid] = occupant
        self._moved(room)

    def _snapshot_ended(self, event: SnapshotEnded) -> None:
        host = self._host(event.server, event.host)
        for node in [node for node, room in host.rooms.items() if room.sub != event.sub]:
            del host.rooms[node]
        host.complete = True

    def _occupant_joined(self, event: OccupantJoined) -> None:
        host = self._host(event.key.server, event.key.host)
        room = host.rooms.get(event.key.node)
        # A room of an older watch may be another one of the same name, with other numbers for its people.
        if room is None or room.sub != event.sub:
            room = host.rooms[event.key.node] = Room(event.key, host.kind, first_seen_at=event.at, created_at=event.at)
        room.sub = event.sub
        room.occupants[event.occupant.oid] = event.occupant
        room.focus_present = room.focus_present or event.occupant.nick == "focus"
        self._moved(room)

    def _occupant_left(self, event: OccupantLeft) -> None:
        room = self.find_room(event.key)
        if room is not None and (gone := room.occupants.pop(event.oid, None)):
            if gone.nick == "focus":
                room.focus_present = any(one.nick == "focus" for one in room.occupants.values())
            self._moved(room)

    def _occupant_renamed(self, event: OccupantRenamed) -> None:
        room = self.find_room(event.key)
        if room is not None and (known := room.occupants.get(event.oid)):
            room.occupants[event.oid] = replace(known, nick=event.nick)
            self._moved(room)

    def _occupant_changed(self, event: OccupantChanged) -> None:
        room = self.find_room(event.key)
        if room is None or (known := room.occupants.get(event.occupant.oid)) is None:
            return
        room.occupants[known.oid] = replace(
            event.occupant,
            joined_at=known.joined_at,
            joined_exactly=known.joined_exactly,
            has_token=known.has_token,
            token_id=known.token_id,
            claims=known.claims,
        )
        self._moved(room)

    def _affiliation_changed(self, event: AffiliationChanged) -> None:
        room = self.find_room(event.key)
        if room is None or event.oid is None or (known := room.occupants.get(event.oid)) is None:
            return
        change = event.change
        room.occupants[known.oid] = replace(known, affiliation=change.now, change=change)
        self._moved(room)

    def _room_destroyed(self, event: RoomDestroyed) -> None:
        self._host(event.key.server, event.key.host).rooms.pop(event.key.node, None)
