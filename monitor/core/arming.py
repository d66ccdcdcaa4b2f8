"""The close timers that nobody tells, derived from who comes and goes.

Those of token_owner_party are told where the companion module sees that plugin. Of mod_owner_restricted, and where only
the configuration of mucmon names the policy, they are started here as the plugin would (`monitor.core.countdown`), and
fire here. Where the timers are told, nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from monitor.core.countdown import RESTRICTED, ClosePolicy, close_policy, owner_present
from monitor.core.history import Entry, remember
from monitor.core.occupant import Occupant
from monitor.core.room import Room, Timer
from monitor.core.server import MucHost


def settle(room: Room, host: MucHost, at: float) -> None:
    """Let the timers that were due by `at` have fired, as the room stood until then.

    One that fired with no owner present and left the room standing was missed.
    """
    if not room.armed or close_policy(host).told:
        return
    present = owner_present(room.occupants.values())
    room.armed = tuple(
        replace(timer, missed=True) if timer.over_at <= at else timer
        for timer in room.armed
        if timer.over_at > at or not present
    )


def forget_passed(room: Room, host: MucHost, at: float) -> None:
    """Nobody saw what timers that are over by `at` have found: they are neither missed nor running."""
    if not close_policy(host).told:
        room.armed = tuple(one for one in room.armed if one.missed or one.over_at > at)


def arm_on_join(room: Room, host: MucHost, joiner: Occupant, at: float) -> None:
    """Start a timer where the plugin would: the first participant has come where no owner is."""
    policy = close_policy(host)
    if policy.plugin != RESTRICTED or policy.told or joiner.exempt == "admin" or owner_present((joiner,)):
        return
    if all(one.exempt == "admin" for one in _others(room, joiner)):
        _arm(room, policy, joiner, at)


def arm_on_leaving(room: Room, host: MucHost, leaver: Occupant, at: float, by: float | None = None) -> None:
    """Start a timer where the plugin would: the last owner has left, or taken another nick, which counts as leaving.

    `by` is when they were seen to be gone, where nobody saw them leave.
    """
    policy = close_policy(host)
    if policy.plugin is None or policy.told or not owner_present((leaver,)) or owner_present(_others(room, leaver)):
        return
    # Between two looks as far apart as planned, the grace of the countdown covers when it was.
    late_s = 0.0 if by is None else by - at - host.lag_s
    _arm(room, policy, leaver, at, late_s)


def _others(room: Room, person: Occupant) -> Iterable[Occupant]:
    return (one for one in room.occupants.values() if one.oid != person.oid)


def _arm(room: Room, policy: ClosePolicy, starter: Occupant, at: float, late_s: float = 0.0) -> None:
    due_at = at + policy.timeout_s
    timer = Timer(at, due_at, starter.name, latest_at=due_at + late_s if late_s > 0 else None)
    kept = tuple(one for one in room.armed if one.missed) if policy.latest_counts else room.armed
    room.armed = (*kept, timer)
    remember(room.history, Entry(at, "armed", name=starter.name, detail=str(timer.due_at)))
