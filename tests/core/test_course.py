"""How many people and owners there were, worked out backwards from who is there and the room's past."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.affiliation import Affiliation
from monitor.core.course import Course, Point, course_of, marks_of
from monitor.core.history import HISTORY, Entry
from monitor.core.occupant import Exempt
from monitor.core.room import Room
from tests.core.scenes import MEMBER, NOW, OWNER, key, person


def room(*entries: Entry, inside: tuple[tuple[int, Affiliation, float], ...] = (), **fields: object) -> Room:
    """A room opened 100 s ago with this past, and with people as (oid, affiliation, joined so long ago)."""
    made = Room(key("room"), occupants={}, first_seen_at=NOW - 100, created_at=NOW - 100)
    for oid, affiliation, ago_s in inside:
        made.occupants[oid] = person(oid, MEMBER, affiliation, joined_at=NOW - ago_s)
    made.history.extend(entries)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def happened(ago_s: float, what: str, oid: int, was: str | None = None, now: str | None = None) -> Entry:
    return Entry(NOW - ago_s, what, oid, f"Person {oid}", was, now)


def told(course: Course) -> list[tuple[float, int, int]]:
    return [(NOW - point.at, point.people, point.owners) for point in course.points]


def test_who_came_who_went_and_who_was_made_owner_are_counted_at_their_times() -> None:
    course = course_of(
        room(
            happened(90, "joined", 1, "owner", "owner"),
            happened(80, "joined", 2, "member", "member"),
            happened(60, "affiliation", 2, "member", "owner"),
            happened(40, "left", 1, "owner"),
            happened(20, "affiliation", 2, "owner", "member"),
            inside=((2, MEMBER, 80),),
        ),
        NOW,
    )
    assert told(course) == [(100, 0, 0), (90, 1, 1), (80, 2, 1), (60, 2, 2), (40, 1, 1), (20, 1, 0)]
    assert course.whole


def test_a_past_that_nobody_has_told_yet_begins_with_those_who_are_there() -> None:
    course = course_of(room(inside=((1, OWNER, 90), (2, MEMBER, 30))), NOW)
    assert told(course) == [(100, 0, 0), (90, 1, 1), (30, 2, 1)]


def test_who_was_there_before_watching_was_there_all_the_time() -> None:
    made = room()
    made.occupants[1] = person(1, OWNER, OWNER, joined_at=NOW - 100, joined_exactly=False)
    assert told(course_of(made, NOW)) == [(100, 1, 1)]


def test_a_long_past_begins_where_the_oldest_entry_does() -> None:
    entries = [happened(90 - at * 0.5, "joined" if at % 2 else "left", 7, "member") for at in range(HISTORY + 1)]
    course = course_of(room(*entries, inside=((1, OWNER, 99),)), NOW)
    assert not course.whole
    assert NOW - course.points[0].at == pytest.approx(89.5)
    assert {point.owners for point in course.points} == {1}


def test_machinery_is_not_counted() -> None:
    made = room(
        happened(99, "joined", 900, "none", "owner"),
        Entry(NOW - 98, "joined", 901, "focus", "none", "owner"),
        Entry(NOW - 97, "left", 901, "focus", "owner"),
        inside=((1, MEMBER, 50),),
    )
    made.occupants[900] = person(900, None, OWNER, exempt=Exempt.JIBRI, joined_at=NOW - 99)
    assert told(course_of(made, NOW)) == [(100, 0, 0), (50, 1, 0)]


def test_an_entry_of_an_impossible_time_is_left_out() -> None:
    entries = [Entry(at, "left", 5, "x", "owner") for at in (math.nan, math.inf, -math.inf, NOW + 5)]
    assert told(course_of(room(*entries), NOW)) == [(100, 0, 0)]
    assert told(course_of(room(first_seen_at=math.nan, created_at=None), NOW)) == [(0, 0, 0)]


def test_a_step_has_the_most_people_and_the_fewest_owners_while_anybody_was_there() -> None:
    course = Course((Point(1000, 0, 0), Point(1002, 3, 1), Point(1003, 5, 0), Point(1004, 2, 1)), True)
    marks = marks_of(course, 1019.5, 2)
    assert (marks.first_at, marks.step_s) == (1000, 10)
    assert marks.people == (5, 2)
    assert marks.owners == (0, 1)


def test_a_moment_without_an_owner_between_two_steps_is_in_the_one_it_falls_into() -> None:
    course = Course((Point(1000, 2, 1), Point(1010, 2, 0), Point(1010.2, 2, 1)), True)
    assert marks_of(course, 1029, 3).owners == (1, 0, 1)
    until_the_next = Course((Point(1000, 2, 0), Point(1010, 2, 1)), True)
    assert marks_of(until_the_next, 1019, 2).owners == (0, 1)


def test_the_steps_stay_where_they_are_while_they_fit() -> None:
    course = course_of(room(happened(90, "joined", 1, "owner", "owner"), inside=((1, OWNER, 90),)), NOW)
    before = marks_of(course, NOW, 60)
    for later_s in range(1, 120):
        after = marks_of(course, NOW + later_s, 60)
        if after.step_s == before.step_s:
            assert after.first_at == before.first_at
            assert after.people[: len(before.people)] == before.people
        else:
            assert len(before.people) == 60
        before = after


moments = st.floats(min_value=-2e9, max_value=4e9) | st.floats()
whats = st.sampled_from(["joined", "left", "affiliation", "armed", "odd"])
words = st.sampled_from(["owner", "member", None, "x"])


@example([], [(0, OWNER, 1.7e308)], 0.0, 3)
@example([Entry(-1.7e308, "joined", 0, "n")], [], -1.7e308, 3)
@given(
    st.lists(st.builds(Entry, moments, whats, st.none() | st.integers(0, 4), st.just("n"), words, words), max_size=110),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([OWNER, MEMBER]), moments), max_size=5),
    moments,
    st.integers(-3, 200),
)
def test_whatever_is_told_it_fits_and_no_count_is_below_zero(
    entries: list[Entry], inside: list[tuple[int, Affiliation, float]], began_at: float, most: int
) -> None:
    made = room(*entries, inside=tuple(inside), first_seen_at=began_at, created_at=None)
    course = course_of(made, NOW)
    ats = [point.at for point in course.points]
    assert ats == sorted(ats)
    assert all(0 <= point.owners <= point.people for point in course.points)
    last = course.points[-1]
    assert (last.people, last.owners) == (
        len(made.people()),
        sum(one.affiliation is OWNER for one in made.people()),
    )
    marks = marks_of(course, NOW, most)
    assert 1 <= len(marks.people) == len(marks.owners) <= max(most, 2)
    assert marks.people[-1] >= last.people
