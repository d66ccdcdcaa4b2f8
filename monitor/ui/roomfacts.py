"""The facts under a finding about a room as a whole: moments with their date, and who. Pure."""

from __future__ import annotations

from monitor.core.affiliation import Affiliation
from monitor.core.countdown import Outlook
from monitor.core.findings import Finding
from monitor.core.room import Timer
from monitor.core.text import clean
from monitor.ui.because import Case
from monitor.ui.durations import time_of_day
from monitor.ui.spans import Cell, Line, clip, span

_NAME_CELLS = 40
_WAYS = {
    "lost": "connection lost",
    "kicked": "removed",
    "banned": "banned",
    "switched": "to a breakout room or back",
}


def room_facts(finding: Finding, case: Case) -> Line:
    """What is known of it, in groups; empty where the sentence says it all."""
    match finding.rule.id:
        case "F9":
            people = case.room.people()
            claims = sum(one.claimed is Affiliation.OWNER for one in people)
            owner_tokens = span(f"{claims:,} of {len(people):,}")
            return ((span("tokens that say owner", "muted"), owner_tokens),)
        case "F10c":
            return (_host_left(case),)
        case "F10":
            return _ownerless(case)
        case "F10b":
            return (_moment("was due", case.judgement.forecast.at, case), _started(case))
        case "F29":
            return (_moment("counts as gone at", case.judgement.forecast.at, case),)
        case "F31":
            return (_moment("not seen since", case.room.focus_gone_at, case),)
        case "F32" if case.room.mass_drop is not None:
            return (_moment("at", case.room.mass_drop.at, case),)
        case "F10d":
            return (_moment("check at", case.judgement.forecast.at, case), _started(case))
    return ()


def _ownerless(case: Case) -> Line:
    match case.judgement.forecast.outlook:
        case Outlook.CLOSES:
            about = "about " if case.judgement.forecast.about else ""
            return (_moment(f"closes {about}at", case.judgement.forecast.at, case), _started(case))
        case Outlook.NOT_LOADED:
            return (_moment("would be due at", case.judgement.forecast.at, case), _started(case))
        case Outlook.UNTOLD:
            return (_moment("not told since", case.judgement.forecast.at, case),)
        case Outlook.UNKNOWN:
            return (_moment("already so when monitoring began at", case.room.first_seen_at, case),)
    seen = "an owner was here earlier" if case.room.owner_seen else "no owner has been seen here"
    return (_host_left(case), (span(seen, "muted"),))


def _host_left(case: Case) -> Cell:
    gone = case.room.owner_gone
    if gone is None:
        return ()
    name = clip(clean(gone.name or ""), _NAME_CELLS)
    way = _WAYS.get(gone.why or "")
    aside = (span(f"({way})", "muted"),) if way else ()
    return (
        span("the host", "muted"),
        *((span(name),) if name else ()),
        span("left at", "muted"),
        span(time_of_day(gone.at, case.server_now)),
        *aside,
    )


def _started(case: Case) -> Cell:
    timer = _timer(case)
    if timer is None:
        return ()
    who = clip(clean(timer.cause or ""), _NAME_CELLS) or "the last owner"
    started = span(time_of_day(timer.at, case.server_now))
    return (span("timer started", "muted"), started, span("when", "muted"), span(who), span("left", "muted"))


def _timer(case: Case) -> Timer | None:
    at = case.judgement.forecast.at
    return next((timer for timer in case.room.armed if timer.due_at == at), None)


def _moment(words: str, at: float | None, case: Case) -> Cell:
    return () if at is None else (span(words, "muted"), span(time_of_day(at, case.server_now)))
