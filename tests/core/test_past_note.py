"""Notes on what is over: nobody's name without being asked for, nothing of a token, each line one line."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.core.affiliation import Affiliation
from monitor.core.door import turned_away
from monitor.core.note import LONGEST, plain
from monitor.core.past_note import ended_note, refusal_note
from monitor.core.room import EndedRoom, RoomKey, WasThere
from monitor.core.server import Refusal
from monitor.tokens.claims import claims_of

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoiSmFuZSJ9.c2lnbmF0dXJl"


def spell(at: float) -> str:
    return f"<{at:g}>"


def at_the_door(full: bool = False, **changes: Any) -> str:
    user = {"id": "u-1", "name": "Jane Doe", "affiliation": "owner"}
    fields: dict[str, Any] = {
        "at": 100.0,
        "stage": "join",
        "node": "algebra",
        "jid": "jane@meet.example/web",
        "token_id": "abc",
        "claims": claims_of({"room": "algebra", "exp": 900, "context": {"user": user}}),
        "condition": "not-allowed",
        "words": "Jane may not",
        "gate": "ban",
    }
    turned = turned_away("meet", "conference.meet.example", Refusal(**{**fields, **changes}))
    return plain(refusal_note(turned, 160.0, spell, full))


def over(full: bool = False, **changes: Any) -> str:
    fields: dict[str, Any] = {
        "key": RoomKey("meet", "conference.meet.example", "algebra"),
        "at": 500.0,
        "reason": "Jane ends it",
        "how": "moderator",
        "by": "jane@meet.example/web",
        "opened_at": 20.0,
        "people": (
            WasThere("Max Kern", False, Affiliation.MEMBER, True),
            WasThere("Jane Doe", True, Affiliation.OWNER, True),
        ),
    }
    return plain(ended_note(EndedRoom(**{**fields, **changes}), 600.0, spell, full))


def test_a_refusal_is_told_with_initials_and_without_the_servers_words() -> None:
    assert at_the_door().splitlines() == [
        "Room:   algebra @ conference.meet.example, server meet",
        "What:   turned away on joining: banned",
        "When:   <100>",
        "Who:    J. D.: token says owner",
        "Cause:  the room has banned this address, or is closed to it",
        "Fix:    an owner has to lift the ban; a new link with another user id is another person to the room",
        "Said:   not-allowed",
        "Note:   people as initials; from mucmon, <160>; no tokens",
    ]
    full = at_the_door(True)
    assert "Who:    Jane Doe (jane@meet.example): token says owner" in full
    assert "Said:   “Jane may not”, not-allowed" in full
    assert "names in full" in full


def test_who_brought_nothing_or_asked_for_nothing_is_told_of_too() -> None:
    bare = at_the_door(node=None, claims=None, token_id=None, jid=None, words=None, condition=None, stage="connect")
    assert bare.startswith("Server: meet\nWhat:   turned away on connecting: ")
    assert "Who:    somebody without a name: no token was read" in bare
    assert "Said:" not in bare
    assert "a token whose claims were not sent" in at_the_door(claims=None)


def test_a_room_that_is_over_is_told_with_who_owned_it_first() -> None:
    assert over().splitlines() == [
        "Room:   algebra @ conference.meet.example, server meet",
        "        was open since <20>",
        "What:   the room is over: ended by a moderator",
        "Ended:  <500>",
        "By:     somebody whose address is left out",
        "Who:    J. D.: token says owner, room said owner",
        "        M. K.: token says no owner, room said member",
        "Note:   people as initials; from mucmon, <600>; no tokens",
    ]
    full = over(True)
    assert "By:     jane@meet.example" in full
    assert "Said:   “Jane ends it”" in full
    assert "Jane Doe: token says owner" in full


@pytest.mark.parametrize(
    ("has_token", "words"),
    [(True, "token says no owner"), (False, "no token"), (None, "token not seen")],
)
def test_of_a_guest_is_told_that_there_was_no_token_and_nothing_of_one_that_nobody_saw(
    has_token: bool | None, words: str
) -> None:
    text = over(True, people=(WasThere("Ein Gast", False, Affiliation.OWNER, has_token),))
    assert f"Who:    Ein Gast: {words}, room said owner" in text


def test_a_room_without_people_and_one_with_many() -> None:
    assert "nobody was left" in over(people=(), how="last_left")
    assert "who was there is not known" in over(people=())
    assert "was open since before <20>" in over(opened_exactly=False)
    assert "By:     mod_token_owner_party" in over(by=None, by_module="/usr/lib/mod_token_owner_party.lua")
    many = tuple(WasThere(f"P{at}", False, Affiliation.MEMBER) for at in range(1200))
    assert "        and 1,195 more" in over(people=many)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("evil", [TOKEN, "a\nWhat: b", "\x1b[31mred", "[bold]x[/]", "x" * 5000, ""])
def test_whatever_strangers_wrote_each_line_stays_one_line_and_no_token_is_in_it(evil: str, full: bool) -> None:
    claims = claims_of({"room": evil, "context": {"user": {"name": evil, "id": evil}}})
    for text in (
        at_the_door(full, node=evil or None, jid=evil, claims=claims, words=evil, condition=evil, gate="other_room"),
        over(
            full,
            key=RoomKey("meet", "h", evil or "r"),
            reason=evil,
            by=evil,
            people=(WasThere(evil, True, Affiliation.OWNER),),
        ),
    ):
        assert "eyJhbGci" not in text
        assert "\x1b" not in text
        labels = [line[:8].strip() for line in text.splitlines()]
        assert labels.count("What:") == 1
        assert all(len(line) <= LONGEST + 8 for line in text.splitlines())
