"""One token in several rooms: what the store knows of it as people come and go, and what that costs."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.causes import cause_of
from monitor.core.events import OccupantChanged, OccupantJoined, OccupantLeft, RoomDestroyed, RoomSeen, SnapshotEnded
from monitor.core.findings import judge
from monitor.core.occupant import Occupant, Session
from monitor.core.query import Overview
from monitor.core.room import EndedRoom, Room, RoomKey, RoomKind
from monitor.core.store import Store
from tests.core.scenes import HOST, NOW, SERVER, bearer, focus, join, key, live_store

NODES = ("one", "two", "three")
LATER = NOW + 100


def by(token: str | None, oid: int, joined_at: float = NOW) -> Occupant:
    return bearer(oid, {"context": {"user": {"id": f"u{oid}"}}}, token_id=token, joined_at=joined_at)


def room_of(store: Store, node: str) -> Room:
    found = store.find_room(key(node))
    assert found is not None
    return found


def shared(store: Store, node: str) -> list[int]:
    """Whom the rule of shared links is about there."""
    room = room_of(store, node)
    found = judge(room, store.host_of(room.key), LATER).findings
    return [one.oid for one in found if one.rule.id == "F25" and one.oid is not None]


def seen(node: str, sub: str, *people: Occupant) -> RoomSeen:
    return RoomSeen(key(node), sub, RoomKind.MAIN, None, NOW, NOW, True, people)


def over(node: str) -> RoomDestroyed:
    return RoomDestroyed(EndedRoom(key(node), NOW, None, "last_left"))


def test_the_other_room_is_judged_again_though_nothing_happened_in_it() -> None:
    store = live_store()
    join(store, "one", by("t", 1))
    overview = Overview(store)

    def told() -> bool:
        row = next(row for row in overview.rows(LATER) if row.key.node == "one")
        return any(one.rule.id == "F25" for one in row.judgement.findings)

    assert not told()
    join(store, "two", by("t", 2))
    assert told()
    store.apply(OccupantLeft(key("two"), LATER, 2))
    assert not told()


def test_rooms_that_are_gone_share_nothing() -> None:
    for gone in (over("two"), SnapshotEnded(SERVER, HOST, "new")):
        store = live_store()
        store.apply(seen("one", "old", by("t", 1)))
        store.apply(seen("two", "old", by("t", 2)))
        store.apply(seen("one", "new", by("t", 1)))
        assert (shared(store, "one"), shared(store, "two")) == ([1], [2])
        store.apply(gone)
        assert shared(store, "one") == []
        assert room_of(store, "one").shared == {}


def test_a_room_of_an_older_watch_takes_its_people_with_it() -> None:
    store = live_store()
    store.apply(seen("one", "old", by("t", 1)))
    store.apply(seen("two", "old", by("t", 2)))
    store.apply(OccupantJoined(key("two"), "new", NOW, by("other", 3)))
    assert shared(store, "one") == []


def test_a_link_stays_shared_while_those_who_share_it_come_and_go() -> None:
    store = live_store()
    join(store, "one", by("t", 1))
    join(store, "two", by("t", 2))
    join(store, "two", by("t", 3, LATER - 30))
    store.apply(OccupantLeft(key("two"), LATER - 20, 2))
    assert shared(store, "one") == [1]
    # Who came half a minute ago has not shared it for so long.
    assert shared(store, "two") == []


def test_why_names_who_is_here_and_the_other_rooms() -> None:
    store = live_store()
    join(store, "one", by("t", 1), by("t", 2))
    assert why(store) == "one link, 2 people: Person 1, Person 2; it was passed on, or is meant for a class"
    breakout = RoomKey(SERVER, f"breakout.{HOST}", "6d0f")
    store.apply(RoomSeen(breakout, "one", RoomKind.BREAKOUT, "one", NOW, NOW, False, (by("t", 3),), "Group \x1b[31m2"))
    for oid, node in enumerate(("maths", "physics", "music"), 4):
        join(store, node, by("t", oid))
    assert why(store) == (
        "one link, 6 people: Person 1, Person 2 here, and at the same time in one / Group [31m2, maths, physics and "
        "other rooms; it was passed on, or is meant for a class"
    )


def why(store: Store) -> str:
    room = room_of(store, "one")
    host = store.host_of(room.key)
    found = judge(room, host, LATER)
    told = cause_of(next(one for one in found.findings if one.rule.id == "F25"), room, host, found)
    assert told is not None
    return told.likely


def test_a_class_link_moves_no_more_rooms_than_it_has_to() -> None:
    store = live_store()
    nodes = [f"class{number}" for number in range(300)]
    for oid, node in enumerate(nodes):
        join(store, node, by("class", oid + 1))
    before = {node: room_of(store, node).revision for node in nodes}
    join(store, "class7", by("class", 1000))
    store.apply(OccupantLeft(key("class7"), LATER, 1000))
    store.apply(over("class0"))
    moved = [node for node in nodes[1:] if room_of(store, node).revision != before[node]]
    assert moved == ["class7"]
    assert all(shared(store, node) for node in nodes[1:])


PEOPLE = st.tuples(st.integers(1, 6), st.sampled_from(NODES))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), PEOPLE, st.sampled_from(["s", "t", None])),
        st.tuples(st.sampled_from(["leave", "hold", "resume", "end"]), PEOPLE, st.none()),
        st.tuples(st.just("retell"), PEOPLE, st.sampled_from(["s", "t", None])),
    ),
    max_size=30,
)


@given(STEPS)
def test_what_is_kept_is_what_a_look_into_all_rooms_would_find(
    steps: list[tuple[str, tuple[int, str], str | None]],
) -> None:
    store = live_store()
    for what, (oid, node), token in steps:
        known = store.find_room(key(node))
        one = known.occupants.get(oid) if known is not None else None
        match what:
            case "join":
                store.apply(OccupantJoined(key(node), "one", NOW, by(token, oid)))
            case "retell":
                store.apply(seen(node, "one", focus(), by(token, oid)))
            case "leave":
                store.apply(OccupantLeft(key(node), NOW, oid))
            case "end":
                store.apply(over(node))
            case _ if one is not None:
                gone_at = NOW + 60 if what == "hold" else None
                store.apply(OccupantChanged(key(node), NOW, replace(one, sessions=(Session("a@b/c", gone_at),))))
    found: dict[str, dict[RoomKey, int]] = defaultdict(dict)
    for room in store.rooms():
        for one in room.people():
            if one.token_id is not None and not one.is_held:
                found[one.token_id][room.key] = found[one.token_id].get(room.key, 0) + 1
    for room in store.rooms():
        expected = {token for token, counts in found.items() if room.key in counts and len(counts) > 1}
        assert set(room.shared) == expected
        for token, spread in room.shared.items():
            assert spread.counts == found[token]
            assert spread.people == sum(found[token].values())
            assert spread.rooms.keys() == spread.counts.keys()
