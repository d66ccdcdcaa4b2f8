"""The inspector: what a token claims and every check a server makes of it, of somebody in a room or as pasted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content
from textual.events import Paste
from textual.screen import ModalScreen
from textual.widgets import Input

from monitor.core.claims import Claims
from monitor.core.door import Turned
from monitor.core.text import clean
from monitor.tokens.decode import LIMIT
from monitor.tokens.doors import node_of
from monitor.tokens.inspect import inspect, inspect_claims
from monitor.tokens.place import NoPlace, room_named
from monitor.tokens.token import Token, read_pasted
from monitor.ui.access import TokenAccess
from monitor.ui.durations import time_of_day, zone_name
from monitor.ui.inspection import aligned, explained, told
from monitor.ui.keymap import key_map_of
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.minting import typed_name
from monitor.ui.refusals import refused_lines
from monitor.ui.spans import Labelled, Text, line, span
from monitor.ui.subject import Subject, said_of
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.form import Field, Typed
from monitor.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult


class InspectorScreen(ModalScreen[None], inherit_bindings=False):
    """Shows one inspection at a time: that of `subject`, or that of what is pasted. esc forgets what was pasted."""

    BINDINGS = bindings("inspector")

    def __init__(
        self,
        access: TokenAccess,
        clock: Callable[[], float],
        *,
        subject: Subject | None = None,
        node: str | None = None,
        at: float | None = None,
    ) -> None:
        """`node` is the room asked about; `at` the time as of which, in seconds, where it is not `clock`'s."""
        super().__init__()
        self._access, self._clock, self._at = access, clock, at
        self._subject, self._node = subject, node
        self._token: Token | None = None
        self._host: str | None = None
        self._is_missed = False
        """Whether an inspection was asked for without a token."""
        self._asked_before: str | None = None
        """The room asked about before a link named another one; None where none has."""

    def compose(self) -> ComposeResult:
        """Where to paste, and what there is to say."""
        with Container(id="inspector", classes="box"):
            hint = "paste or type it here: it is not shown"
            yield Field("token or link", Typed("", hint, id="token", most=LIMIT, hidden=True))
            yield Field("for the room", Typed(typed_name(self._node or ""), "whichever it names", id="for", most=1100))
            yield Pane("", id="findings")
            yield Footer(id="inspector-keys")

    def on_mount(self) -> None:
        """Show what is known; what is pasted may come at any time."""
        box = self.query_one("#inspector")
        box.border_title = Content("inspect a token")
        self.query_one("#inspector-keys", Footer).show_keys(footer_keys("inspector", ()))
        self.set_focus(self.query_one("#findings" if self._subject else "#token"))
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.query_one(Pane).redraw())
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        """Forget what was pasted."""
        self._token = None

    def on_paste(self, event: Paste) -> None:
        """Inspect what was pasted, wherever the focus is; it never stands in the line itself."""
        event.stop()
        event.prevent_default()
        self._take(event.text)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask about another room."""
        if event.input.id == "for":
            self._asked_before = None
            self._draw()

    def on_input_submitted(self) -> None:
        """Inspect what was typed."""
        self.action_look()

    def action_look(self) -> None:
        """Inspect what was typed, which then stands there no more."""
        field = self.query_one("#token", Input)
        if field.value:
            self._take(field.value)
        elif self._token is None and self._subject is None:
            self._is_missed = True
            self._draw()

    def _take(self, given: str) -> None:
        self._token, room, self._host = read_pasted(given[: 2 * LIMIT])
        self.query_one("#token", Input).value = ""
        closes = key_map_of(self.app).first("inspector.close")
        self.query_one("#token", Input).placeholder = f"inspected below; paste another one, or {closes} to forget it"
        self._ask_about(room)
        self.set_focus(self.query_one("#findings"))
        self._draw()

    def _ask_about(self, room: str | None) -> None:
        """Ask about the room that a link names; after it about the one before, unless another was typed meanwhile."""
        field = self.query_one("#for", Input)
        if room is None and self._asked_before is not None:
            field.value, self._asked_before = self._asked_before, None
        elif room is not None:
            self._asked_before = field.value if self._asked_before is None else self._asked_before
            with self.prevent(Input.Changed):
                field.value = typed_name(node_of(room))

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        at = self._clock() if self._at is None else self._at
        pane = self.query_one("#findings", Pane)
        when = f"as of {time_of_day(at)} {zone_name(at)}".strip()
        pane.tell((self._token, self._at, self._is_missed), self._lines(at), Content(""))
        self.query_one("#inspector").border_subtitle = Content(clean(when))

    def _lines(self, at: float) -> list[Text]:
        try:
            node = self._asked()
        except NoPlace as error:
            return [line(span("×", "alarm"), span(clean(str(error))))]
        if self._token is not None:
            return told(inspect(self._token, self._access.servers, node, at=at, host=self._host))
        if self._subject is None and self._is_missed:
            words = "No token was given: paste or type one above, or choose somebody and open this on theirs."
            return [line(span("!", "warning"), span(words))]
        if self._subject is None:
            return [line(span("Every check of the server is made here, and nothing leaves this machine.", "muted"))]
        return self._of_subject(self._subject, node, at)

    def _of_subject(self, subject: Subject, node: str | None, at: float) -> list[Text]:
        if subject.turned is not None:
            return self._of_refusal(subject.turned, subject.claims, node, at)
        settings = self._access.servers.get(subject.server)
        head, found = said_of(subject, settings, node, at)
        return [head, *(told(found) if found else ())]

    def _of_refusal(self, turned: Turned, claims: Claims | None, node: str | None, at: float) -> list[Text]:
        head, *entries = refused_lines(turned, at, len(self._access.servers) > 1)
        lines: list[Text] = [head, *aligned(one for one in entries if isinstance(one, Labelled)), ()]
        if claims is None:
            words = "What the token says is not known here." if turned.refusal.token_id else "No token was read."
            return [*lines, line(span(words, "muted"))]
        settings, connected = self._access.servers.get(turned.server), turned.refusal.stage == "join"
        found = inspect_claims(claims.payload, turned.server, settings, node, at=at, connected=connected)
        if not found.verdict.gets_in:
            return [*lines, *told(found)]
        # What the claims alone would come to is no verdict here: the server's is known.
        words = "Nothing in what is known of the token refuses it."
        return [*lines, line(span("? ", "warning"), span(words)), *explained(found)]

    def _asked(self) -> str | None:
        """The node of the room asked about; None where none is. Raises `NoPlace`."""
        room = self.query_one("#for", Input).value.strip()
        # A node is compared as it is, unless somebody typed another room.
        if self._node and room == typed_name(self._node):
            return self._node
        return node_of(room_named(room, self._access.servers.values())) if room else None
