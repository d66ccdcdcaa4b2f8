"""The one screen: header, notices, one of the views, footer. The views draw themselves.

What the first picture does not show is loaded later: the other views after it, what lies over it when it is opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.containers import Container
from textual.content import Content
from textual.widgets import Input

from monitor.core.findings import Severity
from monitor.core.query import RoomRow, ServerLine
from monitor.core.server import FeedState, Server
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.screen_settings import Alerts
from monitor.ui.access import NO_TOKENS, TokenAccess
from monitor.ui.alarm import Known, News
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.keys.key import Command, Key
from monitor.ui.keys.places import Place, places_at
from monitor.ui.keys.table import KEYS, bindings, footer_keys
from monitor.ui.memory import NEW, Remembered, ScreenMemory
from monitor.ui.screens.detail_acts import DetailActs
from monitor.ui.screens.recalling import Recalling
from monitor.ui.screens.veiled_acts import VeiledActs
from monitor.ui.silence_memory import SilenceMemory
from monitor.ui.sources import Sources
from monitor.ui.standing import can_reconnect
from monitor.ui.wall import Wall
from monitor.ui.widgets.filter import FilterLine
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.notices import Notices

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.events import Resize
    from textual.timer import Timer

NO_ALERTS = Alerts()
_TICK_S = 0.125
_LEAST_WAIT_S = 0.04
"""Countdowns of many rooms change at as many moments: those that lie so close together are drawn in one go."""


_ABOUT_ROWS = frozenset({"note", "silence", "jid", "export"})
"""What is done with the chosen row, or with those that are listed."""
_HERE: dict[str, str] = {
    "rooms": "here: the rooms",
    "deeper": "here: the chosen room",
    "inside": "here: the chosen room",
    "detail": "here: the detail of a room",
}


class Doing(NamedTuple):
    """Something that can be done now."""

    key: Key
    command: Command
    namespace: DOMNode
    """Whose action it is."""


class OverviewScreen(Recalling, DetailActs, VeiledActs):
    """Reads the store on a timer, and when a countdown shows another second, and draws what changed."""

    BINDINGS = bindings("overview")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]  # noqa: RUF012  and so
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
        key_map: KeyMap = PLAIN,
        alerts: Alerts = NO_ALERTS,
        left: Remembered = NEW,
        memory: ScreenMemory | None = None,
        silences: SilenceMemory | None = None,
    ) -> None:
        """`clock` gives the monitor's time; the header begins with `badge`; `store` is the wall's."""
        super().__init__(
            store, clock, sources, badge, wall=wall, tokens=tokens, key_map=key_map, alerts=alerts, silences=silences
        )
        self._left, self._memory = left, memory
        self._second: float = math.nan
        self._revision = -1
        self._live_drawn: Sequence[RoomRow] = ()
        self._heard: tuple[Sequence[RoomRow], list[ServerLine], Known] = ((), [], Known())
        self._count_at = math.inf
        self._count_timer: Timer | None = None

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
        self.take_up(self._left, self._memory)
        self.say_of_silences()
        self._draw()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._add_views)

    def _frame(self) -> None:
        """Frame the screen where a server in production is watched."""
        names = [clean(server.name) for server in self._store.servers.values() if server.production]
        self.set_class(bool(names), "-production")
        self.border_title = Content(f"PRODUCTION: {', '.join(names)}") if names else ""

    def on_resize(self, event: Resize) -> None:
        """Lay the panes out for the new size.

        One that the app has no more is not heeded: a screen tells itself of every size that it is laid out for, behind
        what it was told meanwhile, and would go from one of two sizes to the other for ever.
        """
        if event.size == self.app.size:
            self.call_after_refresh(self._draw)
        else:
            event.prevent_default()

    async def on_unmount(self) -> None:
        """Leave no program behind, and remember how the screen was left."""
        self.keep_at_last()
        await self._herald.stop()

    def open_help(self) -> None:
        """Show the help over this screen."""
        from monitor.ui.screens.help import HelpScreen, Here

        reconnect = set() if self._can_reconnect() else {"reconnect"}
        pane = self.focused if self.focused in self._view.panes else self._view.main
        place = self._view.place_of(pane)
        words = _HERE.get(place, f"here: the view {self._view.NAME}")
        near: tuple[Place, ...] = (place, "deeper") if place == "inside" else (place,)
        here = Here(words, (*near, "overview", "scrolling", "columns"))
        self.app.push_screen(HelpScreen(reconnect if self.can_mint() else {*reconnect, "mint"}, here))

    def action_reconnect(self) -> None:
        """Have every link tried again that waits for it."""
        self._failure = None
        for server in list(self._store.servers.values()):
            if can_reconnect(server):
                try:
                    self._sources.reconnect(server.name)
                except Exception as failure:  # told on the screen, which goes on
                    self.tell_failure(f"could not reconnect to {server.name}: {failure}")

    def now(self) -> float:
        """The monitor's time."""
        return self._clock()

    def doable(self) -> Iterator[Doing]:
        """Every command that does something now, in the order of the table."""
        pane = self.focused if self.focused in self._view.panes else self._view.main
        places, absent = places_at(self._view.place_of(pane)) | {"scrolling", "columns"}, self._absent()
        for key in KEYS:
            if key.place in places and key.id not in absent:
                yield from (Doing(key, command, pane) for command in key.commands)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys do something only where they are named, or say why they do nothing."""
        if self._waits_for_names(action) and not isinstance(self.focused, Input):
            return True
        return action not in self._absent()

    def on_descendant_focus(self) -> None:
        """Let the focus choose what is explained, and name the keys of its pane."""
        self._view.led_by(self.focused)
        self._view.make_way(self.focused, self.has_class("-narrow") or self._wide)
        self._draw_footer()

    def _tick(self) -> None:
        now = self._clock()
        if self._wall.is_due(now):
            self._hide_again()
        if _second_of(now) != self._second:
            self.keep()
        moved = self._revision != self._store.revision or _second_of(now) != self._second
        # Time alone may bring a finding: there is another list of rooms then.
        if moved or self.picture.live(now) is not self._live_drawn:
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
        self._live_drawn = self.picture.live(now)
        self._view.make_way(self.focused, self.has_class("-narrow") or self._wide)
        self._header.add_badge(self._wall.badge(now))
        self._header.follow(self._store, self._live_drawn, now, new_second)
        pause = self.picture.pause
        # The detail says it itself.
        ended = () if pause or self._view is self._detail else self._farewell.line(now)
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
        self._hear(now)

    def _hear(self, now: float) -> None:
        """Have new critical findings told, whatever is in sight."""
        lines = [line for line in self.query_one(Notices).server_lines if line.severity is Severity.CRITICAL]
        servers = list(self._store.servers.values())
        known = Known(
            {(server.name, host.name) for server in servers for host in server.hosts.values() if host.complete},
            {server.name for server in servers if _is_settled(server)},
        )
        heard = (self._live_drawn, lines, known)
        news: list[News] = []
        if self._heard[0] is not heard[0] or self._heard[1:] != heard[1:]:
            self._heard = heard
            news = self._alarm.hear(*heard, now)
        self._herald.hear(news, now)

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
            absent |= {"inspect", *_ABOUT_ROWS}
        elif not self._view.has_topic():
            absent |= _ABOUT_ROWS - {"export"}
        if not self._listed_here().rows:
            absent.add("export")
        if not self._wide:
            absent.add("sideways")
        if isinstance(self.focused, Input):
            return {*absent, "filter", "mint", "inspect", "silenced", *_ABOUT_ROWS}
        return absent if self._narrowing.words else {*absent, "clear"}


def _is_settled(server: Server) -> bool:
    """Whether everything that a server tells of is known: what holds for all of it and comes later is new."""
    told = [host for host in server.hosts.values() if host.feed is not FeedState.REFUSED]
    return bool(told) and all(host.complete for host in told)


def _second_of(now: float) -> float:
    return math.floor(now) if math.isfinite(now) else 0.0
