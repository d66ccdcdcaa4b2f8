"""The columns of the findings. Pure; `server_now` is the server's time."""

from __future__ import annotations

from monitor.core.findings import Severity
from monitor.core.reports import Report
from monitor.core.text import clean
from monitor.ui.countdowns import ABOUT, left_words
from monitor.ui.durations import hour_and_minute, tally, time_of_day
from monitor.ui.spans import Cell, cell, dimmed, span
from monitor.ui.table import Column, server_column
from monitor.ui.verdict import SEVERITY_GLYPHS

_ANY = 1000

COLUMNS: tuple[Column, ...] = (
    Column(clean(""), 1, 1, gap=0, id="bar", guide=True),
    Column(clean(""), 1, 1, gap=0, id="severity"),
    Column(clean("rule"), 4, 4, gap=1),
    Column(clean("says"), 26, _ANY, gap=1),
    Column(clean("room"), 12, 24),
    Column(clean("who"), 20, 24, drop=1),
    Column(clean("since/in"), 9, 9, right=True),
    Column(clean("since"), 8, 19, extra=True),
    Column(clean("address"), 20, 60, extra=True),
)


def report_columns(server_width: int) -> tuple[Column, ...]:
    """The columns; the server's name is one where it has a width, as where there are several."""
    return (*COLUMNS[:4], server_column(server_width, drop=2), *COLUMNS[4:]) if server_width else COLUMNS


def report_cells(
    one: Report, server_now: float, server: Cell, stale: bool, silent_until: float | None = None
) -> tuple[Cell, ...]:
    """A finding's cells, in the order of `report_columns`; without colours where somebody is silent about it."""
    glyph, style = SEVERITY_GLYPHS[one.severity]
    cells: list[Cell] = [
        cell("▌", style) if one.severity > Severity.INFORMATION else (),
        (span(glyph, style),),
        cell(one.rule, "muted"),
        ((one.says, style if one.severity > Severity.INFORMATION else "text"),),
        ((one.room.name, "text"),) if one.room else cell("whole server", "muted"),
        ((one.who, "text"),) if one.who else (),
        _when(one, server_now, stale) if silent_until is None else cell(f"til {hour_and_minute(silent_until)}"),
        cell(time_of_day(one.since_at, server_now) if one.since_at is not None else "", "muted"),
        cell(one.person.bare_jid if one.person else "", "muted"),
    ]
    if server:
        cells.insert(4, server)
    return tuple(dimmed(one) for one in cells) if stale or silent_until is not None else tuple(cells)


def _when(one: Report, server_now: float, stale: bool) -> Cell:
    """How long until it happens, else how long it is so."""
    if one.deadline_at is not None:
        about = stale or (one.room is not None and one.room.judgement.forecast.about)
        count = f"in {ABOUT if about else ''}{left_words(one.deadline_at, server_now)}"
        return cell(count, SEVERITY_GLYPHS[one.severity][1])
    return cell(tally(server_now - one.since_at), "muted") if one.since_at is not None else ()
