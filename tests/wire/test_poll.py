"""Polling a made-up MUC component: whatever happens between the looks, the picture is right after them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.affiliation import Affiliation
from monitor.core.closes import closes_words
from monitor.core.closing import overdue, ownerless
from monitor.core.countdown import PARTY, Outlook, forecast
from monitor.core.events import Event, FeedChanged, OccupantJoined, OccupantLeft, RoomDestroyed, RoomSeen
from monitor.core.findings import Severity, judge
from monitor.core.query import Overview
from monitor.core.room import Room, RoomKey, RoomKind
from monitor.core.server import FeedState, MucHost, Vantage
from monitor.core.store import Store
from monitor.core.timers import Fate, fates
from monitor.wire.poll import LIST_S, RETRY_S, SILENCE_S, Poll
from monitor.wire.queries import ROLES
from monitor.wire.questions import ASKED, PATIENCE_S, TIMED_OUT, Answer, Told
from monitor.wire.rounds import CHOSEN_S, LEAST_S, RATE
from monitor.wire.watched import Watched
from tests.wire.samples import HOST, SERVER

WATCHER = "monitor.meet.test"
FOCUS = ("focus", "focus@auth.meet.test/focus", "moderator", "owner")
Person = tuple[str, str, str, str]
"""Nick, address, role, affiliation."""
Picture = dict[str, set[Person]]


def person(number: int, affiliation: str = "member", role: str = "participant", nick: str = "") -> Person:
    return (nick or f"nick{number}", f"user{number}@meet.test/web", role, affiliation)


class Asked(NamedTuple):
    """A question on its way."""

    kind: str
    to: str
    payload: str
    answered: Told
    at: float
    late: Told | None


class Muc:
    """A stock MUC component at the other end of the line, with a clock of its own."""

    def __init__(self, rooms: Picture | None = None, **poll: Any) -> None:
        self.now = 1000.0
        self.rooms: Picture = rooms if rooms is not None else {}
        self.stored: set[str] = set()
        """Rooms that are listed, with nobody in them."""
        self.refuses: dict[str, str] = {}
        """Conditions by the kind of question."""
        self.fails: dict[str, str] = {}
        """Conditions by the room that is asked."""
        self.is_deaf = self.is_full = False
        self.given_up: list[Asked] = []
        self.sessions: set[str] = set()
        self.lists = self.most = 0
        self.on_the_way: list[Asked] = []
        self.store = Store()
        self.store.declare(SERVER, [HOST], poll.pop("close_policy", "auto"))
        self.events: list[Event] = []
        self.poll = Poll(Watched(SERVER, HOST, WATCHER, self.apply, lambda: self.now, lambda: self.now), self, **poll)

    def apply(self, event: Event) -> None:
        self.events.append(event)
        self.store.apply(event)

    def free(self) -> int:
        return ASKED - len(self.on_the_way)

    def ask(self, kind: str, to: str, set_or_get: str, payload: str, answered: Told, late: Told | None = None) -> bool:
        if kind == "cancel" and self.is_full:
            return False
        assert self.free() > 0
        self.on_the_way.append(Asked(kind, to, payload, answered, self.now, late))
        self.most = max(self.most, len(self.on_the_way))
        return True

    def answer(self, at: int = 0) -> None:
        """Answer one of the questions, as the rooms are now."""
        asked = self.on_the_way.pop(at)
        asked.answered(self.answer_to(asked.kind, asked.to, asked.payload))

    def answer_late(self) -> None:
        """Answer what nobody waits for any more."""
        for asked in self.given_up:
            answer = self.answer_to(asked.kind, asked.to, asked.payload)
            if asked.late is not None:
                asked.late(answer)
        self.given_up.clear()

    def answer_to(self, kind: str, to: str, payload: str) -> Answer:
        if kind in self.refuses:
            return Answer(None, self.refuses[kind])
        asked = ET.fromstring(payload)
        if kind == "rooms":
            assert (to, asked.get("action")) == (HOST, "execute")
            assert list(asked) == []
            self.lists += 1
            self.sessions.add(f"form-{self.lists}")
            return result(listed([*self.rooms, *self.stored], f"form-{self.lists}"))
        if kind == "cancel":
            assert asked.get("action") == "cancel"
            self.sessions.remove(asked.get("sessionid", ""))
            return result("<command xmlns='http://jabber.org/protocol/commands' status='canceled'/>")
        node, _, host = to.partition("@")
        assert host == HOST
        if node in self.fails:
            return Answer(None, self.fails[node])
        if node not in self.rooms and node not in self.stored:
            return Answer(None, "item-not-found")
        role = asked[0].get("role")
        return result(people(one for one in self.rooms.get(node, ()) if one[2] == role))

    def settle(self, seconds: float = 0.0) -> None:
        """Answer everything that is asked, for so long a time."""
        until = self.now + seconds
        while True:
            while self.on_the_way and not self.is_deaf:
                self.answer()
            for one in [one for one in self.on_the_way if self.now - one.at >= PATIENCE_S]:
                self.on_the_way.remove(one)
                self.given_up.append(one)
                one.answered(Answer(None, TIMED_OUT))
            if self.now >= until:
                return
            self.now += 0.5
            self.poll.tick()

    @property
    def host(self) -> MucHost:
        return self.store.servers[SERVER].hosts[HOST]

    @property
    def feed(self) -> str:
        return self.host.feed.value

    def picture(self) -> Picture:
        return {
            room.key.node: {
                (one.nick, one.sessions[0].jid, one.role.value, one.affiliation.value)
                for one in room.occupants.values()
            }
            for room in self.store.rooms()
        }

    def kinds(self, since: int = 0) -> list[str]:
        return [type(event).__name__ for event in self.events[since:]]


def result(payload: str) -> Answer:
    return Answer(ET.fromstring(f"<iq type='result'>{payload}</iq>"))


def listed(nodes: list[str], session: str) -> str:
    options = "".join(f"<option><value>{node}@{HOST}</value></option>" for node in sorted(nodes))
    return (
        f"<command xmlns='http://jabber.org/protocol/commands' status='executing' sessionid='{session}'>"
        "<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>x</value></field>"
        f"<field var='rooms' type='list-multi'><required/>{options}</field></x></command>"
    )


def people(seen: Any) -> str:
    items = "".join(
        f"<item nick={quoteattr(nick)} jid={quoteattr(jid)} role='{role}' affiliation='{affiliation}'/>"
        for nick, jid, role, affiliation in seen
    )
    return f"<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>"


def polled(rooms: Picture, **poll: Any) -> Muc:
    muc = Muc(rooms, **poll)
    muc.poll.start("a hint")
    muc.settle()
    return muc


def test_rooms_and_people_come_without_claims_and_the_form_is_closed_again() -> None:
    muc = polled({"alpha": {FOCUS, person(1, "owner", "moderator")}, "beta": {FOCUS, person(2), person(3, "none")}})
    assert muc.picture() == muc.rooms
    assert muc.feed == "live"
    assert (muc.host.vantage, muc.host.hint) == (Vantage.POLL, "a hint")
    assert muc.sessions == set()
    alpha = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert alpha is not None
    assert alpha.focus_present
    assert alpha.owner_seen
    assert {one.claimed for one in alpha.occupants.values()} == {None}
    assert judge(alpha, muc.host, muc.now).findings == ()


def test_rooms_that_are_only_kept_are_not_shown() -> None:
    muc = Muc({"alpha": {FOCUS}})
    muc.stored = {"kept"}
    muc.poll.start("")
    muc.settle(20)
    assert set(muc.picture()) == {"alpha"}
    assert muc.feed == "live"


def test_what_happened_between_two_looks_is_told_as_events() -> None:
    muc = polled({"alpha": {FOCUS, person(1, "owner", "moderator"), person(2)}, "beta": {person(5)}})
    since = len(muc.events)
    muc.rooms["alpha"] = {FOCUS, person(1, "owner", "moderator", "Renamed"), person(3)}
    muc.rooms["beta"] = {person(5, "owner", "moderator")}
    muc.rooms["gamma"] = {person(4)}
    muc.settle(LIST_S + 1)
    assert muc.picture() == muc.rooms
    told = muc.kinds(since)
    assert {kind: told.count(kind) for kind in set(told) - {"BatchHeard"}} == {
        "OccupantRenamed": 1,
        "OccupantJoined": 2,
        "OccupantLeft": 1,
        "AffiliationChanged": 1,
        "OccupantChanged": 1,
        "RoomSeen": 1,
    }
    del muc.rooms["alpha"]
    muc.settle(LIST_S + 1)
    ended = [event.ended for event in muc.events if isinstance(event, RoomDestroyed)]
    assert [(one.key.node, one.how) for one in ended] == [("alpha", "unknown")]
    assert {name for name, *_ in ended[0].people} == {"Renamed", "nick3"}
    assert muc.picture() == muc.rooms


def test_who_came_is_dated_at_the_look_and_who_left_at_the_last_look_that_saw_them() -> None:
    muc = polled({"alpha": {person(1), person(2)}})
    started = muc.now
    muc.rooms["alpha"] = {person(1), person(3)}
    muc.settle(LEAST_S + 0.5)
    (left,) = (event for event in muc.events if isinstance(event, OccupantLeft))
    (joined,) = (event for event in muc.events if isinstance(event, OccupantJoined))
    assert left.at == started
    assert started + LEAST_S <= joined.at <= started + LEAST_S + 0.5
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    assert {one.nick: (one.joined_exactly, one.joined_at) for one in room.occupants.values()} == {
        "nick1": (False, started),
        "nick3": (True, joined.at),
    }
    # Over a new link they are who they were.
    muc.poll.link_down()
    muc.poll.start("a hint")
    muc.settle(LIST_S)
    assert [one.nick for one in room.occupants.values() if one.joined_exactly] == ["nick3"]


def test_a_move_from_one_list_to_another_between_the_questions_is_no_leaving() -> None:
    muc = polled({"alpha": {person(1, role="moderator"), person(2)}})
    muc.now += LEAST_S + 1
    muc.poll.tick()
    assert [one.kind for one in muc.on_the_way] == ["people"] * len(ROLES)
    muc.answer(1)
    muc.rooms["alpha"] = {person(1), person(2)}
    muc.answer(0)
    muc.settle(1)
    assert "OccupantLeft" not in muc.kinds()
    assert muc.picture() == muc.rooms


def test_a_room_that_is_gone_when_it_is_asked_is_over_at_once() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    del muc.rooms["alpha"]
    muc.settle(LEAST_S + 0.5)
    assert set(muc.picture()) == {"beta"}
    assert "RoomDestroyed" in muc.kinds()


def test_the_chosen_room_is_asked_often_the_others_in_turn_within_a_budget_and_never_too_many_at_once() -> None:
    muc = polled({f"room{number}": {person(number)} for number in range(600)})
    assert muc.most <= ASKED
    asked = {"room7": 0}
    total = 0
    take = muc.answer_to

    def counting(kind: str, to: str, payload: str) -> Answer:
        nonlocal total
        if kind == "people":
            total += 1
            node = to.partition("@")[0]
            asked[node] = asked.get(node, 0) + 1
        return take(kind, to, payload)

    muc.answer_to = counting  # type: ignore[method-assign]
    muc.poll.look_at("room7")
    muc.settle(60)
    assert 60 / (CHOSEN_S + 0.5) - 1 <= asked["room7"] / len(ROLES) <= 60 / CHOSEN_S + 1
    rest = total - asked["room7"]
    assert rest / len(ROLES) <= 61 * RATE
    assert len(asked) == 600
    others = [times for node, times in asked.items() if node != "room7"]
    assert max(others) - min(others) <= len(ROLES)
    assert muc.host.lag_s == pytest.approx(600 / RATE, abs=1)


def test_the_list_is_read_no_more_often_than_that() -> None:
    muc = polled({"alpha": {person(1)}})
    muc.settle(100)
    assert muc.lists <= 1 + 100 / LIST_S


@pytest.mark.parametrize(
    ("number", "size", "words"),
    [
        (89, None, ""),
        (90, None, "room_cache_size"),
        (300, None, "lists 300 rooms"),
        (300, 10_000, ""),
        (9, 10, "9 rooms"),
    ],
)
def test_a_list_near_the_size_of_the_cache_is_warned_of(number: int, size: int | None, words: str) -> None:
    muc = polled({f"room{one}": {person(one)} for one in range(number)}, cache_size=size)
    assert words in muc.host.words
    assert bool(muc.host.words) is bool(words)
    assert muc.feed == "live"
    muc.rooms.clear()
    muc.settle(LIST_S + 1)
    assert muc.host.words == ""


def test_not_being_an_admin_is_named_with_both_remedies_and_tried_again_quietly() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.refuses["rooms"] = "forbidden"
    muc.poll.start("", "the module is missing", "service-unavailable")
    muc.settle()
    assert muc.feed == "refused"
    assert muc.host.words.startswith("the module is missing; or,")
    assert f"add {WATCHER} to `admins`" in muc.host.words
    since = len(muc.events)
    muc.settle(RETRY_S + 1)
    assert [event.state for event in muc.events[since:] if isinstance(event, FeedChanged)] == [FeedState.REFUSED]
    muc.refuses.clear()
    muc.settle(RETRY_S + 1)
    assert muc.picture() == muc.rooms
    assert muc.feed == "live"


def test_admins_who_are_no_owners_are_told_the_option_and_the_screen_does_not_flicker() -> None:
    muc = Muc({"alpha": {person(1)}, "beta": {person(2)}})
    muc.refuses["people"] = "forbidden"
    muc.poll.start("")
    muc.settle()
    assert muc.feed == "refused"
    assert "has 2 rooms" in muc.host.words
    assert "component_admins_as_room_owners = true" in muc.host.words
    since = len(muc.events)
    muc.settle(3 * RETRY_S)
    assert {event.state for event in muc.events[since:] if isinstance(event, FeedChanged)} == {FeedState.REFUSED}
    muc.refuses.clear()
    muc.settle(RETRY_S + 1)
    assert muc.picture() == muc.rooms


def test_one_room_that_refuses_takes_nothing_with_it() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    take = muc.answer_to
    muc.answer_to = (  # type: ignore[method-assign]
        lambda kind, to, payload: Answer(None, "forbidden") if to.startswith("beta@") else take(kind, to, payload)
    )
    muc.rooms["alpha"] = {person(3)}
    muc.settle(LEAST_S + 1)
    assert muc.picture() == {"alpha": {person(3)}, "beta": {person(2)}}
    assert muc.feed == "live"


def test_silence_is_stale_and_an_answer_ends_it() -> None:
    muc = polled({"alpha": {person(1)}})
    muc.is_deaf = True
    muc.settle(LIST_S + SILENCE_S + 2)
    assert muc.feed == "stale"
    assert "has not answered" in muc.host.words
    assert muc.picture() == muc.rooms
    muc.is_deaf = False
    muc.rooms["alpha"] = {person(1), person(2)}
    muc.settle(LIST_S)
    assert muc.feed == "live"
    assert muc.picture() == muc.rooms


def test_after_the_link_was_lost_the_same_people_keep_their_places_and_what_is_gone_goes_quietly() -> None:
    muc = polled({"alpha": {person(1), person(2)}, "beta": {person(3)}})
    before = {one.nick: (one.oid, one.joined_at) for room in muc.store.rooms() for one in room.occupants.values()}
    muc.poll.link_down()
    muc.on_the_way.clear()
    assert muc.feed == "stale"
    muc.rooms = {"alpha": {person(2), person(4)}}
    muc.now += 30
    since = len(muc.events)
    muc.poll.start("a hint")
    muc.settle()
    assert muc.picture() == muc.rooms
    assert "RoomDestroyed" not in muc.kinds(since)
    after = {one.nick: (one.oid, one.joined_at) for room in muc.store.rooms() for one in room.occupants.values()}
    assert after["nick2"] == before["nick2"]


FAULTS = ["internal-server-error", "forbidden", "undefined-condition", TIMED_OUT]


@pytest.mark.parametrize("condition", FAULTS)
def test_a_look_that_fails_after_the_link_was_lost_leaves_the_room_as_it_was_known(condition: str) -> None:
    people = {person(1, "owner", "moderator"), person(2), person(3)}
    muc = polled({"alpha": people, "beta": {person(4)}}, close_policy="token_owner_party")
    muc.rooms["alpha"] = {person(2), person(3)}
    muc.settle(LEAST_S + 1)
    alpha = RoomKey(SERVER, HOST, "alpha")
    before = muc.store.find_room(alpha)
    assert before is not None
    (timer,) = before.armed
    people_before = dict(before.occupants)
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.now += LIST_S
    muc.fails["alpha"] = condition
    since = len(muc.events)
    muc.poll.start("a hint")
    muc.settle(1)
    assert muc.feed == "live"
    after = muc.store.find_room(alpha)
    assert after is not None
    assert after.occupants == people_before
    assert after.armed == (timer,)
    # It is tried again, and only what is otherwise then has happened.
    muc.fails.clear()
    muc.rooms["alpha"] = {person(2)}
    muc.settle(LEAST_S + 1)
    assert muc.picture() == muc.rooms
    assert "OccupantJoined" not in muc.kinds(since)
    after = muc.store.find_room(alpha)
    assert after is not None
    assert after.armed == (timer,)


@pytest.mark.parametrize("condition", FAULTS)
def test_who_was_there_before_the_first_look_that_did_not_fail_did_not_come_just_then(condition: str) -> None:
    muc = Muc({"alpha": {person(1), person(2)}, "beta": {person(3)}})
    muc.fails["alpha"] = condition
    muc.poll.start("")
    muc.settle(1)
    assert muc.picture() == {"beta": {person(3)}}
    assert muc.feed == "live"
    muc.fails.clear()
    muc.settle(LEAST_S + 1)
    assert muc.picture() == muc.rooms
    assert "OccupantJoined" not in muc.kinds()
    # What is listed later for the first time has come since.
    muc.rooms["gamma"] = {person(4)}
    muc.settle(LIST_S + 1)
    assert muc.kinds().count("OccupantJoined") == 1


def test_a_room_that_goes_on_telling_nothing_is_said_to_be_shown_as_it_was_and_once_failed_is_not() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    words = []
    for seconds, fails in (
        (LEAST_S, True),
        (LIST_S, False),
        (3 * LEAST_S + LIST_S, True),
        (LEAST_S + LIST_S + 1, False),
    ):
        if fails:
            muc.fails["beta"] = "internal-server-error"
        muc.settle(seconds)
        words.append(muc.host.words)
        muc.fails.clear()
    assert words[0] == words[1] == words[3] == ""
    assert "1 room of conference.meet.test does not tell who is in it (internal-server-error)" in words[2]
    assert muc.feed == "live"
    assert muc.picture() == muc.rooms


@pytest.mark.parametrize("condition", FAULTS)
@pytest.mark.parametrize("ends", ["gone", "emptied", "unlisted"])
def test_a_room_that_ends_before_any_look_into_it_came_to_something_does_not_stay(condition: str, ends: str) -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.now += LIST_S
    muc.fails["alpha"] = condition
    muc.poll.start("a hint")
    muc.settle(1)
    assert muc.picture() == muc.rooms
    muc.fails.clear()
    if ends == "unlisted":
        # So that the list is what says it.
        muc.fails["alpha"] = condition
    if ends == "emptied":
        muc.stored.add("alpha")
    del muc.rooms["alpha"]
    muc.settle(LIST_S + 1)
    assert muc.picture() == muc.rooms
    assert muc.feed == "live"


@pytest.mark.parametrize("condition", FAULTS)
def test_a_room_of_the_companion_module_that_ends_unseen_by_the_polling_does_not_stay(condition: str) -> None:
    muc = Muc({"alpha": {person(1)}, "beta": {person(2)}})
    alpha = RoomKey(SERVER, HOST, "alpha")
    muc.apply(RoomSeen(alpha, "of-the-feed", RoomKind.MAIN, None, muc.now, None, True, ()))
    muc.fails["alpha"] = condition
    muc.poll.start("a hint")
    muc.settle(1)
    assert muc.store.find_room(alpha) is not None
    muc.fails.clear()
    del muc.rooms["alpha"]
    muc.settle(LIST_S + 1)
    assert muc.picture() == muc.rooms


def test_where_every_room_tells_nothing_what_is_known_is_stale_and_grows_old() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    muc.fails = dict.fromkeys(muc.rooms, "forbidden")
    muc.settle(2 * LEAST_S + LIST_S + 1)
    assert muc.feed == "stale"
    assert "component_admins_as_room_owners = true" in muc.host.words
    heard_at = muc.host.heard_at
    muc.settle(3 * LIST_S)
    assert (muc.feed, muc.host.heard_at) == ("stale", heard_at)
    assert muc.picture() == muc.rooms
    muc.fails.clear()
    muc.settle(LEAST_S + 1)
    assert (muc.feed, muc.host.words) == ("live", "")
    assert muc.host.heard_at is not None
    assert heard_at is not None
    assert muc.host.heard_at > heard_at


@pytest.mark.parametrize("missing", ["", "mod_muc_monitor is not loaded"])
def test_a_list_that_fails_once_takes_nothing_from_the_screen(missing: str) -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.poll.start("a hint", missing)
    muc.settle()
    muc.refuses["rooms"] = "internal-server-error"
    muc.settle(LIST_S + 1)
    assert muc.feed == "live"
    assert "could not list its rooms just now (internal-server-error)" in muc.host.words
    assert muc.picture() == muc.rooms
    muc.refuses.clear()
    muc.rooms["beta"] = {person(2)}
    muc.settle(LIST_S + 1)
    assert (muc.feed, muc.host.words) == ("live", "")
    assert muc.picture() == muc.rooms


def test_a_list_that_fails_at_first_is_asked_for_again() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.refuses["rooms"] = "resource-constraint"
    muc.poll.start("a hint", "mod_muc_monitor is not loaded")
    muc.settle()
    assert muc.feed == "stale"
    assert "could not list its rooms just now (resource-constraint)" in muc.host.words
    muc.refuses.clear()
    muc.settle(LIST_S + 1)
    assert (muc.feed, muc.host.words) == ("live", "")
    assert muc.picture() == muc.rooms


def test_a_deadline_that_passes_while_a_room_tells_nothing_is_neither_overdue_nor_missed() -> None:
    muc = polled({"alpha": {person(1, "owner", "moderator"), person(2)}}, close_policy="token_owner_party")
    muc.rooms["alpha"] = {person(2)}
    muc.settle(LEAST_S + 0.5)
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    (timer,) = room.armed
    muc.fails["alpha"] = "internal-server-error"
    last_told = muc.now
    muc.settle(2 * LEAST_S)
    assert room.untold_since is not None
    assert abs(room.untold_since - last_told) <= LEAST_S
    assert forecast(room, muc.host, muc.now).outlook is Outlook.CLOSES
    muc.settle(timer.due_at + 60 - muc.now)
    coming = forecast(room, muc.host, muc.now)
    assert (coming.outlook, coming.at) == (Outlook.UNTOLD, room.untold_since)
    words = closes_words(room, muc.host, coming, muc.now, lambda moment: f"{moment:.0f}")
    assert words.endswith(f"nothing of the room has been told since {room.untold_since:.0f}")
    judged = judge(room, muc.host, muc.now)
    assert "nothing has been told of the room since before that" in ownerless(room, muc.host, judged, ()).likely
    muc.fails.clear()
    muc.settle(LEAST_S + 1)
    assert room.untold_since is None
    assert not room.armed
    assert forecast(room, muc.host, muc.now).outlook is Outlook.NO_TIMER


def test_an_owner_who_left_while_nobody_looked_is_not_forgotten() -> None:
    muc = polled({"alpha": {person(1, "owner", "moderator"), person(2)}}, close_policy="token_owner_party")
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.now += LIST_S
    muc.rooms["alpha"] = {person(2)}
    muc.poll.start("a hint")
    muc.settle(1)
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    assert room.owner_seen
    assert forecast(room, muc.host, muc.now).outlook is Outlook.UNKNOWN
    muc.settle(61)
    assert forecast(room, muc.host, muc.now).outlook is Outlook.NO_TIMER


def polled_with_an_owner(closes: bool = True) -> tuple[Muc, Room]:
    """A room with an owner and somebody else; where it `closes`, the owner has just left."""
    muc = polled({"alpha": {person(1, "owner", "moderator"), person(2)}, "beta": {person(3)}}, close_policy=PARTY)
    if closes:
        muc.rooms["alpha"] = {person(2)}
        muc.settle(LEAST_S + 0.5)
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    assert bool(room.armed) is closes
    return muc, room


def test_a_room_that_told_nothing_before_polling_was_refused_is_told_again_afterwards() -> None:
    muc, room = polled_with_an_owner(closes=False)
    muc.fails = dict.fromkeys(muc.rooms, "forbidden")
    muc.settle(2 * LEAST_S + 1)
    assert room.untold_since is not None
    muc.refuses["rooms"] = "forbidden"
    muc.settle(LIST_S + 1)
    assert muc.feed == "refused"
    muc.refuses.clear()
    muc.fails.clear()
    muc.settle(RETRY_S + LIST_S)
    assert muc.feed == "live"
    assert room.untold_since is None
    muc.rooms["alpha"] = {person(2)}
    muc.settle(100)
    assert forecast(room, muc.host, muc.now).outlook is Outlook.OVERDUE


def test_an_owner_who_left_at_an_unknown_time_makes_nothing_overdue_before_its_time_is_over_for_certain() -> None:
    muc, room = polled_with_an_owner(closes=False)
    muc.fails["alpha"] = "internal-server-error"
    muc.settle(300)
    muc.rooms["alpha"] = {person(2)}
    muc.fails.clear()
    muc.settle(LEAST_S + 1)
    seen_at = muc.now
    assert forecast(room, muc.host, muc.now).outlook is Outlook.CLOSES
    muc.settle(50)
    assert forecast(room, muc.host, muc.now).outlook is Outlook.CLOSES
    muc.settle(seen_at + 61 + 2 * muc.host.lag_s - muc.now)
    assert forecast(room, muc.host, muc.now).outlook is Outlook.OVERDUE


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_overdue_while_nothing_is_heard_nor_for_what_nobody_saw_then(fails: bool) -> None:
    muc, room = polled_with_an_owner()
    if fails:
        muc.fails["alpha"] = "internal-server-error"
        muc.settle(20)
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.now += 80
    assert muc.feed == "stale"
    coming = forecast(room, muc.host, muc.now)
    assert coming.outlook is Outlook.UNTOLD
    assert [fate for _, fate in fates(room, muc.host, muc.now)] == [Fate.UNTOLD]
    muc.fails.clear()
    muc.poll.start("a hint")
    muc.settle(1)
    assert room.armed == ()
    assert forecast(room, muc.host, muc.now).outlook is Outlook.UNKNOWN
    muc.settle(61)
    assert forecast(room, muc.host, muc.now).outlook is Outlook.NO_TIMER


def test_a_form_for_which_there_was_no_room_is_closed_later() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.poll.start("a hint")
    muc.is_full = True
    muc.settle()
    assert len(muc.sessions) == 1
    muc.is_full = False
    muc.settle(1)
    assert not muc.sessions


def test_a_room_that_was_lost_and_one_that_was_only_silent_are_told_apart() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.now += LIST_S
    del muc.rooms["alpha"]
    muc.fails["beta"] = TIMED_OUT
    muc.poll.start("")
    muc.settle(1)
    assert muc.picture() == {"beta": {person(2)}}


def test_the_list_is_not_read_more_often_however_often_the_link_breaks_or_the_vantage_changes() -> None:
    muc = polled({"alpha": {person(1)}})
    started = muc.now
    for number in range(60):
        if number % 2:
            muc.poll.link_down()
            muc.on_the_way.clear()
        else:
            muc.poll.stop()
        muc.poll.start("")
        muc.settle(0.5)
        assert muc.lists <= 1 + (muc.now - started) / LIST_S
    muc.rooms["beta"] = {person(2)}
    muc.settle(LIST_S + 1)
    assert muc.feed == "live"
    assert muc.picture() == muc.rooms


def test_until_the_list_may_be_read_again_the_rooms_that_are_known_are_looked_at() -> None:
    muc = polled({"alpha": {person(1)}, "beta": {person(2)}})
    muc.poll.link_down()
    muc.on_the_way.clear()
    muc.rooms = {"alpha": {person(1), person(3)}, "gamma": {person(4)}}
    muc.poll.start("")
    muc.settle(1)
    assert muc.lists == 1
    assert muc.feed == "asked"
    assert muc.picture()["alpha"] == muc.rooms["alpha"]
    muc.settle(LIST_S)
    assert muc.feed == "live"
    assert muc.picture() == muc.rooms


def test_one_room_that_refuses_before_any_other_has_answered_takes_nothing_with_it() -> None:
    muc = Muc({"alpha": {person(1)}, "beta": {person(2)}})
    muc.fails["alpha"] = "forbidden"
    muc.poll.start("")
    muc.settle(1)
    assert muc.feed == "live"
    assert muc.picture() == {"beta": {person(2)}}


def test_a_form_that_comes_when_polling_was_stopped_is_closed_all_the_same() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.poll.start("")
    muc.poll.stop()
    muc.settle()
    assert (muc.lists, muc.sessions) == (1, set())


def test_a_form_that_comes_too_late_is_closed_all_the_same() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.poll.start("")
    (asked,) = muc.on_the_way
    muc.is_deaf = True
    muc.settle(PATIENCE_S + 1)
    assert asked not in muc.on_the_way
    muc.is_deaf = False
    muc.answer_late()
    muc.settle()
    assert muc.lists > 0
    assert muc.sessions == set()


def test_two_sessions_of_one_user_are_two_people_also_when_one_of_them_takes_another_nick() -> None:
    def session(nick: str, resource: str) -> Person:
        return (nick, f"user1@meet.test/{resource}", "participant", "member")

    muc = polled({"alpha": {session("one", "web")}})
    (first,) = next(muc.store.rooms()).occupants
    # Another session has the old nick now: it is not the one that is known.
    muc.rooms["alpha"] = {session("other", "web"), session("one", "phone")}
    muc.poll.look_at("alpha")
    muc.settle(CHOSEN_S + 0.5)
    assert muc.picture() == muc.rooms
    occupants = next(muc.store.rooms()).occupants
    assert occupants[first].nick == "other"
    numbers_then = set(occupants)
    since = len(muc.events)
    muc.settle(3 * CHOSEN_S)
    assert set(next(muc.store.rooms()).occupants) == numbers_then
    assert set(muc.kinds(since)) <= {"BatchHeard"}


def test_who_takes_another_nick_between_the_questions_is_seen_once() -> None:
    muc = polled({"alpha": {person(1, role="moderator")}})
    (number,) = next(muc.store.rooms()).occupants
    muc.now += LEAST_S + 1
    muc.poll.tick()
    muc.answer(0)
    muc.rooms["alpha"] = {person(1, nick="Other")}
    muc.answer(0)
    muc.answer(0)
    assert muc.picture() == muc.rooms
    assert set(next(muc.store.rooms()).occupants) == {number}


def test_answers_to_a_polling_that_was_stopped_do_nothing() -> None:
    muc = Muc({"alpha": {person(1)}})
    muc.poll.start("")
    muc.poll.stop()
    since = len(muc.events)
    muc.settle(30)
    assert muc.events[since:] == []


def test_an_unknown_form_is_refused_and_closed() -> None:
    muc = Muc()
    odd = "<command xmlns='http://jabber.org/protocol/commands' status='executing' sessionid='form-0'/>"
    muc.sessions.add("form-0")
    take = muc.answer_to
    muc.answer_to = lambda kind, to, payload: result(odd) if kind == "rooms" else take(kind, to, payload)  # type: ignore[method-assign]
    muc.poll.start("")
    muc.settle()
    assert muc.feed == "refused"
    assert muc.sessions == set()


def test_a_fault_of_our_own_neither_raises_nor_ends_the_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    muc = polled({"alpha": {person(1)}})
    with monkeypatch.context() as broken:
        broken.setattr("monitor.wire.poll.read_people", lambda _query: 1 / 0)
        muc.settle(LEAST_S + 1)
        assert "please report" in muc.host.words
    muc.rooms["alpha"] = {person(2)}
    muc.settle(LIST_S + 1)
    assert muc.picture() == muc.rooms
    assert muc.feed == "live"


def test_a_countdown_is_about_and_overdue_only_when_every_look_has_had_its_time() -> None:
    muc = polled({"alpha": {person(1, "owner", "moderator"), person(2)}}, close_policy="token_owner_party")
    last_seen = muc.now
    muc.rooms["alpha"] = {person(2)}
    muc.settle(LEAST_S + 0.5)
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    coming = forecast(room, muc.host, muc.now)
    assert (coming.outlook, coming.at, coming.about) == (Outlook.CLOSES, last_seen + 60, True)
    lag = muc.host.lag_s
    assert lag >= LEAST_S
    assert forecast(room, muc.host, last_seen + 60 + 2 * lag).outlook is Outlook.CLOSES
    assert forecast(room, muc.host, last_seen + 61.1 + 2 * lag).outlook is Outlook.OVERDUE
    assert "whether it runs is not told" in overdue(muc.host).likely


@pytest.mark.parametrize("close_policy", ["auto", "none", PARTY])
def test_whether_rooms_close_is_known_from_the_configuration_alone(close_policy: str) -> None:
    muc = polled({"alpha": {FOCUS, person(1, "owner", "moderator"), person(2)}}, close_policy=close_policy)
    room = muc.store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert room is not None
    said = closes_words(room, muc.host, forecast(room, muc.host, muc.now), muc.now, str)
    assert said.startswith("not known") == (close_policy == "auto")
    assert judge(room, muc.host, muc.now).findings == ()
    muc.rooms["alpha"] = {FOCUS, person(2)}
    muc.settle(LEAST_S + 0.5)
    judged = judge(room, muc.host, muc.now)
    said = closes_words(room, muc.host, judged.forecast, muc.now, str)
    (row,) = Overview(muc.store).rows(muc.now)
    if close_policy == "none":
        assert (judged.findings, row.severity, row.state) == ((), Severity.FINE, "")
        assert said == "nothing closes rooms without an owner on this server"
    elif close_policy == "auto":
        (finding,) = judged.findings
        assert (finding.rule.id, finding.severity, row.state) == ("F10", Severity.INFORMATION, "may close")
        assert said.startswith("not known: nothing tells whether a plugin closes rooms here")
        assert "close_policy" in said
        cause = ownerless(room, muc.host, judged, ())
        assert "the last owner is gone" in cause.likely
        assert any('close_policy = "token_owner_party"' in line and '"none"' in line for line in cause.fixes[0].lines)
        assert "not known" in (cause.so or "")
    else:
        assert judged.forecast.outlook is Outlook.CLOSES


acts = st.tuples(
    st.sampled_from(["join", "join", "leave", "rename", "role", "affiliation", "again"]),
    st.sampled_from(["alpha", "beta", "gamma"]),
    st.integers(0, 5),
)
moments = st.tuples(st.just("answer"), st.integers(0, 40), st.just(0))
waits = st.tuples(
    st.sampled_from(["wait", "down", "stop", "choose", "fail"]), st.sampled_from(["alpha", "beta"]), st.just(0)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(acts, moments, moments, waits), max_size=60))
def test_whatever_happens_in_whatever_order_the_picture_is_right_in_the_end(steps: list[tuple[str, Any, int]]) -> None:
    muc = Muc()
    muc.poll.start("")
    for what, where, number in steps:
        happens = isinstance(where, str) and what not in ("choose", "fail")
        inside = muc.rooms.setdefault(where, set()) if happens else set()
        # By the user: a nick is whose it is, whatever session they come with.
        one = next((known for known in inside if known[1].startswith(f"user{number}@")), None)
        match what:
            case "answer" if muc.on_the_way:
                muc.answer(where % len(muc.on_the_way))
            case "wait":
                muc.now += 3
                muc.poll.tick()
            case "down":
                muc.on_the_way.clear()
                muc.poll.link_down()
                muc.poll.start("")
            case "stop":
                muc.poll.stop()
                muc.poll.start("")
            case "fail":
                if muc.fails.pop(where, None) is None:
                    muc.fails[where] = FAULTS[len(steps) % len(FAULTS)]
            case "choose":
                muc.poll.look_at(where)
            case "join" if one is None:
                inside.add(person(number))
            case "leave" if one is not None:
                inside.remove(one)
            case "rename" | "role" | "affiliation" | "again" if one is not None:
                inside.remove(one)
                inside.add(_changed(what, number, one))
        for node in [node for node, here in muc.rooms.items() if not here]:
            del muc.rooms[node]
    muc.fails.clear()
    # Where every room refused, it takes longest.
    muc.settle(RETRY_S + LEAST_S + 2)
    assert muc.picture() == muc.rooms
    assert muc.sessions == set() or any(what == "down" for what, _, _ in steps)
    for room in muc.store.rooms():
        assert all(oid == one.oid for oid, one in room.occupants.items())


def _changed(what: str, number: int, one: Person) -> Person:
    nick, jid, role, affiliation = one
    match what:
        case "rename":
            return (f"other{number}", jid, role, affiliation)
        case "role":
            return (nick, jid, "visitor" if role == "participant" else "participant", affiliation)
        case "affiliation":
            return (nick, jid, role, "owner" if affiliation != "owner" else "none")
    # Another session of theirs stands for them now.
    return (nick, f"user{number}@meet.test/phone", role, affiliation)


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from([*Affiliation, "", "emperor"]))
def test_no_answer_that_is_xml_is_too_odd_to_be_read(nick: str, jid: str, affiliation: str) -> None:
    muc = Muc({"alpha": {person(1)}})
    query = ET.Element("{http://jabber.org/protocol/muc#admin}query")
    ET.SubElement(
        query,
        "{http://jabber.org/protocol/muc#admin}item",
        {"nick": nick, "jid": jid, "affiliation": str(affiliation), "role": "participant"},
    )
    stanza = ET.Element("iq", {"type": "result"})
    stanza.append(query)
    take = muc.answer_to
    muc.answer_to = (  # type: ignore[method-assign]
        lambda kind, to, payload: Answer(stanza) if kind == "people" else take(kind, to, payload)
    )
    muc.poll.start("")
    muc.settle(3)
    assert muc.feed == "live"
    assert not muc.host.words
