"""The pane of everything that is wrong in a room, each with its WHY."""

from __future__ import annotations

from textual.content import Content

from monitor.ui.because import LABEL_WIDTH, Case, next_flavour
from monitor.ui.faults import causes_in, fault_lines
from monitor.ui.keymap import key_map_of
from monitor.ui.viewing import View, case_of
from monitor.ui.widgets.pane import Pane


class FaultsPane(Pane):
    """Draws the findings of a room, with the fixes for the kind of installation that somebody asked for last."""

    def __init__(self, *, id: str) -> None:
        super().__init__("why", id=id, indent=LABEL_WIDTH)
        self._flavour: str | None = None

    def show_room(self, view: View) -> None:
        """Draw every finding of this room."""
        number = len(view.row.judgement.findings)
        quiet = len(view.row.judgement.silenced)
        found = f" · {number:,} finding{'' if number == 1 else 's'}" if number else ""
        self.set_title(f"why{found}{f' · {quiet:,} silenced' if quiet else ''}")
        self.tell(view.row.key, fault_lines(self._case(view)), Content(""), view.stale)

    def other_flavour(self, view: View) -> str | None:
        """The kind of installation whose fix could be shown instead."""
        others = (next_flavour(cause, self._flavour) for cause in causes_in(self._case(view)))
        return next((other for other in others if other), None)

    def show_other_flavour(self, view: View) -> None:
        """Show the fix for another kind of installation, from now on."""
        self._flavour = self.other_flavour(view) or self._flavour
        self.show_room(view)

    def _case(self, view: View) -> Case:
        return case_of(view, self._flavour, key_map_of(self.app))
