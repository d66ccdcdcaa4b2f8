"""The incident note: complete, with absolute times, initials unless names are asked for, and nothing of a token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Change
from monitor.core.claims import Claims
from monitor.core.events import ClosingChanged, FactsLearned, OccupantLeft
from monitor.core.findings import judge
from monitor.core.note import Incident, note, plain
from monitor.core.occupant import Occupant, Session
from monitor.core.related import Elsewhere
from monitor.core.room import EndedRoom, OwnerGone, Room, RoomKind, Timer
from monitor.core.server import MucHost
from monitor.core.store import Store
from monitor.core.text import clean
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

JANE = person(1, MEMBER, OWNER, name="Jane Doe", change=promotion(FOCUS, ActorKind.JICOFO, NOW + 0.2))
TOM = person(2, MEMBER, MEMBER, name="Tom Ford")
HOST_ = person(3, OWNER, OWNER, name="Ayşe Yılmaz", joined_at=NOW - 100)


def spell(at: float) -> str:
    """A moment as seconds since the scene began, which no machine's zone changes."""
    return f"T{at - NOW:+.0f}"


def told(store: Store, later_s: float = 60, *, full: bool = False, node: str = "room", **fields: Any) -> str:
    """The note about everything in a room."""
    return plain(note(incident(store, later_s, node, **fields), spell, full))


def incident(store: Store, later_s: float = 60, node: str = "room", **fields: Any) -> Incident:
    room, host = store.find_room(key(node)), store.host_of(key(node))
    assert room is not None
    judgement = judge(room, host, NOW + later_s)
    given_: dict[str, Any] = {"findings": judgement.findings, **fields}
    return Incident(room, host, judgement, NOW + later_s, **given_)


def closing_store(*modules: str) -> Store:
    store = live_store(("muc", "token_affiliation", *modules))
    facts = {
        "modules": ["muc", "token_affiliation", *modules],
        "modules_enabled": ["token_owner_party"],
        "options": {"party_check_timeout": 60},
    }
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    return store


def test_a_room_held_open_is_told_with_all_that_a_ticket_needs() -> None:
    store = closing_store("token_owner_party")
    join(store, "room", HOST_, JANE, TOM)
    store.apply(OccupantLeft(key("room"), NOW + 10, 3, why="lost"))
    store.apply(ClosingChanged(key("room"), NOW + 10, (), OwnerGone(NOW + 10, 3, "Ayşe Yılmaz", "lost"), True))
    text = told(store)
    for line in (
        "What:   critical, held open (F10c): The host left; the room stays open.",
        "Since:  T+10",
        "Who:    A. Y. left at T+10",
        "Cause:  the same as above",
        "Room:   room @ conference.meet.test, server meet",
        "        open since T-100; 2 people, 1 owner",
        "What:   critical, unclaimed owner (F1): J. D. has owner rights the token does not give.",
        "Since:  T+0",
        "Who:    J. D.: token says member, room says owner since T+0, set by focus (jicofo)",
        "Closes: no close is due",
        "Note:   people as initials; from mucmon, T+60; no tokens",
    ):
        assert line in text.splitlines()
    assert "Cause:  jicofo authentication is on" in text
    assert "Fix:    on Debian: hocon -f" in text
    assert re.search(r"^ {8}systemctl restart jicofo$", text, re.MULTILINE)


def test_names_are_in_it_only_when_they_are_asked_for() -> None:
    store = closing_store("token_owner_party")
    join(store, "room", HOST_, TOM)
    store.apply(OccupantLeft(key("room"), NOW + 10, 3, why="left"))
    room = store.find_room(key("room"))
    assert room is not None
    room.armed = (Timer(NOW + 10, NOW + 70, "Ayşe Yılmaz"),)
    away = (Elsewhere(replace(HOST_, oid=9), clean("Gruppe 2")),)
    for elsewhere in ((), away):
        text = told(store, elsewhere=elsewhere)
        assert "Yılmaz" not in text
        assert "Ford" not in text
        assert "user2" not in text
        assert "A. Y." in text
        named = told(store, full=True, elsewhere=elsewhere)
        assert "Ayşe Yılmaz" in named
        assert named.splitlines()[-1] == "Note:   names in full; from mucmon, T+60; no tokens"
    assert 'set_affiliation(true, "user2@meet.test", "owner")' in told(store, full=True)
    assert "set_affiliation" not in told(store)
    assert "in breakout room Gruppe 2" in told(store, elsewhere=away)


@pytest.mark.parametrize(
    ("armed", "loaded", "owner", "words"),
    [
        (
            (Timer(NOW, NOW + 100, "X"),),
            True,
            False,
            "T+100 (in 40 s), unless an owner is present in that very instant",
        ),
        ((Timer(NOW, NOW + 30, "X", True),), True, False, "should have closed T+30, and nobody was removed"),
        ((Timer(NOW, NOW + 100, "X"),), False, False, "would be due T+100, but token_owner_party is not loaded"),
        ((Timer(NOW, NOW + 100, "X"),), True, True, "not as long as an owner is present; a timer fires T+100"),
        ((), True, False, "no owner is here and no timer is running: it will not close by itself"),
        ((), True, True, "no close is due"),
    ],
)
def test_the_close_has_its_deadline_or_why_there_is_none(
    armed: tuple[Timer, ...], loaded: bool, owner: bool, words: str
) -> None:
    store = closing_store(*(["token_owner_party"] if loaded else []))
    join(store, "room", TOM, *([HOST_] if owner else []))
    room = store.find_room(key("room"))
    assert room is not None
    room.armed = armed
    assert f"Closes: {words}" in told(store)


def test_an_owner_who_is_lost_and_a_server_without_a_policy() -> None:
    store = closing_store("token_owner_party")
    join(store, "room", TOM, replace(HOST_, sessions=(Session("u3@meet.test/x", NOW + 80),)))
    assert "Closes: 60 s after the owner counts as gone, which is T+80 unless they are back" in told(store)
    plain_store = live_store()
    join(plain_store, "room", TOM)
    assert "Closes: nothing closes rooms without an owner on this server" in told(plain_store)


def test_what_many_have_for_one_cause_is_told_once_with_some_of_them() -> None:
    store = live_store()
    crowd = [replace(JANE, oid=at, name=f"Jane Doe {at}", nick=f"n{at}") for at in range(11, 19)]
    join(store, "room", *crowd, HOST_)
    text = told(store)
    assert text.count("(F1)") == 1
    assert "And 7 more alike." in text
    assert text.count("set by focus (jicofo)") == 5
    assert "        and 3 more" in text.splitlines()


def test_one_finding_or_one_person_can_be_told_alone() -> None:
    store = live_store()
    join(store, "room", JANE, person(4, None, OWNER, name="Ein Gast"), TOM)
    everything = incident(store)
    guest = next(one for one in everything.findings if one.oid == 4)
    text = told(store, findings=(guest,))
    assert "(F7)" in text
    assert "(F1)" not in text
    calm = told(store, findings=(), person=TOM)
    assert "What:   no finding" in calm
    assert "Who:    T. F.: token says member, room says member, joined T+0" in calm


def test_a_grant_names_who_made_it_by_initials() -> None:
    store = live_store()
    granted = person(5, MEMBER, OWNER, name="Promoted Pete", change=promotion("user3@meet.test/x", ActorKind.PERSON))
    join(store, "room", HOST_, granted)
    assert "set by A. Y." in told(store, findings=(), person=granted)
    assert "set by Ayşe Yılmaz" in told(store, full=True, findings=(), person=granted)
    store.apply(OccupantLeft(key("room"), NOW + 5, 3))
    assert "set by somebody who is not here any more" in told(store, findings=(), person=granted)


def test_a_room_that_is_over_says_how_it_ended() -> None:
    store = live_store()
    join(store, "room", TOM)
    over = EndedRoom(key("room"), NOW + 50, "x", "timer")
    assert "Ended:  T+50, closed by its timer" in told(store, over=over)
    assert "Closes" not in told(store, over=over)


def test_the_room_that_a_token_is_for_is_named() -> None:
    store = live_store()
    wrong = replace(TOM, claims=Claims(MEMBER, room="klausur-mathe"))
    join(store, "room", wrong)
    text = told(store)
    assert "(F11)" in text
    assert "T. F. came in with a token for another room." in text


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqaXRzaSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize("full", [False, True])
def test_a_token_that_somebody_has_for_a_name_is_taken_out(full: bool) -> None:
    store = live_store()
    odd = replace(JANE, name=TOKEN, nick=TOKEN, claims=Claims(MEMBER, room=TOKEN, name=TOKEN))
    join(store, TOKEN.lower(), odd)
    join(store, TOKEN, odd)
    for node in (TOKEN, TOKEN.lower()):
        text = told(store, node=node, full=full)
        assert "eyJ" not in text
        assert "c2lnbmF0dXJl" not in text
    assert "(token left out)" in told(store, node=TOKEN, full=True)


foreign = st.text(max_size=40) | st.sampled_from(["a\nWhat: b", "\x1b[2J", "\u202eevil", TOKEN, ""])


@given(foreign, foreign, foreign, st.booleans())
def test_whatever_strangers_write_each_line_stays_one_line(name: str, node: str, actor: str, full: bool) -> None:
    store = live_store()
    change = Change(NOW, MEMBER, OWNER, actor, ActorKind.PERSON, actor, actor)
    join(store, node, focus(), person(1, MEMBER, OWNER, name=name, change=change), person(2, OWNER, NONE, name=name))
    lines = note(incident(store, node=node), spell, full)
    text = plain(lines)
    assert len(text.split("\n")) == len(lines)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "eyJ" not in text


def test_the_host_of_a_room_needs_no_facts() -> None:
    room = Room(key("bare"), occupants={1: replace(TOM, joined_at=float("nan"))}, first_seen_at=float("inf"))
    host = MucHost(HOST)
    made = Incident(room, host, judge(room, host, NOW), NOW, ())
    assert "Room:   bare @ conference.meet.test" in plain(note(made, spell))


def test_somebody_who_has_left_can_be_told_about() -> None:
    store = live_store()
    join(store, "room", JANE, TOM)
    gone: Occupant = replace(TOM, oid=77, name="Gone Girl")
    assert "Who:    G. G.: token says member" in told(store, findings=(), person=gone)
