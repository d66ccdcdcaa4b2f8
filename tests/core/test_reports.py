"""The order in which findings are listed: the worst first, and of what is as bad, what holds for a whole server."""

from __future__ import annotations

from itertools import permutations

from monitor.core.events import ClosingChanged, OccupantLeft
from monitor.core.findings import Severity
from monitor.core.gathered import Gathered
from monitor.core.query import Overview, ServerLine
from monitor.core.reports import Report, derive_reports, in_order, server_reports
from monitor.core.room import Timer
from monitor.core.store import Store
from monitor.core.text import clean
from tests.core.scenes import MEMBER, NOW, OWNER, SERVER, join, key, live_store, person

INFO, WARNING, CRITICAL = Severity.INFORMATION, Severity.WARNING, Severity.CRITICAL


def line(severity: Severity, words: str = "so it is") -> ServerLine:
    return ServerLine(SERVER, severity, clean(words), rule="F33")


def of_rooms(store: Store, at: float) -> list[Report]:
    return list(Gathered(derive_reports(store.find_room)).rows(Overview(store).rows(at)))


def closing() -> Store:
    """A room that closes in 40 s, one whose host has no rights, one that will not close by itself."""
    store = live_store(("muc", "token_affiliation", "token_owner_party"))
    join(store, "soon", person(1, MEMBER, MEMBER))
    store.apply(ClosingChanged(key("soon"), NOW, (Timer(NOW, NOW + 40),), None, True))
    join(store, "ignored", person(2, OWNER, MEMBER), person(3, OWNER, OWNER))
    join(store, "never", person(4, MEMBER, MEMBER))
    return store


def test_severity_comes_first_and_within_one_the_lines_of_servers() -> None:
    reports = of_rooms(closing(), NOW + 5)
    assert [(one.severity, one.rule) for one in reports] == [(CRITICAL, "F10"), (CRITICAL, "F3"), (WARNING, "F10")]
    for lines in permutations([line(WARNING), line(CRITICAL), line(INFO)]):
        told = in_order(server_reports(lines), reports)
        assert [(one.severity, one.rule) for one in told] == [
            (CRITICAL, "F33"),
            (CRITICAL, "F10"),
            (CRITICAL, "F3"),
            (WARNING, "F33"),
            (WARNING, "F10"),
            (INFO, "F33"),
        ]
        assert told == sorted(told, key=lambda one: one.order)


def test_lines_that_are_alike_keep_their_places() -> None:
    reports = of_rooms(closing(), NOW + 5)
    lines = server_reports([line(WARNING, f"reason {name}") for name in "cab"])
    told = [one.says for one in in_order(lines, reports) if one.room is None]
    assert told == ["reason c", "reason a", "reason b"]
    assert in_order((), reports) == reports
    assert in_order(lines, []) == lines


def test_a_countdown_that_turns_critical_passes_what_is_a_warning_for_the_server() -> None:
    store = closing()
    store.apply(ClosingChanged(key("soon"), NOW, (Timer(NOW, NOW + 90),), None, True))
    store.apply(OccupantLeft(key("ignored"), NOW, 2))
    places = []
    for at in (NOW + 5, NOW + 31):
        told = in_order(server_reports([line(WARNING)]), of_rooms(store, at))
        places.append([one.rule for one in told].index("F33"))
    assert places == [0, 1]
