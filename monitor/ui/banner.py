"""What is wrong with a room as a whole, in one line. Pure; `server_now` is the server's time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.countdown import Outlook
from monitor.core.findings import Finding, Judgement, Severity
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.related import Elsewhere
from monitor.core.room import Room
from monitor.ui.countdowns import left_words, since_words
from monitor.ui.durations import hour_and_minute, spell, time_of_day, zone_name
from monitor.ui.spans import Line, Span, Style, clip, dimmed, span
from monitor.ui.verdict import SEVERITY_GLYPHS

_NAME_CELLS = 28

Words = tuple[str, tuple[Span, ...]]
"""A title, and what follows it."""


class Banner(msgspec.Struct, frozen=True):
    """A line about the room and how bad it is."""

    line: Line
    severity: Severity
    stale: bool


def banner_of(
    room: Room,
    judgement: Judgement,
    server_now: float,
    stale: bool,
    brief: bool = False,
    elsewhere: Sequence[Elsewhere] = (),
) -> Banner | None:
    """The worst of what is wrong with the room as a whole, or None where nothing is; `brief` for a narrow terminal.

    `elsewhere` are its owners that are in its breakout rooms.
    """
    finding = judgement.of_room()
    if finding is None:
        return None
    about = "about " if stale or judgement.forecast.about else ""
    if finding.rule.id == "F10":
        words: Words | None = _ownerless(room, judgement, server_now, about, brief, elsewhere)
    else:
        words = _words(finding, room, judgement, server_now, about, brief)
    if words is None:
        return None
    title, rest = words
    glyph, style = SEVERITY_GLYPHS[finding.severity]
    loud: Style = "alarm" if style == "critical" else style
    line: Line = ((span(glyph, loud), span(title, loud)), rest)
    return Banner(_dim(line) if stale else line, finding.severity, stale)


def _dim(line: Line) -> Line:
    return tuple(dimmed(group) for group in line)


def _words(
    finding: Finding, room: Room, judgement: Judgement, server_now: float, about: str, brief: bool
) -> Words | None:
    at = judgement.forecast.at
    match finding.rule.id:
        case "F10b":
            late = since_words(at, server_now)
            return "OVERDUE", (span(f"should have closed {about}{late} ago: nobody was removed"),)
        case "F10c":
            return "HELD OPEN", _held_open(room, server_now, brief)
        case "F9":
            people = room.people()
            owners = [one for one in people if one.affiliation is Affiliation.OWNER]
            unclaimed = sum(one.claimed not in (Affiliation.OWNER, None) for one in owners)
            # Whoever has just come is not judged yet.
            all_of = f"all {len(owners):,}" if len(owners) == len(people) else f"{len(owners):,} of {len(people):,}"
            words = f"{all_of} people here are owners, {unclaimed:,} of them"
            words += " not by token" if brief else " without a token that says so"
            return "ALL OWNERS", (span(words),)
        case "F29":
            count = span(f"counts as gone in {about}{left_words(at, server_now)}", "strong")
            more = () if brief else (span("· then the close timer starts", "muted"),)
            return "OWNER LOST", (span("connection lost;"), count, span("at"), *_moment(at, server_now), *more)
        case "F10d":
            count = span(f"(in {about}{left_words(at, server_now)})")
            more = () if brief else (span("· the room stays if an owner is here then", "muted"),)
            return "OWNER BACK", (span("owner back; check at"), *_moment(at, server_now), count, *more)
        case "F31":
            since = _moment(room.focus_gone_at, server_now)
            more = () if brief else (span("· nobody new gets sound or picture", "muted"),)
            return "NO FOCUS", (span("jicofo is not in the room since"), *since, *more)
        case "F32" if room.mass_drop is not None:
            drop = room.mass_drop
            together = "" if brief else "s together"
            said = span(f"{drop.number:,} of {drop.of:,} people lost their connection{together} at")
            more = () if brief else (span("· their network or the media, not their rights", "muted"),)
            return "MASS DROP", (said, *_moment(drop.at, server_now), *more)
    return None


def _ownerless(
    room: Room, judgement: Judgement, server_now: float, about: str, brief: bool, elsewhere: Sequence[Elsewhere]
) -> Words:
    at = judgement.forecast.at
    match judgement.forecast.outlook:
        case Outlook.CLOSES:
            count = span(f"in {about}{left_words(at, server_now)}", "strong")
            return "CLOSES", (count, span("at"), *_moment(at, server_now, ":"), *_why_ownerless(elsewhere, brief))
        case Outlook.NOT_LOADED:
            return "NO OWNER", (span("it will not close: the plugin that should close it is not loaded"),)
        case Outlook.UNTOLD if at is not None:
            since = hour_and_minute(at, server_now)
            return "NO OWNER", (span(f"unknown whether it closes: nothing told of it since {since}"),)
        case Outlook.NO_POLICY:
            return "NO OWNER", (span("unknown whether it closes: nothing tells whether a plugin closes rooms here"),)
        case Outlook.UNKNOWN:
            began = hour_and_minute(room.first_seen_at, server_now)
            return "NO OWNER", (span(f"unknown whether it closes: monitoring began {began}"),)
    return "NO OWNER", (span("no timer is running: it will not close by itself"),)


def _why_ownerless(elsewhere: Sequence[Elsewhere], brief: bool) -> tuple[Span, ...]:
    if not elsewhere:
        return (span("nobody here owns the room"),)
    return (
        short_name(elsewhere[0].person),
        span("is in" if brief else "is in breakout room"),
        (clip(elsewhere[0].title, _NAME_CELLS), "strong"),
    )


def _held_open(room: Room, server_now: float, brief: bool) -> tuple[Span, ...]:
    gone = room.owner_gone
    ago = f"left {spell(server_now - gone.at)} ago" if gone else "left"
    owners = [one for one in room.people() if one.affiliation is Affiliation.OWNER]
    if not owners:
        return (span(f"the host {ago}; the room stays"),)
    others = len(owners) - 1
    more = f"and {others:,} other{'s' if others > 1 else ''} count as owners" if others else "counts as owner"
    because = "" if brief else " the room stays because"
    unclear = not brief and any(one.claimed is None for one in owners)
    doubt = (span("· claims unknown", "muted"),) if unclear else ()
    return (span(f"the host {ago};{because}"), short_name(_first(owners)), span(more), *doubt)


def _first(owners: list[Occupant]) -> Occupant:
    return min(owners, key=lambda one: (shown_name(one).casefold(), one.oid))


def short_name(person: Occupant) -> Span:
    """A name that leaves room for the sentence around it."""
    return (clip(shown_name(person), _NAME_CELLS), "strong")


def _moment(at: float | None, server_now: float, after: str = "") -> tuple[Span, ...]:
    if at is None:
        return (span("?"),)
    zone = zone_name(at)
    return (span(time_of_day(at, server_now)), span(f"({zone}){after}" if zone else after, "muted"))
