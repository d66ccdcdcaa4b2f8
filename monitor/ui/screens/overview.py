"""The overview: the rooms, and beside them the chosen one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input

from monitor.core.model import FeedState, RoomKey
from monitor.core.query import RoomRow
from monitor.core.related import owners_elsewhere, waiting
from monitor.core.store import Store
from monitor.ui.glance import Glance
from monitor.ui.keys import Place, bindings, footer_keys
from monitor.ui.listing import Listing, is_problem
from monitor.ui.screens.help import HelpScreen
from monitor.ui.sources import Sources
from monitor.ui.standing import can_reconnect
from monitor.ui.wall import Wall
from monitor.ui.widgets.filter import FilterLine
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.header import Header
from monitor.ui.widgets.notices import Notices
from monitor.ui.widgets.roomlist import RoomList
from monitor.ui.widgets.roomview import RoomView, View

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

_TICK_S = 0.125
_LEAST_WAIT_S = 0.04
"""Countdowns of many rooms change at as many moments: those that lie so close together are drawn in one go."""


class OverviewScreen(Screen[None]):
    """Reads the store on a timer, and when a countdown shows another second, and draws what changed."""

    BINDINGS = bindings("overview")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  Textual declares it so
    AUTO_FOCUS = "#rooms"

    def __init__(self, store: Store, clock: Callable[[], float], sources: Sources, badge: str, wall: Wall) -> None:
        """`clock` gives the monitor's time; the header begins with `badge`; `store` is the wall's."""
        super().__init__()
        self._wall = wall
        self._badge = badge
        self._store, self._clock, self._sources = store, clock, sources
        self._listing = Listing(store)
        self._glance = Glance(self._ask_for_past, self.set_timer)
        self._now = clock()
        self._second: float = math.nan
        self._revision = -1
        self._live_drawn: Sequence[RoomRow] = ()
        self._count_at = math.inf
        self._count_timer: Timer | None = None
        self._failure: str | None = None
        self._rooms = RoomList(store, self._listing, id="rooms")
        self._view = RoomView(id="right")

    def compose(self) -> ComposeResult:
        """Header, notices, the panes, footer."""
        yield Header(self._badge)
        yield Notices(id="notices")
        with Container(id="body"):
            yield self._rooms
            yield self._view
        yield Footer(id="keys")
        yield FilterLine(id="filter")

    def on_mount(self) -> None:
        """Draw what is known and look again at a steady rate."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._redraw())
        self._draw()
        self.set_interval(_TICK_S, self._tick)

    def on_resize(self) -> None:
        """Lay the panes out for the new size."""
        self.call_after_refresh(self._draw)

    def open_help(self) -> None:
        """Show the help over this screen."""
        self.app.push_screen(HelpScreen(self._can_reconnect()))

    def tell_failure(self, words: str) -> None:
        """Show above the panes what went wrong with the sources."""
        self._failure = words
        self._draw()

    def action_back(self) -> None:
        """Give the rooms the focus."""
        self.set_focus(self._rooms)

    def action_pane(self, by: int) -> None:
        """Give the next pane the focus."""
        panes = (self._rooms, self._view.people, self._view.why, self._view.past)
        at = next((index for index, pane in enumerate(panes) if pane is self.focused), 0)
        pane = panes[(at + by) % len(panes)]
        # What is not displayed takes no focus.
        pane.display = True
        self.set_focus(pane)

    def action_filter(self) -> None:
        """Let somebody type a filter where the footer is."""
        self.query_one("#keys").display = False
        self.query_one(FilterLine).open()

    def action_keep(self) -> None:
        """Keep the filter and go back to the rooms."""
        self.query_one(FilterLine).display = False
        self.query_one("#keys").display = True
        self.set_focus(self._rooms)

    def action_clear(self) -> None:
        """List every room again, whatever was typed."""
        self.query_one(FilterLine).words.value = ""
        self._listing.filter("")
        self.action_keep()
        self._draw()

    def action_problems(self) -> None:
        """List only the rooms somebody should look at, or all."""
        self._listing.toggle_problems()
        self._draw()

    def action_problem(self, by: int) -> None:
        """Choose the next room somebody should look at."""
        if not self._rooms.choose_next(is_problem, by):
            self.app.notify("No other room has a problem.", timeout=2)

    def action_sort(self) -> None:
        """Sort the rooms by the next column."""
        self._listing.sort()
        self._draw()

    def action_reverse(self) -> None:
        """Sort the rooms the other way round."""
        self._listing.reverse()
        self._draw()

    def action_pause(self) -> None:
        """Let the rows stand still, or go on."""
        self._listing.toggle_pause(self._clock())
        self._draw()

    def action_wall(self) -> None:
        """Hide names, or show them."""
        room = self._rooms.cursor_key
        real = self._wall.store.real_key(cast("RoomKey", room)) if room else None
        self._glance.rest_on(None)
        self._wall.toggle(self._clock())
        # What was typed, frozen or told may hold names of the one world, and says nothing in the other.
        self._listing.go_on()
        self.query_one(FilterLine).words.value = ""
        self._listing.filter("")
        self.app.clear_notifications()
        self._rooms.cursor_key = self._wall.store.key_now(real) if real else None
        self._draw()

    def action_flavour(self) -> None:
        """Show the fix for another kind of installation."""
        self._view.show_other_flavour()
        self._draw_footer()

    def action_reconnect(self) -> None:
        """Have every link tried again that waits for it."""
        self._failure = None
        for server in list(self._store.servers.values()):
            if can_reconnect(server):
                try:
                    self._sources.reconnect(server.name)
                except Exception as failure:  # told on the screen, which goes on
                    self.tell_failure(f"could not reconnect to {server.name}: {failure}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys do something only where they are named."""
        return action not in self._absent()

    def on_input_changed(self, message: Input.Changed) -> None:
        """List the rooms with these words at once."""
        if message.value != self._listing.words:
            self._listing.filter(message.value)
            self.query_one(RoomList).touched = True
            self._draw()

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Follow the cursor, and let the rows keep their places for a moment."""
        if message.control is self._rooms:
            self._listing.hold(self._clock())
            self._draw_view()
        else:
            self._view.hold(self._clock())
            self._view.led_by_people = True
            self._view.explain()
        self._draw_footer()

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go from a room to its people."""
        if message.control is self._rooms:
            self.set_focus(self._view.people)

    def on_descendant_focus(self) -> None:
        """Let the focus choose whom WHY is about, and name the keys of its pane."""
        if self.focused in (self._rooms, self._view.people):
            self._view.led_by_people = self.focused is self._view.people
        self._arrange()
        self._view.explain()
        self._draw_footer()

    def _arrange(self) -> None:
        self._view.make_way(self.focused, self.has_class("-narrow"))

    def _hide_again(self) -> None:
        while self.app.screen is not self:
            self.app.pop_screen()
        self.action_wall()

    def _tick(self) -> None:
        now = self._clock()
        if self._wall.is_due(now):
            self._hide_again()
        moved = self._revision != self._store.revision or _second_of(now) != self._second
        # Time alone may bring a finding: there is another list of rooms then.
        if moved or self._listing.live(now) is not self._live_drawn:
            self._draw()
        elif not now < self._count_at:
            self._now = now
            self._rooms.follow(self._now)
            if view := self._chosen():
                self._view.show_banner(view)
            self._await_count()

    def _redraw(self) -> None:
        for widget in self.query("Header, Lines"):
            widget.refresh()
        self._rooms.redraw()
        self._view.redraw()

    def _draw(self) -> None:
        if not self.is_running:
            return
        self._now = self._clock()
        new_second = _second_of(self._now) != self._second
        self._second, self._revision = _second_of(self._now), self._store.revision
        self._live_drawn = self._listing.live(self._now)
        self._arrange()
        self.query_one(Header).add_badge(self._wall.badge(self._now))
        self.query_one(Header).follow(self._store, self._live_drawn, self._now, new_second)
        self._rooms.follow(self._now)
        self._draw_view()
        pause = self._listing.pause
        self.query_one(Notices).follow(
            self._store,
            self._live_drawn,
            self._now,
            self._wall.veiled(self._failure),
            pause.since if pause else None,
        )
        self._draw_footer()
        self._await_count()

    def _draw_view(self) -> None:
        view = self._chosen()
        self._view.show(view)
        told = view is not None and not view.stale and view.host.feed is FeedState.LIVE
        self._glance.rest_on((view.row.key, view.host.since_at) if view and told else None)

    def _chosen(self) -> View | None:
        row = self._rooms.chosen()
        room = self._listing.find_room(row.key) if row else None
        if row is None or room is None:
            return None
        server = self.query_one(Header).totals_of(row.key.server)
        return View(
            row,
            room,
            self._store.host_of(row.key),
            self._now,
            self._rooms.is_stale(row.key) or self._listing.is_gone(row.key),
            self._listing.pause is not None,
            len(self._store.servers) > 1,
            server.rooms,
            server.people,
            waiting(self._store, room),
            owners_elsewhere(self._store, room),
            self._listing.is_gone(row.key),
        )

    def _await_count(self) -> None:
        """Have the screen drawn again at the moment at which a countdown in sight shows another second."""
        wait = self._rooms.changes_in_s()
        self._count_at = math.inf if wait is None else self._now + wait
        if self._count_timer is not None:
            self._count_timer.stop()
        self._count_timer = None if wait is None else self.set_timer(max(wait, _LEAST_WAIT_S), self._tick)

    def _draw_footer(self) -> None:
        pane: Place = "rooms" if self.focused is self._rooms else "deeper"
        self.query_one("#keys", Footer).show_keys(footer_keys(pane, self._absent()))

    def _absent(self) -> set[str]:
        absent = set() if self._can_reconnect() else {"reconnect"}
        if self._view.other_flavour() is None:
            absent.add("flavour")
        if isinstance(self.focused, Input):
            return {*absent, "filter"}
        return absent if self._listing.words else {*absent, "clear"}

    def _can_reconnect(self) -> bool:
        return any(can_reconnect(server) for server in self._store.servers.values())

    def _ask_for_past(self, key: RoomKey) -> None:
        key = self._wall.store.real_key(key)
        try:
            self._sources.look_at(key)
        except Exception as failure:  # told on the screen, which goes on
            self.tell_failure(f"could not ask for the past of {key.node}: {failure}")


def _second_of(now: float) -> float:
    return math.floor(now) if math.isfinite(now) else 0.0
