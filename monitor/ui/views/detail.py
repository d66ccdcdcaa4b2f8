"""One room on the whole screen: its people, everything about the chosen one, every finding, its timers and its past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual.containers import Container

from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow, Totals
from monitor.core.room import EndedRoom, RoomKey
from monitor.core.server import FeedState
from monitor.ui.access import TokenAccess
from monitor.ui.banner import Banner, banner_of
from monitor.ui.countdowns import changes_in_s
from monitor.ui.departed import ended_banner
from monitor.ui.keys.places import Place
from monitor.ui.keys.table import bindings
from monitor.ui.listing import Listing
from monitor.ui.screens.tokens import inspector_on
from monitor.ui.titles import people_subtitle, people_title, room_title
from monitor.ui.viewing import Topic, View, view_of
from monitor.ui.views.rooms import RoomsView
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.banner import RoomBanner
from monitor.ui.widgets.course import CoursePane
from monitor.ui.widgets.faults import FaultsPane
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.inside import InsidePane, PastPane
from monitor.ui.widgets.person import PersonPane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from monitor.ui.screens.inspector import InspectorScreen

_TALL = 34
"""Lines that the panes of one side need to stand below each other."""


class DetailView(BodyView):
    """Draws the room that was opened last. It stays when the room has ended, as it was last seen."""

    NAME = "detail"
    BINDINGS = bindings("detail")

    def __init__(
        self, rooms: RoomsView, totals_of: Callable[[str], Totals], tokens: TokenAccess, hides_names: Callable[[], bool]
    ) -> None:
        """`rooms` lists what comes before and after; `totals_of` tells what there is on a server."""
        super().__init__(rooms.picture, rooms.narrowing)
        self.listing, self._rooms = rooms.listing, rooms
        self._totals_of = totals_of
        self.key: RoomKey | None = None
        self._view: View | None = None
        self._over: EndedRoom | None = None
        self._oid: int | None = None
        self._person: Occupant | None = None
        self._picked = False
        self.banner = RoomBanner(id="detail-banner")
        self.people = InsidePane(id="detail-people")
        self.main: Grid[Any] = self.people
        self.about = PersonPane(tokens, hides_names, id="detail-person")
        self.faults = FaultsPane(id="detail-why")
        self.course = CoursePane(id="detail-course")
        self.past = PastPane(id="detail-past")
        self._left = Container(self.people, self.about, id="detail-left")
        self._right = Container(self.faults, self.course, self.past, id="detail-right")

    def compose(self) -> ComposeResult:
        """The banner, and below it two columns, or one where it is narrow."""
        yield self.banner
        with Container(id="detail-columns"):
            yield self._left
            yield self._right

    @property
    def panes(self) -> tuple[Widget, ...]:
        """From people to past."""
        return (self.people, self.about, self.faults, self.course, self.past)

    def open(self, key: RoomKey, oid: int | None, now: float) -> None:
        """Show this room from now on, and in it this person; `now` is the monitor's time."""
        self.key, self._view, self._over = key, None, None
        self._oid, self._person, self._picked = oid, None, oid is not None
        self.people.forget()
        self.follow(now)
        if oid is not None:
            self.people.go_to_first(lambda shown: shown == oid)
        # From here on the cursor is on somebody, wherever they stand.
        self.people.touched = True
        self._choose(oid if oid is not None else self.people.cursor_key)

    def close(self) -> None:
        """Forget the room."""
        self.key = self._view = self._over = self._oid = self._person = None

    def follow(self, now: float) -> None:
        """Draw the room as it is now, or as it was last."""
        self.now = now
        self._look(now)
        view = self._view
        if view is None:
            return
        self._show_banner(view)
        self.people.show_room(view)
        self.people.set_title(
            people_title(view.row, view.room, view.several_servers, self._is_named, view.waiting),
            people_subtitle(view.row, view.host, view.server_now),
        )
        if self._oid is None:
            self._choose(self.people.cursor_key)
        self._show_person(view)
        self.faults.show_room(view)
        self.course.show_room(view, self._over)
        self.past.show_room(view)

    def count(self, now: float) -> None:
        """Draw the countdowns."""
        self.now = now
        self._look(now)
        if self._view is not None:
            self._show_banner(self._view)
            self.course.show_room(self._view, self._over)

    def changes_in_s(self) -> float | None:
        """Of this room."""
        view = self._view
        return None if view is None or view.ended else changes_in_s(view.row, view.server_now)

    def make_way(self, focused: Widget | None, narrow: bool) -> None:
        """Where there is no room for all panes, those that are not read show their titles alone."""
        opened = self._opened(focused, narrow)
        for pane in self.panes:
            pane.set_class(pane not in opened, "-closed")
        for side in (self._left, self._right):
            side.set_class(not any(pane in opened for pane in side.children), "-closed")

    def place_of(self, focused: Widget | None) -> Place:
        """The same keys in every pane."""
        return "detail"

    def absent(self) -> set[str]:
        """Rows are neither filtered nor sorted here, and there may be one kind of fix alone."""
        absent = {"filter", "problems", "sort", "reverse"}
        has_other = self._view is not None and self.faults.other_flavour(self._view)
        return absent if has_other else absent | {"flavour"}

    def listing_of(self, grid: Widget | None) -> Listing[Any] | None:
        """The people are not sorted by anybody."""
        return None

    def room_of(self, key: object) -> RoomKey | None:
        """This one."""
        return self.key

    def choose_room(self, key: RoomKey) -> None:
        """The room is the one that was opened."""

    def chosen(self) -> View | None:
        """The room with what is shown of it."""
        return self._view

    def person(self) -> Occupant | None:
        """Whom somebody chose, as last seen, while they are read about."""
        return self._person if self._picked and self.screen.focused in (self.people, self.about) else None

    def chosen_room(self) -> RoomKey | None:
        """This one, until it is over."""
        return self.key if self._view is not None and not self._view.ended else None

    def has_topic(self) -> bool:
        """Also when the room is over."""
        return self._view is not None

    def topic(self) -> Topic | None:
        """The room, or whom somebody chose."""
        return None if self._view is None else Topic(self._view, self.person(), over=self._over)

    def next_room(self, by: int, is_wanted: Callable[[RoomRow], bool] = lambda _row: True) -> bool:
        """Open the next such room of the list, or with -1 the one before, round the end; False where none is."""
        rows = [row for row in self._listed() if row.key == self.key or is_wanted(row)]
        at = next((index for index, row in enumerate(rows) if row.key == self.key), None)
        if at is None:
            at = -1 if by > 0 else 0
        elif len(rows) < 2:
            return False
        if not rows:
            return False
        self.open(rows[(at + by) % len(rows)].key, None, self.now)
        return True

    def next_problem(self, by: int) -> bool:
        """Open the next room that somebody should look at."""
        return self.next_room(by, self.listing.is_problem)

    def is_at_problem(self) -> bool:
        """Whether somebody should look at this room."""
        return self._view is not None and not self._view.ended and self.listing.is_problem(self._view.row)

    def show_other_flavour(self) -> None:
        """Show the fix for another kind of installation, from now on."""
        if self._view is not None:
            self.faults.show_other_flavour(self._view)

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen:
        """On the chosen person's token."""
        return inspector_on(self._view, self._person, tokens, clock)

    def redraw(self) -> None:
        """Draw everything again."""
        super().redraw()
        self.banner.refresh()

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Tell about the person under the cursor."""
        self.people.hold(self.now)
        self._choose(message.key)
        self._picked = True
        if self._view is not None:
            self._show_person(self._view)

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go from a person to what is told about them."""
        message.stop()
        self.screen.set_focus(self.about)

    @property
    def _is_narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    @property
    def _is_named(self) -> bool:
        return not self.banner.display or self._is_narrow

    def _opened(self, focused: Widget | None, narrow: bool) -> Sequence[Widget]:
        tall = self.screen.size.height >= _TALL
        if narrow:
            if focused is self.people or focused not in self.panes:
                return (self.people,) if self.screen.has_class("-short") else (self.people, self.about)
            return [pane for pane in self.panes if pane is focused]
        if tall:
            return self.panes
        right = [pane for pane in self._right.children if pane is focused]
        return (self.people, self.about, *(right or [self.faults]))

    def _look(self, now: float) -> None:
        """Take in what the room is like; once it is over it stays as it was last seen."""
        before = self._view
        if self.key is None or (before is not None and before.ended and not self.picture.pause):
            return
        view = view_of(self.picture, self.key, now, self._totals_of)
        if view is not None and before is not None and _is_another(before, view):
            view = None
        if view is not None and not view.ended:
            self._view = view
        elif last := view or before:
            self._over = self._ending(self.key)
            self._view = replace(last, ended=True, stale=False)
        can_tell = self._view is not None and not self._view.ended and not self._view.stale
        if can_tell and view is not None and view.host.feed is FeedState.LIVE:
            self._rooms.glance.rest_on((view.row.key, view.host.since_at))
        else:
            self._rooms.glance.rest_on(None)

    def _ending(self, key: RoomKey) -> EndedRoom | None:
        # The list may be frozen, and this is to be known at once.
        over = [one for one in self.picture.store.host_of(key).ended if one.key == key]
        return max(over, key=lambda one: one.at, default=None)

    def _listed(self) -> Sequence[RoomRow]:
        return self.listing.shown(self.picture.rows(self.now), self.now)

    def _choose(self, oid: object) -> None:
        self._oid = oid if isinstance(oid, int) else None
        self._person = None

    def _show_banner(self, view: View) -> None:
        if view.ended:
            is_open = self.picture.store.find_room(view.row.key) is not None
            banner: Banner | None = ended_banner(self._over, view.server_now, is_open)
        else:
            judgement, narrow = view.row.judgement, self._is_narrow
            banner = banner_of(view.room, judgement, view.server_now, view.stale, narrow, view.elsewhere)
        self.banner.tell(banner, room_title(view.row, view.several_servers))

    def _show_person(self, view: View) -> None:
        here = view.room.occupants.get(self._oid) if self._oid is not None else None
        self._person = here or self._person
        self.about.show_person(self._person, view)


def _is_another(before: View, view: View) -> bool:
    """Whether a room of the same name has taken the place of one that ended."""
    was, now = before.room.created_at, view.room.created_at
    return was is not None and now is not None and was != now
