"""What the screen says of breakout rooms, lobbies, mass drops and rooms that jicofo has left."""

from __future__ import annotations

import re

import pytest

from tests.ui.screen import NARROW, WIDE, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


@SIZES
async def test_the_countdown_names_the_owner_who_is_in_a_breakout_room(size: tuple[int, int]) -> None:
    async with running("school", size=size) as run:
        where = "is in breakout room" if size == WIDE else "is in"
        assert f"CLOSES in 00:38 at 14:13:57 (UTC): Ayşe Yılmaz {where} Gruppe 2" in run.text()
        if size == WIDE:
            assert "Ayşe Yılmaz is in breakout room Gruppe 2: in the main room that counts as gone" in run.text()
            assert "call them back into the main room" in run.text()
            assert "Ayşe Yılmaz left owner; to a breakout room or back" in run.text()


async def test_breakout_rooms_and_the_lobby_stand_beside_their_room_and_waiting_people_are_no_people() -> None:
    async with running("school") as run:
        text = run.text()
        assert "people 4 + 1 exempt · 3 waiting in the lobby" in text
        assert "10 rooms 120 people 3 waiting" in text
        lines = [line for line in text.splitlines() if "chemie-9 / " in line]
        assert [re.search(r"chemie-9 / \S+( \d)?", line)[0] for line in lines] == [  # type: ignore[index]
            "chemie-9 / Gruppe 1",
            "chemie-9 / Gruppe 2",
            "chemie-9 / lobby",
        ]
        assert "◐ 3 waiting chemie-9 / lobby – –" in text


async def test_who_waits_is_shown_as_waiting_and_is_not_judged() -> None:
    async with running("school") as run:
        await run.press("slash", *"lobby", "enter")
        text = run.text()
        assert "waiting 3" in text
        assert text.count("→ waiting ◐") == 3
        assert "Ein Gast waits in the lobby until somebody who may lets them in." in text


@SIZES
async def test_a_room_without_jicofo_says_since_when_and_what_to_restart(size: tuple[int, int]) -> None:
    async with running("school", size=size) as run:
        await run.press("slash", *"verlassen", "enter")
        text = run.text()
        assert "× NO FOCUS jicofo is not in the room since 14:11:10 (UTC)" in text
        if size == WIDE:
            assert "systemctl restart jicofo" in text


@SIZES
async def test_a_mass_drop_says_how_many_and_that_it_is_not_about_rights(size: tuple[int, int]) -> None:
    async with running("school", size=size) as run:
        await run.press("slash", *"geschichte", "enter")
        text = run.text()
        together = "connections together" if size == WIDE else "connection"
        assert f"! MASS DROP 8 of 14 people lost their {together} at 14:12:40" in text
        if size == WIDE:
            assert "their network, or the JVB or TURN server they share" in text
