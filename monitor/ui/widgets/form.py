"""What a form is made of: a label with a line to type into or a choice, and the line that acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.events import Paste
from textual.message import Message
from textual.widgets import Input

from monitor.tokens.token import looks_like_a_token
from monitor.ui.keys.table import bindings
from monitor.ui.spans import Cell, span
from monitor.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class Typed(Input):
    """A line to type into. A token that is pasted is left to the screen: it never stands here."""

    def __init__(self, value: str = "", hint: str = "", *, id: str, most: int = 200, hidden: bool = False) -> None:
        """`hint` stands there while nothing else does; at most `most` characters can be typed."""
        super().__init__(value, hint, id=id, compact=True, select_on_focus=False, max_length=most, password=hidden)

    def on_paste(self, event: Paste) -> None:
        """Take what is pasted, unless it is to be seen by nobody."""
        if self.password or looks_like_a_token(event.text):
            event.prevent_default()


class Field(Horizontal):
    """A label beside what it names."""

    def __init__(self, label: str, widget: Widget) -> None:
        super().__init__()
        self._label, self._widget = label, widget

    def compose(self) -> ComposeResult:
        """The two."""
        yield Lines(classes="label")
        yield self._widget

    def on_mount(self) -> None:
        """Fill in what never changes."""
        self.query_one(".label", Lines).show([((span(self._label, "muted"),),)])


class Choice(Lines, can_focus=True):
    """A few words, one of which is chosen; all are in sight."""

    BINDINGS = bindings("choice")

    class Changed(Message):
        """Another one is chosen."""

    def __init__(self, options: Sequence[str], chosen: int, *, id: str) -> None:
        super().__init__(id=id)
        self._options, self.chosen = tuple(options), chosen

    def on_mount(self) -> None:
        """Draw the first choice."""
        self._draw()

    def on_click(self) -> None:
        """Choose the next one."""
        self.action_choose(1)

    def action_choose(self, by: int) -> None:
        """Choose the next one, or the one before."""
        self.chosen = (self.chosen + by) % len(self._options)
        self._draw()
        self.post_message(self.Changed())

    def _draw(self) -> None:
        self.show([tuple(self._option(at) for at in range(len(self._options)))])

    def _option(self, at: int) -> Cell:
        if at == self.chosen:
            return (span("●", "key"), span(self._options[at], "strong"))
        return (span("○", "muted"), span(self._options[at], "muted"))


class Act(Lines, can_focus=True):
    """The line that does what the form is for."""

    class Done(Message):
        """It was asked to."""

    def __init__(self, words: str, *, id: str) -> None:
        super().__init__(id=id)
        self._words = words

    def on_mount(self) -> None:
        """Draw it."""
        self._draw(False)

    def on_focus(self) -> None:
        """Say that enter does it."""
        self._draw(True)

    def on_blur(self) -> None:
        """Say no more that enter does it."""
        self._draw(False)

    def on_click(self) -> None:
        """Do it."""
        self.post_message(self.Done())

    def _draw(self, ready: bool) -> None:
        words = span(f"→ {self._words}", "key") if ready else span(f"· {self._words}", "strong")
        self.show([((words,),)])
