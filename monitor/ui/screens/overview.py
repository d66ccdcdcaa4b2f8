"""The overview: the rooms, the people of the chosen one, and why the chosen person's row looks as it does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import msgspec
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen

from monitor.core.findings import applies_claims
from monitor.core.model import FeedState, Occupant, RoomKey
from monitor.core.query import Overview, RoomRow, Totals, people_of, totals
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.ui.columns import PEOPLE_COLUMNS, person_cells, room_cells, room_columns
from monitor.ui.durations import zone_name
from monitor.ui.explain import why
from monitor.ui.keys import Place, bindings, footer_keys
from monitor.ui.order import HeldOrder
from monitor.ui.screens.help import HelpScreen
from monitor.ui.spans import Cell, Line, dimmed, span
from monitor.ui.standing import can_reconnect, is_fresh, notices, stand, why_empty
from monitor.ui.titles import people_subtitle, people_title, rooms_subtitle
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.header import Header
from monitor.ui.widgets.lines import Lines
from monitor.ui.widgets.why import Why

if TYPE_CHECKING:
    from textual.app import ComposeResult

_TICK_S = 0.125
_AGE = clean("")
_READING = (FeedState.ASKED, FeedState.SNAPSHOT, FeedState.LIVE)


class OverviewScreen(Screen[None]):
    """Reads the store on a timer and draws what changed."""

    BINDINGS = bindings("overview", "people")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  Textual declares it so
    AUTO_FOCUS = "#rooms"

    def __init__(self, store: Store, clock: Callable[[], float], reconnect: Callable[[str], None]) -> None:
        """`clock` gives the monitor's time; `reconnect` is told a server's name."""
        super().__init__()
        self._store = store
        self._clock = clock
        self._reconnect = reconnect
        self._overview = Overview(store)
        self._now = clock()
        self._second: float = math.nan
        self._revision = -1
        self._rows_drawn: Sequence[RoomRow] = ()
        self._counted: tuple[Sequence[RoomRow], Totals] | None = None
        self._standings: object = None
        self._failure: str | None = None
        self._room: RoomRow | None = None
        self._room_order: HeldOrder[RoomRow] = HeldOrder(lambda row: row.key)
        self._people_order: HeldOrder[Occupant] = HeldOrder(lambda person: person.oid)
        self._rooms: Grid[RoomRow] = Grid(room_columns(False), lambda row: row.key, self._room_cells, id="rooms")
        self._people: Grid[Occupant] = Grid(PEOPLE_COLUMNS, lambda person: person.oid, self._person_cells, id="people")

    def compose(self) -> ComposeResult:
        """Header, notices, the panes, footer."""
        yield Header()
        yield Lines(id="notices")
        with Container(id="body"):
            yield self._rooms
            with Container(id="right"):
                yield self._people
                yield Why()
        yield Footer()

    def on_mount(self) -> None:
        """Draw what is known and look again at a steady rate."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._redraw())
        self._draw()
        self.set_interval(_TICK_S, self._tick)

    def open_help(self) -> None:
        """Show the help over this screen."""
        self.app.push_screen(HelpScreen(self._can_reconnect()))

    def tell_failure(self, words: str) -> None:
        """Show above the panes what went wrong with the sources."""
        self._failure = words
        self._draw()

    def action_back(self) -> None:
        """Give the rooms the focus."""
        self._rooms.focus()

    def action_reconnect(self) -> None:
        """Have every link tried again that waits for it."""
        self._failure = None
        for server in list(self._store.servers.values()):
            if can_reconnect(server):
                try:
                    self._reconnect(server.name)
                except Exception as failure:  # told on the screen, which goes on
                    self.tell_failure(f"could not reconnect to {server.name}: {failure}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys do something only where they are named."""
        if action == "reconnect":
            return self._can_reconnect()
        return True

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Follow the cursor, and let the rows keep their places for a moment."""
        order = self._room_order if message.control is self._rooms else self._people_order
        order.hold(self._clock())
        self._draw_people()

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go from a room to its people."""
        if message.control is self._rooms:
            self._people.focus()

    def on_descendant_focus(self) -> None:
        """Name the keys of the pane that has the focus now."""
        self._draw_footer()

    def _tick(self) -> None:
        now = self._clock()
        moved = self._revision != self._store.revision or _second_of(now) != self._second
        # Time alone may bring a finding: the overview then has another list.
        if moved or self._overview.rows(now) is not self._rows_drawn:
            self._draw()

    def _redraw(self) -> None:
        for widget in self.query("Header, Lines, Grid"):
            widget.refresh()

    def _draw(self) -> None:
        if not self.is_running:
            return
        self._now = self._clock()
        new_second = _second_of(self._now) != self._second
        self._second, self._revision = _second_of(self._now), self._store.revision
        self._draw_rooms()
        self._draw_people()
        self._draw_header(new_second)
        self.query_one("#notices", Lines).show(notices(self._store.servers.values(), self._failure))
        self._draw_footer()

    def _draw_header(self, new_second: bool) -> None:
        servers = list(self._store.servers.values())
        counted = self._totals(self._rows_drawn)
        standings = [stand(server, self._now) for server in servers]
        calm = [one if one.telling else msgspec.structs.replace(one, note=_AGE) for one in standings]
        # The age of data jumps about with every batch: it is looked at once a second only.
        if new_second or self._standings != (calm, counted):
            self._standings = (calm, counted)
            self.query_one(Header).show(standings, counted, self._now)

    def _totals(self, rows: Sequence[RoomRow]) -> Totals:
        if self._counted is None or self._counted[0] is not rows:
            self._counted = (rows, totals(list(rows)))
        return self._counted[1]

    def _draw_rooms(self) -> None:
        servers = self._store.servers.values()
        self._rows_drawn = self._overview.rows(self._now)
        rows = self._room_order.arrange(self._rows_drawn, self._now)
        self._rooms.set_columns(room_columns(len(servers) > 1))
        reading = any(not host.complete and host.feed in _READING for host in self._store.hosts())
        self._rooms.show(rows, why_empty(servers), on_top=reading)
        self._rooms.set_title(Content("rooms"), rooms_subtitle(len(rows)))

    def _draw_people(self) -> None:
        chosen = cast("RoomKey | None", self._rooms.cursor_key)
        before = self._room.key if self._room else None
        self._room = self._overview.find(chosen)
        if before != (self._room.key if self._room else None):
            self._people.reset()
            self._people_order.release()
        room = self._store.find_room(self._room.key) if self._room else None
        if self._room is None or room is None:
            self._people.show([], clean("No room is chosen."))
            self._people.set_title(Content("people"), Content(""))
            self.query_one(Why).explain([], clean(""), False)
            return
        people = self._people_order.arrange(people_of(room, self._room.judgement), self._now)
        self._people.show(people, clean("Nobody is in this room."))
        host = self._store.host_of(room.key)
        several = len(self._store.servers) > 1
        self._people.set_title(
            people_title(self._room, room, several),
            people_subtitle(self._room, host, self._server_now(room.key)),
        )
        self._draw_why()

    def _draw_why(self) -> None:
        row = self._room
        room = self._store.find_room(row.key) if row else None
        if row is None or room is None:
            return
        oid = cast("int | None", self._people.cursor_key)
        person = room.occupants.get(oid) if oid is not None else None
        now = self._server_now(row.key)
        applied = applies_claims(self._store.host_of(row.key))
        lines: list[Line] = (
            why(person, room, row.judgement, applied, now)
            if person
            else [((span("Nobody is in this room.", "muted"),),)]
        )
        self.query_one(Why).explain(lines, clean(zone_name(now)), self._is_stale(row.key))

    def _draw_footer(self) -> None:
        pane: Place = "people" if self.focused is self._people else "rooms"
        self.query_one(Footer).show_keys(footer_keys(pane, self._can_reconnect()))

    def _room_cells(self, row: RoomRow) -> tuple[Cell, ...]:
        several = len(self._store.servers) > 1
        cells = room_cells(row, self._server_now(row.key), several)
        return tuple(dimmed(one) for one in cells) if self._is_stale(row.key) else cells

    def _person_cells(self, person: Occupant) -> tuple[Cell, ...]:
        row = self._room
        room = self._store.find_room(row.key) if row else None
        if row is None or room is None:
            return ((),) * len(PEOPLE_COLUMNS)
        applied = applies_claims(self._store.host_of(row.key))
        cells = person_cells(person, room, row.judgement, applied, self._server_now(row.key))
        return tuple(dimmed(one) for one in cells) if self._is_stale(row.key) else cells

    def _server_now(self, key: RoomKey) -> float:
        return self._now + (self._store.host_of(key).offset_s or 0.0)

    def _is_stale(self, key: RoomKey) -> bool:
        server = self._store.servers[key.server]
        return not is_fresh(server, server.hosts[key.host], self._now)

    def _can_reconnect(self) -> bool:
        return any(can_reconnect(server) for server in self._store.servers.values())


def _second_of(now: float) -> float:
    return math.floor(now) if math.isfinite(now) else 0.0
