"""A user who does nothing but ping the server, in a process of their own: how long everybody waits just then.

`python -m tests.live.pinging WEBSOCKET_URL HOST` prints `ready`, pings until its input is closed, and then prints a
JSON list of [when a ping was sent, how long it took], in seconds on the system's monotonic clock.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

from tests.live.server import Prosody
from tests.live.xmpp_stream import XmppStream

PAUSE_S = 0.002


class Pinger:
    """What a pinging process has measured; complete once its block has ended."""

    def __init__(self) -> None:
        self.pings: list[tuple[float, float]] = []

    def p99_s(self, since: float, until: float) -> float:
        """The time that 99 of 100 pings sent between two moments of the monotonic clock took at most."""
        took = [seconds for sent, seconds in self.pings if since <= sent <= until]
        if len(took) < 100:
            raise AssertionError(f"only {len(took)} pings were sent in {until - since:.1f} s")
        return statistics.quantiles(took, n=100)[98]


@asynccontextmanager
async def pinging(server: Prosody) -> AsyncIterator[Pinger]:
    """Ping SERVER from another process for the time of the block."""
    pinger = Pinger()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.live.pinging", server.websocket_url, server.host),
        stdin=pipe,
        stdout=pipe,
        limit=2**26,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield pinger
    finally:
        said, _ = await process.communicate(b"")
    pinger.pings = [(sent, seconds) for sent, seconds in json.loads(said)]


async def _ping_on(websocket_url: str, host: str) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, over.set)
    server = cast(Prosody, SimpleNamespace(websocket_url=websocket_url))
    stream = XmppStream(server, host=host, query={"room": ""}, smacks=False)
    await stream.sign_in("ANONYMOUS", b"")
    print("ready", flush=True)
    pings: list[tuple[float, float]] = []
    while not over.is_set():
        sent = time.monotonic()
        pings.append((sent, await stream.ping()))
        stream.received.clear()
        await asyncio.sleep(PAUSE_S)
    print(json.dumps(pings))
    await stream.close()


if __name__ == "__main__":
    asyncio.run(_ping_on(*sys.argv[1:]))
