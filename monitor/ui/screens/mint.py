"""The form for a link: who is to join which room with what rights, and what is to be thought of before it is signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from monitor.core.text import clean
from monitor.tokens.features import FEATURES
from monitor.tokens.mint import MintError, mint, new_jti
from monitor.ui.access import TokenAccess
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.minting import Draft, Preview, RoomState, preview, require_link, typed_minutes, wish_of
from monitor.ui.screens.link import LinkScreen
from monitor.ui.spans import Labelled, Text, cell, steady
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.form import Act, Choice, Field, Typed
from monitor.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

_TICK_S = 0.5


class Commission(msgspec.Struct, frozen=True):
    """What the form is opened with."""

    server: str
    draft: Draft
    room: Callable[[], RoomState] = RoomState
    """What has become of the room by now."""


class MintScreen(ModalScreen[None], inherit_bindings=False):
    """The form over everything else. Nothing is signed before it is asked to, and esc leaves nothing behind."""

    BINDINGS = bindings("mint")
    AUTO_FOCUS = "#make"

    def __init__(self, access: TokenAccess, order: Commission, clock: Callable[[], float]) -> None:
        """`clock` gives the monitor's time, in seconds since the epoch."""
        super().__init__()
        self._access, self._order, self._clock = access, order, clock
        self._settings = access.servers[order.server]
        self._jti = new_jti()
        self._refusal: str | None = None

    def compose(self) -> ComposeResult:
        """The fields, the line that acts, what is to be said, and the claims."""
        draft = self._order.draft
        defaults = "none" if self._settings.is_for_jaas else "the server's defaults"
        with Container(id="mint", classes="box"):
            yield Field("room", Typed(draft.room, "the room, as in its address", id="room", most=1100))
            yield Field("name", Typed(draft.name, "whom others see", id="name"))
            yield Field("id", Typed(draft.user_id, "none", id="user-id"))
            yield Field("e-mail", Typed(draft.email, "none", id="email"))
            yield Field("as", Choice(("owner", "member"), 0 if draft.owner else 1, id="affiliation"))
            yield Field("minutes", Typed(typed_minutes(draft, self._settings), id="minutes", most=20))
            yield Field("features", Typed(draft.features, defaults, id="features", most=500))
            yield Field("old claim", Choice(("left out", "moderator, for token_moderation"), 0, id="moderator-claim"))
            yield Field("reason", Typed(draft.reason, "why, for the journal", id="reason"))
            yield Act("make the link", id="make")
            with VerticalScroll(id="comes-to"):
                yield Lines(id="said", indent=2)
                yield Lines(id="claims")
            yield Footer(id="mint-keys")

    def on_mount(self) -> None:
        """Show what the form comes to, and follow the clock."""
        box = self.query_one("#mint")
        box.border_title = Content(steady(clean(f"link into {self._order.draft.room} on {self._order.server}", 60)))
        self._tick()
        self.set_interval(_TICK_S, self._tick)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._tick())

    def on_input_changed(self) -> None:
        """Show what it comes to now."""
        self._refusal = None
        self._tick()

    def on_choice_changed(self) -> None:
        """Show what it comes to now."""
        self.on_input_changed()

    def on_input_submitted(self) -> None:
        """Make the link; enter means the same everywhere."""
        self.action_make()

    def on_act_done(self) -> None:
        """Make the link."""
        self.action_make()

    def on_descendant_focus(self) -> None:
        """Name the keys of the line that has the focus."""
        absent = set() if isinstance(self.focused, Choice) else {"choose"}
        self.query_one("#mint-keys", Footer).show_keys(footer_keys("mint", absent))
        self._tick()

    def action_make(self) -> None:
        """Sign, write into the journal, and show the link; or say why there is none."""
        journal, now = self._access.journal, self._clock()
        if journal is None:
            return
        draft = self.draft()
        try:
            wish = wish_of(draft, self._settings)
            require_link(wish, self._settings)
            minted = mint(
                wish,
                self._settings,
                journal,
                server=self._order.server,
                os_user=self._access.os_user,
                now=now,
                reason=draft.reason,
                jti=self._jti,
            )
        except MintError as error:
            self._refusal = str(error)
            self._tick()
            return
        self.app.switch_screen(LinkScreen(minted, wish, str(journal.path), self._clock, self._order.room))

    def draft(self) -> Draft:
        """The form as it stands."""
        return Draft(
            room=self._typed("room"),
            name=self._typed("name"),
            user_id=self._typed("user-id"),
            email=self._typed("email"),
            owner=self.query_one("#affiliation", Choice).chosen == 0,
            minutes=self._typed("minutes"),
            features=self._typed("features"),
            moderator_claim=self.query_one("#moderator-claim", Choice).chosen == 1,
            reason=self._typed("reason"),
        )

    def _typed(self, id: str) -> str:
        return self.query_one(f"#{id}", Input).value

    def _tick(self) -> None:
        if not self.is_mounted:
            return
        room = self._order.room()
        self.query_one("#mint").border_subtitle = Content(room.words)
        seen = preview(self.draft(), self._settings, self._clock(), self._jti, room)
        said = self.query_one("#said", Lines)
        said.show(self._said(seen))
        said.display = bool(seen.warnings or seen.refusal or self._refusal or self._explains_features())
        self.query_one("#claims", Lines).show(seen.claims)

    def _said(self, seen: Preview) -> list[Text]:
        refusals = dict.fromkeys(words for words in (seen.refusal, self._refusal) if words)
        lines: list[Text] = [Labelled(cell("×", "alarm"), (cell(words, "critical"),)) for words in refusals]
        lines += [Labelled(cell("!", "warning"), (cell(words, "warning"),)) for words in seen.warnings]
        if self._explains_features():
            names = f"names to turn on, the others are off; or none: {', '.join(FEATURES)}"
            lines.append(Labelled(cell("i", "info"), (((clean(names, 600), "muted"),),)))
        return lines

    def _explains_features(self) -> bool:
        return self.focused is not None and self.focused.id == "features"
