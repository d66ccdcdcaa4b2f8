"""What the overview is made of: its views, what they are drawn from, and what is chosen. Its actions are next door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.notifications import SeverityLevel
from textual.screen import Screen

from monitor.core.room import RoomKey
from monitor.core.store import Store
from monitor.screen_settings import Alerts
from monitor.ui.access import TokenAccess
from monitor.ui.alarm import Alarm
from monitor.ui.farewell import Farewell
from monitor.ui.herald import Herald
from monitor.ui.keymap import KeyMap
from monitor.ui.listing import Narrowing
from monitor.ui.picture import Picture
from monitor.ui.silence_memory import SilenceMemory
from monitor.ui.sources import Sources
from monitor.ui.standing import can_reconnect
from monitor.ui.views.rooms import RoomsView
from monitor.ui.views.view import BodyView
from monitor.ui.wall import Wall
from monitor.ui.widgets.header import Header

if TYPE_CHECKING:
    from monitor.ui.views.detail import DetailView
    from monitor.ui.views.findings import FindingsView


class Stage(Screen[None], inherit_bindings=False):
    """Holds the views and shows one of them."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        sources: Sources,
        badge: str,
        *,
        wall: Wall,
        tokens: TokenAccess,
        key_map: KeyMap,
        alerts: Alerts,
        silences: SilenceMemory | None,
    ) -> None:
        """`clock` gives the monitor's time; the header begins with `badge`; `store` is the wall's."""
        super().__init__()
        self._tokens, self._wall, self._silence_memory = tokens, wall, silences
        self._store, self._clock, self._sources = store, clock, sources
        self.picture, self._narrowing = Picture(store), Narrowing()
        self._farewell = Farewell(store, key_map)
        self._alarm = Alarm(store.quiet_about)
        self._herald = Herald(
            alerts, wall.real, wall.disguise, self._tell, lambda: self.app.bell(), lambda: wall.hidden
        )
        self._wide = False
        self._chosen_columns: dict[str | None, frozenset[str]] = {}
        self._failure: str | None = None
        self._chosen: RoomKey | None = None
        self._header = Header(badge)
        self._rooms = RoomsView(self.picture, self._narrowing, self._ask_for_past, self._header.totals_of)
        self._views: list[BodyView] = [self._rooms]
        self._view: BodyView = self._rooms
        self._adding: asyncio.Task[None] | None = None
        self._findings: FindingsView | None = None
        self._detail: DetailView | None = None

    def tell_failure(self, words: str) -> None:
        """Show above the panes what went wrong with the sources."""
        self._failure = words
        self._draw()

    def _tell(self, words: str, *, title: str, serious: bool, seconds: float) -> None:
        severity: SeverityLevel = "error" if serious else "warning"
        self.app.notify(words, title=title, severity=severity, timeout=seconds, markup=False)

    def _draw(self) -> None:
        """Draw everything as it is now."""
        raise NotImplementedError

    def _draw_footer(self) -> None:
        """Name the keys that do something now."""
        raise NotImplementedError

    def _add_views(self) -> asyncio.Task[None]:
        """Have the other views there; a key for one of them may come first and waits for it."""
        if self._adding is None:
            self._adding = asyncio.create_task(self._mount_views())
        return self._adding

    async def _mount_views(self) -> None:
        from monitor.ui.views.detail import DetailView
        from monitor.ui.views.door import DoorView
        from monitor.ui.views.findings import FindingsView
        from monitor.ui.views.history import HistoryView
        from monitor.ui.views.people import PeopleView

        shared = (self.picture, self._narrowing)
        totals_of, wall = self._header.totals_of, self._wall
        self._findings = FindingsView(*shared, totals_of, lambda: wall.hidden)
        self._detail = DetailView(self._rooms, totals_of, self._tokens, lambda: wall.hidden)
        others = (
            PeopleView(*shared, totals_of),
            self._findings,
            DoorView(*shared),
            HistoryView(*shared, totals_of),
            self._detail,
        )
        for view in others:
            view.display = False
        await self.query_one("#body").mount_all(others)
        self._views += others

    def _show(self, view: BodyView) -> None:
        if view is self._view:
            self.set_focus(view.first)
            return
        before, self._view = self._view, view
        # Both at once: the screen is laid out once, and nothing is blank in between.
        view.display, before.display = True, False
        self.set_focus(view.first)
        self._draw()

    def _narrow(self, words: str, problems_only: bool) -> None:
        self._narrowing.words, self._narrowing.problems_only = words, problems_only
        self._release()
        self._draw()

    def _release(self) -> None:
        for view in self._views:
            view.released()

    def _can_reconnect(self) -> bool:
        return any(can_reconnect(server) for server in self._store.servers.values())

    def _ask_for_past(self, key: RoomKey) -> None:
        key = self._wall.store.real_key(key)
        try:
            self._sources.look_at(key)
        except Exception as failure:  # told on the screen, which goes on
            self.tell_failure(f"could not ask for the past of {key.node}: {failure}")
