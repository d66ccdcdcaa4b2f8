"""Says when the chosen room ended: its row is gone, and nobody should wonder where to. Holds no widget."""

from __future__ import annotations

from monitor.core.naming import how_words
from monitor.core.room import EndedRoom, RoomKey
from monitor.core.store import Store
from monitor.core.text import room_name
from monitor.ui.durations import time_of_day
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.spans import Line, clip, span

TOLD_S = 12.0
"""So long it is said."""
_NAME_CELLS = 24


class Farewell:
    """Watches the chosen room. `now` is the monitor's time throughout."""

    def __init__(self, store: Store, key_map: KeyMap = PLAIN) -> None:
        self._store, self._key_map = store, key_map
        self._chosen: RoomKey | None = None
        self._line: Line = ()
        self._until = float("-inf")

    def choose(self, key: RoomKey | None) -> None:
        """This room is under the cursor from now on, if it is still there."""
        if key is not None and self._store.find_room(key) is not None:
            self._chosen = key

    def line(self, now: float) -> Line:
        """What to show of the chosen room's end, empty where there is nothing to say."""
        if self._chosen is not None and self._store.find_room(self._chosen) is None:
            self._line, self._until = self._words(self._chosen, now), now + TOLD_S
            self._chosen = None
        return self._line if now < self._until <= now + TOLD_S else ()

    def _words(self, key: RoomKey, now: float) -> Line:
        name = span(clip(room_name(key.node), _NAME_CELLS), "strong")
        over = self._last(key)
        if over is None:
            return ((span("!", "warning"), name, span("is gone: the server names it no more and does not say why")),)
        words = span(f"ended {time_of_day(over.at, now)}: {how_words(over)};")
        return (
            (span("!", "warning"), name, words, span(self._key_map.first("view.history"), "key"), span("shows it")),
        )

    def _last(self, key: RoomKey) -> EndedRoom | None:
        over = [one for one in self._store.host_of(key).ended if one.key == key]
        return max(over, key=lambda one: one.at, default=None)
