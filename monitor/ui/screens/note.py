"""An incident note: copied as soon as it is shown, so that what is pasted is what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.content import Content
from textual.screen import ModalScreen

from monitor.core.note import LONGEST, NoteLine, plain
from monitor.core.text import clean
from monitor.ui.handover import copy, hand_over
from monitor.ui.keymap import key_map_of
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.spans import Labelled, Text, cell, span
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.lines import Lines
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult

_INDENT = 9
_HANDED_OVER_S = 600.0


class NoteScreen(ModalScreen[None], inherit_bindings=False):
    """The note over everything else; esc leaves nothing behind but what the terminal copied."""

    BINDINGS = bindings("note")

    def __init__(self, write: Callable[[bool], list[NoteLine]], full_names: bool) -> None:
        """`write` makes the lines of the note, with names in full or with initials."""
        super().__init__()
        self._write, self._full_names = write, full_names

    def compose(self) -> ComposeResult:
        """A title, the note, the keys."""
        yield Lines(id="note-title")
        yield Pane("", id="note", indent=_INDENT)
        yield Footer(id="note-keys")

    def on_mount(self) -> None:
        """Show it, and have it copied."""
        self.query_one("#note-keys", Footer).show_keys(footer_keys("note", ()))
        self.set_focus(self.query_one("#note"))
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.query_one(Pane).redraw())
        copy(self.app, self.text())
        self._draw()
        self.call_after_refresh(self._draw)

    def action_names(self) -> None:
        """Have it copied with names in full, or with initials again."""
        self._full_names = not self._full_names
        copy(self.app, self.text())
        self._draw()

    def action_copy(self) -> None:
        """Hand the note to the terminal's clipboard."""
        copy(self.app, self.text())
        words = f"The terminal was asked to copy the note. Where nothing was copied, press {self._key('note.select')}."
        self.app.notify(words, timeout=4)

    def action_plain(self) -> None:
        """Give the terminal to the note alone."""
        self.run_worker(self._show_plainly(), exclusive=True)

    def text(self) -> str:
        """The note as it is copied."""
        return plain(self._write(self._full_names))

    def _key(self, id: str) -> str:
        return key_map_of(self.app).first(id)

    async def _show_plainly(self) -> None:
        hint = "(Select it with the mouse. Any key leads back to mucmon.)"
        try:
            await hand_over(self.app, self.text(), hint, _HANDED_OVER_S, may_stay=True)
        except SuspendNotSupported:
            self.app.notify("This terminal cannot be handed over; the note is on the screen.", timeout=4)

    def _draw(self) -> None:
        names = "names in full" if self._full_names else "people as initials"
        title = (span("incident note", "strong"), span(names, "warning" if self._full_names else "text"))
        copied = (span("copied, if the terminal does that; else", "muted"), span(self._key("note.select"), "key"))
        self.query_one("#note-title", Lines).show([(title, copied)])
        lines: list[Text] = [
            Labelled(cell(label, "muted"), (((clean(words, LONGEST), "strong" if label == "What" else "text"),),))
            for label, words in self._write(self._full_names)
        ]
        self.query_one("#note", Pane).tell(self._full_names, lines, Content(""))
