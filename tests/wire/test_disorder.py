"""Batches out of order, twice, cut, of another watch or none at all: nothing breaks, and the next snapshot is right.

A scripted world of rooms is told as the companion module would tell it; what is done to the batches on their way is
up to chance. The watch may end up asking anew at any point, and must then hold exactly the world.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.events import Event
from monitor.core.server import FeedState
from monitor.core.store import Store
from monitor.wire.feed import Watch
from monitor.wire.watched import Watched
from tests.wire.json_values import json_values
from tests.wire.samples import FACTS, HOST, SERVER, batch, occupant, room

NODES = ["alpha", "beta", "gamma"]
Picture = dict[str, dict[int, tuple[str, str]]]
"""Rooms, and in them nick and affiliation of people by their number."""


class World:
    """Rooms with people, and the batches in which a module tells one watch of them."""

    def __init__(self) -> None:
        self.rooms: Picture = {}
        self._oid = 0
        self._sub, self._seq = "", 0

    def watched_as(self, sub: str) -> None:
        """Begin a watch; what is told from here on belongs to it."""
        self._sub, self._seq = sub, 0

    def snapshot(self) -> list[str]:
        """Every room in a batch of its own, big ones in parts, and the end."""
        told = []
        for node, people in self.rooms.items():
            records = [occupant(oid, affiliation, nick=nick) for oid, (nick, affiliation) in people.items()]
            middle = len(records) // 2
            for part, some in enumerate([records[:middle], records[middle:]] if middle else [records]):
                more = middle > 0 and part == 0
                told.append(self._batch(rooms=[room(node, *some, part=part, more=more)], snapshot="more"))
        return [*told, self._batch(snapshot="end", door=[], ended=[])]

    def act(self, what: str, node: str, number: int) -> str:
        """Let something happen, and return the batch that tells it; a heartbeat where it cannot happen."""
        people = self.rooms.get(node, {})
        oid = sorted(people)[number % len(people)] if people else 0
        if what == "join":
            self._oid += 1
            self.rooms.setdefault(node, {})[self._oid] = (f"nick{self._oid}", "member")
            return self._event("joined", node, occupant(self._oid))
        if not people:
            return self._batch(health={"errors": 0})
        nick, affiliation = people[oid]
        if what == "leave":
            del people[oid]
            left = ["left", 1.0, node, oid, None, None, None, "left"]
            if people:
                return self._batch(events=[left])
            del self.rooms[node]
            return self._batch(events=[left, ["destroyed", 1.0, node, None, "last_left", None, None, 0.5, True, None]])
        if what == "rename":
            people[oid] = (f"other{number}", affiliation)
            return self._event("renamed", node, oid, f"other{number}")
        other = "owner" if affiliation == "member" else "member"
        people[oid] = (nick, other)
        if what == "change":
            return self._event("changed", node, occupant(oid, other, nick=nick, claims=None))
        change = [1.0, affiliation, other, None, "module", None, None]
        return self._event("affiliation", node, oid, f"user{oid}@meet.test", change)

    def _event(self, what: str, *fields: Any) -> str:
        return self._batch(events=[[what, 1.0, *fields]])

    def _batch(self, **fields: Any) -> str:
        self._seq += 1
        return batch(self._seq, self._sub, **fields)


class Follower:
    """The watch and the store under test, with the world at the other end of the line."""

    def __init__(self, world: World) -> None:
        self.now, self.world = 1000.0, world
        self.store = Store()
        self.watches = 0
        self.watch = Watch(
            Watched(SERVER, HOST, "monitor.meet.test", self._apply, lambda: self.now, lambda: self.now), self
        )
        self.on_the_way: list[str] = []

    def _apply(self, event: Event) -> None:
        self.store.apply(event)

    def send_watch(self, host: str, window: int) -> None:
        """The module's end: a watch of a new name, whose snapshot is on its way."""
        self.watches += 1
        self.world.watched_as(f"sub-{self.watches}")
        self.on_the_way += self.world.snapshot()

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        """The module's window is of no concern here."""

    def send_history(self, host: str, node: str) -> None:
        """Nobody looks at a room here."""

    def answer(self) -> None:
        """Take the newest watch on."""
        self.watch.answered(f"sub-{self.watches}", FACTS)

    def let_time_pass(self) -> None:
        """Longer than any wait of the watch, so that it asks anew where it has to."""
        self.now += 60
        self.watch.tick()

    def recover(self) -> None:
        """What a lasting line does: answer when asked, and bring everything in its order."""
        self.on_the_way.clear()
        asked = self.watches
        for _ in range(3):
            if self.watches == asked:
                self.let_time_pass()
        assert self.watches == asked + 1
        self.answer()
        for text in self.on_the_way:
            self.watch.batch_came(text)
        self.on_the_way.clear()

    def picture(self) -> Picture:
        """What the store holds."""
        return {
            one.key.node: {oid: (person.nick, person.affiliation.value) for oid, person in one.occupants.items()}
            for one in self.store.rooms()
        }


acts = st.tuples(
    st.just("act"),
    st.sampled_from(["join", "join", "leave", "rename", "change", "affiliation"]),
    st.sampled_from(NODES),
    st.integers(0, 9),
)
mishaps = st.tuples(
    st.sampled_from(["deliver", "deliver", "deliver", "twice", "swap", "lose", "cut", "foreign", "garbage", "old"]),
    st.integers(0, 10_000),
    json_values,
)
others = st.sampled_from([("down",), ("up",), ("time",), ("answer",), ("answer",)])
steps = st.lists(st.one_of(acts, mishaps, others), max_size=60)


def befall(follower: Follower, delivered: list[str], what: str, number: int, value: Any) -> None:
    """Do to the first batch on its way, or beside it, what WHAT says."""
    line = follower.on_the_way
    if what == "garbage":
        follower.watch.batch_came(json.dumps(value))
    elif what == "old" and delivered:
        follower.watch.batch_came(delivered[number % len(delivered)])
    elif what == "swap" and len(line) > 1:
        line[0], line[1] = line[1], line[0]
    elif what == "lose" and line:
        del line[0]
    elif line:
        text = line.pop(0)
        delivered.append(text)
        if what == "cut":
            text = text[: number % len(text)]
        elif what == "foreign":
            follower.watch.batch_came(json.dumps({**json.loads(text), "sub": "another"}))
        for _ in range(2 if what == "twice" else 1):
            follower.watch.batch_came(text)


@settings(deadline=None)
@given(steps)
def test_whatever_befalls_the_batches_the_next_whole_snapshot_is_the_world(script: list[tuple[Any, ...]]) -> None:
    world = World()
    follower = Follower(world)
    delivered: list[str] = []
    follower.watch.link_up()
    for what, *rest in script:
        if what == "act":
            follower.on_the_way.append(world.act(*rest))
        elif what == "answer":
            follower.answer()
        elif what == "down":
            follower.watch.link_down()
        elif what == "up":
            follower.watch.link_up()
        elif what == "time":
            follower.let_time_pass()
        else:
            befall(follower, delivered, what, *rest)
    follower.watch.link_down()
    follower.watch.link_up()
    follower.recover()
    assert follower.watch.state is FeedState.LIVE
    assert follower.picture() == world.rooms


@settings(deadline=None)
@given(st.lists(acts, max_size=40), st.integers(0, 40), st.sampled_from(["lose", "twice", "cut", "swap"]))
def test_a_batch_that_is_missing_or_spoilt_is_noticed_and_one_snapshot_mends_it(
    script: list[tuple[Any, ...]], place: int, what: str
) -> None:
    world = World()
    follower = Follower(world)
    follower.watch.link_up()
    follower.recover()
    for number, (_, *act) in enumerate(script):
        follower.on_the_way.append(world.act(*act))
        if number != place or what == "swap":
            continue
        befall(follower, [], what, 5, None)
    if what == "swap":
        befall(follower, [], what, 0, None)
    spoilt = (place < len(script) and what != "swap") or (what == "swap" and len(follower.on_the_way) > 1)
    while follower.on_the_way:
        befall(follower, [], "deliver", 0, None)
    # A batch that is lost at the very end is missed only when the next one comes.
    follower.watch.batch_came(world.act("nothing", "nowhere", 0))
    assert (follower.watch.state is FeedState.LIVE) == (not spoilt)
    if spoilt:
        follower.recover()
    assert follower.watch.state is FeedState.LIVE
    assert follower.picture() == world.rooms


@settings(deadline=None)
@given(st.lists(acts, max_size=40))
def test_batches_that_come_in_their_order_keep_the_store_equal_whatever_another_watch_is_told(
    script: list[tuple[Any, ...]],
) -> None:
    world = World()
    follower = Follower(world)
    follower.watch.link_up()
    follower.recover()
    asked = follower.watches
    for _, *act in script:
        text = world.act(*act)
        follower.watch.batch_came(json.dumps({**json.loads(text), "sub": "another"}))
        follower.watch.batch_came(text)
        assert follower.picture() == world.rooms
    assert (follower.watch.state, follower.watches) == (FeedState.LIVE, asked)
