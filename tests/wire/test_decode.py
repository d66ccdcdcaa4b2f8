import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    JoinRefused,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomDestroyed,
    RoomSeen,
)
from monitor.core.occupant import Exempt
from monitor.core.room import RoomKey, RoomKind, WasThere
from monitor.core.store import Store
from monitor.wire.decode import Batch, Undecodable, decode_batch, decode_facts
from tests.wire.json_values import json_values
from tests.wire.samples import HOST, SERVER, SUB, batch, claims, occupant, room

CHANGE = [101.0, "member", "owner", "focus@auth.meet.test/focus", "jicofo", None, None]


def decoded(json_text: str) -> Batch:
    return decode_batch(json_text, SERVER, HOST)


def test_every_kind_of_event_becomes_one_of_the_core() -> None:
    events: list[list[Any]] = [
        ["joined", 100.5, "alpha", occupant(1)],
        ["changed", 101.0, "alpha", occupant(1, "owner", claims=None)],
        ["affiliation", 101.0, "alpha", 1, "user1@meet.test", CHANGE],
        ["renamed", 102.0, "alpha", 1, "other"],
        ["left", 103.0, "alpha", 1, ["333"], "gone", None, "lost"],
        ["closing", 103.5, "alpha", [[103.0, 163.0, 59.5, "John", False]], [103.0, 1, "John", "left"], True],
        [
            "refused",
            [103.7, "join", "alpha", "u@meet.test/web", "t9", claims(room="beta"), "not-allowed", "no", "party"],
        ],
        [
            "destroyed",
            104.0,
            "alpha",
            "over",
            "timer",
            None,
            "mod_x",
            90.0,
            True,
            [["Jane", False, "member"], ["Ein Gast", False, "owner", False]],
        ],
    ]
    found = decoded(batch(1, events=events)).events
    assert [type(event) for event in found] == [
        OccupantJoined,
        OccupantChanged,
        AffiliationChanged,
        OccupantRenamed,
        OccupantLeft,
        ClosingChanged,
        JoinRefused,
        RoomDestroyed,
    ]
    over = found[7]
    assert isinstance(over, RoomDestroyed)
    assert over.ended.people == (
        WasThere("Jane", False, Affiliation.MEMBER, None),
        WasThere("Ein Gast", False, Affiliation.OWNER, False),
    )
    left = found[4]
    assert isinstance(left, OccupantLeft)
    assert (left.codes, left.reason, left.why) == (("333",), "gone", "lost")
    affiliation = found[2]
    assert isinstance(affiliation, AffiliationChanged)
    assert affiliation.change.actor_kind is ActorKind.JICOFO


def test_a_room_carries_its_people_and_their_claims() -> None:
    seen = decoded(batch(1, rooms=[room("alpha", occupant(1), occupant(2, exempt="jibri"))])).events[0]
    assert isinstance(seen, RoomSeen)
    assert (seen.key, seen.sub, seen.kind, seen.focus_present) == (
        RoomKey(SERVER, HOST, "alpha"),
        SUB,
        RoomKind.MAIN,
        True,
    )
    jane, recorder = seen.occupants
    assert jane.claims is not None
    assert (jane.claimed, jane.claims.expires_at, jane.claims.name) == (Affiliation.MEMBER, 2000.0, "N")
    assert jane.bare_jid == "user1@meet.test"
    assert recorder.exempt is Exempt.JIBRI


@pytest.mark.parametrize("empty", [None, []])
def test_empty_lists_may_be_left_out(empty: object) -> None:
    seen = decoded(batch(1, rooms=[room("alpha", occupant(1, sessions=empty))])).events[0]
    assert isinstance(seen, RoomSeen)
    assert seen.occupants[0].sessions == ()
    assert seen.occupants[0].bare_jid == ""


@pytest.mark.parametrize(
    "broken", ["!!!", "AAAA", base64.b64encode(b"[1]").decode(), base64.b64encode(b"\xff").decode()]
)
def test_claims_that_cannot_be_read_are_unknown_and_cost_nobody_the_room(broken: str) -> None:
    seen = decoded(batch(1, rooms=[room("alpha", occupant(1, claims=broken))])).events[0]
    assert isinstance(seen, RoomSeen)
    assert seen.occupants[0].has_token is True
    assert seen.occupants[0].claimed is None


def test_claims_of_any_shape_are_kept_as_they_came() -> None:
    odd = claims(room=["a"], exp="soon", context={"user": {"name": {"x": 1}, "affiliation": 7, "moderator": None}})
    seen = decoded(batch(1, rooms=[room("alpha", occupant(1, claims=odd))])).events[0]
    assert isinstance(seen, RoomSeen)
    read = seen.occupants[0].claims
    assert read is not None
    assert (read.affiliation, read.room, read.exp, read.expires_at) == (Affiliation.MEMBER, ["a"], "soon", None)


def test_words_that_are_not_known_fall_back_and_do_no_harm() -> None:
    strange = occupant(1, "emperor", role="jester", exempt="martian", change=[1.0, "x", "y", None, "z", None, None])
    seen = decoded(batch(1, rooms=[room("alpha", strange)])).events[0]
    assert isinstance(seen, RoomSeen)
    assert seen.occupants[0].affiliation is Affiliation.NONE
    assert seen.occupants[0].exempt is Exempt.NO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"sub":"s"}',
        '{"sub":"s","seq":"x","now":1}',
        '{"sub":"s","seq":1,"now":1e999}',
        batch(1, events=[["exploded", 1.0, "alpha"]]),
        batch(1, events=[["left", 1.0]]),
        batch(1, rooms=[["alpha"]]),
        "[" * 100_000,
    ],
)
def test_what_is_no_batch_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decoded(text)
    assert "exploded" not in str(caught.value)


def test_facts_are_an_object_or_refused() -> None:
    assert decode_facts('{"protocol":0}') == {"protocol": 0}
    with pytest.raises(Undecodable):
        decode_facts("[1]")


tags = st.sampled_from(["joined", "left", "renamed", "changed", "affiliation", "destroyed", "other"])
records = st.one_of(
    json_values,
    st.tuples(tags, st.floats(allow_nan=False), st.text(max_size=4), json_values).map(list),
    st.integers(0, 5).map(lambda oid: ["joined", 1.0, "alpha", occupant(oid)]),
    st.integers(0, 5).map(lambda oid: ["left", 1.0, "alpha", oid, None, None, None, "left"]),
)


@given(st.one_of(st.text(), json_values.map(json.dumps)))
def test_whatever_comes_is_a_batch_or_undecodable(text: str) -> None:
    try:
        decoded(text)
    except Undecodable:
        pass


@given(st.lists(records, max_size=6), st.lists(json_values | st.just(room("alpha", occupant(1))), max_size=3))
def test_whatever_can_be_decoded_can_be_applied(events: list[Any], rooms: list[Any]) -> None:
    store = Store()
    try:
        found = decoded(batch(1, events=events, rooms=rooms))
    except Undecodable:
        return
    for event in found.events:
        store.apply(event)


def test_a_room_of_the_name_of_one_that_is_over_outlives_the_end_told_in_the_same_batch() -> None:
    # As a watcher that was slow is told: what is over in events, what is there now in rooms.
    over = ["destroyed", 104.0, "alpha", None, "last_left", None, None, 90.0, True, None]
    store = Store()
    for event in decoded(batch(1, events=[over], rooms=[room("alpha", occupant(7))])).events:
        store.apply(event)
    found = store.find_room(RoomKey(SERVER, HOST, "alpha"))
    assert found is not None
    assert list(found.occupants) == [7]
