"""The header: one line with the servers on the left, totals and clock on the right."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from monitor.core.query import Totals
from monitor.ui.headline import headline
from monitor.ui.spans import Piece, length
from monitor.ui.standing import Standing
from monitor.ui.theme import look_of
from monitor.ui.widgets.lines import strip_of


class Header(Widget):
    """How the servers stand, what is wrong in numbers, and the time."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[Sequence[Standing], Totals, float] = ((), Totals(), 0.0)
        self._drawn: list[Piece] = []

    def show(self, servers: Sequence[Standing], totals: Totals, now: float) -> None:
        """Draw this instead of what was there; `now` is the monitor's time."""
        self._shown = (servers, totals, now)
        if self._pieces() != self._drawn:
            self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        self._drawn = self._pieces() if y == 0 else []
        return strip_of(self._drawn, look_of(self.app), self.rich_style, width)

    def _pieces(self) -> list[Piece]:
        left, right = headline(*self._shown, self.size.width)
        between = self.size.width - length(left) - length(right)
        return [*left, (" " * max(between, 0), "text"), *right]
