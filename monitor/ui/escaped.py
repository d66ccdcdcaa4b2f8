"""Escape and the next key, told apart although a terminal sends both as it sends a key that is pressed with alt.

What Textual takes for alt is often lost, or is another key: it hears ESC 3 as £ and ESC ENTER as enter alone. Here
that is escape and then the key, unless both came at once and mean something together.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Key
from textual.message import Message

Meant = Callable[[str], bool]
"""Whether ESC and this character mean something together."""

_ESC = "\x1b"
_LEADS_ON = "[O\x1b"
"""What follows ESC where a terminal tells of other keys, of the mouse, or of what is pasted."""
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"


class EscapedKeys(XTermParser):
    """Textual's parser, but that an escape is heard as soon as what follows is another key."""

    def __init__(self, debug: bool = False, *, is_meant: Meant) -> None:
        """`is_meant` is asked in the thread that reads."""
        super().__init__(debug)
        self._is_meant = is_meant
        self._last = ""
        self._is_pasted, self._pasted = False, ""

    def feed(self, data: str) -> Iterable[Message]:
        """Hear what was read at once."""
        if not data:  # there is nothing more to come
            yield from super().feed(data)
        while data:
            data = yield from self._paste(data) if self._is_pasted else self._hear(data)

    def _hear(self, data: str) -> Generator[Message, None, str]:
        """Hear keys; returns what is behind the beginning of something pasted."""
        begun = 0
        for at, character in enumerate(data):
            if self._last.endswith(_ESC) and self._is_key(character, together=at > 0):
                if at > begun:
                    yield from super().feed(data[begun:at])
                yield from self._end_escape()
                begun = at
            self._last = (self._last + character)[-len(_PASTE_BEGINS) :]
            if self._last == _PASTE_BEGINS:
                self._is_pasted = True
                yield from super().feed(data[begun : at + 1])
                return data[at + 1 :]
        yield from super().feed(data[begun:])
        return ""

    def _paste(self, data: str) -> Generator[Message, None, str]:
        """Take in what is pasted; returns what is behind its end. An escape in it would have Textual hear keys."""
        self._pasted += data
        text, end, behind = self._pasted.partition(_PASTE_ENDS)
        if end:
            self._is_pasted, self._pasted, self._last = False, "", ""
            yield from super().feed(text.replace(_ESC, "") + end)
        return behind

    def tick(self) -> Iterable[Message]:
        """Hear what nothing followed in time."""
        heard = list(super().tick())
        character = self._last[-1:]
        if heard and self._last.endswith((f"{_ESC}[", f"{_ESC}O")) and not self._is_meant(character):
            yield Key("escape", _ESC)
            yield Key("left_square_bracket" if character == "[" else character, character)
        else:
            yield from heard

    def _is_key(self, character: str, *, together: bool) -> bool:
        return character not in _LEADS_ON and not (together and self._is_meant(character))

    def _end_escape(self) -> Iterable[Message]:
        # Where it was heard already, nothing is waited for.
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from super().tick()


class EscapeDriver(linux_driver.LinuxDriver):
    """Textual's driver for a terminal, with this parser. The app says what is meant with alt.

    Textual's own ends the program at the first byte that is no UTF-8: here such bytes are read as U+FFFD.
    """

    def run_input_thread(self) -> None:
        """Hear keys until the app ends."""
        app: Any = self._app
        driver: Any = linux_driver
        driver.XTermParser = partial(EscapedKeys, is_meant=app.means_with_alt)
        driver.getincrementaldecoder = lambda name: partial(getincrementaldecoder(name), "replace")
        super().run_input_thread()
