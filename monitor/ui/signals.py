"""Signals that end the screen as its own key does, with the terminal given back; and going on after being stopped."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

PATIENCE_S = 3.0
"""So long the end may take; after it the process ends whatever it waits for."""
_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT")


def end_on_signals(end: Callable[[int], None]) -> None:
    """Have `end` called on the running loop with the exit status, 128 and the signal's number; main thread only.

    It holds to the end of the process: a terminal that goes away is told of twice, by the kernel and by the shell.
    """
    loop = asyncio.get_running_loop()

    # No handler of the loop's own, which is never heard while a terminal that stands still holds up what is drawn.
    def heard(number: int, _frame: FrameType | None) -> None:
        if loop.is_closed():
            return
        last_resort = threading.Timer(PATIENCE_S, os._exit, (128 + number,))
        last_resort.daemon = True
        last_resort.start()
        let_go()
        loop.call_soon_threadsafe(end, 128 + number)

    for name in _ENDING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), heard)


def go_on_after_stops(driver: Driver, redraw: Callable[[], object]) -> None:
    """Have a driver begin once when the process goes on, also where it was stopped without being asked (SIGSTOP).

    It begins anew by itself, to be heard beside what it had begun before: of two that read keys one is never ended.
    `redraw` is called on the running loop. Main thread only.
    """
    if not hasattr(signal, "SIGTSTP"):
        return
    loop = asyncio.get_running_loop()
    leave, go_on = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    has_left = False

    def stopped(number: int, frame: FrameType | None) -> None:
        nonlocal has_left
        has_left = True
        if callable(leave):
            leave(number, frame)

    def went_on(number: int, frame: FrameType | None) -> None:
        nonlocal has_left
        if has_left and callable(go_on):
            go_on(number, frame)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(begin_anew)
        has_left = False

    def begin_anew() -> None:
        # While something else has the terminal, the driver leaves it alone.
        if driver._auto_restart and not let_go():
            driver.suspend_application_mode()
            driver.resume_application_mode()
            redraw()

    signal.signal(signal.SIGTSTP, stopped)
    signal.signal(signal.SIGCONT, went_on)


def let_go() -> bool:
    """Read from and write to nothing instead of a terminal that is gone; whether it is."""
    lost = [number for number in range(3) if _is_lost(number)]
    if lost:
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in lost:
            os.dup2(nothing, number)
        os.close(nothing)
    return bool(lost)


def _is_lost(number: int) -> bool:
    try:
        os.get_terminal_size(number)
    except OSError as error:
        return error.errno == errno.EIO
    return False
