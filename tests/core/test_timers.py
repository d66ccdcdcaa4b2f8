"""What each close timer of a room comes to: the room's end, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.countdown import GRACE_S, Outlook, forecast
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import Room, RoomKind, Timer
from monitor.core.server import MucHost
from monitor.core.timers import Fate, fates
from tests.core.scenes import HOST, MEMBER, NOW, OWNER, key, person


def host(loaded: bool = True, **fields: Any) -> MucHost:
    """A MUC host whose plugin closes rooms, or is only configured to."""
    facts = {"modules_enabled": ["token_owner_party"]}
    modules = frozenset({"token_owner_party"} if loaded else ())
    return MucHost(HOST, facts=facts, modules=modules, **fields)


def room(*people: Occupant, armed: tuple[Timer, ...], **fields: Any) -> Room:
    return Room(key("room"), occupants={one.oid: one for one in people}, armed=armed, owner_seen=True, **fields)


def timer(in_s: float, missed: bool = False) -> Timer:
    return Timer(NOW + in_s - 60, NOW + in_s, "John Doe", missed)


def held(in_s: float) -> Occupant:
    """An owner whose connection is lost and given up in so many seconds."""
    return replace(person(9, OWNER, OWNER), sessions=(Session("u9@meet.test/web", NOW + in_s),))


member, owner = person(1, MEMBER, MEMBER), person(2, OWNER, OWNER)
admin = person(3, None, OWNER, exempt=Exempt.ADMIN)


@pytest.mark.parametrize(
    ("people", "armed", "told"),
    [
        ((member,), (timer(10),), [Fate.ENDS]),
        ((member,), (timer(40), timer(10)), [Fate.ENDS, Fate.AFTER]),
        ((member, owner), (timer(10), timer(40)), [Fate.OWNER_HERE, Fate.OWNER_HERE]),
        ((member, admin), (timer(10),), [Fate.ENDS]),
        ((admin,), (timer(10),), [Fate.EMPTY]),
        ((), (timer(10),), [Fate.EMPTY]),
        ((member, held(20)), (timer(10), timer(40)), [Fate.OWNER_HERE, Fate.ENDS_UNLESS_BACK]),
        ((member, held(20), owner), (timer(40),), [Fate.OWNER_HERE]),
        ((member,), (timer(-70, missed=True), timer(10)), [Fate.MISSED, Fate.ENDS]),
        # The server says itself when one was missed; the link may be slow.
        ((member,), (timer(-70),), [Fate.ENDS]),
    ],
)
def test_a_timer_does_what_holds_when_it_fires(
    people: tuple[Occupant, ...], armed: tuple[Timer, ...], told: list[Fate]
) -> None:
    found = fates(room(*people, armed=armed), host(), NOW)
    assert [fate for _, fate in found] == told
    assert [one.due_at for one, _ in found] == sorted(one.due_at for one in armed)
    assert [fate.is_deadly for fate in told] == [fate in ("ends", "ends unless back") for fate in told]


def test_without_the_plugin_a_timer_does_nothing() -> None:
    known = MucHost(HOST, facts={"modules": ["muc"]})
    for where in (host(loaded=False), known, host(close_policy="none")):
        assert fates(room(member, armed=(timer(10),)), where, NOW) == [(timer(10), Fate.NOT_LOADED)]
    assert fates(room(member, armed=(timer(10),)), MucHost(HOST), NOW)[0][1] is Fate.UNTOLD
    beside = room(member, armed=(timer(10),), kind=RoomKind.BREAKOUT)
    assert fates(beside, host(), NOW)[0][1] is Fate.NOT_LOADED


def test_a_timer_that_is_derived_here_was_missed_when_its_time_and_the_grace_have_passed() -> None:
    derived = MucHost(HOST, close_policy="token_owner_party")
    late = room(member, armed=(timer(0),))
    assert fates(late, derived, NOW + GRACE_S - 0.1)[0][1] is Fate.ENDS
    assert fates(late, derived, NOW + GRACE_S)[0][1] is Fate.MISSED
    assert fates(room(member, owner, armed=(timer(0),)), derived, NOW + 5)[0][1] is Fate.OWNER_HERE


@given(
    st.lists(st.sampled_from([member, owner, admin, held(5), held(500)]), unique_by=lambda one: one.oid),
    st.lists(st.builds(timer, st.floats(-100, 100), st.booleans()), max_size=4),
    st.sampled_from([host(), host(loaded=False), MucHost(HOST), MucHost(HOST, close_policy="token_owner_party")]),
)
def test_the_one_that_ends_the_room_is_the_one_that_the_forecast_counts_down_to(
    people: list[Occupant], armed: list[Timer], where: MucHost
) -> None:
    made = room(*people, armed=tuple(armed))
    coming = forecast(made, where, NOW)
    ends = [one.due_at for one, fate in fates(made, where, NOW) if fate is Fate.ENDS]
    assert ends == ([coming.at] if coming.outlook is Outlook.CLOSES else [])
