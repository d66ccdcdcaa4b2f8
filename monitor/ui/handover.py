"""Hands the terminal over to one plain line, so that the terminal's own selection copies it as a single line.

A screen that is drawn cell by cell breaks a long line where the terminal is at its end; text that the terminal wraps
itself is copied whole. It goes to the alternate screen, so that nothing of it stays in what can be scrolled back to.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

_ENTER, _LEAVE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[2J\x1b[H\x1b[?1049l"


async def hand_over(app: App[object], text: str, hint: str, timeout_s: float) -> None:
    """Show `text` alone until a key is pressed, for so long at most. Raises `SuspendNotSupported`."""
    # Nothing may be drawn meanwhile; what happens is drawn afterwards.
    with app.batch_update(), app.suspend():
        await asyncio.to_thread(_show, text, hint, timeout_s)


def _show(text: str, hint: str, timeout_s: float) -> None:
    terminal, keys = sys.__stdout__, sys.__stdin__
    if terminal is None or keys is None:
        return
    before = _hear_every_key(keys.fileno())
    try:
        terminal.write(f"{_ENTER}{text}\n\n{hint}\n")
        terminal.flush()
        if select.select([keys], [], [], max(timeout_s, 0))[0]:
            os.read(keys.fileno(), 4096)
    finally:
        terminal.write(_LEAVE)
        terminal.flush()
        _restore(keys.fileno(), before)


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
