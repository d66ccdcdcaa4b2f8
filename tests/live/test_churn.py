"""Snapshots of a big server, whole and equal to it, while it stands still and while everybody comes and goes."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from monitor.core.events import FeedChanged
from monitor.core.server import FeedState
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import WATCHERS, Watching, watching
from tests.live.xmpp_client import Client, Focus, JoinRefused

LASTING = [f"lasting-{number}" for number in range(40)]
FLEETING = [f"fleeting-{number}" for number in range(6)]
"""Rooms the focus leaves now and then, so that they end with whoever leaves last."""
PEOPLE, RATE = 10, 200.0
"""How many people do something, and how often in a second they do so together."""
SLICE_MS = 20.0
SEEDS = [pytest.param(seed, marks=() if seed < 3 else pytest.mark.long) for seed in range(20)]


@pytest.mark.story("stress d")
@pytest.mark.alone
async def test_a_room_of_2000_and_1000_rooms_of_10_come_whole_in_short_slices(start_prosody: StartProsody) -> None:
    prosody = start_prosody(global_options={"gc": {"mode": "incremental", "threshold": 1000, "speed": 250}})
    await truth.do(prosody, "fill", rooms=1, people=2000, prefix="big-", sessions=True)
    await truth.do(prosody, "fill", rooms=1000, people=10, prefix="made-", sessions=True)
    # Lua's collector comes to whoever runs: it has just been and is long in coming again, so that what is measured is
    # the module's own.
    await truth.memory_kb(prosody)
    started = time.monotonic()
    async with watching(prosody, timeout_s=30) as monitor:
        took = time.monotonic() - started
        await monitor.equals_the_server()
        sizes = Counter(len(room.occupants) for room in monitor.store.rooms())
        assert sizes == {2000: 1, 10: 1000}
        assert all(one.claims for room in monitor.store.rooms() for one in room.occupants.values())
        health = monitor.host.health
        assert health is not None
        assert health.errors == 0
        print(
            f"12,000 occupants in {took:.2f} s, longest slice {health.slice_max_ms:.1f} ms,"
            f" with a garbage collection in it {health.slice_collected_max_ms:.1f} ms"
        )
        assert 0 < health.slice_max_ms <= SLICE_MS


@pytest.mark.story("stress d")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.alone
async def test_a_snapshot_in_the_midst_of_comings_and_goings_equals_the_server_afterwards(
    prosody: Prosody, seed: int
) -> None:
    if "made-1" not in await truth.rooms(prosody):
        await truth.do(prosody, "fill", rooms=1000, people=10, prefix="made-", sessions=True)
    async with AsyncExitStack() as stack:
        cast = await stack.enter_async_context(Cast(prosody))
        throughout = await stack.enter_async_context(watching(prosody, jid=WATCHERS[1]))
        async with commotion(cast, random.Random(seed)) as done:
            await asyncio.sleep(0.3)
            before, started = done.total(), time.monotonic()
            monitor = await stack.enter_async_context(watching(prosody, timeout_s=30))
            took = time.monotonic() - started
            during = done.total() - before
            await asyncio.sleep(0.2)
        print(f"seed {seed}: {during} changes during a snapshot of {took:.2f} s; {dict(done)}")
        # As many as asked for, however short the snapshot was.
        assert during >= 100 * took
        await monitor.equals_the_server(8)
        await throughout.equals_the_server(8)
        for follower in (monitor, throughout):
            assert stale(follower) == []
            assert follower.host.health is not None
            assert follower.host.health.errors == 0


def stale(monitor: Watching) -> list[FeedChanged]:
    """Every time the watch had to begin anew."""
    return [one for _, one in monitor.events if isinstance(one, FeedChanged) and one.state is FeedState.STALE]


@asynccontextmanager
async def commotion(cast: Cast, chance: random.Random) -> AsyncIterator[Counter[str]]:
    """Many people doing what people do, at RATE; counts what was done."""
    done: Counter[str] = Counter()
    focus = await cast.focus(*LASTING, *FLEETING)
    people = [await cast.person(token(cast.server, "*", name=f"P{n}"), name=f"P{n}") for n in range(PEOPLE)]
    tired = asyncio.Event()
    crowd = [Restless(one, focus, random.Random(chance.random()), done, tired) for one in people]
    async with asyncio.TaskGroup() as tasks:
        for one in crowd:
            tasks.create_task(one.live())
        tasks.create_task(come_and_go(focus, random.Random(chance.random()), tired))
        try:
            yield done
        finally:
            # Not by cancelling: asyncio.wait_for may swallow it, and what was begun should be ended.
            tired.set()


async def come_and_go(focus: Focus, chance: random.Random, tired: asyncio.Event) -> None:
    """The focus leaves rooms, and opens them again a moment later."""
    while not tired.is_set():
        room = chance.choice(FLEETING)
        await focus.leave(room)
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        await focus.join(room)


class Restless:
    """Somebody who does one thing after the other, each at its time."""

    def __init__(
        self, client: Client, focus: Focus, chance: random.Random, done: Counter[str], tired: asyncio.Event
    ) -> None:
        self.client, self.focus, self.chance, self.done, self.tired = client, focus, chance, done, tired

    async def live(self) -> None:
        """Do something PEOPLE times as rarely as RATE says, until tired."""
        due = time.monotonic() + self.chance.random() * PEOPLE / RATE
        while not self.tired.is_set():
            await asyncio.sleep(due - time.monotonic())
            due += PEOPLE / RATE
            await self.do_something()

    async def do_something(self) -> None:
        """Come into a room or, in one already, leave it or do one of the rarer things."""
        room = self.chance.choice(LASTING + FLEETING)
        if room not in self.client.nicks:
            what: str = "join"
        elif room in FLEETING:
            what = "leave"
        else:
            what = self.chance.choices(list(RARER), list(RARER.values()))[0]
        try:
            await getattr(self, what)(room)
            self.done[what] += 1
        except JoinRefused as refused:
            self.done[refused.condition] += 1
            if refused.condition == "forbidden":
                await self.focus.set_affiliation(room, self.client.jid, "none")

    async def join(self, room: str) -> None:
        await self.client.join(room, f"{self.client.jid[:4]}-{self.chance.randrange(10**6)}")

    async def leave(self, room: str) -> None:
        await self.client.leave(room)

    async def rename(self, room: str) -> None:
        await self.client.rename(room, f"{self.client.jid[:4]}-{self.chance.randrange(10**6)}")

    async def affiliation(self, room: str) -> None:
        wanted = self.chance.choice(["owner", "member", "none", "owner"])
        await self.focus.set_affiliation(room, self.client.jid, wanted)

    async def kick(self, room: str) -> None:
        await self.focus.kick(room, self.client.nicks.pop(room))

    async def ban(self, room: str) -> None:
        del self.client.nicks[room]
        await self.focus.set_affiliation(room, self.client.jid, "outcast")

    async def mute(self, room: str) -> None:
        await self.client.update(room, "<audiomuted xmlns='http://jitsi.org/jitmeet/audio'>true</audiomuted>")

    async def lose_the_line(self, _: str) -> None:
        await self.client.drop()
        await asyncio.sleep(0.1)
        await self.client.resume()


RARER = {"leave": 15, "rename": 3, "affiliation": 4, "kick": 1, "ban": 1, "mute": 3, "lose_the_line": 0.5}
"""What somebody in a room does, and how often beside the others."""
