"""Who is in a room, and the room's past: the panes that every screen about one room has."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.findings import applies_claims
from monitor.core.occupant import Occupant
from monitor.core.query import people_of
from monitor.core.server import Vantage
from monitor.core.text import clean
from monitor.ui.columns import PEOPLE_COLUMNS, person_cells
from monitor.ui.keys.table import bindings
from monitor.ui.order import HeldOrder
from monitor.ui.spans import Cell, Line, dimmed
from monitor.ui.timeline import timeline
from monitor.ui.titles import past_subtitle
from monitor.ui.viewing import View
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.pane import Pane


class InsidePane(Grid[Occupant]):
    """The people of a room, worst first; who leads keeps the place for a moment. Enter opens one, escape leads back."""

    BINDINGS = bindings("deeper", "inside")

    def __init__(self, *, id: str) -> None:
        super().__init__(PEOPLE_COLUMNS, lambda person: person.oid, self._person_cells, id=id)
        self._view: View | None = None
        self._order: HeldOrder[Occupant] = HeldOrder(lambda person: person.oid)

    def show_room(self, view: View) -> None:
        """Draw the people of this room."""
        self._view = view
        people = self._order.arrange(people_of(view.room, view.row.judgement), view.now)
        self.show(people, clean("Nobody is in this room."))

    def show_none(self) -> None:
        """Draw that no room is chosen."""
        self._view = None
        self.show([], clean("No room is chosen."))

    def forget(self) -> None:
        """The people to come are those of another room."""
        self.reset()
        self._order.release()

    def hold(self, now: float) -> None:
        """Let the people keep their places for a moment; `now` is the monitor's time."""
        self._order.hold(now)

    def _person_cells(self, person: Occupant) -> tuple[Cell, ...]:
        view = self._view
        if view is None:
            return ((),) * len(PEOPLE_COLUMNS)
        applied = applies_claims(view.host)
        cells = person_cells(person, view.room, view.row.judgement, applied, view.server_now)
        return tuple(dimmed(one) for one in cells) if view.stale else cells


class PastPane(Pane):
    """The past of a room, the newest last."""

    def __init__(self, *, id: str) -> None:
        super().__init__("timeline", id=id, cut=True, newest_last=True)
        self._past: tuple[object, Sequence[Line]] = (None, ())

    def show_room(self, view: View) -> None:
        """Draw the past of this room."""
        applied = applies_claims(view.host)
        held = view.row.judgement.of_room("F10c") is not None
        polled = view.host.vantage is Vantage.POLL
        drawn_for = (view.row.key, view.room.revision, len(view.room.history), applied, held, polled)
        if self._past[0] != drawn_for:
            self._past = (drawn_for, timeline(view.room, applied, view.server_now, held, polled))
        subtitle = past_subtitle(not view.stale, view.paused, view.host.heard_at, view.now, view.host.lag_s)
        self.tell(view.row.key, self._past[1], subtitle, view.stale)
