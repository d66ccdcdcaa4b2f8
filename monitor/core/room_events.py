"""What happens in rooms: they are told, people come, go and change, timers run, and rooms end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.arming import arm_on_join, arm_on_leaving, forget_passed, settle
from monitor.core.countdown import close_policy, owner_present
from monitor.core.drops import note_drop
from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    HistoryTold,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomDestroyed,
    RoomSeen,
    RoomUntold,
    SnapshotEnded,
)
from monitor.core.history import Entry, connections, recall, remember
from monitor.core.links import Links
from monitor.core.occupant import Exempt, Occupant
from monitor.core.room import Room, RoomKey
from monitor.core.rules.rights import is_unclaimed_owner
from monitor.core.server import MucHost


class RoomEvents:
    """Takes in the events of rooms, and keeps who is in which room by which token."""

    def __init__(self, host: Callable[[str, str], MucHost], moved: Callable[[Room], None]) -> None:
        """`host` finds a MUC host by server and name; `moved` is told every room in which something has changed."""
        self._host, self._moved = host, moved
        self._links = Links(self._find)
        self.appliers: dict[type, Callable[[Any], None]] = {
            RoomSeen: self._room_seen,
            SnapshotEnded: self._snapshot_ended,
            RoomUntold: self._room_untold,
            OccupantJoined: self._occupant_joined,
            OccupantLeft: self._occupant_left,
            OccupantRenamed: self._occupant_renamed,
            OccupantChanged: self._occupant_changed,
            AffiliationChanged: self._affiliation_changed,
            ClosingChanged: self._closing_changed,
            RoomDestroyed: self._room_destroyed,
            HistoryTold: self._history_told,
        }
        """By the event they take in."""

    def _host_of(self, key: RoomKey) -> MucHost:
        return self._host(key.server, key.host)

    def _find(self, key: RoomKey) -> Room | None:
        return self._host(key.server, key.host).rooms.get(key.node)

    def _put(self, room: Room, known: Occupant | None, person: Occupant) -> None:
        """Let somebody be in a room, in the place of what was known of them."""
        room.occupants[person.oid] = person
        self._all_moved(self._links.move(room, known, person))

    def _take(self, room: Room, gone: Occupant) -> None:
        del room.occupants[gone.oid]
        self._all_moved(self._links.move(room, gone, None))

    def _forget(self, room: Room | None) -> None:
        """A room is over, or another one of that name takes its place."""
        if room is not None:
            self._all_moved(self._links.forget(room))

    def _all_moved(self, rooms: Iterable[Room]) -> None:
        for room in rooms:
            self._moved(room)

    def _room_seen(self, event: RoomSeen) -> None:
        host = self._host_of(event.key)
        room = host.rooms.get(event.key.node)
        if room is None:
            room = host.rooms[event.key.node] = Room(event.key)
        if event.part == 0 or room.named is None:
            room.named = set()
        at = host.heard_at_there if event.at is None else event.at
        if room.untold_since is not None or room.sub != event.sub:
            room.untold_since = None
            forget_passed(room, host, at)
        if room.sub != event.sub:
            room.followed_from = at
        room.kind, room.parent, room.title = event.kind, event.parent, event.title
        room.first_seen_at, room.created_at = event.first_seen_at, event.created_at
        room.sub = event.sub
        self._focus_is(room, event.focus_present, host.heard_at_there)
        room.owner_gone, room.owner_seen = event.owner_gone, event.owner_seen
        if close_policy(host).told:
            room.armed = event.armed
        for occupant in event.occupants:
            known = room.occupants.get(occupant.oid)
            self._put(room, known, _still_tainted(known, occupant))
            room.named.add(occupant.oid)
        if not event.more:
            for gone in [one for oid, one in room.occupants.items() if oid not in room.named]:
                self._take(room, gone)
            room.named = None
        self._moved(room)

    def _snapshot_ended(self, event: SnapshotEnded) -> None:
        host = self._host(event.server, event.host)
        stay = event.unseen
        for node in [node for node, room in host.rooms.items() if room.sub != event.sub and node not in stay]:
            self._forget(host.rooms.pop(node))
        host.complete = True

    def _room_untold(self, event: RoomUntold) -> None:
        room = self._find(event.key)
        if room is None:
            return
        room.untold_since = event.since
        if event.since is None:
            forget_passed(room, self._host_of(event.key), event.at)
        self._moved(room)

    def _occupant_joined(self, event: OccupantJoined) -> None:
        host = self._host_of(event.key)
        room = host.rooms.get(event.key.node)
        # A room of an older watch may be another one of the same name, with other numbers for its people.
        if room is None or room.sub != event.sub:
            self._forget(room)
            room = host.rooms[event.key.node] = Room(event.key, host.kind, first_seen_at=event.at, created_at=event.at)
        room.sub = event.sub
        settle(room, host, event.at)
        person = event.occupant
        self._put(room, room.occupants.get(person.oid), person)
        if room.named is not None:
            room.named.add(person.oid)
        self._focus_is(room, room.focus_present or _is_focus(person), event.at)
        room.owner_seen = room.owner_seen or owner_present((person,))
        by_module = person.change.by_module if person.change else None
        was, now = person.claimed, person.affiliation
        self._note(room, Entry(event.at, "joined", person.oid, person.called, was, now, by_module=by_module))
        arm_on_join(room, host, person, event.at)

    def _occupant_left(self, event: OccupantLeft) -> None:
        room = self._find(event.key)
        if room is None or event.oid not in room.occupants:
            return
        host = self._host_of(event.key)
        settle(room, host, event.at)
        gone = room.occupants[event.oid]
        self._take(room, gone)
        self._focus_is(room, room.focus_present and not _is_focus(gone), event.at)
        if event.why == "lost" and not gone.is_held:
            note_drop(room, gone, event.at)
        entry = Entry(event.at, "left", gone.oid, gone.called, gone.affiliation, by=event.actor, detail=event.why)
        self._note(room, entry)
        arm_on_leaving(room, host, gone, event.at, event.by)

    def _occupant_renamed(self, event: OccupantRenamed) -> None:
        room = self._find(event.key)
        if room is None or (known := room.occupants.get(event.oid)) is None:
            return
        host = self._host_of(event.key)
        settle(room, host, event.at)
        room.occupants[event.oid] = replace(known, nick=event.nick)
        self._note(room, Entry(event.at, "renamed", known.oid, known.called, detail=event.nick))
        arm_on_leaving(room, host, known, event.at)

    def _occupant_changed(self, event: OccupantChanged) -> None:
        room = self._find(event.key)
        if room is None or (known := room.occupants.get(event.occupant.oid)) is None:
            return
        settle(room, self._host_of(event.key), event.at)
        for entry in connections(known, event.occupant, event.at):
            remember(room.history, entry)
        if event.occupant.is_held and not known.is_held:
            note_drop(room, known, event.at)
        changed = replace(
            _still_tainted(known, event.occupant),
            joined_at=known.joined_at,
            joined_exactly=known.joined_exactly,
            has_token=known.has_token,
            token_id=known.token_id,
            claims=known.claims,
        )
        self._put(room, known, changed)
        self._moved(room)

    def _affiliation_changed(self, event: AffiliationChanged) -> None:
        room = self._find(event.key)
        if room is None or event.oid is None or (known := room.occupants.get(event.oid)) is None:
            return
        change = event.change
        if change.actor_kind is ActorKind.PERSON and change.now is Affiliation.OWNER:
            promoter = room.find((change.actor or "").partition("/")[0])
            tainted = promoter is not None and is_unclaimed_owner(room, promoter)
            change = replace(change, tainted=tainted)
        settle(room, self._host_of(event.key), change.at)
        room.occupants[known.oid] = replace(known, affiliation=change.now, change=change)
        room.owner_seen = room.owner_seen or owner_present((room.occupants[known.oid],))
        by = change.actor or change.actor_kind.value or None
        was, now, module = change.was, change.now, change.by_module
        self._note(room, Entry(change.at, "affiliation", known.oid, known.called, was, now, by, module, change.reason))

    def _closing_changed(self, event: ClosingChanged) -> None:
        room = self._find(event.key)
        if room is None:
            return
        known = {(timer.at, timer.missed) for timer in room.armed}
        if close_policy(self._host_of(event.key)).told:
            for timer in event.armed:
                if (timer.at, timer.missed) not in known:
                    what, at = ("missed", event.at) if timer.missed else ("armed", timer.at)
                    remember(room.history, Entry(at, what, name=timer.cause, detail=str(timer.due_at)))
            room.armed = event.armed
        room.owner_gone, room.owner_seen = event.owner_gone, event.owner_seen
        self._moved(room)

    def _room_destroyed(self, event: RoomDestroyed) -> None:
        key = event.ended.key
        host = self._host_of(key)
        self._forget(host.rooms.pop(key.node, None))
        host.ended.append(event.ended)

    def _history_told(self, event: HistoryTold) -> None:
        room = self._find(event.key)
        if room is None:
            return
        recall(room.history, event.entries)
        self._moved(room)

    def _focus_is(self, room: Room, present: bool, at: float) -> None:
        room.focus_present = present
        if present:
            room.focus_gone_at = None
        elif room.focus_gone_at is None:
            room.focus_gone_at = at

    def _note(self, room: Room, entry: Entry) -> None:
        remember(room.history, entry)
        self._moved(room)


def _still_tainted(known: Occupant | None, told: Occupant) -> Occupant:
    """Whoever is told again was still promoted by the same person: the wire does not say whether that one could."""
    if known is None or told.change is None or known.change is None or not known.change.tainted:
        return told
    return replace(told, change=known.change) if told.change.at == known.change.at else told


def _is_focus(person: Occupant) -> bool:
    # The nick alone proves nothing: anybody may take it where jicofo is not.
    return person.nick == "focus" and person.exempt is Exempt.ADMIN
