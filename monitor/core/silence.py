"""Silencing: a finding that somebody does not want to hear of, why, and until when. It is kept, and told apart.

A silence is about a rule in a room, and where the rule is about people, about one of them or about everybody; or about
a rule on a whole server: its line there, and all of its findings in every room, those that come later too. Whom it is
about is known by the token's user id or the address, so it outlasts a rejoin.
What a room and a person are called is kept as marks alone: a silence may be written down. What has become worse than it
was when somebody silenced it is spoken of. Times are on the monitor's clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from monitor.core.findings import Finding, Judgement, Severity
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKey


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
    """With marks for room and person."""
    reason: str
    at: float
    until: float
    grade: Severity = Severity.CRITICAL
    """How bad it was; what is worse is spoken of."""


class Silences:
    """The silences there are, at most one about each thing."""

    def __init__(self, known: Iterable[Silence] = (), changed: Callable[[Quiet], object] = lambda about: None) -> None:
        """`changed` is told what is silenced or spoken of again from now on."""
        self._changed = changed
        self._by: dict[Quiet, Silence] = {}
        self.take_up(known)

    def __len__(self) -> int:
        return len(self._by)

    def take_up(self, known: Iterable[Silence]) -> None:
        """Go on with silences of an earlier run."""
        self._by.update((sealed(one.about), one) for one in known)

    def silence(
        self, about: Quiet, reason: str, now: float, until: float, grade: Severity = Severity.CRITICAL
    ) -> Silence:
        """Be silent about something that is so bad, from now on; takes the place of an earlier silence about it."""
        self._by = {known: one for known, one in self._by.items() if one.until > now}
        about = sealed(about)
        silence = self._by[about] = Silence(about, reason, now, until, grade)
        self._changed(about)
        return silence

    def lift(self, about: Quiet) -> None:
        """Speak of it again."""
        if self._by.pop(sealed(about), None) is not None:
            self._changed(about)

    def active(self, now: float) -> list[Silence]:
        """Those that hold, the one that ends first first."""
        return sorted((one for one in self._by.values() if one.until > now), key=lambda one: one.until)

    def of(self, about: Quiet, now: float, grade: Severity = Severity.IDLE) -> Silence | None:
        """The silence that covers something so bad now: about just that, everybody in the room, or the whole server."""
        if not self._by:
            return None
        about = sealed(about)
        for each in (about, replace(about, who=None), Quiet(about.server, about.rule)):
            one = self._by.get(each)
            if one is not None and one.until > now and grade <= one.grade:
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
            silence = self.of(about(room, finding.rule.id, finding.oid), now, finding.severity)
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
    return silences.of(about(room, finding.rule.id, finding.oid), now, finding.severity) is not None


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


def sealed(about: Quiet) -> Quiet:
    """The same with marks for what room and person are called; what has them already stays as it is."""
    room, who = about.room, about.who
    if room is None:
        return about
    node = room.node if room.node.startswith(_MARK) else _mark("room", room.node)
    if who is not None and not who.startswith(_MARK):
        who = _mark("person", who)
    return Quiet(about.server, about.rule, RoomKey(room.server, room.host, node), who)


def is_in(about: Quiet, room: RoomKey) -> bool:
    """Whether it is about this room."""
    return about.room is not None and sealed(about).room == sealed(Quiet(room.server, about.rule, room)).room


_MARK = "mark/"
"""No node of an address has a slash in it (RFC 7622 §3.3.1), and nobody is called so by `who_is`."""


@lru_cache(maxsize=8192)
def _mark(kind: str, raw: str) -> str:
    digest = blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode())
    return f"{_MARK}{digest.hexdigest()}"
