"""The header's one line: servers on the left, totals and clock on the right, as much as the width takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.query import Totals
from monitor.ui.durations import time_of_day, zone_name
from monitor.ui.spans import Cell, Line, Piece, Style, crop, flow, length, span
from monitor.ui.standing import UP, Standing

# What goes first when there is no room. Servers, STALE, criticals and what is silenced are not on the list: they stay.
_DROPS = (
    "waiting",
    "people",
    "zone",
    "rooms",
    "ages",
    "clock",
    "ro",
    "mucmon",
    "warnings",
    "notes",
    "closing",
    "names",
)
_FEW, _MANY = 3, 6
"""With more servers than the first, those that are well are counted before anything else has to go; so are those that
are not where they are more than the second."""


def headline(servers: Sequence[Standing], totals: Totals, now: float, width: int) -> tuple[list[Piece], list[Piece]]:
    """What stands left and what right, together within `width` terminal cells; `now` is the monitor's time."""
    drops: tuple[str, ...] = _DROPS
    if len(servers) > _FEW:
        crowd = sum(server.telling for server in servers) > _MANY
        drops = ("well", "notes", *(("names",) if crowd else ()), *_DROPS)
    for count in range(len(drops) + 1):
        dropped = frozenset(drops[:count])
        left = flow(_left(servers, dropped))
        right = flow(_right(servers, totals, now, dropped))
        if length(left) + length(right) + 2 <= width:
            return left, right
    return crop(left, max(width - length(right) - 2, 0)), right


def _left(servers: Sequence[Standing], dropped: frozenset[str]) -> Line:
    groups: list[Cell] = [] if "mucmon" in dropped else [(span("mucmon", "key"),)]
    well = [server for server in servers if not server.telling] if "well" in dropped else []
    if len(well) > 1:
        groups.append((span(UP, "good"), span(f"{len(well):,} servers", "good")))
    else:
        well = []
    named = [server for server in servers if server not in well]
    if "names" in dropped and len(named) > _FEW:
        for kind in dict.fromkeys(server.kind for server in named):
            alike = [server for server in named if server.kind == kind]
            words = f"{len(alike):,} {kind or 'servers'}"
            groups.append((span(alike[0].glyph, alike[0].style), span(words, alike[0].style)))
        named = []
    for server in named:
        group: Cell = (span(server.glyph, server.style), (server.name, server.name_style))
        note = server.brief if "notes" in dropped else server.note
        if note and (server.telling or "ages" not in dropped):
            group = (*group, (note, server.style if server.telling else "muted"))
        groups.append(group)
    return tuple(groups)


def _right(servers: Sequence[Standing], totals: Totals, now: float, dropped: frozenset[str]) -> Line:
    known = any(server.fresh and server.glyph == UP for server in servers)
    groups: list[Cell] = []
    if "rooms" not in dropped:
        groups.append(_count(totals.rooms, "room", known))
    if "people" not in dropped:
        groups.append(_count(totals.people, "person", known))
    if totals.waiting and "waiting" not in dropped:
        groups.append((span(f"{totals.waiting:,} waiting", "muted"),))
    if totals.critical:
        style: Style = "alarm" if known else "muted"
        groups.append((span("×", style), span(f"{totals.critical:,} critical", style)))
    elif known:
        groups.append((span("0 critical", "muted"),))
    if totals.warnings and "warnings" not in dropped:
        style = "warning" if known else "muted"
        noun = "warning" if totals.warnings == 1 else "warnings"
        groups.append((span("!", style), span(f"{totals.warnings:,} {noun}", style)))
    if totals.closing and "closing" not in dropped:
        style = "critical" if known else "muted"
        groups.append((span("▼", style), span(f"{totals.closing:,} closing", style)))
    if totals.silenced:
        groups.append((span(f"{totals.silenced:,} silenced", "muted"),))
    if "ro" not in dropped:
        groups.append((span("RO", "muted"),))
    if "clock" not in dropped:
        zone = "" if "zone" in dropped else zone_name(now)
        groups.append((span(f"{time_of_day(now)} {zone}", "muted"),))
    return tuple(groups)


def _count(number: int, noun: str, known: bool) -> Cell:
    plural = {"room": "rooms", "person": "people"}[noun] if number != 1 else noun
    return (span(f"{number:,} {plural}", "text" if known else "muted"),)
