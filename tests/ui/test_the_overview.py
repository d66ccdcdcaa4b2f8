"""What the overview shows, at both sizes."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from textual.events import Resize
from textual.geometry import Size

from monitor.core.events import (
    BatchHeard,
    Event,
    FeedChanged,
    LinkChanged,
    OccupantJoined,
    OccupantLeft,
    RoomDestroyed,
)
from monitor.core.room import EndedRoom
from monitor.core.server import FeedState, LinkState
from tests.ui.scenes import (
    HOST,
    NOW,
    SERVER,
    FakeSources,
    connected,
    crowd,
    ended,
    jane,
    key,
    seen,
)
from tests.ui.screen import NARROW, WIDE, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
CALM = [*connected(), *(seen(f"room-{at}", *crowd(at * 10 + 1, 3)) for at in range(5)), ended()]
SPOILT = jane(77, ago_s=50)


def worse(node: str) -> OccupantJoined:
    """Somebody with a critical finding joins a room."""
    return OccupantJoined(key(node), "s1", NOW, SPOILT)


def over(node: str) -> RoomDestroyed:
    """A room ends."""
    return RoomDestroyed(EndedRoom(key(node), NOW, None, "last_left"))


@SIZES
async def test_the_claim_stands_beside_the_fact_with_who_made_it_so(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.pilot.press("j", "j", "j")
        header = run.text().splitlines()[0]
        assert header.startswith("mucmon ● meet feed 0.2 s")
        assert "× 4 critical RO 14:13:20 UTC" in header
        row = run.line_with("Jane Doe member")
        assert "member → owner ×" in row
        assert "focus (jicofo)" in row
        text = run.text()
        assert "× Jane Doe has owner rights the token does not give. F1" in text
        assert "token says member room says owner since 13:31:40 (0.2 s after joining)" in text
        assert "by focus = jicofo" in text
        assert "times in UTC" in text
        assert "open 42 min" in text
        assert "12 of 12 · worst first" in text


ODD = {"hostile", "weird", "weird-closing", "several"}


@pytest.mark.parametrize("scene", sorted(ODD | {"overdue", "closing-stale", "refused", "reading"}))
async def test_every_scene_is_drawn_straight_and_without_control_characters(scene: str) -> None:
    async with running(scene, NARROW) as run:
        sizes = ((NARROW, ("j", "enter")), (WIDE, ("escape", "G")))
        for size, keys in sizes if scene in ODD else sizes[:1]:
            await run.pilot.resize_terminal(*size)
            await run.press(*keys)
            odd = {char for char in "".join(run.lines()) if unicodedata.category(char) in ("Cc", "Cf", "Cs")}
            assert not odd


@SIZES
async def test_columns_stay_straight_beside_wide_and_joined_characters(
    size: tuple[int, int],
) -> None:
    async with running("hostile", size) as run:
        for grid in (run.grid("rooms"), run.grid("people")):
            rows = [grid._line(y)[0] for y in range(1, min(grid.size.height, len(grid._rows) + 1))]
            assert len({sum(_cells(text) for text, _ in pieces) for pieces in rows}) == 1


def _cells(text: str) -> int:
    """Terminal cells, one character at a time, as a terminal counts that joins nothing."""
    return sum(
        0 if unicodedata.category(char)[0] == "M" else 1 + (unicodedata.east_asian_width(char) in ("W", "F"))
        for char in text
    )


async def test_the_cursor_follows_its_row_when_another_room_becomes_worse() -> None:
    async with running(CALM) as run:
        await run.pilot.press("j")
        assert run.room() == "room-1"
        await run.wait(4)
        await run.apply(worse("room-3"))
        first = run.text().splitlines()[3]
        assert "× unclaimed owner room-3" in first
        assert run.room() == "room-1"
        assert "room-1 @ conference.meet.example" in run.text()


async def test_rows_keep_their_places_for_three_seconds_after_a_key() -> None:
    async with running(CALM) as run:
        await run.pilot.press("j")
        await run.apply(worse("room-3"))
        lines = run.text().splitlines()
        assert "room-0" in lines[3]
        assert "× unclaimed owner room-3" in lines[6]
        await run.wait(2.9)
        assert "room-0" in run.text().splitlines()[3]
        await run.wait(0.2)
        assert "× unclaimed owner room-3" in run.text().splitlines()[3]
        assert run.room() == "room-1"


async def test_the_neighbour_takes_the_cursor_when_its_room_ends() -> None:
    async with running(CALM) as run:
        await run.pilot.press("j", "j")
        await run.apply(over("room-2"))
        assert run.room() == "room-3"
        await run.pilot.press("G")
        await run.apply(over("room-4"))
        assert run.room() == "room-3"
        assert "room-3 @ conference.meet.example" in run.text()


async def test_the_cursor_stays_on_the_worst_room_until_somebody_moves_it() -> None:
    events = [*connected(), seen("room-0", *crowd(1, 3))]
    async with running(events) as run:
        assert run.room() == "room-0"
        await run.apply(seen("room-9", jane()))
        assert run.room() == "room-9"
        await run.apply(ended(), seen("aaa", jane(5)))
        assert run.room() == "aaa"
        await run.press("j", "k")
        await run.apply(seen("a", jane(6)))
        await run.wait(4)
        assert run.room() == "aaa"


async def test_people_come_and_go_in_the_chosen_room() -> None:
    async with running(CALM) as run:
        await run.apply(worse("room-0"))
        assert "people 4" in run.text()
        assert "member → owner ×" in run.line_with("Jane Doe member")
        await run.apply(OccupantLeft(key("room-0"), NOW, 77))
        assert "Jane Doe member" not in run.text()
        assert "← Jane Doe left" in run.text()


async def test_a_room_that_nobody_is_in_says_so() -> None:
    async with running([*connected(), seen("quiet"), ended()], NARROW) as run:
        assert "Nobody is in this room." in run.text()


async def test_a_change_is_settling_for_two_seconds_and_then_found() -> None:
    async with running("settling") as run:
        assert "member → owner …" in run.line_with("Jane Doe member")
        assert "settling: Jane Doe became owner 0.7 s ago, which may change yet." in run.text()
        await run.wait(1.25)
        assert "member → owner …" in run.line_with("Jane Doe member")
        await run.wait(0.1)
        assert "member → owner ×" in run.line_with("Jane Doe member")
        assert "× unclaimed owner standup" in run.text()


@SIZES
async def test_stale_data_stays_but_loses_its_colour(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        assert run.foreground_of("claim ignored") == {"#ff6b6b"}
        await run.wait(12.5)
        assert "◐ meet STALE since 14:13:19" in run.text()
        assert run.foreground_of("claim ignored") == {"#6f7d92"}
        assert "× 4 critical" in run.text()
        await run.apply(BatchHeard(SERVER, HOST, run.clock.now, run.clock.now))
        assert "STALE" not in run.text()
        assert run.foreground_of("claim ignored") == {"#ff6b6b"}


async def test_a_lost_link_greys_at_once_and_says_so() -> None:
    async with running("overview", NARROW) as run:
        await run.apply(LinkChanged(SERVER, LinkState.LOST, NOW, "Lost; trying again in 4 s."))
        assert "○ meet STALE since 14:13:19" in run.text()
        assert "Lost; trying again in 4 s." in run.text()
        assert run.foreground_of("claim ignored") == {"#6f7d92"}


async def test_the_words_of_a_stopped_link_are_never_cut() -> None:
    async with running("stopped", NARROW) as run:
        words = " ".join(run.text().split())
        assert "give each on-call person a component of their own, or press r to take it back." in words


async def test_an_empty_list_says_why() -> None:
    feed = FeedChanged
    steps: list[tuple[list[Event], str]] = [
        ([], "Connecting to meet …"),
        (
            [LinkChanged(SERVER, LinkState.REFUSED, NOW)],
            "Not connected: meet refused the connection.",
        ),
        ([LinkChanged(SERVER, LinkState.STOPPED, NOW)], "the connection to meet was ended."),
        (connected(), "Reading the rooms of meet …"),
        ([ended()], "No rooms: nobody is in a meeting on meet."),
        (
            [feed(SERVER, HOST, FeedState.STALE, NOW)],
            "meet has stopped telling us about its rooms.",
        ),
        ([feed(SERVER, HOST, FeedState.REFUSED, NOW)], "meet does not tell us about its rooms."),
        ([LinkChanged(SERVER, LinkState.LOST, NOW)], "the connection to meet was lost."),
    ]
    async with running("connecting", NARROW) as run:
        for events, reason in steps:
            await run.apply(*events)
            assert reason in run.text()
            assert "No room is chosen." in run.text()


async def test_without_a_plugin_the_difference_is_said_once_for_the_room() -> None:
    async with running("no-plugin") as run:
        assert "no plugin applies the token's affiliation here" in run.text()
        assert "member → owner i" in run.line_with("Jane Doe member")
        assert "0 critical" in run.text()


async def test_rooms_of_several_servers_name_their_server() -> None:
    async with running("several") as run:
        assert "state▼ room server ppl own open" in run.text()
        assert "unclaimed owner klasse-5 school" in run.text()
        assert "● meet feed 0.2 s ● school feed 0.2 s ◐ backup connecting" in run.text()


async def test_the_sources_start_once_after_the_first_paint_and_a_failure_is_told() -> None:
    sources = FakeSources(RuntimeError("no [b]loop[/nope]"))
    async with running("connecting", sources=sources) as run:
        await run.tick()
        assert "could not start: RuntimeError: no [b]loop[/nope]" in run.text()
        assert run.app.is_running
    assert sources.calls == ["start", "stop"]


async def test_a_refused_feed_tells_its_words_while_the_link_is_up() -> None:
    async with running("overview") as run:
        await run.apply(FeedChanged(SERVER, HOST, FeedState.REFUSED, NOW, "Add us to the watchers."))
        assert "× meet Add us to the watchers." in run.text()


async def test_durations_go_on_without_any_event() -> None:
    async with running("overview") as run:
        assert "18m" in run.line_with("chemie-9")
        await run.wait(60)
        assert "19m" in run.line_with("chemie-9")
        assert "14:14:20 UTC" in run.text()


async def test_a_resize_lays_the_panes_out_anew() -> None:
    async with running("overview", NARROW) as run:
        assert "role" not in run.text()
        await run.pilot.resize_terminal(*WIDE)
        await run.pilot.pause()
        assert "name token says room says role set by expires" in run.text()
        await run.pilot.resize_terminal(40, 12)
        await run.pilot.pause()
        assert run.lines()


async def test_sources_that_are_still_starting_are_stopped_too() -> None:
    sources = SlowSources()
    async with running("connecting", sources=sources) as run:
        await run.tick()
    assert sources.calls == ["start", "cancelled", "stop"]


class SlowSources(FakeSources):
    """Sources whose start never ends by itself."""

    async def start(self) -> None:
        """Wait for ever."""
        self.calls.append("start")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.calls.append("cancelled")
            raise


async def test_without_colours_what_is_wrong_is_bold_and_the_chosen_row_reversed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running("overview") as run:
        styles = {
            segment.text.strip(): segment.style
            for strip in run.app.screen._compositor.render_strips()
            for segment in strip
        }
        assert getattr(styles["unclaimed owner"], "bold", False)
        assert getattr(styles["board-2031"], "reverse", False)


async def test_rows_stay_grey_until_a_new_snapshot_is_complete() -> None:
    async with running("overview") as run:
        await run.apply(
            FeedChanged(SERVER, HOST, FeedState.STALE, NOW), FeedChanged(SERVER, HOST, FeedState.SNAPSHOT, NOW)
        )
        assert "STALE" in run.text()
        await run.apply(FeedChanged(SERVER, HOST, FeedState.LIVE, NOW))
        assert "STALE" not in run.text()


async def test_two_sizes_at_once_come_to_the_last_one() -> None:
    async with running("overview") as run:
        screen, seen = run.app.screen, []
        reached = screen._screen_resized

        def resized(size: Size) -> None:
            seen.append(size)
            # Where it does not come to rest by itself, the test must end all the same.
            if len(seen) < 50:
                reached(size)

        screen._screen_resized = resized  # type: ignore[method-assign]
        first, last = Size(90, 30), Size(120, 40)
        # While the screen is busy both come, with something between them.
        screen.call_later(asyncio.sleep, 0.1)
        await asyncio.sleep(0.02)
        for size in (first, last):
            run.app.post_message(Resize(size, size))
            await asyncio.sleep(0.03)
            screen.call_later(lambda: None)
        for _ in range(20):
            await asyncio.sleep(0.03)
        assert screen.outer_size == last
        assert len(seen) < 5
        assert len(run.lines()) == 40
