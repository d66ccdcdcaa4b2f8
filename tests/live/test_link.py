"""Links that break in every way they can: the screen says so, and in the end shows what is there."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from monitor.core.events import LinkChanged
from monitor.core.server import FeedState, LinkState, Vantage
from monitor.core.store import Store
from monitor.ui.app import MonitorApp
from monitor.ui.widgets.grid import Grid
from monitor.wire.link import Policy
from monitor.wire.rounds import LEAST_S
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import FOCUS
from tests.live.proxy import Proxy, Weather
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import STRANGER, WATCHERS, Watching, config_file, screen, watching
from tests.live.xmpp_client import Client
from tests.ui.scenes import FakeSources

QUICK = Policy(first_s=0.05, cap_s=0.5, slow_s=0.5, ping_s=1, answer_s=1)
ROUNDS = [pytest.param(3, id="3"), pytest.param(50, id="50", marks=pytest.mark.long)]
SEEDS = [pytest.param(range(10), id="10"), pytest.param(range(10, 200), id="200", marks=pytest.mark.long)]
AT_ONCE = 10
ADMINS = {"admins": [FOCUS, *WATCHERS]}


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling that waits less between its questions: what is tested is what it does after them."""
    monkeypatch.setattr("monitor.wire.poll.LIST_S", 1.0)
    monkeypatch.setattr("monitor.wire.rounds.LEAST_S", 0.5)


@pytest.mark.story("link a")
@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize("rounds", ROUNDS)
async def test_a_server_that_is_killed_again_and_again_is_shown_as_it_is_each_time(
    start_prosody: StartProsody, rounds: int
) -> None:
    prosody = start_prosody(muc_options=ADMINS)
    chance = random.Random(rounds)
    nodes = [f"room-{number}" for number in range(3)]
    async with watching(prosody, QUICK) as fed, watching(prosody, QUICK, WATCHERS[1], vantage="poll") as polled:
        for number in range(rounds):
            async with Cast(prosody) as cast:
                people = await come_back(cast, nodes, chance)
                await both_equal(fed, polled)
                moving = [asyncio.create_task(come_and_go(one, nodes, random.Random(number), 2)) for one in people]
                await asyncio.sleep(chance.uniform(0.05, 0.3))
                prosody.kill9()
                for one in moving:
                    # They wait for a server that is gone.
                    one.cancel()
                await asyncio.gather(*moving, return_exceptions=True)
                for monitor in (fed, polled):
                    await monitor.until(lambda monitor=monitor: not monitor.is_live)  # type: ignore[misc]
                    assert monitor.store.servers["meet"].link.state is LinkState.LOST
                    # What was known stays, until there is something to know again.
                    assert list(monitor.store.rooms())
            prosody.start()
            async with Cast(prosody) as cast:
                # The same rooms have other people now, some of whom come before anybody looks, and some after.
                await come_back(cast, nodes, chance)
                await both_equal(fed, polled)
                assert polled.host.vantage is Vantage.POLL
                assert all(node in fed.picture() for node in nodes)


async def come_back(cast: Cast, nodes: list[str], chance: random.Random) -> list[Client]:
    """People connect, open these rooms and come and go for a while; one of them is an owner by the focus' will."""
    focus = await cast.focus(*nodes)
    people = [await cast.person(token(cast.server, "*", name=f"P{one}"), name=f"P{one}") for one in range(4)]
    await asyncio.gather(*(come_and_go(one, nodes, random.Random(chance.random()), 0.5) for one in people))
    await people[0].join(nodes[0])
    await focus.set_affiliation(nodes[0], people[0].jid, "owner")
    return people


async def both_equal(*monitors: Watching) -> None:
    """Return when each is live and holds what the server does."""
    for monitor in monitors:
        await monitor.until(lambda monitor=monitor: monitor.is_live)  # type: ignore[misc]
        await monitor.equals_the_server()


async def come_and_go(person: Client, nodes: list[str], chance: random.Random, seconds: float) -> None:
    """Be in and out of these rooms, and in one of them at the end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        node = chance.choice(nodes)
        if node in person.nicks:
            await person.leave(node)
        else:
            await person.join(node)
        await asyncio.sleep(chance.uniform(0, 0.1))
    if not person.nicks:
        await person.join(nodes[0])


@pytest.mark.story("link b")
@pytest.mark.parametrize("vantage", ["feed", "poll"])
async def test_a_server_that_hangs_is_stale_and_comes_back(
    start_prosody: StartProsody, tmp_path: Path, vantage: str
) -> None:
    prosody = start_prosody(muc_options=ADMINS)
    # Polling asks every 5 s, and a silence counts from the question on.
    within_s = 16 if vantage == "feed" else 21
    async with Cast(prosody) as cast:
        focus = await cast.focus("lesson")
        john = await cast.person(token(prosody, "*", "owner", name="John Doe"), name="John Doe")
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        await john.join("lesson")
        await jane.join("lesson")
        here = "Jane Doe" if vantage == "feed" else jane.nicks["lesson"]
        config = config_file(tmp_path, prosody, vantage=vantage)
        async with screen(config) as terminal, watching(prosody, QUICK, vantage=vantage) as monitor:
            await terminal.shows(here, "● meet")
            prosody.sigstop()
            stopped = time.monotonic()
            # Its own connection is given up, and every new one hangs as well.
            await monitor.until(lambda: monitor.store.servers["meet"].link.state is LinkState.STALE)
            assert "does not answer" in monitor.store.servers["meet"].link.words
            # Said to a server that hangs: he will have left when it runs on.
            own = f"{john.room_jid('lesson')}/{john.nicks.pop('lesson')}"
            await john.send(f"<presence xmlns='jabber:client' type='unavailable' to='{own}'/>")
            await terminal.shows("STALE since", here, timeout_s=within_s + 4)
            assert time.monotonic() - stopped <= within_s
            assert len(monitor.picture()["lesson"]) == 3
            prosody.sigcont()
            resumed = time.monotonic()
            await focus.join("kitchen")
            await john.join("kitchen")
            await terminal.until(lambda text: "STALE" not in text and here in text, 15)
            await monitor.until(lambda: monitor.is_live, 15)
            await monitor.equals_the_server(LEAST_S + 5)
            assert {node: len(people) for node, people in monitor.picture().items()} == {"lesson": 2, "kitchen": 2}
            print(f"live again {time.monotonic() - resumed:.1f} s after the server ran on")
            await terminal.shows("kitchen", timeout_s=15)


@pytest.mark.story("link b")
@pytest.mark.long
async def test_a_peer_that_is_dead_is_noticed_within_30_s_as_mucmon_is_set(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Proxy(prosody.component_port) as proxy, watching(prosody, port=proxy.port) as monitor:
        proxy.weather.silent = True
        took = await monitor.until(lambda: monitor.store.servers["meet"].link.state is LinkState.STALE, 31)
        print(f"noticed after {took:.1f} s")
        proxy.weather.be_fair()
        await monitor.until(lambda: monitor.is_live, 30)


@pytest.mark.story("link c")
@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize("seeds", SEEDS)
async def test_whatever_the_network_does_the_store_is_right_afterwards(
    start_prosody: StartProsody, seeds: range
) -> None:
    jids = [f"storm{number}.meet.test" for number in range(AT_ONCE)]
    admins = {"admins": [FOCUS, *jids]}
    prosody = start_prosody(watchers=jids, components={f'"{jid}"': {} for jid in jids}, muc_options=admins)
    for first in range(seeds.start, seeds.stop, AT_ONCE):
        async with Cast(prosody) as cast, AsyncExitStack() as stack:
            nodes = [f"room-{number}" for number in range(5)]
            await cast.focus(*nodes)
            people = [await cast.person(token(prosody, "*", name=f"P{one}"), name=f"P{one}") for one in range(4)]
            # One screen for all of them, as if each were a server of its own.
            store = Store()
            storms = [
                await stack.enter_async_context(storm(prosody, jid, seed, store))
                for jid, seed in zip(jids, range(first, min(first + AT_ONCE, seeds.stop)), strict=False)
            ]
            app = MonitorApp(store, FakeSources())
            async with app.run_test(size=(120, 40)) as pilot:
                await asyncio.gather(*(come_and_go(one, nodes, random.Random(first), 3) for one in people))
                for proxy, _ in storms:
                    proxy.weather.be_fair()
                    proxy.cut()
                for proxy, monitor in storms:
                    # What is not live yet may hold a letter that the storm changed; what is, was told anew.
                    await monitor.until(lambda monitor=monitor: monitor.is_live, 20)  # type: ignore[misc]
                    await monitor.equals_the_server(15)
                    assert proxy.connections > 1
                there = {(monitor.name, node) for _, monitor in storms for node in monitor.picture()}
                await until_shown(app, there)
                await pilot.pause()
                assert app.is_running
                assert {monitor.host.vantage for _, monitor in storms} == {Vantage.FEED, Vantage.POLL}
            again = [proxy.connections for proxy, _ in storms]
            print(f"seeds from {first}: connections {again}")


async def until_shown(app: MonitorApp, rooms: set[tuple[str, str]], timeout_s: float = 3) -> None:
    """Return when the screen, which is drawn a few times in a second, lists just these rooms."""
    deadline = time.monotonic() + timeout_s
    while (listed := shown(app)) != rooms:
        assert time.monotonic() < deadline, f"shown or there, not both: {sorted(listed ^ rooms)}"
        await asyncio.sleep(0.05)


def shown(app: MonitorApp) -> set[tuple[str, str]]:
    """Server and node of every room that the screen lists, in sight or further down."""
    return {(row.key.server, row.key.node) for row in app.screen.query_one("#rooms", Grid)._rows}


@asynccontextmanager
async def storm(prosody: Prosody, jid: str, seed: int, store: Store) -> AsyncIterator[tuple[Proxy, Watching]]:
    """Follow the server over a network that does what it likes, and tell a store that others tell as well."""
    weather = Weather(random.Random(seed))
    async with Proxy(prosody.component_port, weather) as proxy:
        # Every other one looks on without the companion module.
        vantage = "poll" if seed % 2 else "feed"
        monitor = Watching(prosody, QUICK, jid, port=proxy.port, vantage=vantage, name=f"seed-{seed}", also=store.apply)
        weather.delay_s, weather.cut, weather.lose, weather.garble = 0.05, 0.03, 0.03, 0.05
        await monitor.links.start()
        try:
            yield proxy, monitor
        finally:
            await monitor.links.stop()


@pytest.mark.story("link d")
@pytest.mark.parametrize("resolve", ["kick_old", "kick_new"])
async def test_a_connection_that_leads_nowhere_is_replaced(start_prosody: StartProsody, resolve: str) -> None:
    prosody = start_prosody(component_conflict_resolve=resolve)
    async with Proxy(prosody.component_port) as proxy, watching(prosody, QUICK, port=proxy.port) as monitor:
        proxy.weather.silent = True
        await monitor.until(lambda: monitor.store.servers["meet"].link.state is LinkState.STALE)
        assert len(monitor.link._component.questions if monitor.link._component else ()) == 0
        # The way is open again, but for the old connection: the server has not noticed that it is gone.
        proxy.strand()
        if resolve == "kick_new":
            await monitor.until(lambda: "still holds the connection" in monitor.store.servers["meet"].link.words)
            assert monitor.store.servers["meet"].link.state is LinkState.LOST
            assert "kick_old" in monitor.store.servers["meet"].link.words
            proxy.cut()
        await monitor.until(lambda: monitor.is_live)
        await monitor.equals_the_server()


@pytest.mark.story("link e")
@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize("vantage", ["feed", "poll"])
async def test_two_who_share_a_component_do_not_throw_each_other_out_again_and_again(
    start_prosody: StartProsody, vantage: str
) -> None:
    prosody = start_prosody(component_conflict_resolve="kick_old", muc_options=ADMINS)
    async with Cast(prosody) as cast:
        focus = await cast.focus("lesson", "kitchen")
        john, jane = [await cast.person(token(prosody, "*", name=name), name=name) for name in ("John", "Jane")]
        await john.join("lesson")
        await jane.join("lesson")
        async with watching(prosody, QUICK, vantage=vantage) as ann:
            await ann.equals_the_server()
            known = ann.picture()
            async with watching(prosody, QUICK, vantage=vantage) as ben:
                await ann.until(lambda: ann.store.servers["meet"].link.state is LinkState.STOPPED)
                assert "press r to take it back" in ann.store.servers["meet"].link.words
                await ben.equals_the_server()
                await john.leave("lesson")
                await jane.join("kitchen")
                await focus.set_affiliation("kitchen", jane.jid, "owner")
                await focus.join("attic")
                await ben.equals_the_server()
                await asyncio.sleep(1.5)
                assert ben.is_live
                assert times_up(ann) == times_up(ben) == 1
                # She is told no more, and goes on showing what she was told, as stale.
                assert ann.picture() == known
                assert not ann.is_live
                assert ann.host.stale_since_at is not None
                ann.links.reconnect("meet")
                await ben.until(lambda: ben.store.servers["meet"].link.state is LinkState.STOPPED)
                await ann.until(lambda: ann.is_live)
                await ann.equals_the_server()
                await john.join("attic")
                await ann.equals_the_server()
                assert "attic" in ben.picture()
                assert ben.picture() != ann.picture()
                await asyncio.sleep(1.5)
                assert ann.is_live
                assert (times_up(ann), times_up(ben)) == (2, 1)


def times_up(monitor: Watching) -> int:
    """How often the link came up."""
    return sum(isinstance(event, LinkChanged) and event.state is LinkState.UP for _, event in monitor.events)


@pytest.mark.story("link f")
async def test_the_server_answers_the_pings_of_a_component_to_itself(start_prosody: StartProsody) -> None:
    prosody = start_prosody(monitor_module=False)
    async with watching(prosody, QUICK, jid=STRANGER) as monitor:
        await monitor.until(lambda: monitor.host.feed is FeedState.REFUSED)
        heard_at = monitor.link._component.heard_at if monitor.link._component else 0.0
        # Nothing else is said here: a link without answers would be given up after two seconds.
        await asyncio.sleep(4)
        assert monitor.link._component is not None
        assert monitor.link._component.heard_at > heard_at
        assert times_up(monitor) == 1
