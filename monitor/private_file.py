"""Files that mucmon keeps between runs: for their owner alone, written whole or not at all, by one mucmon at a time."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_S = 0.25
"""So long another mucmon may take to write: who waits stands still."""
_LOOK_AGAIN_S = 0.01
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})


@contextlib.contextmanager
def alone_with(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Nobody else is in here about this file, so that what is read, changed and written loses nothing of theirs.

    A file beside it is locked for that, which stays; the lock ends with the program whatever becomes of it. Where the
    file system knows no locks, nothing is held. Raises `OSError`; where another mucmon does not let go within
    `patience_s` seconds, `BlockingIOError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _hold(lock, patience_s)
        yield
    finally:
        os.close(lock)


def _hold(lock: int, patience_s: float) -> None:
    import fcntl

    late_at = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= late_at:
                raise BlockingIOError(errno.EWOULDBLOCK, "another mucmon does not let go of it") from None
            time.sleep(_LOOK_AGAIN_S)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return
        else:
            return


def write_privately(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is there, in one step. Raises `OSError`."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with mode 600, in the same folder so that it can take the old one's place.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        written.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            written.unlink()
        raise


def write_anew(path: Path, content: bytes) -> Path:
    """Put `content` into a new file of that name, or with a number in it where there is one already; returns its path.

    Raises `OSError`; then there is no such file.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in itertools.count(1):
        fresh = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            break
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    return fresh
