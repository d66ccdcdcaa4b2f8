"""The header: one line with the servers on the left, totals and clock on the right."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from monitor.core.query import RoomRow, Totals, totals
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.ui.headline import headline
from monitor.ui.spans import Piece, length
from monitor.ui.standing import Standing, stand
from monitor.ui.theme import look_of
from monitor.ui.widgets.lines import strip_of

_AGE = clean("")


class Header(Widget):
    """How the servers stand, what is wrong in numbers, and the time."""

    def __init__(self, badge: str = "", *, id: str | None = None) -> None:
        """`badge` is a word that stands first, whatever else has to make room."""
        super().__init__(id=id)
        self._own = badge
        self._badge = _badges(badge)
        self._shown: tuple[Sequence[Standing], Totals, float] = ((), Totals(), 0.0)
        self._drawn: list[Piece] = []
        self._rows: Sequence[RoomRow] = ()
        self._counted = Totals()
        self._by_server: dict[str, Totals] = {}
        self._calm: object = None

    def follow(self, store: Store, rows: Sequence[RoomRow], now: float, new_second: bool) -> None:
        """Draw how things stand; `now` is the monitor's time, `new_second` whether the clock shows another one."""
        if rows is not self._rows:
            self._rows, self._counted = rows, totals(list(rows))
            self._by_server.clear()
        counted = _with_whole_servers(self._counted, rows, store, now)
        standings = [stand(server, now) for server in store.servers.values()]
        calm = [one if one.telling else msgspec.structs.replace(one, note=_AGE) for one in standings]
        # The age of data jumps about with every batch: it is looked at once a second only.
        if new_second or self._calm != (calm, counted):
            self._calm = (calm, counted)
            self._shown = (standings, counted, now)
            if self._pieces() != self._drawn:
                self.refresh(Region(0, 0, self.size.width, 1))

    def add_badge(self, badge: str) -> None:
        """Have this word stand beside the first one; an empty one is none."""
        badges = _badges(self._own, badge)
        if badges != self._badge:
            self._badge = badges
            self.refresh(Region(0, 0, self.size.width, 1))

    def totals_of(self, server: str) -> Totals:
        """What there is on one server."""
        if server not in self._by_server:
            self._by_server[server] = totals([row for row in self._rows if row.key.server == server])
        return self._by_server[server]

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        self._drawn = self._pieces() if y == 0 else []
        return strip_of(self._drawn, look_of(self.app), self.rich_style, width)

    def _pieces(self) -> list[Piece]:
        width = self.size.width - length(self._badge)
        left, right = headline(*self._shown, width)
        between = width - length(left) - length(right)
        return [*self._badge, *left, (" " * max(between, 0), "text"), *right]


def _badges(*words: str) -> list[Piece]:
    pieces: list[Piece] = []
    for word in filter(None, words):
        pieces += [(f" {clean(word)} ", "badge"), ("  ", "text")]
    return pieces


def _with_whole_servers(counted: Totals, rows: Sequence[RoomRow], store: Store, now: float) -> Totals:
    """The same with what is silenced on whole servers and is no room's finding."""
    whole = {(one.about.server, one.about.rule) for one in store.silences.active(now) if one.about.room is None}
    if whole:
        whole -= {(row.key.server, one.rule.id) for row in rows for one in row.judgement.silenced}
    quiet = len(whole)
    return msgspec.structs.replace(counted, silenced=counted.silenced + quiet) if quiet else counted
