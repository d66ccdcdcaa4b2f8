"""Rules about what a token says: for which room and tenant, until when, and what its issuer got wrong."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core.affiliation import Affiliation
from monitor.core.claims import Claims
from monitor.core.occupant import Occupant
from monitor.core.rules.rule import Scene, Severity
from monitor.core.spelling import Grade, grade
from monitor.core.traits import hides_recording

EXPIRING_S = 300.0
"""So long before its end an only owner's token is spoken of."""


def is_plain(scene: Scene, person: Occupant) -> bool:
    """Whether nothing stands out in somebody's token, so that none of these rules holds."""
    claims = person.claims
    if claims is None or person.features is not None:
        return claims is None and person.features is None
    traits = claims.traits
    if claims.room != scene.title or traits.notable or scene.tenant is not None or traits.tenant is not None:
        return False
    at = claims.expires_at
    return (at is None or at - EXPIRING_S > scene.now) and (
        traits.signed_at is None or traits.signed_at <= person.joined_at
    )


def other_room(scene: Scene, person: Occupant) -> bool:
    """F11."""
    return _grade(scene, person) is Grade.OTHER


def spelt_otherwise(scene: Scene, person: Occupant) -> bool:
    """F12."""
    return _grade(scene, person) is Grade.SPELLING


def case_differs(scene: Scene, person: Occupant) -> bool:
    """F13."""
    return _grade(scene, person) is Grade.CASE


def opens_every_room(scene: Scene, person: Occupant) -> bool:
    """F14."""
    return _grade(scene, person) is Grade.WILDCARD


def _grade(scene: Scene, person: Occupant) -> Grade:
    if person.claims is None or scene.home is None:
        return Grade.UNKNOWN
    return grade(person.claims.room, scene.home, person.claims.room_is_pattern)


def expired(scene: Scene, person: Occupant) -> bool:
    """F16."""
    at = person.claims.expires_at if person.claims else None
    return at is not None and scene.now >= at


def locked_out(scene: Scene, person: Occupant | None) -> Severity:
    """F16: the only owner could not come back."""
    return Severity.WARNING if _only_owner(scene) is person else Severity.INFORMATION


def owner_expires(scene: Scene, person: Occupant) -> bool:
    """F17."""
    at = person.claims.expires_at if person.claims and _only_owner(scene) is person else None
    return at is not None and at - EXPIRING_S <= scene.now < at


def _only_owner(scene: Scene) -> Occupant | None:
    return scene.owners[0] if len(scene.owners) == 1 else None


def turning_points(scene: Scene) -> Iterator[float]:
    """When one of these turns by itself."""
    only = _only_owner(scene)
    ends = [at for one in scene.people if one.claims and (at := one.claims.expires_at) is not None and at > scene.now]
    if ends:
        yield min(ends)
    if only is not None and only.claims is not None and (at := only.claims.expires_at) is not None:
        yield at - EXPIRING_S


def other_tenant(scene: Scene, person: Occupant) -> bool:
    """F19."""
    return bool(tenants_named(scene, person))


def tenants_named(scene: Scene, person: Occupant) -> tuple[str, ...]:
    """The tenants, other than the room's, that a token names.

    Where a room has no tenant, or sub is the server's own domain, sub names none.
    """
    if person.claims is None or scene.home is None:
        return ()
    traits = person.claims.traits
    sub = traits.sub if scene.tenant is not None and traits.sub != domain_of(scene.room.key.host) else None
    return tuple(dict.fromkeys(one for one in (traits.tenant, sub) if one is not None and one != scene.tenant))


def domain_of(host: str) -> str:
    """The domain that a MUC host is a part of."""
    return host.partition(".")[2]


def recording_hidden(_scene: Scene, person: Occupant) -> bool:
    """F20."""
    if person.affiliation is not Affiliation.OWNER:
        return False
    # Who was promoted has the features of the one who did it.
    if person.features is not None:
        return hides_recording(person.features)
    return person.claims is not None and person.claims.traits.hides_recording


def features_invalid(_scene: Scene, person: Occupant) -> bool:
    """F21."""
    return person.claims is not None and bool(person.claims.traits.odd_features)


def claims_disagree(_scene: Scene, person: Occupant) -> bool:
    """F26."""
    return person.claims is not None and person.claims.traits.contradiction is not None


def null_claim(_scene: Scene, person: Occupant) -> bool:
    """F27."""
    return person.claims is not None and bool(person.claims.traits.nulls)


def clock_ahead(_scene: Scene, person: Occupant) -> bool:
    """F30, for somebody inside."""
    return ahead_s(person.claims, person.joined_at) is not None


def ahead_s(claims: Claims | None, at: float) -> float | None:
    """By how much the issuer's clock was ahead of the server's at least, when a token was used at `at`.

    Where the token says when it was signed, an nbf in the future is meant: the lesson begins later.
    """
    signed_at = claims.traits.signed_at if claims else None
    return signed_at - at if signed_at is not None and signed_at > at else None
