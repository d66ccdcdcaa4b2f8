"""Asks for the past of a room once somebody has looked at it for a moment, and again when its feed was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from monitor.core.room import RoomKey

LINGER_S = 0.3
"""So long a room stays chosen before its past is asked for: not for every row the cursor passes."""
_REMEMBERED = 2000


class Stoppable(Protocol):
    """A call that is to come and can be called off."""

    def stop(self) -> None:
        """Call it off."""


class Glance:
    """Remembers whose past was asked for, and since when that room's feed was live then."""

    def __init__(self, ask: Callable[[RoomKey], None], later: Callable[[float, Callable[[], None]], Stoppable]) -> None:
        """`later` calls a function after a number of seconds."""
        self._ask, self._later = ask, later
        self._asked: dict[RoomKey, float] = {}
        self._looked: tuple[RoomKey, float] | None = None
        self._timer: Stoppable | None = None

    def rest_on(self, looked: tuple[RoomKey, float] | None) -> None:
        """This room is chosen now, with since when its feed is live; or none that can tell of its past."""
        if looked == self._looked:
            return
        self._looked = looked
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if looked is not None and self._asked.get(looked[0]) != looked[1]:
            self._timer = self._later(LINGER_S, self._linger)

    def _linger(self) -> None:
        if self._looked is None:
            return
        if len(self._asked) > _REMEMBERED:
            self._asked.clear()
        key, since = self._looked
        self._asked[key] = since
        self._ask(key)
