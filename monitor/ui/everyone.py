"""The columns of everybody on all servers. Pure; `server_now` is the server's time."""

from __future__ import annotations

from monitor.core.everybody import PersonRow
from monitor.core.room import Room
from monitor.core.text import clean
from monitor.ui.columns import person_cells
from monitor.ui.durations import at_least, tally
from monitor.ui.spans import Cell, cell, dimmed
from monitor.ui.table import Column, server_column

# Claim and fact stand whatever else has to go.
COLUMNS: tuple[Column, ...] = (
    Column(clean("name"), 12, 30, gap=0),
    Column(clean("room"), 10, 30, drop=6),
    Column(clean("token says"), 10, 10),
    Column(clean(""), 1, 1, gap=1, id="arrow", guide=True),
    Column(clean("room says"), 9, 9, gap=1),
    Column(clean(""), 1, 1, gap=1, id="mark"),
    Column(clean("role"), 11, 11, drop=1),
    Column(clean("set by"), 14, 26, drop=4),
    Column(clean("since"), 6, 6, right=True, drop=3),
    Column(clean("expires"), 10, 12, drop=2),
    Column(clean("joined"), 8, 19, extra=True),
    Column(clean("address"), 20, 60, extra=True),
)


def everyone_columns(server_width: int) -> tuple[Column, ...]:
    """The columns; the server's name is one where it has a width, as where there are several."""
    return (*COLUMNS[:2], server_column(server_width, drop=5), *COLUMNS[2:]) if server_width else COLUMNS


def everyone_cells(
    row: PersonRow, room: Room, applied: bool, server_now: float, server: Cell, stale: bool
) -> tuple[Cell, ...]:
    """Somebody's cells, in the order of `everyone_columns`.

    `applied` tells whether a plugin applies the token's affiliation there.
    """
    name, claim, arrow, fact, mark, role, set_by, expires, joined, address = person_cells(
        row.person, room, row.room.judgement, applied, server_now
    )
    exactly = row.person.joined_exactly or row.since_at > row.person.joined_at
    since = cell((tally if exactly else at_least)(server_now - row.since_at), "muted")
    where: Cell = ((row.room.name, "muted" if row.person.exempt else "text"),)
    cells: list[Cell] = [name, where, claim, arrow, fact, mark, role, set_by, since, expires, joined, address]
    if server:
        cells.insert(2, server)
    return tuple(dimmed(one) for one in cells) if stale else tuple(cells)
