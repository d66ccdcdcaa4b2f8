"""The Textual app: joins the store, the sources and the screens. It holds no data and draws nothing itself."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from textual.app import App, SystemCommand
from textual.filter import LineFilter

from monitor.core.store import Store
from monitor.ui.access import NO_TOKENS, TokenAccess
from monitor.ui.ascii import AsciiFilter
from monitor.ui.keys import bindings
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.sources import Sources
from monitor.ui.theme import DARK, css_variables, themes
from monitor.ui.wall import Wall

if TYPE_CHECKING:
    from textual.screen import Screen


class MonitorApp(App[None]):
    """The screen of mucmon."""

    TITLE = "mucmon"
    CSS_PATH = "mucmon.tcss"
    BINDINGS = bindings("app")
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        store: Store,
        sources: Sources,
        clock: Callable[[], float] = time.time,
        *,
        theme: str = DARK,
        badge: str = "",
        tokens: TokenAccess = NO_TOKENS,
        ascii_only: bool = False,
        wall: bool = False,
    ) -> None:
        """`clock` gives the monitor's time, in seconds since the epoch; `theme` is any theme's name.

        `badge` is a word that the header begins with, so that nobody takes what is shown for something else.
        With `ascii_only` nothing but ASCII is drawn; with `wall` names are shown for a moment only.
        """
        super().__init__()
        self._wall = Wall(store, wall)
        self._sources = sources
        self._clock = clock
        self._badge = badge
        self._tokens = tokens
        self._ascii: list[LineFilter] = [AsciiFilter()] if ascii_only else []
        self._starting: asyncio.Task[None] | None = None
        self.stop_failure: Exception | None = None
        """What went wrong when the sources were stopped, for the caller to report."""
        for ours in themes():
            self.register_theme(ours)
        self.theme = theme if theme in self.available_themes else DARK

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables and ours."""
        return {**super().get_css_variables(), **css_variables(self.current_theme)}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters over whatever is drawn, and ours."""
        return [*super().get_line_filters(), *self._ascii]

    def get_default_screen(self) -> Screen[None]:
        """The overview."""
        return OverviewScreen(
            self._wall.store, self._clock, self._sources, self._badge, tokens=self._tokens, wall=self._wall
        )

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)
        if isinstance(screen, OverviewScreen):
            if screen.can_mint():
                yield SystemCommand("Mint", "Make a link into the chosen room", screen.action_mint)
            yield SystemCommand("Inspect", "What a token claims, and what a server makes of it", screen.action_inspect)
        yield SystemCommand("Help", "Keys and signs", self.action_help)
        yield SystemCommand("Quit", "Leave mucmon", self.exit)

    def on_mount(self) -> None:
        """Have the sources started once something is on the screen."""
        self.call_after_refresh(self._begin)

    async def on_unmount(self) -> None:
        """Stop the sources, if they were asked to start."""
        if self._starting is None:
            return
        self._starting.cancel()
        await asyncio.wait([self._starting])
        try:
            await self._sources.stop()
        except Exception as failure:  # the terminal must be given back whatever the sources do
            self.stop_failure = failure

    def action_help(self) -> None:
        """Open the help."""
        if isinstance(self.screen, OverviewScreen):
            self.screen.open_help()

    def _begin(self) -> None:
        # Where looking for garbage was put off until something is on the screen: what is loaded stays.
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        self._starting = asyncio.create_task(self._start_sources())

    async def _start_sources(self) -> None:
        try:
            await self._sources.start()
        except Exception as failure:  # told on the screen, which goes on showing what it has
            for screen in self.screen_stack:
                if isinstance(screen, OverviewScreen):
                    screen.tell_failure(f"could not start: {type(failure).__name__}: {failure}")
