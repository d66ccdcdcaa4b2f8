"""Whether names are hidden: on a screen on the wall, where anybody who passes can read them."""

from __future__ import annotations

import math
import os
from typing import overload

from monitor.core.disguise import Disguise
from monitor.core.store import Store
from monitor.core.walled import WORDS, Walled

REVEAL_S = 60.0
"""So long a screen that was started for the wall shows names once somebody asks."""


class Wall:
    """Holds the store through which everything is read. Times are the monitor's."""

    def __init__(self, store: Store, always: bool = False) -> None:
        """With `always`, names are shown for a moment only."""
        # Marks are of use while this runs, and to nobody who has a list of rooms to try them on.
        self.real, self.disguise = store, Disguise(os.urandom(16))
        self.store = Walled(store, self.disguise)
        self.store.hidden = self._always = always
        self._until = math.inf

    @property
    def hidden(self) -> bool:
        """Whether names are hidden now."""
        return self.store.hidden

    def toggle(self, now: float) -> None:
        """Hide names, or show them."""
        self.store.hidden = not self.store.hidden
        self._until = now + REVEAL_S if self._always else math.inf

    def is_due(self, now: float) -> bool:
        """Whether names have been shown long enough; also where the clock was set, since nobody knows how long then."""
        return self._always and not self.hidden and not 0 < self._until - now <= REVEAL_S

    def badge(self, now: float) -> str:
        """What the header says of it; empty where names are shown for good."""
        if self.hidden:
            return "WALL"
        return f"WALL off {math.ceil(self._until - now)} s" if self._always else ""

    @overload
    def veiled(self, words: str) -> str: ...
    @overload
    def veiled(self, words: str | None) -> str | None: ...
    def veiled(self, words: str | None) -> str | None:
        """Words that may name somebody, or that they are hidden."""
        return WORDS if words and self.hidden else words
