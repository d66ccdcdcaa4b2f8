"""The close timers of a room: when each is due, who started it, and whether it ends the room. Pure."""

from __future__ import annotations

from monitor.core.closes import NOT_KNOWN
from monitor.core.countdown import Outlook, close_policy, owners_gone_at
from monitor.core.room import RoomKind, Timer
from monitor.core.text import clean
from monitor.core.timers import Fate, fates
from monitor.ui.because import Case
from monitor.ui.countdowns import ABOUT, left_words, since_words
from monitor.ui.durations import hour_and_minute, time_of_day, zone_name
from monitor.ui.spans import Cell, Labelled, Style, Text, cell, clip, span

_NAME_CELLS = 40

_SIGNS: dict[Fate, tuple[str, Style]] = {
    Fate.ENDS: ("×", "critical"),
    Fate.ENDS_UNLESS_BACK: ("×", "critical"),
    Fate.AFTER: ("·", "muted"),
    Fate.OWNER_HERE: ("✓", "good"),
    Fate.EMPTY: ("✓", "good"),
    Fate.NOT_LOADED: ("!", "warning"),
    Fate.MISSED: ("×", "critical"),
    Fate.UNTOLD: ("!", "warning"),
}


def timer_lines(case: Case, stale: bool) -> list[Text]:
    """One line for each timer, or why there is none."""
    told = fates(case.room, case.host, case.server_now)
    if not told:
        words, style = _why_none(case)
        return [((span(words, style),),)]
    return [_line(timer, fate, case, stale) for timer, fate in told]


def _line(timer: Timer, fate: Fate, case: Case, stale: bool) -> Text:
    glyph, style = _SIGNS[fate]
    about = ABOUT if stale else ""
    now = case.server_now
    passed = timer.due_at <= now
    count = f"{about}{since_words(timer.due_at, now)} ago" if passed else f"in {about}{left_words(timer.due_at, now)}"
    zone = zone_name(timer.due_at)
    due: Cell = (
        span("due", "muted"),
        span(time_of_day(timer.due_at, now)),
        *((span(f"({zone})", "muted"),) if zone else ()),
        span(count, style if fate.is_deadly or fate is Fate.MISSED else "text"),
    )
    who = clip(clean(timer.cause or ""), _NAME_CELLS)
    started: Cell = (
        span("started", "muted"),
        span(time_of_day(timer.at, now), "muted"),
        span(f"when {who} left" if who else "when the last owner left", "muted"),
    )
    return Labelled(cell(glyph, style), (due, cell(_words(fate, case), style), started), indent=2)


def _words(fate: Fate, case: Case) -> str:
    match fate:
        case Fate.ENDS:
            return "deadly: the room ends then, for no owner is here"
        case Fate.ENDS_UNLESS_BACK:
            gone_at = owners_gone_at(case.room)
            when = "?" if gone_at is None else time_of_day(gone_at, case.server_now)
            return f"deadly: no owner is connected, and the last counts as gone at {when}"
        case Fate.AFTER:
            return "harmless: another one ends the room first"
        case Fate.OWNER_HERE:
            return "harmless if an owner is still here then"
        case Fate.EMPTY:
            return "harmless: nobody is here"
        case Fate.NOT_LOADED:
            return f"harmless: {close_policy(case.host).plugin or 'what closes rooms'} does not run here"
        case Fate.UNTOLD:
            return "not known: nothing has been told of the room since before that"
    return "missed: no owner was here, and nobody was removed"


def _why_none(case: Case) -> tuple[str, Style]:
    policy = close_policy(case.host)
    if case.room.kind is not RoomKind.MAIN:
        return "No close timer: only main rooms have one.", "muted"
    if not policy.known:
        return f"Whether a close timer runs is {NOT_KNOWN}.", "warning"
    if policy.plugin is None:
        return "No close timer: nothing closes rooms without an owner on this server.", "muted"
    match case.judgement.forecast.outlook:
        case Outlook.UNKNOWN:
            began = hour_and_minute(case.room.first_seen_at, case.server_now)
            return f"Whether a close timer runs is not known: monitoring began {began}.", "warning"
        case Outlook.NO_TIMER:
            return "No close timer runs, and no owner is here: the room will not close by itself.", "warning"
        case Outlook.OWNER_LOST:
            at = case.judgement.forecast.at
            when = "?" if at is None else time_of_day(at, case.server_now)
            return f"No close timer runs yet: one starts when the owner counts as gone, at {when}.", "warning"
    here = "an owner is here" if case.room.people() else "nobody is here"
    return f"No close timer runs: {here}.", "muted"
