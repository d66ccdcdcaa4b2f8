"""How the screen was left: taken up again at the start, and written down whenever it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from monitor.ui.listing import Listing
from monitor.ui.memory import NEW, Remembered, ScreenMemory
from monitor.ui.screens.listing_acts import ListingActs
from monitor.ui.theme import DARK
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.filter import FilterLine


class Recalling(ListingActs):
    """Filter, sorting and columns, and the app's theme with them."""

    _kept: Remembered = NEW
    _keeping: asyncio.Task[None] | None = None
    _memory: ScreenMemory | None = None
    _said: str | None = None

    def take_up(self, left: Remembered, memory: ScreenMemory | None) -> None:
        """Begin as somebody left it. Without a `memory` nothing is written down."""
        self._memory = memory
        self._kept = left
        self._take_up_sorting(self._views)
        self._chosen_columns = {id: frozenset(names) for id, names in left.columns.items()}
        # A filter may be somebody's name.
        if not self._wall.hidden:
            self.query_one(FilterLine).words.value = left.filter
            self._narrowing.words = left.filter
        self._narrowing.problems_only = left.problems_only
        self._arrange(left.wide)
        self._say_what_went_wrong()

    def keep(self) -> None:
        """Write it down if it is not as it was, beside the screen."""
        now = self._as_it_is()
        if self._memory is None or now == self._kept or (self._keeping and not self._keeping.done()):
            return
        self._kept = now
        self._keeping = asyncio.create_task(self._write(self._memory, now))

    def keep_at_last(self) -> None:
        """Write it down before the screen ends."""
        now = self._as_it_is()
        if self._memory is not None and now != self._kept:
            self._memory.keep(now)

    async def _write(self, memory: ScreenMemory, now: Remembered) -> None:
        if not await asyncio.to_thread(memory.keep, now):
            self._say_what_went_wrong()

    async def _mount_views(self) -> None:
        there = len(self._views)
        await super()._mount_views()
        self._take_up_sorting(self._views[there:])
        self._arrange(self._wide)

    def _take_up_sorting(self, views: Sequence[BodyView]) -> None:
        for grid, listing in self._listings(views):
            if known := self._kept.sorted.get(grid):
                listing.sort_by(*known)

    def _listings(self, views: Sequence[BodyView]) -> Iterator[tuple[str, Listing[Any]]]:
        """What every table of these views lists, by the table's id; also when its widgets are gone already."""
        for view in views:
            for pane in view.panes:
                if listing := view.listing_of(pane):
                    yield str(pane.id), listing

    def _as_it_is(self) -> Remembered:
        found = dict(self._listings(self._views))
        # Tables that were not there yet are as they were left.
        sorted_by = {grid: how for grid, how in self._kept.sorted.items() if grid not in found}
        for grid, listing in found.items():
            if (how := listing.sorted_by) != (listing.kind.orders[0].column, False):
                sorted_by[grid] = how
        return Remembered(
            theme="" if self.app.theme == DARK else self.app.theme,
            filter=self._kept.filter if self._wall.hidden else self._narrowing.words,
            problems_only=self._narrowing.problems_only,
            wide=self._wide,
            sorted=sorted_by,
            columns={str(id): tuple(sorted(names)) for id, names in self._chosen_columns.items()},
        )

    def _say_what_went_wrong(self) -> None:
        if self._memory is not None and self._memory.said is not None:
            # Once: it would be the same the next time.
            words, self._memory.said = self._memory.said, None
            if words != self._said:
                self._said = words
                self.app.notify(words, title="not remembered", severity="warning", timeout=8, markup=False)
