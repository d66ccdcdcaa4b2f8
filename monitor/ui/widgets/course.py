"""The pane of what a room's end hangs on: people and owners over time, and the close timers; or how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from monitor.core.countdown import close_policy
from monitor.core.course import course_of
from monitor.core.room import EndedRoom
from monitor.ui.armed import timer_lines
from monitor.ui.because import LABEL_WIDTH
from monitor.ui.chart import chart_lines
from monitor.ui.endings import ending
from monitor.ui.keymap import key_map_of
from monitor.ui.spans import Piece, Row, Style
from monitor.ui.viewing import View, case_of
from monitor.ui.widgets.pane import Pane

_TITLE = "people and owners over time"


class CoursePane(Pane):
    """A chart as wide as the pane, and lines below it."""

    def __init__(self, *, id: str) -> None:
        super().__init__(_TITLE, id=id, indent=LABEL_WIDTH)
        self._shown: tuple[View, EndedRoom | None] | None = None

    def show_room(self, view: View, over: EndedRoom | None) -> None:
        """Draw this room, which is `over` where that is known."""
        self._shown = (view, over)
        timers = 0 if view.ended else len(view.room.armed)
        self.set_title(f"{_TITLE} · {timers:,} close timer{'' if timers == 1 else 's'}" if timers else _TITLE)
        self.tell(view.row.key, self._lines_at(self._width), Content(""), view.stale)

    def _lay_out(self) -> list[list[Piece]]:
        # The chart is another one at another width.
        self._lines = self._as_told(self._lines_at(self._width))
        return super()._lay_out()

    def _lines_at(self, width: int) -> Sequence[Row]:
        if self._shown is None:
            return ()
        view, over = self._shown
        until = view.server_now if over is None else over.at
        ownerless: Style = "critical" if close_policy(view.host).plugin else "warning"
        chart = chart_lines(course_of(view.room, until), until, width, ownerless)
        return [*chart, *([()] if chart else []), *self._below(view, over)]

    def _below(self, view: View, over: EndedRoom | None) -> Sequence[Row]:
        if over is not None:
            return ending(over, over.at)
        return () if view.ended else timer_lines(case_of(view, None, key_map_of(self.app)), view.stale)
