"""A room that is over, or somebody who has left, while somebody reads about them. Pure."""

from __future__ import annotations

from monitor.core.findings import Severity
from monitor.core.naming import how_words, shown_name
from monitor.core.occupant import Occupant
from monitor.core.room import EndedRoom, Room
from monitor.ui.banner import Banner
from monitor.ui.durations import time_of_day, zone_name
from monitor.ui.endings import by_words
from monitor.ui.spans import Line, Span, clip, span
from monitor.ui.timeline import left_words

_NAME_CELLS = 40


def ended_banner(over: EndedRoom | None, server_now: float, is_open_again: bool) -> Banner:
    """That the room is over and how it ended; `over` is None where the server did not say."""
    again: tuple[Span, ...] = (span("· a room of that name is open again"),) if is_open_again else ()
    if over is None:
        words = span("the server names it no more and does not say why; as it was last seen")
        return Banner(((span("!", "warning"), span("GONE", "warning")), (words, *again)), Severity.WARNING, False)
    by = by_words(over)
    zone = zone_name(over.at)
    when = (span(time_of_day(over.at, server_now)), *((span(f"({zone}):", "muted"),) if zone else ()))
    how = span(f"{how_words(over)}{f', {by}' if by else ''};")
    kept = span("as it was last seen", "muted")
    return Banner(
        ((span("!", "warning"), span("ENDED", "warning")), (span("at"), *when, how, kept, *again)),
        Severity.WARNING,
        False,
    )


def left_line(person: Occupant, room: Room, server_now: float) -> Line:
    """That somebody is not in the room any more, since when and how, where that was seen."""
    name = span(clip(shown_name(person), _NAME_CELLS), "strong")
    entry = next((one for one in reversed(room.history) if one.what == "left" and one.oid == person.oid), None)
    if entry is None:
        return ((span("!", "warning"), name, span("is not in the room any more; as last seen:", "warning")),)
    at = span(f"left at {time_of_day(entry.at, server_now)}", "warning")
    how = left_words(entry, room)
    aside = span(f"({how});" if how else "", "muted")
    return ((span("!", "warning"), name, at, *((aside,) if how else ()), span("as last seen:", "muted")),)
