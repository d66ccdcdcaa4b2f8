"""What the alarm tells of without a screen: what looking at everything would tell, at the cost of what moved."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.claims import Claims
from monitor.core.events import OccupantJoined, OccupantLeft
from monitor.core.findings import Severity
from monitor.core.occupant import Occupant
from monitor.core.query import Overview, RoomRow, ServerLine, server_lines
from monitor.core.room import RoomKey
from monitor.core.silence import Quiet
from monitor.core.store import Store
from monitor.ui.alarm import GONE_S, Alarm, Known
from tests.ui.scenes import (
    HOST,
    MEMBER,
    NOW,
    OWNER,
    SERVER,
    connected,
    ended,
    fine,
    key,
    person,
    promoted,
    seen,
    store_of,
)

EVERYTHING = Known({(SERVER, HOST)}, {SERVER})
ROOMS, PEOPLE = 20, 10


class Counted:
    """Tells what a finding is about, and counts how often it was asked."""

    def __init__(self, store: Store) -> None:
        self.store, self.times = store, 0

    def __call__(self, key: RoomKey, rule: str, oid: int | None = None) -> Quiet:
        self.times += 1
        return self.store.quiet_about(key, rule, oid)


def unclaimed(oid: int, who: str = "") -> Occupant:
    """An owner whose token claims a member, long enough to be judged; a token may say who it is."""
    claims = Claims(MEMBER, user_id=who) if who else Claims(MEMBER)
    return person(oid, f"P{oid}", MEMBER, OWNER, ago_s=60, change=promoted(NOW - 50), claims=claims)


def joined(node: str, occupant: Occupant) -> OccupantJoined:
    return OccupantJoined(key(node), "s1", NOW, occupant)


def test_a_room_that_moved_costs_itself_alone_however_much_is_wrong_elsewhere() -> None:
    rooms = [seen(f"r{at}", *(unclaimed(at * PEOPLE + one + 1) for one in range(PEOPLE))) for at in range(ROOMS)]
    store = store_of([*connected(), *rooms, ended()])
    overview, counted = Overview(store), Counted(store)
    alarm = Alarm(counted)
    alarm.hear(overview.rows(NOW), (), EVERYTHING, NOW)
    assert counted.times >= ROOMS * PEOPLE
    counted.times = 0
    alarm.hear(list(overview.rows(NOW)), (), EVERYTHING, NOW)
    assert counted.times == 0
    store.apply(joined("r3", unclaimed(9_999)))
    (news,) = alarm.hear(overview.rows(NOW), (), EVERYTHING, NOW)
    assert (news.room, news.oid) == (key("r3"), 9_999)
    moved = next(row for row in overview.rows(NOW) if row.key == key("r3"))
    assert counted.times == len(moved.judgement.findings)


class Plain:
    """The same said in the plainest way: everything is looked at each time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.held_at: dict[tuple[Quiet, str], float] = {}
        self.holding: set[tuple[Quiet, str]] = set()
        self.begun = False

    def hear(self, rows: list[RoomRow], lines: list[ServerLine], known: Known, now: float) -> list[tuple[Quiet, str]]:
        self.held_at = {key: at for key, at in self.held_at.items() if now - GONE_S < at <= now}
        found = list(dict.fromkeys(self.found(rows, lines)))
        new = [one for one in found if self.begun and one not in self.holding and one not in self.held_at]
        self.held_at |= {one: now for one in self.holding if one not in found}
        self.holding = set(found)
        self.begun = self.begun or bool(known.hosts)
        return new

    def found(self, rows: list[RoomRow], lines: list[ServerLine]) -> Iterator[tuple[Quiet, str]]:
        for line in lines:
            if line.severity is Severity.CRITICAL:
                yield Quiet(line.server, line.rule), "line"
        for row in rows:
            for one in row.judgement.findings:
                if one.severity is Severity.CRITICAL:
                    yield self.store.quiet_about(row.key, one.rule.id, one.oid), ""


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 4),
        st.sampled_from(["", "zoe", "max", "fine", "leaves"]),
        st.sampled_from([0.0, 1.0, 100.0, GONE_S - 1, GONE_S, GONE_S + 1, -50.0, -GONE_S * 2]),
    ),
    max_size=30,
)


@given(STEPS, st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_it_tells_what_looking_at_everything_would_tell(steps: list[tuple[int, int, str, float]], begun: int) -> None:
    store = store_of([*connected(), *(seen(f"r{at}", fine(50 + at, "Ann", OWNER)) for at in range(3)), ended()])
    overview, alarm, plain = Overview(store), Alarm(store.quiet_about), Plain(store)
    now = NOW
    for at, (room, seat, what, later) in enumerate(steps):
        now += later
        oid = room * 10 + seat
        if what == "leaves":
            store.apply(OccupantLeft(key(f"r{room}"), NOW, oid, why="left"))
        else:
            store.apply(joined(f"r{room}", fine(oid, "Fine") if what == "fine" else unclaimed(oid, what)))
        rows, known = overview.rows(now), EVERYTHING if at >= begun else Known()
        lines = [line for line in server_lines(store, rows) if line.rule == "F1"]
        told = alarm.hear(rows, lines, known, now)
        expected = plain.hear(rows, lines, known, now)
        assert [(one.rule.id, one.room is None) for one in told] == [(q.rule, q.room is None) for q, _ in expected]
        about = [store.quiet_about(one.room, one.rule.id, one.oid) for one in told if one.room is not None]
        assert about == [quiet for quiet, _ in expected if quiet.room is not None]
