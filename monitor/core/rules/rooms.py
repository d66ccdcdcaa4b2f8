"""Rules about a room as a whole: whether it has an owner, and closes; whether jicofo is there; losses together."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core import drops
from monitor.core.affiliation import Affiliation
from monitor.core.countdown import Outlook, owner_present
from monitor.core.occupant import Occupant
from monitor.core.rules.rights import granted_rightly
from monitor.core.rules.rule import SETTLING_S, Scene, Severity

URGENT_S = 60.0
"""A countdown below this is critical."""

_OWNERLESS = (
    Outlook.CLOSES,
    Outlook.NOT_LOADED,
    Outlook.NO_TIMER,
    Outlook.NO_POLICY,
    Outlook.UNKNOWN,
    Outlook.UNTOLD,
)


def ownerless(scene: Scene) -> bool:
    """F10."""
    return scene.forecast.outlook in _OWNERLESS


def how_urgent(scene: Scene, _person: Occupant | None) -> Severity:
    """F10: the last minute is critical; where nothing may ever close rooms, having no owner need be no fault."""
    if scene.forecast.outlook is Outlook.NO_POLICY:
        return Severity.INFORMATION
    at = scene.forecast.at if scene.forecast.outlook is Outlook.CLOSES else None
    return Severity.CRITICAL if at is not None and at - scene.now <= URGENT_S else Severity.WARNING


def overdue(scene: Scene) -> bool:
    """F10b."""
    return scene.forecast.outlook is Outlook.OVERDUE


def held_open(scene: Scene) -> bool:
    """F10c."""
    if scene.room.owner_gone is None or scene.policy.plugin is None or not scene.people:
        return False
    # The plugin counts recorders and gateways too, all but the server's admins.
    counted = [one for one in scene.room.occupants.values() if owner_present((one,))]
    return bool(counted) and all(one.claimed is not Affiliation.OWNER for one in counted)


def how_faulty(scene: Scene, _person: Occupant | None) -> Severity:
    """F10c: no fault where every owner was made one by somebody who may; in doubt where claims are unknown."""
    if any(one.claimed is None for one in scene.owners):
        return Severity.WARNING
    granted = bool(scene.owners) and all(granted_rightly(scene, one) for one in scene.owners)
    return Severity.INFORMATION if granted else Severity.CRITICAL


def owner_back(scene: Scene) -> bool:
    """F10d."""
    return scene.forecast.outlook is Outlook.OWNER_BACK


def owner_lost(scene: Scene) -> bool:
    """F29."""
    return scene.forecast.outlook is Outlook.OWNER_LOST


def no_focus(scene: Scene) -> bool:
    """F31."""
    # jicofo opens every room; it may only just be on its way back.
    gone_at = scene.room.focus_gone_at
    return bool(scene.people) and gone_at is not None and scene.now >= gone_at + SETTLING_S


def mass_drop(scene: Scene) -> bool:
    """F32."""
    drop = scene.room.mass_drop
    return drop is not None and scene.now < drop.at + drops.TOLD_S


def turning_points(scene: Scene) -> Iterator[float]:
    """When one of these turns by itself."""
    room, coming = scene.room, scene.forecast
    if coming.at is not None and coming.outlook in (Outlook.CLOSES, Outlook.OWNER_BACK):
        yield from (coming.at - URGENT_S, coming.at, coming.at + coming.grace_s)
    if coming.outlook is Outlook.UNKNOWN and room.followed_from is not None:
        yield room.followed_from + scene.policy.timeout_s
    if room.focus_gone_at is not None:
        yield room.focus_gone_at + SETTLING_S
    if room.mass_drop is not None:
        yield room.mass_drop.at + drops.TOLD_S
