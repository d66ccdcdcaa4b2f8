"""The steps of the check, told from events; the links' own words come through unchanged."""

from typing import Any

import pytest

from monitor.config import Secret, ServerSettings
from monitor.core.affiliation import Affiliation, Role
from monitor.core.claims import Claims
from monitor.core.events import Event, FactsLearned, FeedChanged, LinkChanged, RoomSeen, SnapshotEnded
from monitor.core.occupant import Occupant, Session
from monitor.core.room import RoomKey, RoomKind
from monitor.core.server import FeedState, LinkState
from monitor.prosody.steps import GOOD, NOTE, OPEN, WRONG, Seen, Step, steps
from monitor.wire.component import Ended
from monitor.wire.endings import Address, describe

NAME, HOST, JID = "meet", "conference.meet.test", "monitor.meet.test"
VERSION = "1.2.0"
FACTS: dict[str, Any] = {"prosody_version": "13.0.1", "module_version": VERSION, "admins": ["focus@auth.meet.test"]}


def seen_after(*events: Event, rooms: tuple[str, ...] = (HOST,)) -> Seen:
    seen = Seen(ServerSettings(NAME, "127.0.0.1", 5347, JID, Secret("x"), rooms))
    for event in events:
        seen.take(event)
    return seen


def link(state: LinkState, words: str = "", condition: str = "") -> LinkChanged:
    return LinkChanged(NAME, state, 0.0, words, condition)


def feed(state: FeedState, words: str = "", condition: str = "", host: str = HOST) -> FeedChanged:
    return FeedChanged(NAME, host, state, 0.0, words, condition)


def occupant(oid: int, has_token: bool, claims: Claims | None) -> Occupant:
    session = Session(f"{oid}@meet.test/x")
    return Occupant(
        oid, str(oid), None, (session,), Role.PARTICIPANT, Affiliation.NONE, 0.0, has_token=has_token, claims=claims
    )


def sound(facts: dict[str, Any] = FACTS, *people: Occupant) -> Seen:
    told = [RoomSeen(RoomKey(NAME, HOST, "r"), "sub", RoomKind.MAIN, None, 0.0, None, False, people)] if people else []
    return seen_after(
        link(LinkState.UP),
        feed(FeedState.ASKED),
        FactsLearned(NAME, HOST, RoomKind.MAIN, facts),
        *told,
        SnapshotEnded(NAME, HOST, "sub"),
        feed(FeedState.LIVE),
    )


def marks(told: list[Step]) -> list[str]:
    return [step.mark for step in told]


def the(name: str, told: list[Step]) -> Step:
    (step,) = [one for one in told if one.name == name]
    return step


@pytest.mark.parametrize(
    ("condition", "failing"),
    [
        ("refused", "port"),
        ("unreachable", "port"),
        ("silent", "port"),
        ("not-xmpp", "port"),
        ("hung-up", "port"),
        ("not-authorized", "handshake"),
        ("host-unknown", "handshake"),
        ("conflict", "handshake"),
    ],
)
def test_the_end_of_a_link_is_told_in_the_links_words_at_its_step(condition: str, failing: str) -> None:
    state, words = describe(Ended(condition), Address(NAME, "127.0.0.1", 5347, JID))
    seen = seen_after(link(LinkState.CONNECTING), feed(FeedState.STALE), link(state, words, condition))
    assert seen.is_settled
    told = steps(seen, VERSION)
    step = the(failing, told)
    assert (step.mark, step.words[: len(words)]) == (WRONG, words)
    is_closed = condition in ("refused", "hung-up")
    assert ("opens the port with its first component" in step.words) == is_closed
    assert (f"prosodyctl shell 'host:activate(\"{JID}\")'" in step.words) == is_closed
    assert marks(told) == ([WRONG, OPEN] if failing == "port" else [GOOD, WRONG, OPEN])


def test_a_link_that_breaks_after_the_handshake_is_not_a_closed_port() -> None:
    seen = seen_after(link(LinkState.UP), feed(FeedState.ASKED), link(LinkState.LOST, "it broke"))
    assert marks(steps(seen, VERSION)) == [GOOD, WRONG, OPEN]


@pytest.mark.parametrize(
    ("condition", "failing", "good"),
    [
        ("remote-server-not-found", "MUC host", 2),
        ("not-allowed", "MUC host", 2),
        ("internal-server-error", "MUC host", 2),
        ("no-muc", "MUC host", 2),
        ("service-unavailable", "module", 3),
        ("item-not-found", "module", 3),
        ("forbidden", "watcher", 4),
        ("version", "version", 4),
    ],
)
def test_a_refused_watch_is_told_at_its_step(condition: str, failing: str, good: int) -> None:
    seen = seen_after(link(LinkState.UP), feed(FeedState.REFUSED, "the feed's words", condition))
    assert seen.is_settled
    told = steps(seen, VERSION)
    assert told[-1] == Step(WRONG, failing, "the feed's words")
    assert marks(told) == [GOOD] * good + [WRONG]


def test_a_server_is_settled_only_when_every_muc_host_is() -> None:
    rooms = (HOST, "lobby.meet.test")
    seen = seen_after(link(LinkState.UP), feed(FeedState.LIVE), feed(FeedState.SNAPSHOT, host=rooms[1]), rooms=rooms)
    assert not seen.is_settled
    assert steps(seen, None)[-1].words == "lobby.meet.test has not told all its rooms in time"
    seen.take(feed(FeedState.REFUSED, "no", "service-unavailable", host=rooms[1]))
    assert seen.is_settled
    assert steps(seen, None)[-1] == Step(WRONG, "module", "no")


def test_one_muc_host_that_fails_does_not_hide_the_next() -> None:
    rooms = (HOST, "lobby.meet.test")
    seen = seen_after(
        link(LinkState.UP),
        feed(FeedState.REFUSED, "no", "service-unavailable"),
        feed(FeedState.LIVE, host=rooms[1]),
        rooms=rooms,
    )
    assert Step(GOOD, "MUC host", "lobby.meet.test answers") in steps(seen, None)


def test_nothing_heard_at_all_is_no_success() -> None:
    assert marks(steps(seen_after(), VERSION)) == [WRONG, OPEN]
    assert not seen_after().is_settled


def test_all_is_well() -> None:
    told = steps(sound(), VERSION)
    assert marks(told) == [GOOD] * 8
    assert the("module", told).words == "mod_muc_monitor is loaded in Prosody 13.0.1"
    assert the("rooms", told).words.startswith("no room is open")


@pytest.mark.parametrize(
    ("loaded", "words"),
    [
        ("1.1.9", "version 1.1.9 is loaded, and this mucmon came with 1.2.0: mucmon prosody --install DIR"),
        ("1.10.0", "install mucmon 1.10.0 here"),
        (None, "version unknown is loaded"),
        (7, "version unknown is loaded"),
        ("\x1b[2J", "version [2J is loaded"),
    ],
)
def test_another_version_of_the_module_names_which_end_to_renew(loaded: object, words: str) -> None:
    step = the("version", steps(sound({**FACTS, "module_version": loaded}), VERSION))
    assert step.mark == WRONG
    assert words in step.words
    assert "\x1b" not in step.words


def test_a_watcher_with_rights_it_does_not_need_is_told_of_them() -> None:
    assert the("watcher", steps(sound({**FACTS, "admins": [JID]}), VERSION)).mark == NOTE


KNOWN = Claims(Affiliation.MEMBER)


@pytest.mark.parametrize(
    ("setting", "people", "mark", "words"),
    [
        (None, [(True, KNOWN), (False, None)], GOOD, "1 with a token, 1 without; all claims are read"),
        (None, [(True, KNOWN), (True, None)], NOTE, "of 2 people with a token, only 1 have claims that can be read"),
        (None, [(False, None)], NOTE, "none of 1 person has a token"),
        ("none", [(True, None)], NOTE, 'muc_monitor_claims = "none" is set there'),
        (None, [], GOOD, "nobody is here yet"),
    ],
)
def test_what_is_seen_of_claims(
    setting: str | None, people: list[tuple[bool, Claims | None]], mark: str, words: str
) -> None:
    facts = {**FACTS, "options": {"muc_monitor_claims": setting}}
    told = steps(sound(facts, *(occupant(oid, *one) for oid, one in enumerate(people))), VERSION)
    step = the("claims", told)
    assert step.mark == mark
    assert words in step.words


@pytest.mark.parametrize("facts", [{"admins": 7, "options": [1], "prosody_version": {}}, {}])
def test_odd_facts_are_no_crash(facts: dict[str, Any]) -> None:
    assert the("version", steps(sound(facts), VERSION)).mark == WRONG
