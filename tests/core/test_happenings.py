"""The events of all rooms: the filter comes before the cut, and only what moved is looked into again."""

from __future__ import annotations

import math

from monitor.core.filtering import parse
from monitor.core.happenings import FIELDS, NEWEST, Happenings
from monitor.core.history import Entry
from monitor.core.query import Overview
from monitor.core.room import Room, RoomKey
from monitor.core.store import Store
from tests.core.scenes import MEMBER, NOW, join, key, live_store, person

ROOMS, EACH = 30, 40


def busy_store() -> Store:
    """Rooms with more events than are listed; the one in `quiet` is older than all of them."""
    store = live_store()
    join(store, "quiet", person(1, MEMBER, MEMBER, name="Jane"))
    for at in range(ROOMS):
        later = NOW + 60 + at
        join(
            store,
            f"busy-{at}",
            *(person(oid, MEMBER, MEMBER, joined_at=later + oid * 100) for oid in range(EACH)),
        )
    return store


def count(store: Store) -> int:
    return sum(len(room.history) for room in store.rooms())


def test_a_filter_finds_what_is_older_than_all_that_is_listed_without_it() -> None:
    store = busy_store()
    overview, happenings = Overview(store), Happenings(store.find_room)
    rooms = overview.rows(NOW)
    everything = happenings.find(rooms)
    assert everything.total == everything.accepted == count(store) > NEWEST
    assert len(everything.rows) == NEWEST
    assert "quiet" not in {one.room.name for one in everything.rows}
    for words in ("quiet", "room:quiet", "Jane", "!busy"):
        found = happenings.find(rooms, parse(words, FIELDS))
        assert {one.room.name for one in found.rows} == {"quiet"}
        assert "Jane" in {one.entry.name for one in found.rows}
        assert (found.accepted, found.total) == (len(found.rows), everything.total)
    again = happenings.find(rooms)
    assert again.rows == everything.rows


def test_where_the_filter_accepts_more_than_are_listed_they_are_the_newest_and_counted() -> None:
    store = busy_store()
    found = Happenings(store.find_room).find(Overview(store).rows(NOW), parse("busy", FIELDS))
    assert found.accepted == count(store) - len(store.host_of(key("quiet")).rooms["quiet"].history)
    assert len(found.rows) == NEWEST
    dates = [one.entry.at for one in found.rows]
    every = [entry.at for room in store.rooms() for entry in room.history if room.key.node != "quiet"]
    assert dates == sorted(every, reverse=True)[:NEWEST]


def test_a_filter_that_cannot_be_read_accepts_nothing() -> None:
    store = busy_store()
    found = Happenings(store.find_room).find(Overview(store).rows(NOW), parse("sev:warning", FIELDS))
    assert (list(found.rows), found.accepted, found.total) == ([], 0, count(store))


def test_while_nothing_moved_the_rows_are_the_same_and_otherwise_only_one_room_is_looked_into() -> None:
    store = busy_store()
    asked: list[str] = []
    overview = Overview(store)

    def find_room(which: RoomKey) -> Room | None:
        asked.append(which.node)
        return store.find_room(which)

    happenings = Happenings(find_room)
    query = parse("busy", FIELDS)
    first = happenings.find(overview.rows(NOW), query)
    assert happenings.find(list(overview.rows(NOW)), parse("busy", FIELDS)).rows is first.rows
    asked.clear()
    join(store, "busy-3", person(77, MEMBER, MEMBER, joined_at=NOW + 9000))
    moved = happenings.find(overview.rows(NOW), query)
    assert asked == ["busy-3"]
    assert (moved.rows[0].entry.oid, moved.accepted) == (77, first.accepted + 1)
    kept = {id(one) for one in first.rows if one.room.name != "busy-3"}
    assert kept >= {
        id(one) for one in moved.rows if one.room.name != "busy-3" and one.entry.at > first.rows[-1].entry.at
    }


def test_a_room_that_is_gone_makes_room_for_older_events() -> None:
    store = busy_store()
    overview, happenings = Overview(store), Happenings(store.find_room)
    before = happenings.find(overview.rows(NOW))
    del store.host_of(key("quiet")).rooms["busy-3"]
    store.revision += 1
    after = happenings.find(overview.rows(NOW))
    assert len(after.rows) == NEWEST
    assert after.total == count(store) < before.total
    assert not any(one.room.name == "busy-3" for one in after.rows)


def test_an_event_of_no_known_time_is_the_oldest_and_disorder_in_a_room_is_put_right() -> None:
    store = live_store()
    join(store, "alpha", person(1, MEMBER, MEMBER))
    past = store.host_of(key("alpha")).rooms["alpha"].history
    past.clear()
    past.extend(Entry(at, "joined", oid) for oid, at in enumerate((math.nan, NOW + 5, NOW + 1, NOW + 9)))
    store.revision += 1
    found = Happenings(store.find_room).find(Overview(store).rows(NOW))
    assert [one.entry.oid for one in found.rows] == [3, 1, 2, 0]
