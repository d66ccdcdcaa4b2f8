"""For each rule of the table what makes it true, and what makes it nearly true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.causes import cause_of
from monitor.core.door import door_lines
from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    FactsLearned,
    JoinRefused,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    RoomSeen,
)
from monitor.core.findings import Judgement, Severity, judge
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import OwnerGone, RoomKey, RoomKind, Timer
from monitor.core.rules.rule import SETTLING_S, Scope
from monitor.core.rules.table import BY_ID, RULES
from monitor.core.server import Refusal
from monitor.core.store import Store
from monitor.tokens.claims import claims_of
from tests.core.scenes import (
    FOCUS,
    HOST,
    MEMBER,
    NONE,
    NOW,
    OWNER,
    SERVER,
    bearer,
    focus,
    join,
    key,
    live_store,
    person,
    promotion,
)

PARTY = ("muc", "token_affiliation", "token_owner_party")
HOUR = 3600.0


class Case(NamedTuple):
    """A room of which a rule is true, or nearly."""

    rule: str
    true: bool
    what: str
    store: Callable[[], Store]
    after_s: float = SETTLING_S
    node: str = "room"


CASES: list[Case] = []


def true(rule: str, what: str, store: Callable[[], Store], **more: Any) -> None:
    CASES.append(Case(rule, True, what, store, **more))


def nearly(rule: str, what: str, store: Callable[[], Store], **more: Any) -> None:
    CASES.append(Case(rule, False, what, store, **more))


def room(
    *people: Occupant, node: str = "room", modules: tuple[str, ...] = PARTY, facts: dict[str, Any] | None = None
) -> Callable[[], Store]:
    """A room with these people and jicofo."""

    def make() -> Store:
        store = live_store(modules)
        if facts is not None:
            store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, {"modules": list(modules), **facts}))
        join(store, node, focus(), *people)
        return store

    return make


def then(store: Callable[[], Store], *events: Any) -> Callable[[], Store]:
    def make() -> Store:
        made = store()
        for event in events:
            made.apply(event)
        return made

    return make


def of_kind(kind: RoomKind, store: Callable[[], Store], parent: str | None = None) -> Callable[[], Store]:
    def make() -> Store:
        made = store()
        found = made.find_room(key("room"))
        assert found is not None
        found.kind, found.parent = kind, parent
        return made

    return make


def token(room: Any = "room", **payload: Any) -> dict[str, Any]:
    return {"room": room, "sub": "meet.test", "iat": NOW - 60, "exp": NOW + HOUR, **payload}


def user(**fields: Any) -> dict[str, Any]:
    return {"context": {"user": fields}}


OWNS = user(affiliation="owner")
HOST_PERSON = person(9, OWNER, OWNER)
BY_FOCUS = promotion(FOCUS, ActorKind.JICOFO)
BY_HOST = promotion("user9@meet.test/web", ActorKind.PERSON)
BY_JANE = promotion("user1@meet.test/web", ActorKind.PERSON)
GONE = OwnerGone(NOW, 9, "John", "left")

# Rights
true("F1", "owner by focus", room(person(1, MEMBER, OWNER, change=BY_FOCUS)))
true(
    "F1",
    "promoted by somebody who is owner by focus",
    room(person(2, MEMBER, OWNER, change=BY_JANE), person(1, MEMBER, OWNER, change=BY_FOCUS)),
)
nearly("F1", "owner by an owner", room(HOST_PERSON, person(1, MEMBER, OWNER, change=BY_HOST)))
nearly("F1", "not settled", room(person(1, MEMBER, OWNER, change=BY_FOCUS)), after_s=SETTLING_S - 0.01)
nearly("F1", "no plugin applies claims", room(person(1, MEMBER, OWNER, change=BY_FOCUS), modules=("muc",)))
nearly("F1", "a recorder", room(person(1, MEMBER, OWNER, exempt=Exempt.JIBRI)))
nearly("F1", "in a breakout room", of_kind(RoomKind.BREAKOUT, room(person(1, MEMBER, OWNER)), "room"))
true("F2", "owner by an owner", room(HOST_PERSON, person(1, MEMBER, OWNER, change=BY_HOST)))
nearly("F2", "owner by focus", room(HOST_PERSON, person(1, MEMBER, OWNER, change=BY_FOCUS)))
true("F3", "host by token, member", room(person(1, OWNER, MEMBER)))
nearly("F3", "who was owner until now", room(person(1, OWNER, MEMBER, change=Change(NOW, OWNER, MEMBER))))
nearly("F3", "no plugin applies claims", room(person(1, OWNER, MEMBER), modules=("muc",)))
true("F4", "who was owner until now", room(person(1, OWNER, MEMBER, change=Change(NOW, OWNER, MEMBER))))
true(
    "F4",
    "whose rights went in two steps",
    then(
        room(HOST_PERSON, person(1, OWNER, OWNER)),
        AffiliationChanged(key("room"), 1, "user1@meet.test", Change(NOW, OWNER, MEMBER)),
        AffiliationChanged(key("room"), 1, "user1@meet.test", Change(NOW, MEMBER, NONE)),
    ),
)
nearly("F4", "who never was owner", room(person(1, OWNER, NONE, change=Change(NOW, MEMBER, NONE))))
nearly("F4", "who does not claim it", room(person(1, MEMBER, MEMBER, change=Change(NOW, OWNER, MEMBER))))
true("F5", "an owner who is participant", room(person(1, OWNER, OWNER, role=Role.PARTICIPANT)))
true("F5", "an admin who is participant", room(person(1, OWNER, Affiliation.ADMIN, role=Role.PARTICIPANT)))
nearly("F5", "an owner who is moderator", room(HOST_PERSON))
nearly("F5", "a member who is participant", room(person(1, MEMBER, MEMBER)))
true("F6", "a member who is moderator", room(person(1, MEMBER, MEMBER, role=Role.MODERATOR)))
true("F6", "a guest who is moderator", room(person(1, None, NONE, role=Role.MODERATOR)))
nearly("F6", "an owner who is moderator", room(HOST_PERSON))
nearly("F6", "not settled", room(person(1, MEMBER, MEMBER, role=Role.MODERATOR)), after_s=1)
true("F7", "a guest who owns", room(person(1, None, OWNER)))
nearly("F7", "a guest who is member", room(person(1, None, MEMBER)))
nearly("F7", "somebody of whom no token is known", room(person(1, None, OWNER, has_token=None)))
TWO_OWNERS = (person(1, MEMBER, OWNER, change=BY_FOCUS), HOST_PERSON)
true("F9", "all owners, one by focus", room(*TWO_OWNERS))
nearly("F9", "all owners by token", room(HOST_PERSON, person(1, OWNER, OWNER)))
nearly("F9", "one is none", room(*TWO_OWNERS, person(2, MEMBER, MEMBER)))
nearly("F9", "one alone", room(TWO_OWNERS[0]))
LATE = person(2, MEMBER, MEMBER, joined_at=NOW + 9)
true("F9", "a newcomer has not settled", room(*TWO_OWNERS, LATE), after_s=9 + SETTLING_S - 0.01)
nearly("F9", "the newcomer has", room(*TWO_OWNERS, LATE), after_s=9 + SETTLING_S)
LATE_OWNER = person(2, OWNER, OWNER, joined_at=NOW + 9)
nearly("F9", "the second has just come", room(TWO_OWNERS[0], LATE_OWNER), after_s=9 + SETTLING_S - 0.01)
true("F9", "the second has settled", room(TWO_OWNERS[0], LATE_OWNER), after_s=9 + SETTLING_S)
RAISED = AffiliationChanged(key("room"), 2, "user2@meet.test", Change(NOW + 9, MEMBER, OWNER))
nearly("F9", "the last was a member until now", then(room(*TWO_OWNERS, person(2, MEMBER, MEMBER)), RAISED), after_s=9)
true("F9", "the last was made one", then(room(*TWO_OWNERS, person(2, MEMBER, MEMBER)), RAISED), after_s=9 + SETTLING_S)
FLAPS = [
    AffiliationChanged(key("room"), 2, "user2@meet.test", Change(NOW + 9 + at, was, now))
    for at, was, now in ((0.2, MEMBER, OWNER), (1.2, OWNER, MEMBER), (2.0, MEMBER, OWNER), (3.0, OWNER, MEMBER))
]
true("F9", "a newcomer is made one and unmade again", then(room(*TWO_OWNERS, LATE), *FLAPS), after_s=12.1)
# Unknown is no finding unless the configuration makes it one: see the test of it.
nearly("F23", "a token user whose claims are not told", room(person(1, None, MEMBER, has_token=True)))

# Closing
MEMBER_ALONE = room(person(1, MEMBER, MEMBER))


def closing(*timers: Timer, gone: OwnerGone | None = None) -> ClosingChanged:
    return ClosingChanged(key("room"), NOW, timers, gone, True)


true("F10", "nobody owns it", MEMBER_ALONE)
true("F10", "a timer runs", then(MEMBER_ALONE, closing(Timer(NOW, NOW + 30))))
nearly("F10", "somebody owns it", room(HOST_PERSON))
nearly("F10", "nothing closes rooms", room(person(1, MEMBER, MEMBER), modules=("muc", "token_affiliation")))
nearly("F10", "a lobby", of_kind(RoomKind.LOBBY, MEMBER_ALONE))
true("F10b", "its timer was missed", then(MEMBER_ALONE, closing(Timer(NOW, NOW + 1, missed=True))), after_s=9)
nearly(
    "F10b", "its timer is due and not told of as missed", then(MEMBER_ALONE, closing(Timer(NOW, NOW + 1))), after_s=9
)
HELD = room(person(1, MEMBER, OWNER, change=BY_FOCUS), person(2, MEMBER, MEMBER))
true("F10c", "the host left, one by focus stays", then(HELD, closing(gone=GONE)))
UNCLEAR = person(1, None, OWNER, has_token=True)
true("F10c", "the host left, one of unknown claims stays", then(room(UNCLEAR), closing(gone=GONE)))
nearly("F10c", "no host was here", HELD)
nearly("F10c", "one of unknown claims and one by token", then(room(UNCLEAR, HOST_PERSON), closing(gone=GONE)))
nearly("F10c", "an owner by token stays", then(room(HOST_PERSON, person(1, MEMBER, OWNER)), closing(gone=GONE)))
nearly(
    "F10c",
    "no plugin applies claims",
    then(room(person(1, MEMBER, OWNER), modules=("muc", "token_owner_party")), closing(gone=GONE)),
)
true("F10d", "a timer runs, an owner is there", then(room(HOST_PERSON), closing(Timer(NOW, NOW + 60))))
nearly("F10d", "the timer has fired", then(room(HOST_PERSON), closing(Timer(NOW, NOW + 1))), after_s=3)
LOST = replace(HOST_PERSON, sessions=(Session("user9@meet.test/web", NOW + 60),))
true("F29", "the only owner's connection is lost", room(LOST, person(1, MEMBER, MEMBER)))
nearly("F29", "another owner is connected", room(LOST, person(1, OWNER, OWNER)))
nearly("F29", "one of two connections", room(replace(LOST, sessions=(*LOST.sessions, Session("user9@meet.test/b")))))
true("F31", "jicofo left", then(room(HOST_PERSON), OccupantLeft(key("room"), NOW, 99)))


def without_focus(*people: Occupant) -> Callable[[], Store]:
    """A room that people made by coming in, and in which jicofo never was."""
    return then(lambda: live_store(PARTY), *(OccupantJoined(key("room"), "one", one.joined_at, one) for one in people))


true("F31", "jicofo never came", without_focus(HOST_PERSON, person(1, MEMBER, MEMBER, joined_at=NOW + 1)))
nearly("F31", "jicofo is on its way", without_focus(HOST_PERSON), after_s=SETTLING_S - 0.01)
nearly("F31", "jicofo comes second", without_focus(HOST_PERSON, focus()), after_s=50)
nearly("F31", "jicofo left just now", then(room(HOST_PERSON), OccupantLeft(key("room"), NOW + 1, 99)))
SIX = [person(oid, MEMBER, MEMBER) for oid in range(1, 7)]


def lost(*oids: int, every_s: float = 0.5) -> list[OccupantLeft]:
    return [OccupantLeft(key("room"), NOW + at * every_s, oid, why="lost") for at, oid in enumerate(oids)]


true("F32", "five of seven within 5 s", then(room(*SIX, HOST_PERSON), *lost(1, 2, 3, 4, 5)), after_s=5)
nearly("F32", "four of seven", then(room(*SIX, HOST_PERSON), *lost(1, 2, 3, 4)), after_s=5)
nearly("F32", "five, one after the other", then(room(*SIX, HOST_PERSON), *lost(1, 2, 3, 4, 5, every_s=2)), after_s=9)

# What a token says
true("F11", "another room", room(bearer(1, token("elsewhere"))), after_s=0)
true("F11", "in a breakout room", of_kind(RoomKind.BREAKOUT, room(bearer(1, token("elsewhere"))), "main"))
nearly("F11", "the main room of a breakout room", of_kind(RoomKind.BREAKOUT, room(bearer(1, token("main"))), "main"))
nearly("F11", "other letters", room(bearer(1, token("Room"))))
nearly("F11", "a pattern", room(bearer(1, token("else.*", context={"room": {"regex": True}}))))
true("F12", "another spelling", room(bearer(1, token("Büro")), node="b%c3%bcro"), node="b%c3%bcro")
nearly("F12", "as the client spells it", room(bearer(1, token("b%c3%bcro")), node="b%c3%bcro"), node="b%c3%bcro")
nearly("F12", "in a lobby", of_kind(RoomKind.LOBBY, room(bearer(1, token("R%6Fom")))))
true("F13", "capitals", room(bearer(1, token("ROOM"))))
nearly("F13", "none", room(bearer(1, token())))
true("F14", "every room", room(bearer(1, token("*"))))
nearly("F14", "a pattern", room(bearer(1, token("**", context={"room": {"regex": "true"}}))))
true("F16", "expired", room(HOST_PERSON, bearer(1, token(exp=NOW + 100))), after_s=100)
nearly("F16", "expires in a moment", room(HOST_PERSON, bearer(1, token(exp=NOW + 100))), after_s=99.9)
nearly("F16", "does not expire", room(HOST_PERSON, bearer(1, token(exp=None))), after_s=HOUR)
OWNER_TOKEN = {**token(exp=NOW + 900), **OWNS}
true("F17", "the only owner's runs out in 5 min", room(bearer(1, OWNER_TOKEN, OWNER)), after_s=600)
nearly("F17", "in more than 5 min", room(bearer(1, OWNER_TOKEN, OWNER)), after_s=599.9)
nearly("F17", "has run out", room(bearer(1, OWNER_TOKEN, OWNER)), after_s=900)
nearly("F17", "another owner is here", room(bearer(1, OWNER_TOKEN, OWNER), HOST_PERSON), after_s=600)
nearly("F17", "a member's", room(HOST_PERSON, bearer(1, token(exp=NOW + 900))), after_s=600)
IN_B = "[b]room"
true("F19", "another sub", room(bearer(1, token(sub="a")), node=IN_B), node=IN_B)
true("F19", "another tenant", room(bearer(1, token(sub="*", context={"tenant": "A"})), node=IN_B), node=IN_B)
true("F19", "a tenant, in a room without", room(bearer(1, token(context={"tenant": "a"}))))
nearly("F19", "in other letters", room(bearer(1, token(sub="B", context={"tenant": "B"})), node=IN_B), node=IN_B)
nearly("F19", "the domain, no tenant", room(bearer(1, token()), node=IN_B), node=IN_B)
nearly("F19", "any sub, in a room without", room(bearer(1, token(sub="a"))))
LISTED = {"context": {"user": {"affiliation": "owner"}, "features": {"livestreaming": True}}}
RECORDS = {"context": {"user": {"affiliation": "owner"}, "features": {"recording": "true"}}}
true("F20", "an owner, features without", room(bearer(1, token(**LISTED), OWNER)))
true("F20", "an owner with another's features", room(bearer(1, token(**OWNS), OWNER, features={"recording": False})))
nearly("F20", "an owner, features with it", room(bearer(1, token(**RECORDS), OWNER)))
nearly("F20", "an owner, no features", room(bearer(1, token(**OWNS), OWNER)))
nearly("F20", "a member", room(bearer(1, token(context={"features": {}}))))
nearly(
    "F20", "an owner to whom it was handed on", room(bearer(1, token(**LISTED), OWNER, features={"recording": True}))
)
true("F21", "an unknown key", room(bearer(1, token(context={"features": {"recordings": True}}))))
true("F21", "another value", room(bearer(1, token(context={"features": {"recording": 1}}))))
nearly("F21", "text", room(bearer(1, token(context={"features": {"recording": "false", "lobby": True}}))))
SAYS_MEMBER, SAYS_OWNER = user(affiliation="member"), user(moderator="true")
true("F26", "moderator, and a member", room(bearer(1, token(moderator=True, **SAYS_MEMBER))))
true("F26", "no moderator, and an owner", room(bearer(1, token(moderator=False, **SAYS_OWNER), OWNER)))
nearly("F26", "both alike", room(bearer(1, token(moderator=True, **SAYS_OWNER), OWNER)))
nearly("F26", "one alone", room(bearer(1, token(moderator=True, **user(name="x")))))
true("F27", "a name that is null", room(bearer(1, token(**user(name=None)))))
nearly("F27", "a name that is empty", room(bearer(1, token(**user(name="")))))
true("F30", "signed after it was used", room(bearer(1, token(iat=NOW + 1))))
nearly("F30", "signed at that moment", room(bearer(1, token(iat=NOW))))
nearly("F30", "meant for later", room(bearer(1, token(iat=NOW - 1, nbf=NOW + HOUR))))

# Who somebody is
GUEST = person(1, None, NONE)
true("F22", "an identity without a token", room(replace(GUEST, identity_without_token=True)), after_s=0)
nearly("F22", "neither", room(GUEST), after_s=0)
STRICT = {
    "parent_host": "meet.test",
    "hosts": [{"host": "meet.test", "authentication": "token"}],
    "options": {"allow_empty_token": False},
}
true("F28", "no token where one is wanted", room(GUEST, facts=STRICT))
nearly("F28", "a token", room(HOST_PERSON, facts=STRICT))
nearly("F28", "none is wanted", room(GUEST, facts={**STRICT, "options": {"allow_empty_token": True}}))
nearly("F28", "not by token", room(GUEST, facts={**STRICT, "hosts": [{"host": "meet.test"}]}))
nearly("F28", "nothing is known", room(GUEST))
LATE_AT = NOW + HOUR
ONE, TWO = (bearer(oid, token(**user(id="u7")), token_id=f"t{oid}", joined_at=NOW + oid) for oid in (1, 2))
true("F24", "one user twice, for a minute", room(ONE, TWO), after_s=62)
nearly("F24", "for less", room(ONE, TWO), after_s=61.9)
nearly("F24", "one is held", room(ONE, replace(TWO, sessions=(Session("x@y/z", NOW + HOUR),))), after_s=62)
nearly("F24", "no user id", room(*(replace(one, claims=claims_of(token())) for one in (ONE, TWO))), after_s=62)
nearly("F24", "by one link, which says more", room(ONE, replace(TWO, token_id="t1")), after_s=62)
true("F25", "one token twice, for a minute", room(ONE, replace(TWO, token_id="t1")), after_s=62)
true("F25", "in a breakout room", of_kind(RoomKind.BREAKOUT, room(ONE, replace(TWO, token_id="t1"))), after_s=62)
nearly("F25", "for less", room(ONE, replace(TWO, token_id="t1")), after_s=61.9)
nearly("F25", "two tokens", room(ONE, TWO), after_s=62)
nearly(
    "F25",
    "one is held",
    room(ONE, replace(TWO, token_id="t1", sessions=(Session("x@y/z", NOW + HOUR),))),
    after_s=62,
)


def with_another(one: Occupant, *events: Any, host: str = HOST, server: str = SERVER) -> Callable[[], Store]:
    """The room with somebody, and another room with `one`."""
    place, kind = RoomKey(server, host, "other"), RoomKind.MAIN if host == HOST else RoomKind.BREAKOUT
    parent = None if host == HOST else "room"
    return then(room(ONE), RoomSeen(place, "one", kind, parent, NOW, NOW, True, (one,)), *events)


SAME_LINK = replace(TWO, token_id="t1")
true("F25", "one token in two rooms", with_another(SAME_LINK), after_s=62)
true("F25", "in a room and its breakout room", with_another(SAME_LINK, host="breakout.meet.test"), after_s=62)
nearly("F25", "in two rooms for less", with_another(SAME_LINK), after_s=61.9)
nearly("F25", "two tokens in two rooms", with_another(TWO), after_s=62)
nearly("F25", "on two servers", with_another(SAME_LINK, server="other"), after_s=62)
nearly("F25", "a recorder in the other room", with_another(replace(SAME_LINK, exempt=Exempt.JIBRI)), after_s=62)
nearly("F25", "who left the other room", with_another(SAME_LINK, OccupantLeft(key("other"), NOW, 2)), after_s=62)
nearly(
    "F25",
    "whose connection to the other room is lost",
    with_another(
        SAME_LINK, OccupantChanged(key("other"), NOW, replace(SAME_LINK, sessions=(Session("x@y/z", LATE_AT),)))
    ),
    after_s=62,
)

# A whole server
REFUSED = Refusal(NOW, "join", "r", "a@b/c", None, None, "not-allowed", None, "party")
true("F33", "three for one reason", then(MEMBER_ALONE, *(JoinRefused(SERVER, HOST, REFUSED),) * 3))
nearly("F33", "two", then(MEMBER_ALONE, *(JoinRefused(SERVER, HOST, REFUSED),) * 2))
nearly("F33", "long ago", then(MEMBER_ALONE, *(JoinRefused(SERVER, HOST, REFUSED),) * 3), after_s=601)


def judged(store: Store, node: str, at: float) -> Judgement:
    found = store.find_room(key(node))
    assert found is not None
    return judge(found, store.host_of(found.key), at)


def rules_of(case: Case) -> set[str]:
    store, at = case.store(), NOW + case.after_s
    found = {finding.rule.id for finding in judged(store, case.node, at).findings}
    return found | {line.rule for line in door_lines(store.servers.values(), at)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {'' if case.true else 'not: '}{case.what}")
def test_a_rule_holds_or_nearly(case: Case) -> None:
    assert (case.rule in rules_of(case)) is case.true


def test_every_rule_is_shown_true_and_nearly_true() -> None:
    spoken = {rule.id for rule in RULES if rule.severity > Severity.FINE}
    assert {case.rule for case in CASES if case.true} == spoken
    assert {case.rule for case in CASES if not case.true} == {rule.id for rule in RULES}


@pytest.mark.parametrize("case", [case for case in CASES if case.true], ids=lambda case: f"{case.rule} {case.what}")
def test_why_has_words_for_every_finding(case: Case) -> None:
    store = case.store()
    found = judged(store, case.node, NOW + case.after_s)
    place = store.find_room(key(case.node))
    assert place is not None
    for finding in found.findings:
        told = cause_of(finding, place, store.host_of(place.key), found)
        assert told is not None, finding.rule.id
        assert told.likely
        assert not told.likely.endswith(".")


def test_unknown_is_a_finding_where_the_configuration_makes_it_one() -> None:
    for unknown in (person(1, None, MEMBER, has_token=True), person(1, None, MEMBER, has_token=None)):
        store = room(HOST_PERSON, unknown)()
        store.declare(SERVER, [HOST], grades={"F23": Severity.WARNING})
        (finding,) = judged(store, "room", NOW + 9).findings
        assert (finding.rule.id, finding.oid, finding.severity) == ("F23", 1, Severity.WARNING)
    store = room(HOST_PERSON, GUEST)()
    store.declare(SERVER, [HOST], grades={"F23": Severity.WARNING})
    assert judged(store, "room", NOW + 9).findings == ()


@pytest.mark.parametrize(
    ("store", "rule", "severity"),
    [
        (then(MEMBER_ALONE, closing(Timer(NOW, NOW + 62.1))), "F10", Severity.WARNING),
        (then(MEMBER_ALONE, closing(Timer(NOW, NOW + 62))), "F10", Severity.CRITICAL),
        (then(HELD, closing(gone=GONE)), "F10c", Severity.CRITICAL),
        (then(room(UNCLEAR), closing(gone=GONE)), "F10c", Severity.WARNING),
        (room(HOST_PERSON, bearer(1, token(exp=NOW))), "F16", Severity.INFORMATION),
        (room(bearer(1, {**token(exp=NOW), **OWNS}, OWNER)), "F16", Severity.WARNING),
        (room(bearer(1, {**token(exp=NOW), **OWNS}, OWNER), HOST_PERSON), "F16", Severity.INFORMATION),
        (
            room(*(bearer(oid, token(), token_id="t", joined_at=NOW - 90) for oid in (1, 2))),
            "F25",
            Severity.INFORMATION,
        ),
        (
            room(*(bearer(oid, token(**OWNS), OWNER, token_id="t", joined_at=NOW - 90) for oid in (1, 2))),
            "F25",
            Severity.WARNING,
        ),
    ],
)
def test_how_bad_it_is_depends(store: Callable[[], Store], rule: str, severity: Severity) -> None:
    found = judged(store(), "room", NOW + SETTLING_S).findings
    assert {one.severity for one in found if one.rule.id == rule} == {severity}


@pytest.mark.parametrize(
    ("store", "rule", "at"),
    [
        (room(HOST_PERSON, bearer(1, token(exp=NOW + 100))), "F16", 100.0),
        (room(bearer(1, OWNER_TOKEN, OWNER)), "F17", 600.0),
        (room(ONE, TWO), "F24", 62.0),
        (room(ONE, replace(TWO, token_id="t1")), "F25", 62.0),
        (with_another(SAME_LINK), "F25", 62.0),
        (room(person(1, MEMBER, OWNER, change=BY_FOCUS)), "F1", SETTLING_S),
        (room(TWO_OWNERS[0], LATE_OWNER), "F9", 9 + SETTLING_S),
        (without_focus(HOST_PERSON), "F31", SETTLING_S),
    ],
)
def test_what_time_alone_makes_true_is_asked_again_at_that_moment(
    store: Callable[[], Store], rule: str, at: float
) -> None:
    made, now = store(), NOW
    for _ in range(20):
        found = judged(made, "room", now)
        if any(one.rule.id == rule for one in found.findings):
            break
        assert found.ask_again_at is not None
        assert found.ask_again_at > now
        now = found.ask_again_at
    assert now == NOW + at


def test_the_table_is_whole() -> None:
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        asks = [rule.holds is not None, rule.holds_for_room is not None, rule.scope is Scope.SERVER]
        assert sum(asks) == 1, rule.id
        assert (rule.holds_for_room is not None) is (rule.scope is Scope.ROOM), rule.id
        assert rule.says.endswith("."), rule.id
        assert rule.fix, rule.id
        assert bool(rule.depends) is (rule.graded is not None), rule.id
        assert not rule.fix.endswith("."), rule.id
        assert "NAME" in rule.says or rule.scope in (Scope.ROOM, Scope.SERVER), rule.id
        assert len(rule.name.split()) <= 3, rule.id


@pytest.mark.parametrize(
    ("exp", "said"),
    [
        ({"exp": None}, "gets into every room, and it never expires"),
        ({"exp": NOW + 600}, "gets into every room, until it expires"),
        ({"exp": "soon"}, "gets into every room"),
    ],
)
def test_of_a_token_for_every_room_it_is_said_whether_it_expires(exp: dict[str, Any], said: str) -> None:
    store = room(bearer(1, token("*", **exp)))()
    (finding,) = [one for one in judged(store, "room", NOW + 10).findings if one.rule.id == "F14"]
    here = store.find_room(key("room"))
    assert here is not None
    cause = cause_of(finding, here, store.host_of(here.key), Judgement())
    assert cause is not None
    assert (cause.so or "").endswith(said)
