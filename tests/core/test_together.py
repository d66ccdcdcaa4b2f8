"""Rooms that belong together, people who drop together, and rooms that jicofo has left."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.core.causes import cause_of
from monitor.core.drops import LEAST, TOGETHER_S, TOLD_S
from monitor.core.events import FactsLearned, OccupantChanged, OccupantJoined, OccupantLeft, RoomSeen
from monitor.core.findings import SETTLING_S, judge
from monitor.core.naming import full_name
from monitor.core.occupant import Occupant, Session
from monitor.core.query import Overview, row_of, server_lines, totals
from monitor.core.related import owners_elsewhere, waiting
from monitor.core.room import MassDrop, Room, RoomKey, RoomKind
from monitor.core.store import Store
from tests.core.scenes import HOST, MEMBER, NOW, OWNER, SERVER, focus, join, key, live_store, person

BREAKOUT, LOBBY = "breakout.meet.test", "lobby.meet.test"


def room(store: Store, node: str = "room") -> Room:
    found = store.find_room(key(node))
    assert found is not None
    return found


def ids(store: Store, at: float, node: str = "room") -> set[str]:
    judged = judge(room(store, node), store.servers[SERVER].hosts[HOST], at)
    return {finding.rule.id for finding in judged.findings}


def crowd(count: int) -> list[Occupant]:
    return [person(oid, MEMBER, MEMBER) for oid in range(1, count + 1)]


def held(one: Occupant) -> Occupant:
    return replace(one, sessions=tuple(Session(session.jid, NOW + 60) for session in one.sessions))


def drop(store: Store, people: list[Occupant], *, every_s: float = 0.1) -> None:
    for index, one in enumerate(people):
        store.apply(OccupantChanged(key("room"), NOW + 10 + index * every_s, held(one)))


def test_a_third_of_the_people_lost_within_five_seconds_dropped_together() -> None:
    store, people = live_store(), crowd(15)
    join(store, "room", *people)
    drop(store, people[: LEAST - 1])
    assert ids(store, NOW + 11) == set()
    drop(store, people[:LEAST])
    assert ids(store, NOW + 11) == {"F32"}
    assert room(store).mass_drop == MassDrop(NOW + 10, LEAST, 15)


@pytest.mark.parametrize(
    ("total", "lost", "every_s"),
    [(12, LEAST - 1, 0.1), (3 * LEAST + 1, LEAST, 0.1), (12, LEAST, TOGETHER_S / (LEAST - 1) + 0.01)],
    ids=["too few", "less than a third", "too slowly"],
)
def test_fewer_or_slower_losses_are_no_mass_drop(total: int, lost: int, every_s: float) -> None:
    store, people = live_store(), crowd(total)
    join(store, "room", *people)
    drop(store, people[:lost], every_s=every_s)
    assert ids(store, NOW + 20) == set()


def test_leaving_by_a_lost_connection_counts_and_leaving_by_choice_does_not() -> None:
    for why, expected in (("lost", {"F32"}), ("left", set())):
        store, people = live_store(), crowd(8)
        join(store, "room", *people)
        for one in people[:LEAST]:
            store.apply(OccupantLeft(key("room"), NOW + 10, one.oid, why=why))
        assert ids(store, NOW + 11) == expected


def test_the_end_of_held_connections_is_no_second_drop() -> None:
    store, people = live_store(), crowd(8)
    join(store, "room", *people)
    drop(store, people[:LEAST])
    for one in people[:LEAST]:
        store.apply(OccupantLeft(key("room"), NOW + 70, one.oid, why="lost"))
    assert room(store).mass_drop == MassDrop(NOW + 10, LEAST, 8)


def test_one_of_two_tabs_is_no_loss() -> None:
    store = live_store()
    people = [replace(one, sessions=(*one.sessions, Session(f"user{one.oid}@meet.test/other"))) for one in crowd(LEAST)]
    join(store, "room", *people)
    for one in people:
        _, second = one.sessions
        store.apply(OccupantChanged(key("room"), NOW + 10, replace(one, sessions=(held(one).sessions[0], second))))
    assert ids(store, NOW + 11) == set()


def test_a_mass_drop_is_spoken_of_for_five_minutes() -> None:
    store, people = live_store(), crowd(6)
    join(store, "room", *people)
    drop(store, people)
    host = store.servers[SERVER].hosts[HOST]
    assert judge(room(store), host, NOW + 11).ask_again_at == NOW + 10 + TOLD_S
    assert ids(store, NOW + 10 + TOLD_S) == set()


def test_a_room_with_people_and_without_jicofo_is_told_once_that_has_settled() -> None:
    store = live_store()
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    store.apply(OccupantLeft(key("room"), NOW + 10, focus().oid))
    host = store.servers[SERVER].hosts[HOST]
    assert ids(store, NOW + 10 + SETTLING_S - 0.1) == set()
    assert judge(room(store), host, NOW + 10).ask_again_at == NOW + 10 + SETTLING_S
    assert ids(store, NOW + 10 + SETTLING_S) == {"F31"}
    found = judge(room(store), host, NOW + 20).of_room("F31")
    assert found is not None
    cause = cause_of(found, room(store), host, judge(room(store), host, NOW + 20))
    assert cause is not None
    assert [fix.flavour for fix in cause.fixes] == ["Debian", "docker"]
    store.apply(OccupantJoined(key("room"), "one", NOW + 30, focus(98)))
    assert ids(store, NOW + 40) == set()


def test_a_room_that_jicofo_never_entered_is_told_by_time_alone() -> None:
    store = live_store()
    store.apply(OccupantJoined(key("room"), "one", NOW, person(1, MEMBER, MEMBER)))
    store.apply(OccupantJoined(key("room"), "one", NOW + 1, person(2, OWNER, OWNER)))
    overview = Overview(store)
    told = {at: [one.rule.id for one in overview.rows(NOW + at)[0].judgement.findings] for at in (0, 1.9, 2, 50)}
    assert told == {0: [], 1.9: [], 2: ["F31"], 50: ["F31"]}


def test_since_when_jicofo_is_missing_does_not_move_as_people_come_and_go() -> None:
    for began in (0.0, NOW):
        store = Store()
        store.apply(OccupantJoined(key("room"), "one", began, person(1, MEMBER, MEMBER, joined_at=began)))
        store.apply(OccupantJoined(key("room"), "one", began + 30, person(2, MEMBER, MEMBER, joined_at=began + 30)))
        assert room(store).focus_gone_at == began


def test_somebody_who_calls_himself_focus_is_not_jicofo() -> None:
    store = live_store()
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    store.apply(OccupantLeft(key("room"), NOW, focus().oid))
    impostor = replace(person(2, MEMBER, MEMBER), nick="focus")
    store.apply(OccupantJoined(key("room"), "one", NOW, impostor))
    assert ids(store, NOW + 10) == {"F31"}


def test_an_empty_room_needs_no_jicofo() -> None:
    store = live_store()
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    store.apply(OccupantLeft(key("room"), NOW, 1))
    store.apply(OccupantLeft(key("room"), NOW, focus().oid))
    assert ids(store, NOW + 10) == set()


def test_rooms_that_all_lack_jicofo_are_told_once_for_the_server() -> None:
    store = live_store()
    for node in ("one", "two", "three"):
        join(store, node, focus(), person(1, MEMBER, MEMBER))
    for node in ("one", "two"):
        store.apply(OccupantLeft(key(node), NOW, focus().oid))
    lines = [line.before for line in server_lines(store, Overview(store).rows(NOW + 5))]
    assert lines == ["2 of 3 rooms have no jicofo"]


def school() -> Store:
    """A main room, a breakout room of it with its owner, a lobby with somebody who waits."""
    store = live_store()
    store.declare(SERVER, [HOST, BREAKOUT, LOBBY])
    for name, kind in ((BREAKOUT, RoomKind.BREAKOUT), (LOBBY, RoomKind.LOBBY)):
        store.apply(FactsLearned(SERVER, name, kind, {"main_muc": HOST}))
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    teacher, pupil = person(2, OWNER, OWNER), person(3, MEMBER, MEMBER)
    store.apply(seen(BREAKOUT, "6d0f", RoomKind.BREAKOUT, teacher, title="Group 2"))
    store.apply(seen(LOBBY, "room", RoomKind.LOBBY, pupil))
    return store


def seen(host: str, node: str, kind: RoomKind, *people: Occupant, title: str | None = None) -> RoomSeen:
    return RoomSeen(RoomKey(SERVER, host, node), "one", kind, "room", NOW, NOW, False, people, title)


def test_an_owner_in_a_breakout_room_is_found_by_the_main_room() -> None:
    store = school()
    found = owners_elsewhere(store, room(store))
    assert [(one.person.oid, one.title) for one in found] == [(2, "Group 2")]


def test_whoever_owns_the_room_by_token_is_named_before_whoever_was_made_owner_in_a_breakout_room() -> None:
    store = school()
    people = (person(3, MEMBER, OWNER), person(2, OWNER, OWNER))
    store.apply(seen(BREAKOUT, "6d0f", RoomKind.BREAKOUT, *people, title="Group 2"))
    assert [one.person.oid for one in owners_elsewhere(store, room(store))] == [2, 3]


def test_members_in_breakout_rooms_and_other_rooms_breakouts_are_not_the_owner_elsewhere() -> None:
    store = school()
    store.apply(seen(BREAKOUT, "6d0f", RoomKind.BREAKOUT, person(2, MEMBER, MEMBER), title="Group 2"))
    join(store, "other", focus(), person(7, MEMBER, MEMBER))
    assert owners_elsewhere(store, room(store)) == ()
    assert owners_elsewhere(store, room(store, "other")) == ()
    store.apply(FactsLearned(SERVER, BREAKOUT, RoomKind.BREAKOUT, {"main_muc": "elsewhere.meet.test"}))
    store.apply(seen(BREAKOUT, "6d0f", RoomKind.BREAKOUT, person(2, OWNER, OWNER)))
    assert owners_elsewhere(store, room(store)) == ()


def test_who_waits_is_counted_apart_from_people_and_rooms() -> None:
    store = school()
    assert waiting(store, room(store)) == 1
    counted = totals(Overview(store).rows(NOW + 5))
    assert (counted.rooms, counted.people, counted.waiting) == (2, 2, 1)


def test_rooms_that_belong_together_are_called_so_that_they_stand_together() -> None:
    names = sorted(full_name(one) for one in school().rooms())
    assert names == ["room", "room / Group 2", "room / lobby"]


def test_rules_of_main_rooms_say_nothing_of_lobbies_and_breakout_rooms() -> None:
    store = school()
    for one in store.rooms():
        if one.kind is not RoomKind.MAIN:
            row = row_of(one, store.host_of(one.key), NOW + 60)
            assert row.judgement.findings == ()
