"""Silencing: what is silent counts nowhere, is kept, and speaks again when its time is over."""

from __future__ import annotations

import msgspec

from monitor.core.affiliation import ActorKind
from monitor.core.claims import Claims
from monitor.core.disguise import Disguise
from monitor.core.events import OccupantJoined, OccupantLeft
from monitor.core.findings import Severity
from monitor.core.gathered import Gathered
from monitor.core.occupant import Occupant
from monitor.core.query import Overview, RoomRow, ServerLine, server_lines, spoken_lines, totals
from monitor.core.reports import derive_reports, silenced_reports
from monitor.core.silence import Quiet, Silence, Silences, about, is_silenced
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.core.walled import Walled
from monitor.tokens.claims import claims_of
from tests.core.scenes import FOCUS, MEMBER, NOW, OWNER, SERVER, join, key, live_store, person, promotion

LATER, UNTIL = NOW + 10, NOW + 3600
BY_FOCUS = promotion(FOCUS, ActorKind.JICOFO)


def by_focus(oid: int) -> Occupant:
    claims = claims_of({"context": {"user": {"id": f"id-{oid}"}}})
    return person(oid, MEMBER, OWNER, change=BY_FOCUS, claims=claims)


def scene() -> Store:
    store = live_store()
    join(store, "room", by_focus(1), by_focus(2), person(3, OWNER, OWNER), person(4, MEMBER, MEMBER))
    return store


def row_in(overview: Overview, now: float = LATER, node: str = "room") -> RoomRow:
    return next(row for row in overview.rows(now) if row.key.node == node)


def spoken(row: RoomRow) -> list[tuple[str, int | None]]:
    return [(one.rule.id, one.oid) for one in row.judgement.findings]


def silent(row: RoomRow) -> list[tuple[str, int | None]]:
    return [(one.rule.id, one.oid) for one in row.judgement.silenced]


def test_a_silenced_finding_counts_nowhere_and_is_kept() -> None:
    store = scene()
    overview = Overview(store)
    assert spoken(row_in(overview)) == [("F1", 1), ("F1", 2)]
    store.silences.silence(store.quiet_about(key("room"), "F1", 1), "known, ticket 12", LATER, UNTIL)
    row = row_in(overview)
    assert (spoken(row), silent(row)) == ([("F1", 2)], [("F1", 1)])
    assert totals([row]).silenced == 1
    store.silences.silence(store.quiet_about(key("room"), "F1", 2), "known", LATER, UNTIL)
    row = row_in(overview)
    assert (row.severity, row.state) == (Severity.FINE, "")
    counted = totals([row])
    assert (counted.critical, counted.silenced) == (0, 2)
    assert [one.reason for one in store.silences.active(LATER)] == ["known, ticket 12", "known"]


def test_what_holds_in_several_rooms_is_so_whoever_is_silenced_in_one_until_the_line_itself_is() -> None:
    store = scene()
    join(store, "other", by_focus(11))
    overview = Overview(store)
    (line,) = server_lines(store, overview.rows(LATER))
    for node, oid in (("other", 11), ("room", 1), ("room", 2)):
        store.silences.silence(store.quiet_about(key(node), "F1", oid), "known", LATER, UNTIL)
        lines = server_lines(store, overview.rows(LATER))
        assert lines == [line], node
        assert spoken_lines(store, lines, LATER) == [line], node
    store.silences.silence(Quiet(SERVER, "F1"), "known", LATER, UNTIL)
    assert spoken_lines(store, server_lines(store, overview.rows(LATER)), LATER) == []


def test_a_line_of_any_rule_counts_what_is_silenced_too() -> None:
    store = live_store()
    for node, first in (("room", 1), ("other", 11)):
        alike = [person(at, MEMBER, MEMBER, claims=Claims(MEMBER, room="*")) for at in (first, first + 1)]
        join(store, node, *alike)
    overview = Overview(store)
    (line,) = server_lines(store, overview.rows(LATER))
    assert line.rule == "F14"
    store.silences.silence(store.quiet_about(key("other"), "F14"), "known", LATER, UNTIL)
    assert server_lines(store, overview.rows(LATER)) == [line]


def test_a_silence_ends_at_its_time_though_nothing_else_moves() -> None:
    store = scene()
    overview = Overview(store)
    store.silences.silence(store.quiet_about(key("room"), "F1"), "known", LATER, UNTIL)
    assert row_in(overview, UNTIL - 0.1).severity is Severity.FINE
    assert row_in(overview, UNTIL).severity is Severity.CRITICAL
    assert store.silences.active(UNTIL) == []


def test_a_silence_can_be_lifted() -> None:
    store = scene()
    overview = Overview(store)
    quiet = store.quiet_about(key("room"), "F1")
    store.silences.silence(quiet, "known", LATER, UNTIL)
    assert row_in(overview).severity is Severity.FINE
    store.silences.lift(quiet)
    assert row_in(overview).severity is Severity.CRITICAL


def test_a_silence_about_nobody_in_particular_is_about_everybody_in_that_room_alone() -> None:
    store = scene()
    join(store, "other", by_focus(7), person(8, OWNER, OWNER), person(9, MEMBER, MEMBER))
    overview = Overview(store)
    store.silences.silence(store.quiet_about(key("room"), "F1"), "known", LATER, UNTIL)
    assert silent(row_in(overview)) == [("F1", 1), ("F1", 2)]
    assert spoken(row_in(overview, node="other")) == [("F1", 7)]


def test_a_silence_about_somebody_outlasts_their_rejoin_and_is_about_nobody_else() -> None:
    store = scene()
    overview = Overview(store)
    store.silences.silence(store.quiet_about(key("room"), "F1", 1), "known", LATER, UNTIL)
    store.apply(OccupantLeft(key("room"), LATER, 1))
    again = by_focus(11)
    again = msgspec.structs.replace(again, claims=by_focus(1).claims)
    store.apply(OccupantJoined(key("room"), "one", LATER, again))
    # The number of the one who left may be given to somebody else by another run of the server.
    store.apply(OccupantJoined(key("room"), "one", LATER, msgspec.structs.replace(by_focus(1), claims=None)))
    store.apply(OccupantJoined(key("room"), "one", LATER, by_focus(12)))
    row = row_in(overview, LATER + 5)
    assert silent(row) == [("F1", 11)]
    assert ("F1", 12) in spoken(row)


def test_is_silenced_asks_about_one_finding() -> None:
    store = scene()
    room = store.find_room(key("room"))
    assert room is not None
    finding = row_in(Overview(store)).judgement.findings[0]
    assert not is_silenced(finding, room, store.silences, LATER)
    store.silences.silence(about(room, finding.rule.id, finding.oid), "known", LATER, UNTIL)
    assert is_silenced(finding, room, store.silences, LATER)
    assert not is_silenced(finding, room, store.silences, UNTIL)


def test_the_silenced_are_listed_on_request_with_reason_and_time() -> None:
    store = scene()
    overview = Overview(store)
    store.silences.silence(store.quiet_about(key("room"), "F1", 1), "known", LATER, UNTIL)
    rows = overview.rows(LATER)
    assert [one.key[2] for one in Gathered(derive_reports(store.find_room)).rows(rows)] == [2]
    ((report, silence),) = silenced_reports(rows, store, LATER)
    assert (report.key, report.who) == ((key("room"), "F1", 1), "Person 1")
    assert silence is not None
    assert (silence.reason, silence.until) == ("known", UNTIL)


def test_what_holds_for_a_server_can_be_silenced_too() -> None:
    store = scene()
    line = ServerLine(SERVER, Severity.WARNING, clean("3 × party not started"), rule="F33")
    other = ServerLine(SERVER, Severity.CRITICAL, clean("no plugin"))
    assert spoken_lines(store, [line, other], LATER) == [other, line]
    store.silences.silence(Quiet(SERVER, "F33"), "a test is running", LATER, UNTIL)
    assert spoken_lines(store, [line, other], LATER) == [other]
    assert spoken_lines(store, [line, other], UNTIL) == [other, line]


def two_rooms() -> Store:
    store = live_store()
    for node in ("one", "two"):
        join(store, node, by_focus(1), by_focus(2), person(3, OWNER, OWNER), person(4, MEMBER, MEMBER))
    return store


def test_a_rule_that_is_silenced_on_a_whole_server_is_silent_in_every_room_and_for_whoever_comes() -> None:
    store = two_rooms()
    overview = Overview(store)
    assert [one.rule for one in server_lines(store, overview.rows(LATER))] == ["F1"]
    store.silences.silence(Quiet(SERVER, "F1"), "known", LATER, UNTIL)
    join(store, "three", by_focus(7), person(8, OWNER, OWNER), person(9, MEMBER, MEMBER))
    rows = overview.rows(LATER + 5)
    assert [spoken(row) for row in rows] == [[], [], []]
    assert totals(rows).silenced == 5
    assert len(server_lines(store, rows)) == 1
    assert spoken_lines(store, server_lines(store, rows), LATER) == []
    ((told, silence),) = silenced_reports(rows, store, LATER)
    assert told.says == "unclaimed owner, on the whole server: 5 people in 3 rooms"
    assert (told.number, told.severity, told.room) == (5, Severity.CRITICAL, None)
    assert silence == store.silences.active(LATER)[0]
    store.silences.lift(Quiet(SERVER, "F1"))
    assert sorted(len(spoken(row)) for row in overview.rows(LATER + 6)) == [1, 2, 2]


def test_a_silence_on_another_server_or_about_another_rule_covers_nothing_here() -> None:
    store = two_rooms()
    overview = Overview(store)
    for what in (Quiet("other", "F1"), Quiet(SERVER, "F3")):
        store.silences.silence(what, "", LATER, UNTIL)
    assert [len(spoken(row)) for row in overview.rows(LATER)] == [2, 2]
    store.silences.silence(Quiet(SERVER, "F1"), "", LATER, UNTIL)
    assert [len(spoken(row)) for row in overview.rows(UNTIL - 1)] == [0, 0]
    assert [len(spoken(row)) for row in overview.rows(UNTIL)] == [2, 2]


def test_a_silence_on_a_whole_server_is_listed_though_nothing_is_wrong_there_now() -> None:
    store = live_store()
    store.silences.silence(Quiet(SERVER, "F31"), "known", LATER, UNTIL)
    ((told, _),) = silenced_reports([], store, LATER)
    assert (told.says, told.number) == ("no focus, on the whole server: in no room at present", 0)
    assert silenced_reports([], store, UNTIL) == []


def test_silenced_people_are_part_of_a_pattern() -> None:
    store = live_store()
    for node in ("one", "two"):
        join(store, node, by_focus(1), by_focus(2), person(3, OWNER, OWNER), person(4, MEMBER, MEMBER))
    overview = Overview(store)
    lines = server_lines(store, overview.rows(LATER))
    assert len(lines) == 1
    store.silences.silence(store.quiet_about(key("one"), "F1"), "known", LATER, UNTIL)
    assert server_lines(store, overview.rows(LATER)) == lines


def test_on_the_wall_it_is_just_as_silent_and_can_be_silenced_there() -> None:
    store = scene()
    wall = Walled(store, Disguise(b"salt"))
    wall.hidden = True
    overview = Overview(wall)
    shown = overview.rows(LATER)[0].key
    assert shown != key("room")
    quiet = wall.quiet_about(shown, "F1", 1)
    assert quiet == store.quiet_about(key("room"), "F1", 1)
    wall.silences.silence(quiet, "known", LATER, UNTIL)
    assert silent(overview.rows(LATER)[0]) == [("F1", 1)]
    assert silent(row_in(Overview(store))) == [("F1", 1)]
    wall.silences.lift(quiet)
    assert silent(overview.rows(LATER)[0]) == []


def test_silences_survive_being_written_down() -> None:
    store = scene()
    store.silences.silence(store.quiet_about(key("room"), "F1", 1), "known", LATER, UNTIL)
    written = msgspec.json.encode(store.silences.active(LATER))
    store.silences = Silences(msgspec.json.decode(written, type=list[Silence]))
    assert silent(row_in(Overview(store))) == [("F1", 1)]
