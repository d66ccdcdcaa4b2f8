"""What WHY says of rights that were granted: by whom, and what is known of theirs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Change
from monitor.core.cause import Cause
from monitor.core.causes import cause_of
from monitor.core.events import ClosingChanged, FactsLearned, OccupantLeft
from monitor.core.findings import Severity, judge
from monitor.core.note import Incident, note
from monitor.core.occupant import Exempt, Occupant
from monitor.core.room import OwnerGone, RoomKind
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


CAME = NOW - 900
MEMBERS_COME = [person(oid, MEMBER, MEMBER, joined_at=CAME, name=f"Member {oid}") for oid in (5, 6)]
THERE_BEFORE = person(2, OWNER, OWNER, joined_at=CAME - 60)


def raised(oid: int, joined_at: float = CAME, after_s: float = 0.2) -> Occupant:
    """A member by token whom jicofo made owner so long after they came."""
    change = promotion(FOCUS, ActorKind.JICOFO, joined_at + after_s)
    return person(oid, MEMBER, OWNER, joined_at=joined_at, change=change, name=f"Member {oid}")


def why(rule: str, *people: Occupant, facts: dict[str, object] | None = None, gone_at: float | None = None) -> Cause:
    """The cause of the first finding of that rule among these people."""
    store = live_store(PARTY)
    if facts is not None:
        store.apply(FactsLearned(SERVER, MUC, RoomKind.MAIN, {"modules": [*PARTY], **facts}))
    join(store, "room", focus(), *people)
    if gone_at is not None:
        store.apply(ClosingChanged(key("room"), gone_at, (), OwnerGone(gone_at, 77, "John", "left"), True))
    room = store.find_room(key("room"))
    assert room is not None
    host = store.host_of(room.key)
    found = judge(room, host, LATER)
    cause = cause_of(next(one for one in found.findings if one.rule.id == rule), room, host, found)
    assert cause is not None
    return cause


EVERYBODY = "jicofo authentication is on: everybody who logs in becomes owner, whatever the token says"
SOME = "jicofo authentication: it makes an owner of whomever it takes for logged in, whatever the token says"
NO_OWNER = "jicofo's auto-owner is on: it makes somebody owner whenever a room has none"


def test_what_was_seen_is_not_said_to_be_inferred() -> None:
    for people in ((raised(1), THERE_BEFORE), (raised(1), raised(3, CAME + 60), THERE_BEFORE)):
        cause = why("F1", *people)
        assert (cause.likely, cause.how_sure) == (EVERYBODY, "")


def test_who_was_left_alone_speaks_against_what_makes_owners_of_all() -> None:
    tom, ann = MEMBERS_COME
    cause = why("F1", raised(1), THERE_BEFORE, tom)
    assert (cause.likely, cause.inferred) == (SOME, False)
    assert cause.how_sure == "a guess: Member 5, a member by token too, was left alone"
    assert why("F1", raised(1), THERE_BEFORE, tom, ann).how_sure == (
        "a guess: 2 others, members by token too, were left alone"
    )
    # Of an owner who has gone since it is not known whether they were there already.
    cause = why("F1", raised(1), tom, gone_at=CAME + 300)
    assert (cause.likely, cause.how_sure) == (SOME, "a guess: whether somebody owned the room then is not known")


def test_jicofos_auto_owner_is_the_cause_where_nobody_owned_the_room() -> None:
    came_back = person(2, OWNER, OWNER, joined_at=CAME + 300)
    cause = why("F1", raised(1, after_s=120), came_back, *MEMBERS_COME)
    assert (cause.likely, cause.how_sure) == (NO_OWNER, "")
    assert why("F1", raised(1, after_s=120), *MEMBERS_COME, gone_at=CAME + 119.5).likely == NO_OWNER


def test_nobody_is_taken_for_left_alone_who_has_just_come_or_was_set_right() -> None:
    just_come = person(5, MEMBER, MEMBER, joined_at=NOW - 0.3)
    set_right = person(
        6,
        MEMBER,
        MEMBER,
        joined_at=CAME,
        change=Change(CAME + 60, OWNER, MEMBER, "root@meet.test/x", ActorKind.OPERATOR),
    )
    cause = why("F1", raised(1), THERE_BEFORE, just_come, set_right)
    assert (cause.likely, cause.how_sure) == (EVERYBODY, "")
    granted = person(
        6, MEMBER, OWNER, joined_at=CAME, change=promotion("user2@meet.test/web", ActorKind.PERSON, NOW - 60)
    )
    assert "was left alone" in why("F1", raised(1), THERE_BEFORE, granted).how_sure


def test_what_jicofo_did_late_is_a_guess() -> None:
    assert why("F1", raised(1, after_s=200), THERE_BEFORE).how_sure == (
        "a guess: jicofo does it at once, and here it took 200 s"
    )


def test_a_guest_is_made_owner_by_auto_owner_only_where_there_is_none() -> None:
    change = promotion(FOCUS, ActorKind.JICOFO, CAME + 0.2)
    guest = person(1, None, OWNER, joined_at=CAME, change=change)
    assert why("F7", guest, *MEMBERS_COME).likely == NO_OWNER
    cause = why("F7", guest, THERE_BEFORE)
    assert "auto-owner" not in cause.likely
    assert cause.likely == "jicofo authentication is on, and the guest logged in to it in another way than by token"
    assert cause.how_sure == "a guess: all that is known is that jicofo did it though there was an owner"
    empty = why("F7", guest, THERE_BEFORE, facts={"options": {"allow_empty_token": True}})
    assert (empty.likely, empty.how_sure) == (
        "jicofo authentication is on, and takes who comes without a token for logged in: it makes owners of them, too",
        "",
    )


def test_what_nobody_saw_is_inferred_and_fits_who_was_left_alone() -> None:
    before = person(1, MEMBER, OWNER, joined_at=CAME, joined_exactly=False)
    for people, words in (((before,), EVERYBODY), ((before, *MEMBERS_COME), NO_OWNER)):
        cause = why("F1", *people)
        assert (cause.likely, cause.how_sure) == (words, "inferred: nobody saw it happen")
    loaded = why("F1", before, MEMBERS_COME[0], facts={"modules": [*PARTY, "muc_allowners"]})
    assert loaded.how_sure == ("inferred: nobody saw it happen; Member 5, a member by token too, was left alone")


def test_note_and_why_say_alike_how_sure_a_cause_is() -> None:
    store = live_store(PARTY)
    join(store, "room", focus(), raised(1), THERE_BEFORE, MEMBERS_COME[0])
    room = store.find_room(key("room"))
    assert room is not None
    host = store.host_of(room.key)
    found = judge(room, host, LATER)
    lines = dict(note(Incident(room, host, found, LATER, found.findings), str, True))
    assert lines["Cause"] == f"{SOME} (a guess: Member 5, a member by token too, was left alone)"


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
