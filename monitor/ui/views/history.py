"""View 5: rooms that are over, how each ended, and the newest events of all rooms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.containers import Container
from textual.content import Content

from monitor.core.filtering import Subject, folded
from monitor.core.findings import applies_claims
from monitor.core.happenings import FIELDS, Happening, Happenings
from monitor.core.naming import how_words
from monitor.core.query import Totals
from monitor.core.room import EndedRoom, RoomKey
from monitor.core.subjects import ENDED_FIELDS, of_ended
from monitor.core.text import Shown, clean
from monitor.ui.because import LABEL_WIDTH
from monitor.ui.endings import by_words, ended_cells, ended_columns, ending
from monitor.ui.happened import happening_cells, happening_columns
from monitor.ui.keymap import key_map_of
from monitor.ui.keys.places import Place
from monitor.ui.keys.table import bindings
from monitor.ui.listing import Kind, Listing, Narrowing, Order
from monitor.ui.picture import Picture
from monitor.ui.spans import Cell, dimmed_text, span
from monitor.ui.standing import unless_told, why_empty
from monitor.ui.titles import events_subtitle, list_subtitle, view_title
from monitor.ui.viewing import Topic, view_of
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid, ListedGrid
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

_NUMBER = 5
ORDERS: tuple[Order, ...] = (
    Order(lambda one: -one.at, "newest first", "oldest first", "ended", True),
    Order(lambda one: (one.how, -one.at), "by how it ended", "by how it ended, backwards", "how"),
    Order(lambda one: (folded(one.key.node), -one.at), "by room", "by room, backwards", "room"),
    Order(lambda one: (folded(one.key.server), -one.at), "by server", "by server, backwards", "server"),
    Order(lambda one: one.opened_at - one.at, "longest open first", "shortest open first", "open", True),
    Order(lambda one: (-len(one.people), -one.at), "most people first", "fewest people first", "ppl", True),
    Order(lambda one: (by_words(one), -one.at), "by who ended it", "by who ended it, backwards", "by"),
    Order(lambda one: (one.opened_at, -one.at), "opened first first", "opened last first", "since"),
    Order(lambda one: (folded(one.reason or ""), -one.at), "by words", "by words, backwards", "words"),
)
EVENT_ORDERS = (
    Order(lambda one: -one.entry.at, "newest first", "oldest first", "time", True),
    Order(lambda one: (folded(one.room.name), -one.entry.at), "by room", "by room, backwards", "room"),
    Order(lambda one: (folded(one.room.key.server), -one.entry.at), "by server", "by server, backwards", "server"),
    Order(lambda one: (one.entry.what, -one.entry.at), "by what happened", "by what happened, backwards", "what"),
)


def _key(one: EndedRoom) -> tuple[RoomKey, float]:
    return (one.key, one.at)


def _subject(one: EndedRoom) -> Subject:
    return of_ended(one, how_words(one))


class EndedGrid(Grid[EndedRoom]):
    """Rooms that are over; enter opens what is known of one."""

    BINDINGS = bindings("ended")


class HistoryView(BodyView):
    """Left the rooms that are over and what is known of the chosen one, right the events."""

    NAME = "history"

    def __init__(self, picture: Picture, narrowing: Narrowing, totals_of: Callable[[str], Totals]) -> None:
        """`totals_of` tells what there is on a server."""
        super().__init__(picture, narrowing)
        self._totals_of = totals_of
        ended = Kind("ended room", ORDERS, _key, _subject, ENDED_FIELDS)
        events = Kind("event", EVENT_ORDERS, lambda one: one.key, lambda one: one.subject, FIELDS)
        self.listing: Listing[EndedRoom] = Listing(ended, narrowing)
        self._event_listing: Listing[Happening] = Listing(events, narrowing)
        self._happenings = Happenings(picture.find_room)
        self.main: Grid[Any] = EndedGrid(ended_columns(0), _key, self._cells, id="ended")
        self.ending = Pane("how it ended", id="ending", indent=LABEL_WIDTH)
        self.events: Grid[Any] = ListedGrid(
            happening_columns(0), lambda one: one.key, self._event_cells, id="happenings"
        )

    def compose(self) -> ComposeResult:
        """Left, then right."""
        with Container(id="over"):
            yield self.main
            yield self.ending
        yield self.events

    @property
    def panes(self) -> tuple[Widget, ...]:
        """The rooms that are over, one of them, the events."""
        return (self.main, self.ending, self.events)

    @property
    def first(self) -> Widget:
        """The events, where no room that is over is listed."""
        return self.events if self._has_events_alone else self.main

    @property
    def stops(self) -> tuple[Widget, ...]:
        """Without the rooms that are over, and what is known of one, where none is listed."""
        if self._has_events_alone:
            return (self.events,)
        return self.panes if self._chosen_ending() is not None else (self.main, self.events)

    def follow(self, now: float) -> None:
        """Draw all of it."""
        self.now = now
        several, paused = self.picture.several_servers, self.picture.pause is not None
        everything = self.picture.ended()
        rows = self.listing.shown(everything, now)
        self.main.mark_sorted(*self.listing.mark)
        self.main.set_columns(ended_columns(several))
        nothing = "No room has ended in the last two hours, as far as the server remembers."
        if not everything:
            servers = self.picture.store.servers.values()
            nothing = unless_told(nothing, "what was before monitoring began", servers)
        self.main.show(
            rows, clean(self.listing.why_none(key_map_of(self.app))) if everything else self._why_empty(nothing)
        )
        title = view_title(_NUMBER, "history", paused, ": rooms that are over")
        self.main.set_title(title, list_subtitle(len(rows), len(everything), self.listing))
        self._show_events()
        self._explain()
        # No key does anything among no rows.
        if self._has_events_alone and self.screen.focused in (self.main, self.ending):
            self.screen.set_focus(self.events)

    def listing_of(self, grid: Widget | None) -> Listing[Any] | None:
        """Both grids have one."""
        return self._event_listing if grid is self.events else super().listing_of(grid)

    def released(self) -> None:
        """Both lists are to be other selections."""
        super().released()
        self._event_listing.release()

    def make_way(self, focused: Widget | None, narrow: bool) -> None:
        """Where it is narrow, what is known of a room takes the place of the events while it is read."""
        reading = focused is self.ending
        for pane, shown in ((self.ending, not narrow or reading), (self.events, not (narrow and reading))):
            if pane.display != shown:
                pane.display = shown

    def place_of(self, focused: Widget | None) -> Place:
        """Events lead to rooms, rooms that are over to what is known of them."""
        if focused is self.events:
            return "listed"
        return "ended" if focused is self.main else "beneath"

    def room_of(self, key: object) -> RoomKey | None:
        """The room of an event; one that is over is none to go to."""
        return key[0] if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], tuple) else None

    def absent(self) -> set[str]:
        """What is over cannot be silenced; where there is no row, none can be opened."""
        absent = super().absent() | {"silence"}
        if self.main.row is None:
            absent.add("detail")
        return absent if self.events.row is not None else absent | {"visit"}

    def has_topic(self) -> bool:
        """Every row is one, in either table."""
        return (self.events if self._reads_events else self.main).cursor_key is not None

    def topic(self) -> Topic | None:
        """The room that is over, or the open one of an event."""
        if self._reads_events:
            key = self.room_of(self.events.cursor_key)
            view = view_of(self.picture, key, self.now, self._totals_of)
            return None if view is None else Topic(view)
        one = self._chosen_ending()
        if one is None:
            return None
        return Topic(past=one, server_now=self.picture.server_now(one.key.server, one.key.host, self.now))

    def choose_room(self, key: RoomKey) -> None:
        """A room that is open is none of those that are over."""

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Explain the room under the cursor."""
        if message.control is self.main:
            self.listing.hold(self.now)
            self._explain()
        else:
            self._event_listing.hold(self.now)

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go to what is known of a room that is over, or from an event to its room."""
        if message.control is self.main:
            self.screen.set_focus(self.ending)
        elif key := self.room_of(message.key):
            self.post_message(self.RoomWanted(key))

    def _show_events(self) -> None:
        # The filter comes before the cut: what is older than the newest of all rooms is found too.
        query = self.narrowing.query(self._event_listing.kind.fields)
        found = self._happenings.find(self.picture.rows(self.now), query)
        rows = self._event_listing.shown(found.rows, self.now)
        self.events.set_columns(happening_columns(self.picture.server_width))
        nothing = self._why_empty("Nothing has happened since monitoring began.")
        self.events.show(rows, clean(self._event_listing.why_none(key_map_of(self.app))) if found.total else nothing)
        paused = " · paused" if self.picture.pause else ""
        subtitle = events_subtitle(len(rows), found, self._event_listing)
        self.events.mark_sorted(*self._event_listing.mark)
        self.events.set_title(Content(f"events of open rooms{paused}"), subtitle)

    def _explain(self) -> None:
        one = self._chosen_ending()
        if one is None:
            self.ending.tell(None, [((span("No room is chosen.", "muted"),),)], Content(""))
            return
        lines = ending(one, self.picture.server_now(one.key.server, one.key.host, self.now))
        key = _key(one)
        self.ending.tell(key, [dimmed_text(line) for line in lines] if self._is_stale(one.key) else lines, Content(""))

    @property
    def _has_events_alone(self) -> bool:
        return self.main.row is None and self.events.row is not None

    @property
    def _reads_events(self) -> bool:
        return self.screen.focused is self.events

    def _chosen_ending(self) -> EndedRoom | None:
        key = self.main.cursor_key
        return next((one for one in self.picture.ended() if _key(one) == key), None)

    def _cells(self, one: EndedRoom) -> tuple[Cell, ...]:
        server_now = self.picture.server_now(one.key.server, one.key.host, self.now)
        return ended_cells(one, server_now, self.picture.server_cell(one.key.server), self._is_stale(one.key))

    def _event_cells(self, one: Happening) -> tuple[Cell, ...]:
        key = one.room.key
        applied = applies_claims(self.picture.host_of(key))
        room = self.picture.find_room(key)
        return happening_cells(one, room, applied, self.picture.server_cell(key.server), self._is_stale(key))

    def _is_stale(self, key: RoomKey) -> bool:
        return self.picture.is_stale(key.server, key.host, self.now)

    def _why_empty(self, nothing: str) -> Shown:
        servers = list(self.picture.store.servers.values())
        if any(host.complete for server in servers for host in server.hosts.values()):
            return clean(nothing)
        return why_empty(servers)
