"""What is silenced is kept from one run to the next, in one private file, until its time is over.

Rooms and people stand in it as marks (`monitor.core.silence`); what somebody wrote as a reason stands in it as it was
written. Servers are known by the component's own address there: names in the configuration change.
What this release does not understand silences nothing, and stays in the file: a later one wrote it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from monitor.core.findings import Severity
from monitor.core.room import RoomKey
from monitor.core.rules.table import BY_ID
from monitor.core.silence import Quiet, Silence, Silences, sealed
from monitor.private_file import alone_with, write_privately

_MOST_BYTES = 4 * 1024 * 1024
_REASON = 200
_ASIDE = 100
_LONGEST_S = 31 * 86_400.0

_Grade = Literal["information", "warning", "critical"]


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One silence as it stands in the file; times are seconds since the epoch."""

    server: str
    rule: str
    reason: str
    at: float
    until: float
    grade: _Grade
    host: str | None = None
    room: str | None = None
    who: str | None = None

    def __post_init__(self) -> None:
        # What is read as more than it says would hush what nobody silenced.
        if (self.host is None) is not (self.room is None) or (self.room is None and self.who is not None):
            raise ValueError("a room is named by host and room, and somebody is in one")
        if self.rule not in BY_ID:
            raise ValueError("there is no such rule")

    @property
    def what(self) -> tuple[str | None, ...]:
        return (self.server, self.rule, self.host, self.room, self.who)


class _Ending(msgspec.Struct, frozen=True):
    """What is looked for in an entry that is not understood."""

    until: float = math.inf


class _Entry(NamedTuple):
    """What stands in the file, and what that means where it is understood."""

    raw: msgspec.Raw
    kept: _Kept | None
    until: float


class _Found(NamedTuple):
    """The whole file."""

    entries: tuple[_Entry, ...]
    beside: dict[str, msgspec.Raw]
    """What else stands in it."""


class _Unreadable(Exception):
    """Says why."""


class SilenceMemory:
    """The file. Nothing that goes wrong with it stops the screen: it is said in a sentence."""

    def __init__(self, path: Path, jids: Mapping[str, str]) -> None:
        """`jids` tells by a server's name in the configuration as whom we are there."""
        self.path = path
        several = Counter(jids.values())
        # Servers that were set up alike are told apart by the names that somebody gave them.
        self._called = {name: jid if several[jid] == 1 else f"{jid} as {name}" for name, jid in jids.items()}
        self._names = {called: name for name, called in self._called.items()}
        self._is_writable = True
        self._owed: set[Quiet] = set()
        self.said: str | None = None
        """What went wrong the last time, in one sentence."""

    def recall(self, now: float) -> list[Silence]:
        """The silences that hold at `now`, of the servers there are. What cannot be read is put aside, not lost."""
        try:
            there = self._read()
        except _Unreadable:
            there = self._read_alone()
        entries = there.entries if there is not None else ()
        found = (self._silence(one.kept, now) for one in entries if one.kept is not None and one.until > now)
        return [one for one in found if one is not None]

    def keep(self, silences: Silences, changed: Collection[Quiet], now: float) -> bool:
        """Write down what became of those that changed, beside what others wrote; False where that failed.

        What could not be written is written the next time.
        """
        self._owed.update(changed)
        try:
            with alone_with(self.path):
                there = self._read_or_put_aside()
                if not self._is_writable:
                    return False
                write_privately(self.path, self._whole(there, silences, now))
        except OSError as error:
            self.said = f"Silences end with mucmon: {self.path} cannot be written ({error.strerror})."
            return False
        self._owed.clear()
        return True

    def _whole(self, there: _Found | None, silences: Silences, now: float) -> bytes:
        ours = [one for one in map(self._kept, silences.active(now)) if one is not None]
        owed = (self._kept(Silence(sealed(what), "", 0, 0)) for what in self._owed)
        gone = {one.what for one in owed if one is not None}
        # Where nothing can be read any more, all that this run knows of is written, not what changed alone.
        news = ours if there is None else [one for one in ours if one.what in gone]
        found = there or _Found((), {})
        stay = [one.raw for one in found.entries if one.until > now and (one.kept is None or one.kept.what not in gone)]
        whole: dict[str, Any] = {**found.beside, _SILENCES: [*stay, *news]}
        return msgspec.json.format(msgspec.json.encode(whole))

    def _read(self) -> _Found | None:
        """What stands in the file; None where there is none. Raises `_Unreadable`."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(_MOST_BYTES + 1)
            return _found(raw)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _Unreadable(error.strerror or "no reason given") from error
        except _NOT_OURS:
            raise _Unreadable("it is not what mucmon wrote") from None

    def _read_or_put_aside(self) -> _Found | None:
        try:
            return self._read()
        except _Unreadable as why:
            self._put_aside(str(why))
        return None

    def _read_alone(self) -> _Found | None:
        # Another mucmon may just put it aside, and what it then writes is not to go the same way.
        try:
            with alone_with(self.path):
                return self._read_or_put_aside()
        except OSError as error:
            self.said = f"What was silenced is spoken of again: {self.path} cannot be read ({error.strerror})."
        return None

    def _put_aside(self, why: str) -> None:
        names = (f"{self.path.name}.unreadable{f'-{at}' if at else ''}" for at in range(_ASIDE))
        free = next((one for name in names if not (one := self.path.with_name(name)).exists()), None)
        try:
            if free is None:
                raise FileExistsError
            self.path.rename(free)
        except OSError:
            self._is_writable = False
            self.said = (
                f"What was silenced is spoken of again: {self.path} cannot be read ({why}) nor put aside, "
                "so nothing is written to it. Move it away, and start mucmon again."
            )
        else:
            self.said = (
                f"What was silenced is spoken of again: {self.path} cannot be read ({why}). It is now {free.name}."
            )

    def _silence(self, kept: _Kept, now: float) -> Silence | None:
        server = self._names.get(kept.server)
        if server is None:
            return None
        room = None if kept.host is None or kept.room is None else RoomKey(server, kept.host, kept.room)
        about = sealed(Quiet(server, kept.rule, room, kept.who))
        # Somebody may have written into the file, or set a clock.
        until = min(kept.until, now + _LONGEST_S)
        return Silence(about, kept.reason[:_REASON], kept.at, until, Severity[kept.grade.upper()])

    def _kept(self, one: Silence) -> _Kept | None:
        called, room = self._called.get(one.about.server), one.about.room
        if called is None:
            return None
        grade: _Grade = "critical"
        if one.grade <= Severity.INFORMATION:
            grade = "information"
        elif one.grade is Severity.WARNING:
            grade = "warning"
        return _Kept(
            server=called,
            rule=one.about.rule,
            # A terminal may hand over bytes that are no text.
            reason=one.reason[:_REASON].encode("utf-8", "replace").decode(),
            at=one.at,
            until=one.until,
            grade=grade,
            host=room.host if room is not None else None,
            room=room.node if room is not None else None,
            who=one.about.who,
        )


def _found(content: bytes) -> _Found:
    """Raises `msgspec.MsgspecError`, `RecursionError` or `UnicodeDecodeError`: it is none of ours at all."""
    beside = _file.decode(content)
    raws = _list.decode(beside.pop(_SILENCES, b"[]"))
    return _Found(tuple(_entry(one) for one in raws), beside)


def _entry(raw: msgspec.Raw) -> _Entry:
    try:
        kept = _kept.decode(raw)
    except _NOT_OURS:
        pass
    else:
        return _Entry(raw, kept, kept.until)
    try:
        return _Entry(raw, None, _ending.decode(raw).until)
    except _NOT_OURS:
        return _Entry(raw, None, math.inf)


_SILENCES = "silences"
_NOT_OURS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_file = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_kept, _ending = msgspec.json.Decoder(_Kept), msgspec.json.Decoder(_Ending)


def silence_memory_path() -> Path:
    """Where it is kept: in the platform's directory for what a program keeps."""
    from platformdirs import user_state_path

    return user_state_path("mucmon") / "silences.json"
