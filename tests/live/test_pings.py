"""What a watcher costs everybody else, measured by the pings of a user who has nothing to do with it.

Quiet is the same server under the same load with nobody watching. All phases of a round lie in one run, and other
work of this machine can only make one of them longer: the best of three rounds counts.
"""

import asyncio
import time

import pytest

from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.pinging import pinging
from tests.live.server import Prosody
from tests.live.test_slow import ROOMS, crowd, deafen, undeafen
from tests.live.watching import watching
from tests.live.xmpp_client import Client

pytestmark = pytest.mark.alone

ROUNDS = 3
AT_MOST = 2.0
"""How many times longer than in quiet the 99th of 100 pings may take."""


async def come_and_go(people: list[Client], times: int, rate: float) -> None:
    """Everybody joins and leaves a room, TIMES in all, so many in a second."""
    started = time.monotonic()
    for number in range(times):
        person, room = people[number % len(people)], ROOMS[number // len(people) % len(ROOMS)]
        await (person.leave(room) if room in person.nicks else person.join(room))
        await asyncio.sleep(started + (number + 1) / rate - time.monotonic())


async def ratio_with_a_stuck_watcher(prosody: Prosody, times: int) -> float:
    """The p99 of pings with a watcher that acknowledges nothing, by that with nobody watching."""
    async with Cast(prosody) as cast:
        await cast.focus(*ROOMS)
        people = await crowd(cast, 5)
        await come_and_go(people, 200, 200)
        async with pinging(prosody) as pinger:
            spans = [await _span(people, times)]
            async with watching(prosody) as monitor:
                deafen(monitor)
                await come_and_go(people, 200, 200)
                spans.append(await _span(people, times))
                undeafen(monitor)
                await monitor.equals_the_server()
        quiet, stuck = (pinger.p99_s(*span) for span in spans)
        print(f"p99 of pings: {quiet * 1000:.2f} ms quiet, {stuck * 1000:.2f} ms with a stuck watcher")
        return stuck / quiet


async def _span(people: list[Client], times: int) -> tuple[float, float]:
    since = time.monotonic()
    await come_and_go(people, times, 200)
    return since, time.monotonic()


async def ratio_with_a_snapshot(prosody: Prosody) -> float:
    """The p99 of pings during snapshots of the whole server, by that with nobody watching."""
    async with pinging(prosody) as pinger:
        await asyncio.sleep(3)
        spans = [(time.monotonic() - 3, time.monotonic())]
        async with watching(prosody) as monitor:
            await monitor.equals_the_server()
        since = time.monotonic()
        async with watching(prosody):
            spans.append((since, time.monotonic()))
    quiet, busy = (pinger.p99_s(*span) for span in spans)
    print(f"p99 of pings: {quiet * 1000:.2f} ms quiet, {busy * 1000:.2f} ms during a snapshot of 10,000")
    return busy / quiet


@pytest.mark.story("stress b")
async def test_a_stuck_watcher_makes_nobody_wait(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    for _ in range(ROUNDS):
        if await ratio_with_a_stuck_watcher(prosody, 600) <= AT_MOST:
            return
    pytest.fail(f"a stuck watcher makes pings more than {AT_MOST:g} times as long in each of {ROUNDS} rounds")


@pytest.mark.long
async def test_a_watcher_stuck_for_ten_thousand_comings_and_goings_makes_nobody_wait(
    start_prosody: StartProsody,
) -> None:
    prosody = start_prosody()
    for _ in range(ROUNDS):
        if await ratio_with_a_stuck_watcher(prosody, 10_000) <= AT_MOST:
            return
    pytest.fail(f"a stuck watcher makes pings more than {AT_MOST:g} times as long in each of {ROUNDS} rounds")


@pytest.mark.long
async def test_a_snapshot_of_ten_thousand_makes_nobody_wait(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    await truth.do(prosody, "fill", rooms=1000, people=10, prefix="made-", sessions=True)
    for _ in range(ROUNDS):
        if await ratio_with_a_snapshot(prosody) <= AT_MOST:
            return
    pytest.fail(f"a snapshot makes pings more than {AT_MOST:g} times as long in each of {ROUNDS} rounds")
