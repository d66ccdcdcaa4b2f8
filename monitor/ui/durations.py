"""Lengths of time and moments in words. Total: any number gives some words, never an exception."""

from __future__ import annotations

import math
from datetime import datetime

UNKNOWN = "?"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MOST_DAYS = 999
_MOST_HOURS = 100


def spell(seconds: float) -> str:
    """A length of time for a sentence: ``42 s``, ``41 min``, ``3 h 05 min``, ``12 d``; never below zero."""
    if math.isnan(seconds):
        return UNKNOWN
    if seconds > _MOST_DAYS * _DAY:
        return f">{_MOST_DAYS} d"
    whole = int(max(seconds, 0))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d"


def spell_finely(seconds: float) -> str:
    """Like `spell`, with tenths below ten seconds."""
    if math.isnan(seconds) or seconds >= 9.95:
        return spell(seconds)
    return f"{max(seconds, 0.0):.1f} s"


def tally(seconds: float) -> str:
    """A length of time for a narrow column: ``<1m``, ``42m``, ``1h08``, ``12d``; never below zero."""
    if math.isnan(seconds):
        return UNKNOWN
    if seconds > _MOST_DAYS * _DAY:
        return f">{_MOST_DAYS}d"
    whole = int(max(seconds, 0))
    if whole < _MINUTE:
        return "<1m"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}"
    return f"{whole // _DAY}d"


def at_least(seconds: float) -> str:
    """A length of time for a narrow column that was longer than that: ``≥0m``, ``≥42m``."""
    words = tally(seconds)
    if words.startswith("<"):
        return "≥0m"
    return words if words == UNKNOWN or words.startswith(">") else f"≥{words}"


def clock(seconds: float) -> str:
    """A countdown's whole seconds: ``00:37``, ``1:08:12`` above an hour, ``4 d`` above a hundred hours."""
    if math.isnan(seconds):
        return UNKNOWN
    if seconds >= _MOST_HOURS * _HOUR:
        return spell(seconds)
    whole = int(max(seconds, 0))
    hours, rest = divmod(whole, _HOUR)
    minutes_seconds = f"{rest // _MINUTE:02}:{rest % _MINUTE:02}"
    return f"{hours}:{minutes_seconds}" if hours else minutes_seconds


def find_local(at: float) -> datetime | None:
    """The moment `at` (seconds since the epoch) in the local zone; None outside the calendar."""
    try:
        return datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def time_of_day(at: float, today: float | None = None) -> str:
    """``13:20:03`` in the local zone, with the date before it where that is not the day of `today`."""
    moment = find_local(at)
    if moment is None:
        return UNKNOWN
    reference = find_local(today) if today is not None else None
    if reference is not None and reference.date() != moment.date():
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return f"{moment:%H:%M:%S}"


def time_of_day_ms(at: float) -> str:
    """``13:20:03.310`` in the local zone."""
    moment = find_local(at)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}" if moment else UNKNOWN


def hour_and_minute(at: float, today: float | None = None) -> str:
    """``13:20`` in the local zone, with the date before it where that is not the day of `today`."""
    words = time_of_day(at, today)
    return words if words == UNKNOWN else words[:-3]


def stamp(at: float) -> str:
    """``2026-09-21 13:20:03 CET``: a moment for those who read it elsewhere, and later."""
    moment = find_local(at)
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname() or ''}".strip() if moment else UNKNOWN


def zone_name(at: float) -> str:
    """The local zone's name at that moment, such as ``CET``."""
    moment = find_local(at)
    return (moment.tzname() or "") if moment else ""
