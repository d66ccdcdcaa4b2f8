"""The line somebody types a filter into; it stands where the footer is meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widgets import Input

from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.spans import span
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

_HINT = "words, room: name: jid: claim: is: finding: server: sev:, ! leaves out"


class Words(Input):
    """The words themselves."""

    BINDINGS = bindings("filter")


class FilterLine(Horizontal):
    """A slash, the words, and the keys that end it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = Words(placeholder=_HINT, compact=True, select_on_focus=False, id="words")
        self.display = False

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Lines(id="slash")
        yield self.words
        yield Footer(id="filter-keys")

    def on_mount(self) -> None:
        """Fill in what never changes."""
        self.query_one("#slash", Lines).show([((span("/", "key"),),)])
        self.query_one("#filter-keys", Footer).show_keys(footer_keys("filter", ()))

    def open(self) -> None:
        """Let somebody type."""
        self.display = True
        self.screen.set_focus(self.words)
