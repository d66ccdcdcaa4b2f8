"""Everybody on all servers, worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import msgspec

from monitor.core.filtering import Subject, folded
from monitor.core.findings import Finding, Severity
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow
from monitor.core.room import Room, RoomKey
from monitor.core.subjects import of_person
from monitor.core.text import Shown

PersonKey = tuple[RoomKey, int]
"""A room and an oid."""


class PersonRow(msgspec.Struct, frozen=True):
    """Somebody in a room, as the list of people needs it."""

    person: Occupant
    name: Shown
    room: RoomRow
    findings: tuple[Finding, ...]
    """About this person, the worst first."""

    @property
    def key(self) -> PersonKey:
        """Who it is."""
        return (self.room.key, self.person.oid)

    @property
    def severity(self) -> Severity:
        """The worst finding's."""
        return self.findings[0].severity if self.findings else Severity.FINE

    @property
    def since_at(self) -> float:
        """Since when they are what they are in the room, on the server's clock."""
        change = self.person.change
        return change.at if change is not None and change.now == self.person.affiliation else self.person.joined_at

    @property
    def order(self) -> tuple[bool, int, str, str, PersonKey]:
        """Worst first, then by name; exempt ones last."""
        return (bool(self.person.exempt), -self.severity, folded(self.name), self.room.name, self.key)

    @property
    def subject(self) -> Subject:
        """What the filter may ask."""
        return of_person(self.person, self.name, self.room, self.findings)


def people_in(row: RoomRow, room: Room | None) -> Iterator[PersonRow]:
    """The rows of one room."""
    if room is None:
        return
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in row.judgement.findings:
        if finding.oid is not None:
            found[finding.oid].append(finding)
    for person in room.occupants.values():
        yield PersonRow(person, shown_name(person), row, tuple(found.get(person.oid, ())))


def derive_people(
    find_room: Callable[[RoomKey], Room | None],
) -> Callable[[RoomRow], list[tuple[tuple[bool, int, str, str, PersonKey], PersonRow]]]:
    """How the people of a room are made for `Gathered`."""
    return lambda row: [(one.order, one) for one in people_in(row, find_room(row.key))]
