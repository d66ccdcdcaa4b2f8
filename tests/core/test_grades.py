"""How bad a rule is on a server is the configuration's to say, and one cause over several rooms is one line."""

from __future__ import annotations

import pytest

from monitor.core import findings
from monitor.core.affiliation import ActorKind
from monitor.core.door import door_lines
from monitor.core.events import AffiliationChanged, ClosingChanged, JoinRefused, OccupantChanged, OccupantLeft, RoomSeen
from monitor.core.findings import Severity, judge
from monitor.core.occupant import Occupant
from monitor.core.query import Overview, server_lines
from monitor.core.room import OwnerGone, RoomKind, Timer
from monitor.core.rules.rule import Scope
from monitor.core.rules.table import RULES
from monitor.core.server import Refusal
from monitor.core.store import Store
from monitor.tokens.claims import claims_of
from tests.core.scenes import (
    FOCUS,
    HOST,
    MEMBER,
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
from tests.core.test_every_rule import CASES, Case

LATER = NOW + 10
OFF, INFO, WARNING, CRITICAL = Severity.FINE, Severity.INFORMATION, Severity.WARNING, Severity.CRITICAL


def grades(store: Store, **words: Severity) -> Store:
    store.declare(SERVER, [HOST], grades=words)
    return store


def found(store: Store, node: str = "room", at: float = LATER) -> dict[str, Severity]:
    room = store.find_room(key(node))
    assert room is not None
    return {one.rule.id: one.severity for one in judge(room, store.host_of(room.key), at).findings}


ONE_OF_EACH = list({case.rule: case for case in CASES if case.true}.values())


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=lambda case: case.rule)
@pytest.mark.parametrize("grade", [OFF, INFO, WARNING, CRITICAL])
def test_every_rule_is_as_bad_as_the_configuration_says(case: Case, grade: Severity) -> None:
    store, at = grades(case.store(), **{case.rule: grade}), NOW + case.after_s
    said = found(store, case.node, at) | {one.rule: one.severity for one in door_lines(store.servers.values(), at)}
    assert said.get(case.rule, OFF) is grade


def test_a_grade_holds_whatever_the_rule_would_make_of_it() -> None:
    store = live_store(("muc", "token_owner_party"))
    join(store, "room", focus(), person(1, MEMBER, MEMBER))
    store.apply(ClosingChanged(key("room"), NOW, (Timer(NOW, LATER + 5),), None, True))
    assert found(store)["F10"] is CRITICAL
    assert found(grades(store, F10=INFO))["F10"] is INFO


def test_a_grade_is_seen_at_once_in_the_list_of_rooms() -> None:
    store = live_store()
    join(store, "room", focus(), bearer(1, {"room": "*"}), person(2, OWNER, OWNER))
    assert Overview(store).rows(LATER)[0].state == "wildcard"
    assert Overview(grades(store, F14=CRITICAL)).rows(LATER)[0].severity is CRITICAL
    row = Overview(grades(store, F14=OFF)).rows(LATER)[0]
    assert (row.severity, row.state) == (OFF, "")


def everywhere(*people: Occupant, rooms: int = 2) -> Store:
    store = live_store()
    for at in range(rooms):
        join(store, f"room{at}", focus(), *people)
    return store


def lines(store: Store) -> list[tuple[str, Severity, str]]:
    return [(one.rule, one.severity, one.before) for one in server_lines(store, Overview(store).rows(LATER))]


def test_what_tokens_say_wrong_in_several_rooms_is_one_line() -> None:
    people = [bearer(oid, {"room": "*"}, joined_at=NOW) for oid in (1, 2)]
    store = everywhere(*people, person(3, OWNER, OWNER))
    assert lines(store) == [("F14", INFO, "4 people in 2 rooms have tokens that open every room")]
    assert lines(grades(store, F14=WARNING)) == [
        ("F14", WARNING, "4 people in 2 rooms have tokens that open every room")
    ]
    assert lines(grades(store, F14=OFF)) == []
    assert lines(everywhere(people[0], person(3, OWNER, OWNER))) == []
    assert lines(everywhere(*people, person(3, OWNER, OWNER), rooms=1)) == []


def test_a_pattern_of_rooms_counts_rooms() -> None:
    store = everywhere(person(1, MEMBER, MEMBER), person(2, OWNER, OWNER), rooms=3)
    for at in range(2):
        store.apply(OccupantLeft(key(f"room{at}"), NOW, 99))
    assert lines(store) == [("F31", CRITICAL, "2 of 3 rooms have no jicofo")]


def test_every_rule_about_many_has_a_sentence_that_counts() -> None:
    for rule in RULES:
        if rule.many:
            assert rule.scope is not Scope.SERVER
            assert not rule.many.endswith(".")
            assert "NAME" not in rule.many


def test_owners_made_before_anybody_looked_are_one_line_without_a_name() -> None:
    store = everywhere(
        person(1, MEMBER, OWNER), person(2, MEMBER, OWNER), person(3, OWNER, OWNER), person(4, None, MEMBER)
    )
    assert lines(store) == [
        ("F1", CRITICAL, "made owner before that could be seen: 4 of 4 members by token, in 2 rooms")
    ]
    assert lines(grades(store, F1=INFO))[0][1] is INFO


def test_a_clock_that_is_ahead_at_the_door_is_a_line() -> None:
    def store_with(gate: str, **payload: object) -> Store:
        store = live_store()
        one = Refusal(
            NOW, "connect", "r", None, "t", claims_of(payload), "not-authorized", "Not acceptable by nbf", gate
        )
        store.apply(JoinRefused(SERVER, HOST, one))
        return store

    (line,) = door_lines(store_with("token", nbf=NOW + 41.2).servers.values(), LATER)
    assert (line.rule, line.severity) == ("F30", WARNING)
    assert line.before == "the issuer's clock is ahead of the server's, by 42 s: 1 turned away in the last 10 minutes"
    for store in (
        store_with("token", nbf=NOW + 41, iat=NOW - 2),
        store_with("party", nbf=NOW + 41),
        grades(store_with("token", nbf=NOW + 41), F30=OFF),
    ):
        assert list(door_lines(store.servers.values(), LATER)) == []
    assert list(door_lines(store_with("token", nbf=NOW + 41).servers.values(), NOW + 601)) == []


def tainted(store: Store, node: str = "room") -> bool:
    room = store.find_room(key(node))
    assert room is not None
    change = room.occupants[2].change
    return change is not None and change.tainted


def test_a_tainted_promotion_stays_so_when_the_record_or_the_room_is_told_again() -> None:
    store = live_store()
    change = promotion("user1@meet.test/web", ActorKind.PERSON, NOW + 1)
    after = person(2, MEMBER, OWNER, change=change)
    by_focus = person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO))
    join(store, "room", focus(), by_focus, person(2, MEMBER, MEMBER))
    store.apply(AffiliationChanged(key("room"), 2, "user2@meet.test", change))
    assert tainted(store)
    store.apply(OccupantChanged(key("room"), NOW + 1, after))
    assert tainted(store)
    store.apply(RoomSeen(key("room"), "two", RoomKind.MAIN, None, NOW, NOW, True, (by_focus, after)))
    assert tainted(store)
    store.apply(OccupantLeft(key("room"), NOW + 2, 1))
    assert found(store)["F1"] is CRITICAL
    later = promotion("user3@meet.test/web", ActorKind.PERSON, NOW + 3)
    store.apply(OccupantChanged(key("room"), NOW + 3, person(2, MEMBER, OWNER, change=later)))
    assert not tainted(store)


def test_no_rule_is_hidden_by_the_question_that_is_asked_first() -> None:
    """Whom the first question of a scope clears, no rule of that scope holds of."""
    for case in CASES:
        store, at = case.store(), NOW + case.after_s
        room = store.find_room(key(case.node))
        assert room is not None
        scene = findings.scene_of(room, store.host_of(room.key), at)
        for scope, is_clear in findings.PERSONAL:
            for one in scene.people:
                if is_clear(scene, one):
                    held = [rule.id for rule in RULES if rule.scope is scope and rule.holds and rule.holds(scene, one)]
                    assert held == [], case


def test_a_held_room_that_was_handed_over_is_no_pattern() -> None:
    granted = promotion("user9@meet.test/web", ActorKind.PERSON)
    store = live_store(("muc", "token_affiliation", "token_owner_party"))
    for node in ("one", "two"):
        join(store, node, focus(), person(9, OWNER, OWNER), person(1, MEMBER, OWNER, change=granted))
        store.apply(OccupantLeft(key(node), NOW, 9))
        store.apply(ClosingChanged(key(node), NOW, (), OwnerGone(NOW, 9, "John"), True))
    assert lines(store) == []
