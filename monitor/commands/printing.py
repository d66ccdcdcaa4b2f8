"""Prints what a command is for, whole or not at all; what goes wrong is one sentence."""

from __future__ import annotations

import errno
import os
import sys


class Unprintable(Exception):
    """It could not be printed. Its text is one sentence that names the remedy, and repeats nothing of it."""


def require_output(sample: str = "") -> None:
    """Raise `Unprintable` where standard output is closed, or cannot say `sample`."""
    if sys.stdout is None:
        raise Unprintable("Standard output is closed: there is nowhere to print to.")
    try:
        sample.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        raise Unprintable(
            f"Standard output takes {sys.stdout.encoding} alone, which cannot say this; set PYTHONIOENCODING=utf-8."
        ) from None


def print_whole(text: str) -> None:
    """Print `text` and see it off. Raises `Unprintable`, and `BrokenPipeError` where nobody reads any more."""
    require_output(text)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        _give_up()
        raise Unprintable(f"It cannot be printed: {error.strerror}.") from None


def sayable(text: str) -> str:
    """`text` with a question mark for whatever standard output cannot say."""
    encoding = sys.stdout.encoding if sys.stdout is not None else "ascii"
    return text.encode(encoding, "replace").decode(encoding)


def _give_up() -> None:
    # What is left in the buffer would fail once more, and loudly, when the program ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
