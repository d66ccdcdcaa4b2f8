from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.claims import Claims
from monitor.core.events import (
    AffiliationChanged,
    BatchHeard,
    FactsLearned,
    FeedChanged,
    HistoryTold,
    LinkChanged,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    PastTold,
    RoomDestroyed,
    RoomSeen,
    SnapshotEnded,
)
from monitor.core.history import Entry
from monitor.core.occupant import Occupant
from monitor.core.room import EndedRoom, Room, RoomKind, WasThere
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from tests.core.scenes import FOCUS, HOST, MEMBER, NOW, OWNER, SERVER, focus, join, key, live_store, person, promotion


def seen(node: str, sub: str, *people: Occupant, part: int = 0, more: bool = False) -> RoomSeen:
    return RoomSeen(key(node), sub, RoomKind.MAIN, None, NOW, NOW, True, people, part=part, more=more)


def room(store: Store, node: str = "room") -> Room:
    found = store.find_room(key(node))
    assert found is not None
    return found


def test_a_join_makes_the_room_where_there_is_none() -> None:
    store = live_store()
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    assert room(store).created_at == NOW
    assert room(store).focus_present
    assert [one.oid for one in room(store).people()] == [1]


def test_every_event_moves_the_revision_and_only_its_own_rooms() -> None:
    store = live_store()
    join(store, "one", person(1, MEMBER, MEMBER))
    join(store, "two", person(2, MEMBER, MEMBER))
    before, untouched = store.revision, room(store, "two").revision
    store.apply(OccupantLeft(key("one"), NOW, 1))
    assert store.revision == before + 1
    assert room(store, "one").revision == store.revision
    assert room(store, "two").revision == untouched


def test_a_change_keeps_the_token_that_was_read_at_the_join() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER, token_id="t1"))
    now = Occupant(1, "nick1", "New Name", (), person(1, MEMBER, OWNER).role, OWNER, 0.0, has_token=True)
    store.apply(OccupantChanged(key("room"), NOW + 5, now))
    kept = room(store).occupants[1]
    assert (kept.name, kept.affiliation, kept.claimed, kept.token_id) == ("New Name", OWNER, MEMBER, "t1")
    assert kept.joined_at == NOW


def test_an_affiliation_is_kept_with_who_changed_it() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    change = promotion(FOCUS, ActorKind.JICOFO, NOW + 0.2)
    store.apply(AffiliationChanged(key("room"), 1, "user1@meet.test", change))
    assert room(store).occupants[1].affiliation is OWNER
    assert room(store).occupants[1].change == change


def test_a_rename_keeps_the_person() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    store.apply(OccupantRenamed(key("room"), NOW, 1, "other"))
    assert room(store).occupants[1].nick == "other"


def test_the_focus_leaving_is_noticed() -> None:
    store = live_store()
    join(store, "room", focus(9), person(1, MEMBER, MEMBER))
    store.apply(OccupantLeft(key("room"), NOW, 9))
    assert not room(store).focus_present


def test_a_destroyed_room_is_gone() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    store.apply(RoomDestroyed(EndedRoom(key("room"), NOW, None, "last_left")))
    assert store.find_room(key("room")) is None


def test_events_about_what_is_not_known_change_nothing() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    change = promotion(FOCUS, ActorKind.JICOFO)
    for event in (
        OccupantLeft(key("room"), NOW, 77),
        OccupantLeft(key("nowhere"), NOW, 1),
        OccupantRenamed(key("nowhere"), NOW, 1, "x"),
        OccupantChanged(key("room"), NOW, person(77, MEMBER, OWNER)),
        AffiliationChanged(key("room"), None, "ghost@meet.test", change),
        AffiliationChanged(key("room"), 77, "ghost@meet.test", change),
        RoomDestroyed(EndedRoom(key("nowhere"), NOW, None, "last_left")),
    ):
        store.apply(event)
    assert room(store).occupants == {1: person(1, MEMBER, MEMBER), 99: focus()}


def test_a_snapshot_keeps_old_rows_until_its_end_and_then_drops_what_it_did_not_name() -> None:
    store = live_store()
    join(store, "stays", person(1, MEMBER, MEMBER))
    join(store, "goes", person(2, MEMBER, MEMBER))
    store.apply(seen("stays", "two", person(1, MEMBER, MEMBER)))
    assert store.find_room(key("goes")) is not None
    store.apply(OccupantJoined(key("new"), "two", NOW, person(3, MEMBER, MEMBER)))
    store.apply(SnapshotEnded(SERVER, HOST, "two"))
    assert sorted(one.key.node for one in store.rooms()) == ["new", "stays"]


def test_parts_of_a_big_room_add_up_and_the_last_one_drops_whom_none_has_named() -> None:
    store = live_store()
    join(store, "big", *(person(number, MEMBER, MEMBER) for number in (1, 2, 50, 51)))
    store.apply(seen("big", "two", person(1, MEMBER, MEMBER), more=True))
    store.apply(OccupantJoined(key("big"), "two", NOW, person(3, MEMBER, MEMBER)))
    store.apply(OccupantLeft(key("big"), NOW, 51))
    assert sorted(room(store, "big").occupants) == [1, 2, 3, 50, 99]
    store.apply(seen("big", "two", person(2, MEMBER, MEMBER), part=1))
    assert sorted(room(store, "big").occupants) == [1, 2, 3]


def test_a_first_part_starts_the_telling_of_a_room_over() -> None:
    store = live_store()
    store.apply(seen("big", "one", person(1, MEMBER, MEMBER), more=True))
    store.apply(seen("big", "two", person(2, MEMBER, MEMBER), more=True))
    store.apply(seen("big", "two", person(3, MEMBER, MEMBER), part=1))
    assert sorted(room(store, "big").occupants) == [2, 3]


def test_a_promotion_by_somebody_who_could_not_is_still_known_when_the_room_is_told_again() -> None:
    store = live_store()
    by_jane = Change(NOW + 1, Affiliation.MEMBER, Affiliation.OWNER, "user1@meet.test/web", ActorKind.PERSON)
    join(store, "room", person(1, MEMBER, OWNER), person(2, MEMBER, MEMBER))
    store.apply(AffiliationChanged(key("room"), 2, "user2@meet.test", by_jane))
    promoted = replace(person(2, MEMBER, OWNER), change=by_jane)

    def tainted() -> bool:
        change = room(store).occupants[2].change
        return change is not None and change.tainted

    assert tainted()
    store.apply(OccupantChanged(key("room"), NOW + 2, promoted))
    assert tainted()
    store.apply(seen("room", "two", person(1, MEMBER, OWNER), promoted))
    assert tainted()
    again = replace(promoted, change=replace(by_jane, at=NOW + 9))
    store.apply(OccupantChanged(key("room"), NOW + 9, again))
    assert not tainted()


def test_a_rooms_end_told_without_its_people_learns_them_from_the_kept_ends() -> None:
    store = live_store()
    over = EndedRoom(key("room"), NOW, None, "last_left")
    store.apply(RoomDestroyed(over))
    whole = replace(over, people=(WasThere("Jane", False, MEMBER),))
    earlier = EndedRoom(key("other"), NOW - 5, None, "timer")
    store.apply(PastTold(SERVER, HOST, (), (whole, earlier)))
    assert list(store.servers[SERVER].hosts[HOST].ended) == [earlier, whole]


def test_a_room_made_again_under_a_new_watch_forgets_the_people_of_the_old_one() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER), person(2, MEMBER, MEMBER))
    store.apply(OccupantJoined(key("room"), "two", NOW, person(1, OWNER, OWNER)))
    assert sorted(room(store).occupants) == [1]


def test_data_is_stale_from_the_last_word_until_it_is_followed_live_again() -> None:
    store = live_store()
    host = store.servers[SERVER].hosts[HOST]
    store.apply(BatchHeard(SERVER, HOST, NOW + 3, NOW + 3))
    store.apply(LinkChanged(SERVER, LinkState.LOST, NOW + 9, "gone"))
    store.apply(FeedChanged(SERVER, HOST, FeedState.STALE, NOW + 9))
    assert host.stale_since_at == NOW + 3
    store.apply(FeedChanged(SERVER, HOST, FeedState.ASKED, NOW + 10))
    store.apply(FeedChanged(SERVER, HOST, FeedState.SNAPSHOT, NOW + 11))
    assert host.stale_since_at == NOW + 3
    store.apply(FeedChanged(SERVER, HOST, FeedState.LIVE, NOW + 12))
    assert host.stale_since_at is None


def test_a_link_keeps_the_time_since_when_it_is_as_it_is() -> None:
    store = Store()
    store.apply(LinkChanged(SERVER, LinkState.LOST, NOW, "refused"))
    store.apply(LinkChanged(SERVER, LinkState.LOST, NOW + 4, "refused again"))
    assert store.servers[SERVER].link.since_at == NOW
    assert store.servers[SERVER].link.words == "refused again"


def test_the_clock_offset_follows_the_quickest_batch_and_forgets_slowly() -> None:
    store = live_store()
    host = store.servers[SERVER].hosts[HOST]
    store.apply(BatchHeard(SERVER, HOST, NOW, NOW + 7.0))
    assert host.offset_s == 7.0
    store.apply(BatchHeard(SERVER, HOST, NOW, NOW + 6.0))
    assert host.offset_s is not None
    assert 6.8 < host.offset_s < 7.0


def test_a_clock_that_was_set_back_is_followed_at_once() -> None:
    store = live_store()
    store.apply(BatchHeard(SERVER, HOST, NOW, NOW - 30))
    assert store.servers[SERVER].hosts[HOST].offset_s == -30


def test_facts_make_every_room_of_the_host_worth_another_look() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    before = room(store).revision
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, {"modules": ["muc"]}))
    assert room(store).revision > before


def test_an_expiry_of_any_size_is_a_time_or_nothing() -> None:
    for exp, expected in ((2000, 2000.0), (10**400, None), (float("inf"), None), (True, None), ("2000", None)):
        assert Claims(MEMBER, exp=exp).expires_at == expected


def test_what_the_past_tells_and_events_tell_again_stands_once_and_in_order() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER), person(2, MEMBER, MEMBER, joined_at=NOW + 1))
    told = (
        Entry(NOW - 5, "joined", 9, "Gone"),
        Entry(NOW, "joined", 1, "Person 1"),
        Entry(NOW + 2, "left", 1, "Person 1"),
    )
    store.apply(HistoryTold(key("room"), told))
    store.apply(OccupantLeft(key("room"), NOW + 2, 1))
    assert [(entry.what, entry.oid) for entry in room(store).history] == [
        ("joined", 9),
        ("joined", 99),
        ("joined", 1),
        ("joined", 2),
        ("left", 1),
    ]
