"""What the screen asks of each of its views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container
from textual.message import Message

from monitor.core.occupant import Occupant
from monitor.core.query import ServerLine
from monitor.core.room import RoomKey
from monitor.ui.keys.places import Place
from monitor.ui.listing import Listing, Narrowing
from monitor.ui.picture import Picture
from monitor.ui.viewing import Topic, View
from monitor.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from monitor.ui.access import TokenAccess
    from monitor.ui.screens.inspector import InspectorScreen
    from monitor.ui.screens.mint import Commission


class BodyView(Container):
    """A view with a grid that leads it. `now` is the monitor's time throughout."""

    NAME: ClassVar[str]
    main: Grid[Any]
    listing: Listing[Any]

    @dataclass
    class RoomWanted(Message):
        """Somebody wants to see the detail of this room, and in it of this person."""

        key: RoomKey
        oid: int | None = None

    def __init__(self, picture: Picture, narrowing: Narrowing) -> None:
        super().__init__(id=f"view-{self.NAME}", classes="view")
        self.picture, self.narrowing = picture, narrowing
        self.now = 0.0

    @property
    def panes(self) -> tuple[Widget, ...]:
        """What takes the focus, in order."""
        return (self.main,)

    @property
    def first(self) -> Widget:
        """What gets the focus when the view is shown, and when somebody comes back to its rows."""
        return self.main

    @property
    def stops(self) -> tuple[Widget, ...]:
        """The panes that can be gone to one by one now: those with something in them."""
        return self.panes

    def follow(self, now: float) -> None:
        """Draw everything as it is now."""
        raise NotImplementedError

    def count(self, now: float) -> None:
        """Draw what counts, while nothing else changed."""
        self.follow(now)

    def changes_in_s(self) -> float | None:
        """Seconds from the last drawing until a countdown in sight shows another second; None where nothing counts."""
        return None

    def make_way(self, focused: Widget | None, narrow: bool) -> None:
        """Give the panes their places, for where the focus is."""

    def place_of(self, focused: Widget | None) -> Place:
        """Which keys the footer names."""
        return "listed" if focused is self.main else "beneath"

    def absent(self) -> set[str]:
        """Keys of the screen that do nothing here."""
        absent = {"flavour"} if len(self.stops) > 1 else {"flavour", "panes", "pane"}
        return absent if self.listing.kind.severity_of else absent | {"problems"}

    def listing_of(self, grid: Widget | None) -> Listing[Any] | None:
        """What a grid of the view lists; None where its rows are not sorted by anybody."""
        return self.listing if grid is self.main else None

    def released(self) -> None:
        """What is listed is to be another selection: rows need not keep their places."""
        self.listing.release()

    def next_problem(self, by: int) -> bool:
        """Move the cursor to the next row somebody should look at, or the one before; False where there is none."""
        return self.main.choose_next(self.listing.is_problem, by)

    def first_problem(self, by: int) -> bool:
        """Move the cursor to the first row somebody should look at, or with -1 to the last; False where none is."""
        return self.main.choose_first(self.listing.is_problem, by)

    def is_at_problem(self) -> bool:
        """Whether the cursor is on a row that somebody should look at."""
        row = self.main.row
        return row is not None and self.listing.is_problem(row)

    def room_of(self, key: object) -> RoomKey | None:
        """The room that the row of this key is about, where it is about one."""
        return None

    def chosen(self) -> View | None:
        """The room that a link or a note is made for, with what is shown of it; None where there is none."""
        return None

    def person(self) -> Occupant | None:
        """The person in that room whom somebody chose; None while the room as a whole is looked at."""
        return None

    def chosen_room(self) -> RoomKey | None:
        """The key of that room, where a link can lead into it."""
        return None

    def order(self, clock: Callable[[], float], asking: str) -> Commission | None:
        """The form for a link into that room, for that person or whoever asks; None where there is none."""
        from monitor.ui.screens.tokens import order_for

        view = self.chosen()
        if view is None:
            return None
        return order_for(view, self.person(), self.picture.find, self.picture.is_open, clock, asking)

    def has_topic(self) -> bool:
        """Whether there is a `topic`."""
        return self.chosen_room() is not None

    def topic(self) -> Topic | None:
        """What is looked at, for a note about it or to be silent about it; None where nothing is."""
        view = self.chosen()
        return None if view is None else Topic(view, self.person())

    def choose_room(self, key: RoomKey) -> None:
        """Move the cursor to the room's first row, unless it is on one of the room's."""
        if self.room_of(self.main.cursor_key) != key:
            self.main.go_to_first(lambda row_key: self.room_of(row_key) == key)

    def tells(self, line: ServerLine) -> bool:
        """Whether the view itself says what holds for a whole server, so that it need not be said above it."""
        return False

    def show_other_flavour(self) -> None:
        """Show the fix for another kind of installation, from now on."""

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen | None:
        """The inspector on what is chosen; None where nothing here has a token."""
        return None

    def led_by(self, focused: Widget | None) -> None:
        """Take in where the focus went."""

    def redraw(self) -> None:
        """Draw everything again, in the colours of the theme that is active now."""
        for pane in self.panes:
            getattr(pane, "redraw", pane.refresh)()
