from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.events import BatchHeard, RoomDestroyed
from monitor.core.findings import SETTLING_S, Severity
from monitor.core.naming import shown_name
from monitor.core.occupant import Exempt
from monitor.core.query import Overview, people_of, totals
from monitor.core.room import EndedRoom
from tests.core.scenes import (
    FOCUS,
    HOST,
    MEMBER,
    NONE,
    NOW,
    OWNER,
    SERVER,
    focus,
    join,
    key,
    live_store,
    person,
    promotion,
)

LATER = NOW + SETTLING_S + 1


def test_rooms_come_worst_first_and_then_by_name() -> None:
    store = live_store()
    join(store, "zebra", person(1, MEMBER, OWNER))
    join(store, "b%c3%a4r", person(2, MEMBER, MEMBER))
    join(store, "Alpha", person(3, MEMBER, MEMBER))
    join(store, "__jicofo-health-check-7", person(4, MEMBER, MEMBER))
    rows = Overview(store).rows(LATER)
    assert [row.name for row in rows] == ["zebra", "Alpha", "bär", "__jicofo-health-check-7"]
    assert rows[0].state == "unclaimed owner"
    assert rows[-1].severity is Severity.IDLE


def test_rows_are_the_same_object_while_nothing_moved() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    overview = Overview(store)
    assert overview.rows(LATER) is overview.rows(LATER + 60)


def test_a_finding_that_only_had_to_settle_appears_without_an_event() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO)))
    overview = Overview(store)
    assert overview.rows(NOW + 0.5)[0].severity is Severity.FINE
    assert overview.rows(NOW + SETTLING_S)[0].severity is Severity.CRITICAL


def test_only_people_and_owners_among_them_are_counted() -> None:
    store = live_store()
    recorder = person(3, None, OWNER, exempt=Exempt.JIBRI)
    join(store, "room", focus(), person(1, OWNER, OWNER), person(2, None, NONE), recorder)
    row = Overview(store).rows(LATER)[0]
    assert (row.people, row.owners) == (2, 1)


def test_totals_leave_out_jicofos_test_rooms() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, OWNER), person(2, OWNER, Affiliation.NONE))
    join(store, "__jicofo-health-check-7", person(4, MEMBER, MEMBER))
    found = totals(Overview(store).rows(LATER))
    assert (found.rooms, found.people, found.critical, found.warnings) == (1, 2, 1, 0)


def test_people_with_findings_come_first_and_machinery_last() -> None:
    store = live_store()
    join(store, "room", focus(), person(1, MEMBER, MEMBER, name="Anna"), person(2, MEMBER, OWNER, name="Zoe"))
    row = Overview(store).rows(LATER)[0]
    room = store.find_room(key("room"))
    assert room is not None
    assert [shown_name(one) for one in people_of(room, row.judgement)] == ["Zoe", "Anna", "focus"]


def test_somebody_without_any_name_is_still_called_something() -> None:
    assert shown_name(person(7, MEMBER, MEMBER, name="\u200b")) == "nick7"


def test_a_room_that_went_is_not_listed_any_more() -> None:

    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    overview = Overview(store)
    assert len(overview.rows(LATER)) == 1
    store.apply(RoomDestroyed(EndedRoom(key("room"), NOW, None, "last_left")))
    assert overview.rows(LATER) == []


def test_a_settling_finding_is_asked_for_once_and_in_time_whatever_the_servers_clock_says() -> None:

    for offset in (-3600.0, 0.0, 3600.0):
        store = live_store()
        host = store.servers[SERVER].hosts[HOST]
        host.offset_s = None
        store.apply(BatchHeard(SERVER, HOST, NOW - offset, NOW))
        join(store, "room", person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO)))
        overview = Overview(store)
        early = overview.rows(NOW - offset + 0.5)
        assert early[0].severity is Severity.FINE
        assert overview.rows(NOW - offset + 1.5) is early
        assert overview.rows(NOW - offset + SETTLING_S)[0].severity is Severity.CRITICAL
