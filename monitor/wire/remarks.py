"""What is said of polling where something stands in its way, each in one sentence that names the remedy. Pure."""

from __future__ import annotations

CACHE_SIZE = 100
"""Prosody's own ``muc_room_cache_size``."""
NEAR = 0.9
"""So much of the size is near it."""


def near(host: str, number: int, size: int | None) -> str:
    """That so many rooms are near the size of the room cache, which is Prosody's own where it is not known; or ""."""
    if number < (CACHE_SIZE if size is None else size) * NEAR:
        return ""
    holds = f"holds {size}" if size is not None else f"holds {CACHE_SIZE}, unless muc_room_cache_size says otherwise"
    remedy = "" if size is not None else ", and tell mucmon by `room_cache_size`"
    return (
        f"{host} lists {rooms(number)} and {holds}: listing more makes it put rooms in use aside, "
        f"so raise muc_room_cache_size there{remedy}"
    )


def list_refused(host: str, watcher: str, condition: str, missing: str) -> str:
    """Why the rooms cannot be listed; `missing` says why the companion module is not used, where it was asked."""
    if condition == "forbidden":
        remedy = f"add {watcher} to `admins` of that MUC component in Prosody's configuration and reload it"
        if missing:
            return f"{missing}; or, to see rooms and people without it, {remedy}"
        return f"{watcher} may not list the rooms of {host}: {remedy}"
    return missing or f"{host} does not list its rooms ({condition}): check that `rooms` names a MUC host"


PASSING = ("internal-server-error", "remote-server-timeout", "resource-constraint", "undefined-condition")
"""Conditions that say nothing of whether we may: the next try may go well (RFC 6120 §8.3.3)."""


def list_failed(host: str, condition: str, again_s: float) -> str:
    """That the rooms could not be listed just now."""
    return (
        f"{host} could not list its rooms just now ({condition}): asking again every {again_s:.0f} s; see Prosody's log"
    )


def owners_only(host: str, number: int) -> str:
    """That the rooms are listed, and who is in them is told to owners alone."""
    return (
        f"{host} has {rooms(number)}, and does not tell its admins who is in them: set "
        "component_admins_as_room_owners = true for that MUC component (on Prosody 13 it is false unless set) and "
        "reload it, or load mod_muc_monitor"
    )


def untold(host: str, number: int, condition: str) -> str:
    """That so many rooms have not told who is in them, time after time; "" where there is none."""
    if not number:
        return ""
    remedy = "see Prosody's log"
    if condition == "forbidden":
        remedy = "set component_admins_as_room_owners = true for that MUC component and reload it"
    who = "does not tell who is in it" if number == 1 else "do not tell who is in them"
    return (
        f"{rooms(number)} of {host} {who} ({condition}): what is shown of {'it' if number == 1 else 'them'} "
        f"is how it was when that was told last; {remedy}"
    )


def rooms(number: int) -> str:
    """So many rooms."""
    return f"{number:,} room{'' if number == 1 else 's'}"
