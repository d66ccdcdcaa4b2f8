"""Runs the app in a test and reads what it drew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len
from textual.message import Message
from textual.notifications import Notify
from textual.pilot import Pilot

from monitor.core.events import Event
from monitor.core.store import Store
from monitor.ui.app import MonitorApp
from monitor.ui.widgets.grid import Grid
from tests.ui.scenes import SCENES, Clock, FakeSources, store_of

WIDE, NARROW = (172, 45), (80, 24)


@dataclass
class Running:
    """The app under test with all that it was given."""

    app: MonitorApp
    pilot: Pilot[None]
    store: Store
    clock: Clock
    sources: FakeSources
    told: list[tuple[str, str]] = field(default_factory=list)
    """Title and words of what has passed over the screen, or would have."""

    def lines(self) -> list[str]:
        """Every line of the terminal as text."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        texts = [strip.text for strip in strips]
        assert len(texts) == height
        assert {cell_len(text) for text in texts} == {width}
        return texts

    def text(self) -> str:
        """The whole terminal, runs of spaces drawn together."""
        return "\n".join(" ".join(line.split()) for line in self.lines())

    def line_with(self, words: str) -> str:
        """The first line that has these words, runs of spaces drawn together."""
        return next(line for line in self.text().splitlines() if words in line)

    def grid(self, id: str) -> Grid[object]:
        """The grid of that id."""
        return self.app.screen.query_one(f"#{id}", Grid)

    def room(self) -> str:
        """The node of the room under the cursor."""
        key = self.grid("rooms").cursor_key
        return str(key[2]) if isinstance(key, tuple) else ""

    def foreground_of(self, words: str) -> set[str]:
        """The colours in which these words are drawn."""
        found: set[str] = set()
        for strip in self.app.screen._compositor.render_strips():
            for segment in strip:
                if words in segment.text and segment.style and segment.style.color:
                    found.add(segment.style.color.name)
        return found

    async def apply(self, *events: Event) -> None:
        """Let something happen and have it drawn."""
        for event in events:
            self.store.apply(event)
        await self.tick()

    async def wait(self, seconds: float) -> None:
        """Let the injected clock go on and have that drawn."""
        self.clock.now += seconds
        await self.tick()

    async def press(self, *keys: str) -> None:
        """Press these keys and have what they change laid out and drawn."""
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.pause()

    async def tick(self) -> None:
        """Have the screen look at the store now, whatever its timer does."""
        for screen in self.app.screen_stack:
            tick = getattr(screen, "_tick", None)
            if tick is not None:
                tick()
        await self.pilot.pause()


@asynccontextmanager
async def running(
    scene: str | list[Event],
    size: tuple[int, int] = WIDE,
    sources: FakeSources | None = None,
    theme: str = "mucmon-dark",
    shows_told: bool = False,
    **options: Any,
) -> AsyncIterator[Running]:
    """The app on a scene, by name or as events; further options are the app's.

    What passes over the screen hides nothing unless `shows_told`.
    """
    events = SCENES[scene] if isinstance(scene, str) else scene
    store, clock, sources = store_of(events), Clock(), sources or FakeSources()
    app = MonitorApp(store, sources, clock, theme=theme, **options)
    told: list[tuple[str, str]] = []

    def hear(message: Message) -> None:
        if isinstance(message, Notify):
            told.append((message.notification.title, message.notification.message))

    async with app.run_test(size=size, notifications=shows_told, message_hook=hear) as pilot:
        # Once for the first paint, once for what is laid out anew at the size it found.
        await pilot.pause()
        await pilot.pause()
        yield Running(app, pilot, store, clock, sources, told)
