"""Data in disguise: no name is left anywhere, and the findings are those of the real data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.claims import Claims
from monitor.core.disguise import Disguise, initials
from monitor.core.events import (
    BatchHeard,
    Event,
    FeedChanged,
    HistoryTold,
    JoinRefused,
    LinkChanged,
    OccupantRenamed,
    PastTold,
    RoomSeen,
)
from monitor.core.findings import judge
from monitor.core.history import Entry
from monitor.core.occupant import Occupant, Session
from monitor.core.query import Overview, row_of
from monitor.core.room import EndedRoom, OwnerGone, RoomKey, RoomKind, Timer, WasThere
from monitor.core.server import FeedState, Health, LinkState, Refusal
from monitor.core.spelling import Grade, grade
from monitor.core.store import Store
from monitor.core.traits import Traits
from monitor.core.walled import Walled
from tests.core import scenes as small
from tests.core.test_every_rule import CASES, Case
from tests.ui.scenes import HOST, NOW, SCENES, SERVER, connected, ended, key, seen, store_of

NAME = "Sibylle"
"""Stands in every place that strangers write into."""
MEMBER, OWNER = Affiliation.MEMBER, Affiliation.OWNER


def walled(store: Store) -> Walled:
    """The store in disguise."""
    behind = Walled(store, Disguise(b"salt"))
    behind.hidden = True
    return behind


def everywhere() -> list[Event]:
    """A room with the name in every field that holds foreign text, and beside it what else may name somebody."""
    jid = f"{NAME.lower()}@meet.example"
    payload = {"sub": NAME, "context": {"user": {"name": NAME, "email": f"{NAME}@x.example"}, "room": {"regex": True}}}
    traits = Traits(NAME, NAME, NOW, True, (NAME,), (NAME,), (NAME, NAME), True)
    claims = Claims(MEMBER, f"room-of-{NAME}", [NAME], NAME, f"{NAME} Claimed", payload, traits)
    change = Change(NOW - 90, MEMBER, OWNER, f"{jid}/{NAME}", ActorKind.PERSON, f"/home/{NAME}/x.lua", f"for {NAME}")
    person = Occupant(
        oid=1,
        nick=f"{NAME} Nick",
        name=f"{NAME} Shown",
        sessions=(Session(f"{jid}/{NAME}"), Session(f"{jid}/2", NOW + 60)),
        role=Role.MODERATOR,
        affiliation=OWNER,
        joined_at=NOW - 600,
        has_token=True,
        token_id=f"token-of-{NAME}",
        claims=claims,
        features={NAME: NAME},
        change=change,
    )
    gone = OwnerGone(NOW - 50, 2, f"{NAME} Gone", NAME)
    whats = ("joined", "left", "renamed", "affiliation", "lost", "back", "armed", "missed", NAME)
    past = tuple(Entry(NOW - at, what, 1, NAME, NAME, NAME, NAME, NAME, NAME) for at, what in enumerate(whats))
    door = Refusal(NOW, NAME, NAME, jid, NAME, claims, NAME, f"{NAME} may not", NAME)
    over = EndedRoom(key(NAME), NOW, NAME, NAME, jid, NAME, people=(WasThere(NAME, True, OWNER),))
    node = f"lesson-of-{NAME.lower()}"
    lobby, breakout = f"lobby.{HOST}", f"breakout.{HOST}"
    return [
        *connected(party=True),
        seen(node, person, title=NAME),
        seen(f"{node}-2", person, armed=(Timer(NOW, NOW + 60, NAME),), owner_gone=gone),
        RoomSeen(RoomKey(SERVER, breakout, NAME), "s1", RoomKind.BREAKOUT, node, NOW, NOW, True, (person,), NAME),
        RoomSeen(RoomKey(SERVER, lobby, node), "s1", RoomKind.LOBBY, node, NOW, NOW, True, (person,)),
        OccupantRenamed(key(node), NOW, 1, f"{NAME} Renamed"),
        HistoryTold(key(node), past),
        JoinRefused(SERVER, HOST, door),
        PastTold(SERVER, HOST, (), (over,)),
        BatchHeard(SERVER, HOST, NOW, NOW, Health(errors=1, last_error=f"by {NAME}")),
        LinkChanged(SERVER, LinkState.UP, NOW, f"{NAME} took this one's place"),
        FeedChanged(SERVER, HOST, FeedState.LIVE, NOW, f"{NAME} may not watch"),
    ]


def test_a_name_is_left_nowhere() -> None:
    store = store_of(everywhere())
    assert repr(store.servers).lower().count(NAME.lower()) > 50
    hidden = repr(walled(store).servers).lower()
    assert NAME.lower() not in hidden
    assert "s. s." in hidden


@pytest.mark.parametrize("scene", SCENES)
def test_the_findings_are_those_of_the_real_data(scene: str) -> None:
    store = store_of(SCENES[scene])
    behind = walled(store)
    for host in store.hosts():
        for room in host.rooms.values():
            fake = behind.find_room(behind.key_now(room.key))
            assert fake is not None
            real, shown = row_of(room, host, NOW), row_of(fake, behind.host_of(fake.key), NOW)
            assert shown.judgement == real.judgement
            assert (shown.severity, shown.state, shown.people, shown.owners) == (
                (real.severity, real.state, real.people, real.owners)
            )
            assert [who[1:] for who in shown.promoters] == [who[1:] for who in real.promoters]
            assert behind.real_key(fake.key) == room.key


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.what}")
def test_every_rule_holds_or_nearly_on_the_wall_as_well(case: Case) -> None:
    store = case.store()
    behind = walled(store)
    for host in store.hosts():
        for room in host.rooms.values():
            fake = behind.find_room(behind.key_now(room.key))
            assert fake is not None
            at = small.NOW + case.after_s
            assert judge(fake, behind.host_of(fake.key), at) == judge(room, host, at)


@given(st.text(max_size=8), st.text(max_size=8), st.booleans())
def test_a_rooms_claim_compares_with_the_room_as_before(claim: str, node: str, regex: bool) -> None:
    disguise = Disguise(b"salt")
    payload = {"context": {"room": {"regex": regex}}}
    real, shown = Claims(MEMBER, claim, payload=payload), disguise.claims(Claims(MEMBER, claim, payload=payload), node)
    fact = grade(real.room, node, real.room_is_pattern)
    assert grade(shown.room, disguise.node(node), shown.room_is_pattern) is fact


@pytest.mark.parametrize(
    ("claim", "node", "fact"),
    [
        ("Büro", "b%c3%bcro", Grade.SPELLING),
        ("Retro", "retro", Grade.CASE),
        ("retro", "[tenant]retro", Grade.SAME),
        ("*", "retro", Grade.WILDCARD),
        (3, "retro", Grade.UNKNOWN),
        ("physik", "retro", Grade.OTHER),
    ],
)
def test_each_grade_survives(claim: object, node: str, fact: Grade) -> None:
    disguise = Disguise(b"salt")
    shown = disguise.claims(Claims(MEMBER, claim), node)
    assert grade(claim, node) is fact
    assert grade(shown.room, disguise.node(node)) is fact
    if isinstance(claim, str) and claim != "*":
        assert claim.lower() not in str(shown.room)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Jane Doe", "J. D."),
        ("Guest 7", "G. 7"),
        ("jane.doe@meet.example", "J. D."),
        ("Anna-Lena von der Marwitz", "A. L. V."),
        ("+49 170 123456", "49 1. 1."),
        ("日本語", "日."),
        ("[/b]", "B."),
        ("\x1b[31mred", "3."),
        ("👍", "?"),
        ("", ""),
        (None, None),
    ],
)
def test_of_a_name_its_initials_are_left(name: str | None, left: str | None) -> None:
    assert initials(name) == left


def test_marks_are_stable_and_never_shared_and_differ_between_runs() -> None:
    disguise, other = Disguise(b"salt"), Disguise(b"another")
    marks = {disguise.node(f"room {at}") for at in range(5000)}
    assert len(marks) == 5000
    assert all(disguise.node(f"room {at}") in marks for at in range(5000))
    assert disguise.node("retro") == Disguise(b"salt").node("retro") != other.node("retro")


def test_only_what_changed_is_disguised_again() -> None:
    store = store_of(SCENES["overview"])
    behind = walled(store)
    before = {room.key: room for room in behind.rooms()}
    store.apply(OccupantRenamed(key("retro"), NOW, 601, "other"))
    after = {room.key: room for room in behind.rooms()}
    changed = [behind.real_key(one).node for one in after if after[one] is not before[one]]
    assert changed == ["retro"]
    retro = behind.key_now(key("retro"))
    assert after[retro].occupants[600] is before[retro].occupants[600]


def test_it_is_the_store_itself_while_nothing_is_hidden() -> None:
    store = store_of(SCENES["overview"])
    behind = Walled(store, Disguise(b"salt"))
    overview = Overview(behind)
    names = {row.name for row in overview.rows(NOW)}
    assert behind.servers is store.servers
    behind.hidden = True
    hidden = {row.name for row in overview.rows(NOW)}
    assert len(hidden) == len(names)
    assert not names & hidden
    behind.hidden = False
    assert {row.name for row in overview.rows(NOW)} == names


def test_what_happens_while_it_is_hidden_is_seen_hidden() -> None:
    store = store_of([*connected(), ended()])
    behind = walled(store)
    assert list(behind.rooms()) == []
    for event in everywhere():
        behind.apply(event)
    assert len(list(behind.rooms())) == 4
    assert NAME.lower() not in repr(list(behind.rooms())).lower()
