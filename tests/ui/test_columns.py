"""The pure renderers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.claims import Claims
from monitor.core.findings import judge
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.query import Overview, Totals
from monitor.core.room import Room
from monitor.core.server import MucHost
from monitor.core.text import clean
from monitor.ui.because import Case
from monitor.ui.columns import PEOPLE_COLUMNS, ROOM_COLUMNS, Around, person_cells, room_cells
from monitor.ui.durations import at_least, spell, spell_finely, tally, time_of_day
from monitor.ui.explain import why
from monitor.ui.headline import headline
from monitor.ui.spans import Cell, Labelled, Text, cut, fit, flow, length, span, wrap
from monitor.ui.standing import stand
from monitor.ui.table import place
from tests.ui.scenes import (
    HOST,
    MEMBER,
    NONE,
    NOW,
    OWNER,
    SCENES,
    applied,
    jane,
    key,
    person,
    store_of,
)


def host_with(plugin: bool = True) -> MucHost:
    """A MUC host on which a plugin applies the token's affiliation, or none does."""
    return MucHost(HOST, modules=frozenset({"token_affiliation"} if plugin else ()))


def words(spans: Cell) -> str:
    """A cell's text."""
    return " ".join(text for text, _ in spans)


def cells(someone: Occupant, *others: Occupant, plugin: bool = True, now: float = NOW) -> tuple[Cell, ...]:
    """Somebody's cells in a room with others."""
    host = host_with(plugin)
    room = Room(key("r"), occupants={one.oid: one for one in (someone, *others)})
    return person_cells(someone, room, judge(room, host, now), plugin, now)


def pair(someone: Occupant, **options: Any) -> str:
    """Claim, fact and mark."""
    return words(tuple(span for one in cells(someone, **options)[1:5] for span in one))


def granted() -> Change:
    """The change by which somebody on the phone, an operator, makes a member owner."""
    return Change(NOW - 60, MEMBER, OWNER, "root@meet.example/phone", ActorKind.OPERATOR)


@pytest.mark.parametrize(
    ("someone", "expected"),
    [
        (jane(), "member → owner ×"),
        (person(1, "a", OWNER, MEMBER), "owner → member ×"),
        (person(1, "a", NONE, OWNER), "none → owner ×"),
        (person(1, "a", MEMBER, MEMBER), "member → member ✓"),
        (person(1, "a", NONE, NONE), "none → none ✓"),
        (person(1, "a", None, OWNER), "unknown → owner ·"),
        (person(1, "a", OWNER, Affiliation.ADMIN), "owner → admin i"),
        (person(1, "a", MEMBER, OWNER, exempt=Exempt.JIBRI), "– → owner ·"),
        (jane(ago_s=1), "member → owner …"),
        (person(1, "a", MEMBER, OWNER, change=granted()), "member → owner i"),
        (person(1, "a", OWNER, MEMBER, change=Change(NOW - 60, OWNER, MEMBER)), "owner → member !"),
    ],
)
def test_the_pair_says_claim_fact_and_mark(someone: Occupant, expected: str) -> None:
    assert pair(someone) == expected


def test_a_difference_where_no_plugin_applies_claims_is_muted() -> None:
    assert cells(jane(), plugin=False)[4] == ((clean("i"), "muted"),)


def by(kind: ActorKind, actor: str | None = None, module: str | None = None) -> Change:
    """A change to owner."""
    return Change(NOW - 60, MEMBER, OWNER, actor, kind, module)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (by(ActorKind.JICOFO, "focus@auth.meet.example/focus"), "focus (jicofo)"),
        (by(ActorKind.MODULE, module="/x/mod_muc_allowners.lua"), "mod_muc_allowners"),
        (by(ActorKind.MODULE), "a server module"),
        (by(ActorKind.OPERATOR, "root@meet.example/phone"), "root@meet.example"),
        (by(ActorKind.PERSON, "u2@meet.example/web"), "Tom Ford"),
        (by(ActorKind.PERSON, "gone@meet.example/web"), "gone@meet.example"),
        (by(ActorKind.CREATOR), "created the room"),
        (by(ActorKind.UNKNOWN), "not told"),
        (None, "–"),
    ],
)
def test_set_by_names_the_actor(change: Change | None, expected: str) -> None:
    someone = person(1, "a", MEMBER, OWNER, change=change)
    assert words(cells(someone, person(2, "Tom Ford"))[6]) == expected


def test_set_by_is_muted_where_it_only_applied_the_claim() -> None:
    assert cells(person(1, "a", change=applied(NOW - 60, MEMBER)))[6][0][1] == "muted"
    assert cells(jane())[6][0][1] == "text"


def test_a_difference_from_before_says_so() -> None:
    someone = person(1, "a", MEMBER, OWNER, joined_exactly=False)
    assert words(cells(someone)[6]) == "before watching"
    host = host_with()
    room = Room(key("r"), occupants={1: someone})
    lines = why(someone, Case(room, host, judge(room, host, NOW), NOW))
    assert "already so when monitoring began at 14:03:20" in _text(lines[1])


def _text(line: Text) -> str:
    groups = (line.label, *line.rest) if isinstance(line, Labelled) else line
    return "".join(text for text, _ in flow(groups))


@pytest.mark.parametrize(
    ("someone", "expected"),
    [
        (person(1, "a"), "in 41m"),
        (person(1, "a", exp=NOW + 2 * 86400 - 1), "in 47h59"),
        (person(1, "a", exp=NOW - 190), "3m ago"),
        (person(1, "a", exp=None), "never"),
        (person(1, "a", exp=["x"]), "not a number"),
        (person(1, "a", exp=True), "not a number"),
        (person(1, "a", NONE, NONE), "–"),
        (person(1, "a", None), "–"),
        (person(1, "a", exempt=Exempt.ADMIN), "–"),
    ],
)
def test_expires_counts_from_now(someone: Occupant, expected: str) -> None:
    assert words(cells(someone)[7]) == expected


@pytest.mark.parametrize("off_s", [-1.7e9, -172_799, -3600, -1, 1, 3600, 3899, 172_799, 400 * 86400, 1e10])
def test_when_a_token_expires_is_never_cut(off_s: float) -> None:
    least = next(column.least for column in PEOPLE_COLUMNS if column.name == "expires")
    assert len(words(cells(person(1, "a", exp=NOW + off_s))[7])) <= least


def test_a_room_from_before_has_been_open_at_least_so_long() -> None:
    rows = {row.name: row for row in Overview(store_of(SCENES["overview"])).rows(NOW)}
    assert words(room_cells(rows[clean("sprechstunde-mueller")], NOW, Around())[5]) == "≥5m"
    assert words(room_cells(rows[clean("board-2031")], NOW, Around())[5]) == "1h08"
    assert words(room_cells(rows[clean("büro")], NOW, Around())[1]) == "i promoted"
    assert words(room_cells(rows[clean("retro")], NOW, Around())[1]) == "✓"
    assert words(room_cells(rows[clean("maths-7b")], NOW, Around())[1]) == "× all owners"


@pytest.mark.parametrize("number", [0.0, -5.0, float("nan"), float("inf"), float("-inf"), 1e300, -1e300])
def test_any_number_is_some_duration_and_some_moment(number: float) -> None:
    for spelt in (spell(number), spell_finely(number), tally(number), at_least(number), time_of_day(number, NOW)):
        assert 0 < len(spelt) <= 20


def test_durations_read_as_people_say_them() -> None:
    assert [spell(at) for at in (0, 59.9, 60, 3600, 4080, 200_000, 1e9)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h 00 min",
        "1 h 08 min",
        "2 d",
        ">999 d",
    ]
    assert [tally(at) for at in (5, 60, 4080, 200_000)] == ["<1m", "1m", "1h08", "2d"]
    assert [at_least(at) for at in (5, 60, 4080, 1e9)] == ["≥0m", "≥1m", "≥1h08", ">999d"]
    assert [spell_finely(at) for at in (0.2, 9.94, 12)] == ["0.2 s", "9.9 s", "12 s"]


def test_columns_are_dropped_in_a_fixed_order_and_the_pair_never() -> None:
    titles = []
    for width in (120, 75, 65, 50, 20):
        placed = place(PEOPLE_COLUMNS, width)
        titles.append([one.column.title for one in placed if one.column.title])
        pair_widths = [one.width for one in placed if one.index in (1, 2, 3, 4)]
        assert pair_widths == [10, 1, 9, 1]
    pair_titles = ["name", "token says", "room says"]
    assert titles == [
        [*pair_titles, "role", "set by", "expires"],
        [*pair_titles, "set by", "expires"],
        [*pair_titles, "set by"],
        pair_titles,
        pair_titles,
    ]
    rooms = [[one.column.title for one in place(ROOM_COLUMNS, width)][1:] for width in (50, 43, 39, 31)]
    assert rooms == [
        ["state", "room", "ppl", "own", "open"],
        ["state", "room", "ppl", "own"],
        ["state", "room", "ppl"],
        ["state", "room"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "日本語の部屋",
        "👨\u200d👩\u200d👧\u200d👦 family",
        "❤\ufe0f",
        "👍🏽",
        "🇩🇪 flag",
        "e\u0301e\u0301",
        "क्\u200dष",
    ],
)
@pytest.mark.parametrize("width", [0, 1, 2, 3, 5, 9, 30])
def test_cells_have_exactly_their_width(text: str, width: int) -> None:
    for right in (False, True):
        pieces = fit((span(text),), width, right)
        assert length(pieces) == width
    assert cell_len(cut(text, width)) <= width


def test_what_is_cut_ends_in_an_ellipsis() -> None:
    assert cut("geschichte-10a", 8) == "geschic…"
    assert cut("日本語の部屋", 6) == "日本…"


def test_wrapping_breaks_between_groups_first_and_loses_nothing() -> None:
    line = (
        (span("token says"), span("member")),
        (span("room says"), span("owner")),
        (span("x" * 30),),
    )
    lines = ["".join(text for text, _ in part) for part in wrap(line, 22)]
    assert lines == ["token says member", "room says owner", "x" * 22, "x" * 8]


def test_the_header_always_shows_servers_stale_and_criticals() -> None:
    store = store_of(SCENES["several"])
    later = NOW + 60
    standings = [stand(server, later) for server in store.servers.values()]
    for width in (172, 120, 90, 80):
        left, right = headline(standings, Totals(1200, 40000, 27, 3), later, width)
        text = "".join(text for text, _ in [*left, *right])
        assert length(left) + length(right) < width
        wide = width > 100
        for part in ("meet STALE", "school STALE", "◐ backup", "× 27 critical"):
            assert part in text
        assert ("STALE since 14:13:19" in text and "backup connecting" in text) is wide


def test_why_names_the_person_who_promoted_and_the_reason_given() -> None:
    change = msgspec.structs.replace(by(ActorKind.PERSON, "u2@meet.example/web"), reason="my\nreason")
    someone = person(1, "[b]a", MEMBER, OWNER, change=change)
    room = Room(key("r"), occupants={1: someone, 2: person(2, "Tom", OWNER, OWNER)})
    host = host_with()
    lines = [_text(line) for line in why(someone, Case(room, host, judge(room, host, NOW), NOW))]
    assert lines[0] == "i [b]a was promoted to owner.   F2"
    assert "by Tom = u2@meet.example" in lines[1]
    assert "likely   Tom granted it, an owner by token; that is no fault" in lines[3]
    assert "reason given my reason" in lines[4]


_numbers = st.floats() | st.integers(-(10**400), 10**400)
_times = st.floats()
_changes = st.builds(
    Change,
    at=_times,
    was=st.sampled_from(Affiliation),
    now=st.sampled_from(Affiliation),
    actor=st.none() | st.text(max_size=9),
    actor_kind=st.sampled_from(ActorKind),
    by_module=st.none() | st.text(max_size=9),
    reason=st.none() | st.text(max_size=9),
)
_claims = st.builds(
    Claims,
    affiliation=st.sampled_from([OWNER, MEMBER]),
    exp=_numbers | st.none() | st.booleans() | st.text() | st.lists(st.integers()),
    name=st.none() | st.integers() | st.text(),
)
_occupants = st.builds(
    Occupant,
    oid=st.integers(),
    nick=st.text(),
    name=st.none() | st.text(),
    sessions=st.lists(st.builds(Session, st.text()), max_size=2).map(tuple),
    role=st.sampled_from(Role),
    affiliation=st.sampled_from(Affiliation),
    joined_at=_times,
    joined_exactly=st.booleans(),
    exempt=st.sampled_from(Exempt),
    has_token=st.none() | st.booleans(),
    claims=st.none() | _claims,
    change=st.none() | _changes,
)


@settings(max_examples=200, deadline=None, database=None)
@given(_occupants, _times, st.booleans())
def test_anybody_at_any_time_can_be_drawn_and_explained(someone: Occupant, now: float, plugin: bool) -> None:
    drawn = cells(someone, plugin=plugin, now=now)
    assert len(drawn) == len(PEOPLE_COLUMNS)
    host = host_with(plugin)
    room = Room(key("r"), occupants={someone.oid: someone})
    for line in why(someone, Case(room, host, judge(room, host, now), now)):
        for part in wrap((line.label, *line.rest) if isinstance(line, Labelled) else line, 40):
            assert length(part) <= 40


def test_no_module_outside_core_text_makes_shown_text_itself() -> None:
    root = Path(__file__).parents[2] / "monitor"
    guilty = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "Shown(" in path.read_text(encoding="utf-8") and path != root / "core" / "text.py"
    ]
    assert guilty == []


def test_the_screen_imports_neither_the_wire_nor_its_libraries() -> None:
    root = Path(__file__).parents[2] / "monitor" / "ui"
    for path in root.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for name in ("monitor.wire", "slixmpp", "import jwt"):
            assert name not in source, path
