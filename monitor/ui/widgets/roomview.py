"""The right side: what is wrong with the chosen room, its people, why, and its past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import msgspec
from textual.containers import Container
from textual.content import Content

from monitor.core.cause import Cause
from monitor.core.findings import Finding, applies_claims
from monitor.core.model import MucHost, Occupant, Room
from monitor.core.query import RoomRow, people_of
from monitor.core.related import Elsewhere
from monitor.core.text import clean
from monitor.ui.banner import banner_of
from monitor.ui.because import LABEL_WIDTH, Case, next_flavour
from monitor.ui.columns import PEOPLE_COLUMNS, person_cells
from monitor.ui.durations import zone_name
from monitor.ui.explain import why, why_room
from monitor.ui.keymap import key_map_of
from monitor.ui.order import HeldOrder
from monitor.ui.spans import Cell, Line, Text, dimmed, span
from monitor.ui.timeline import timeline
from monitor.ui.titles import past_subtitle, people_subtitle, people_title, room_title
from monitor.ui.widgets.banner import RoomBanner
from monitor.ui.widgets.grid import PeopleGrid
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class View(msgspec.Struct, frozen=True):
    """A room as it is to be shown."""

    row: RoomRow
    room: Room
    host: MucHost
    now: float
    """The monitor's time."""
    stale: bool = False
    paused: bool = False
    several_servers: bool = False
    rooms: int = 0
    people: int = 0
    """All rooms and people of the room's server."""
    waiting: int = 0
    """How many wait in the room's lobby."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Who owns the room and is in one of its breakout rooms."""
    ended: bool = False
    """Whether the room has ended since the display was paused: nothing counts down any more."""

    @property
    def server_now(self) -> float:
        """The server's time."""
        return self.now + (self.host.offset_s or 0.0)


class RoomView(Container):
    """Draws one `View`. `led_by_people` tells whether WHY is about the person under the cursor, or the room first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._flavour: str | None = None
        self._causes: list[Cause] = []
        self._past: tuple[object, Sequence[Line]] = (None, ())
        self._order: HeldOrder[Occupant] = HeldOrder(lambda person: person.oid)
        self.led_by_people = False
        self.banner = RoomBanner(id="banner")
        self.people = PeopleGrid(PEOPLE_COLUMNS, lambda person: person.oid, self._person_cells, id="people")
        self.why = Pane("why", id="why", indent=LABEL_WIDTH)
        self.past = Pane("timeline", id="past", cut=True, newest_last=True)

    def compose(self) -> ComposeResult:
        """The panes."""
        yield self.banner
        yield self.people
        yield self.why
        yield self.past

    def show(self, view: View | None) -> None:
        """Draw this room, or that none is chosen."""
        before = self._view
        self._view = view
        if (before.row.key if before else None) != (view.row.key if view else None):
            self.people.reset()
            self._order.release()
            self.led_by_people = False
        if view is None:
            self._show_nothing()
            return
        self.show_banner(view)
        people = self._order.arrange(people_of(view.room, view.row.judgement), view.now)
        self.people.show(people, clean("Nobody is in this room."))
        named = not self.banner.display or self._narrow
        self.people.set_title(
            people_title(view.row, view.room, view.several_servers, named, view.waiting),
            people_subtitle(view.row, view.host, view.server_now),
        )
        self.explain()
        self._show_past(view)

    def show_banner(self, view: View) -> None:
        """Draw the banner alone, whose countdown goes on while nothing else changes."""
        said = banner_of(view.room, view.row.judgement, view.server_now, view.stale, self._narrow, view.elsewhere)
        banner = None if view.ended else said
        self.banner.tell(banner, room_title(view.row, view.several_servers))

    def hold(self, now: float) -> None:
        """Let the people keep their places for a moment; `now` is the monitor's time."""
        self._order.hold(now)

    def explain(self) -> None:
        """Draw WHY."""
        view = self._view
        if view is None:
            return
        case = Case(
            view.room,
            view.host,
            view.row.judgement,
            view.server_now,
            view.rooms,
            view.people,
            self._flavour,
            key_map_of(self.app),
            view.elsewhere,
        )
        oid = cast("int | None", self.people.cursor_key)
        person = view.room.occupants.get(oid) if oid is not None else None
        finding = None if self.led_by_people else view.row.judgement.of_room()
        if finding is not None:
            person = self._worst(view)
        found = [one for one in (finding, view.row.judgement.of(person.oid) if person else None) if one is not None]
        causes = (case.cause_of(one) for one in found)
        self._causes = [cause for cause in causes if cause is not None]
        subject = (view.row.key, finding.rule.id if finding else oid)
        self.why.tell(subject, self._lines(finding, person, case), self._zone(view), view.stale)

    def person(self) -> Occupant | None:
        """The person that somebody chose; None while the room as a whole is looked at."""
        oid = cast("int | None", self.people.cursor_key) if self.led_by_people else None
        return self._view.room.occupants.get(oid) if self._view and oid is not None else None

    def other_flavour(self) -> str | None:
        """The kind of installation whose fix could be shown instead."""
        others = (next_flavour(cause, self._flavour) for cause in self._causes)
        return next((other for other in others if other), None)

    def show_other_flavour(self) -> None:
        """Show the fix for the next kind of installation, from now on."""
        self._flavour = self.other_flavour() or self._flavour
        self.explain()

    def redraw(self) -> None:
        """Draw everything again, in the colours of the theme that is active now."""
        self.banner.refresh()
        self.people.redraw()
        self.why.redraw()
        self.past.redraw()

    def make_way(self, focused: Widget | None, narrow: bool) -> None:
        """In a narrow terminal WHY takes the people's place while it is read, and so does the timeline.

        Where it is short too there is room for one of the three.
        """
        reading = focused is self.why or focused is self.past
        short = narrow and self.screen.has_class("-short")
        shown = {
            self.people: not (narrow and reading),
            self.why: focused is self.why if short else not (narrow and focused is self.past),
            self.past: not narrow or focused is self.past,
        }
        for pane, is_shown in shown.items():
            if pane.display != is_shown:
                pane.display = is_shown

    def _lines(self, finding: Finding | None, person: Occupant | None, case: Case) -> list[Text]:
        # Where the banner names who is the cause there is no room to say it twice.
        if finding is not None and not (self._narrow and person and finding.rule.id in ("F9", "F10c")):
            lines = why_room(finding, person, case)
        elif person is not None:
            lines = why(person, case)
        else:
            lines = [((span("Nobody is in this room.", "muted"),),)]
        return [line for line in lines if line] if self._narrow else lines

    @property
    def _narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    def _worst(self, view: View) -> Occupant | None:
        first = next((finding.oid for finding in view.row.judgement.findings if finding.oid is not None), None)
        return view.room.occupants.get(first) if first is not None else None

    def _show_past(self, view: View) -> None:
        applied = applies_claims(view.host)
        held = view.row.judgement.of_room("F10c") is not None
        drawn_for = (view.row.key, view.room.revision, len(view.room.history), applied, held)
        if self._past[0] != drawn_for:
            self._past = (drawn_for, timeline(view.room, applied, view.server_now, held))
        subtitle = past_subtitle(not view.stale, view.paused, view.host.heard_at, view.now, view.host.lag_s)
        self.past.tell(view.row.key, self._past[1], subtitle, view.stale)

    def _show_nothing(self) -> None:
        self.banner.tell(None, "")
        self.people.show([], clean("No room is chosen."))
        self.people.set_title(Content("people"), Content(""))
        self.why.tell(None, (), Content(""))
        self.past.tell(None, (), Content(""))
        self._causes = []

    def _zone(self, view: View) -> Content:
        zone = clean(zone_name(view.server_now))
        return Content(f"times in {zone}" if zone else "")

    def _person_cells(self, person: Occupant) -> tuple[Cell, ...]:
        view = self._view
        if view is None:
            return ((),) * len(PEOPLE_COLUMNS)
        applied = applies_claims(view.host)
        cells = person_cells(person, view.room, view.row.judgement, applied, view.server_now)
        return tuple(dimmed(one) for one in cells) if view.stale else cells
