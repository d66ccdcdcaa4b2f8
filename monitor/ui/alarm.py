"""Which critical findings are new. Pure; `now` is the monitor's time throughout.

A finding is new once: not where it was there when the monitor first saw the whole of its MUC host, and not again while
it holds, nor soon after, so that what comes and goes is told of one time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from monitor.core.findings import Finding, Severity
from monitor.core.model import RoomKey
from monitor.core.query import RoomRow

GONE_S = 300.0
"""What was away for so long is another finding when it is back."""

Host = tuple[str, str]
"""A server and a MUC host."""
_Key = tuple[RoomKey, str, int | None]


class News(msgspec.Struct, frozen=True):
    """A finding that was not there before, with the row of its room."""

    row: RoomRow
    finding: Finding


class Alarm:
    """Remembers what has been told."""

    def __init__(self, real_key: Callable[[RoomKey], RoomKey]) -> None:
        """`real_key` gives the server's own key of a room, which is the same whether names are hidden or not."""
        self._real_key = real_key
        self._holding: set[_Key] = set()
        self._gone_at: dict[_Key, float] = {}
        self._begun: set[Host] = set()

    def hear(self, rows: Sequence[RoomRow], complete: Collection[Host], now: float) -> list[News]:
        """What is new among these rooms; `complete` names the MUC hosts of which every room is known."""
        # A clock that was set back keeps nothing for longer.
        self._gone_at = {key: at for key, at in self._gone_at.items() if now - GONE_S < at <= now}
        holding: set[_Key] = set()
        new: list[News] = []
        for row in rows:
            if row.severity is not Severity.CRITICAL:
                continue
            real = self._real_key(row.key)
            for finding in row.judgement.findings:
                if finding.severity is not Severity.CRITICAL:
                    break
                key = (real, finding.rule.id, finding.oid)
                holding.add(key)
                known = key in self._holding or key in self._gone_at
                if not known and (real.server, real.host) in self._begun:
                    new.append(News(row, finding))
        self._gone_at.update(dict.fromkeys(self._holding - holding, now))
        self._holding = holding
        self._begun.update(complete)
        return new
