"""Hiding names, and showing them: what was typed, frozen or told in the one world says nothing in the other."""

from __future__ import annotations

from monitor.ui.farewell import Farewell
from monitor.ui.keymap import key_map_of
from monitor.ui.screens.stage import Stage
from monitor.ui.widgets.filter import FilterLine


class WallActs(Stage):
    """The action that goes from the one world to the other."""

    def action_wall(self) -> None:
        """Hide names, or show them."""
        room = self._rooms.room_of(self._rooms.main.cursor_key)
        real = self._wall.store.real_key(room) if room else None
        self._rooms.rest()
        self._wall.toggle(self._clock())
        # What was typed, frozen or told may hold names of the one world, and says nothing in the other.
        self.picture.go_on()
        self._farewell = Farewell(self._store, key_map_of(self.app))
        self.query_one(FilterLine).words.value = ""
        self.app.clear_notifications()
        self._chosen = self._rooms.main.cursor_key = self._wall.store.key_now(real) if real else None
        self._narrow("", self._narrowing.problems_only)

    def _hide_again(self) -> None:
        while self.app.screen is not self:
            self.app.pop_screen()
        self.action_wall()
