"""A screen on the wall: no name can be read on it, whatever is pressed, until somebody asks for a minute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.core.events import FeedChanged, LinkChanged, OccupantJoined
from monitor.core.findings import is_health_check
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from monitor.core.text import clean, room_name
from monitor.core.walled import WORDS
from monitor.ui.screens.help import HelpScreen
from tests.core.test_disguise import NAME, everywhere
from tests.ui.minting import access
from tests.ui.scenes import HOST, NOW, SERVER, FakeSources, key, person
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
TOLD = ("overview", "held-open", "school", "closing", "overdue", "several", "stopped", "no-plugin", "door", "ended")
"""Scenes whose names are names: others have rooms called "past" and people called "list"."""
LEAST = 4
"""A shorter name cannot be told from a word of ours."""


def names_in(store: Store) -> set[str]:
    """Every name, nick, address and room of a store that could be read on a screen."""
    return {one.casefold() for one in _names_in(store) if len(one) >= LEAST and one != "focus"}


def _names_in(store: Store) -> Iterator[str]:
    # jicofo's own rooms are nobody's: their disguise begins as they do, and may go on alike by chance.
    for room in (one for one in store.rooms() if not is_health_check(one.key.node)):
        yield from (room.key.node, room_name(room.key.node), clean(room.title or ""))
        yield clean(room.owner_gone.name or "") if room.owner_gone else ""
        for entry in room.history:
            yield clean(entry.name or "")
        for timer in room.armed:
            yield clean(timer.cause or "")
        for one in room.occupants.values():
            yield from (clean(one.name or ""), clean(one.nick), one.bare_jid)
    for host in store.hosts():
        for refusal in host.door:
            yield from (refusal.node or "", (refusal.jid or "").partition("/")[0])
            yield clean(str(refusal.claims.name)) if refusal.claims else ""
        for over in host.ended:
            yield over.key.node
            yield from (clean(name or "") for name, *_ in over.people)


class Watch:
    """Reads the screen after every key."""

    def __init__(self, run: Running, names: set[str]) -> None:
        self._run, self._names = run, names
        self.seen: set[str] = set()

    async def press(self, *keys: str) -> None:
        """Press each key and look for names."""
        for one in keys:
            await self._run.press(one)
            self.look(one)

    def look(self, after: str = "") -> None:
        """Look for names."""
        text = self._run.text()
        self.seen.add(text)
        lowered = text.casefold()
        assert [one for one in self._names if one in lowered] == [], f"after {after}:\n{text}"


@SIZES
@pytest.mark.parametrize("scene", TOLD)
async def test_no_name_of_any_scene_can_be_read(scene: str, size: tuple[int, int]) -> None:
    async with running(scene, size, wall=True) as run:
        names = names_in(run.store)
        watch = Watch(run, names)
        watch.look()
        await watch.press(*"jjn", "tab", "j", "tab", "G", "tab", "G", "escape", *"fsmp")
        await watch.press(*"pgjj", "enter", *"jj", "question_mark", "escape")
        for view in "2345":
            await watch.press(view, *"jG", "tab", "G")
        assert "WALL" in run.lines()[0]
        assert len(watch.seen) > 2


@SIZES
async def test_no_place_that_strangers_write_into_can_be_read(size: tuple[int, int]) -> None:
    sources = FakeSources(RuntimeError(f"{NAME} is gone"))
    async with running(everywhere(), size, sources, wall=True) as run:
        watch = Watch(run, {NAME.casefold()})
        watch.look()
        assert WORDS[:40] in run.text()
        for _room in range(4):
            await watch.press("enter", "j", "tab", "G", "g", "tab", "G", "g", "escape", "j")
        for view in "2345":
            await watch.press(view, *"jG", "tab", "G", "i", "escape")
        await watch.press("1", "colon", "S", "i", "b")
        assert "room-" in " ".join(watch.seen)
        assert "S. S." in " ".join(watch.seen)
        await run.press("escape", "escape", "x")
        assert NAME.casefold() in run.text().casefold()


@SIZES
async def test_filtering_by_a_name_reveals_nobody(size: tuple[int, int]) -> None:
    async with running("overview", size, wall=True) as run:
        for words in ("Jane", "nocheintest", "u1@meet"):
            await run.press("slash", *("at" if char == "@" else char for char in words))
            await run.pilot.pause()
            assert "No room has the words" in run.text()
            await run.press("escape")
        await run.press("slash", *"!jane")
        assert "12 of 12" in run.text()


@pytest.mark.parametrize("pressed", ["y", "Y", "z", "t", "i"])
async def test_a_key_that_needs_names_says_so_while_they_are_hidden(pressed: str, tmp_path: Path) -> None:
    async with running("overview", wall=True, tokens=access(tmp_path)) as run:
        for view in ("1", "2", "3"):
            run.app.clear_notifications()
            await run.press(view, "G", pressed)
            assert len(run.app.screen_stack) == 1
            (said,) = run.app._notifications
            assert said.message == "Names are hidden, and this needs them: x shows them."
        named = " ".join(run.lines()[-1].split())
        assert not [word for word in ("y note", "z silence", "t link", "i token") if word in named]
        run.app.clear_notifications()
        await run.press("slash", pressed)
        assert not list(run.app._notifications)
        await run.press("escape", "1", "x", pressed)
        assert len(run.app.screen_stack) == 2


async def test_a_key_that_would_do_nothing_anyway_is_not_explained() -> None:
    async with running("ended", wall=True) as run:
        await run.press("5", "z", "t")
        assert not list(run.app._notifications)


@SIZES
async def test_x_shows_names_for_a_minute_and_counts_it(size: tuple[int, int]) -> None:
    async with running("overview", size, wall=True) as run:
        assert "WALL " in run.lines()[0]
        assert "off" not in run.lines()[0]
        await run.press("x")
        assert "chemie-9" in run.text()
        assert "WALL off 60 s" in run.lines()[0]
        await run.wait(18)
        assert "WALL off 42 s" in run.lines()[0]
        await run.wait(41.9)
        assert "WALL off 1 s" in run.lines()[0]
        assert "chemie-9" in run.text()
        await run.wait(0.1)
        assert "chemie-9" not in run.text()
        assert " off " not in run.lines()[0]
        await run.press("x", "x")
        assert "chemie-9" not in run.text()


async def test_a_clock_that_is_set_hides_names_at_once() -> None:
    for step in (-3600, 3600):
        async with running("overview", wall=True) as run:
            await run.press("x")
            await run.wait(step)
            assert "chemie-9" not in run.text()


async def test_when_the_minute_is_over_what_lies_over_the_rooms_is_closed() -> None:
    async with running("overview", wall=True) as run:
        await run.press("x", "question_mark")
        assert isinstance(run.app.screen, HelpScreen)
        await run.wait(60)
        await run.pilot.pause()
        assert not isinstance(run.app.screen, HelpScreen)
        assert "chemie-9" not in run.text()


@SIZES
async def test_without_the_option_x_switches_it_on_and_off(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        assert "WALL" not in run.text()
        await run.press("x")
        assert "WALL" in run.lines()[0]
        assert "chemie-9" not in run.text()
        await run.wait(3600)
        assert "chemie-9" not in run.text()
        await run.press("x")
        assert "WALL" not in run.text()
        assert "chemie-9" in run.text()
        await run.wait(3600)
        assert "chemie-9" in run.text()


async def test_the_cursor_stays_on_its_room_and_filter_and_pause_end() -> None:
    async with running("overview") as run:
        await run.press("p", "slash", *"retro", "enter", "j")
        assert run.room() == "retro"
        await run.press("x")
        assert "paused" not in run.text().casefold()
        assert "12 of 12" in run.text()
        assert "retro" not in run.text()
        await run.press("x")
        assert run.room() == "retro"


async def test_the_server_is_asked_for_the_past_by_the_real_name_and_failures_are_not_told() -> None:
    class Failing(FakeSources):
        def look_at(self, room: object) -> None:
            super().look_at(room)  # type: ignore[arg-type]
            raise RuntimeError("no past")

    sources = Failing()
    async with running("overview", sources=sources, wall=True) as run:
        await run.pilot.pause(0.5)
        await run.wait(0.1)
        asked = [call for call in sources.calls if call.startswith("look at")]
        assert len(asked) == 1
        node = asked[0].removeprefix("look at ")
        assert key(node) in {room.key for room in run.store.rooms()}
        assert node not in run.text()
        assert WORDS in run.text()
        await run.press("x")
        assert f"could not ask for the past of {node}" in run.text()


async def test_what_happens_while_names_are_hidden_is_drawn_hidden() -> None:
    async with running("overview", wall=True) as run:
        newcomer = person(7000, "Wilhelmine Fresh", joined_at=NOW)
        await run.apply(
            OccupantJoined(key("neuer-raum"), "s1", NOW, newcomer),
            LinkChanged(SERVER, LinkState.LOST, NOW, "ada.meet.example took the place of wilhelmine.meet.example"),
            FeedChanged(SERVER, HOST, FeedState.STALE, NOW, "wilhelmine.meet.example may not watch"),
        )
        text = run.text().casefold()
        assert "wilhelmine" not in text
        assert "neuer-raum" not in text
        assert "13 of 13" in text


async def test_marks_stay_the_same_while_it_runs() -> None:
    async with running("overview", wall=True) as run:
        before = set(re.findall(r"room-[0-9a-f]{4}", run.text()))
        await run.press("x", "x")
        assert len(before) > 5
        assert set(re.findall(r"room-[0-9a-f]{4}", run.text())) == before
