"""A server that is asked again and again: what it does not tell is said not to be known, and never made up."""

from __future__ import annotations

import pytest
from msgspec import structs

from monitor.core.affiliation import Change
from monitor.core.events import AffiliationChanged, OccupantJoined
from tests.ui.scenes import MEMBER, NOW, OWNER, SCENES, connected, ended, key
from tests.ui.screen import WIDE, Running, running


async def _detail(run: Running, room: str) -> str:
    """Everything in the detail of a room."""
    await run.press("slash", *f"room:{room}", "enter", "enter")
    return run.text()


async def test_it_is_not_known_whether_a_room_without_an_owner_closes() -> None:
    async with running(SCENES["polled"], WIDE) as run:
        row = next(line for line in run.lines() if " lesson " in line)
        assert "i may close" in row
        assert "unknown whether it closes: nothing tells whether a plugin closes rooms here" in run.text()
        text = await _detail(run, "lesson")
        assert "Whether a close timer runs is not known: nothing tells whether" in text
        assert "close_policy" in text
        await run.press("y")
        text = run.text()
        assert "Closes not known: nothing tells whether a plugin closes rooms here" in text
        assert "no rule finds anything" not in text
        for false in ("nothing closes rooms", "✓ lesson"):
            assert false not in text


@pytest.mark.parametrize("room", ["board", "lesson"])
async def test_no_note_and_no_detail_of_a_polled_room_says_that_nothing_closes_it(room: str) -> None:
    async with running(SCENES["polled"], WIDE) as run:
        text = await _detail(run, room)
        await run.press("y")
        text += run.text()
        assert "Closes" in text
        assert "nothing closes rooms" not in text
        assert "not known: nothing tells" in text


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("3", "what tokens say is not told"),
        ("4", "who was turned away is not told"),
        ("5", "what was before monitoring began is not told"),
    ],
)
async def test_an_empty_list_says_what_is_not_told(view: str, words: str) -> None:
    events = [event for event in SCENES["polled"] if getattr(event, "key", key("board")).node == "board"]
    async with running(events, WIDE) as run:
        await run.press(view)
        assert words in run.text()
    async with running([*connected(), ended()], WIDE) as run:
        await run.press(view)
        assert "is not told" not in run.text()


async def test_no_actor_is_made_up_for_a_change_that_was_only_found() -> None:
    async with running(SCENES["polled"], WIDE) as run:
        room = run.store.find_room(key("board"))
        assert room is not None
        quinn = next(one for one in room.people() if one.affiliation == "member")
        change = Change(NOW - 3, MEMBER, OWNER)
        await run.apply(AffiliationChanged(room.key, quinn.oid, quinn.bare_jid, change))
        await run.press("slash", *"room:board", "enter")
        await run.press("enter")
        text = run.text()
        # In the timeline, in the table of people, in WHY.
        assert f"{quinn.nick} member → owner by whom is not told" in text
        assert "not told" in next(line for line in run.lines() if f"{quinn.nick} " in line and "→ owner" in line)
        assert "14:13:17 by whom is not told" in run.text()
        await run.press("y")
        assert "by whom is not told" in run.text()
        await run.press("escape", "5")
        text += run.text()
        assert f"{quinn.nick} member → owner · by whom is not told" in run.text()
        for false in ("server module", "by the server"):
            assert false not in text


async def test_when_monitoring_began_is_told_of_those_alone_who_were_there_then() -> None:
    async with running(SCENES["polled"], WIDE) as run:
        room = run.store.find_room(key("board"))
        assert room is not None
        before = next(one for one in room.people() if one.affiliation == "member")
        vic = structs.replace(before, oid=-99, nick="vic", joined_at=NOW - 30, joined_exactly=True)
        await run.apply(OccupantJoined(room.key, room.sub, NOW - 30, vic))
        await run.press("slash", *"name:vic", "enter", "2", "enter")
        assert "since joining at ~14:12:50" in run.text()
        assert "monitoring began" not in run.text()
        await run.press("y")
        assert "joined about 2026-09-21 14:12:50" in run.text()
        await run.press("escape", "escape", "escape", "slash", *f"name:{before.nick}", "enter", "2", "enter")
        assert "already so when monitoring began at 13:48:20" in run.text()
