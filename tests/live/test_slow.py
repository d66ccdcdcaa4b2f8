"""Watchers that are slow, stuck or dead, and many of them: the server stays free and each of the others right."""

import asyncio
import time

import pytest

from monitor.core.events import FeedChanged
from monitor.core.model import FeedState, Health
from tests.live import truth
from tests.live.cast import Cast, until
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import WATCHERS, Watching, watching
from tests.live.xmpp_client import Client

ROOMS = [f"busy-{number}" for number in range(20)]


def deafen(monitor: Watching) -> None:
    """From now on nothing is acknowledged."""
    link = monitor.links._links["meet"]
    link.send_ack = lambda host, sub, seq: None  # type: ignore[method-assign]


def undeafen(monitor: Watching) -> None:
    """Acknowledge everything from here on, and what came meanwhile."""
    link = monitor.links._links["meet"]
    del link.send_ack
    watch = link._watches[monitor.server.muc_host]
    link.send_ack(monitor.server.muc_host, watch._sub, watch._seq)


async def come_and_go(people: list[Client], times: int) -> None:
    for _ in range(times):
        for person in people:
            await person.join_many(ROOMS)
        for person in people:
            for room in ROOMS:
                await person.leave(room)


async def crowd(cast: Cast, size: int) -> list[Client]:
    names = [f"Person {number}" for number in range(size)]
    return [await cast.person(token(cast.server, "*", name=name), name=name) for name in names]


async def test_a_watcher_that_acknowledges_nothing_is_told_the_present_when_it_listens_again(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor, watching(prosody, jid=WATCHERS[1]) as other:
        await cast.focus(*ROOMS)
        people = await crowd(cast, 5)
        await monitor.equals_the_server()
        deafen(monitor)
        before = len(monitor.events)
        await come_and_go(people, 8)
        await people[0].join_many(ROOMS[:7])
        await other.equals_the_server()
        batches = sum(type(event).__name__ == "BatchHeard" for _, event in monitor.events[before:])
        assert batches <= 8
        assert monitor.picture() != other.picture()
        undeafen(monitor)
        await monitor.equals_the_server()
        assert monitor.is_live


@pytest.mark.long
async def test_ten_thousand_comings_and_goings_cost_a_stuck_watcher_little_memory(start_prosody: StartProsody) -> None:
    used = {}
    for stuck in (False, True):
        prosody = start_prosody()
        async with Cast(prosody) as cast, watching(prosody) as monitor:
            await cast.focus(*ROOMS)
            people = await crowd(cast, 10)
            await come_and_go(people, 1)
            if stuck:
                deafen(monitor)
            before = await truth.memory_kb(prosody)
            await come_and_go(people, 25)
            used[stuck] = await truth.memory_kb(prosody) - before
            if stuck:
                undeafen(monitor)
                await monitor.equals_the_server()
    print(f"memory after 10,000: {used[False]:.0f} KB followed, {used[True]:.0f} KB stuck")
    assert used[True] <= used[False] + 5 * 1024


@pytest.mark.story("stress d")
async def test_a_snapshot_for_one_watcher_swallows_no_change_for_another(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor, watching(prosody, jid=WATCHERS[1]) as other:
        focus = await cast.focus("shared")
        jane = await cast.person(token(prosody, "shared"), name="Jane Doe")
        await jane.join("shared")
        await other.equals_the_server()
        for affiliation in ("owner", "member", "owner"):
            await focus.set_affiliation("shared", jane.jid, affiliation)
            # The change waits up to 0.1 s to be told; a new watch has its snapshot before that.
            monitor.links._links["meet"]._watches[prosody.muc_host].link_up()
            await monitor.until(lambda: monitor.host.feed is not FeedState.LIVE)
            await monitor.until(lambda: monitor.is_live)
            await other.equals_the_server(2)
            await monitor.equals_the_server(2)


async def test_a_watcher_that_dies_leaves_the_others_alone(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody, jid=WATCHERS[1]) as other:
        focus = await cast.focus("alive")
        async with watching(prosody) as dying:
            task = dying.links._tasks[0]
            component = dying.links._links["meet"]._component
            assert component is not None
            component.abort()
            task.cancel()
        await focus.join("alive-too")
        await other.equals_the_server()
        await other.until(lambda: other.host.health is not None and other.host.health.watchers == 1, 8)


@pytest.mark.story("stress c")
async def test_of_several_watchers_the_right_ones_live_on(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "constant", name="PATIENCE_S", value=1)
    await several_watchers(prosody)


@pytest.mark.long
async def test_a_watch_ends_after_two_minutes_without_a_word(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    started = time.monotonic()
    await several_watchers(prosody, patience_s=120)
    assert time.monotonic() - started >= 120


async def several_watchers(prosody: Prosody, patience_s: float = 1) -> None:
    """One is dumb, one dies, a second connection of it is refused; another sees it all."""
    async with Cast(prosody) as cast, watching(prosody, jid=WATCHERS[1]) as other:
        focus = await cast.focus("first")
        async with watching(prosody) as dumb:
            deafen(dumb)
            dumb.links._links["meet"]._watches[prosody.muc_host].tick = lambda: None  # type: ignore[method-assign]
            refused = Watching(prosody)
            await refused.links.start()
            await refused.until(lambda: "already connected" in refused.store.servers["meet"].link.words)
            await refused.links.stop()
            for number in range(12):
                await focus.join(f"room-{number}")
                await asyncio.sleep(0.12)
            await other.equals_the_server()
            assert dumb.picture() != other.picture()
            assert await watchers(prosody, other) == 2
            await asyncio.sleep(patience_s + 0.1)
            await until(lambda: only_one(prosody, other), 12)
            told = len(dumb.events)
            await focus.join("after-its-end")
            await other.equals_the_server()
            assert len(dumb.events) == told
        async with watching(prosody) as dying:
            await dying.equals_the_server()
            assert await watchers(prosody, other) == 2
            component = dying.links._links["meet"]._component
            assert component is not None
            dying.links._tasks[0].cancel()
            component.abort()
            await until(lambda: only_one(prosody, other), 12)
        async with watching(prosody) as back:
            await focus.leave("first")
            await back.equals_the_server()
            await other.equals_the_server()
            assert await watchers(prosody, other) == 2
        assert not [one for _, one in other.events if isinstance(one, FeedChanged) and one.state is FeedState.STALE]
        assert health(other).errors == 0


def health(monitor: Watching) -> Health:
    """What the module last said of itself."""
    return monitor.host.health or Health()


async def only_one(prosody: Prosody, monitor: Watching) -> bool:
    """Whether MONITOR's is the only watch."""
    return await watchers(prosody, monitor) == 1


async def watchers(prosody: Prosody, monitor: Watching) -> int:
    """How many watches the module says it has, asked for now."""
    heard = len(monitor.heard)
    await truth.do(prosody, "handle", handler="heartbeat")
    await monitor.until(lambda: any('"health"' in text for text in monitor.heard[heard:]))
    return health(monitor).watchers


async def test_a_second_connection_that_is_refused_does_not_end_the_first_ones_watch(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as first:
        second = Watching(prosody)
        await second.links.start()
        await second.until(lambda: "already connected" in second.store.servers["meet"].link.words)
        await second.links.stop()
        await cast.focus("still-followed")
        await first.equals_the_server()
        assert first.is_live


async def test_what_changes_during_the_snapshot_is_right_afterwards(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "fill", rooms=400, people=10, prefix="made-", sessions=True)
    async with Cast(prosody) as cast:
        await cast.focus(*ROOMS)
        people = await crowd(cast, 5)
        for _ in range(3):
            coming = asyncio.create_task(come_and_go(people, 1))
            async with watching(prosody) as monitor:
                await coming
                await monitor.equals_the_server(8)


async def test_a_lost_connection_says_when_it_counts_as_gone(start_prosody: StartProsody) -> None:
    prosody = start_prosody(hibernation_s=2)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("held")
        john = await cast.person(token(prosody, "held", "owner"), name="John Doe")
        await john.join("held")
        await monitor.until(lambda: monitor.find("held", "John Doe") is not None)
        await john.drop()

        def gone_at() -> float | None:
            person = monitor.find("held", "John Doe")
            return person.sessions[0].gone_at if person and person.sessions else None

        await monitor.until(lambda: gone_at() is not None)
        deadline = gone_at()
        assert deadline is not None
        await john.resume()
        await monitor.until(lambda: gone_at() is None)
        room = monitor.store.find_room(monitor.key("held"))
        assert room is not None
        monitor.links.look_at(room.key)
        await asyncio.sleep(0.3)
        told = [(entry.what, entry.detail) for entry in room.history if entry.what in ("lost", "back")]
        assert told == [("lost", str(deadline)), ("back", str(deadline))]
        await john.drop()
        await monitor.until(lambda: gone_at() is not None)
        again = gone_at()
        assert again is not None
        await monitor.until(lambda: monitor.find("held", "John Doe") is None, 6)
        assert abs((time.time() + (monitor.host.offset_s or 0)) - again) <= 1
