"""The words of a room's state with its countdown, and when they change next. Pure.

`server_now` is the server's time, on whose clock deadlines stand. A countdown's seconds are rounded up, so that zero
is shown at the deadline and never before; time since a deadline is rounded down.
"""

from __future__ import annotations

import math

from monitor.core.countdown import Outlook, left_s
from monitor.core.findings import Severity
from monitor.core.query import RoomRow
from monitor.core.text import Shown, clean
from monitor.ui.durations import UNKNOWN, clock

STATE_WIDTH = 18
"""Terminal cells that hold a glyph and the longest state with its countdown."""
ABOUT = "~"
"""Stands before a countdown that is known only about, or rests on data which may be out of date."""

_HARDLY_S = 0.001


def left_words(at: float | None, server_now: float) -> str:
    """How long until `at`, as a clock."""
    if at is None or not math.isfinite(at - server_now):
        return UNKNOWN
    return clock(left_s(at, server_now))


def since_words(at: float | None, server_now: float) -> str:
    """How long since `at`, as a clock."""
    return UNKNOWN if at is None else clock(server_now - at)


def state_words(row: RoomRow, server_now: float, stale: bool) -> Shown:
    """What the list says of a room. A running close is said whatever else is wrong: it is over soonest."""
    coming = row.judgement.forecast
    stale = stale or coming.about
    if row.severity is Severity.IDLE:
        return row.state
    match coming.outlook:
        case Outlook.CLOSES:
            return _count("closes", "closes", left_words(coming.at, server_now), stale)
        case Outlook.OVERDUE:
            return _count("overdue", "late", since_words(coming.at, server_now), stale)
        case Outlook.OWNER_LOST if row.severity <= Severity.WARNING:
            return _count("owner lost", "lost", left_words(coming.at, server_now), stale)
        case Outlook.OWNER_BACK if row.severity <= Severity.INFORMATION:
            return _count("owner back", "back", left_words(coming.at, server_now), stale)
    return row.state


def _count(words: str, short: str, count: str, stale: bool) -> Shown:
    about = ABOUT if stale else ""
    whole = f"{words} {about}{count}"
    return clean(whole if len(whole) + 2 <= STATE_WIDTH else f"{short} {about}{count}")


def changes_in_s(row: RoomRow, server_now: float) -> float | None:
    """Seconds until another second is to be shown for this room; None where nothing counts."""
    if row.counts_to is not None:
        left = row.counts_to - server_now
        if not math.isfinite(left) or left <= 0:
            return None
        return max(left - math.ceil(left) + 1, _HARDLY_S)
    if row.counts_from is not None:
        passed = server_now - row.counts_from
        return max(math.floor(passed) + 1 - passed, _HARDLY_S) if math.isfinite(passed) else None
    return None
