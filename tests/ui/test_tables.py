"""Columns: which are shown, by which the rows are sorted, and what a click on their titles does."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.core.text import clean
from monitor.ui import listing
from monitor.ui.columns import PEOPLE_COLUMNS, room_columns
from monitor.ui.endings import ended_columns
from monitor.ui.everyone import everyone_columns
from monitor.ui.happened import happening_columns
from monitor.ui.refusals import door_columns
from monitor.ui.reporting import report_columns
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.table import Arrangement, Column, place
from monitor.ui.views import door, findings, history, people
from monitor.ui.widgets.grid import Grid
from tests.ui.scenes import SCENES
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
TABLES = {
    "rooms": room_columns(True),
    "people": PEOPLE_COLUMNS,
    "everybody": everyone_columns(True),
    "reports": report_columns(True),
    "refusals": door_columns(True),
    "ended": ended_columns(True),
    "happenings": happening_columns(True),
}
PAIR = ("token says", "arrow", "room says", "mark")
VIEWS = {"1": "rooms", "2": "everybody", "3": "reports", "4": "refusals", "5": "ended"}


def view_of(run: Running) -> Any:
    screen = run.app.screen_stack[0]
    assert isinstance(screen, OverviewScreen)
    return screen._view


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_name_of_its_own(table: str) -> None:
    names = [column.name for column in TABLES[table]]
    assert len(set(names)) == len(names)
    assert all(names)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("wide", [False, True])
def test_the_fewer_cells_the_fewer_columns_in_an_order_that_is_always_the_same(table: str, wide: bool) -> None:
    columns, shown_before = TABLES[table], None
    for width in range(200, 10, -1):
        placed = place(columns, width, Arrangement(wide))
        shown = [one.index for one in placed]
        assert shown == sorted(shown)
        assert shown_before is None or set(shown) <= shown_before
        shown_before = set(shown)
        stays = [at for at, column in enumerate(columns) if column.stays]
        assert set(stays) <= set(shown)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("width", [170, 76, 54])
def test_every_column_can_be_seen_somewhere_to_the_right(table: str, width: int) -> None:
    columns = TABLES[table]
    placed = [place(columns, width, Arrangement(wide=True), shift) for shift in range(len(columns))]
    assert {one.column.name for some in placed for one in some} == {column.name for column in columns}
    assert all(sum(one.width + one.column.gap for one in some) <= width for some in placed)


@pytest.mark.parametrize("table", ["people", "everybody"])
@pytest.mark.parametrize("width", [170, 74, 54, 35])
def test_claim_and_fact_are_never_cut(table: str, width: int) -> None:
    placed = {one.column.name: one for one in place(TABLES[table], width)}
    for name in PAIR:
        assert placed[name].width == placed[name].column.least
    assert sum(one.width + one.column.gap for one in placed.values()) <= width


@pytest.mark.parametrize(("table", "column"), [("rooms", "state"), ("reports", "since/in")])
@pytest.mark.parametrize("width", [170, 74, 54, 35])
def test_countdowns_are_never_cut(table: str, column: str, width: int) -> None:
    placed = {one.column.name: one for one in place(TABLES[table], width)}
    assert placed[column].width == placed[column].column.least
    assert sum(one.width + one.column.gap for one in placed.values()) <= width


def test_where_all_are_wanted_those_that_do_not_fit_lie_to_the_right() -> None:
    columns = (Column(clean("a"), 5, 5), *(Column(clean(name), 5, 5, drop=9) for name in "bcde"))
    wide = Arrangement(wide=True)
    names = [[one.column.name for one in place(columns, 21, wide, shift)] for shift in range(5)]
    assert names == [["a", "b", "c"], ["a", "c", "d"], ["a", "d", "e"], ["a", "e"], ["a"]]


def test_every_order_is_that_of_a_column_and_every_table_can_be_sorted_by_its_columns() -> None:
    for table, orders in (
        ("rooms", listing.ORDERS),
        ("everybody", people.ORDERS),
        ("reports", findings.ORDERS),
        ("refusals", door.ORDERS),
        ("ended", history.ORDERS),
        ("happenings", history.EVENT_ORDERS),
    ):
        named = [order.column for order in orders]
        columns = [column.name for column in TABLES[table]]
        assert len(set(named)) == len(named)
        assert set(named) <= set(columns)
        unsorted = {name for name in columns if name not in named}
        # A bar and an arrow are of the column beside them, which can be sorted by.
        assert unsorted <= {"bar", "arrow"}


@SIZES
@pytest.mark.parametrize(
    ("key", "table", "column", "scene", "value_of"),
    [
        ("1", "rooms", "since", "overview", lambda row: row.since_at),
        ("3", "reports", "since", "overview", lambda one: -(one.since_at or 0.0)),
        ("3", "reports", "address", "overview", lambda one: one.person.bare_jid if one.person else ""),
        ("4", "refusals", "ago", "door", lambda one: one.refusal.at),
        ("4", "refusals", "condition", "door", lambda one: one.refusal.condition or ""),
        ("4", "refusals", "address", "door", lambda one: one.refusal.jid or ""),
        ("5", "ended", "since", "ended", lambda one: one.opened_at),
        ("5", "ended", "words", "ended", lambda one: (one.reason or "").casefold()),
    ],
)
async def test_columns_beyond_the_usual_can_be_sorted_by_too(
    size: tuple[int, int], key: str, table: str, column: str, scene: str, value_of: Any
) -> None:
    async with running(scene, size) as run:
        await run.press(key, "w")
        grid = run.grid(table)
        for _ in range(20):
            if column in grid.shown_columns:
                break
            await run.press("right")
        for _ in range(20):
            if view_of(run).listing.sorted_by == (column, False):
                break
            await run.press("s")
        assert view_of(run).listing.sorted_by == (column, False)
        values = [value_of(row) for row in grid._rows]
        assert len(set(values)) > 1 or column == "condition"
        assert values == sorted(values)
        await run.press("S")
        assert [value_of(row) for row in grid._rows] == sorted(values)[::-1]


@SIZES
async def test_s_goes_through_the_columns_in_sight_and_marks_the_one_it_sorts_by(size: tuple[int, int]) -> None:
    async with running("door", size) as run:
        for key, id in VIEWS.items():
            await run.press(key)
            grid = run.grid(id)
            if not grid._rows:
                continue
            seen = []
            while grid._placement.sorted_by[0] not in seen:
                seen.append(grid._placement.sorted_by[0])
                title = next(column.title for column in grid.columns if column.name == seen[-1])
                header = run.app.screen._compositor.render_strips()[grid.content_region.y].text
                mark = "▼" if grid._placement.sorted_by[1] else "▲"
                assert f"{title[:3]}" in header
                assert mark in header
                await run.press("S")
                assert ("▲" if mark == "▼" else "▼") in run.text()
                await run.press("s")
            assert len(seen) > 2
            assert set(seen) <= {*grid.shown_columns, seen[0]}


@SIZES
async def test_a_click_on_a_title_sorts_by_that_column_and_again_the_other_way_round(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        x = run.lines()[run.grid("rooms").region.y + 1].index("ppl") - run.grid("rooms").region.x
        await run.pilot.click("#rooms", offset=(x + 1, 1))
        await run.pilot.pause()
        assert "most people first" in run.text()
        assert "ppl▼" in run.text()
        await run.pilot.click("#rooms", offset=(x + 1, 1))
        await run.pilot.pause()
        assert "ppl▲" in run.text()
        await run.press("5", "tab", "tab")
        assert view_of(run).listing_of(run.grid("happenings")).order_words() == "newest first"


async def test_the_events_are_sorted_by_themselves() -> None:
    async with running("ended") as run:
        await run.press("5", "tab", "tab", "s")
        assert run.app.focused is run.grid("happenings")
        assert view_of(run).listing.order_words() == "newest first"
        assert view_of(run).listing_of(run.grid("happenings")).order_words() == "by room"


async def test_w_shows_every_column_and_again_the_usual_ones() -> None:
    async with running("overview") as run:
        assert "maths-7b@conference.meet.example" not in run.text()
        await run.press("w")
        assert "maths-7b@conference.meet.example" in run.text()
        assert run.grid("rooms").size.width > 160
        assert "waiting" in run.line_with("state▼")
        await run.press("w")
        assert "maths-7b@conference.meet.example" not in run.text()


async def test_where_not_every_column_fits_the_arrows_lead_to_the_rest() -> None:
    async with running("overview", NARROW) as run:
        await run.press("2")
        assert "set by" in run.line_with("token says")
        await run.press("w")
        assert run.line_with("token says").endswith("› │")
        for _ in range(12):
            await run.press("right")
        header = run.line_with("token says")
        assert "address" in header
        assert header.endswith("‹ │")
        assert "u31@meet.example" in run.line_with("Frau Müller")
        await run.press(*["left"] * 12)
        assert "room says ▼ role" in run.line_with("token says")


@SIZES
async def test_columns_are_chosen_in_a_small_box(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        grid = run.grid("rooms")
        assert "ppl" in grid.shown_columns
        await run.press("v")
        text = run.text()
        assert "● state always" in text
        assert "○ address more" in text
        await run.press("j", "j", "space")
        assert "ppl" not in grid.shown_columns
        await run.press("G", "enter", "space", "k", "k", "space")
        assert "waiting" in grid.shown_columns
        await run.press("g", "space")
        assert "state" in grid.shown_columns
        await run.press("u")
        assert "ppl" in grid.shown_columns
        await run.press("j", "j", "space", "escape")
        assert isinstance(run.app.screen, OverviewScreen)
        assert "ppl" not in run.line_with("state▼")


async def test_the_columns_of_the_table_with_the_focus_are_chosen() -> None:
    async with running("overview") as run:
        await run.press("tab", "v")
        assert "● token says always" in run.text()
        assert "○ address more" in run.text()
        await run.press("G", "space", "escape")
        assert "address" in run.grid("people").shown_columns
        assert "address" not in run.grid("rooms").shown_columns


@pytest.mark.parametrize("size", [(60, 20), (40, 15)])
@pytest.mark.parametrize("scene", ["closing", "overview", "held-open", "door", "ended"])
async def test_small_terminals_show_what_matters_most(scene: str, size: tuple[int, int]) -> None:
    assert scene in SCENES
    async with running(scene, size) as run:
        for key, id in VIEWS.items():
            await run.press(key)
            grid = run.grid(id)
            assert isinstance(grid, Grid)
            if id == "everybody":
                assert "token says room says" in run.text()
            if id == "rooms" and scene == "closing":
                assert "closes 00:38" in run.text()
            assert sum(one.width + one.column.gap for one in grid._placement.placed) <= grid._width
            assert grid.size.height >= 3
            assert run.lines()[-1].strip()
            assert run.lines()[0].strip()


def test_the_door_keeps_the_time_while_names_and_rooms_can_be_shorter() -> None:
    for server in (0, 8):
        columns = door_columns(server)
        shown = {width: {one.column.name: one.width for one in place(columns, width)} for width in range(20, 200)}
        with_time = [width for width in shown if "time" in shown[width]]
        assert with_time == list(range(min(with_time), 200))
        # At 60 columns the grid has 55 for its rows.
        assert min(with_time) <= 50
        for width in with_time:
            assert sum(one.column.gap + one.width for one in place(columns, width)) <= width
        for width in range(20, min(with_time)):
            assert set(shown[width]) == {"name", "room", "gate"}
