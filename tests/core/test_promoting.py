"""What WHY says of rights that were granted: by whom, and what is known of theirs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.core.causes import cause_of
from monitor.core.events import ClosingChanged, OccupantLeft
from monitor.core.findings import Severity, judge
from monitor.core.model import ActorKind, Exempt, Occupant, OwnerGone
from monitor.core.note import Incident, note
from tests.core.scenes import FOCUS, MEMBER, NONE, NOW, OWNER, SERVER, focus, join, key, live_store, person, promotion
from tests.core.scenes import HOST as MUC

LATER = NOW + 20
PARTY = ("muc", "token_affiliation", "token_owner_party")
BY_FOCUS, BY_OPERATOR = promotion(FOCUS, ActorKind.JICOFO), promotion("root@meet.test/x", ActorKind.OPERATOR)


def by(oid: int) -> Occupant:
    """Somebody who is a member by token and was promoted by the person with that number."""
    return person(1, MEMBER, OWNER, change=promotion(f"user{oid}@meet.test/web", ActorKind.PERSON), name="Ann")


def told(rule: str, *people: Occupant, gone: bool = False) -> tuple[str, Severity]:
    store = live_store(PARTY)
    join(store, "room", focus(), *people)
    if gone:
        join(store, "room", person(9, OWNER, OWNER))
        store.apply(OccupantLeft(key("room"), NOW + 5, 9))
        store.apply(ClosingChanged(key("room"), NOW + 5, (), OwnerGone(NOW + 5, 9, "John", "left"), True))
    room = store.find_room(key("room"))
    assert room is not None
    host = store.servers[SERVER].hosts[MUC]
    found = judge(room, host, LATER)
    finding = next(one for one in found.findings if one.rule.id == rule)
    cause = cause_of(finding, room, host, found)
    assert cause is not None
    return cause.likely, finding.severity


@pytest.mark.parametrize(
    ("promoter", "words"),
    [
        (person(2, OWNER, OWNER), "Person 2 granted it, an owner by token; that is no fault"),
        (person(2, OWNER, MEMBER), "Person 2 granted it, an owner by token who is none any more; that is no fault"),
        (
            person(2, None, OWNER, change=BY_FOCUS),
            "Person 2 granted it, who has no token and owns the room all the same (F7): jicofo's auto-owner is on: it "
            "makes somebody owner whenever a room has none",
        ),
        (
            person(2, None, OWNER, change=promotion("user3@meet.test/web", ActorKind.PERSON)),
            "Person 2 granted it, who has no token and was made owner by somebody too",
        ),
        (person(2, None, NONE), "Person 2 granted it, who has no token and is no owner any more"),
        (
            person(2, None, OWNER, has_token=True),
            "Person 2 granted it; whether their own token says owner cannot be seen from here",
        ),
        (
            person(2, MEMBER, OWNER, change=BY_OPERATOR),
            "Person 2 granted it, whose own token does not say owner: somebody had promoted them, too",
        ),
        (person(2, None, OWNER, exempt=Exempt.JIGASI), "Person 2 granted it, which is no person (jigasi)"),
        (
            person(3, OWNER, OWNER),
            "it was granted by somebody who is not here any more, and of whose own rights nothing else is known",
        ),
    ],
)
def test_a_grant_is_told_with_what_is_known_of_whoever_granted_it(promoter: Occupant, words: str) -> None:
    assert told("F2", by(2), promoter)[0] == words


def test_a_grant_by_an_operator_is_the_operators() -> None:
    assert told("F2", person(1, MEMBER, OWNER, change=BY_OPERATOR))[0] == "an operator granted it; that is no fault"


def test_a_guest_whom_the_host_made_owner_was_not_made_so_by_a_fault() -> None:
    guest = replace(by(2), claims=None, has_token=False)
    assert told("F7", guest, person(2, OWNER, OWNER))[0] == "Person 2 granted it, an owner by token; that is no fault"


def test_a_note_with_initials_names_the_same_promoter() -> None:
    store = live_store(PARTY)
    join(
        store,
        "room",
        focus(),
        person(3, MEMBER, MEMBER, name="Zoe Zott"),
        by(2),
        person(2, OWNER, OWNER, name="Bo Boe"),
    )
    room = store.find_room(key("room"))
    assert room is not None
    host = store.host_of(room.key)
    found = judge(room, host, LATER)
    incident = Incident(room, host, found, LATER, found.findings)
    for full, words in ((True, "Bo Boe granted it"), (False, "B. B. granted it")):
        assert any(line[1].startswith(words) for line in note(incident, str, full)), note(incident, str, full)


HELD = person(1, MEMBER, OWNER, change=BY_FOCUS)
UNCLEAR = person(2, None, OWNER, has_token=True)


def test_held_open_by_somebody_whose_claims_are_unknown_says_what_is_known_and_what_is_not() -> None:
    for people in ((UNCLEAR,), (UNCLEAR, HELD), (UNCLEAR, person(3, MEMBER, MEMBER))):
        words, severity = told("F10c", *people, gone=True)
        assert severity is Severity.WARNING
        assert words == (
            "that the host left is known; what the token of Person 2 says, who counts as owner, cannot be seen from "
            "here: if it says owner, the room stays rightly"
        )
    more = replace(UNCLEAR, oid=4, sessions=())
    assert "Person 2 and of 1 more says" in told("F10c", UNCLEAR, more, gone=True)[0]


def test_held_open_by_a_guests_grant_is_critical_and_by_the_hosts_for_information() -> None:
    assert told("F10c", by(9), gone=True)[1] is Severity.INFORMATION
    assert told("F10c", by(2), person(2, None, NONE), gone=True)[1] is Severity.CRITICAL


def test_an_owner_who_claims_it_holds_nothing_open_whatever_is_unknown_of_others() -> None:
    store = live_store(PARTY)
    join(store, "room", focus(), UNCLEAR, person(5, OWNER, OWNER), person(9, OWNER, OWNER))
    store.apply(OccupantLeft(key("room"), NOW + 5, 9))
    store.apply(ClosingChanged(key("room"), NOW + 5, (), OwnerGone(NOW + 5, 9, "John", "left"), True))
    room = store.find_room(key("room"))
    assert room is not None
    assert judge(room, store.host_of(room.key), LATER).of_room("F10c") is None
