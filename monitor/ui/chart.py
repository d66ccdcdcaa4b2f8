"""People and owners of a room over time: a line of marks for each and an axis of times. Pure.

A mark's height is the number against the most there was. Marks stay where they are as time goes on; new ones come on
the right, until the room is so old that every mark stands for a longer time.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.course import STEPS_S, Course, Marks, marks_of
from monitor.ui.durations import UNKNOWN, find_local
from monitor.ui.spans import Drawn, Piece, Style

LEVELS = "▁▂▃▄▅▆▇"
"""None is a whole cell: what stands below would touch it."""
_LABEL, _NUMBER, _MOST = 7, 4, 13
_LEAST = 8
"""Cells for the marks; a chart that has fewer is none."""
_DAY_S = 86400
_FORMATS = (("%m-%d %H:%M", 14), ("%H:%M:%S", 11), ("%H:%M", 8))
"""How times are written on the axis, and how far apart they stand at least."""


def chart_lines(course: Course, now: float, width: int, ownerless: Style) -> list[Drawn]:
    """Three lines of at most `width` cells, none where that is too narrow.

    `now` is the server's time; in the style `ownerless` stand the times at which people were there and no owner.
    """
    room = width - _LABEL - _NUMBER - 1
    beside = room - _MOST >= 2 * _LEAST
    cells = room - _MOST if beside else room
    if cells < _LEAST:
        return []
    marks = marks_of(course, now, cells)
    last = course.points[-1]
    pairs = zip(marks.people, marks.owners, strict=True)
    alone: list[Style] = [ownerless if people and not owners else "muted" for people, owners in pairs]
    plain: list[Style] = ["muted"] * len(marks.people)
    most_owners = max(point.owners for point in course.points)
    return [
        _series("people", last.people, marks.people, plain, max(marks.people), cells if beside else 0),
        _series("owners", last.owners, marks.owners, alone, most_owners, cells if beside else 0),
        Drawn(((" " * (_LABEL + _NUMBER + 1), "text"), (_axis(marks, now, cells), "muted"))),
    ]


def _series(name: str, last: int, values: Sequence[int], styles: Sequence[Style], most: int, cells: int) -> Drawn:
    style: Style = "text" if styles[-1] == "muted" else styles[-1]
    pieces: list[Piece] = [(name.ljust(_LABEL), "muted"), (str(last).rjust(_NUMBER), style), (" ", "text")]
    pieces += [(_mark(value, most), one) for value, one in zip(values, styles, strict=True)]
    if cells:
        pieces.append((" " * (cells - len(values)), "text"))
        pieces.append((f"at most {most}".rjust(_MOST), "muted"))
    return Drawn(tuple(pieces))


def _mark(value: int, most: int) -> str:
    if value <= 0:
        return LEVELS[0]
    return LEVELS[max(round(min(value / max(most, 1), 1.0) * (len(LEVELS) - 1)), 1)]


def _axis(marks: Marks, now: float, cells: int) -> str:
    every_s, form, least = _spacing(marks.step_s, now - marks.first_at)
    line = [" "] * cells
    free_from = 0
    for index in range(len(marks.people)):
        at = marks.first_at + index * marks.step_s
        if at % every_s and index:
            continue
        moment = find_local(at)
        label = "└" + (moment.strftime(form) if moment else UNKNOWN)
        is_crowded = not index and at % every_s and (every_s - at % every_s) / marks.step_s < least - 1
        if index >= free_from and not is_crowded and index + len(label) <= cells:
            line[index : index + len(label)] = label
            free_from = index + len(label) + 1
    return "".join(line).rstrip()


def _spacing(step_s: int, span_s: float) -> tuple[int, str, int]:
    """How many seconds lie between two times on the axis, how they are written, and how many cells that takes."""
    for form, least in _FORMATS[:1] if span_s > _DAY_S else reversed(_FORMATS[1:]):
        fitting = (every_s for every_s in STEPS_S if every_s >= least * step_s and not every_s % step_s)
        every_s = next(fitting, least * step_s)
        if form != "%H:%M" or every_s >= 60:
            return every_s, form, least
    raise AssertionError("the last form is always taken")
