"""What is to be told above the grids: trouble with links and feeds, a pause, and what holds for whole servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.core.door import door_lines
from monitor.core.findings import Severity
from monitor.core.query import RoomRow, ServerLine, drift_lines, server_lines, spoken_lines
from monitor.core.store import Store
from monitor.ui.keymap import key_map_of
from monitor.ui.spans import Line
from monitor.ui.standing import hints, notices, pause_notice, server_notices
from monitor.ui.widgets.lines import Lines

_MOST, _MOST_NARROW = 3, 1
_MOST_TROUBLES = 4


class Notices(Lines):
    """Whole sentences, one line for each; nothing where there is nothing to tell."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found: tuple[Sequence[RoomRow], int, list[ServerLine]] = ((), -1, [])
        self.server_lines: list[ServerLine] = []
        """What holds for whole servers and nobody has silenced, worst first, as last worked out."""

    def follow(
        self,
        store: Store,
        rows: Sequence[RoomRow],
        now: float,
        failure: str | None,
        paused_since: float | None,
        passing: Line = (),
        told_below: Callable[[ServerLine], bool] = lambda _line: False,
    ) -> None:
        """Tell what there is to tell, and `passing` for as long as it is given; times are the monitor's.

        What is `told_below` is left out.
        """
        pause = [] if paused_since is None else [pause_notice(paused_since, now, key_map_of(self.app))]
        narrow = self.screen.has_class("-narrow")
        most = _MOST_NARROW if narrow else _MOST
        troubles = notices(store.servers.values(), failure, _MOST_TROUBLES // 2 if narrow else _MOST_TROUBLES)
        found = [line for line in self._server_lines(store, rows, now) if not told_below(line)]
        lines = server_notices(found, store.servers, now, most, self.size.width)
        told = [passing] if passing else []
        self.show([*pause, *told, *troubles, *lines, *hints(store.servers.values())])

    def _server_lines(self, store: Store, rows: Sequence[RoomRow], now: float) -> list[ServerLine]:
        if self._found[0] is not rows or self._found[1] != store.revision:
            self._found = (rows, store.revision, server_lines(store, list(rows)))
        # What happened at the door is counted of the last minutes, whatever else moves.
        known = [*self._found[2], *door_lines(store.servers.values(), now)]
        lines = self.server_lines = spoken_lines(store, known, now)
        # What is for information stands among the findings, but for what nobody would look for there.
        changed = list(drift_lines(store))
        return [line for line in lines if line.severity > Severity.INFORMATION or line in changed]
