"""Many servers on one screen: who is well is counted, who is not is named, and production is framed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from monitor.core.events import BatchHeard, Event, FeedChanged, LinkChanged
from monitor.core.query import Totals
from monitor.core.server import FeedState, LinkState, Vantage
from monitor.core.store import Store
from monitor.ui.app import MonitorApp
from monitor.ui.durations import time_of_day
from monitor.ui.headline import headline
from monitor.ui.spans import flow, length
from monitor.ui.standing import hints, notices, stand, why_empty
from tests.ui.scenes import HOST, NOW, Clock, FakeSources, connected, ended, fine, overview_events, seen
from tests.ui.screen import NARROW, WIDE, Running

HINT = "claims need the module: mucmon prosody --print"


def well(server: str) -> list[Event]:
    return [*connected(server), seen("alpha", fine(1, "Ann"), server=server), ended(server)]


def polled(server: str, lag_s: float = 25.0) -> list[Event]:
    return [
        LinkChanged(server, LinkState.UP, NOW - 60),
        FeedChanged(server, HOST, FeedState.LIVE, NOW - 50, "", "", Vantage.POLL, HINT),
        BatchHeard(server, HOST, NOW - 8, NOW - 8, lag_s=lag_s),
    ]


def down(server: str, state: LinkState = LinkState.LOST) -> list[Event]:
    return [LinkChanged(server, state, NOW - 100, f"{server} is down: start it")]


def fleet(number: int, *troubled: list[Event]) -> Store:
    store = Store()
    for one in range(number):
        store.declare(f"shard-{one}", [HOST])
        for event in well(f"shard-{one}"):
            store.apply(event)
    for events in troubled:
        for event in events:
            store.apply(event)
    return store


@asynccontextmanager
async def showing(store: Store, size: tuple[int, int] = WIDE, ascii_only: bool = False) -> AsyncIterator[Running]:
    sources, clock = FakeSources(), Clock()
    app = MonitorApp(store, sources, clock, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Running(app, pilot, store, clock, sources)


def header(store: Store, width: int) -> str:
    standings = [stand(server, NOW) for server in store.servers.values()]
    left, right = headline(standings, Totals(432, 4000, 90, 36, 36), NOW, width)
    assert length(left) + length(right) <= width
    return "".join(text for text, _ in [*left, ("  ", "text"), *right])


def test_of_twenty_servers_the_troubled_ones_are_named_and_the_others_counted() -> None:
    store = fleet(20, down("shard-3"), down("shard-5", LinkState.REFUSED))
    wide = header(store, 168)
    assert "● 18 servers   ○ shard-3" in wide
    assert "○ shard-5" in wide
    assert "432 rooms" in wide
    narrow = header(store, 76)
    assert "● 18 servers   ○ shard-3 STALE   ○ shard-5 STALE" in narrow
    assert "× 90 critical" in narrow


def test_where_many_are_in_trouble_they_are_counted_by_what_it_is() -> None:
    lost = [down(f"shard-{one}") for one in range(12)]
    refused = [down(f"shard-{one}", LinkState.REFUSED) for one in range(12, 19)]
    for width in (168, 90):
        shown = header(fleet(20, *lost, *refused), width)
        assert "○ 12 connection lost   ○ 7 refused" in shown
        assert "× 90 critical" in shown


def test_two_servers_are_named_with_the_age_of_their_data() -> None:
    assert "● shard-0 feed 0.2 s   ● shard-1 feed 0.2 s" in header(fleet(2), 168)


@pytest.mark.parametrize("width", range(20, 200, 3))
def test_the_header_fits_every_width(width: int) -> None:
    for store in (fleet(20, down("shard-3")), fleet(20, *(down(f"shard-{one}") for one in range(20)))):
        header(store, width)


def test_of_many_troubles_those_that_a_person_has_to_put_right_come_first_and_the_rest_is_named() -> None:
    troubled = [down(f"shard-{one}") for one in range(9)]
    store = fleet(10, *troubled, down("shard-9", LinkState.REFUSED))
    lines = ["".join(text for text, _ in flow(line)) for line in notices(store.servers.values(), most=4)]
    assert len(lines) == 4
    assert lines[0].startswith("×shard-9") or lines[0].startswith("× shard-9")
    assert "+7 more" in lines[3]
    assert "shard-2, shard-3, shard-4, shard-5, shard-6, shard-7, shard-8" in lines[3]
    assert len(notices(store.servers.values(), "it broke", most=4)) == 4


def test_every_state_of_a_link_says_since_when() -> None:
    for state, words in [
        (LinkState.LOST, "connection lost since"),
        (LinkState.REFUSED, "refused since"),
        (LinkState.STOPPED, "stopped since"),
        (LinkState.STALE, "not answering since"),
    ]:
        store = Store()
        for event in down("meet", state):
            store.apply(event)
        assert stand(store.servers["meet"], NOW).note.startswith(words)


@pytest.mark.parametrize(
    ("vantage", "words"), [(Vantage.POLL, "polling refused since"), (Vantage.FEED, "feed refused since")]
)
def test_a_feed_that_is_refused_says_since_when(vantage: Vantage, words: str) -> None:
    store = Store()
    store.apply(LinkChanged("meet", LinkState.UP, NOW - 100))
    store.apply(FeedChanged("meet", HOST, FeedState.REFUSED, NOW - 60, "not allowed", "forbidden", vantage))
    assert stand(store.servers["meet"], NOW).note == f"{words} {time_of_day(NOW - 60)}"


def test_a_link_that_hangs_is_stale_and_says_why_nothing_is_there() -> None:
    store = Store()
    store.declare("meet", [HOST])
    store.apply(LinkChanged("meet", LinkState.STALE, NOW))
    assert why_empty(store.servers.values()) == "Not connected: meet does not answer."
    for event in well("meet"):
        store.apply(event)
    store.apply(LinkChanged("meet", LinkState.STALE, NOW))
    standing = stand(store.servers["meet"], NOW)
    assert not standing.fresh
    assert standing.note.startswith("STALE since")


def test_why_there_is_no_room_is_told_by_three_servers_and_the_rest_is_counted() -> None:
    store = Store()
    for one in range(20):
        store.declare(f"shard-{one}", [HOST])
    words = why_empty(store.servers.values())
    assert words.count("Connecting") == 3
    assert words.endswith("And 17 servers more.")


def test_a_polled_server_says_so_and_how_old_its_data_may_be() -> None:
    store = Store()
    for event in polled("meet"):
        store.apply(event)
    standing = stand(store.servers["meet"], NOW)
    assert standing.note == "poll: no claims, 25 s"
    assert standing.fresh
    assert not standing.telling
    # Asked so rarely, it is not silent yet; but it is in the end.
    assert stand(store.servers["meet"], NOW + 20).fresh
    assert not stand(store.servers["meet"], NOW + 60).fresh


def test_what_the_module_would_add_is_said_once_for_all_who_lack_it() -> None:
    store = fleet(1, polled("meet"), polled("school"), down("school"), polled("work"))
    lines = ["".join(text for text, _ in flow(line)) for line in hints(store.servers.values())]
    assert len(lines) == 1
    assert "meet, work" in lines[0]
    assert HINT in lines[0]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_production_is_framed_and_named_and_other_servers_are_not(size: tuple[int, int]) -> None:
    store = fleet(2)
    async with showing(store, size) as run:
        assert "PRODUCTION" not in run.text()
        assert "┏" not in run.text()
    store.declare("shard-1", [HOST], production=True)
    async with showing(store, size) as run:
        lines = run.lines()
        assert lines[0].startswith("┏")
        assert " PRODUCTION: shard-1 " in lines[0]
        assert lines[-1].startswith("┗")
        assert all(line.startswith("┃") and line.endswith("┃") for line in lines[1:-1])
        assert "alpha" in run.text()
        await run.press("x")
        assert "PRODUCTION: shard-1" in run.lines()[0]
    async with showing(store, size, ascii_only=True) as run:
        assert all(line.isascii() for line in run.lines())


async def test_servers_are_named_in_their_colours_and_in_full() -> None:
    store = fleet(1)
    for name, colour in (("eu-production-1", "violet"), ("eu-production-2", "blue")):
        store.declare(name, [HOST], colour=colour)
        for event in well(name):
            store.apply(event)
    async with showing(store) as run:
        assert "#c19bff" in run.foreground_of("eu-production-1")
        assert "#6fb3ff" in run.foreground_of("eu-production-2")
        assert "alpha eu-production-1" in run.text()
        await run.press("2")
        assert "eu-production-2" in run.text()


async def test_the_screen_shows_a_polled_server_among_others() -> None:
    store = Store()
    for event in [*overview_events(), *polled("school")]:
        store.apply(event)
    async with showing(store) as run:
        assert "● school poll: no claims, 25 s" in run.text()
        assert f"i school {HINT}" in run.text()
