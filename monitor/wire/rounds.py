"""Which room is to be looked at next: new ones first, the chosen one often, the rest in turn within a budget. Pure.

`now` is in seconds on a clock that only goes forward.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

CHOSEN_S = 2.0
"""How often the room that somebody looks at is looked at."""
LEAST_S = 5.0
"""No other room is looked at more often."""
RATE = 40.0
"""Rooms per second in turn, once every room has been seen. Each takes three IQs, and Prosody about a millisecond."""


class Next(NamedTuple):
    """A room to look at, and whether that makes sure of what the last look seemed to show."""

    node: str
    again: bool = False


class Rounds:
    """Who waits for a look, and since when. A room that `next` names is under way until `done` or `drop`."""

    def __init__(self, now: float) -> None:
        self.chosen = ""
        self._under_way: set[str] = set()
        self._new: dict[str, None] = {}
        self._again: dict[str, None] = {}
        self._looked: dict[str, float] = {}
        """When each room was looked at last, the longest ago first."""
        self._budget, self._filled_at = 0.0, now

    @property
    def is_first(self) -> bool:
        """Whether there are rooms that nobody has looked at yet."""
        return bool(self._new or self._again or self._under_way - self._looked.keys())

    @property
    def under_way(self) -> Collection[str]:
        """The rooms that are being looked at."""
        return self._under_way

    def listed(self, nodes: Collection[str]) -> None:
        """These rooms exist, and no others."""
        known = self._looked.keys() | self._new.keys() | self._again.keys() | self._under_way
        for node in known - set(nodes):
            self.drop(node)
        self._new.update(dict.fromkeys(node for node in nodes if node not in known))

    def drop(self, node: str) -> None:
        """This room is no more."""
        self._under_way.discard(node)
        for waiting in (self._new, self._again, self._looked):
            waiting.pop(node, None)

    def done(self, node: str, now: float, again: bool = False) -> None:
        """This room has been looked at, and is to be looked at once more at once where `again` says so."""
        if node not in self._under_way:
            return
        self._under_way.discard(node)
        self._looked.pop(node, None)
        if again:
            self._again[node] = None
        else:
            self._looked[node] = now

    def next(self, now: float) -> Next | None:
        """The room to look at now, which is under way from here on; None where none is due."""
        found = self._due(now)
        if found is not None:
            self._under_way.add(found.node)
            self._again.pop(found.node, None)
            self._new.pop(found.node, None)
        return found

    def _due(self, now: float) -> Next | None:
        # What was not used is not made up for: a laptop may have slept.
        self._budget = min(self._budget + (now - self._filled_at) * RATE, RATE)
        self._filled_at = now
        if self._again:
            return Next(next(iter(self._again)), again=True)
        chosen = self.chosen
        if chosen in self._looked and chosen not in self._under_way and now - self._looked[chosen] >= CHOSEN_S:
            return Next(chosen)
        if self._new:
            return Next(next(iter(self._new)))
        if self._budget < 1:
            return None
        for node, looked_at in self._looked.items():
            if now - looked_at < LEAST_S:
                break
            if node not in self._under_way:
                self._budget -= 1
                return Next(node)
        return None

    def lag_s(self, now: float) -> float:
        """How long what happens in a room may take to be seen: as planned, or as it is where that is longer."""
        planned = max(LEAST_S, len(self._looked) / RATE)
        return max(planned, now - next(iter(self._looked.values()), now))
