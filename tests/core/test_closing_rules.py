"""The rules about rooms as a whole, and the words of WHY, each with what makes it true and what nearly does."""

import pytest
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Change, Role
from monitor.core.cause import Cause
from monitor.core.causes import cause_of
from monitor.core.claims import Claims
from monitor.core.closing import for_visit, overdue
from monitor.core.countdown import Outlook
from monitor.core.events import ClosingChanged, FactsLearned, OccupantLeft
from monitor.core.filtering import parse
from monitor.core.findings import SETTLING_S, Judgement, Severity, judge
from monitor.core.note import line_note
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.query import Overview, server_lines
from monitor.core.reports import reports_of, server_reports
from monitor.core.room import OwnerGone, RoomKind, Timer
from monitor.core.store import Store
from monitor.core.subjects import of_room
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

LATER = NOW + SETTLING_S
PARTY = ("muc", "token_affiliation", "token_owner_party")


def scene(*people: Occupant, modules: tuple[str, ...] = PARTY) -> Store:
    store = live_store(modules)
    join(store, "room", focus(), *people)
    return store


def judged(store: Store, at: float = LATER) -> Judgement:
    room = store.find_room(key("room"))
    assert room is not None
    return judge(room, store.host_of(room.key), at)


def rules(store: Store, at: float = LATER) -> list[str]:
    return [finding.rule.id for finding in judged(store, at).findings]


def cause(store: Store, rule: str, at: float = LATER) -> Cause:
    room = store.find_room(key("room"))
    assert room is not None
    found = judged(store, at)
    finding = next(one for one in found.findings if one.rule.id == rule)
    told = cause_of(finding, room, store.host_of(room.key), found)
    assert told is not None
    return told


def by_focus(oid: int, at: float = NOW + 0.2) -> Occupant:
    return person(oid, MEMBER, OWNER, change=promotion(FOCUS, ActorKind.JICOFO, at), joined_at=at - 0.2)


def owner_left(store: Store, at: float = NOW + 10) -> None:
    gone = OwnerGone(at, 2, "John Doe", "left")
    store.apply(OccupantLeft(key("room"), at, 2))
    store.apply(ClosingChanged(key("room"), at, (), gone, True))


def test_a_room_whose_host_left_is_held_open_by_owners_that_do_not_claim_it() -> None:
    store = scene(by_focus(1), person(2, OWNER, OWNER), person(3, MEMBER, MEMBER))
    assert "F10c" not in rules(store)
    owner_left(store)
    assert rules(store, NOW + 20)[0] == "F10c"
    told = cause(store, "F10c", NOW + 20)
    assert "jicofo authentication is on" in told.likely
    assert told.fixes[0].lines[0].startswith("hocon")
    assert told.restarts == "jicofo"


def test_a_room_handed_over_before_the_host_left_is_no_fault() -> None:
    granted = person(1, MEMBER, OWNER, change=promotion("user2@meet.test/web", ActorKind.PERSON))
    store = scene(granted, person(2, OWNER, OWNER), person(3, MEMBER, MEMBER))
    owner_left(store)
    found = judged(store, NOW + 20)
    held = found.of_room("F10c")
    assert held is not None
    assert (held.severity, found.severity) == (Severity.INFORMATION, Severity.INFORMATION)
    assert "a grant, no fault" in cause(store, "F10c", NOW + 20).likely


def test_a_recorder_that_counts_as_owner_holds_a_room_open_too() -> None:
    jibri = person(4, None, OWNER, exempt=Exempt.JIBRI)
    store = scene(jibri, person(2, OWNER, OWNER), person(3, MEMBER, MEMBER))
    owner_left(store)
    assert rules(store, NOW + 20)[0] == "F10c"
    assert "a recorder or gateway" in cause(store, "F10c", NOW + 20).likely


def test_an_owner_by_claim_who_is_still_there_holds_nothing_open() -> None:
    store = scene(by_focus(1), person(2, OWNER, OWNER), person(4, OWNER, OWNER))
    owner_left(store)
    assert "F10c" not in rules(store, NOW + 20)


def test_without_a_close_policy_nothing_is_held_open_nor_ownerless() -> None:
    store = scene(by_focus(1), person(2, OWNER, OWNER), person(3, MEMBER, MEMBER), modules=("muc", "token_affiliation"))
    owner_left(store)
    assert rules(store, NOW + 20) == ["F1"]


@pytest.mark.parametrize(("left", "severity"), [(61.0, Severity.WARNING), (59.9, Severity.CRITICAL)])
def test_a_countdown_is_a_warning_and_below_a_minute_critical(left: float, severity: Severity) -> None:
    store = scene(person(1, MEMBER, MEMBER))
    store.apply(ClosingChanged(key("room"), NOW, (Timer(NOW, LATER + left, "John Doe"),), None, True))
    found = judged(store)
    assert (found.findings[0].rule.id, found.severity) == ("F10", severity)
    assert found.ask_again_at is not None
    assert "John Doe left" in cause(store, "F10").likely


def test_a_countdown_turns_critical_by_itself_and_overdue_when_the_server_says_so() -> None:
    store = scene(person(1, MEMBER, MEMBER))
    store.apply(ClosingChanged(key("room"), NOW, (Timer(NOW, NOW + 100),), None, True))
    overview = Overview(store)
    assert overview.rows(NOW + 30)[0].severity is Severity.WARNING
    assert overview.rows(NOW + 41)[0].severity is Severity.CRITICAL
    row = overview.rows(NOW + 41)[0]
    assert (row.state, row.counts_to) == ("closes", NOW + 100)
    store.apply(ClosingChanged(key("room"), NOW + 101, (Timer(NOW, NOW + 100, missed=True),), None, True))
    late = overview.rows(NOW + 102)[0]
    assert (late.state, late.counts_from, late.counts_to) == ("overdue", NOW + 100, None)


def test_an_owner_whose_connection_is_lost_is_a_warning_that_says_when_they_count_as_gone() -> None:
    john = replace(person(2, OWNER, OWNER), sessions=(Session("john@meet.test/web", LATER + 48),))
    store = scene(person(1, MEMBER, MEMBER), john)
    row = Overview(store).rows(LATER)[0]
    assert (row.severity, row.state, row.counts_to) == (Severity.WARNING, "owner lost", LATER + 48)
    assert "60 s later" in (cause(store, "F29").so or "")


def test_rooms_that_close_sooner_come_first() -> None:
    store = live_store(PARTY)
    for node, left in (("a-later", 50.0), ("b-sooner", 20.0)):
        join(store, node, person(1, MEMBER, MEMBER))
        store.apply(ClosingChanged(key(node), NOW, (Timer(NOW, NOW + left),), None, True))
    assert [row.key.node for row in Overview(store).rows(LATER)] == ["b-sooner", "a-later"]


def test_a_room_with_no_timer_says_that_it_will_not_close() -> None:
    store = scene(person(1, MEMBER, MEMBER))
    found = judged(store)
    assert (found.findings[0].rule.id, found.forecast.outlook) == ("F10", Outlook.NO_TIMER)
    assert "starts its timer only when an owner leaves" in cause(store, "F10").likely


def test_the_command_that_grants_is_offered_only_for_addresses_a_shell_takes_as_they_are() -> None:
    told = cause(scene(person(1, MEMBER, MEMBER)), "F10")
    call = 'muc:room("room@conference.meet.test"):set_affiliation(true, "user1@meet.test", "owner")'
    assert told.fixes[0].lines[-1] == f"prosodyctl shell '{call}'"
    odd = replace(person(1, MEMBER, MEMBER), sessions=(Session("a\\b$(id)@meet.test/web"),))
    assert told.fixes[0].lines != cause(scene(odd), "F10").fixes[0].lines
    assert not any("prosodyctl" in line for line in cause(scene(odd), "F10").fixes[0].lines)


def test_an_overdue_room_whose_plugin_is_not_loaded_names_that() -> None:
    store = scene(person(1, MEMBER, MEMBER))
    facts = {"modules": ["muc", "token_affiliation"], "modules_enabled": ["token_owner_party"]}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    store.apply(ClosingChanged(key("room"), NOW, (Timer(NOW, NOW + 1, missed=True),), None, True))
    assert rules(store) == ["F10b"]
    assert "configured and not loaded" in cause(store, "F10b").likely


def test_everybody_being_owner_is_said_once_for_the_room() -> None:
    store = scene(by_focus(1), by_focus(2), person(3, OWNER, OWNER))
    assert rules(store, NOW + 5) == ["F9", "F1", "F1"]
    assert judged(store, NOW + 5).of_room("F9") is not None
    store = scene(by_focus(1), person(2, MEMBER, MEMBER), person(3, OWNER, OWNER))
    assert rules(store, NOW + 5) == ["F1"]
    assert rules(scene(person(1, OWNER, OWNER), person(2, OWNER, OWNER)), NOW + 5) == []


def test_everybody_being_owner_is_one_finding_however_many_come() -> None:
    store = scene(by_focus(1), by_focus(2))
    told, since = [], set()
    overview = Overview(store)
    for second in range(5, 40):
        if second % 4 == 0:
            join(store, "room", by_focus(second, NOW + second))
        ((row,), found) = overview.rows(NOW + second), judged(store, NOW + second)
        told.append(found.of_room("F9") is not None and row.judgement.of_room("F9") is not None)
        since |= {one.since_at for one in reports_of(row, store.find_room(key("room"))) if one.rule == "F9"}
    assert all(told)
    assert since == {NOW + 0.2}


def test_a_newcomer_who_stays_a_member_ends_it_when_they_have_settled() -> None:
    store = scene(by_focus(1), by_focus(2))
    join(store, "room", person(3, MEMBER, MEMBER, joined_at=NOW + 10))
    overview = Overview(store)
    said = {at: overview.rows(NOW + at)[0].judgement.of_room("F9") is not None for at in (10, 11.9, 12, 20)}
    assert said == {10: True, 11.9: True, 12: False, 20: False}


def test_a_token_for_another_room_is_said_at_once() -> None:
    def with_room(claim: object) -> Occupant:
        return Occupant(
            1,
            "n",
            "Jane",
            (),
            person(1, MEMBER, MEMBER).role,
            MEMBER,
            NOW,
            has_token=True,
            claims=Claims(MEMBER, claim),
        )

    assert rules(scene(with_room("elsewhere"), person(2, OWNER, OWNER)), NOW) == ["F11"]
    for claim in ("room", "ROOM", "*", None, ["elsewhere"]):
        assert rules(scene(with_room(claim), person(2, OWNER, OWNER)), NOW) == []
    assert "token_verification is not loaded" in cause(scene(with_room("elsewhere")), "F11").likely


def test_an_identity_without_a_token_is_said_at_once_and_in_every_kind_of_room() -> None:
    forger = replace(person(1, None, NONE), identity_without_token=True)
    store = scene(forger, person(2, OWNER, OWNER))
    assert rules(store, NOW) == ["F22"]
    assert "presence_identity" in cause(store, "F22", NOW).likely
    room = store.find_room(key("room"))
    assert room is not None
    room.kind = RoomKind.LOBBY
    assert rules(store, NOW) == ["F22"]
    assert rules(scene(person(1, None, NONE), person(2, OWNER, OWNER)), NOW) == []


def test_a_promotion_with_no_owner_around_points_to_the_auto_owner() -> None:
    assert "auto-owner" in cause(scene(by_focus(1)), "F1", NOW + 5).likely
    two = scene(by_focus(1), by_focus(2), person(3, MEMBER, MEMBER))
    assert "jicofo authentication" in cause(two, "F1", NOW + 5).likely


def test_a_plugin_is_named_by_its_file() -> None:
    for module, words in (
        ("mod_muc_wait_for_host", "muc_wait_for_host makes every token user owner"),
        ("mod_muc_allowners", "muc_allowners makes everybody owner"),
        ("mod_home_made", "mod_home_made"),
    ):
        change = promotion(None, ActorKind.MODULE, by_module=module)
        assert words in cause(scene(person(1, MEMBER, OWNER, change=change)), "F1").likely


def test_what_nobody_saw_happen_is_inferred_and_marked_so() -> None:
    late = person(1, MEMBER, OWNER, joined_exactly=False)
    told = cause(scene(late), "F1")
    assert told.inferred
    assert "jicofo" in told.likely
    told = cause(scene(late, modules=(*PARTY, "muc_wait_for_host")), "F1")
    assert told.inferred
    assert "muc_wait_for_host" in told.likely


def test_the_precondition_stands_before_the_fix() -> None:
    store = scene(by_focus(1), by_focus(2))
    facts = {"modules": list(PARTY), "options": {"allow_empty_token": True}}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    assert "without a token" in (cause(store, "F1", NOW + 5).first or "")


def test_every_finding_there_is_has_words_for_why() -> None:
    demoted = Change(NOW, OWNER, MEMBER, "user9@meet.test/web", ActorKind.PERSON)
    granted = promotion("user3@meet.test/web", ActorKind.PERSON)
    store = scene(
        by_focus(1),
        person(2, OWNER, MEMBER, change=demoted),
        person(3, OWNER, OWNER),
        person(4, MEMBER, OWNER, change=granted),
        person(5, OWNER, NONE),
        person(6, None, OWNER),
    )
    room = store.find_room(key("room"))
    assert room is not None
    found = judged(store, NOW + 5)
    assert {one.rule.id for one in found.findings} == {"F1", "F2", "F3", "F4", "F7"}
    for finding in found.findings:
        told = cause_of(finding, room, store.host_of(room.key), found)
        assert told is not None
        assert told.likely[0].islower() or told.likely[0].isupper()
        assert not told.likely.endswith(".")


def test_one_cause_in_several_rooms_is_one_line_for_the_server() -> None:
    store = live_store(PARTY)
    for node in ("one", "two"):
        join(store, node, by_focus(1), by_focus(2), person(3, OWNER, OWNER))
    lines = server_lines(store, Overview(store).rows(NOW + 5))
    assert [line.before for line in lines] == ["made owner by focus: 4 of 4 members by token, in 2 rooms"]
    assert lines[0].since_at == NOW + 0.2
    assert server_lines(store, Overview(store).rows(NOW + 5)[:1]) == []


def test_a_server_without_an_affiliation_plugin_is_told_so_once() -> None:
    store = live_store(("muc",))
    join(store, "one", person(1, MEMBER, OWNER))
    join(store, "two", person(2, MEMBER, OWNER))
    lines = server_lines(store, Overview(store).rows(LATER))
    assert len(lines) == 1
    assert "no plugin applies the token's affiliation" in lines[0].before


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("room", True),
        ("ROOM jane", True),
        ("jane !tom", True),
        ("!jane", False),
        ("room tom", False),
        ("unclaimed", True),
        ("meet", True),
        ("!", False),
    ],
)
def test_a_filter_is_words_that_must_be_there_or_must_not(words: str, found: bool) -> None:
    store = scene(by_focus(1))
    room = store.find_room(key("room"))
    assert room is not None
    room.occupants[1] = person(1, MEMBER, OWNER, name="Jane Doe", change=promotion(FOCUS, ActorKind.JICOFO))
    row = Overview(store).rows(NOW + 5)[0]
    assert parse(words).accepts(of_room(row, room)) is found


FLAVOURS = ("Debian", "docker")


def test_what_should_have_closed_has_a_fix_for_every_installation() -> None:
    store = live_store()
    host = store.host_of(key("alpha"))
    host.close_policy = "token_owner_party"
    causes = [overdue(host)]
    for modules in (["muc"], list(PARTY)):
        facts = {"modules": modules, "modules_enabled": ["token_owner_party"]}
        store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
        causes.append(overdue(host))
    assert len({cause.likely for cause in causes}) == 3
    for cause in causes:
        assert tuple(fix.flavour for fix in cause.fixes) == FLAVOURS
        for fix in cause.fixes:
            assert f"shell module load token_owner_party {HOST}" in " ".join(fix.lines)
            assert "mod_token_owner_party.lua" in fix.lines[0]
        assert "docker compose exec prosody" in " ".join(cause.fixes[1].lines)


def test_the_line_for_a_server_whose_plugin_is_not_loaded_tells_the_fix() -> None:
    store = live_store()
    facts = {"modules": ["muc"], "modules_enabled": ["token_owner_party"]}
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, facts))
    (line,) = [one for one in server_lines(store, list(Overview(store).rows(NOW))) if "not loaded" in one.before]
    (report,) = server_reports([line])
    assert report.cause is not None
    assert tuple(fix.flavour for fix in report.cause.fixes) == FLAVOURS
    told = line_note(report, NOW, str)
    assert ("Fix", f"on Debian: {report.cause.fixes[0].lines[0]}") in told


def test_a_moderator_for_the_visit_can_be_made_owner_or_joins_again() -> None:
    store = live_store()
    join(store, "alpha", person(1, MEMBER, MEMBER, role=Role.MODERATOR))
    room = store.host_of(key("alpha")).rooms["alpha"]
    cause = for_visit(room.occupants[1], room, store.host_of(key("alpha")))
    assert tuple(fix.flavour for fix in cause.fixes) == FLAVOURS
    for fix in cause.fixes:
        assert f'muc:room("alpha@{HOST}"):set_affiliation(true, "user1@meet.test", "owner")' in fix.lines[1]
        assert "join again" in fix.lines[2]
    evil = person(2, MEMBER, MEMBER, sessions=(Session("a$(rm)'@x/y"),))
    assert "rm" not in str(for_visit(evil, room, store.host_of(key("alpha"))).fixes)
