"""Silencing: a finding that somebody does not want to hear of, why, and until when. It is kept, and told apart.

A silence is about a rule in a room, and where the rule is about people, about one of them or about everybody; or about
a rule on a whole server: its line there, and all of its findings in every room, those that come later too. Whom it is
about is known by the token's user id or the address, so it outlasts a rejoin.
Times are on the monitor's clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from monitor.core.findings import Finding, Judgement
from monitor.core.model import Occupant, Room, RoomKey


class Quiet(msgspec.Struct, frozen=True):
    """What is silenced."""

    server: str
    rule: str
    room: RoomKey | None = None
    """None where it is about the whole server."""
    who: str | None = None
    """As `who_is` names somebody; None for the room as a whole, and everybody in it."""


class Silence(msgspec.Struct, frozen=True):
    """Who reads this knows why it is quiet."""

    about: Quiet
    reason: str
    at: float
    until: float


class Silences:
    """The silences there are, at most one about each thing."""

    def __init__(self, known: Iterable[Silence] = ()) -> None:
        self._by: dict[Quiet, Silence] = {one.about: one for one in known}

    def __len__(self) -> int:
        return len(self._by)

    def silence(self, about: Quiet, reason: str, now: float, until: float) -> Silence:
        """Be silent about something from now on; takes the place of an earlier silence about it."""
        self._by = {known: one for known, one in self._by.items() if one.until > now}
        silence = self._by[about] = Silence(about, reason, now, until)
        return silence

    def lift(self, about: Quiet) -> bool:
        """Speak of it again; whether there was a silence about just this."""
        return self._by.pop(about, None) is not None

    def active(self, now: float) -> list[Silence]:
        """Those that hold, the one that ends first first."""
        return sorted((one for one in self._by.values() if one.until > now), key=lambda one: one.until)

    def of(self, about: Quiet, now: float) -> Silence | None:
        """The silence that covers something now: about just that, everybody in the room, or the whole server."""
        for each in (about, replace(about, who=None), Quiet(about.server, about.rule)):
            one = self._by.get(each)
            if one is not None and one.until > now:
                return one
        return None

    def hush(self, judgement: Judgement, room: Room, now: float, offset_s: float) -> Judgement:
        """A judgement with what is silenced set apart; `offset_s` is what to add to `now` to get the server's time."""
        if not self._by:
            return judgement
        spoken: list[Finding] = []
        silenced: list[Finding] = []
        again = math.inf if judgement.ask_again_at is None else judgement.ask_again_at
        for finding in judgement.findings:
            silence = self.of(about(room, finding.rule.id, finding.oid), now)
            if silence is None:
                spoken.append(finding)
            else:
                silenced.append(finding)
                again = min(again, silence.until + offset_s)
        if not silenced:
            return judgement
        return replace(
            judgement,
            findings=tuple(spoken),
            silenced=tuple(silenced),
            ask_again_at=None if again == math.inf else again,
        )


def is_silenced(finding: Finding, room: Room, silences: Silences, now: float) -> bool:
    """Whether somebody does not want to hear of a finding in a room."""
    return silences.of(about(room, finding.rule.id, finding.oid), now) is not None


def about(room: Room, rule: str, oid: int | None = None) -> Quiet:
    """What a finding in a room is about."""
    person = room.occupants.get(oid) if oid is not None else None
    return Quiet(room.key.server, rule, room.key, who_is(person) if person else None)


def who_is(person: Occupant) -> str:
    """Whom a silence is about: the same text when they come again."""
    user_id = person.claims.user_id if person.claims else None
    if isinstance(user_id, str) and user_id:
        return f"user {user_id}"
    if person.token_id:
        return f"token {person.token_id}"
    return f"address {person.bare_jid}" if person.bare_jid else f"occupant {person.oid}"
