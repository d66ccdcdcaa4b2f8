"""View 4: who was turned away at the door, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from monitor.core.door import RULE, Turned, offset_s, tally
from monitor.core.filtering import Subject, folded
from monitor.core.query import ServerLine
from monitor.core.related import main_node
from monitor.core.room import RoomKey, RoomKind
from monitor.core.server import Refusal
from monitor.core.subjects import DOOR_FIELDS, of_refusal
from monitor.core.text import clean
from monitor.ui.because import LABEL_WIDTH
from monitor.ui.keymap import key_map_of
from monitor.ui.listing import Kind, Listing, Narrowing, Order
from monitor.ui.picture import Picture
from monitor.ui.refusals import door_columns, refusal_cells, refusal_lines, tally_lines
from monitor.ui.spans import Cell, dimmed_text, span
from monitor.ui.standing import unless_told, why_empty
from monitor.ui.titles import list_subtitle, view_title
from monitor.ui.viewing import Topic
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid, ListedGrid
from monitor.ui.widgets.lines import Lines
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from monitor.ui.access import TokenAccess
    from monitor.ui.screens.inspector import InspectorScreen
    from monitor.ui.screens.mint import Commission

_MOST, _MOST_NARROW = 4, 2
_NUMBER = 4
ORDERS: tuple[Order, ...] = (
    Order(lambda one: -one.refusal.at, "newest first", "oldest first", "time", True),
    Order(lambda one: (folded(one.who), -one.refusal.at), "by name", "by name, backwards", "name"),
    Order(lambda one: (folded(one.room), -one.refusal.at), "by room", "by room, backwards", "room"),
    Order(lambda one: (folded(one.server), -one.refusal.at), "by server", "by server, backwards", "server"),
    Order(lambda one: (one.refusal.stage, -one.refusal.at), "by stage", "by stage, backwards", "stage"),
    Order(lambda one: (one.gate, -one.refusal.at), "by gate", "by gate, backwards", "gate"),
    Order(lambda one: (one.refusal.words or "", -one.refusal.at), "by words", "by words, backwards", "server says"),
    Order(lambda one: one.refusal.at, "longest ago first", "shortest ago first", "ago", True),
    Order(
        lambda one: (one.refusal.condition or "", -one.refusal.at),
        "by condition",
        "by condition, backwards",
        "condition",
    ),
    Order(lambda one: (one.refusal.jid or "", -one.refusal.at), "by address", "by address, backwards", "address"),
)


def _subject(one: Turned) -> Subject:
    return of_refusal(one.refusal, one.server, one.who, one.gate)


class DoorView(BodyView):
    """The tally, the refusals, and the chosen one explained."""

    NAME = "door"

    def __init__(self, picture: Picture, narrowing: Narrowing) -> None:
        super().__init__(picture, narrowing)
        kind = Kind("refusal", ORDERS, lambda one: one.key, _subject, DOOR_FIELDS)
        self.listing: Listing[Turned] = Listing(kind, narrowing)
        self.tally = Lines(id="door-tally")
        self.main: Grid[Any] = ListedGrid(door_columns(0), lambda one: one.key, self._cells, id="refusals")
        self.refusal = Pane("why", id="refusal", indent=LABEL_WIDTH)
        self._by_key: dict[object, Turned] = {}
        self._keyed: object = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.tally
        yield self.main
        yield self.refusal

    @property
    def panes(self) -> tuple[Widget, ...]:
        """The refusals, and what is known of one."""
        return (self.main, self.refusal)

    def follow(self, now: float) -> None:
        """Draw all of it."""
        self.now = now
        everything = self.picture.door()
        if everything is not self._keyed:
            self._keyed, self._by_key = everything, {one.key: one for one in everything}
        rows = self.listing.shown(everything, now)
        self.main.mark_sorted(*self.listing.mark)
        self.main.set_columns(door_columns(self.picture.server_width))
        self.main.show(rows, clean(self.listing.why_none(key_map_of(self.app))) if everything else self._why_empty())
        paused = self.picture.pause is not None
        subtitle = list_subtitle(len(rows), len(everything), self.listing)
        self.main.set_title(view_title(_NUMBER, "door", paused, ": who was turned away"), subtitle)
        self._show_tally()
        self._explain()

    def room_of(self, key: object) -> RoomKey | None:
        """The room somebody asked for, whether it is open or not."""
        one = self._by_key.get(key)
        return RoomKey(one.server, one.host, one.refusal.node) if one and one.refusal.node else None

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen | None:
        """On the token that was refused."""
        from monitor.ui.screens.tokens import inspector_of

        one = self._by_key.get(self.main.cursor_key)
        return inspector_of(tokens, clock, one) if one else None

    def absent(self) -> set[str]:
        """What is over cannot be silenced."""
        return super().absent() | {"silence"}

    def chosen_room(self) -> RoomKey | None:
        """The room somebody asked for, open or not; none where nothing tells to which room a breakout room belonged."""
        key = self.room_of(self.main.cursor_key)
        opened = self.picture.find_room(key) if key is not None else None
        lost = key is not None and opened is None and self.picture.host_of(key).kind is RoomKind.BREAKOUT
        return None if lost else key

    def order(self, clock: Callable[[], float], asking: str) -> Commission | None:
        """The form for whoever was turned away."""
        from monitor.ui.screens.tokens import order_at_the_door

        one, key = self._by_key.get(self.main.cursor_key), self.chosen_room()
        if one is None or key is None:
            return None
        room = self.picture.find_room(key)
        return order_at_the_door(one, key.node if room is None else main_node(room))

    def has_topic(self) -> bool:
        """Every row is one."""
        return self.main.cursor_key is not None

    def topic(self) -> Topic | None:
        """The refusal under the cursor."""
        one = self._by_key.get(self.main.cursor_key)
        return Topic(past=one, server_now=self._server_now(one)) if one is not None else None

    def tells(self, line: ServerLine) -> bool:
        """The tally tells what was refused how often."""
        return line.rule == RULE

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Explain the refusal under the cursor."""
        self.listing.hold(self.now)
        self._explain()

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go to the room, where it is open."""
        if key := self.room_of(message.key):
            self.post_message(self.RoomWanted(key))

    def _show_tally(self) -> None:
        pause = self.picture.pause
        at = pause.since if pause else self.now
        found: dict[str, list[Refusal]] = {name: [] for name in self.picture.store.servers}
        for one in self.picture.door():
            found[one.server].append(one.refusal)
        tallies = {
            server.name: tally(found[server.name], at + offset_s(server))
            for server in self.picture.store.servers.values()
        }
        narrow, short = self.screen.has_class("-narrow"), self.screen.has_class("-short")
        self.tally.show(tally_lines(tallies, 1 if short else _MOST_NARROW if narrow else _MOST, narrow))

    def _explain(self) -> None:
        one = self._by_key.get(self.main.cursor_key)
        if one is None:
            self.refusal.tell(None, [((span("No refusal is chosen.", "muted"),),)], Content(""))
            return
        several, server_now = self.picture.several_servers, self._server_now(one)
        lines = refusal_lines(one, server_now, several)
        stale = self._is_stale(one)
        self.refusal.tell(one.key, [dimmed_text(line) for line in lines] if stale else lines, Content(""))

    def _cells(self, one: Turned) -> tuple[Cell, ...]:
        return refusal_cells(one, self._server_now(one), self.picture.server_cell(one.server), self._is_stale(one))

    def _server_now(self, one: Turned) -> float:
        return self.picture.server_now(one.server, one.host, self.now)

    def _is_stale(self, one: Turned) -> bool:
        return self.picture.is_stale(one.server, one.host, self.now)

    def _why_empty(self) -> Any:
        servers = list(self.picture.store.servers.values())
        if any(host.complete for server in servers for host in server.hosts.values()):
            nobody = "Nobody was turned away in the last hour, as far as the server remembers."
            return unless_told(nobody, "who was turned away", servers)
        return why_empty(servers)
