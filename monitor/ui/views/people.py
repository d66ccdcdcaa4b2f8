"""View 2: everybody on all servers, worst first."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from monitor.core.everybody import PersonRow, derive_people
from monitor.core.filtering import folded
from monitor.core.findings import applies_claims
from monitor.core.gathered import Gathered
from monitor.core.occupant import Occupant
from monitor.core.query import Totals
from monitor.core.room import RoomKey
from monitor.core.subjects import ROOM_FIELDS, claim_word
from monitor.core.text import clean
from monitor.ui.columns import change_behind, expiry_of
from monitor.ui.everyone import everyone_cells, everyone_columns
from monitor.ui.keymap import key_map_of
from monitor.ui.listing import Kind, Listing, Narrowing, Order
from monitor.ui.picture import Picture
from monitor.ui.screens.tokens import inspector_in
from monitor.ui.spans import Cell
from monitor.ui.standing import why_empty
from monitor.ui.titles import list_subtitle, view_title
from monitor.ui.viewing import Topic, View, view_of
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid, ListedGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from monitor.ui.access import TokenAccess
    from monitor.ui.screens.inspector import InspectorScreen

_NUMBER = 2
ORDERS: tuple[Order, ...] = (
    Order(lambda row: row.order, "worst first", "worst last", "mark", True),
    Order(lambda row: (folded(row.name), row.order), "by name", "by name, backwards", "name"),
    Order(lambda row: (folded(row.room.name), row.order), "by room", "by room, backwards", "room"),
    Order(lambda row: (folded(row.room.key.server), row.order), "by server", "by server, backwards", "server"),
    Order(lambda row: (claim_word(row.person), row.order), "by claim", "by claim, backwards", "token says"),
    Order(
        lambda row: (row.person.affiliation.value, row.order),
        "by affiliation",
        "by affiliation, backwards",
        "room says",
    ),
    Order(lambda row: (row.person.role.value, row.order), "by role", "by role, backwards", "role"),
    Order(lambda row: (_set_by(row), row.order), "by who set it", "by who set it, backwards", "set by"),
    Order(lambda row: (-row.since_at, row.order), "newest first", "longest so first", "since"),
    Order(lambda row: (_expires_at(row), row.order), "expires soonest first", "expires latest first", "expires"),
    Order(lambda row: (-row.person.joined_at, row.order), "joined last first", "joined first first", "joined", True),
    Order(lambda row: (row.person.bare_jid, row.order), "by address", "by address, backwards", "address"),
)


def _set_by(row: PersonRow) -> str:
    change = change_behind(row.person)
    return (change.by_module or change.actor or "") if change else ""


def _expires_at(row: PersonRow) -> float:
    at = expiry_of(row.person)
    return math.inf if at is None or math.isnan(at) else at


class PeopleView(BodyView):
    """One table."""

    NAME = "people"

    def __init__(self, picture: Picture, narrowing: Narrowing, totals_of: Callable[[str], Totals]) -> None:
        """`totals_of` tells what there is on a server."""
        super().__init__(picture, narrowing)
        self._totals_of = totals_of
        self._everybody: Gathered[PersonRow] = Gathered(derive_people(picture.find_room))
        kind = Kind(
            "person",
            ORDERS,
            lambda row: row.key,
            lambda row: row.subject,
            ROOM_FIELDS,
            lambda row: row.severity,
        )
        self.listing: Listing[PersonRow] = Listing(kind, narrowing)
        self.main: Grid[Any] = ListedGrid(everyone_columns(0), lambda row: row.key, self._cells, id="everybody")

    def compose(self) -> ComposeResult:
        """The table."""
        yield self.main

    def follow(self, now: float) -> None:
        """Draw the people as they are now."""
        self.now = now
        everything = self._everybody.rows(self.picture.rows(now))
        rows = self.listing.shown(everything, now)
        self.main.mark_sorted(*self.listing.mark)
        self.main.set_columns(everyone_columns(self.picture.server_width))
        empty = (
            clean(self.listing.why_none(key_map_of(self.app)))
            if everything
            else why_empty(self.picture.store.servers.values())
        )
        self.main.show(rows, empty)
        subtitle = list_subtitle(len(rows), len(everything), self.listing)
        self.main.set_title(view_title(_NUMBER, "people", self.picture.pause is not None), subtitle)

    def room_of(self, key: object) -> RoomKey | None:
        """Where they are."""
        return key[0] if isinstance(key, tuple) else None

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen | None:
        """On the chosen person's token."""
        key, person = self.chosen_room(), self.person()
        room = self.picture.find_room(key) if key is not None else None
        return inspector_in(room, person, tokens, clock) if room is not None and person is not None else None

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Let the rows keep their places for a moment."""
        self.listing.hold(self.now)

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go to their room, with the cursor on them."""
        if isinstance(message.key, tuple):
            self.post_message(self.RoomWanted(*message.key))

    def has_topic(self) -> bool:
        """Every row is one."""
        return self.main.cursor_key is not None

    def topic(self) -> Topic | None:
        """Whoever is under the cursor."""
        view, person = self.chosen(), self.person()
        return Topic(view, person) if view is not None and person is not None else None

    def chosen(self) -> View | None:
        """Where whoever is under the cursor is."""
        return view_of(self.picture, self.chosen_room(), self.now, self._totals_of)

    def person(self) -> Occupant | None:
        """Whoever is under the cursor."""
        key = self.main.cursor_key
        room = self.picture.find_room(key[0]) if isinstance(key, tuple) else None
        return room.occupants.get(key[1]) if room is not None and isinstance(key, tuple) else None

    def chosen_room(self) -> RoomKey | None:
        """The key of their room."""
        return self.room_of(self.main.cursor_key)

    def _cells(self, row: PersonRow) -> tuple[Cell, ...]:
        key = row.room.key
        room, server = self.picture.find_room(key), self.picture.server_cell(key.server)
        if room is None:
            return ((),) * len(everyone_columns(self.picture.server_width))
        stale = self.picture.is_stale(key.server, key.host, self.now) or self.picture.is_gone(key)
        server_now = self.picture.server_now(key.server, key.host, self.now)
        return everyone_cells(row, room, applies_claims(self.picture.host_of(key)), server_now, server, stale)
