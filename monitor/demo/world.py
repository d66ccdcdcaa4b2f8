"""What happens in the rooms of the demo, as Prosody with Jitsi's plugins would have it and the module would tell it.

The world has no clock: `advance_to` brings it to a moment, and whatever was due until then happens at its own time.
So a past can be played before anybody looks, and an hour in a test takes no time.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable

from monitor.core.findings import is_health_check
from monitor.demo.people import (
    FOCUS,
    JICOFO,
    TOKEN_AFFILIATION,
    By,
    Visitor,
    address_of,
    claims_of,
    token_id_of,
)
from monitor.demo.rooms import Armed, Person, Room
from monitor.wire.records import (
    AffiliationRecord,
    ChangedRecord,
    ChangeRecord,
    DestroyedRecord,
    EntryRecord,
    EventRecord,
    GoneRecord,
    JoinedRecord,
    LeftRecord,
    RefusalRecord,
    RefusedRecord,
    RenamedRecord,
)

PARTY_TIMEOUT_S = 120.0
HIBERNATION_S = 60.0
_MISSED_S = 1.0
_TAKEN_IN_S = 60.0
"""Who comes this soon into a room that was there before the module looked was there as well."""
_TERMINATED = "The meeting has been terminated"
_FOCUS = Visitor("focus", None)
_DOOR, _DOOR_S = 500, 3600.0
_ENDED, _ENDED_S = 200, 7200.0


class World:
    """Rooms by node. Every change is told to `tell`, with the room that it is about."""

    def __init__(self, now: float) -> None:
        """`now` is the moment at which it begins, in seconds since the epoch."""
        self.now = self.began_at = now
        self.rooms: dict[str, Room] = {}
        self.door: deque[RefusalRecord] = deque(maxlen=_DOOR)
        self.ended: deque[DestroyedRecord] = deque(maxlen=_ENDED)
        self.tell: Callable[[Room | None, EventRecord], None] = lambda _room, _event: None
        self._oids = itertools.count(1)
        self._ties = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    @property
    def next_due_at(self) -> float | None:
        """When something happens by itself."""
        return self._due[0][0] if self._due else None

    def advance_to(self, now: float) -> None:
        """Let everything happen that is due until `now`."""
        while self._due and self._due[0][0] <= now:
            at, _, act = heapq.heappop(self._due)
            self.now = max(self.now, at)
            act()
        self.now = max(self.now, now)

    def open(self, node: str, closes: bool = True, exactly: bool = True) -> None:
        """Have jicofo come into a new room; not `exactly` where it was there before the module looked."""
        self.rooms[node] = Room(node, self.now, self.now if exactly else None, closes)
        self.join_focus(node)

    def join_focus(self, node: str) -> None:
        """Have jicofo come into a room."""
        change = ChangeRecord(self.now, "none", "owner", None, "creator", None, None)
        focus = Person(
            next(self._oids),
            _FOCUS,
            "focus",
            JICOFO.actor or FOCUS,
            self.now,
            "owner",
            change,
            None,
            None,
            exempt="admin",
        )
        self._enter(self.rooms[node], focus)

    def join(self, node: str, visitor: Visitor) -> None:
        """Let somebody in."""
        room, oid = self.rooms[node], next(self._oids)
        affiliation, change = "none", None
        if visitor.claim is not None and visitor.applied:
            affiliation = visitor.claim
            change = ChangeRecord(self.now, "none", affiliation, None, "module", TOKEN_AFFILIATION.by_module, None)
        jid = address_of(visitor, node, oid)
        person = Person(
            oid=oid,
            visitor=visitor,
            nick=jid[:8],
            jid=jid,
            joined_at=self.now,
            affiliation=affiliation,
            change=change,
            token_id=token_id_of(visitor, node, oid),
            claims=claims_of(visitor, node, self.now),
            exactly=room.created_at is not None or self.now > room.seen_at + _TAKEN_IN_S,
        )
        self._enter(room, person)

    def leave(self, node: str, name: str, why: str = "left", codes: list[str] | None = None, actor: str = "") -> None:
        """Let somebody go; jicofo follows the last of them, which ends the room."""
        room = self.rooms[node]
        self._drop(room, room.people[name], why, codes, None, actor or None)
        if room.deserted():
            for one in list(room.people.values()):
                self._drop(room, one, "left", None, None, None)
            self._end(room, room.destroyed_record(self.now, "last_left", None, None))

    def kick(self, node: str, name: str, by: str) -> None:
        """Have somebody removed by another person in the room."""
        actor = self.rooms[node].people[by].jid
        self.leave(node, name, "kicked", ["307"], actor)

    def rename(self, node: str, name: str, nick: str) -> None:
        """Have somebody take another nick, which the close plugin takes for leaving."""
        room = self.rooms[node]
        person = room.people[name]
        person.nick = nick
        self._note(room, "renamed", person, detail=nick)
        self.tell(room, RenamedRecord(self.now, node, person.oid, nick))
        del room.people[name]
        self._maybe_arm(room, person)
        room.people[name] = person

    def set_affiliation(self, node: str, name: str, affiliation: str, by: By) -> None:
        """Change somebody's affiliation, and with it their role."""
        room = self.rooms[node]
        person = room.people[name]
        change = ChangeRecord(self.now, person.affiliation, affiliation, by.actor, by.kind, by.by_module, None)
        person.affiliation, person.change, person.role = affiliation, change, None
        room.owner_seen = room.owner_seen or affiliation == "owner"
        self._note(room, "affiliation", person, change.was, change.now, by.actor or by.kind, by.by_module)
        if affiliation == "owner" and room.forget_missed():
            self._tell_closing(room)
        self.tell(room, AffiliationRecord(self.now, node, person.oid, person.jid.partition("/")[0], change))
        self.tell(room, ChangedRecord(self.now, node, person.record(with_claims=False)))

    def grant(self, node: str, name: str, affiliation: str, by: str) -> None:
        """Have somebody in the room change another's affiliation."""
        self.set_affiliation(node, name, affiliation, By(self.rooms[node].people[by].jid, "person"))

    def set_role(self, node: str, name: str, role: str) -> None:
        """Change somebody's role alone."""
        room = self.rooms[node]
        person = room.people[name]
        person.role = role
        self.tell(room, ChangedRecord(self.now, node, person.record(with_claims=False)))

    def lose(self, node: str, name: str) -> None:
        """Break somebody's connection; the server holds their place for a while."""
        room = self.rooms[node]
        person = room.people[name]
        gone_at = person.gone_at = self.now + HIBERNATION_S + 1
        self._note(room, "lost", person, detail=gone_at)
        self.tell(room, ChangedRecord(self.now, node, person.record(with_claims=False)))

        def give_up() -> None:
            if room.people.get(name) is person and person.gone_at == gone_at and room.over is None:
                self.leave(node, name, "lost", ["333"])

        self._later(gone_at, give_up)

    def resume(self, node: str, name: str) -> None:
        """Bring a lost connection back."""
        room = self.rooms[node]
        person = room.people[name]
        self._note(room, "back", person, detail=person.gone_at)
        person.gone_at = None
        self.tell(room, ChangedRecord(self.now, node, person.record(with_claims=False)))

    def destroy(self, node: str, how: str, reason: str | None, by_module: str | None = None) -> None:
        """End a room and remove everybody."""
        room = self.rooms[node]
        record = room.destroyed_record(self.now, how, reason, by_module)
        for person in list(room.people.values()):
            self._drop(room, person, "destroyed", None, reason, None)
        self._end(room, record)

    def refuse(self, node: str, visitor: Visitor, gate: str, words: str | None = None) -> None:
        """Turn somebody away: by the server where it has words about the token, else by the room."""
        oid = next(self._oids)
        record = RefusalRecord(
            at=self.now,
            stage="connect" if gate == "token" else "join",
            node=node,
            jid=None if gate == "token" else address_of(visitor, node, oid),
            token_id=token_id_of(visitor, node, oid),
            claims=claims_of(visitor, node, self.now),
            condition="not-allowed",
            words=words,
            gate=gate,
        )
        self.door.append(record)
        while self.door[0].at < self.now - _DOOR_S:
            self.door.popleft()
        self.tell(None, RefusedRecord(record))

    def _enter(self, room: Room, person: Person) -> None:
        gone, missed = room.owner_gone, False
        room.people[person.visitor.name] = person
        if person.affiliation == "owner" and not person.exempt:
            room.owner_seen, missed = True, room.forget_missed()
        if person.claims_owner:
            room.owner_gone = None
        by_module = person.change.by_module if person.change else None
        self._note(room, "joined", person, person.visitor.claim or "none", person.affiliation, None, by_module)
        self.tell(room, JoinedRecord(self.now, room.node, person.record()))
        if missed or room.owner_gone is not gone:
            self._tell_closing(room)

    def _drop(
        self, room: Room, person: Person, why: str, codes: list[str] | None, reason: str | None, actor: str | None
    ) -> None:
        del room.people[person.visitor.name]
        self._note(room, "left", person, person.affiliation, by=actor, detail=why)
        self.tell(room, LeftRecord(self.now, room.node, person.oid, codes, reason, actor, why))
        if why == "destroyed":
            return
        self._maybe_arm(room, person)
        if person.claims_owner and not any(one.claims_owner for one in room.people.values()):
            room.owner_gone = GoneRecord(self.now, person.oid, person.visitor.name, why)
            self._tell_closing(room)

    def _end(self, room: Room, record: DestroyedRecord) -> None:
        room.over = record
        del self.rooms[room.node]
        if not is_health_check(room.node):
            self.ended.append(record)
        while self.ended and self.ended[0].at < self.now - _ENDED_S:
            self.ended.popleft()
        self.tell(room, record)

    def _maybe_arm(self, room: Room, person: Person) -> None:
        if person.affiliation != "owner" or person.exempt or room.owner_present():
            return
        timer = Armed(self.now, self.now + PARTY_TIMEOUT_S, person.visitor.name)
        room.arm(timer)
        self._note(room, "armed", person, detail=timer.due_at)
        self._tell_closing(room)
        self._later(timer.due_at, lambda: self._fire(room, timer))

    def _fire(self, room: Room, timer: Armed) -> None:
        if room.over is not None:
            return
        if room.owner_present():
            room.armed.remove(timer)
            self._tell_closing(room)
        elif room.closes:
            self.destroy(room.node, "timer", _TERMINATED, "mod_token_owner_party")
        else:
            self._later(timer.due_at + _MISSED_S, lambda: self._miss(room, timer))

    def _miss(self, room: Room, timer: Armed) -> None:
        if room.over is None and timer in room.armed:
            timer.missed = True
            self._note(room, "missed", None)
            self._tell_closing(room)

    def _tell_closing(self, room: Room) -> None:
        self.tell(room, room.closing_record(self.now))

    def _later(self, at: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._ties), act))

    def _note(
        self,
        room: Room,
        what: str,
        person: Person | None,
        was: str | None = None,
        now: str | None = None,
        by: str | None = None,
        by_module: str | None = None,
        detail: str | float | None = None,
    ) -> None:
        name = None if person is None else person.visitor.name
        oid = None if person is None else person.oid
        room.history.append(EntryRecord(self.now, what, oid, name, was, now, by, by_module, detail))
