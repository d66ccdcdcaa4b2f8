"""The rules: what is wrong in a room, and what to say of it. One row of data and one predicate each.

A rule about claims speaks `SETTLING_S` after a join or the last change of affiliation, since jicofo answers within a
round trip and a plugin may set an affiliation again. Exempt occupants are never judged, nor are health-check rooms.
Rules that compare a claim with a fact need a plugin that applies the claim (`AFFILIATION_PLUGINS`): without one,
the server never meant to, and every row would be red by design. Rules about closing need a close policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum

import msgspec

from monitor.core import drops
from monitor.core.countdown import GRACE_S, ClosePolicy, Forecast, Outlook, close_policy, forecast, owner_present
from monitor.core.model import ActorKind, Affiliation, MucHost, Occupant, Room, RoomKind
from monitor.core.spelling import Grade, grade

SETTLING_S = 2.0
URGENT_S = 60.0
"""A countdown below this is critical."""
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


class Scene(msgspec.Struct, frozen=True):
    """A room with what the rules need to know around it."""

    room: Room
    people: list[Occupant]
    applied: bool
    """Whether a plugin applies the token's affiliation here."""
    policy: ClosePolicy
    forecast: Forecast
    now: float
    """The server's time."""

    @property
    def owners(self) -> list[Occupant]:
        """The people that are owners."""
        return [one for one in self.people if one.affiliation is Affiliation.OWNER]


class Rule(msgspec.Struct, frozen=True):
    """One kind of finding, about a person (`holds`) or about the room (`holds_for_room`)."""

    id: str
    severity: Severity
    state: str
    """Two or three words for the list of rooms."""
    says: str
    """One sentence about NAME, or about the room, for the person on call."""
    holds: Callable[[Scene, Occupant], bool] | None = None
    holds_for_room: Callable[[Scene], bool] | None = None
    needs_plugin: bool = False
    at_once: bool = False
    everywhere: bool = False
    """Whether it holds in breakout and lobby rooms too."""


class Finding(msgspec.Struct, frozen=True):
    """A rule that holds, for somebody or for the room as a whole."""

    rule: Rule
    severity: Severity
    oid: int | None = None


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say of a room, worst first, and when to ask again though nothing changed."""

    findings: tuple[Finding, ...] = ()
    forecast: Forecast = Forecast(Outlook.STAYS)
    ask_again_at: float | None = None

    @property
    def severity(self) -> Severity:
        """The worst of it."""
        return self.findings[0].severity if self.findings else Severity.FINE

    def of(self, oid: int) -> Finding | None:
        """The worst finding about one occupant."""
        return next((finding for finding in self.findings if finding.oid == oid), None)

    def of_room(self, *ids: str) -> Finding | None:
        """The worst finding about the room as a whole, of these rules where any are named."""
        about = (finding for finding in self.findings if finding.oid is None)
        return next((finding for finding in about if not ids or finding.rule.id in ids), None)


def judge(room: Room, host: MucHost, now: float) -> Judgement:
    """Apply every rule to the room and everybody in it; `now` is the server's time."""
    if is_health_check(room.key.node):
        return Judgement()
    coming = forecast(room, host, now)
    scene = Scene(room, room.people(), applies_claims(host), close_policy(host), coming, now)
    found: list[Finding] = []
    waits: list[float] = [at for at in _turning_points(room, coming) if at > now]
    for rule in RULES:
        if rule.needs_plugin and not scene.applied:
            continue
        if room.kind is not RoomKind.MAIN and not rule.everywhere:
            continue
        if rule.holds_for_room is not None and rule.holds_for_room(scene):
            found.append(Finding(rule, _severity(rule, scene)))
        if rule.holds is not None:
            for person in scene.people:
                if not rule.holds(scene, person):
                    continue
                settled = settles_at(person)
                if settled > now and not rule.at_once:
                    waits.append(settled)
                else:
                    found.append(Finding(rule, rule.severity, person.oid))
    found.sort(key=_worst_first)
    return Judgement(tuple(found), coming, min(waits, default=None))


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


def _worst_first(finding: Finding) -> tuple[int, bool, int, int]:
    # What ends or holds open the whole room says more in the list than one person's row.
    return (-finding.severity, finding.oid is not None, _ORDER[finding.rule.id], finding.oid or 0)


def _severity(rule: Rule, scene: Scene) -> Severity:
    coming, now = scene.forecast, scene.now
    if rule.id == "F10c" and _was_granted(scene):
        return Severity.INFORMATION
    if rule.id == "F10" and coming.outlook is Outlook.CLOSES and coming.at is not None and coming.at - now <= URGENT_S:
        return Severity.CRITICAL
    return rule.severity


def _turning_points(room: Room, coming: Forecast) -> Iterator[float]:
    """When something about the room as a whole changes by itself."""
    if coming.at is not None and coming.outlook in (Outlook.CLOSES, Outlook.OWNER_BACK):
        yield from (coming.at - URGENT_S, coming.at, coming.at + GRACE_S)
    if room.focus_gone_at is not None:
        yield room.focus_gone_at + SETTLING_S
    if room.mass_drop is not None:
        yield room.mass_drop.at + drops.TOLD_S


def _owner_unclaimed(scene: Scene, person: Occupant) -> bool:
    return is_unclaimed_owner(scene.room, person)


def is_unclaimed_owner(room: Room, person: Occupant, seen: frozenset[int] = frozenset()) -> bool:
    """Whether somebody is owner though their token says member and no rightful owner or operator granted it."""
    if person.claimed is not Affiliation.MEMBER or person.affiliation is not Affiliation.OWNER:
        return False
    change = person.change
    if change is None or change.now is not Affiliation.OWNER:
        return True
    if change.actor_kind is not ActorKind.PERSON:
        return change.actor_kind is not ActorKind.OPERATOR
    # A promotion by somebody who is owner without a claim themselves carries the same fault on.
    if change.tainted:
        return True
    promoter = room.find((change.actor or "").partition("/")[0])
    if promoter is None or promoter.oid in seen:
        return False
    return is_unclaimed_owner(room, promoter, seen | {person.oid})


def _promoted(scene: Scene, person: Occupant) -> bool:
    member = person.claimed is Affiliation.MEMBER and person.affiliation is Affiliation.OWNER
    return member and not _owner_unclaimed(scene, person)


def _claim_ignored(_scene: Scene, person: Occupant) -> bool:
    return person.claimed is Affiliation.OWNER and _below(person) and not _was_owner(person)


def _demoted(_scene: Scene, person: Occupant) -> bool:
    return person.claimed is Affiliation.OWNER and _below(person) and _was_owner(person)


def _below(person: Occupant) -> bool:
    return person.affiliation in (Affiliation.MEMBER, Affiliation.NONE)


def _was_owner(person: Occupant) -> bool:
    return person.change is not None and person.change.was is Affiliation.OWNER


def _guest_owner(_scene: Scene, person: Occupant) -> bool:
    return person.has_token is False and person.affiliation is Affiliation.OWNER


def _other_room(scene: Scene, person: Occupant) -> bool:
    if person.claims is None:
        return False
    node = scene.room.parent if scene.room.kind is RoomKind.BREAKOUT else scene.room.key.node
    return node is not None and grade(person.claims.room, node, person.claims.room_is_pattern) is Grade.OTHER


def _forged(_scene: Scene, person: Occupant) -> bool:
    return person.identity_without_token


def _all_owners(scene: Scene) -> bool:
    if len(scene.people) < 2 or len(scene.owners) < len(scene.people):
        return False
    if any(settles_at(one) > scene.now for one in scene.people):
        return False
    # Where the owner granted it to everybody there is no fault.
    return any(_owner_unclaimed(scene, one) or _guest_owner(scene, one) for one in scene.people)


def _held_open(scene: Scene) -> bool:
    if scene.room.owner_gone is None or scene.policy.plugin is None or not scene.people:
        return False
    # The plugin counts recorders and gateways too, all but the server's admins.
    counted = [one for one in scene.room.occupants.values() if owner_present((one,))]
    return bool(counted) and all(one.claimed in (Affiliation.MEMBER, Affiliation.NONE) for one in counted)


def _was_granted(scene: Scene) -> bool:
    """Whether every owner was made one by somebody who may."""
    return bool(scene.owners) and all(_promoted(scene, one) for one in scene.owners)


def _overdue(scene: Scene) -> bool:
    return scene.forecast.outlook is Outlook.OVERDUE


def _ownerless(scene: Scene) -> bool:
    return scene.forecast.outlook in (Outlook.CLOSES, Outlook.NOT_LOADED, Outlook.NO_TIMER, Outlook.UNKNOWN)


def _owner_lost(scene: Scene) -> bool:
    return scene.forecast.outlook is Outlook.OWNER_LOST


def _owner_back(scene: Scene) -> bool:
    return scene.forecast.outlook is Outlook.OWNER_BACK


def _no_focus(scene: Scene) -> bool:
    # jicofo opens every room; it may only just be on its way back.
    gone_at = scene.room.focus_gone_at
    return bool(scene.people) and gone_at is not None and scene.now >= gone_at + SETTLING_S


def _mass_drop(scene: Scene) -> bool:
    drop = scene.room.mass_drop
    return drop is not None and scene.now < drop.at + drops.TOLD_S


_C, _W, _I = Severity.CRITICAL, Severity.WARNING, Severity.INFORMATION

RULES: tuple[Rule, ...] = (
    Rule("F10b", _C, "overdue", "The room should have closed, and nobody was removed.", holds_for_room=_overdue),
    Rule("F10c", _C, "held open", "The host left; the room stays open.", holds_for_room=_held_open, needs_plugin=True),
    Rule("F10", _W, "no owner", "Nobody here owns the room.", holds_for_room=_ownerless),
    Rule("F31", _C, "no focus", "jicofo is not in the room: newcomers wait.", holds_for_room=_no_focus),
    Rule("F9", _C, "all owners", "Everybody here is an owner.", holds_for_room=_all_owners, needs_plugin=True),
    Rule(
        "F11",
        _C,
        "other room",
        "NAME came in with a token for another room.",
        holds=_other_room,
        at_once=True,
        everywhere=True,
    ),
    Rule(
        "F22",
        _C,
        "forged claims",
        "NAME shows an identity without a token: it may be forged.",
        holds=_forged,
        at_once=True,
        everywhere=True,
    ),
    Rule(
        "F1",
        _C,
        "unclaimed owner",
        "NAME has owner rights the token does not give.",
        holds=_owner_unclaimed,
        needs_plugin=True,
    ),
    Rule(
        "F3",
        _C,
        "claim ignored",
        "NAME is the host by token and has no host rights.",
        holds=_claim_ignored,
        needs_plugin=True,
    ),
    Rule("F7", _C, "guest owner", "NAME came without a token and owns the room.", holds=_guest_owner),
    Rule("F29", _W, "owner lost", "The owner's connection is lost.", holds_for_room=_owner_lost),
    Rule("F32", _W, "mass drop", "Many people lost their connections together.", holds_for_room=_mass_drop),
    Rule("F4", _W, "demoted", "NAME lost the owner rights the token gives.", holds=_demoted, needs_plugin=True),
    Rule("F10d", _I, "owner back", "An owner is back while a close timer runs.", holds_for_room=_owner_back),
    Rule("F2", _I, "promoted", "NAME was promoted to owner.", holds=_promoted, needs_plugin=True),
)
_ORDER = {rule.id: place for place, rule in enumerate(RULES)}
