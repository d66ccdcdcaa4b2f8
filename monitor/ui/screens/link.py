"""A link that was made: hidden until it is asked for, and forgotten after a minute."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.app import SuspendNotSupported
from textual.containers import Container, VerticalScroll
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from monitor.core.text import clean, room_name
from monitor.tokens.mint import IN_FRAGMENT, IN_QUERY, Minted, Wish
from monitor.tokens.token import HIDDEN, Link
from monitor.ui.durations import spell, time_of_day, zone_name
from monitor.ui.handover import copy, hand_over
from monitor.ui.keymap import key_map_of
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.minting import RoomState
from monitor.ui.qr import code_of
from monitor.ui.spans import Labelled, Style, Text, cell, line, span
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

SHOWN_S = 60.0
"""How long a link stays."""

_TICK_S = 0.25
_INDENT = 10
_LONGEST = 8000
_BESIDE = 64
"""Terminal cells that the text needs beside a QR code."""
_INK = RichStyle(color="#000000", bgcolor="#ffffff")
"""Dark on light whatever the theme: a code the other way round is not read by every telephone."""

_LINKS_KEYS = ("copy", "reveal", "plain", "code", "fragment")


class QrCode(Widget):
    """Draws a QR code."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: tuple[str, ...] = ()
        self.display = False

    def show(self, rows: tuple[str, ...]) -> None:
        """Draw these lines, or nothing."""
        self._rows = rows
        self.styles.width, self.styles.height = len(rows[0]) if rows else 0, len(rows)
        self.display = bool(rows)
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        row = self._rows[y] if y < len(self._rows) else ""
        return Strip([Segment(row, _INK)]).adjust_cell_length(self.size.width, self.rich_style)


class LinkScreen(ModalScreen[None], inherit_bindings=False):
    """The link, for `SHOWN_S` seconds. Nothing but this screen holds it."""

    BINDINGS = bindings("link")

    def __init__(
        self,
        minted: Minted,
        wish: Wish,
        journal: str,
        clock: Callable[[], float],
        room: Callable[[], RoomState] = RoomState,
    ) -> None:
        """`journal` names the file that has it; `room` tells what has become of the room by now.

        `clock` gives the monitor's time, in seconds since the epoch.
        """
        super().__init__()
        self._minted: Minted | None = minted
        self._wish, self._journal, self._clock, self._state = wish, journal, clock, room
        self._exp, self._jti, self._room = float(minted.claims["exp"]), minted.claims["jti"], minted.claims["room"]
        self._good_for_s = minted.good_for_s
        self._until = clock() + SHOWN_S
        self._in_fragment = self._is_revealed = self._has_code = False
        self._code_words = ""

    def compose(self) -> ComposeResult:
        """A title, the text, the code, the keys."""
        yield Lines(id="link-title")
        with Container(id="link-body"):
            with VerticalScroll(id="link-text"):
                yield Lines(id="link-lines", indent=_INDENT)
            yield QrCode(id="code")
        yield Footer(id="link-keys")

    def on_mount(self) -> None:
        """Draw it, and count down. A clock that is set back does not keep it."""
        self._draw()
        self.set_interval(_TICK_S, self._tick)
        self.set_timer(SHOWN_S, self.forget)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.refresh())

    def on_unmount(self) -> None:
        """Forget it with the screen."""
        self._minted = None

    def on_resize(self) -> None:
        """See anew whether the code fits."""
        self._draw()

    def forget(self) -> None:
        """Forget the link; what it was for stays in sight."""
        self._minted = None
        self._is_revealed = self._has_code = False
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a link there is nothing to do with it."""
        return self._minted is not None or action not in _LINKS_KEYS

    def action_copy(self) -> None:
        """Hand the link to the terminal's clipboard."""
        if link := self._link():
            copy(self.app, link.reveal())
            words = "The terminal was asked to copy the link. Where nothing was copied, press "
            words += f"{self._key('link.select')}."
            self.app.notify(words, timeout=4)

    def action_reveal(self) -> None:
        """Show the whole link, or hide it again."""
        self._is_revealed = not self._is_revealed
        self._draw()

    def action_fragment(self) -> None:
        """Put the token behind the other mark."""
        self._in_fragment = not self._in_fragment
        self._draw()

    def action_code(self) -> None:
        """Show the QR code, or hide it again."""
        self._has_code = not self._has_code
        self._draw()

    def action_plain(self) -> None:
        """Give the terminal to the link alone."""
        self.run_worker(self._show_plainly(), exclusive=True)

    async def _show_plainly(self) -> None:
        link = self._link()
        if link is None:
            return
        hint = "(Select it with the mouse. Any key leads back to mucmon.)"
        try:
            await hand_over(self.app, link.reveal(), hint, self._left_s())
        except SuspendNotSupported:
            words = f"This terminal cannot be handed over; {self._key('link.reveal')} shows the link here."
            self.app.notify(words, timeout=4)

    def _key(self, id: str) -> str:
        return key_map_of(self.app).first(id)

    def _tick(self) -> None:
        if self._minted is not None and self._left_s() <= 0:
            self.forget()
        self._draw_lines()

    def _left_s(self) -> float:
        left = self._until - self._clock()
        return left if left <= SHOWN_S else 0.0

    def _link(self) -> Link | None:
        return self._minted.link(self._in_fragment) if self._minted else None

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        absent = () if self._minted else _LINKS_KEYS
        self.query_one("#link-keys", Footer).show_keys(footer_keys("link", absent))
        self._draw_code()
        self._draw_lines()

    def _draw_code(self) -> None:
        link, beside = self._link(), True
        rows: tuple[str, ...] = ()
        self._code_words = ""
        if link is not None and self._has_code:
            width, height = self.size.width, self.size.height - 2
            code = code_of(link.reveal(), width, height)
            if code is None:
                self._code_words = "The link is too long for a QR code."
            elif not code.lines:
                self._code_words = (
                    f"The QR code takes {code.width} columns and {code.height + 2} lines, and the terminal has {width} "
                    f"and {height + 2}: make its font smaller."
                )
            else:
                rows, beside = code.lines, width - code.width >= _BESIDE
        self.query_one("#code", QrCode).show(rows)
        self.query_one("#link-text").display = beside

    def _draw_lines(self) -> None:
        state = span(self._state().words, "critical")
        title = line(span("link", "strong"), span(self._remaining(), "warning"), state)
        self.query_one("#link-title", Lines).show([title])
        self.query_one("#link-lines", Lines).show(self._text())

    def _remaining(self) -> str:
        if self._minted is None:
            return "forgotten"
        return f"forgotten in {math.ceil(max(self._left_s(), 0))} s"

    def _text(self) -> list[Text]:
        lines: list[Text] = [()]
        link = self._link()
        if link is None:
            again = f"{self._key('room.mint')} makes another one"
            words = f"The link is forgotten after {SHOWN_S:.0f} s. It goes on working; {again}."
            lines.append(line(span(words, "warning")))
        else:
            shown = link.reveal() if self._is_revealed else self._masked(link)
            style: Style = "accent" if self._is_revealed else "text"
            # Not through its cache, which would keep it.
            lines.append((((clean.__wrapped__(shown, _LONGEST), style),),))
            lines += [(), _noted("i", "info", IN_FRAGMENT if self._in_fragment else IN_QUERY)]
            if self._code_words:
                lines.append(_noted("!", "warning", self._code_words))
        if self._state().is_over:
            lines += [(), _noted("!", "warning", "The room is over: whoever comes by this link begins it anew.")]
        return [*lines, (), *self._about()]

    def _masked(self, link: Link) -> str:
        mark, end = ("#jwt=%22", "%22") if self._in_fragment else ("?jwt=", "")
        return f"{link.page}{mark}header.payload.{HIDDEN}{end}"

    def _about(self) -> list[Text]:
        until = f"{time_of_day(self._exp, self._clock())} {zone_name(self._exp)}".strip()
        rank = f"as {self._wish.affiliation.value} of {room_name(self._room)}"
        rows = (
            ("for", f"{clean(self._wish.name or '') or 'somebody without a name'}, {rank}"),
            ("until", f"{until}, for {spell(self._good_for_s)}"),
            ("journal", f"{self._journal}, as {self._jti}"),
        )
        return [Labelled(cell(name, "muted"), (cell(words),)) for name, words in rows]


def _noted(sign: str, style: Style, words: str) -> Labelled:
    return Labelled(cell(sign, style), (cell(words, "muted" if style == "info" else style),), indent=2)
