"""The WHY pane: what the token says, what the room says, since when and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from monitor.core.text import Shown
from monitor.ui.spans import Line, dimmed
from monitor.ui.widgets.lines import Lines


class Why(Lines):
    """A few lines about the chosen person, or one that says why there is none."""

    def on_mount(self) -> None:
        """Set the pane's title."""
        self.border_title = Content("why")

    def explain(self, lines: Sequence[Line], zone: Shown, stale: bool) -> None:
        """Show these lines, without colours when they are of data that may be out of date."""
        if stale:
            lines = [tuple(dimmed(group) for group in line) for line in lines]
        self.show(lines)
        title = Content(f"times in {zone}" if zone else "")
        if self._border_subtitle != title:
            self.border_subtitle = title
