"""Whether many people of a room lost their connections together: then it is their network or the media, not rights.

A connection counts as lost when the server holds all of somebody's sessions for a resumption, or removes them with
status 333 (XEP-0045 §9.1) without having held them.
"""

from __future__ import annotations

from monitor.core.occupant import Occupant
from monitor.core.room import MassDrop, Room

TOGETHER_S = 5.0
"""Losses no further apart than this belong together."""
LEAST = 5
"""So few are no mass."""
SHARE = 3
"""One of so many people of the room must be lost, at least."""
TOLD_S = 300.0
"""How long after it a mass drop is still spoken of."""


def note_drop(room: Room, person: Occupant, at: float) -> None:
    """Take in that somebody's connection was lost at `at`, and with how many others."""
    if person.exempt:
        return
    recent = {oid: lost_at for lost_at, oid in room.drops if at - lost_at <= TOGETHER_S}
    recent.setdefault(person.oid, at)
    room.drops = tuple((lost_at, oid) for oid, lost_at in recent.items())
    total = len({one.oid for one in room.people()} | recent.keys())
    number = len(recent)
    if number < LEAST or number * SHARE < total:
        return
    first_at = min(recent.values())
    known = room.mass_drop
    if known is None or number >= known.number or first_at - known.at > TOGETHER_S:
        room.mass_drop = MassDrop(first_at, number, total)
