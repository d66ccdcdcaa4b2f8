"""What the screens ask of the store: rooms in order, people in order, totals."""

from __future__ import annotations

import math

import msgspec

from monitor.core.findings import Judgement, Severity, is_health_check, judge
from monitor.core.model import Affiliation, MucHost, Occupant, Room, RoomKey
from monitor.core.store import Store
from monitor.core.text import Shown, clean, room_name


class RoomRow(msgspec.Struct, frozen=True):
    """A room as the list of rooms needs it."""

    key: RoomKey
    revision: int
    severity: Severity
    state: Shown
    name: Shown
    people: int
    owners: int
    since_at: float
    exactly: bool
    """False where the room was there before the module looked."""
    judgement: Judgement

    @property
    def order(self) -> tuple[int, str, RoomKey]:
        """Worst first, then by name."""
        return (-self.severity, self.name.casefold(), self.key)


class Totals(msgspec.Struct, frozen=True):
    """What the header counts."""

    rooms: int = 0
    people: int = 0
    critical: int = 0
    warnings: int = 0


class Overview:
    """The rows of all rooms, worst first, worked out again only where something moved."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[RoomKey, RoomRow] = {}
        self._ordered: list[RoomRow] = []
        self._revision = -1
        self._again_at: float | None = None

    def rows(self, now: float) -> list[RoomRow]:
        """Every room, worst first. `now` is the monitor's time; the list is the same object while nothing moved."""
        due = self._again_at is not None and now >= self._again_at
        if self._revision == self._store.revision and not due:
            return self._ordered
        self._revision = self._store.revision
        rows: dict[RoomKey, RoomRow] = {}
        moved = False
        self._again_at = None
        for host in self._store.hosts():
            offset = host.offset_s or 0.0
            for room in host.rooms.values():
                row = self._rows.get(room.key)
                if row is None or row.revision != room.revision or _is_due(row, now + offset):
                    row = row_of(room, host, now + offset)
                    moved = True
                rows[room.key] = row
                again = row.judgement.ask_again_at
                if again is not None:
                    self._again_at = min(self._again_at or math.inf, again - offset)
        if moved or rows.keys() != self._rows.keys():
            self._ordered = sorted(rows.values(), key=lambda row: row.order)
        self._rows = rows
        return self._ordered

    def find(self, key: RoomKey | None) -> RoomRow | None:
        """The row of one room, as last worked out."""
        return self._rows.get(key) if key else None


def _is_due(row: RoomRow, server_now: float) -> bool:
    again = row.judgement.ask_again_at
    return again is not None and server_now >= again


def row_of(room: Room, host: MucHost, server_now: float) -> RoomRow:
    """Work a room's row out; `server_now` is the server's time."""
    judgement = judge(room, host, server_now)
    people = room.people()
    if is_health_check(room.key.node):
        severity, state = Severity.IDLE, clean("health check")
    elif judgement.findings:
        severity, state = judgement.severity, clean(judgement.findings[0].rule.state)
    else:
        severity, state = Severity.FINE, clean("")
    return RoomRow(
        key=room.key,
        revision=room.revision,
        severity=severity,
        state=state,
        name=room_name(room.key.node),
        people=len(people),
        owners=sum(person.affiliation is Affiliation.OWNER for person in people),
        since_at=room.created_at or room.first_seen_at,
        exactly=room.created_at is not None,
        judgement=judgement,
    )


def people_of(room: Room, judgement: Judgement) -> list[Occupant]:
    """Everybody in a room: those with findings first, worst first, then by name; exempt ones last."""

    worst = {finding.oid: finding.severity for finding in reversed(judgement.findings)}

    def order(person: Occupant) -> tuple[bool, int, str, int]:
        return (bool(person.exempt), -worst.get(person.oid, 0), shown_name(person).casefold(), person.oid)

    return sorted(room.occupants.values(), key=order)


def shown_name(person: Occupant) -> Shown:
    """What to call somebody: the display name, else the token's name, else the nick."""
    claimed = person.claims.name if person.claims else None
    for candidate in (person.name, claimed, person.nick):
        if isinstance(candidate, str) and (name := clean(candidate)):
            return name
    return clean(f"occupant {person.oid}")


def totals(rows: list[RoomRow]) -> Totals:
    """Count rooms, their people, and the rooms whose worst finding is critical or a warning.

    jicofo's own test rooms are left out.
    """
    counted = [row for row in rows if row.severity is not Severity.IDLE]
    found = [row.severity for row in counted]
    return Totals(
        rooms=len(counted),
        people=sum(row.people for row in counted),
        critical=found.count(Severity.CRITICAL),
        warnings=found.count(Severity.WARNING),
    )
