"""Every finding as a row: the worst first; of what is as bad, what holds for a server, then what is over soonest."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from monitor.core.cause import Cause
from monitor.core.countdown import Outlook
from monitor.core.filtering import SEVERITIES, Subject, folded
from monitor.core.findings import Finding, Judgement, Severity
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow, ServerLine
from monitor.core.room import Room, RoomKey
from monitor.core.rules.rights import all_owners_since
from monitor.core.rules.table import BY_ID
from monitor.core.silence import Quiet, Silence
from monitor.core.store import Store
from monitor.core.subjects import claim_word, place_values
from monitor.core.text import Shown, clean

ReportKey = tuple[RoomKey | None, str, int | None]
"""A room, a rule and an oid; no room where it holds for a server."""

_NUMBERS = re.compile(r"\d")

_COUNTED = {
    "F10": (Outlook.CLOSES, Outlook.NOT_LOADED),
    "F10d": (Outlook.OWNER_BACK,),
    "F29": (Outlook.OWNER_LOST,),
}


class Report(msgspec.Struct, frozen=True):
    """A finding with whom and what it is about."""

    key: ReportKey
    server: str
    severity: Severity
    rule: str
    says: Shown
    who: Shown
    room: RoomRow | None = None
    person: Occupant | None = None
    since_at: float | None = None
    deadline_at: float | None = None
    """Both on the server's clock."""
    number: int = 1
    """Of how many findings in rooms it tells."""
    drift_of: str = ""
    """As in `ServerLine`."""
    cause: Cause | None = None
    """As there."""

    @property
    def order(self) -> tuple[Any, ...]:
        """The worst first; of what is as bad, what holds for a server, what is over soonest, the room."""
        deadline = math.inf if self.deadline_at is None else self.deadline_at
        name = folded(self.room.name) if self.room else ""
        return (-self.severity, self.room is not None, self.person is not None, deadline, name, self.rule, self.who)

    @property
    def subject(self) -> Subject:
        """What the filter may ask."""
        room = self.room
        where = f"{room.name} {room.state}" if room else ""
        text = f"{self.says} {self.rule} {self.who} {where} {self.server}"
        return Subject(lambda: folded(text), self._values)

    def _values(self, field: str) -> Iterable[str]:
        person = self.person
        match field:
            case "room":
                return place_values(field, self.room) if self.room else ()
            case "server":
                return (folded(self.server),)
            case "name":
                return (folded(self.who),) if self.who else ()
            case "jid":
                return (folded(session.jid) for session in person.sessions) if person else ()
            case "claim":
                return (claim_word(person),) if person else ()
            case "is":
                return (person.affiliation, person.role) if person else ()
            case "finding":
                return (folded(self.rule),)
            case "sev":
                return (SEVERITIES[self.severity],)
        return ()


def reports_of(row: RoomRow, room: Room | None) -> Iterator[Report]:
    """The findings of one room."""
    if room is not None:
        yield from (_report(finding, row, room) for finding in row.judgement.findings)


def silenced_reports(rows: Iterable[RoomRow], store: Store, now: float) -> list[tuple[Report, Silence | None]]:
    """The findings that are silenced at the monitor's time `now`, in order, each with its silence.

    Of a rule that is silenced on a whole server all findings are one.
    """
    found: list[tuple[Report, Silence | None]] = []
    whole: dict[Quiet, list[tuple[Finding, RoomKey]]] = {
        one.about: [] for one in store.silences.active(now) if one.about.room is None
    }
    for row in rows:
        room = store.find_room(row.key) if row.judgement.silenced else None
        for finding in row.judgement.silenced if room is not None else ():
            silence = store.silences.of(store.quiet_about(row.key, finding.rule.id, finding.oid), now)
            if silence is not None and silence.about in whole:
                whole[silence.about].append((finding, row.key))
            elif room is not None:
                found.append((_report(finding, row, room), silence))
    found += ((_all_of(about, some), store.silences.of(about, now)) for about, some in whole.items())
    return sorted(found, key=lambda one: one[0].order)


def _all_of(about: Quiet, findings: Sequence[tuple[Finding, RoomKey]]) -> Report:
    rule, people = BY_ID[about.rule], sum(finding.oid is not None for finding, _ in findings)
    rooms = len({key for _, key in findings})
    places = f"{rooms:,} room{'' if rooms == 1 else 's'}"
    number = f"{people:,} {'person' if people == 1 else 'people'} in {places}" if people else places
    return Report(
        key=(None, f"{about.server}: silenced {about.rule}", None),
        server=about.server,
        severity=max((finding.severity for finding, _ in findings), default=rule.severity),
        rule=about.rule,
        says=clean(f"{rule.name}, on the whole server: {number if findings else 'in no room at present'}"),
        who=clean(""),
        number=len(findings),
    )


def _report(finding: Finding, row: RoomRow, room: Room) -> Report:
    person = room.occupants.get(finding.oid) if finding.oid is not None else None
    name = shown_name(person) if person else clean("")
    coming = row.judgement.forecast
    counted = coming.outlook in _COUNTED.get(finding.rule.id, ())
    return Report(
        key=(row.key, finding.rule.id, finding.oid),
        server=row.key.server,
        severity=finding.severity,
        rule=finding.rule.id,
        says=clean(finding.rule.says.replace("NAME", name or "Somebody")),
        who=name,
        room=row,
        person=person,
        since_at=since_at(finding, row.judgement, room),
        deadline_at=coming.at if counted else None,
    )


def derive_reports(
    find_room: Callable[[RoomKey], Room | None],
) -> Callable[[RoomRow], list[tuple[tuple[Any, ...], Report]]]:
    """How the findings of a room are made for `Gathered`."""
    return lambda row: [(one.order, one) for one in reports_of(row, find_room(row.key))]


def server_reports(lines: Sequence[ServerLine]) -> list[Report]:
    """What holds for whole servers."""
    return [
        Report(
            key=(None, f"{line.server}: {_NUMBERS.sub('', line.before)}", None),
            server=line.server,
            severity=line.severity,
            rule=line.rule,
            says=line.before,
            who=clean(""),
            since_at=line.since_at,
            number=0,
            drift_of=line.drift_of,
            cause=line.cause,
        )
        for line in lines
    ]


def in_order(lines: Iterable[Report], reports: Sequence[Report]) -> list[Report]:
    """What holds for servers among the findings of rooms, which are in order and may be very many."""
    found: list[Report] = []
    at = 0
    for line in sorted(lines, key=lambda one: one.order):
        upto = bisect_left(reports, -line.severity, at, key=lambda one: -one.severity)
        found += [*reports[at:upto], line]
        at = upto
    return [*found, *reports[at:]]


def since_at(finding: Finding, judgement: Judgement, room: Room) -> float | None:
    """Since when it is so, on the server's clock; None where that is not known."""
    person = room.occupants.get(finding.oid) if finding.oid is not None else None
    if person is not None:
        change = person.change
        return change.at if change is not None and change.now == person.affiliation else person.joined_at
    match finding.rule.id:
        case "F10b":
            return judgement.forecast.at
        case "F10" | "F10c":
            return room.owner_gone.at if room.owner_gone else None
        case "F31":
            return room.focus_gone_at
        case "F32":
            return room.mass_drop.at if room.mass_drop else None
        case "F9":
            return all_owners_since(room)
    return None
