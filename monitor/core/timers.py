"""What each close timer of a room will come to, as things stand: it ends the room, or it does nothing.

Nothing cancels a timer (`monitor.core.countdown`): it is harmless only because of what is so when it fires.
"""

from __future__ import annotations

from enum import StrEnum

from monitor.core.countdown import close_policy, grace_of, owner_present, owners_gone_at, untold_since
from monitor.core.room import Room, RoomKind, Timer
from monitor.core.server import MucHost


class Fate(StrEnum):
    """What will come of a timer unless somebody comes or goes before it fires."""

    ENDS = "ends"
    """No owner is present: the room ends when it fires."""
    ENDS_UNLESS_BACK = "ends unless back"
    """Every owner's connection is lost, and the last of them counts as gone before it fires."""
    AFTER = "after"
    """An earlier one ends the room first."""
    OWNER_HERE = "owner here"
    """It does nothing if an owner is still present when it fires."""
    EMPTY = "empty"
    """Nobody is there to be removed."""
    NOT_LOADED = "not loaded"
    """The plugin that would act on it does not run."""
    MISSED = "missed"
    """It fired with no owner present, and the room is still there."""
    UNTOLD = "untold"
    """It was due, and nothing has been told of the room since before that."""

    @property
    def is_deadly(self) -> bool:
        """Whether the room ends by it as things stand."""
        return self in (Fate.ENDS, Fate.ENDS_UNLESS_BACK)


def fates(room: Room, host: MucHost, now: float) -> list[tuple[Timer, Fate]]:
    """Every timer of the room with its fate, the earliest first; `now` is the server's time."""
    told: list[tuple[Timer, Fate]] = []
    for timer in sorted(room.armed, key=lambda one: one.due_at):
        fate = _fate(timer, room, host, now)
        if fate is Fate.ENDS and any(before is Fate.ENDS for _, before in told):
            fate = Fate.AFTER
        told.append((timer, fate))
    return told


def _fate(timer: Timer, room: Room, host: MucHost, now: float) -> Fate:
    policy = close_policy(host)
    present = owner_present(room.occupants.values())
    # What was told counts until the server says that it was missed; what is derived here nobody will tell.
    passed = not policy.told and timer.over_at + grace_of(host) <= now
    untold = untold_since(room, host, policy)
    if not timer.missed and not present and untold is not None and untold < timer.over_at <= now:
        return Fate.UNTOLD
    if timer.missed or (passed and not present):
        return Fate.MISSED
    if not policy.known:
        return Fate.UNTOLD
    if policy.plugin is None or not policy.loaded or room.kind is not RoomKind.MAIN:
        return Fate.NOT_LOADED
    if not room.people():
        return Fate.EMPTY
    if not present:
        return Fate.ENDS
    gone_at = owners_gone_at(room)
    return Fate.ENDS_UNLESS_BACK if gone_at is not None and gone_at < timer.due_at else Fate.OWNER_HERE
