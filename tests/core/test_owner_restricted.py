"""The countdown of mod_owner_restricted against a small model of it, and what mucmon knows of the policy."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.causes import cause_of
from monitor.core.countdown import GRACE_S, Outlook, close_policy, forecast
from monitor.core.events import FactsLearned, OccupantJoined, OccupantLeft, RoomSeen
from monitor.core.findings import Judgement, judge
from monitor.core.occupant import Exempt
from monitor.core.room import Room, RoomKind
from monitor.core.store import Store
from tests.core.scenes import HOST, MEMBER, NOW, OWNER, SERVER, focus, join, key, live_store, person

RESTRICTED = ("muc", "token_affiliation", "owner_restricted")
TIMEOUT_S = 120.0


@dataclass
class Plugin:
    """What it does, written from its description alone: people by number, one timer that a later one replaces."""

    owners: dict[int, bool] = field(default_factory=dict)
    due: float | None = None
    destroyed_at: float | None = None

    def join(self, who: int, owner: bool, now: float) -> None:
        first = not self.owners
        self.owners[who] = owner
        if first and not owner:
            self.due = now + TIMEOUT_S

    def leave(self, who: int, now: float) -> None:
        if self.owners.pop(who) and not any(self.owners.values()):
            self.due = now + TIMEOUT_S

    def run_until(self, now: float) -> None:
        if self.due is not None and self.due <= now:
            due, self.due = self.due, None
            if self.owners and not any(self.owners.values()):
                self.destroyed_at = due


def restricted(modules: tuple[str, ...] = RESTRICTED, **facts: object) -> Store:
    store = live_store(modules)
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, {"modules": list(modules), **facts}))
    return store


def room_of(store: Store) -> Room:
    room = store.find_room(key("room"))
    assert room is not None
    return room


def now_is(store: Store, at: float) -> tuple[Outlook, float | None]:
    found = forecast(room_of(store), store.host_of(key("room")), at)
    return found.outlook, found.at


def judged(store: Store, at: float) -> Judgement:
    return judge(room_of(store), store.host_of(key("room")), at)


steps = st.lists(
    st.tuples(
        st.sampled_from(["join owner", "join member", "leave", "wait"]), st.integers(0, 4), st.floats(0.01, 90.0)
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=500, deadline=None)
@given(steps)
def test_what_is_forecast_is_what_the_plugin_does(script: list[tuple[str, int, float]]) -> None:
    plugin, store, now = Plugin(), restricted(), NOW
    store.apply(OccupantJoined(key("room"), "one", now, focus()))
    for what, who, wait in script:
        now += wait
        plugin.run_until(now)
        if plugin.destroyed_at is not None:
            assert now_is(store, plugin.destroyed_at - 0.001) == (Outlook.CLOSES, plugin.destroyed_at)
            return
        if what.startswith("join") and who not in plugin.owners:
            affiliation = OWNER if what == "join owner" else MEMBER
            plugin.join(who, affiliation is OWNER, now)
            joiner = person(who, affiliation, affiliation, joined_at=now)
            store.apply(OccupantJoined(key("room"), "one", now, joiner))
        elif what == "leave" and who in plugin.owners:
            plugin.leave(who, now)
            store.apply(OccupantLeft(key("room"), now, who))
        told = now_is(store, now)
        if not plugin.owners:
            assert told[0] is Outlook.STAYS
        elif any(plugin.owners.values()):
            assert told == ((Outlook.OWNER_BACK, plugin.due) if plugin.due is not None else (Outlook.STAYS, None))
        else:
            assert told == ((Outlook.CLOSES, plugin.due) if plugin.due is not None else (Outlook.NO_TIMER, None))


def test_the_latest_timer_counts_and_not_the_first_as_with_token_owner_party() -> None:
    for modules, ends in ((RESTRICTED, NOW + 50 + 120), (("muc",), NOW + 60)):
        store = restricted(modules)
        if modules is not RESTRICTED:
            store.declare(SERVER, [HOST], "token_owner_party")
        join(store, "room", person(1, MEMBER, MEMBER), person(2, OWNER, OWNER))
        store.apply(OccupantLeft(key("room"), NOW, 2))
        store.apply(OccupantJoined(key("room"), "one", NOW + 10, person(3, OWNER, OWNER)))
        store.apply(OccupantLeft(key("room"), NOW + 50, 3))
        assert now_is(store, NOW + 50) == (Outlook.CLOSES, ends)


def test_the_first_participant_of_a_room_without_an_owner_starts_the_timer() -> None:
    store = restricted()
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    assert now_is(store, NOW) == (Outlook.CLOSES, NOW + TIMEOUT_S)
    # The second does not put it off, and an owner makes it harmless by being there.
    store.apply(OccupantJoined(key("room"), "one", NOW + 30, person(2, MEMBER, MEMBER, joined_at=NOW + 30)))
    assert now_is(store, NOW + 30) == (Outlook.CLOSES, NOW + TIMEOUT_S)
    (finding,) = judged(store, NOW + 40).findings
    told = cause_of(finding, room_of(store), store.host_of(key("room")), judged(store, NOW + 40))
    assert told is not None
    assert told.likely == "Person 1 came where no owner is, and none has come since"
    store.apply(OccupantJoined(key("room"), "one", NOW + 60, person(3, OWNER, OWNER)))
    assert now_is(store, NOW + 60) == (Outlook.OWNER_BACK, NOW + TIMEOUT_S)
    assert now_is(store, NOW + TIMEOUT_S) == (Outlook.STAYS, None)


@pytest.mark.parametrize(
    "first", [focus(), person(1, OWNER, OWNER), person(1, None, OWNER, exempt=Exempt.JIBRI)], ids=str
)
def test_jicofo_an_owner_and_a_recorder_that_owns_start_none(first: object) -> None:
    store = restricted()
    store.apply(OccupantJoined(key("room"), "one", NOW, first))  # type: ignore[arg-type]
    assert room_of(store).armed == ()


def test_a_close_that_does_not_come_is_overdue() -> None:
    store = restricted()
    join(store, "room", person(1, MEMBER, MEMBER))
    assert now_is(store, NOW + TIMEOUT_S + GRACE_S) == (Outlook.OVERDUE, NOW + TIMEOUT_S)


def test_the_timeout_is_the_servers_role_timeout_then_the_configurations_then_the_plugins() -> None:
    host = restricted(options={"role_timeout": 20, "party_check_timeout": 7}).host_of(key("room"))
    assert (close_policy(host).plugin, close_policy(host).timeout_s) == ("owner_restricted", 20)
    store = restricted(("muc",))
    store.declare(SERVER, [HOST], "owner_restricted", 45)
    policy = close_policy(store.host_of(key("room")))
    assert (policy.timeout_s, policy.told, policy.reported) == (45, False, False)
    store.declare(SERVER, [HOST], "owner_restricted")
    assert close_policy(store.host_of(key("room"))).timeout_s == TIMEOUT_S


def test_which_policy_it_is() -> None:
    both = restricted((*RESTRICTED, "token_owner_party"))
    assert close_policy(both.host_of(key("room"))).plugin == "token_owner_party"
    both.declare(SERVER, [HOST], "owner_restricted")
    assert close_policy(both.host_of(key("room"))).plugin == "owner_restricted"
    named = restricted(("muc",), modules_enabled=["owner_restricted"])
    policy = close_policy(named.host_of(key("room")))
    assert (policy.plugin, policy.loaded, policy.reported) == ("owner_restricted", False, True)


def test_a_room_that_was_there_before_is_unknown_until_any_timer_of_then_has_fired() -> None:
    store = restricted()
    seen = RoomSeen(
        key("room"),
        "one",
        RoomKind.MAIN,
        None,
        NOW - 900,
        NOW - 900,
        True,
        (person(1, MEMBER, MEMBER),),
        owner_seen=True,
    )
    store.apply(seen)
    assert now_is(store, NOW + 1) == (Outlook.UNKNOWN, NOW)
    assert judged(store, NOW + 1).ask_again_at == NOW + TIMEOUT_S
    assert now_is(store, NOW + TIMEOUT_S) == (Outlook.NO_TIMER, None)
