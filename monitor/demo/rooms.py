"""The rooms of the demo as they stand, and the records of the feed that tell them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from monitor.demo.people import Visitor
from monitor.wire.records import (
    ArmedRecord,
    ChangeRecord,
    ClosingRecord,
    DestroyedRecord,
    EntryRecord,
    GoneRecord,
    OccupantRecord,
    PersonRecord,
    RoomRecord,
)

PART = 20
"""Occupants in one part of a big room."""
_HISTORY = 100
_ARMED = 20
_LAST_PEOPLE = 50


class Person(msgspec.Struct, eq=False):
    """Somebody in a room."""

    oid: int
    visitor: Visitor
    nick: str
    jid: str
    joined_at: float
    affiliation: str
    change: ChangeRecord | None
    token_id: str | None
    claims: str | None
    exactly: bool = True
    exempt: str | None = None
    gone_at: float | None = None
    """While the connection is lost and held: when it is given up."""
    role: str | None = None
    """Their role where it does not follow from the affiliation."""

    @property
    def claims_owner(self) -> bool:
        """Whether the token claims an owner."""
        return self.visitor.claim == "owner"

    def record(self, with_claims: bool = True) -> OccupantRecord:
        """This person as the feed tells them."""
        token = self.visitor.claim is not None
        return OccupantRecord(
            oid=self.oid,
            nick=self.nick,
            name=None if self.exempt else self.visitor.name,
            sessions=[(self.jid, self.gone_at)],
            role=self.role or ("moderator" if self.affiliation == "owner" else "participant"),
            affiliation=self.affiliation,
            joined_at=self.joined_at,
            exactly=self.exactly,
            exempt=self.exempt,
            has_token=token,
            token_id=self.token_id,
            identity_without_token=self.visitor.identity and not token,
            features=None,
            change=self.change,
            active_at=None,
            claims=self.claims if with_claims else None,
        )


class Armed(msgspec.Struct, eq=False):
    """A close timer."""

    at: float
    due_at: float
    cause: str
    missed: bool = False


class Room(msgspec.Struct, eq=False):
    """A room and everybody in it."""

    node: str
    seen_at: float
    created_at: float | None
    closes: bool
    """Whether the close plugin removes people here, or fails to."""
    people: dict[str, Person] = {}
    """By the visitor's name."""
    armed: list[Armed] = []
    owner_gone: GoneRecord | None = None
    owner_seen: bool = False
    history: deque[EntryRecord] = msgspec.field(default_factory=lambda: deque(maxlen=_HISTORY))
    over: DestroyedRecord | None = None
    """How it ended, once it has."""

    def owner_present(self) -> bool:
        """Whether the close plugin finds an owner: server admins do not count."""
        return any(one.affiliation == "owner" and not one.exempt for one in self.people.values())

    def deserted(self) -> bool:
        """Whether nobody but the machinery is here."""
        return all(one.exempt for one in self.people.values())

    def arm(self, timer: Armed) -> None:
        """Keep a timer, and forget the oldest of many."""
        self.armed.append(timer)
        del self.armed[:-_ARMED]

    def forget_missed(self) -> bool:
        """Drop timers that were missed; returns whether there were any."""
        before = len(self.armed)
        self.armed = [timer for timer in self.armed if not timer.missed]
        return len(self.armed) < before

    def closing_record(self, now: float) -> ClosingRecord:
        """What is known of its close."""
        return ClosingRecord(now, self.node, self._armed(now), self.owner_gone, self.owner_seen)

    def destroyed_record(self, now: float, how: str, reason: str | None, by: str | None) -> DestroyedRecord:
        """Its end."""
        last = [one for one in self.people.values() if not one.exempt][:_LAST_PEOPLE]
        return DestroyedRecord(
            at=now,
            node=self.node,
            reason=reason,
            how=how,
            by=None,
            by_module=by,
            opened_at=self.seen_at if self.created_at is None else self.created_at,
            opened_exactly=self.created_at is not None,
            people=[
                PersonRecord(one.visitor.name, one.claims_owner, one.affiliation, one.visitor.claim is not None)
                for one in last
            ]
            or None,
        )

    def parts(self, now: float) -> Iterator[RoomRecord]:
        """The room whole, in parts where it is big."""
        people = list(self.people.values())
        focus = any(one.nick == "focus" for one in people)
        for part, first in enumerate(range(0, max(len(people), 1), PART)):
            yield RoomRecord(
                node=self.node,
                kind="main",
                parent=None,
                title=None,
                first_seen_at=self.seen_at,
                created_at=self.created_at,
                focus_present=focus,
                armed=self._armed(now),
                owner_gone=self.owner_gone,
                owner_seen=self.owner_seen,
                part=part,
                more=first + PART < len(people),
                occupants=[one.record() for one in people[first : first + PART] if self._holds(one)] or None,
            )

    def _holds(self, person: Person) -> bool:
        return self.people.get(person.visitor.name) is person

    def _armed(self, now: float) -> list[ArmedRecord] | None:
        timers = [ArmedRecord(one.at, one.due_at, one.due_at - now, one.cause, one.missed) for one in self.armed]
        return timers or None
