"""The rows of a grid as a table of words: every row that is listed, every column there is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from monitor.core.export import tab_separated
from monitor.core.query import RoomRow
from monitor.ui.durations import find_local, stamp
from monitor.ui.spans import Cell
from monitor.ui.table import Column

AS_OF = "as of"
"""The last column: how long something is so, or until when, counts from that moment."""


def table_text(
    columns: Sequence[Column],
    rows: Sequence[Any],
    cells_of: Callable[[Any], Sequence[Cell]],
    now: float,
    room: RoomRow | None = None,
) -> str:
    """The text of the file; `now` is the monitor's time.

    `room` is the one that all rows are about, where they do not say so themselves.
    """
    shown = [index for index, column in enumerate(columns) if not column.guide]
    where = () if room is None else (("server", room.key.server), ("room", f"{room.key.node}@{room.key.host}"))
    at = stamp(now)

    def lines() -> Iterator[list[str]]:
        for row in rows:
            cells = cells_of(row)
            yield [*(words for _, words in where), *(_words(cells[index]) for index in shown), at]

    header = [*(name for name, _ in where), *(columns[index].name for index in shown), AS_OF]
    return tab_separated(header, lines())


def file_name(what: str, now: float) -> str:
    """The name of the file, with the local time; `now` is the monitor's."""
    moment = find_local(now)
    return f"{what}-{moment:%Y%m%d-%H%M%S}.tsv" if moment else f"{what}.tsv"


def _words(cell: Cell) -> str:
    return " ".join(text for text, _ in cell)
