"""Watchers that are slow, stuck or dead, and many of them: the server stays free and each of the others right."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import pytest

from monitor.core.events import Event, FeedChanged, RoomSeen
from monitor.core.server import FeedState, Health
from monitor.wire import feed
from tests.live import truth
from tests.live.cast import Cast, until
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import WATCHERS, Watching, watching
from tests.live.xmpp_client import Client, Focus

ROOMS = [f"busy-{number}" for number in range(20)]


def deafen(monitor: Watching) -> None:
    """From now on nothing is acknowledged, and the silence that comes of it is not noticed."""
    link = monitor.links._links["meet"]
    link.send_ack = lambda host, sub, seq: None  # type: ignore[method-assign]
    for host in link._hosts.values():
        host.watch.tick = lambda: None  # type: ignore[method-assign]


def undeafen(monitor: Watching) -> None:
    """Acknowledge everything from here on, and what came meanwhile."""
    link = monitor.links._links["meet"]
    del link.send_ack
    for host in link._hosts.values():
        del host.watch.tick
        link.send_ack(host.name, host.watch._sub, host.watch._seq)


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


async def end_and_begin(focus: Focus, person: Client, since: int, times: int) -> None:
    """As many rooms, each with a name of its own, begin and end with whoever was in them."""
    for first in range(since, since + times, 20):
        rooms = [f"brief-{number}" for number in range(first, first + 20)]
        await focus.join_many(rooms)
        await person.join_many(rooms)
        for room in rooms:
            await person.leave(room)
            await focus.leave(room)


async def memory_used_kb(prosody: Prosody, *, stuck: bool, ending: bool) -> float:
    """What Lua holds more after 10,000 joins and leaves that a watcher acknowledged, or did not."""
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus(*ROOMS)
        people = await crowd(cast, 10)
        await come_and_go(people, 1)
        await end_and_begin(focus, people[0], 0, 20)
        if stuck:
            deafen(monitor)
        before = await truth.memory_kb(prosody)
        if ending:
            await end_and_begin(focus, people[0], 20, 2500)
        else:
            await come_and_go(people, 25)
        used = await truth.memory_kb(prosody) - before
        if stuck:
            assert monitor.host.health is not None
            heard = len(monitor.heard)
            undeafen(monitor)
            await monitor.equals_the_server()
            assert len(monitor.heard) > heard
        return used


@pytest.mark.long
@pytest.mark.parametrize("ending", [False, True], ids=["in lasting rooms", "in rooms that end"])
async def test_ten_thousand_comings_and_goings_cost_a_stuck_watcher_little_memory(
    start_prosody: StartProsody, ending: bool
) -> None:
    followed, stuck = [await memory_used_kb(start_prosody(), stuck=stuck, ending=ending) for stuck in (False, True)]
    print(f"memory after 10,000: {followed:.0f} KB followed, {stuck:.0f} KB stuck")
    assert stuck <= followed + 5 * 1024


async def pause_between_parts(prosody: Prosody, node: str) -> Watching:
    """A watch that has been told eight parts of a room, and hears no more until it acknowledges them."""
    await truth.do(prosody, "constant", name="SLICE_S", value=0)
    monitor = Watching(prosody)
    await monitor.links.start()
    deafen(monitor)
    monitor.listen()
    await monitor.until(lambda: len(monitor.heard) == 1 + 8)
    room = monitor.store.find_room(monitor.key(node))
    assert room is not None
    assert room.named is not None
    return monitor


async def test_a_big_room_that_ends_between_its_parts_is_gone(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "fill", rooms=1, people=400, prefix="big-")
    monitor = await pause_between_parts(prosody, "big-1")
    await truth.do(prosody, "destroy", room="big-1")
    undeafen(monitor)
    await monitor.until(lambda: monitor.is_live)
    await monitor.equals_the_server()
    assert [one.key.node for one in monitor.host.ended] == ["big-1"]
    await monitor.links.stop()


async def test_whoever_takes_another_nick_between_two_parts_is_told(
    start_prosody: StartProsody, monkeypatch: pytest.MonkeyPatch
) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "constant", name="PART", value=1)
    await truth.do(prosody, "constant", name="SLICE_S", value=0)
    # Wide enough that the window never closes: a room that changes while it is closed is told anew anyway.
    monkeypatch.setattr(feed, "WINDOW", 64)
    async with Cast(prosody) as cast:
        await cast.focus("big")
        people = await crowd(cast, 40)
        for person in people:
            await person.join("big")

        async def rename_often(person: Client) -> None:
            for number in range(6):
                await person.rename("big", f"{number}-{person.default_nick()}")

        renaming = [asyncio.create_task(rename_often(person)) for person in people]
        async with watching(prosody) as monitor:
            await asyncio.gather(*renaming)
            await monitor.equals_the_server(2)


async def test_a_big_room_told_again_loses_nobody_meanwhile(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "fill", rooms=1, people=400, prefix="big-")
    await truth.do(prosody, "constant", name="SLICE_S", value=0)
    async with watching(prosody) as monitor:
        room = monitor.store.find_room(monitor.key("big-1"))
        assert room is not None
        before = dict(room.occupants)
        parts = 0

        def look(apply: Callable[[Event], object], event: Event) -> None:
            nonlocal parts
            apply(event)
            parts += isinstance(event, RoomSeen)
            assert next(monitor.store.rooms()).occupants == before

        watch = monitor.links._links["meet"]._hosts[prosody.muc_host].watch
        watch._apply = partial(look, watch._apply)
        watch.link_up()
        await monitor.until(lambda: not monitor.is_live)
        await monitor.until(lambda: monitor.is_live)
        assert parts == 20


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
            monitor.links._links["meet"]._hosts[prosody.muc_host].watch.link_up()
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
