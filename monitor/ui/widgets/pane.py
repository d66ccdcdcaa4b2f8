"""A pane of lines that scrolls: why, and the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip

from monitor.core.text import clean
from monitor.ui.keys.table import bindings
from monitor.ui.spans import Piece, Row, dimmed_text, steady
from monitor.ui.theme import look_of
from monitor.ui.widgets.lines import lay, strip_of
from monitor.ui.widgets.scrolling import Scrolling

_MARGIN = 1


class Pane(Scrolling, can_focus=True, inherit_bindings=False):
    """Lines under a title. With `newest_last` it stays at its end until somebody scrolls up."""

    BINDINGS = bindings("scrolling", "deeper")

    def __init__(self, title: str, *, id: str, indent: int = 0, cut: bool = False, newest_last: bool = False) -> None:
        """`indent` is the width of the labels' column; with `cut` a line is cut at the width instead of wrapped."""
        super().__init__(id=id)
        self.border_title = Content(title)
        self._indent, self._cut = indent, cut
        self._newest_last = newest_last
        self._lines: tuple[Row, ...] = ()
        self._laid: list[list[Piece]] = []
        self._laid_for = -1
        self._drawn: dict[int, list[Piece]] = {}
        self._subject: object = None
        self._stale = False

    def tell(self, subject: object, lines: Sequence[Row], subtitle: Content, stale: bool = False) -> None:
        """Show these lines, without colours where they are of data that may be out of date.

        Another `subject` than the last is read from its beginning, or its end where the newest is last.
        """
        if self._border_subtitle != subtitle:
            self.border_subtitle = subtitle
        self._stale = stale
        shown = self._as_told(lines)
        fresh = subject != self._subject
        if shown == self._lines and not fresh:
            return
        self._subject, self._lines = subject, shown
        self._lay(fresh)

    def set_title(self, title: str) -> None:
        """Set what the border says."""
        content = Content(steady(clean(title)))
        if self._border_title != content:
            self.border_title = content

    def redraw(self) -> None:
        """Draw everything again, in the colours of the theme that is active now."""
        self._drawn.clear()
        self.refresh()

    def on_resize(self) -> None:
        """Lay the lines out for the new width."""
        self._drawn.clear()
        self._lay(False)

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        pieces = self._drawn[y] = self._line(y)
        return strip_of(pieces, look_of(self.app), self.visual_style.rich_style, self._width + _MARGIN)

    def action_move(self, by: int) -> None:
        """Scroll by so many lines."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by so many pages."""
        self.action_move(by * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Scroll to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_last(self) -> None:
        """Scroll to the last line."""
        self.scroll_to(y=self.max_scroll_y, animate=False)

    @property
    def _width(self) -> int:
        """Terminal cells for the lines; a margin stays before the scroll bar."""
        return max(self.scrollable_content_region.width - _MARGIN, 0)

    def _as_told(self, lines: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(dimmed_text(line) for line in lines) if self._stale else tuple(lines)

    def _lay_out(self) -> list[list[Piece]]:
        """The lines as they fit the width."""
        return lay(self._lines, self._width, self._indent, self._cut)

    def _lay(self, fresh: bool) -> None:
        self._laid_for = -1
        if not self.size.height:
            return
        at_end = self.scroll_offset.y >= self.max_scroll_y
        self._laid, self._laid_for = self._lay_out(), self._width
        self.hold_lines(len(self._laid), self._width)
        if self._newest_last and (fresh or at_end):
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        elif fresh or self.scroll_offset.y > self.max_scroll_y:
            self.scroll_to(y=0 if fresh else self.max_scroll_y, animate=False, force=True)
        changed = [y for y in range(self.size.height) if self._drawn.get(y) != self._line(y)]
        if changed:
            width = self._width + _MARGIN
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _line(self, y: int) -> list[Piece]:
        # A pane that was not displayed is drawn before it is told of its size: it must not be blank then.
        if self._laid_for != self._width:
            self._laid, self._laid_for = self._lay_out(), self._width
        index = self.scroll_offset.y + y
        return self._laid[index] if index < len(self._laid) else []
