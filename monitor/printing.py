"""Prints what a command is for, whole or not at all; what goes wrong is one sentence, and a status of its own.

`printing` stands around every command, so none of them has to think of a full disk or of a reader that went away.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

UNPRINTED = 74
"""Exit status where it could not be printed; no command means anything else by it (EX_IOERR of sysexits(3))."""
NOBODY_READS = 141
"""Exit status where the reader went away, as the shell tells of who dies of SIGPIPE."""


class Unprintable(Exception):
    """It could not be printed. Its text is one sentence that names the remedy, and repeats nothing of it."""


class _NotTaken(Exception):
    """The system did not take what was written; no `OSError`, since libraries make their own of a broken pipe."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.number, self.why = error.errno, error.strerror or type(error).__name__


class _Output(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override]  # as in io.RawIOBase
        try:
            return super().write(data)
        except OSError as error:
            raise _NotTaken(error) from None


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """End the program by one sentence, or quietly where nobody reads any more, if it cannot print what it has to."""
    before = sys.stdout
    # The console of Windows is no file.
    if isinstance(before, io.TextIOWrapper) and os.name == "posix":
        with contextlib.suppress(OSError):
            sys.stdout = _watched(before)
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except _NotTaken as error:
        _give_up(sys.stdout)
        if error.number == errno.EPIPE:
            sys.exit(NOBODY_READS)
        _fail(f"It cannot be printed: {error.why}.")
    except Unprintable as error:
        _fail(str(error))
    finally:
        sys.stdout = before


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
    """Print `text` and see it off. Raises `Unprintable`."""
    require_output(text)
    sys.stdout.write(text)
    sys.stdout.flush()


def tell(words: str) -> None:
    """Say something on standard error, where there is one that takes it."""
    if sys.stderr is None:
        return
    try:
        print(words, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def sayable(text: str) -> str:
    """`text` with a question mark for whatever standard output cannot say."""
    encoding = sys.stdout.encoding if sys.stdout is not None else "ascii"
    return text.encode(encoding, "replace").decode(encoding)


def _watched(stdout: io.TextIOWrapper) -> io.TextIOWrapper:
    stdout.flush()
    raw = _Output(stdout.fileno(), "w", closefd=False)
    at_once = stdout.line_buffering or stdout.write_through
    return io.TextIOWrapper(io.BufferedWriter(raw), stdout.encoding, stdout.errors, line_buffering=at_once)


def _give_up(stream: TextIO) -> None:
    # What is left in the buffer would fail once more, and loudly, when the program ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _fail(words: str) -> None:
    tell(f"mucmon: {words}")
    sys.exit(UNPRINTED)
