"""Many played servers in one process of their own, so that what a monitor takes is the monitor's.

`python -m tests.live.demos NUMBER` prints a JSON list of [port, secret], and plays until its input is closed.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.demo.acceptor import listen
from monitor.demo.server import DemoServer, Load


@asynccontextmanager
async def demos(number: int) -> AsyncIterator[list[tuple[int, str]]]:
    """So many servers, by port and secret, for the time of the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.live.demos", str(number)), stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None
    try:
        yield [(port, secret) for port, secret in json.loads(await process.stdout.readline())]
    finally:
        await process.communicate(b"")


async def _play(number: int) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    servers = [DemoServer(listen(), Load()) for _ in range(number)]
    for server in servers:
        await server.start()
    print(json.dumps([(server.port, server.secret) for server in servers]), flush=True)
    await over.wait()
    await asyncio.gather(*(server.stop() for server in servers), return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_play(int(sys.argv[1])))
