"""Every finding there is to list: of rooms, of whole servers, and what is silenced. Holds no widget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.core.door import door_lines
from monitor.core.gathered import Gathered
from monitor.core.query import RoomRow, ServerLine, server_lines, spoken_lines
from monitor.core.reports import Report, derive_reports, in_order, server_reports, silenced_reports
from monitor.core.silence import Quiet, Silence
from monitor.ui.picture import Picture


class AllFindings:
    """The findings of a picture. `now` is the monitor's time throughout."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self.shows_silenced = False
        """Whether what is silenced is listed too, after all else."""
        self.silenced: dict[object, Silence] = {}
        """What was silenced when they were listed last, by the key of the finding."""
        self.silenced_number = 0
        """How many findings that is."""
        self._of_rooms: Gathered[Report] = Gathered(derive_reports(picture.find_room))
        self._lines: tuple[Sequence[object], int, list[ServerLine]] = ((), -1, [])
        self._all: tuple[Sequence[Report], list[Report], Sequence[Report]] = ((), [], ())
        self._by_key: dict[object, Report] = {}

    def rows(self, now: float) -> Sequence[Report]:
        """All that are listed, worst first; the same object while nothing moved."""
        rows, store, pause = self._picture.rows(now), self._picture.store, self._picture.pause
        reports = self._of_rooms.rows(rows)
        if self._lines[0] is not rows or (not pause and self._lines[1] != store.revision):
            self._lines = (rows, store.revision, server_lines(store, list(rows)))
        at = pause.since if pause else now
        known = [*self._lines[2], *door_lines(store.servers.values(), at)]
        lines = server_reports(spoken_lines(store, known, at))
        quiet = self._quiet(known, rows, now)
        aside = [*lines, *(quiet if self.shows_silenced else ())]
        if self._all[0] is not reports or self._all[1] != aside:
            everything = [*in_order(lines, reports), *(quiet if self.shows_silenced else ())]
            self._all = (reports, aside, everything)
            self._by_key = {one.key: one for one in everything}
        return self._all[2]

    def find(self, key: object) -> Report | None:
        """The finding of that key, as listed last."""
        return self._by_key.get(key)

    def example(self, one: Report, now: float) -> Report | None:
        """A finding in a room, of the rule that one holds for a whole server by."""
        rows = self._of_rooms.rows(self._picture.rows(now))
        alike = (each for each in rows if each.rule == one.rule and each.server == one.server)
        return next(alike, None) if one.rule else None

    def _quiet(self, lines: Sequence[ServerLine], rows: Sequence[RoomRow], now: float) -> list[Report]:
        """What is silenced, with the silences known from here on."""
        store = self._picture.store
        found: list[tuple[Report, Silence | None]] = [
            (report, store.silences.of(Quiet(report.server, report.rule), now, report.severity))
            for report in server_reports(sorted(lines, key=lambda line: -line.severity))
        ]
        told = {(report.server, report.rule) for report, silence in found if silence is not None}
        inside = silenced_reports(rows, store, now)
        whole = {(report.server, report.rule) for report, _ in inside if report.room is None and report.number}
        found = [one for one in found if (one[0].server, one[0].rule) not in whole]
        # The door's own line says more than that nothing is so in any room.
        found += (one for one in inside if one[0].number or (one[0].server, one[0].rule) not in told)
        numbers: Counter[object] = Counter()
        for report, silence in found:
            if silence is not None:
                numbers[silence.about if report.room is None else report.key] += report.number
        # A line of the door is a finding of its own.
        self.silenced_number = sum(max(number, 1) for number in numbers.values())
        self.silenced = {report.key: silence for report, silence in found if silence is not None}
        return [report for report, silence in found if silence is not None]
