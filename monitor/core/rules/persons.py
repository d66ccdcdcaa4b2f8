"""Rules about who somebody is: without a token, or twice in a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.affiliation import Affiliation
from monitor.core.occupant import Occupant
from monitor.core.rules.rule import Scene, Severity
from monitor.core.server import MucHost

TOGETHER_S = 60.0
"""For so long one token or user id may be there twice: a page that is loaded again leaves its old self behind."""


def is_alone(scene: Scene, person: Occupant) -> bool:
    """Whether somebody has a token and nothing in common with others, so that none of these rules holds."""
    if person.has_token is False or person.identity_without_token or scene.users or scene.links:
        return False
    return person.token_id not in scene.room.shared


def forged(_scene: Scene, person: Occupant) -> bool:
    """F22."""
    return person.identity_without_token


def tokenless(scene: Scene, person: Occupant) -> bool:
    """F28."""
    return person.has_token is False and forbids_empty_tokens(scene.host)


def forbids_empty_tokens(host: MucHost) -> bool:
    """Whether the host that a MUC host belongs to lets nobody in without a token, as far as the facts say so."""
    options, hosts = host.facts.get("options"), host.facts.get("hosts")
    if not isinstance(options, dict) or not isinstance(hosts, list):
        return False
    parent = host.facts.get("parent_host")
    by_token = any(
        isinstance(one, dict) and one.get("host") == parent and one.get("authentication") == "token" for one in hosts
    )
    return by_token and options.get("allow_empty_token") is not True


def user_twice(scene: Scene, person: Occupant) -> bool:
    """F24; where they have the token in common, F25 says more."""
    user_id = person.claims.user_id if person.claims else None
    others = scene.users.get(user_id, ()) if isinstance(user_id, str) else ()
    at = _together_from(person, _by_other_links(person, others))
    return at is not None and at <= scene.now


def _by_other_links(person: Occupant, others: Sequence[Occupant]) -> list[Occupant]:
    return [one for one in others if one is person or one.token_id is None or one.token_id != person.token_id]


def link_shared(scene: Scene, person: Occupant) -> bool:
    """F25, in this room or in several."""
    here = _together_from(person, scene.links.get(person.token_id, ()))
    return any(at is not None and at <= scene.now for at in (here, _elsewhere_from(scene, person)))


def how_shared(_scene: Scene, person: Occupant | None) -> Severity:
    """F25: an owner's link in other hands is no class link."""
    owner = person is not None and person.claimed is Affiliation.OWNER
    return Severity.WARNING if owner else Severity.INFORMATION


def _together_from(person: Occupant, alike: Sequence[Occupant]) -> float | None:
    live = [one for one in alike if not one.is_held]
    if person.is_held or len(live) < 2:
        return None
    second = sorted(one.joined_at for one in live)[1]
    return max(second, person.joined_at) + TOGETHER_S


def _elsewhere_from(scene: Scene, person: Occupant) -> float | None:
    spread = scene.room.shared.get(person.token_id or "")
    if spread is None or person.is_held:
        return None
    return max(spread.since_at, person.joined_at) + TOGETHER_S


def turning_points(scene: Scene) -> Iterator[float]:
    """When one of these turns by itself."""
    if scene.room.shared:
        yield from (at for one in scene.people if (at := _elsewhere_from(scene, one)) is not None)
    for alike in (*scene.links.values(), *scene.users.values()):
        yield from (one.joined_at + TOGETHER_S for one in alike)
