"""The countdown against a small model of the plugin, and the cases that are easily got wrong."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.countdown import GRACE_S, Outlook, close_policy, forecast, left_s
from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    FactsLearned,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomSeen,
)
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import Room, RoomKind, Timer
from monitor.core.store import Store
from tests.core.scenes import HOST, MEMBER, NONE, NOW, OWNER, SERVER, focus, join, key, live_store, person

TIMEOUT_S = 60.0


@dataclass
class Plugin:
    """What mod_token_owner_party does, written from its description alone: people by number, timers never cancelled."""

    owners: dict[int, bool] = field(default_factory=dict)
    timers: list[float] = field(default_factory=list)
    destroyed_at: float | None = None

    def leave(self, who: int, now: float) -> None:
        was_owner = self.owners.pop(who)
        if was_owner and not any(self.owners.values()):
            self.timers.append(now + TIMEOUT_S)

    def rename(self, who: int, now: float) -> None:
        owner = self.owners[who]
        self.leave(who, now)
        self.owners[who] = owner

    def run_until(self, now: float) -> None:
        for due in sorted(self.timers):
            if due > now or self.destroyed_at is not None:
                break
            self.timers.remove(due)
            if self.owners and not any(self.owners.values()):
                self.destroyed_at = due

    def fate(self) -> float | None:
        """When it would destroy the room if nobody came or went any more."""
        alone = copy.deepcopy(self)
        alone.run_until(float("inf"))
        return alone.destroyed_at


def derived_store() -> Store:
    """A server where only mucmon's own configuration names the policy, so that the timers are derived here."""
    store = live_store()
    store.declare(SERVER, [HOST], "token_owner_party", TIMEOUT_S)
    return store


def room_of(store: Store) -> Room:
    room = store.find_room(key("room"))
    assert room is not None
    return room


steps = st.lists(
    st.tuples(
        st.sampled_from(["join owner", "join member", "leave", "promote", "demote", "rename", "wait"]),
        st.integers(0, 5),
        st.floats(0.01, 50.0),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=1000, deadline=None)
@given(steps, st.floats(-5000, 5000))
def test_what_is_forecast_is_what_the_plugin_does(script: list[tuple[str, int, float]], start: float) -> None:
    plugin, store, now = Plugin(), derived_store(), NOW + start
    # Somebody stays throughout, so that the room is never empty.
    plugin.owners[99] = False
    join(store, "room", person(99, MEMBER, MEMBER, joined_at=now))
    for what, who, wait in script:
        now += wait
        plugin.run_until(now)
        if plugin.destroyed_at is not None:
            last = forecast(room_of(store), store.host_of(key("room")), plugin.destroyed_at - 0.001)
            assert (last.outlook, last.at) == (Outlook.CLOSES, plugin.destroyed_at)
            return
        act(plugin, store, what, who, now)
        told = forecast(room_of(store), store.host_of(key("room")), now)
        fate = plugin.fate()
        if fate is not None:
            assert (told.outlook, told.at) == (Outlook.CLOSES, fate)
        elif any(plugin.owners.values()) and plugin.timers:
            assert (told.outlook, told.at) == (Outlook.OWNER_BACK, min(plugin.timers))
        elif any(plugin.owners.values()):
            assert told.outlook is Outlook.STAYS
        else:
            assert told.outlook is Outlook.NO_TIMER


def act(plugin: Plugin, store: Store, what: str, who: int, now: float) -> None:
    room = key("room")
    if what.startswith("join") and who not in plugin.owners:
        affiliation = OWNER if what == "join owner" else MEMBER
        plugin.owners[who] = affiliation is OWNER
        store.apply(OccupantJoined(room, "one", now, person(who, affiliation, affiliation, joined_at=now)))
    elif who not in plugin.owners:
        return
    elif what == "leave":
        plugin.leave(who, now)
        store.apply(OccupantLeft(room, now, who))
    elif what == "rename":
        plugin.rename(who, now)
        store.apply(OccupantRenamed(room, now, who, f"renamed{who}"))
    elif what in ("promote", "demote"):
        was, is_ = (MEMBER, OWNER) if what == "promote" else (OWNER, MEMBER)
        plugin.owners[who] = is_ is OWNER
        change = Change(now, was, is_, None, ActorKind.MODULE)
        store.apply(AffiliationChanged(room, who, f"user{who}@meet.test", change))


def closing(store: Store, *timers: Timer) -> None:
    store.apply(ClosingChanged(key("room"), NOW, timers, None, True))


def told_store(modules: tuple[str, ...] = ("muc", "token_affiliation", "token_owner_party")) -> Store:
    return live_store(modules)


def now_is(store: Store, at: float) -> tuple[Outlook, float | None]:
    found = forecast(room_of(store), store.host_of(key("room")), at)
    return found.outlook, found.at


def test_the_timers_the_server_tells_are_taken_as_they_are() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    closing(store, Timer(NOW, NOW + 60), Timer(NOW + 5, NOW + 65))
    assert now_is(store, NOW + 10) == (Outlook.CLOSES, NOW + 60)


def test_a_missed_close_is_overdue_since_its_deadline() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    closing(store, Timer(NOW, NOW + 60, missed=True))
    assert now_is(store, NOW + 75) == (Outlook.OVERDUE, NOW + 60)


def test_a_close_that_is_derived_is_given_a_moment_before_it_counts_as_overdue() -> None:
    store = derived_store()
    join(store, "room", person(1, MEMBER, MEMBER), person(2, OWNER, OWNER))
    store.apply(OccupantLeft(key("room"), NOW, 2))
    assert now_is(store, NOW + 60 + GRACE_S - 0.01) == (Outlook.CLOSES, NOW + 60)
    assert now_is(store, NOW + 60 + GRACE_S) == (Outlook.OVERDUE, NOW + 60)


def test_a_close_that_was_told_is_overdue_only_when_the_server_says_that_it_was_missed() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    closing(store, Timer(NOW, NOW + 60))
    assert now_is(store, NOW + 90) == (Outlook.CLOSES, NOW + 60)


def test_a_timer_that_runs_is_told_before_one_that_was_missed() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    closing(store, Timer(NOW, NOW + 10, missed=True), Timer(NOW + 20, NOW + 80))
    assert now_is(store, NOW + 30) == (Outlook.CLOSES, NOW + 80)


def test_a_timer_of_a_plugin_that_is_not_loaded_closes_nothing() -> None:
    store = live_store()
    facts = {"modules": ["muc"], "modules_enabled": ["token_owner_party"]}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    join(store, "room", person(1, MEMBER, MEMBER))
    closing(store, Timer(NOW, NOW + 60))
    assert now_is(store, NOW + 10) == (Outlook.NOT_LOADED, NOW + 60)
    closing(store, Timer(NOW, NOW + 60, missed=True))
    assert now_is(store, NOW + 70) == (Outlook.OVERDUE, NOW + 60)


def test_an_owner_who_is_back_makes_the_timer_harmless_only_by_being_there() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER), person(2, OWNER, OWNER))
    closing(store, Timer(NOW, NOW + 60))
    assert now_is(store, NOW + 10) == (Outlook.OWNER_BACK, NOW + 60)
    store.apply(OccupantLeft(key("room"), NOW + 20, 2))
    assert now_is(store, NOW + 20) == (Outlook.CLOSES, NOW + 60)


def test_the_focus_is_no_owner_and_no_person() -> None:
    store = told_store()
    join(store, "room", focus())
    assert now_is(store, NOW)[0] is Outlook.STAYS
    join(store, "room", person(1, MEMBER, MEMBER))
    assert now_is(store, NOW)[0] is Outlook.NO_TIMER


def test_a_recorder_that_is_owner_keeps_the_room_as_it_does_for_the_plugin() -> None:
    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER), person(2, None, OWNER, exempt=Exempt.JIBRI))
    assert now_is(store, NOW)[0] is Outlook.STAYS


def test_a_room_seen_late_without_an_owner_is_unknown() -> None:
    store = told_store()
    room = RoomSeen(key("room"), "one", RoomKind.MAIN, None, NOW, None, True, (person(1, MEMBER, MEMBER),))
    store.apply(room)
    assert now_is(store, NOW + 5) == (Outlook.UNKNOWN, NOW)


def test_nothing_closes_where_no_plugin_does() -> None:
    store = live_store()
    join(store, "room", person(1, MEMBER, MEMBER))
    assert now_is(store, NOW)[0] is Outlook.STAYS


def test_the_configuration_has_the_last_word_on_the_policy() -> None:
    store = told_store()
    store.declare(SERVER, [HOST], "none")
    assert close_policy(store.servers[SERVER].hosts[HOST]).plugin is None


def test_the_timeout_is_the_servers_then_the_configurations() -> None:
    store = live_store()
    store.declare(SERVER, [HOST], "token_owner_party", 45.0)
    host = store.servers[SERVER].hosts[HOST]
    assert (close_policy(host).timeout_s, close_policy(host).loaded, close_policy(host).told) == (45.0, True, False)
    facts = {"modules": ["token_owner_party"], "options": {"party_check_timeout": 30}}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    assert (close_policy(host).timeout_s, close_policy(host).loaded, close_policy(host).told) == (30.0, True, True)


def test_a_plugin_that_is_named_and_not_loaded_is_known_as_such() -> None:
    store = live_store()
    facts = {"modules": ["muc"], "modules_enabled": ["token_owner_party"], "options": {"party_check_timeout": None}}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    policy = close_policy(store.servers[SERVER].hosts[HOST])
    assert (policy.plugin, policy.loaded, policy.told) == ("token_owner_party", False, True)


@pytest.mark.parametrize(
    ("left", "shown"), [(37.0, 37), (36.2, 37), (0.9, 1), (0.001, 1), (0.0, 0), (-0.001, 0), (-50.0, 0)]
)
def test_seconds_are_rounded_up_and_zero_comes_at_the_deadline_and_not_before(left: float, shown: int) -> None:
    assert left_s(NOW + left, NOW) == pytest.approx(shown)


def test_a_guest_who_owns_the_room_counts_as_its_owner_and_none_does_not() -> None:
    store = told_store()
    join(store, "room", person(1, None, Affiliation.OWNER))
    assert now_is(store, NOW)[0] is Outlook.STAYS
    store = told_store()
    join(store, "room", person(1, None, NONE))
    assert now_is(store, NOW)[0] is Outlook.NO_TIMER


def test_owners_whose_connections_are_all_lost_count_as_gone_when_the_last_is_given_up() -> None:
    def owner(oid: int, *gone_at: float | None) -> Occupant:
        sessions = tuple(Session(f"user{oid}@meet.test/{place}", at) for place, at in enumerate(gone_at))
        return replace(person(oid, OWNER, OWNER), sessions=sessions)

    store = told_store()
    join(store, "room", person(1, MEMBER, MEMBER), owner(2, NOW + 61), owner(3, NOW + 30, NOW + 90))
    assert now_is(store, NOW) == (Outlook.OWNER_LOST, NOW + 90)
    join(store, "room", owner(3, NOW + 30, None))
    assert now_is(store, NOW)[0] is Outlook.STAYS
    join(store, "room", owner(3))
    assert now_is(store, NOW)[0] is Outlook.STAYS
