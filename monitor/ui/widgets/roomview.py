"""The right side: what is wrong with the chosen room, its people, why, and its past."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.content import Content

from monitor.core.cause import Cause
from monitor.core.findings import Finding
from monitor.core.occupant import Occupant
from monitor.core.text import clean
from monitor.ui.banner import banner_of
from monitor.ui.because import LABEL_WIDTH, Case, next_flavour
from monitor.ui.durations import zone_name
from monitor.ui.explain import tells_cause, why, why_room
from monitor.ui.keymap import key_map_of
from monitor.ui.spans import Text, span
from monitor.ui.titles import people_subtitle, people_title, room_title
from monitor.ui.viewing import View, case_of
from monitor.ui.widgets.banner import RoomBanner
from monitor.ui.widgets.inside import InsidePane, PastPane
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class RoomView(Container):
    """Draws one `View`. `led_by_people` tells whether WHY is about the person under the cursor, or the room first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._flavour: str | None = None
        self._causes: list[Cause] = []
        self._told: Occupant | None = None
        self.led_by_people = False
        self.banner = RoomBanner(id="banner")
        self.people = InsidePane(id="people")
        self.why = Pane("why", id="why", indent=LABEL_WIDTH)
        self.past = PastPane(id="past")

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
            self.people.forget()
            self.led_by_people = False
        if view is None:
            self._show_nothing()
            return
        self.show_banner(view)
        self.people.show_room(view)
        named = not self.banner.display or self._narrow
        self.people.set_title(
            people_title(view.row, view.room, view.several_servers, named, view.waiting),
            people_subtitle(view.row, view.host, view.server_now),
        )
        self.explain()
        self.past.show_room(view)

    def show_banner(self, view: View) -> None:
        """Draw the banner alone, whose countdown goes on while nothing else changes."""
        said = banner_of(view.room, view.row.judgement, view.server_now, view.stale, self._narrow, view.elsewhere)
        banner = None if view.ended else said
        self.banner.tell(banner, room_title(view.row, view.several_servers))

    def explain(self) -> None:
        """Draw WHY."""
        view = self._view
        self._told = None
        if view is None:
            return
        case = case_of(view, self._flavour, key_map_of(self.app))
        oid = cast("int | None", self.people.cursor_key)
        person = view.room.occupants.get(oid) if oid is not None else None
        finding = None if self.led_by_people else view.row.judgement.of_room()
        found = [one for one in (finding, view.row.judgement.of(person.oid) if person else None) if one is not None]
        if person is not None and (finding is None or view.row.judgement.of(person.oid) is not None):
            self._told = person
        causes = (case.cause_of(one) for one in found)
        self._causes = [cause for cause in causes if cause is not None]
        subject = (view.row.key, finding.rule.id if finding else oid)
        self.why.tell(subject, self._lines(finding, person, case), self._zone(view), view.stale)

    def person(self) -> Occupant | None:
        """The person that somebody chose; None while the room as a whole is looked at."""
        oid = cast("int | None", self.people.cursor_key) if self.led_by_people else None
        return self._view.room.occupants.get(oid) if self._view and oid is not None else None

    def told(self) -> Occupant | None:
        """The person that WHY tells of, chosen or not; None where it tells of the room alone."""
        return self._told

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
        told = person is not None and tells_cause(finding, person, case)
        if finding is not None and not (self._narrow and told):
            lines = why_room(finding, person, case)
        elif person is not None:
            lines = why(person, case)
        else:
            lines = [((span("Nobody is in this room.", "muted"),),)]
        return [line for line in lines if line] if self._narrow else lines

    @property
    def _narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    def _show_nothing(self) -> None:
        self.banner.tell(None, "")
        self.people.show_none()
        self.people.set_title(Content("people"), Content(""))
        self.why.tell(None, (), Content(""))
        self.past.tell(None, (), Content(""))
        self._causes, self._told = [], None

    def _zone(self, view: View) -> Content:
        zone = clean(zone_name(view.server_now))
        quiet = len(view.row.judgement.silenced)
        told = (f"{quiet:,} silenced" if quiet else "", f"times in {zone}" if zone else "")
        return Content(" · ".join(words for words in told if words))
