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
from monitor.core.model import RoomKey
from monitor.core.query import RoomRow, ServerLine
from monitor.core.rules.table import BY_ID
from monitor.core.silence import Quiet
from monitor.core.text import Shown, clean

GONE_S = 300.0
"""What was away for so long is another finding when it is back."""

Host = tuple[str, str]
"""A server and a MUC host."""
_Key = tuple[Quiet, str]
"""What it is about; and where it is a whole server, the words without their numbers, which change while it holds."""

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
    """Remembers what has been told."""

    def __init__(self, quiet_about: Callable[[RoomKey, str, int | None], Quiet]) -> None:
        """`quiet_about` tells what a finding is about, which is the same whether names are hidden or not."""
        self._quiet_about = quiet_about
        self._holding: set[_Key] = set()
        self._gone_at: dict[_Key, float] = {}
        self._begun: set[Host | str] = set()

    def hear(self, rows: Sequence[RoomRow], lines: Iterable[ServerLine], known: Known, now: float) -> list[News]:
        """What is new among these rooms, and what holds for whole servers."""
        # A clock that was set back keeps nothing for longer.
        self._gone_at = {key: at for key, at in self._gone_at.items() if now - GONE_S < at <= now}
        holding: set[_Key] = set()
        new: list[News] = []
        for key, where, one in (*_of_servers(lines), *self._of_rooms(rows)):
            told = key in self._holding or key in self._gone_at or key in holding
            holding.add(key)
            if not told and where in self._begun:
                new.append(one)
        self._gone_at.update(dict.fromkeys(self._holding - holding, now))
        self._holding = holding
        self._begun.update(known.hosts, known.servers)
        return new

    def _of_rooms(self, rows: Sequence[RoomRow]) -> Iterator[tuple[_Key, Host | str, News]]:
        for row in rows:
            if row.severity is not Severity.CRITICAL:
                continue
            for finding in row.judgement.findings:
                if finding.severity is not Severity.CRITICAL:
                    break
                about = self._quiet_about(row.key, finding.rule.id, finding.oid)
                real = about.room or row.key
                news = News(real.server, finding.rule, real, finding.oid)
                yield (about, ""), (real.server, real.host), news


def _of_servers(lines: Iterable[ServerLine]) -> Iterator[tuple[_Key, Host | str, News]]:
    for line in lines:
        if line.severity is Severity.CRITICAL and line.rule in BY_ID:
            key = (Quiet(line.server, line.rule), _NUMBERS.sub("", line.before))
            yield key, line.server, News(line.server, BY_ID[line.rule], words=line.before)
