"""View 1: the rooms, and beside them the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from monitor.core.occupant import Occupant
from monitor.core.query import Totals
from monitor.core.room import RoomKey
from monitor.core.server import FeedState
from monitor.ui.access import TokenAccess
from monitor.ui.glance import Glance
from monitor.ui.keys.places import Place
from monitor.ui.listing import Narrowing, rooms_listing
from monitor.ui.picture import Picture
from monitor.ui.viewing import View, view_of
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.roomlist import RoomList
from monitor.ui.widgets.roomview import RoomView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from monitor.ui.screens.inspector import InspectorScreen


class RoomsView(BodyView):
    """The list of rooms leads; the right side follows its cursor."""

    NAME = "rooms"

    def __init__(
        self,
        picture: Picture,
        narrowing: Narrowing,
        ask_for_past: Callable[[RoomKey], None],
        totals_of: Callable[[str], Totals],
    ) -> None:
        """`totals_of` tells what there is on a server."""
        super().__init__(picture, narrowing)
        self.listing = rooms_listing(picture, narrowing)
        self.main = self.rooms = RoomList(picture, self.listing, id="rooms")
        self.right = RoomView(id="right")
        self.glance = Glance(ask_for_past, self.set_timer)
        self._totals_of = totals_of

    def compose(self) -> ComposeResult:
        """Left and right."""
        yield self.rooms
        yield self.right

    @property
    def panes(self) -> tuple[Widget, ...]:
        """The rooms, then the panes of the chosen one."""
        return (self.rooms, self.right.people, self.right.why, self.right.past)

    def follow(self, now: float) -> None:
        """Draw rooms and chosen room."""
        self.now = now
        self.rooms.follow(now)
        self._show_chosen()

    def count(self, now: float) -> None:
        """Draw the countdowns."""
        self.now = now
        self.rooms.follow(now)
        if view := self.chosen():
            self.right.show_banner(view)

    def changes_in_s(self) -> float | None:
        """Of the rooms in sight and the chosen one."""
        return self.rooms.changes_in_s()

    def make_way(self, focused: Widget | None, narrow: bool) -> None:
        """Where it is narrow, what is read takes the others' places."""
        self.right.make_way(focused, narrow)

    def place_of(self, focused: Widget | None) -> Place:
        """Rooms, or a pane of the chosen one."""
        if focused is self.right.people:
            return "inside"
        return "rooms" if focused is self.rooms else "deeper"

    def absent(self) -> set[str]:
        """There may be one kind of fix alone."""
        return set() if self.right.other_flavour() else {"flavour"}

    def room_of(self, key: object) -> RoomKey | None:
        """The row's own."""
        return key if isinstance(key, RoomKey) else None

    def choose_person(self, oid: int) -> None:
        """Move the cursor to somebody in the chosen room."""
        if self.right.people.go_to_first(lambda key: key == oid):
            self.right.led_by_people = True
            self.right.explain()

    def led_by(self, focused: Widget | None) -> None:
        """Rooms and people choose whom WHY is about."""
        if focused in (self.rooms, self.right.people):
            self.right.led_by_people = focused is self.right.people
        self.right.explain()

    def redraw(self) -> None:
        """Draw both sides again."""
        self.rooms.redraw()
        self.right.redraw()

    def show_other_flavour(self) -> None:
        """Show the fix for another kind of installation."""
        self.right.show_other_flavour()

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Follow the cursor, and let the rows keep their places for a moment."""
        if message.control is self.rooms:
            self.listing.hold(self.now)
            self._show_chosen()
        elif message.control is self.right.people:
            self.right.people.hold(self.now)
            self.right.led_by_people = True
            self.right.explain()

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go to the detail of a room, and of somebody in it."""
        row = self.rooms.chosen()
        if row is not None:
            oid = message.key if message.control is self.right.people and isinstance(message.key, int) else None
            self.post_message(self.RoomWanted(row.key, oid))

    def rest(self) -> None:
        """Ask for no room's past until one is chosen again."""
        self.glance.rest_on(None)

    def _show_chosen(self) -> None:
        view = self.chosen()
        self.right.show(view)
        told = view is not None and not view.stale and view.host.feed is FeedState.LIVE
        self.glance.rest_on((view.row.key, view.host.since_at) if view and told else None)

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen:
        """On the token of the person whom WHY tells of."""
        from monitor.ui.screens.tokens import inspector_on

        return inspector_on(self.chosen(), self.right.told(), tokens, clock)

    def person(self) -> Occupant | None:
        """The chosen person, where one is."""
        return self.right.person()

    def chosen_room(self) -> RoomKey | None:
        """The one under the cursor."""
        row = self.rooms.chosen()
        return row.key if row else None

    def chosen(self) -> View | None:
        """The chosen room with what is shown of it."""
        row = self.rooms.chosen()
        return view_of(self.picture, row.key if row else None, self.now, self._totals_of)
