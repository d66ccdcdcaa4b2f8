"""The banner: what is wrong with the chosen room as a whole. It is not there while nothing is."""

from __future__ import annotations

from textual.content import Content

from monitor.core.findings import Severity
from monitor.ui.banner import Banner
from monitor.ui.widgets.lines import Lines

_CLASSES = {Severity.CRITICAL: "-critical", Severity.WARNING: "-warning", Severity.INFORMATION: "-information"}


class RoomBanner(Lines):
    """One line in a frame of its severity's colour."""

    def tell(self, banner: Banner | None, title: str) -> None:
        """Show this under the room's name, or go away."""
        if self.display != (banner is not None):
            self.display = banner is not None
        if banner is None:
            return
        content = Content(title)
        if self._border_title != content:
            self.border_title = content
        for severity, name in _CLASSES.items():
            self.set_class(severity is banner.severity and not banner.stale, name)
        self.show([banner.line])
