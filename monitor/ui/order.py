"""Keeps rows in their places for a moment after somebody moved the cursor. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

HOLD_S = 3.0

Row = TypeVar("Row")


class HeldOrder(Generic[Row]):
    """The order of rows as last shown, and until when it stands."""

    def __init__(self, key_of: Callable[[Row], Hashable]) -> None:
        self._key_of = key_of
        self._until = float("-inf")
        self._shown: Sequence[Row] = ()

    def hold(self, now: float) -> None:
        """Let rows keep their places until `HOLD_S` from now."""
        self._until = now + HOLD_S

    def release(self) -> None:
        """Forget the order: the next rows are shown as they come."""
        self._until = float("-inf")
        self._shown = ()

    def is_held(self, now: float) -> bool:
        """Whether rows keep their places; a clock that was set back holds nothing."""
        return now < self._until <= now + HOLD_S

    def arrange(self, rows: Sequence[Row], now: float) -> Sequence[Row]:
        """The rows in the order to show them: new ones last while the order is held."""
        if self.is_held(now) and self._shown is not rows:
            fresh = {self._key_of(row): row for row in rows}
            kept = [row for shown in self._shown if (row := fresh.pop(self._key_of(shown), None)) is not None]
            rows = [*kept, *fresh.values()]
        self._shown = rows
        return rows
