"""The one screen: header, notices, one of the views, footer. The views draw themselves.

What the first picture does not show is loaded later: the other views after it, what lies over it when it is opened.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from monitor.core.model import RoomKey
from monitor.core.query import RoomRow
from monitor.core.store import Store
from monitor.core.text import clean, room_name
from monitor.ui.access import NO_TOKENS, TokenAccess
from monitor.ui.farewell import Farewell
from monitor.ui.keys import bindings, footer_keys
from monitor.ui.listing import Narrowing
from monitor.ui.picture import Picture
from monitor.ui.sources import Sources
from monitor.ui.spans import clip
from monitor.ui.standing import can_reconnect
from monitor.ui.views.rooms import RoomsView
from monitor.ui.views.view import BodyView
from monitor.ui.wall import Wall
from monitor.ui.widgets.filter import FilterLine
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.header import Header
from monitor.ui.widgets.notices import Notices

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

_TICK_S = 0.125
_LEAST_WAIT_S = 0.04
"""Countdowns of many rooms change at as many moments: those that lie so close together are drawn in one go."""
_NAME_CELLS = 40


class OverviewScreen(Screen[None]):
    """Reads the store on a timer, and when a countdown shows another second, and draws what changed."""

    BINDINGS = bindings("overview")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  Textual declares it so
    AUTO_FOCUS = "#rooms"

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        sources: Sources,
        badge: str = "",
        *,
        wall: Wall,
        tokens: TokenAccess = NO_TOKENS,
    ) -> None:
        """`clock` gives the monitor's time; the header begins with `badge`; `store` is the wall's."""
        super().__init__()
        self._tokens, self._wall = tokens, wall
        self._store, self._clock, self._sources = store, clock, sources
        self._picture, self._narrowing = Picture(store), Narrowing()
        self._farewell = Farewell(store)
        self._second: float = math.nan
        self._revision = -1
        self._live_drawn: Sequence[RoomRow] = ()
        self._count_at = math.inf
        self._count_timer: Timer | None = None
        self._failure: str | None = None
        self._chosen: RoomKey | None = None
        self._header = Header(badge)
        self._rooms = RoomsView(self._picture, self._narrowing, self._ask_for_past, self._header.totals_of)
        self._views: list[BodyView] = [self._rooms]
        self._view: BodyView = self._rooms
        self._adding: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        """Header, notices, the views, footer."""
        yield self._header
        yield Notices(id="notices")
        with Container(id="body"):
            yield self._rooms
        yield Footer(id="keys")
        yield FilterLine(id="filter")

    def on_mount(self) -> None:
        """Draw what is known and look again at a steady rate."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._redraw())
        self._frame()
        self._draw()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._add_views)

    def _frame(self) -> None:
        """Frame the screen where a server in production is watched."""
        names = [clean(server.name) for server in self._store.servers.values() if server.production]
        self.set_class(bool(names), "-production")
        self.border_title = Content(f"PRODUCTION: {', '.join(names)}") if names else ""

    def on_resize(self) -> None:
        """Lay the panes out for the new size."""
        self.call_after_refresh(self._draw)

    def open_help(self) -> None:
        """Show the help over this screen."""
        from monitor.ui.screens.help import HelpScreen

        reconnect = set() if self._can_reconnect() else {"reconnect"}
        self.app.push_screen(HelpScreen(reconnect if self.can_mint() else {*reconnect, "mint"}))

    def tell_failure(self, words: str) -> None:
        """Show above the panes what went wrong with the sources."""
        self._failure = words
        self._draw()

    async def action_view(self, at: int) -> None:
        """Show another view, with the cursor on the room that was chosen in the last one."""
        await self._add_views()
        self._show(self._views[at])
        if self._chosen is not None:
            self._view.choose_room(self._chosen)
            self._draw()

    def action_back(self) -> None:
        """Give the rows of the view the focus."""
        self.set_focus(self._view.main)

    async def action_leave(self) -> None:
        """Clear the filter where there is one; else go back to the rooms."""
        if self._narrowing.words:
            self.action_clear()
        else:
            await self.action_view(0)

    def action_pane(self, by: int) -> None:
        """Give the next pane the focus."""
        panes = self._view.panes
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
        """Keep the filter and go back to the rows."""
        self.query_one(FilterLine).display = False
        self.query_one("#keys").display = True
        self.set_focus(self._view.main)

    def action_clear(self) -> None:
        """List everything again, whatever was typed."""
        self.query_one(FilterLine).words.value = ""
        self._narrow("", self._narrowing.problems_only)
        self.action_keep()

    def action_problems(self) -> None:
        """List only what somebody should look at, or all."""
        self._narrow(self._narrowing.words, not self._narrowing.problems_only)

    def action_problem(self, by: int) -> None:
        """Move the cursor to the next row somebody should look at."""
        if not self._view.next_problem(by):
            self.app.notify(f"No other {self._view.listing.kind.noun} has a problem.", timeout=2)

    def action_sort(self) -> None:
        """Sort the rows by the next column."""
        self._view.listing.sort()
        self._draw()

    def action_reverse(self) -> None:
        """Sort the rows the other way round."""
        self._view.listing.reverse()
        self._draw()

    def action_pause(self) -> None:
        """Let the rows of every view stand still, or go on."""
        self._picture.toggle_pause(self._clock())
        self._release()
        self._draw()

    def can_mint(self) -> bool:
        """Whether a link into the chosen room can be made here."""
        here = self._view is self._rooms and not self._wall.hidden
        row = self._rooms.rooms.chosen() if here else None
        return row is not None and self._tokens.can_mint(row.key.server)

    async def action_mint(self) -> None:
        """Open the form for a link into the chosen room."""
        view = self._rooms.chosen()
        if view is not None and self.can_mint():
            from monitor.ui.screens.mint import MintScreen
            from monitor.ui.screens.tokens import order_for

            person, find = self._rooms.right.person(), self._picture.find
            order = order_for(view, person, find, self._clock, self._tokens.asking)
            self._rooms.rooms.touched = True
            await self.app.push_screen(MintScreen(self._tokens, order, self._clock))

    async def action_inspect(self) -> None:
        """Open the inspector: on the chosen person's token, on that of a refusal, or on one to be pasted."""
        from monitor.ui.screens.tokens import inspector_on

        screen = self._view.inspector(self._tokens, self._clock) or inspector_on(None, None, self._tokens, self._clock)
        await self.app.push_screen(screen)

    def action_wall(self) -> None:
        """Hide names, or show them."""
        room = self._rooms.room_of(self._rooms.main.cursor_key)
        real = self._wall.store.real_key(room) if room else None
        self._rooms.rest()
        self._wall.toggle(self._clock())
        # What was typed, frozen or told may hold names of the one world, and says nothing in the other.
        self._picture.go_on()
        self._farewell = Farewell(self._store)
        self.query_one(FilterLine).words.value = ""
        self.app.clear_notifications()
        self._chosen = self._rooms.main.cursor_key = self._wall.store.key_now(real) if real else None
        self._narrow("", self._narrowing.problems_only)

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
        """List the rows with these words at once."""
        # The line may hold more by now than when this was sent, or nothing any more.
        words = message.input.value
        if words != self._narrowing.words:
            self._view.main.touched = True
            self._narrow(words, self._narrowing.problems_only)

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Remember the room, which the other views then start from."""
        if message.control in self._view.panes and (key := self._view.room_of(message.key)):
            self._chosen = key
        self._farewell.choose(self._rooms.room_of(self._rooms.main.cursor_key))
        self._draw_footer()

    def on_body_view_room_wanted(self, message: BodyView.RoomWanted) -> None:
        """Show a room, and somebody in it, among the rooms."""
        name = clip(room_name(message.key.node), _NAME_CELLS)
        if self._picture.find(message.key) is None:
            self.app.notify(f"{name} is not open.", markup=False, timeout=4)
            return
        self._chosen = message.key
        self._show(self._rooms)
        self._rooms.choose_room(message.key)
        if self._rooms.main.cursor_key != message.key:
            self.query_one(FilterLine).words.value = ""
            self._narrow("", False)
            self._rooms.choose_room(message.key)
            self.app.notify(f"All rooms are listed again: {name} was left out.", markup=False, timeout=4)
        self._draw()
        if message.oid is not None:
            self._rooms.choose_person(message.oid)
            self.set_focus(self._rooms.right.people)

    def on_descendant_focus(self) -> None:
        """Let the focus choose what is explained, and name the keys of its pane."""
        self._view.led_by(self.focused)
        self._view.make_way(self.focused, self.has_class("-narrow"))
        self._draw_footer()

    def _add_views(self) -> asyncio.Task[None]:
        """Have the other views there; a key for one of them may come first and waits for it."""
        if self._adding is None:
            self._adding = asyncio.create_task(self._mount_views())
        return self._adding

    async def _mount_views(self) -> None:
        from monitor.ui.views.door import DoorView
        from monitor.ui.views.findings import FindingsView
        from monitor.ui.views.history import HistoryView
        from monitor.ui.views.people import PeopleView

        shared = (self._picture, self._narrowing)
        others = (
            PeopleView(*shared),
            FindingsView(*shared, self._header.totals_of),
            DoorView(*shared),
            HistoryView(*shared),
        )
        for view in others:
            view.display = False
        await self.query_one("#body").mount_all(others)
        self._views += others

    def _show(self, view: BodyView) -> None:
        if view is self._view:
            self.set_focus(view.main)
            return
        before, self._view = self._view, view
        # Both at once: the screen is laid out once, and nothing is blank in between.
        view.display, before.display = True, False
        self.set_focus(view.main)
        self._draw()

    def _narrow(self, words: str, problems_only: bool) -> None:
        self._narrowing.words, self._narrowing.problems_only = words, problems_only
        self._release()
        self._draw()

    def _release(self) -> None:
        for view in self._views:
            view.released()

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
        if moved or self._picture.live(now) is not self._live_drawn:
            self._draw()
        elif not now < self._count_at:
            self._view.count(now)
            self._await_count(now)

    def _redraw(self) -> None:
        for widget in self.query("Header, Lines"):
            widget.refresh()
        for view in self._views:
            view.redraw()

    def _draw(self) -> None:
        if not self.is_running:
            return
        now = self._clock()
        new_second = _second_of(now) != self._second
        self._second, self._revision = _second_of(now), self._store.revision
        self._live_drawn = self._picture.live(now)
        self._view.make_way(self.focused, self.has_class("-narrow"))
        self._header.add_badge(self._wall.badge(now))
        self._header.follow(self._store, self._live_drawn, now, new_second)
        pause = self._picture.pause
        ended = () if pause else self._farewell.line(now)
        self._view.follow(now)
        self._farewell.choose(self._rooms.room_of(self._rooms.main.cursor_key))
        self.query_one(Notices).follow(
            self._store,
            self._live_drawn,
            now,
            self._wall.veiled(self._failure),
            pause.since if pause else None,
            ended,
            self._view.tells,
        )
        self._draw_footer()
        self._await_count(now)

    def _await_count(self, now: float) -> None:
        """Have the screen drawn again at the moment at which a countdown in sight shows another second."""
        wait = self._view.changes_in_s()
        self._count_at = math.inf if wait is None else now + wait
        if self._count_timer is not None:
            self._count_timer.stop()
        self._count_timer = None if wait is None else self.set_timer(max(wait, _LEAST_WAIT_S), self._tick)

    def _draw_footer(self) -> None:
        place = self._view.place_of(self.focused)
        self.query_one("#keys", Footer).show_keys(footer_keys(place, self._absent()))

    def _absent(self) -> set[str]:
        absent = self._view.absent()
        if not self._can_reconnect():
            absent.add("reconnect")
        if not self.can_mint():
            absent.add("mint")
        if self._wall.hidden:
            absent.add("inspect")
        if isinstance(self.focused, Input):
            return {*absent, "filter", "mint", "inspect"}
        return absent if self._narrowing.words else {*absent, "clear"}

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
