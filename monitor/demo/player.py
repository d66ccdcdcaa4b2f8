"""Plays what is to happen: endless sequences of cues, each at its time, into one world."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

import msgspec

from monitor.demo.world import World

Act = Callable[[World], None]


class Cue(msgspec.Struct, frozen=True):
    """Something that is to happen at a moment, in seconds since the epoch."""

    at: float
    act: Act


class Player:
    """Sequences of cues, each in the order of time, and the world they change."""

    def __init__(self, world: World, sequences: Iterable[Iterator[Cue]]) -> None:
        self._world = world
        self._coming: list[tuple[float, int, Cue, Iterator[Cue]]] = []
        for place, sequence in enumerate(sequences):
            self._await(place, sequence)

    @property
    def next_at(self) -> float | None:
        """When something happens next."""
        coming = self._coming[0][0] if self._coming else None
        due = self._world.next_due_at
        return min((at for at in (coming, due) if at is not None), default=None)

    def advance_to(self, now: float) -> None:
        """Let everything happen until `now`."""
        while self._coming and self._coming[0][0] <= now:
            at, place, cue, sequence = heapq.heappop(self._coming)
            self._world.advance_to(at)
            cue.act(self._world)
            self._await(place, sequence)
        self._world.advance_to(now)

    def _await(self, place: int, sequence: Iterator[Cue]) -> None:
        cue = next(sequence, None)
        if cue is not None:
            heapq.heappush(self._coming, (cue.at, place, cue, sequence))
