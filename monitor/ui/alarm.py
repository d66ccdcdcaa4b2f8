"""Which critical findings are new. Pure; `now` is the monitor's time throughout.

A finding is new once: not where it was there when the monitor first saw the whole of its MUC host, and not again while
it holds, nor soon after, so that what comes and goes is told of one time. Whom it is about is known as silences know
it (`monitor.core.silence`): who leaves and comes back is no news. What holds for a whole server is new in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from monitor.core.findings import Rule, Severity
from monitor.core.query import RoomRow, ServerLine
from monitor.core.room import RoomKey
from monitor.core.rules.table import BY_ID
from monitor.core.silence import Quiet
from monitor.core.text import Shown, clean

GONE_S = 300.0
"""What was away for so long is another finding when it is back."""

Host = tuple[str, str]
"""A server and a MUC host."""
_Key = tuple[Quiet, str]
"""What it is about; and where it is a whole server, the words without their numbers, which change while it holds."""
_Keys = tuple[_Key, ...]

_NUMBERS = re.compile(r"\d[\d,.]*")


class News(msgspec.Struct, frozen=True):
    """A finding that was not there before."""

    server: str
    rule: Rule
    room: RoomKey | None = None
    """The server's own key, whether names are hidden or not; None where it holds for the whole server."""
    oid: int | None = None
    words: Shown = clean("")
    """What is said of the whole server."""


class Known(msgspec.Struct, frozen=True):
    """Of what everything is known by now: what is found there from the next time on is new."""

    hosts: Collection[Host] = ()
    servers: Collection[str] = ()


class Alarm:
    """Remembers what has been told. What a call costs goes by the rooms that moved, not by what is found everywhere."""

    def __init__(self, quiet_about: Callable[[RoomKey, str, int | None], Quiet]) -> None:
        """`quiet_about` tells what a finding is about, which is the same whether names are hidden or not."""
        self._quiet_about = quiet_about
        self._rooms: dict[RoomKey, tuple[RoomRow, _Keys]] = {}
        """What is critical by room. A row keeps its identity until the room is judged anew."""
        self._lines: _Keys = ()
        self._holding: dict[_Key, int] = {}
        """In how many places it is found: hiding names has it in two for a moment."""
        self._gone_at: dict[_Key, float] = {}
        """The oldest first."""
        self._begun: set[Host | str] = set()
        self._now = float("-inf")

    def hear(self, rows: Sequence[RoomRow], lines: Iterable[ServerLine], known: Known, now: float) -> list[News]:
        """What is new among these rooms, and what holds for whole servers."""
        self._forget(now)
        new: list[News] = []
        over: list[_Keys] = [self._lines]
        self._lines = self._taken(_of_servers(lines), new)
        before, self._rooms = self._rooms, {}
        for row in rows:
            if row.severity is not Severity.CRITICAL:
                continue
            was = before.pop(row.key, None)
            if was is not None and was[0] is row:
                self._rooms[row.key] = was
                continue
            self._rooms[row.key] = (row, self._taken(self._of_room(row), new))
            if was is not None:
                over.append(was[1])
        over += (keys for _, keys in before.values())
        self._let_go(over, now)
        self._begun.update(known.hosts, known.servers)
        return new

    def _forget(self, now: float) -> None:
        """What was away for long is another finding; a clock that was set back keeps nothing for longer."""
        if now < self._now:
            self._gone_at = {key: at for key, at in self._gone_at.items() if at <= now}
        self._now = now
        while self._gone_at and next(iter(self._gone_at.values())) <= now - GONE_S:
            del self._gone_at[next(iter(self._gone_at))]

    def _taken(self, found: Iterable[tuple[_Key, Host | str, News]], new: list[News]) -> _Keys:
        """The keys of what is found in one place, each once. What is new goes to `new`."""
        keys: dict[_Key, None] = {}
        for key, where, one in found:
            if key in keys:
                continue
            keys[key] = None
            if key not in self._holding and key not in self._gone_at and where in self._begun:
                new.append(one)
            self._holding[key] = self._holding.get(key, 0) + 1
        return tuple(keys)

    def _let_go(self, over: Iterable[_Keys], now: float) -> None:
        for key in (key for keys in over for key in keys):
            self._holding[key] -= 1
            if not self._holding[key]:
                del self._holding[key]
                # As the last: it may stand there from an earlier time.
                self._gone_at.pop(key, None)
                self._gone_at[key] = now

    def _of_room(self, row: RoomRow) -> Iterator[tuple[_Key, Host | str, News]]:
        for finding in row.judgement.findings:
            if finding.severity is not Severity.CRITICAL:
                break
            about = self._quiet_about(row.key, finding.rule.id, finding.oid)
            real = about.room or row.key
            yield (about, ""), (real.server, real.host), News(real.server, finding.rule, real, finding.oid)


def _of_servers(lines: Iterable[ServerLine]) -> Iterator[tuple[_Key, Host | str, News]]:
    for line in lines:
        if line.severity is Severity.CRITICAL and line.rule in BY_ID:
            key = (Quiet(line.server, line.rule), _NUMBERS.sub("", line.before))
            yield key, line.server, News(line.server, BY_ID[line.rule], words=line.before)
