"""Hands text to the terminal: to its clipboard, or the whole terminal, whose own selection copies what it shows.

A screen that is drawn cell by cell breaks a long line where the terminal is at its end; text that the terminal wraps
itself is copied whole. It goes to the alternate screen, so that nothing of it stays in what can be scrolled back to.
"""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import socket
import sys
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

if TYPE_CHECKING:
    from textual.app import App

_HINT_LINES = 2

_ALONE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[2J\x1b[H\x1b[?1049l"


def copy(app: App[object], text: str) -> None:
    """Ask the terminal to copy a text (OSC 52); whether it does is not told."""
    app.copy_to_clipboard(text)
    # Textual keeps a copy for its own pasting, for as long as it runs.
    app._clipboard = ""


async def hand_over(app: App[object], text: str, hint: str, timeout_s: float, *, may_stay: bool = False) -> None:
    """Show `text` alone until a key is pressed, for so long at most. Raises `SuspendNotSupported`.

    Where it `may_stay`, what is too long for the terminal is written where it can be scrolled back to.
    """
    # Nothing may be drawn meanwhile; what happens is drawn afterwards.
    ours, theirs = socket.socketpair()
    with ours, theirs, app.batch_update(), app.suspend():
        showing = asyncio.create_task(asyncio.to_thread(_show, text, hint, timeout_s, may_stay, theirs))
        try:
            await asyncio.shield(showing)
        except asyncio.CancelledError:
            # The program ends: the thread must not hold it up, nor leave the text in sight.
            ours.send(b"-")
            await showing
            raise


def _show(text: str, hint: str, timeout_s: float, may_stay: bool, called_off: socket.socket) -> None:
    terminal, keys = sys.__stdout__, sys.__stdin__
    if terminal is None or keys is None:
        return
    scrolls = may_stay and not _fits(text, *shutil.get_terminal_size())
    enter, leave = ("\n", "\n") if scrolls else _ALONE
    before = _hear_every_key(keys.fileno())
    try:
        terminal.write(f"{enter}{text}\n\n{hint}\n")
        terminal.flush()
        if keys.fileno() in select.select([keys.fileno(), called_off.fileno()], [], [], max(timeout_s, 0))[0]:
            os.read(keys.fileno(), 4096)
    finally:
        terminal.write(leave)
        terminal.flush()
        _restore(keys.fileno(), before)


def _fits(text: str, columns: int, lines: int) -> bool:
    """Whether a text, the hint below it and the cursor have room in a terminal that wraps what is too wide."""
    needed = sum(max(-(-cell_len(line) // max(columns, 1)), 1) for line in text.split("\n"))
    return needed + _HINT_LINES < lines


def _hear_every_key(terminal: int) -> list[Any] | None:
    try:
        import termios
    except ImportError:
        return None
    before: list[Any] = termios.tcgetattr(terminal)
    changed = termios.tcgetattr(terminal)
    # No echo, no waiting for the end of a line, and ctrl+c is a key like any other.
    changed[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    termios.tcsetattr(terminal, termios.TCSADRAIN, changed)
    return before


def _restore(terminal: int, before: list[Any] | None) -> None:
    if before is not None:
        import termios

        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
