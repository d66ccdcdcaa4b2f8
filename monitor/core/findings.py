"""The rules: what is wrong in a room, and what to say of it. One row of data and one predicate each.

A rule speaks `SETTLING_S` after a join or the last change of affiliation, since jicofo answers within a round
trip and a plugin may set an affiliation again. Exempt occupants are never judged, nor are health-check rooms.
Rules that compare a claim with a fact need a plugin that applies the claim (`AFFILIATION_PLUGINS`): without one,
the server never meant to, and every row would be red by design.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import msgspec

from monitor.core.model import ActorKind, Affiliation, MucHost, Occupant, Room, RoomKind

SETTLING_S = 2.0
AFFILIATION_PLUGINS = frozenset({"token_affiliation", "token_affiliation_legacy"})
HEALTH_CHECK = "__jicofo-health-check"
"""How jicofo's own test rooms begin (reference.conf, ``room-name-prefix``)."""


class Severity(IntEnum):
    """How bad it is; bigger is worse."""

    IDLE = 0
    FINE = 1
    INFORMATION = 2
    WARNING = 3
    CRITICAL = 4


class Rule(msgspec.Struct, frozen=True):
    """One kind of finding."""

    id: str
    severity: Severity
    state: str
    """Two or three words for the list of rooms."""
    says: str
    """One sentence about NAME, for the person on call."""
    needs_plugin: bool
    holds: Callable[[Room, Occupant], bool]


class Finding(msgspec.Struct, frozen=True):
    """A rule that holds for somebody."""

    rule: Rule
    oid: int

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.rule.severity


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say of a room, worst first, and when to ask again though nothing changed."""

    findings: tuple[Finding, ...] = ()
    ask_again_at: float | None = None

    @property
    def severity(self) -> Severity:
        """The worst of it."""
        return self.findings[0].severity if self.findings else Severity.FINE

    def of(self, oid: int) -> Finding | None:
        """The worst finding about one occupant."""
        return next((finding for finding in self.findings if finding.oid == oid), None)


def judge(room: Room, host: MucHost, now: float) -> Judgement:
    """Apply every rule to everybody in the room; `now` is the server's time."""
    if room.kind is not RoomKind.MAIN or is_health_check(room.key.node):
        return Judgement()
    applied = applies_claims(host)
    found: list[Finding] = []
    again: float | None = None
    for person in room.occupants.values():
        if person.exempt:
            continue
        holding = [rule for rule in RULES if (applied or not rule.needs_plugin) and rule.holds(room, person)]
        if not holding:
            continue
        settled = settles_at(person)
        if settled > now:
            again = settled if again is None else min(again, settled)
        else:
            found.extend(Finding(rule, person.oid) for rule in holding)
    found.sort(key=lambda finding: (-finding.severity, finding.rule.id, finding.oid))
    return Judgement(tuple(found), again)


def settles_at(person: Occupant) -> float:
    """From when on a rule may speak about somebody."""
    changed = person.change.at if person.change else person.joined_at
    return max(person.joined_at, changed) + SETTLING_S


def applies_claims(host: MucHost) -> bool:
    """Whether a plugin that applies the token's affiliation is loaded on this MUC host."""
    return not AFFILIATION_PLUGINS.isdisjoint(host.modules)


def is_health_check(node: str) -> bool:
    """Whether a room is one that jicofo makes to test itself."""
    return node.startswith(HEALTH_CHECK)


def _owner_unclaimed(room: Room, person: Occupant) -> bool:
    return _unclaimed(room, person, frozenset())


def _unclaimed(room: Room, person: Occupant, seen: frozenset[int]) -> bool:
    if person.claimed is not Affiliation.MEMBER or person.affiliation is not Affiliation.OWNER:
        return False
    change = person.change
    if change is None or change.now is not Affiliation.OWNER:
        return True
    if change.actor_kind is not ActorKind.PERSON:
        return change.actor_kind is not ActorKind.OPERATOR
    # A promotion by somebody who is owner without a claim themselves carries the same fault on.
    promoter = room.find((change.actor or "").partition("/")[0])
    if promoter is None or promoter.oid in seen:
        return False
    return _unclaimed(room, promoter, seen | {person.oid})


def _claim_ignored(_room: Room, person: Occupant) -> bool:
    if person.change is not None and person.change.was is Affiliation.OWNER:
        return False
    below = (Affiliation.MEMBER, Affiliation.NONE)
    return person.claimed is Affiliation.OWNER and person.affiliation in below


def _guest_owner(_room: Room, person: Occupant) -> bool:
    return person.has_token is False and person.affiliation is Affiliation.OWNER


RULES: tuple[Rule, ...] = (
    Rule(
        "F1",
        Severity.CRITICAL,
        "unclaimed owner",
        "NAME has owner rights the token does not give.",
        True,
        _owner_unclaimed,
    ),
    Rule(
        "F3",
        Severity.CRITICAL,
        "claim ignored",
        "NAME is the host by token and has no host rights.",
        True,
        _claim_ignored,
    ),
    Rule(
        "F7",
        Severity.CRITICAL,
        "guest owner",
        "NAME came without a token and owns the room.",
        False,
        _guest_owner,
    ),
)
