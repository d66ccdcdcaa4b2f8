"""How many people and owners a room had over time, worked out backwards from who is there and from its past.

The past is bounded (`monitor.core.history.HISTORY`), so a long one begins where the oldest entry kept does. Who left
before that, and machinery that has left since, cannot be told from people.
"""

from __future__ import annotations

import math

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.history import HISTORY, Entry
from monitor.core.room import Room

_FOCUS = "focus"
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Lengths of time that one mark of a chart may stand for, in seconds; beyond the last, its multiples."""


class Point(msgspec.Struct, frozen=True, gc=False):
    """From `at` on (server's time, seconds), until the next one."""

    at: float
    people: int
    owners: int


class Course(msgspec.Struct, frozen=True):
    """What a room was like, the oldest point first; never empty."""

    points: tuple[Point, ...]
    whole: bool
    """Whether it goes back to the room's beginning, as far as the server knows it."""


class Marks(msgspec.Struct, frozen=True):
    """A course in equal steps: mark number n stands for `step_s` seconds from ``first_at + n * step_s`` on."""

    first_at: float
    step_s: int
    people: tuple[int, ...]
    """The most at any time of the step."""
    owners: tuple[int, ...]
    """The fewest while anybody was there: a moment without an owner is not to be missed."""


def course_of(room: Room, now: float) -> Course:
    """The course of a room until `now`, the server's time; moments before 1970 or after now are not believed."""
    inside = {one.oid: one.affiliation is Affiliation.OWNER for one in room.people()}
    machinery = {one.oid for one in room.occupants.values() if one.exempt}
    entries = _entries(room, machinery, now)
    points: list[Point] = []
    for entry in reversed(entries):
        # All that is of one moment makes one point, the last of it.
        if not points or points[-1].at != entry.at:
            points.append(_point(entry.at, inside))
        _undo(entry, inside)
    full = len(room.history) >= HISTORY
    began_at = room.created_at if room.created_at is not None else room.first_seen_at
    if not 0 <= began_at <= now:
        began_at = entries[0].at if entries else now
    if not full and (not points or began_at < points[-1].at):
        points.append(_point(began_at, inside))
    return Course(tuple(reversed(points)) or (_point(now, inside),), not full)


def marks_of(course: Course, now: float, most: int) -> Marks:
    """The course in at most `most` steps, two at least; they stay where they are until they no longer fit."""
    began_at = course.points[0].at
    step_s = _step_s(began_at, now, max(most, 2))
    first_at = math.floor(began_at / step_s) * step_s
    count = _count(began_at, now, step_s)
    people: list[int] = [0] * count
    owners: list[int | None] = [None] * count
    for at, point in enumerate(course.points):
        is_last = at + 1 == len(course.points)
        first = min(int((point.at - first_at) // step_s), count - 1)
        # A state that ends where a step begins is not of that step.
        last = count - 1 if is_last else max(first, math.ceil((course.points[at + 1].at - first_at) / step_s) - 1)
        for index in range(max(first, 0), min(last, count - 1) + 1):
            people[index] = max(people[index], point.people)
            if point.people:
                known = owners[index]
                owners[index] = point.owners if known is None else min(known, point.owners)
    return Marks(first_at, step_s, tuple(people), tuple(one or 0 for one in owners))


def _entries(room: Room, machinery: set[int], now: float) -> list[Entry]:
    told = [
        entry
        for entry in room.history
        if entry.what in ("joined", "left", "affiliation")
        and entry.oid is not None
        and entry.oid not in machinery
        and entry.name != _FOCUS
        and 0 <= entry.at <= now
    ]
    joined = {entry.oid for entry in told if entry.what == "joined"}
    oldest = told[0].at if len(room.history) >= HISTORY and told else 0.0
    # Until the server has told the room's past, at least those who are there say when they came.
    told += [
        Entry(one.joined_at, "joined", one.oid, now=one.affiliation)
        for one in room.people()
        if one.oid not in joined and one.joined_exactly and oldest < one.joined_at <= now
    ]
    return sorted(told, key=lambda entry: entry.at)


def _undo(entry: Entry, inside: dict[int, bool]) -> None:
    assert entry.oid is not None
    if entry.what == "joined":
        inside.pop(entry.oid, None)
    elif entry.what == "left" or entry.oid in inside:
        inside[entry.oid] = entry.was == Affiliation.OWNER


def _point(at: float, inside: dict[int, bool]) -> Point:
    return Point(at, len(inside), sum(inside.values()))


def _step_s(began_at: float, now: float, most: int) -> int:
    for step_s in STEPS_S:
        if _count(began_at, now, step_s) <= most:
            return step_s
    step_s = STEPS_S[-1] * max(math.ceil((now - began_at) / (most * STEPS_S[-1])), 1)
    while _count(began_at, now, step_s) > most:
        step_s *= 2
    return step_s


def _count(began_at: float, now: float, step_s: int) -> int:
    return int(now // step_s - began_at // step_s) + 1
