"""Which rooms are listed and in which order: filter, problems, sorting, pause."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual import events
from textual.widgets import Input

from monitor.core.events import OccupantJoined, OccupantRenamed
from monitor.core.query import RoomRow
from monitor.core.store import Store
from monitor.ui.listing import ORDERS, Narrowing, rooms_listing
from monitor.ui.picture import Picture
from monitor.ui.screens.silence import SilenceScreen
from tests.ui.scenes import NOW, connected, crowd, ended, fine, jane, key, seen, store_of
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


class Listed:
    """The rooms of a store as they are listed."""

    def __init__(self, store: Store) -> None:
        self.picture, self.narrowing = Picture(store), Narrowing()
        self.listing = rooms_listing(self.picture, self.narrowing)

    def rows(self, now: float = NOW) -> Sequence[RoomRow]:
        """The rows of the rooms listed."""
        return self.listing.shown(self.picture.rows(now), now)

    def nodes(self, now: float = NOW) -> list[str]:
        """The nodes of the rooms listed."""
        return [row.key.node for row in self.rows(now)]


def small_store() -> Store:
    """Three rooms that differ in everything one can sort by."""
    return store_of(
        [
            *connected(party=True),
            seen("alpha", *crowd(1, 2), open_s=300),
            seen("beta", *crowd(10, 9, 3), open_s=900),
            seen("gamma", *crowd(30, 5, 0), open_s=60, owner_seen=True),
            ended(),
        ]
    )


def count(run: Running) -> int:
    """How many rooms are listed."""
    return len(run.grid("rooms")._rows)


@SIZES
async def test_a_filter_works_while_it_is_typed_and_enter_keeps_it(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        assert "12 of 12 · worst first" in run.text()
        await run.press("slash", "m", "a", "t")
        assert "/ mat" in run.lines()[-1]
        assert "enter keep" in run.lines()[-1]
        assert "1 of 12 · /mat · worst first" in run.text()
        await run.press("enter")
        assert run.app.focused is run.grid("rooms")
        assert "1 of 12 · /mat · worst first" in run.text()
        assert run.room() == "maths-7b"
        assert "esc all" in run.lines()[-1]
        await run.press("escape")
        assert "12 of 12 · worst first" in run.text()
        assert run.room() == "maths-7b"
        assert "esc all" not in run.lines()[-1]


async def test_escape_clears_the_filter_while_it_is_typed() -> None:
    async with running("overview", NARROW) as run:
        await run.press("slash", "q", "q", "escape")
        assert run.app.is_running
        assert count(run) == 12
        assert "? help" in run.lines()[-1]
        await run.press("slash", "escape")
        assert "? help" in run.lines()[-1]


async def test_a_word_with_an_exclamation_mark_leaves_rooms_out() -> None:
    async with running("overview") as run:
        await run.press("slash", *"person", "space", "exclamation_mark", *"9")
        assert "/person !9" in run.text()
        listed_names = {row.name for row in run.grid("rooms")._rows}  # type: ignore[attr-defined]
        assert listed_names == {"board-2031", "retro", "sprechstunde-mueller"}


async def test_people_are_found_by_name_as_they_come() -> None:
    async with running("overview") as run:
        await run.press("slash", *"zoe", "enter")
        assert "No room has the words zoe; esc shows all again." in run.text()
        assert "0 of 12 · /zoe" in run.text()
        await run.apply(OccupantJoined(key("retro"), "s1", NOW, fine(77, "Zoë Zoe")))
        assert run.room() == "retro"
        await run.apply(OccupantRenamed(key("retro"), NOW, 77, "other"))
        assert "1 of 12 · /zoe" in run.text()


async def test_what_is_typed_at_once_after_the_slash_goes_into_the_filter() -> None:
    """A slow line delivers several keys in one go; m and q would otherwise be commands."""
    async with running("overview") as run:
        for name, char in (("slash", "/"), ("m", "m"), ("slash", "/"), ("q", "q")):
            run.app.post_message(events.Key(name, char))
        await run.pilot.pause(0.1)
        assert run.app.is_running
        assert "/m/q" in run.text()


async def test_keys_that_come_in_one_go_are_heard_in_the_order_they_were_typed() -> None:
    async with running("overview") as run:
        for char in "3Gz":
            run.app.post_message(events.Key(char, char))
        await run.pilot.pause(0.2)
        await run.tick()
        assert isinstance(run.app.screen, SilenceScreen)
        assert "● F2 Promoted Pete" in run.text()
        await run.press("escape")
        for char in "1Gjgjj":
            run.app.post_message(events.Key(char, char))
        await run.pilot.pause(0.1)
        assert run.grid("rooms")._index == 2


async def test_a_key_that_is_for_nothing_here_does_nothing_where_the_next_key_led() -> None:
    async with running("overview") as run:
        for name, char in (("escape", None), ("5", "5")):
            run.app.post_message(events.Key(name, char))
        await run.pilot.pause(0.2)
        assert "─ 5 history" in run.text()


async def test_a_filter_its_end_and_the_key_after_it_come_in_one_go() -> None:
    async with running("overview") as run:
        for name in (*"3", "slash", *"pete", "enter", *"Gz"):
            run.app.post_message(events.Key(name, "/" if name == "slash" else name if len(name) == 1 else None))
        await run.pilot.pause(0.2)
        await run.tick()
        assert "/pete" in run.text()
        assert isinstance(run.app.screen, SilenceScreen)
        assert "● F2 Promoted Pete" in run.text()


async def test_a_whole_filter_typed_at_once_stands_as_it_was_typed_and_goes_at_once() -> None:
    async with running("overview") as run:
        await run.press("slash")
        for char in "name:jane is:owner":
            run.app.post_message(events.Key({":": "colon", " ": "space"}.get(char, char), char))
        await run.pilot.pause(0.2)
        assert "/ name:jane is:owner" in run.lines()[-1]
        assert "2 of 12 · /name:jane is:owner" in run.text()
        for char in "abc":
            run.app.post_message(events.Key(char, char))
        run.app.post_message(events.Key("escape", None))
        await run.pilot.pause(0.2)
        assert count(run) == 12
        assert "/name" not in run.text()
        assert "? help" in run.lines()[-1]


async def test_what_the_line_said_a_moment_ago_does_not_undo_what_is_typed_since() -> None:
    async with running("overview") as run:
        await run.press("slash")
        line = run.app.screen.query_one("#words", Input)
        line.value = "zoe"
        run.app.screen.post_message(Input.Changed(line, "z"))
        await run.tick()
        assert line.value == "zoe"
        assert "/zoe ·" in run.text()


@SIZES
async def test_m_lists_problems_alone_and_then_all_again(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("m")
        assert "4 of 12 · problems only · worst first" in run.text()
        await run.press("m")
        assert "12 of 12 · worst first" in run.text()


@SIZES
async def test_n_goes_from_problem_to_problem_round_the_end(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        rooms = []
        for pressed in ("n", "n", "n", "n", "N", "N"):
            await run.press(pressed)
            rooms.append(run.room())
        assert rooms == ["chemie-9", "maths-7b", "nocheintest", "board-2031", "nocheintest", "maths-7b"]
        await run.press("s", "G", "n")
        assert run.room() == "board-2031"


@pytest.mark.parametrize(("size", "count"), [(NARROW, 10), (WIDE, 2)])
async def test_s_sorts_by_the_next_column_and_the_border_says_by_what(size: tuple[int, int], count: int) -> None:
    async with running("overview", size) as run:
        for pressed, words in (
            ("s", "by name"),
            ("S", "by name, backwards"),
            ("s", "most people first"),
            ("S", "fewest people first"),
            ("s", "fewest owners first"),
            ("S", "most owners first"),
            ("s", "longest open first"),
            ("S", "newest first"),
            ("s", "worst first"),
            ("S", "worst last"),
        )[:count]:
            await run.press(pressed)
            assert f"12 of 12 · {words} ─" in run.text()


def test_an_empty_list_says_what_emptied_it() -> None:
    listed = Listed(store_of([*connected(), seen("r", *crowd(1, 2)), ended()]))
    assert listed.listing.why_none() == ""
    listed.narrowing.problems_only = True
    assert listed.nodes() == []
    assert listed.listing.why_none() == "No room has a problem; m shows all again."
    listed.narrowing.words = " zoe "
    assert listed.listing.why_none() == "No room has the words zoe; esc shows all again."
    assert listed.listing.narrowed_words() == "/zoe · problems only"


def test_each_order_sorts_by_what_it_says() -> None:
    listed = Listed(small_store())
    orders = {}
    for _ in ORDERS:
        forwards = orders[listed.listing.order_words()] = listed.nodes()
        listed.listing.reverse()
        assert listed.nodes() == forwards[::-1]
        listed.listing.sort()
    assert orders == {
        "worst first": ["gamma", "alpha", "beta"],
        "by name": ["alpha", "beta", "gamma"],
        "by server": ["gamma", "alpha", "beta"],
        "most waiting first": ["gamma", "alpha", "beta"],
        "by address": ["alpha", "beta", "gamma"],
        "most people first": ["beta", "gamma", "alpha"],
        "fewest owners first": ["gamma", "alpha", "beta"],
        "longest open first": ["beta", "alpha", "gamma"],
        "opened first first": ["beta", "alpha", "gamma"],
    }


def test_the_listed_rows_are_the_same_object_while_nothing_moved() -> None:
    listed = Listed(small_store())
    listed.narrowing.words = "a !gam"
    listed.listing.sort()
    assert listed.nodes() == ["alpha", "beta"]
    assert listed.rows(NOW) is listed.rows(NOW + 10)


def test_a_pause_keeps_filter_and_sorting_at_work_on_the_rows_as_they_were() -> None:
    store = small_store()
    listed = Listed(store)
    listed.picture.toggle_pause(NOW)
    store.apply(seen("delta", jane(), *crowd(90, 3)))
    store.apply(OccupantJoined(key("alpha"), "s1", NOW, fine(70, "Newcomer")))
    assert listed.nodes() == ["gamma", "alpha", "beta"]
    room = listed.picture.find_room(key("alpha"))
    assert room is not None
    assert len(room.occupants) == 2
    listed.narrowing.words = "newcomer"
    assert listed.nodes() == []
    listed.picture.toggle_pause(NOW + 5)
    assert listed.nodes(NOW + 5) == ["alpha"]


@pytest.mark.parametrize("scene", ["held-open", "stopped"])
async def test_the_footer_names_what_matters_most_where_not_all_fits(scene: str) -> None:
    async with running(scene, NARROW) as run:
        for width in (80, 60, 172):
            await run.pilot.resize_terminal(width, 24)
            await run.pilot.pause(0.05)
            await run.tick()
            footer = run.lines()[-1]
            assert "? help" in footer
            assert "q quit" in footer
            assert ("r reconnect" in footer) == (scene == "stopped")
            assert "1-5 views" in footer
            assert ("p pause" in footer) == (width == 172)
