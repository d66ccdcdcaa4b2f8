"""Each rule with a case that makes it true and cases that make it nearly true."""

import pytest

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.events import AffiliationChanged, OccupantChanged, OccupantLeft
from monitor.core.findings import SETTLING_S, judge
from monitor.core.occupant import Exempt, Occupant
from monitor.core.room import RoomKind
from monitor.core.store import Store
from tests.core.scenes import FOCUS, MEMBER, NONE, NOW, OWNER, focus, join, key, live_store, person, promotion

LATER = NOW + SETTLING_S


def ids(store: Store, node: str = "room", at: float = LATER) -> list[tuple[str, int | None]]:
    room = store.find_room(key(node))
    assert room is not None
    judged = judge(room, store.host_of(room.key), at)
    return [(finding.rule.id, finding.oid) for finding in judged.findings]


def in_room(*people: Occupant) -> Store:
    store = live_store()
    join(store, "room", focus(), *people)
    return store


def test_a_member_made_owner_by_focus_is_an_unclaimed_owner() -> None:
    assert ids(in_room(person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO)))) == [("F1", 1)]


def test_a_member_made_owner_by_a_module_is_an_unclaimed_owner() -> None:
    change = promotion(None, ActorKind.MODULE, by_module="mod_muc_allowners")
    assert ids(in_room(person(1, MEMBER, OWNER, change=change))) == [("F1", 1)]


def test_a_member_who_is_owner_from_the_first_presence_is_an_unclaimed_owner() -> None:
    assert ids(in_room(person(1, MEMBER, OWNER))) == [("F1", 1)]


def test_a_member_promoted_by_an_owner_is_no_unclaimed_owner() -> None:
    promoter = person(2, OWNER, OWNER)
    change = promotion("user2@meet.test/web", ActorKind.PERSON)
    assert ids(in_room(promoter, person(1, MEMBER, OWNER, change=change))) == [("F2", 1)]


def test_a_member_promoted_by_an_operator_is_no_unclaimed_owner() -> None:
    change = promotion("root@meet.test/x", ActorKind.OPERATOR)
    assert ids(in_room(person(1, MEMBER, OWNER, change=change))) == [("F2", 1)]


def test_whom_an_unclaimed_owner_promotes_is_one_too() -> None:
    first = person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO))
    second = person(2, MEMBER, OWNER, change=promotion("user1@meet.test/web", ActorKind.PERSON))
    third = person(3, MEMBER, OWNER, change=promotion("user2@meet.test/web", ActorKind.PERSON))
    assert ids(in_room(first, second, third)) == [("F9", None), ("F1", 1), ("F1", 2), ("F1", 3)]


def test_a_promotion_by_an_unclaimed_owner_stays_one_after_the_promoter_has_gone() -> None:
    first = person(1, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO))
    store = in_room(first, person(2, MEMBER, MEMBER), person(3, MEMBER, MEMBER))
    change = promotion("user1@meet.test/web", ActorKind.PERSON)
    store.apply(AffiliationChanged(key("room"), 2, "user2@meet.test", change))
    # The server tells of the new role with a record of its own, which knows the same change.
    store.apply(OccupantChanged(key("room"), NOW, person(2, MEMBER, OWNER, change=change)))
    store.apply(OccupantLeft(key("room"), NOW, 1))
    assert ids(store) == [("F1", 2)]


def test_two_who_promoted_each_other_do_not_send_the_rule_in_circles() -> None:
    one = person(1, MEMBER, OWNER, change=promotion("user2@meet.test/web", ActorKind.PERSON))
    two = person(2, MEMBER, OWNER, change=promotion("user1@meet.test/web", ActorKind.PERSON))
    assert ids(in_room(one, two)) == [("F2", 1), ("F2", 2)]


@pytest.mark.parametrize("affiliation", [MEMBER, NONE, Affiliation.ADMIN])
def test_a_member_who_is_not_owner_is_fine(affiliation: Affiliation) -> None:
    assert ids(in_room(person(1, MEMBER, affiliation))) == []


@pytest.mark.parametrize("affiliation", [MEMBER, NONE])
def test_an_owner_by_token_without_the_rights_is_a_claim_ignored(affiliation: Affiliation) -> None:
    assert ids(in_room(person(1, OWNER, affiliation))) == [("F3", 1)]


def test_an_owner_by_token_who_was_owner_before_is_demoted_not_ignored() -> None:
    demotion = Change(NOW, OWNER, MEMBER, "user2@meet.test/web", ActorKind.PERSON)
    assert ids(in_room(person(1, OWNER, MEMBER, change=demotion))) == [("F4", 1)]


def test_somebody_without_a_token_who_owns_the_room_is_a_guest_owner() -> None:
    assert ids(in_room(person(1, None, OWNER))) == [("F7", 1)]
    assert ids(in_room(person(1, None, MEMBER))) == []


def test_an_owner_whose_claims_are_not_known_is_not_judged() -> None:
    unknown = person(1, MEMBER, OWNER, name="x")
    assert ids(in_room(Occupant(1, "x", None, unknown.sessions, unknown.role, OWNER, NOW))) == []
    unread = Occupant(1, "x", None, unknown.sessions, unknown.role, OWNER, NOW, has_token=True)
    assert ids(in_room(unread)) == []


def test_machinery_is_never_judged() -> None:
    assert ids(in_room(person(1, None, OWNER, exempt=Exempt.JIBRI))) == []


def test_claims_are_only_compared_where_a_plugin_applies_them() -> None:
    store = live_store(modules=("muc",))
    join(store, "room", person(1, MEMBER, OWNER), person(2, OWNER, MEMBER), person(3, None, OWNER))
    assert ids(store) == [("F7", 3)]


def test_a_rule_waits_until_the_last_change_has_settled() -> None:
    changed_at = NOW + 1.0
    change = promotion(FOCUS, ActorKind.JICOFO, changed_at)
    store = in_room(person(1, MEMBER, OWNER, change=change))
    room = store.find_room(key("room"))
    assert room is not None
    early = judge(room, store.host_of(room.key), changed_at + SETTLING_S - 0.01)
    assert early.findings == ()
    assert early.ask_again_at == changed_at + SETTLING_S
    assert ids(store, at=changed_at + SETTLING_S) == [("F1", 1)]


def test_jicofos_own_test_rooms_are_not_judged() -> None:
    store = live_store()
    join(store, "__jicofo-health-check-1", person(1, None, OWNER))
    assert ids(store, "__jicofo-health-check-1") == []


def test_breakout_rooms_are_not_judged_by_the_rules_of_main_rooms() -> None:
    store = in_room(person(1, None, OWNER))
    room = store.find_room(key("room"))
    assert room is not None
    room.kind = RoomKind.BREAKOUT
    assert ids(store) == []
