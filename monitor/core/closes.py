"""Whether and when a room closes, in one sentence with absolute times."""

from __future__ import annotations

from collections.abc import Callable

from monitor.core.countdown import Forecast, Outlook, close_policy
from monitor.core.room import Room, RoomKind
from monitor.core.server import MucHost

NOT_KNOWN = (
    "not known: nothing tells whether a plugin closes rooms here; close_policy in mucmon's configuration can say it"
)


def closes_words(room: Room, host: MucHost, coming: Forecast, server_now: float, spell: Callable[[float], str]) -> str:
    """The sentence; `spell` writes a moment, `server_now` is the server's time."""
    policy = close_policy(host)
    if room.kind is not RoomKind.MAIN:
        return "breakout rooms and lobbies are not closed for want of an owner"
    if not policy.known:
        return NOT_KNOWN
    if policy.plugin is None:
        return "nothing closes rooms without an owner on this server"
    when = "at a time that is not known" if coming.at is None else spell(coming.at)
    if coming.about and coming.outlook not in (Outlook.UNKNOWN, Outlook.UNTOLD):
        when = f"about {when}"
    match coming.outlook:
        case Outlook.CLOSES:
            return f"{when}{_in(coming.at, server_now)}, unless an owner is present in that very instant"
        case Outlook.OVERDUE:
            return f"should have closed {when}, and nobody was removed"
        case Outlook.NOT_LOADED:
            return f"would be due {when}, but {policy.plugin} is not loaded: it will not close"
        case Outlook.OWNER_BACK:
            return f"not as long as an owner is present; a timer fires {when}{_in(coming.at, server_now)}"
        case Outlook.OWNER_LOST:
            return f"{policy.timeout_s:g} s after the owner counts as gone, which is {when} unless they are back"
        case Outlook.NO_TIMER:
            return "no owner is here and no timer is running: it will not close by itself"
        case Outlook.UNTOLD:
            return f"not known: a timer was due since, and nothing of the room has been told since {when}"
        case Outlook.UNKNOWN:
            return f"not known: whether a timer was running when monitoring began ({when}) cannot be told"
    return "no close is due"


def _in(at: float | None, server_now: float) -> str:
    left = None if at is None else at - server_now
    return f" (in {left:.0f} s)" if left is not None and 0 <= left < 100_000 else ""
