"""The journal of what was minted: who made which token, for what, and never the token itself.

A line is on the disk before a link is given out; what cannot be written down is not minted.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec

_PRIVATE = 0o600


class JournalUnwritable(Exception):
    """The journal cannot be written. Its text is one sentence that names the file and the remedy."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One minted token."""

    at: float
    os_user: str
    server: str
    room: str
    affiliation: str
    exp: int
    jti: str
    reason: str


class Journal:
    """A file of one JSON object per line, which only its owner can read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, entry: Entry) -> None:
        """Append `entry` and see it on the disk. Raises `JournalUnwritable`."""
        fields = {
            "time": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds"),
            "os_user": entry.os_user,
            "server": entry.server,
            "room": entry.room,
            "affiliation": entry.affiliation,
            "exp": entry.exp,
            "jti": entry.jti,
            "reason": entry.reason,
        }
        try:
            self._append(json.dumps(fields).encode() + b"\n")
        except OSError as error:
            raise JournalUnwritable(
                f"the journal {self.path} cannot be written ({error.strerror}); make it writable, for nothing is "
                "minted without it."
            ) from None

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Not blocking: a pipe that nobody reads would hold us for ever.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(self.path, flags, _PRIVATE)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "it is not a file, and keeps nothing")
            if os.name == "posix" and status.st_mode & 0o077:
                os.fchmod(descriptor, _PRIVATE)
            _wait_for_others(descriptor)
            # A line that a full disk has cut off is not to spoil this one.
            if os.lseek(descriptor, 0, os.SEEK_END):
                os.lseek(descriptor, -1, os.SEEK_END)
                line = line if os.read(descriptor, 1) == b"\n" else b"\n" + line
            if os.write(descriptor, line) != len(line):
                raise OSError(0, "the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _wait_for_others(descriptor: int) -> None:
    """Have the file for ourselves until it is closed, where the platform and the file system know how."""
    try:
        import fcntl
    except ImportError:
        return
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def journal_path() -> Path:
    """Where the journal is: in the platform's directory for what a program keeps."""
    from platformdirs import user_state_path

    return user_state_path("mucmon") / "minted.jsonl"


def os_user() -> str:
    """Who runs this, on this machine; behind sudo also who they were before."""
    try:
        import pwd

        name = pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            name = f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    before = os.environ.get("SUDO_USER")
    return f"{before} as {name}" if before and before != name else name


def asking_person() -> str:
    """The name of whoever asks for a token: behind sudo the person, not the account."""
    return os.environ.get("SUDO_USER") or os_user()
