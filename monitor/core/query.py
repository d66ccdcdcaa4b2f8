"""What the screens ask of the store: rooms in order, people in order, totals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.cause import Cause
from monitor.core.closing import not_loaded
from monitor.core.countdown import Outlook, close_policy
from monitor.core.findings import Judgement, Rule, Severity, applies_claims, is_health_check, judge
from monitor.core.naming import full_name, shown_name
from monitor.core.occupant import Occupant
from monitor.core.patterns import SEVERAL_PEOPLE, SEVERAL_ROOMS, patterns
from monitor.core.room import Room, RoomKey, RoomKind
from monitor.core.server import MucHost
from monitor.core.silence import Quiet
from monitor.core.store import Store
from monitor.core.text import Shown, clean

_DRIFT_LIMIT = 600
"""Characters of what has changed on a server."""
_OWNERLESS = {
    Outlook.CLOSES: "closes",
    Outlook.NO_POLICY: "may close",
    Outlook.UNKNOWN: "may close",
    Outlook.UNTOLD: "may close",
}


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
    kind: RoomKind = RoomKind.MAIN
    waiting: int = 0
    """Who waits in a lobby is not one of the people."""
    members: int = 0
    """People whose token claims a member."""
    promoters: tuple[tuple[str, int, float], ...] = ()
    """Who made people owners that do not claim it: promoter ("" where nobody saw it), how many, since when."""
    counts: tuple[tuple[Rule, int], ...] = ()
    """How many findings there are of each rule; silenced ones count here and in `promoters`, they are so too."""

    @property
    def counts_to(self) -> float | None:
        """The instant a countdown runs to, on the server's clock.

        It is the close, the check with an owner back, or when an owner whose connection is lost counts as gone.
        """
        forecast = self.judgement.forecast
        counting = (Outlook.CLOSES, Outlook.OWNER_BACK, Outlook.OWNER_LOST)
        return forecast.at if forecast.outlook in counting else None

    @property
    def counts_from(self) -> float | None:
        """Since when the room is overdue, on the server's clock."""
        forecast = self.judgement.forecast
        return forecast.at if forecast.outlook is Outlook.OVERDUE else None

    @property
    def order(self) -> tuple[int, float, str, RoomKey]:
        """Worst first, then what is over soonest, then by name."""
        at = self.counts_to or self.counts_from
        return (-self.severity, math.inf if at is None else at, self.name.casefold(), self.key)


class Totals(msgspec.Struct, frozen=True):
    """What the header counts."""

    rooms: int = 0
    people: int = 0
    critical: int = 0
    warnings: int = 0
    closing: int = 0
    waiting: int = 0
    silenced: int = 0
    """Findings that somebody does not want to hear of for now; they count nowhere else."""


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
                    row = row_of(room, host, now + offset, partial(self._store.hush, room.key, now=now))
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


def row_of(
    room: Room, host: MucHost, server_now: float, hush: Callable[[Judgement], Judgement] = lambda judged: judged
) -> RoomRow:
    """Work a room's row out; `server_now` is the server's time. `hush` sets apart what is silenced."""
    judgement = hush(judge(room, host, server_now))
    inside = room.people()
    people = [] if room.kind is RoomKind.LOBBY else inside
    waiting = len(inside) - len(people)
    if is_health_check(room.key.node):
        severity, state = Severity.IDLE, clean("health check")
    elif judgement.findings:
        severity, state = judgement.severity, _state(judgement)
    else:
        severity, state = Severity.FINE, clean(f"{waiting:,} waiting" if room.kind is RoomKind.LOBBY else "")
    return RoomRow(
        key=room.key,
        revision=room.revision,
        severity=severity,
        state=state,
        name=full_name(room),
        people=len(people),
        owners=sum(person.affiliation is Affiliation.OWNER for person in people),
        since_at=room.created_at or room.first_seen_at,
        exactly=room.created_at is not None,
        judgement=judgement,
        kind=room.kind,
        waiting=waiting,
        members=sum(person.claimed is Affiliation.MEMBER for person in people),
        promoters=tuple(_promoters(room, judgement)),
        counts=tuple(_counts(judgement)),
    )


def _state(judgement: Judgement) -> Shown:
    worst = judgement.findings[0].rule
    return clean(_OWNERLESS.get(judgement.forecast.outlook, worst.name) if worst.id == "F10" else worst.name)


def _counts(judgement: Judgement) -> Iterator[tuple[Rule, int]]:
    everything = (*judgement.findings, *judgement.silenced)
    counts = Counter(finding.rule.id for finding in everything)
    rules = {finding.rule.id: finding.rule for finding in everything}
    return ((rules[rule], number) for rule, number in counts.items())


def _promoters(room: Room, judgement: Judgement) -> Iterator[tuple[str, int, float]]:
    counts: dict[str, tuple[int, float]] = {}
    for finding in (*judgement.findings, *judgement.silenced):
        if finding.rule.id != "F1" or finding.oid is None:
            continue
        change = room.occupants[finding.oid].change
        if change is None or change.now is not Affiliation.OWNER:
            who, at = "", room.first_seen_at
        else:
            who, at = "focus" if change.actor_kind is ActorKind.JICOFO else change.by_module or "", change.at
            if not who:
                continue
        number, since = counts.get(who, (0, at))
        counts[who] = (number + 1, min(since, at))
    for who, (number, since) in counts.items():
        yield who, number, since


def people_of(room: Room, judgement: Judgement) -> list[Occupant]:
    """Everybody in a room: those with findings first, worst first, then by name; exempt ones last."""

    worst = {finding.oid: finding.severity for finding in reversed(judgement.findings)}

    def order(person: Occupant) -> tuple[bool, int, str, int]:
        return (bool(person.exempt), -worst.get(person.oid, 0), shown_name(person).casefold(), person.oid)

    return sorted(room.occupants.values(), key=order)


def totals(rows: list[RoomRow]) -> Totals:
    """Count rooms, their people, and the rooms whose worst finding is critical or a warning.

    jicofo's own test rooms are left out, and a lobby is no room of its own.
    """
    counted = [row for row in rows if row.severity is not Severity.IDLE]
    found = [row.severity for row in counted]
    return Totals(
        rooms=sum(row.kind is not RoomKind.LOBBY for row in counted),
        people=sum(row.people for row in counted),
        critical=found.count(Severity.CRITICAL),
        warnings=found.count(Severity.WARNING),
        closing=sum(row.judgement.forecast.outlook is Outlook.CLOSES for row in counted),
        waiting=sum(row.waiting for row in counted),
        silenced=sum(len(row.judgement.silenced) for row in counted),
    )


class ServerLine(msgspec.Struct, frozen=True):
    """Something that holds for a whole server, said once."""

    server: str
    severity: Severity
    before: Shown
    since_at: float | None = None
    """Since when, on the server's clock; it is said after `before`."""
    rule: str = ""
    """The rule behind it, where there is one."""
    drift_of: str = ""
    """The MUC host that is set up otherwise than it was, where that is what it tells."""
    cause: Cause | None = None
    """What WHY says of it, where no finding of a room tells more."""


def server_lines(store: Store, rows: list[RoomRow]) -> list[ServerLine]:
    """One line for each cause that shows in several rooms of a server, and for what is missing on it."""
    lines: list[ServerLine] = list(drift_lines(store))
    for server in store.servers.values():
        own = [row for row in rows if row.key.server == server.name]
        lines.extend(_promotion_lines(server.name, own))
        lines.extend(_pattern_lines(server.name, own))
        for host in server.hosts.values():
            if host.health is not None and host.health.errors:
                words = (
                    f"{host.name}: the companion module caught {host.health.errors} errors: {host.health.last_error}"
                )
                lines.append(ServerLine(server.name, Severity.WARNING, clean(words)))
            if not host.facts or host.kind is not RoomKind.MAIN:
                continue
            if not applies_claims(host) and any(row.members for row in own if row.key.host == host.name):
                words = f"{host.name}: no plugin applies the token's affiliation, so claims and rights may differ"
                lines.append(ServerLine(server.name, Severity.WARNING, clean(words)))
            policy = close_policy(host)
            if policy.plugin is not None and not policy.loaded:
                words = f"{host.name}: {policy.plugin} is configured and not loaded, so no room is closed"
                lines.append(ServerLine(server.name, Severity.WARNING, clean(words), cause=not_loaded(host)))
    return sorted(lines, key=lambda line: -line.severity)


def drift_lines(store: Store) -> Iterator[ServerLine]:
    """What is otherwise on a server than in the last run of this mucmon: for information, told until somebody knows."""
    for server in store.servers.values():
        for host in server.hosts.values():
            if host.drift is not None:
                words = f"{host.name} changed since last seen: {'; '.join(host.drift.changes)}"
                since_at = host.drift.since_at + (host.offset_s or 0.0)
                yield ServerLine(
                    server.name, Severity.INFORMATION, clean(words, _DRIFT_LIMIT), since_at, drift_of=host.name
                )


def spoken_lines(store: Store, lines: Iterable[ServerLine], now: float) -> list[ServerLine]:
    """The lines that nobody has silenced, worst first; `now` is the monitor's time."""
    spoken = [one for one in lines if store.silences.of(Quiet(one.server, one.rule), now, one.severity) is None]
    return sorted(spoken, key=lambda line: -line.severity)


def _pattern_lines(server: str, rows: list[RoomRow]) -> Iterator[ServerLine]:
    total = sum(row.kind is RoomKind.MAIN and row.people > 0 for row in rows)
    for rule, words in patterns((row.counts for row in rows), total):
        yield ServerLine(server, rule.severity, clean(words), rule=rule.id)


def _promotion_lines(server: str, rows: list[RoomRow]) -> Iterator[ServerLine]:
    total = sum(row.members for row in rows)
    tally: dict[str, tuple[int, int, float]] = {}
    for row in rows:
        for who, number, since in row.promoters:
            people, rooms, first = tally.get(who, (0, 0, since))
            tally[who] = (people + number, rooms + 1, min(first, since))
    severity = next((rule.severity for row in rows for rule, _ in row.counts if rule.id == "F1"), Severity.CRITICAL)
    for who, (people, rooms, first) in tally.items():
        if rooms >= SEVERAL_ROOMS and people >= SEVERAL_PEOPLE:
            by = f"by {who}" if who else "before that could be seen"
            words = f"made owner {by}: {people:,} of {total:,} members by token, in {rooms:,} rooms"
            yield ServerLine(server, severity, clean(words), first if who else None, "F1")
