"""The form for being silent about a finding: which, why, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from monitor.core.silence import Quiet
from monitor.core.text import clean
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.spans import steady
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.form import Act, Choice, Field, Typed

if TYPE_CHECKING:
    from textual.app import ComposeResult

LENGTHS: tuple[tuple[str, float], ...] = (("30 min", 1800), ("2 h", 7200), ("8 h", 28_800), ("1 d", 86_400))
"""How long it may last, in seconds; the first is what is meant unless another one is chosen."""


class Wanted(msgspec.Struct, frozen=True):
    """What may be silenced: words for each, the first is what is most likely meant."""

    title: str
    choices: tuple[tuple[str, Quiet], ...]


class SilenceScreen(ModalScreen[None], inherit_bindings=False):
    """The form over everything else. `silence` is told what is to be silenced, why, and for how many seconds."""

    BINDINGS = bindings("silence")
    AUTO_FOCUS = "#why-silent"

    def __init__(self, wanted: Wanted, silence: Callable[[Quiet, str, float], None]) -> None:
        super().__init__()
        self._wanted, self._silence = wanted, silence

    def compose(self) -> ComposeResult:
        """The fields, the line that acts, the keys."""
        with Container(id="silence", classes="box"):
            words = tuple(steady(clean(name, 60)) for name, _ in self._wanted.choices)
            yield Field("finding", Choice(words, 0, id="what"))
            yield Field("reason", Typed("", "why, for whoever looks next", id="why-silent"))
            yield Field("for", Choice(tuple(name for name, _ in LENGTHS), 0, id="how-long"))
            yield Act("be silent about it", id="be-silent")
            yield Footer(id="silence-keys")

    def on_mount(self) -> None:
        """Say what it is about."""
        self.query_one("#silence").border_title = Content(steady(clean(self._wanted.title, 60)))

    def on_input_submitted(self) -> None:
        """Be silent; enter means the same everywhere."""
        self.action_hush()

    def on_act_done(self) -> None:
        """Be silent."""
        self.action_hush()

    def on_descendant_focus(self) -> None:
        """Name the keys of the line that has the focus."""
        absent = set() if isinstance(self.focused, Choice) else {"choose"}
        self.query_one("#silence-keys", Footer).show_keys(footer_keys("silence", absent))

    def action_hush(self) -> None:
        """Be silent from now on."""
        _, what = self._wanted.choices[self.query_one("#what", Choice).chosen]
        _, seconds = LENGTHS[self.query_one("#how-long", Choice).chosen]
        reason = self.query_one("#why-silent", Input).value.strip()
        self.dismiss()
        self._silence(what, reason, seconds)
