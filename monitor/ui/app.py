"""The Textual app: joins the store, the sources and the screens. It holds no data and draws nothing itself."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.command import CommandPalette
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Size
from textual.notifications import Notification, Notify
from textual.widgets import Input

from monitor.core.store import Store
from monitor.screen_settings import Alerts
from monitor.ui.access import NO_TOKENS, TokenAccess
from monitor.ui.ascii import AsciiFilter
from monitor.ui.keyboard import Keyboard
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.keys.table import bindings
from monitor.ui.memory import NEW, ScreenMemory
from monitor.ui.screens.overview import NO_ALERTS, OverviewScreen
from monitor.ui.signals import go_on_after_stops, let_go
from monitor.ui.silence_memory import SilenceMemory
from monitor.ui.sources import Sources
from monitor.ui.theme import DARK, css_variables, themes
from monitor.ui.wall import Wall

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen


_SIZE_S = 1.0
"""Between two looks at how big the terminal is."""
_MOST_TOLD = 2
"""So many messages stand at a time."""
_WORDS_WITH_ALT = ("b", "f", "\x7f")
"""What terminals send behind ESC for a word back, a word on, and a word deleted."""
_HUNG_UP = 129
"""The exit status where the terminal is gone, as after the signal that tells of it."""


class MonitorApp(Keyboard, inherit_bindings=False):
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
        theme: str = "",
        badge: str = "",
        tokens: TokenAccess = NO_TOKENS,
        ascii_only: bool = False,
        wall: bool = False,
        key_map: KeyMap = PLAIN,
        alerts: Alerts = NO_ALERTS,
        memory: ScreenMemory | None = None,
        silences: SilenceMemory | None = None,
    ) -> None:
        """`clock` gives the monitor's time, in seconds since the epoch; `theme` is any theme's name, that
        of the last run where none is given.

        `badge` is a word that the header begins with, so that nobody takes what is shown for something else.
        With `ascii_only` nothing but ASCII is drawn; with `wall` names are shown for a moment only.
        `key_map` says which keys lead to the commands, `alerts` what else tells of a new critical finding.
        `memory` knows how the screen was left, and learns how it is; without it nothing is remembered.
        `silences` knows what was silenced, and learns what is; without it silences end with the app.
        """
        super().__init__()
        self._silences = silences
        if silences is not None:
            store.silences.take_up(silences.recall(clock()))
        self._wall = Wall(store, wall)
        self._sources = sources
        self._clock = clock
        self._badge = badge
        self.key_map = key_map
        self.set_keymap(key_map.for_textual())
        self._tokens, self._alerts = tokens, alerts
        self._ascii: list[LineFilter] = [AsciiFilter()] if ascii_only else []
        self._starting: asyncio.Task[None] | None = None
        self._ending: int | None = None
        self.stop_failure: Exception | None = None
        """What went wrong when the sources were stopped, for the caller to report."""
        for ours in themes():
            self.register_theme(ours)
        self._memory, self._left = memory, memory.recall() if memory else NEW
        theme = theme or self._left.theme
        self.theme = theme if theme in self.available_themes else DARK

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables and ours."""
        return {**super().get_css_variables(), **css_variables(self.current_theme)}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters over whatever is drawn, and ours."""
        return [*super().get_line_filters(), *self._ascii]

    def get_driver_class(self) -> type[Driver]:
        """Textual's for this platform; in a terminal, the one that tells escape and the next key from alt."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from monitor.ui.escaped import EscapeDriver

        return EscapeDriver

    def means_with_alt(self, character: str) -> bool:
        """Whether a key is meant with alt: in a line to type into what moves by words, else what was chosen so."""
        if character in _WORDS_WITH_ALT and self.screen_stack and isinstance(self.focused, Input):
            return True
        key = f"alt+shift+{character.lower()}" if character.isupper() else f"alt+{character}"
        return any(key in keys for keys in self.key_map.chosen.values())

    def get_default_screen(self) -> Screen[None]:
        """The overview."""
        return OverviewScreen(
            self._wall.store,
            self._clock,
            self._sources,
            self._badge,
            tokens=self._tokens,
            wall=self._wall,
            key_map=self.key_map,
            alerts=self._alerts,
            left=self._left,
            memory=self._memory,
            silences=self._silences,
        )

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not isinstance(self.screen, CommandPalette):
            from monitor.ui.palette import PLACEHOLDER, Commands, Places

            self.push_screen(CommandPalette([Commands, Places], placeholder=PLACEHOLDER))

    def on_mount(self) -> None:
        """Have the sources started once something is on the screen."""
        self.call_after_refresh(self._begin)
        if self._driver is not None and not self._driver.is_headless:
            go_on_after_stops(self._driver, self.refresh)
        self.set_interval(_SIZE_S, self._heed_size)

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

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what a key is for; escape also takes back what is told."""
        if priority and key == "escape":
            # Beside what it is for here: what it says itself comes after this.
            self.clear_notifications()
        return await super()._check_bindings(key, priority)

    def on_notify(self, event: Notify) -> None:
        """Make one line of what is to be said, and room for it: the oldest goes, a serious one last."""
        told = event.notification
        if told.title:
            told.message, told.title = f"{told.title} · {told.message}", ""
        standing = sorted(self._notifications, key=lambda one: (one.severity == "error", one.raised_at))
        self._dismiss(standing[: len(standing) + 1 - _MOST_TOLD])

    def clear_notifications(self) -> None:
        """Take every message back."""
        self._dismiss(list(self._notifications))

    def end(self, status: int) -> None:
        """End as with the key for it, with this exit status; not before there is something on the screen."""
        # Half of a screen cannot be taken down.
        if self._starting is None:
            self._ending = status
        else:
            self.exit(return_code=status)

    def action_interrupted(self) -> None:
        """Say how to quit: what ends other programs ends nothing here."""
        self.notify(f"{self.key_map.first('app.quit')} quits.", timeout=3)

    def action_help(self) -> None:
        """Open the help."""
        if isinstance(self.screen, OverviewScreen):
            self.screen.open_help()

    def _heed_size(self) -> None:
        """Draw for the size that the terminal has, though it was not told of, or could not be read when it was."""
        driver = self._driver
        if driver is None or driver.is_headless or driver.is_inline or driver.is_web:
            return
        try:
            size = Size(*os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1))
        except (ValueError, OSError):
            # One that went away without a word would never be written to again.
            if let_go():
                self.end(_HUNG_UP)
            return
        if size.area and not size == self.size == self.screen.outer_size:
            self.post_message(Resize(size, size))

    def _dismiss(self, told: Sequence[Notification]) -> None:
        """Take messages back, with the room they have on the screen."""
        gone = {one.identity for one in told}
        for one in told:
            self._unnotify(one, refresh=False)
        for screen in self.screen_stack if gone else ():
            for holder in screen.query("ToastHolder"):
                if (holder.id or "").endswith(tuple(gone)):
                    holder.remove()

    def _begin(self) -> None:
        # Where looking for garbage was put off until something is on the screen: what is loaded stays.
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        if self._ending is not None:
            self.exit(return_code=self._ending)
            return
        self._starting = asyncio.create_task(self._start_sources())

    async def _start_sources(self) -> None:
        try:
            await self._sources.start()
        except Exception as failure:  # told on the screen, which goes on showing what it has
            for screen in self.screen_stack:
                if isinstance(screen, OverviewScreen):
                    screen.tell_failure(f"could not start: {type(failure).__name__}: {failure}")
