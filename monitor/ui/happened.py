"""The columns of the events of all rooms. Pure."""

from __future__ import annotations

from monitor.core.happenings import Happening
from monitor.core.room import Room
from monitor.core.text import clean
from monitor.ui.durations import time_of_day
from monitor.ui.spans import Cell, cell, dimmed, span
from monitor.ui.table import Column, server_column
from monitor.ui.timeline import told

_ANY = 1000

COLUMNS: tuple[Column, ...] = (
    Column(clean("time"), 8, 8, gap=0),
    Column(clean("room"), 12, 24, gap=1),
    Column(clean("what"), 20, _ANY, gap=1),
)


def happening_columns(server_width: int) -> tuple[Column, ...]:
    """The columns; the server's name is one where it has a width, as where there are several."""
    return (*COLUMNS[:2], server_column(server_width, drop=1, gap=1), *COLUMNS[2:]) if server_width else COLUMNS


def happening_cells(one: Happening, room: Room | None, applied: bool, server: Cell, stale: bool) -> tuple[Cell, ...]:
    """An event's cells, in the order of `happening_columns`.

    `applied` tells whether a plugin applies the token's affiliation there.
    """
    what: Cell = ()
    if room is not None:
        glyph, style, words, aside = told(one.entry, room, applied, one.claims)
        what = (span(glyph, style), span(words, style), *((span(f"· {aside}", "muted"),) if aside else ()))
    cells: list[Cell] = [cell(time_of_day(one.entry.at), "muted"), ((one.room.name, "text"),), what]
    if server:
        cells.insert(2, server)
    return tuple(dimmed(one) for one in cells) if stale else tuple(cells)
