"""Rules that compare what a token claims with what the room made of it."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core.affiliation import ActorKind, Affiliation, Role
from monitor.core.occupant import Occupant
from monitor.core.room import Room
from monitor.core.rules.rule import SETTLING_S, Scene
from monitor.core.server import MucHost

AFFILIATION_PLUGINS = frozenset({"token_affiliation", "token_affiliation_legacy"})


def applies_claims(host: MucHost) -> bool:
    """Whether a plugin that applies the token's affiliation is loaded on this MUC host."""
    return not AFFILIATION_PLUGINS.isdisjoint(host.modules)


def settles_at(person: Occupant) -> float:
    """From when on a rule may speak about somebody."""
    changed = person.change.at if person.change else person.joined_at
    return max(person.joined_at, changed) + SETTLING_S


def fits(_scene: Scene, person: Occupant) -> bool:
    """Whether claim, affiliation and role agree: then none of these rules holds."""
    leads = person.affiliation in _LEADING
    return person.claimed is person.affiliation and (person.role is Role.MODERATOR) is leads


def owner_unclaimed(scene: Scene, person: Occupant) -> bool:
    """F1."""
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


def promoted(scene: Scene, person: Occupant) -> bool:
    """F2."""
    member = person.claimed is Affiliation.MEMBER and person.affiliation is Affiliation.OWNER
    return member and not owner_unclaimed(scene, person)


def granted_rightly(scene: Scene, person: Occupant) -> bool:
    """Whether somebody was made owner by a person or an operator, and nothing is known against that."""
    if not promoted(scene, person):
        return False
    promoter = scene.room.find((person.change.actor or "").partition("/")[0]) if person.change else None
    return promoter is None or promoter.has_token is not False


def claim_ignored(scene: Scene, person: Occupant) -> bool:
    """F3."""
    return person.claimed is Affiliation.OWNER and person.affiliation in _BELOW and not _was_owner(scene.room, person)


def demoted(scene: Scene, person: Occupant) -> bool:
    """F4."""
    claimed = person.claimed is Affiliation.OWNER
    return claimed and person.affiliation is not Affiliation.OWNER and _was_owner(scene.room, person)


def acts_as_participant(_scene: Scene, person: Occupant) -> bool:
    """F5."""
    return person.affiliation in _LEADING and person.role is not Role.MODERATOR


def moderates_for_now(_scene: Scene, person: Occupant) -> bool:
    """F6."""
    return person.role is Role.MODERATOR and person.affiliation in _BELOW


def guest_owner(_scene: Scene, person: Occupant) -> bool:
    """F7."""
    return is_guest_owner(person)


def is_guest_owner(person: Occupant) -> bool:
    """Whether somebody owns the room who came without a token."""
    return person.has_token is False and person.affiliation is Affiliation.OWNER


def claims_unknown(_scene: Scene, person: Occupant) -> bool:
    """F23."""
    return person.claimed is None


def all_owners(scene: Scene) -> bool:
    """F9: of those who have settled; whoever has just come is not judged yet, and changes nothing until then."""
    standing: list[Occupant] = []
    for one in scene.people:
        stands = _stands(scene.room, one, scene.now)
        if stands == Affiliation.OWNER:
            standing.append(one)
        elif stands is not None:
            return False
    # Where the owner granted it to everybody there is no fault.
    return len(standing) > 1 and any(owner_unclaimed(scene, one) or guest_owner(scene, one) for one in standing)


def all_owners_since(room: Room) -> float | None:
    """Since when everybody in a room is owner: who was made one as they came moves it no more than the second did."""
    people = room.people()
    since = sorted(one.change.at if one.change else one.joined_at for one in people)[1:2]
    late = (one.change.at for one in people if one.change and one.change.at - one.joined_at >= SETTLING_S)
    return max((*since, *late), default=None)


def turning_points(scene: Scene) -> Iterator[float]:
    """When somebody settles, where that may make everybody an owner, or no longer."""
    waits: list[float] = []
    for one in scene.people:
        if (at := settles_at(one)) > scene.now:
            waits.append(at)
        elif one.affiliation is not Affiliation.OWNER:
            return
    if scene.owners:
        yield from waits


def _stands(room: Room, person: Occupant, now: float) -> str | None:
    """The affiliation that somebody last had for long enough to be judged by; None for whoever has just come."""
    if settles_at(person) <= now:
        return person.affiliation
    if person.change is None:
        return None
    at, was = person.change.at, str(person.change.was)
    for entry in reversed(room.history):
        if at - entry.at >= SETTLING_S:
            break
        if entry.oid == person.oid and entry.what == "affiliation" and entry.at < at and entry.was is not None:
            at, was = entry.at, entry.was
    return was if at - person.joined_at >= SETTLING_S else None


_LEADING = (Affiliation.OWNER, Affiliation.ADMIN)
_BELOW = (Affiliation.MEMBER, Affiliation.NONE)


def _was_owner(room: Room, person: Occupant) -> bool:
    if person.change is not None and person.change.was is Affiliation.OWNER:
        return True
    # Owner, member, none: the last change alone does not tell.
    own = (entry for entry in room.history if entry.oid == person.oid and entry.what == "affiliation")
    return any(entry.was == Affiliation.OWNER for entry in own)
