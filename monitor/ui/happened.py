"""The columns of the events of all rooms. Pure."""

from __future__ import annotations

from monitor.core.happenings import Happening
from monitor.core.model import Room
from monitor.core.text import clean
from monitor.ui.durations import time_of_day
from monitor.ui.spans import Cell, cell, dimmed, span
from monitor.ui.table import Column
from monitor.ui.timeline import told

_ANY = 1000

COLUMNS: tuple[Column, ...] = (
    Column(clean("time"), 8, 8, gap=0),
    Column(clean("room"), 12, 24, gap=1),
    Column(clean("what"), 20, _ANY, gap=1),
)
_SERVER = Column(clean("server"), 6, 8, gap=1, drop=1)


def happening_columns(several_servers: bool) -> tuple[Column, ...]:
    """The columns; the server's name is one only where there are several."""
    return (*COLUMNS[:2], _SERVER, *COLUMNS[2:]) if several_servers else COLUMNS


def happening_cells(
    one: Happening, room: Room | None, applied: bool, several_servers: bool, stale: bool
) -> tuple[Cell, ...]:
    """An event's cells, in the order of `happening_columns`.

    `applied` tells whether a plugin applies the token's affiliation there.
    """
    what: Cell = ()
    if room is not None:
        glyph, style, words, aside = told(one.entry, room, applied, one.claims)
        what = (span(glyph, style), span(words, style), *((span(f"· {aside}", "muted"),) if aside else ()))
    cells: list[Cell] = [cell(time_of_day(one.entry.at), "muted"), ((one.room.name, "text"),), what]
    if several_servers:
        cells.insert(2, cell(one.room.key.server, "muted"))
    return tuple(dimmed(one) for one in cells) if stale else tuple(cells)
