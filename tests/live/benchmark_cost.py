"""What the companion module costs Prosody: its CPU over joins and leaves, followed by a watcher and without the module.

Run it as `python -m tests.live.benchmark_cost [RELEASE...]` on a machine that does nothing else. The watcher runs in a
process of its own: in that of the clients it slows them down, and Prosody then wakes up more often for less. Prosody
has a CPU to itself where there are two, since whoever shares it empties its caches. Only Prosody's time is counted,
and only the ratio of the two means anything elsewhere.
"""

import asyncio
import os
import statistics
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from monitor.core.events import OccupantJoined, OccupantLeft
from tests.live.cast import Cast
from tests.live.prosody_config import MUC_HOST
from tests.live.releases import prosodies
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import watching

ROUNDS = 5
WATCH = "--watch"
CPUS = os.sched_getaffinity(0)
ROOMS = [f"room-{number}" for number in range(50)]
PEOPLE = 10
TIMES = 4
"""How often in a round everybody joins and leaves every room."""
EVENTS = 2 * len(ROOMS) * PEOPLE * TIMES
"""Joins and leaves of a round."""


def cpu_s(pid: int) -> float:
    """User and system time a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def joins_and_leaves(server: Prosody) -> float:
    """Seconds of CPU that Prosody took over a round."""
    async with Cast(server) as cast:
        await cast.focus(*ROOMS)
        people = []
        for number in range(PEOPLE):
            pass_ = token(server, "*", "member" if number else "owner", name=f"Person {number}")
            people.append(await cast.person(pass_, name=f"Person {number}"))
        before = cpu_s(server.pid)
        for _ in range(TIMES):
            for person in people:
                await person.join_many(ROOMS)
            for person in people:
                for room in ROOMS:
                    await person.leave(room)
        return cpu_s(server.pid) - before


async def one(binary: Path, *, followed: bool) -> float:
    """A round on a server of its own."""
    own, *others = sorted(CPUS)
    with Prosody(binary, monitor_module=followed) as server:
        if others:
            os.sched_setaffinity(server.pid, {own})
            os.sched_setaffinity(0, others)
        if not followed:
            return await joins_and_leaves(server)
        arguments = ["-m", "tests.live.benchmark_cost", WATCH, str(server.component_port), server.secret]
        watcher = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert watcher.stdout is not None
            await watcher.stdout.readline()
            took = await joins_and_leaves(server)
            heard, _ = await asyncio.wait_for(watcher.communicate(b"enough\n"), 10)
        finally:
            if watcher.returncode is None:
                watcher.kill()
                await watcher.wait()
        if int(heard) < EVENTS:
            raise RuntimeError(f"the watcher was told {int(heard)} of {EVENTS} joins and leaves one by one")
        return took


async def watch(port: int, secret: str) -> None:
    """Follow the server, say when that has begun, and at the next line how many joins and leaves were told."""
    server = SimpleNamespace(muc_host=MUC_HOST, component_port=port, secret=secret)
    async with watching(cast("Prosody", server)) as monitor:
        print("following", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.sleep(1)
        print(sum(isinstance(event, (OccupantJoined, OccupantLeft)) for _, event in monitor.events), flush=True)


async def compare(release: str, binary: Path) -> None:
    """Print each round as it ends, then the medians and their ratio."""
    bare: list[float] = []
    followed: list[float] = []
    for number in range(ROUNDS):
        # By turns, and each first every other time: a machine that warms up or slows down favours neither.
        for with_module in (False, True) if number % 2 == 0 else (True, False):
            (followed if with_module else bare).append(await one(binary, followed=with_module))
        print(f"{release}: {bare[-1]:.2f} s without, {followed[-1]:.2f} s followed: {followed[-1] / bare[-1]:.3f}")
    medians = statistics.median(bare), statistics.median(followed)
    ratios = statistics.median(there / here for here, there in zip(bare, followed, strict=True))
    print(
        f"{release}: medians {medians[0]:.2f} s without, {medians[1]:.2f} s followed: {medians[1] / medians[0]:.3f};"
        f" median of the rounds' ratios {ratios:.3f}, of the fastest {min(followed) / min(bare):.3f}",
        flush=True,
    )


async def main(wanted: list[str]) -> None:
    """Compare on every release, or on those named."""
    for release, binary in sorted(prosodies().items()):
        if not wanted or release in wanted:
            await compare(release, binary)


if __name__ == "__main__":
    if sys.argv[1:2] == [WATCH]:
        asyncio.run(watch(int(sys.argv[2]), sys.argv[3]))
    else:
        asyncio.run(main(sys.argv[1:]))
