"""View 3: every finding, worst first, and why it is so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual.content import Content

from monitor.core.cause import Cause
from monitor.core.door import CLOCK, RULE
from monitor.core.filtering import folded
from monitor.core.findings import Finding, Severity
from monitor.core.occupant import Occupant
from monitor.core.query import ServerLine, Totals
from monitor.core.reports import Report
from monitor.core.room import RoomKey
from monitor.core.subjects import ROOM_FIELDS
from monitor.core.text import clean
from monitor.ui.allfindings import AllFindings
from monitor.ui.because import LABEL_WIDTH, Whole, because, next_flavour
from monitor.ui.countdowns import changes_in_s
from monitor.ui.durations import time_of_day, zone_name
from monitor.ui.explain import why, why_room
from monitor.ui.keymap import key_map_of
from monitor.ui.listing import Kind, Listing, Narrowing, Order
from monitor.ui.picture import Picture
from monitor.ui.reporting import report_cells, report_columns
from monitor.ui.screens.tokens import inspector_in
from monitor.ui.spans import Cell, Line, Text, cell, span
from monitor.ui.standing import stale_since, unless_told, why_empty
from monitor.ui.titles import list_subtitle, view_title
from monitor.ui.verdict import SEVERITY_GLYPHS
from monitor.ui.viewing import Topic, View, case_of, view_of
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid, ListedGrid
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from monitor.ui.access import TokenAccess
    from monitor.ui.screens.inspector import InspectorScreen

_NUMBER = 3
ORDERS: tuple[Order, ...] = (
    Order(lambda one: one.order, "worst first", "worst last", "severity", True),
    Order(lambda one: (one.rule, one.order), "by rule", "by rule, backwards", "rule"),
    Order(lambda one: (folded(one.says), one.order), "by words", "by words, backwards", "says"),
    Order(lambda one: (folded(one.server), one.order), "by server", "by server, backwards", "server"),
    Order(lambda one: (folded(one.room.name) if one.room else "", one.order), "by room", "by room, backwards", "room"),
    Order(lambda one: (folded(one.who), one.order), "by name", "by name, backwards", "who"),
    Order(lambda one: (-(one.since_at or 0.0), one.order), "newest first", "oldest first", "since/in"),
    Order(lambda one: (-(one.since_at or 0.0), one.order), "began last first", "began first first", "since", True),
    Order(
        lambda one: (one.person.bare_jid if one.person else "", one.order),
        "by address",
        "by address, backwards",
        "address",
    ),
)


class FindingsView(BodyView):
    """The findings, and WHY for the chosen one."""

    NAME = "findings"

    def __init__(
        self,
        picture: Picture,
        narrowing: Narrowing,
        totals_of: Callable[[str], Totals],
        hides_names: Callable[[], bool],
    ) -> None:
        """`totals_of` tells what there is on a server."""
        super().__init__(picture, narrowing)
        self._totals_of, self._hides_names = totals_of, hides_names
        self.reports = AllFindings(picture)
        self._flavour: str | None = None
        self._cause: Cause | None = None
        kind = Kind(
            "finding",
            ORDERS,
            lambda one: one.key,
            lambda one: one.subject,
            ROOM_FIELDS,
            lambda one: Severity.FINE if one.key in self.reports.silenced else one.severity,
        )
        self.listing: Listing[Report] = Listing(kind, narrowing)
        self.main: Grid[Any] = ListedGrid(report_columns(0), lambda one: one.key, self._cells, id="reports")
        self.why = Pane("why", id="finding", indent=LABEL_WIDTH)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.main
        yield self.why

    @property
    def panes(self) -> tuple[Widget, ...]:
        """The findings, and why."""
        return (self.main, self.why)

    def follow(self, now: float) -> None:
        """Draw the findings as they are now."""
        self.now = now
        everything = self.reports.rows(now)
        rows = self.listing.shown(everything, now)
        self.main.mark_sorted(*self.listing.mark)
        self.main.set_columns(report_columns(self.picture.server_width))
        self.main.show(rows, clean(self.listing.why_none(key_map_of(self.app))) if everything else self._why_empty())
        subtitle = list_subtitle(len(rows), len(everything), self.listing)
        if self.reports.silenced:
            key = key_map_of(self.app).first("findings.silenced")
            shows = "" if self.reports.shows_silenced else f", {key} shows them"
            subtitle += Content(f"{' · ' if everything else ''}{self.reports.silenced_number:,} silenced{shows}")
        self.main.set_title(view_title(_NUMBER, "findings", self.picture.pause is not None), subtitle)
        self._explain()

    def changes_in_s(self) -> float | None:
        """Of the findings in sight."""
        counting = [one for one in self.main.in_sight() if one.room is not None and one.deadline_at is not None]
        waits = (changes_in_s(one.room, self._server_now(one)) for one in counting)
        return min((wait for wait in waits if wait is not None), default=None)

    def room_of(self, key: object) -> RoomKey | None:
        """The room the finding is about."""
        return key[0] if isinstance(key, tuple) else None

    def tells(self, line: ServerLine) -> bool:
        """They are the first rows."""
        return True

    def absent(self) -> set[str]:
        """There may be one kind of fix alone."""
        return super().absent() - ({"flavour"} if self._other_flavour() else set())

    def show_other_flavour(self) -> None:
        """Show the fix for the next kind of installation, from now on."""
        self._flavour = self._other_flavour() or self._flavour
        self._explain()

    def inspector(self, tokens: TokenAccess, clock: Callable[[], float]) -> InspectorScreen | None:
        """On the token of the person the finding is about."""
        key, person = self.chosen_room(), self.person()
        room = self.picture.find_room(key) if key is not None else None
        return inspector_in(room, person, tokens, clock) if room is not None and person is not None else None

    def chosen(self) -> View | None:
        """The room the finding is about."""
        return view_of(self.picture, self.chosen_room(), self.now, self._totals_of)

    def person(self) -> Occupant | None:
        """The person the finding is about, where it is about one."""
        one = self.reports.find(self.main.cursor_key)
        room = self.picture.find_room(one.room.key) if one and one.room else None
        return room.occupants.get(one.person.oid) if one and one.person and room else None

    def chosen_room(self) -> RoomKey | None:
        """The key of that room; None where the finding holds for a whole server."""
        return self.room_of(self.main.cursor_key)

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Explain the finding under the cursor."""
        self.listing.hold(self.now)
        self._explain()

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Go to the room, and to the person the finding is about."""
        one = self.reports.find(message.key)
        if one is None:
            return
        if one.room is not None:
            self.post_message(self.RoomWanted(one.room.key, one.person.oid if one.person else None))
        else:
            self.app.notify(f"This holds for the whole server {clean(one.server)}.", markup=False, timeout=3)

    def has_topic(self) -> bool:
        """Every row is one."""
        return self.main.cursor_key is not None

    def topic(self) -> Topic | None:
        """The finding under the cursor."""
        one = self.reports.find(self.main.cursor_key)
        if one is None:
            return None
        silence = self.reports.silenced.get(one.key)
        if one.room is None:
            return Topic(report=one, silence=silence)
        view = self.chosen()
        finding = _finding_of(one) if view is not None else None
        return Topic(view, one.person, finding, silence=silence) if finding is not None else None

    def _other_flavour(self) -> str | None:
        return next_flavour(self._cause, self._flavour)

    def _explain(self) -> None:
        self._cause = None
        one = self.reports.find(self.main.cursor_key)
        stale = one is not None and self._is_stale(one)
        lines = [*self._silence_lines(one), *self._why(one)] if one else []
        self.why.tell(one.key if one else None, lines, Content(""), stale)

    def _silence_lines(self, one: Report) -> list[Text]:
        silence = self.reports.silenced.get(one.key)
        if silence is None:
            return []
        reason = "" if self._hides_names() else clean(silence.reason)
        zone = zone_name(silence.until)
        until = f"silenced until {time_of_day(silence.until, self.now)}{f' ({zone})' if zone else ''}"
        ends = (span(key_map_of(self.app).first("finding.silence"), "key"), span("speaks of it again", "muted"))
        return [((span("·", "muted"), span(until, "strong")), cell(reason or "no reason given"), ends), ()]

    def _why(self, one: Report) -> list[Text]:
        view = view_of(self.picture, one.room.key if one.room else None, self.now, self._totals_of)
        if view is None:
            return self._why_server(one)
        case = case_of(view, self._flavour, key_map_of(self.app))
        finding = _finding_of(one)
        self._cause = case.cause_of(finding) if finding else None
        if one.person is None or finding is None:
            return why_room(finding, None, case) if finding else []
        # Somebody may have several: this row is about one of them.
        return why(one.person, replace(case, judgement=replace(case.judgement, findings=(finding,))))

    def _why_server(self, one: Report) -> list[Text]:
        glyph, style = SEVERITY_GLYPHS[one.severity]
        holds = span(f"holds for the whole server {one.server}", "muted")
        head: Line = ((span(glyph, style), span(one.says, style)), (holds,))
        door: list[Text] = [
            ((span(key_map_of(self.app).first("view.door"), "key"), span("shows who was turned away, and why")),)
        ]
        if one.rule == RULE:
            return [head, *door]
        if one.drift_of:
            key = key_map_of(self.app).first("finding.silence")
            return [head, ((span(key, "key"), span("acknowledges it: told no more until something else changes")),)]
        if one.cause is not None:
            self._cause = one.cause
            total = self._totals_of(one.server)
            whole = Whole(total.rooms, total.people, self._flavour, key_map_of(self.app))
            return [head, (), *because(one.cause, whole)]
        example = self.reports.example(one, self.now)
        if example is None or example.room is None:
            return [head, *(door if one.rule == CLOCK else ())]
        where = ((span("for example in", "muted"), span(example.room.name, "strong")),)
        return [head, (), where, *self._why(example)]

    def _cells(self, one: Report) -> tuple[Cell, ...]:
        silence, server = self.reports.silenced.get(one.key), self.picture.server_cell(one.server)
        until = None if silence is None else silence.until
        return report_cells(one, self._server_now(one), server, self._is_stale(one), until)

    def _server_now(self, one: Report) -> float:
        return self.picture.server_now(one.server, one.room.key.host, self.now) if one.room else self.now

    def _is_stale(self, one: Report) -> bool:
        if one.room is None:
            server = self.picture.store.servers.get(one.server)
            return server is None or stale_since(server, self.now) is not None
        key = one.room.key
        return self.picture.is_stale(key.server, key.host, self.now) or self.picture.is_gone(key)

    def _why_empty(self) -> Any:
        servers = list(self.picture.store.servers.values())
        if any(host.complete for server in servers for host in server.hosts.values()):
            but = " but what is silenced" if self.reports.silenced else ""
            nothing = f"Nothing is wrong{but}: no rule finds anything{' else' if but else ''} on these servers."
            return unless_told(nothing, "what tokens say", servers)
        return why_empty(servers)


def _finding_of(one: Report) -> Finding | None:
    judged = one.room.judgement if one.room is not None else None
    found = (*judged.findings, *judged.silenced) if judged is not None else ()
    return next((each for each in found if (each.rule.id, each.oid) == (one.rule, one.key[2])), None)
