"""Asks for something that is not to be seen, in as many lines as are pasted at once."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import select
import sys

_PAUSE_S = 0.2
"""After so long without another character a line is the last one: pasted lines come at once."""
_CHUNK = 65_536
_BRACKETS_ON, _BRACKETS_OFF = b"\x1b[?2004h", b"\x1b[?2004l"
"""Have the terminal say where what is pasted begins and ends, where it can."""
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_PASTE, _PASTED = b"\x1b[200~", b"\x1b[201~"
_ERASE, _FORGET, _END = b"\x7f\x08", b"\x15\x17", b"\x04"


class Typing:
    """What was typed so far, with what a terminal does to a line: rubbing out, beginning anew, ending."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.is_over = False
        """Whether the end of it was typed (ctrl+d)."""
        self._is_pasting = False
        self._rest = b""

    @property
    def is_line(self) -> bool:
        """Whether the last line is a whole one, and no paste goes on."""
        return not self._is_pasting and self.text.endswith(b"\n")

    def take(self, typed: bytes) -> None:
        """Take in what came; keys that are no characters are passed over."""
        typed = self._rest + typed
        unfinished = _UNFINISHED.search(typed)
        self._rest = unfinished[0] if unfinished else b""
        typed = typed[: len(typed) - len(self._rest)]
        at = 0
        for sequence in _SEQUENCE.finditer(typed):
            self._take_characters(typed[at : sequence.start()])
            if sequence[0] in (_PASTE, _PASTED):
                self._is_pasting = sequence[0] == _PASTE
            at = sequence.end()
        self._take_characters(typed[at:])

    def _take_characters(self, typed: bytes) -> None:
        for byte in typed:
            if byte in _ERASE:
                del self.text[-1:]
            elif byte in _FORGET:
                self.text.clear()
            elif byte in _END:
                self.is_over = True
            elif byte in b"\r\n":
                self.text += b"\n"
            elif byte >= 0x20 or byte == 0x09:
                self.text.append(byte)


def ask_unseen(words: str, most: int) -> bytes:
    """What somebody types or pastes into the terminal, which does not show it; little more than `most` bytes.

    Raises `EOFError` and `KeyboardInterrupt` where they give up.
    """
    try:
        import termios
    except ImportError:
        return getpass.getpass(words).encode("utf-8", "replace")
    terminal = _open_terminal()
    before = termios.tcgetattr(terminal)
    # Not line by line, in which a terminal keeps 4095 bytes of each and what comes after the first may be shown.
    unseen = [*before[:3], before[3] & ~(termios.ECHO | termios.ICANON), *before[4:6], list(before[6])]
    unseen[6][termios.VMIN], unseen[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, unseen)
        _say(terminal, _BRACKETS_ON + words.encode())
        return _typed(terminal, most)
    finally:
        # What came too late is neither shown nor left for the shell.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        _say(terminal, _BRACKETS_OFF + b"\n")
        os.close(terminal)


def _typed(terminal: int, most: int) -> bytes:
    typing = Typing()
    while not typing.is_over and len(typing.text) <= most:
        came = os.read(terminal, _CHUNK)
        if not came:
            break
        typing.take(came)
        if typing.is_line and not select.select([terminal], [], [], _PAUSE_S)[0]:
            break
    if not typing.text:
        raise EOFError
    return bytes(typing.text)


def _open_terminal() -> int:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return os.dup(sys.stdin.fileno())


def _say(terminal: int, words: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(terminal, words)
