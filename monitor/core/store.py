"""The one picture of all servers: events go in, a revision comes out.

Only `Store.apply` changes anything. Whoever reads compares `Store.revision`, and per room `Room.revision`, with
what it drew last. Events about rooms or people that are not known are ignored: the feed's next snapshot settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from monitor.core.countdown import ClosePolicy, armed, arms, arms_on_join, close_policy, owner_present, settle
from monitor.core.drops import note_drop
from monitor.core.events import (
    AffiliationChanged,
    BatchHeard,
    ClosingChanged,
    DriftSeen,
    Event,
    FactsLearned,
    FeedChanged,
    HistoryTold,
    JoinRefused,
    LinkChanged,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    PastTold,
    RoomDestroyed,
    RoomSeen,
    RoomUntold,
    SnapshotEnded,
)
from monitor.core.findings import Judgement
from monitor.core.links import Links
from monitor.core.model import (
    ActorKind,
    Affiliation,
    Entry,
    Exempt,
    FeedState,
    Link,
    MucHost,
    Occupant,
    Room,
    RoomKey,
    Server,
    Timer,
)
from monitor.core.rules.rights import is_unclaimed_owner
from monitor.core.silence import Quiet, Silences, about, is_in

NO_GRADES: Mapping[str, int] = {}
_OFFSET_EASE = 0.1
_RETOLD_S = 5.0
"""Two tellings of the same thing are dated no further apart."""
_STEP_S = 2.0
"""A clock that seems set back by more than this was: no batch is that late for long."""


class Store:
    """Servers by name, their MUC hosts by name, their rooms by node."""

    def __init__(self) -> None:
        self.servers: dict[str, Server] = {}
        self.revision = 0
        self.silences = Silences(changed=self._silences_changed)
        self._links = Links(self.find_room)
        self._appliers: dict[type, Callable[[Any], None]] = {
            LinkChanged: self._link_changed,
            FeedChanged: self._feed_changed,
            BatchHeard: self._batch_heard,
            FactsLearned: self._facts_learned,
            DriftSeen: self._drift_seen,
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
            JoinRefused: self._join_refused,
            PastTold: self._past_told,
            HistoryTold: self._history_told,
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
        known = self.servers.setdefault(server, Server(server))
        known.colour, known.production = colour, production
        for name in hosts:
            host = known.hosts.setdefault(name, MucHost(name))
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
        return self._host(key.server, key.host).rooms.get(key.node)

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
            self._all_moved(room for host in hosts for room in host.rooms.values())
            return
        for room in self._host(what.room.server, what.room.host).rooms.values():
            if is_in(what, room.key):
                self._moved(room)

    def _host(self, server: str, host: str) -> MucHost:
        known = self.servers.setdefault(server, Server(server))
        return known.hosts.setdefault(host, MucHost(host))

    def _moved(self, room: Room) -> None:
        room.revision = self.revision

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
        host.words, host.vantage, host.hint = event.words, event.vantage, event.hint

    def _batch_heard(self, event: BatchHeard) -> None:
        host = self._host(event.server, event.host)
        host.heard_at, host.lag_s = event.at, event.lag_s
        # Delay only ever makes the server look behind, so the largest difference is nearest the truth.
        offset = event.server_now - event.at
        if host.offset_s is None or offset > host.offset_s or host.offset_s - offset > _STEP_S:
            host.offset_s = offset
        else:
            host.offset_s += (offset - host.offset_s) * _OFFSET_EASE
        if event.health is not None:
            host.health = event.health

    def _facts_learned(self, event: FactsLearned) -> None:
        host = self._host(event.server, event.host)
        host.facts, host.kind = event.facts, event.kind
        loaded = event.facts.get("modules")
        host.modules = (
            frozenset(name for name in loaded if isinstance(name, str)) if isinstance(loaded, list) else frozenset()
        )
        for room in host.rooms.values():
            self._moved(room)

    def _drift_seen(self, event: DriftSeen) -> None:
        self._host(event.server, event.host).drift = event.drift

    def _room_seen(self, event: RoomSeen) -> None:
        rooms = self._host(event.key.server, event.key.host).rooms
        room = rooms.get(event.key.node)
        if room is None:
            room = rooms[event.key.node] = Room(event.key)
        if event.part == 0 or room.named is None:
            room.named = set()
        at = self._server_now(event.key) if event.at is None else event.at
        if room.untold_since is not None or room.sub != event.sub:
            self._told_again(room, at)
        if room.sub != event.sub:
            room.followed_from = at
        room.kind, room.parent, room.title = event.kind, event.parent, event.title
        room.first_seen_at, room.created_at = event.first_seen_at, event.created_at
        room.sub = event.sub
        self._focus_is(room, event.focus_present, self._server_now(event.key))
        room.owner_gone, room.owner_seen = event.owner_gone, event.owner_seen
        if self._told(event.key):
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
        room = self.find_room(event.key)
        if room is None:
            return
        if event.since is None:
            self._told_again(room, event.at)
        else:
            room.untold_since = event.since
        self._moved(room)

    def _told_again(self, room: Room, at: float) -> None:
        """What timers that are over by now have found, nobody saw: they are neither missed nor running."""
        room.untold_since = None
        if not self._told(room.key):
            room.armed = tuple(one for one in room.armed if one.missed or one.over_at > at)

    def _occupant_joined(self, event: OccupantJoined) -> None:
        host = self._host(event.key.server, event.key.host)
        room = host.rooms.get(event.key.node)
        # A room of an older watch may be another one of the same name, with other numbers for its people.
        if room is None or room.sub != event.sub:
            self._forget(room)
            room = host.rooms[event.key.node] = Room(event.key, host.kind, first_seen_at=event.at, created_at=event.at)
        room.sub = event.sub
        self._settle(room, event.at)
        person = event.occupant
        others = [one for one in room.occupants.values() if one.oid != person.oid]
        self._put(room, room.occupants.get(person.oid), person)
        if room.named is not None:
            room.named.add(person.oid)
        self._focus_is(room, room.focus_present or _is_focus(person), event.at)
        room.owner_seen = room.owner_seen or owner_present((person,))
        by_module = person.change.by_module if person.change else None
        self._note(room, event.at, "joined", person, person.claimed, person.affiliation, by_module=by_module)
        policy = close_policy(host)
        if not policy.told and arms_on_join(policy, person, others):
            self._arm(room, policy, person, event.at)

    def _occupant_left(self, event: OccupantLeft) -> None:
        room = self.find_room(event.key)
        if room is None or event.oid not in room.occupants:
            return
        self._settle(room, event.at)
        gone = room.occupants[event.oid]
        self._take(room, gone)
        self._focus_is(room, room.focus_present and not _is_focus(gone), event.at)
        if event.why == "lost" and not gone.is_held:
            note_drop(room, gone, event.at)
        self._note(room, event.at, "left", gone, gone.affiliation, by=event.actor, detail=event.why)
        self._maybe_arm(room, gone, event.at, event.by)

    def _occupant_renamed(self, event: OccupantRenamed) -> None:
        room = self.find_room(event.key)
        if room is None or (known := room.occupants.get(event.oid)) is None:
            return
        self._settle(room, event.at)
        room.occupants[event.oid] = replace(known, nick=event.nick)
        self._note(room, event.at, "renamed", known, detail=event.nick)
        self._maybe_arm(room, known, event.at)

    def _occupant_changed(self, event: OccupantChanged) -> None:
        room = self.find_room(event.key)
        if room is None or (known := room.occupants.get(event.occupant.oid)) is None:
            return
        self._settle(room, event.at)
        self._note_connection(room, known, event)
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

    def _note_connection(self, room: Room, known: Occupant, event: OccupantChanged) -> None:
        before = {session.jid: session.gone_at for session in known.sessions}
        for session in event.occupant.sessions:
            was = before.get(session.jid)
            if session.gone_at is not None and was is None:
                self._note(room, event.at, "lost", known, detail=str(session.gone_at))
            elif session.gone_at is None and was is not None:
                self._note(room, event.at, "back", known, detail=str(was))

    def _affiliation_changed(self, event: AffiliationChanged) -> None:
        room = self.find_room(event.key)
        if room is None or event.oid is None or (known := room.occupants.get(event.oid)) is None:
            return
        change = event.change
        if change.actor_kind is ActorKind.PERSON and change.now is Affiliation.OWNER:
            promoter = room.find((change.actor or "").partition("/")[0])
            tainted = promoter is not None and is_unclaimed_owner(room, promoter)
            change = replace(change, tainted=tainted)
        self._settle(room, change.at)
        room.occupants[known.oid] = replace(known, affiliation=change.now, change=change)
        room.owner_seen = room.owner_seen or owner_present((room.occupants[known.oid],))
        by = change.actor or change.actor_kind.value or None
        self._note(room, change.at, "affiliation", known, change.was, change.now, by, change.by_module, change.reason)

    def _closing_changed(self, event: ClosingChanged) -> None:
        room = self.find_room(event.key)
        if room is None:
            return
        known = {(timer.at, timer.missed) for timer in room.armed}
        if self._told(event.key):
            for timer in event.armed:
                if (timer.at, timer.missed) not in known:
                    what, at = ("missed", event.at) if timer.missed else ("armed", timer.at)
                    entry = Entry(at, what, name=timer.cause, detail=str(timer.due_at))
                    self._remember(room, entry)
            room.armed = event.armed
        room.owner_gone, room.owner_seen = event.owner_gone, event.owner_seen
        self._moved(room)

    def _room_destroyed(self, event: RoomDestroyed) -> None:
        key = event.ended.key
        host = self._host(key.server, key.host)
        self._forget(host.rooms.pop(key.node, None))
        host.ended.append(event.ended)

    def _join_refused(self, event: JoinRefused) -> None:
        self._host(event.server, event.host).door.append(event.refusal)

    def _past_told(self, event: PastTold) -> None:
        host = self._host(event.server, event.host)
        known = {(one.at, one.node) for one in host.door}
        host.door.extend(one for one in event.door if (one.at, one.node) not in known)
        over = {(one.at, one.key): one for one in host.ended}
        # Told to a slow watcher one by one, a room's end comes without its people; this knows them.
        over.update({(one.at, one.key): one for one in event.ended})
        host.ended.clear()
        host.ended.extend(sorted(over.values(), key=lambda one: one.at))

    def _history_told(self, event: HistoryTold) -> None:
        room = self.find_room(event.key)
        if room is None:
            return
        known = {entry.identity for entry in room.history}
        older = [entry for entry in event.entries if entry.identity not in known]
        merged = sorted((*older, *room.history), key=lambda entry: entry.at)
        room.history.clear()
        room.history.extend(merged)
        self._moved(room)

    def _focus_is(self, room: Room, present: bool, at: float) -> None:
        room.focus_present = present
        if present:
            room.focus_gone_at = None
        elif room.focus_gone_at is None:
            room.focus_gone_at = at

    def _server_now(self, key: RoomKey) -> float:
        """The server's time at the last word from it."""
        host = self._host(key.server, key.host)
        return (host.heard_at or 0.0) + (host.offset_s or 0.0)

    def _told(self, key: RoomKey) -> bool:
        return close_policy(self._host(key.server, key.host)).told

    def _settle(self, room: Room, at: float) -> None:
        """Let the timers derived here that were due before `at` have fired, as the room stood until then."""
        if room.armed and not self._told(room.key):
            room.armed = settle(room.armed, owner_present(room.occupants.values()), at)

    def _maybe_arm(self, room: Room, gone: Occupant, at: float, by: float | None = None) -> None:
        """Start a timer where the plugin would: somebody has left, or taken another nick, which counts as leaving."""
        policy = close_policy(self._host(room.key.server, room.key.host))
        others = (one for one in room.occupants.values() if one.oid != gone.oid)
        if policy.plugin is None or policy.told or not arms(gone, others):
            return
        # Between two looks as far apart as planned, the grace of the countdown covers when it was.
        late_s = 0.0 if by is None else by - at - self._host(room.key.server, room.key.host).lag_s
        self._arm(room, policy, gone, at, late_s)

    def _arm(self, room: Room, policy: ClosePolicy, starter: Occupant, at: float, late_s: float = 0.0) -> None:
        due_at = at + policy.timeout_s
        timer = Timer(at, due_at, starter.name, latest_at=due_at + late_s if late_s > 0 else None)
        room.armed = armed(room.armed, timer, policy)
        self._remember(room, Entry(at, "armed", name=starter.name, detail=str(timer.due_at)))

    def _note(
        self,
        room: Room,
        at: float,
        what: str,
        person: Occupant,
        was: str | None = None,
        now: str | None = None,
        by: str | None = None,
        by_module: str | None = None,
        detail: str | None = None,
    ) -> None:
        entry = Entry(at, what, person.oid, person.name or person.nick, was, now, by, by_module, detail)
        self._remember(room, entry)
        self._moved(room)

    def _remember(self, room: Room, entry: Entry) -> None:
        # The answer to a question for the past may have told it already: it overtakes what waits to be sent.
        for known in reversed(room.history):
            if known.at < entry.at - _RETOLD_S:
                break
            if known.identity == entry.identity:
                return
        room.history.append(entry)


def _still_tainted(known: Occupant | None, told: Occupant) -> Occupant:
    """Whoever is told again was still promoted by the same person: the wire does not say whether that one could."""
    if known is None or told.change is None or known.change is None or not known.change.tainted:
        return told
    return replace(told, change=known.change) if told.change.at == known.change.at else told


def _is_focus(person: Occupant) -> bool:
    # The nick alone proves nothing: anybody may take it where jicofo is not.
    return person.nick == "focus" and person.exempt is Exempt.ADMIN
