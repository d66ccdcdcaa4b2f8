"""``mucmon demo``: the screen on the demo's own server, or that server alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.watch import AS_USUAL, WRONG, Showing, has_terminal, run, screen_on

if TYPE_CHECKING:
    from monitor.core.room import RoomKey
    from monitor.core.store import Store
    from monitor.demo.server import DemoServer
    from monitor.ui.access import TokenAccess
    from monitor.wire.sources import Links

NAME, BADGE = "demo", "DEMO"
MOST_PEOPLE = 100_000
"""Filling the rooms with so many takes some seconds."""


class DemoSources:
    """The demo's server and the links to it, as one source."""

    def __init__(self, server: DemoServer, links: Links) -> None:
        self._server, self._links = server, links

    async def start(self) -> None:
        """Have the server play, and connect to it."""
        await self._server.start()
        await self._links.start()

    async def stop(self) -> None:
        """Close the links, then the server."""
        await self._links.stop()
        await self._server.stop()

    def reconnect(self, server: str) -> None:
        """Connect again now."""
        self._links.reconnect(server)

    def look_at(self, room: RoomKey) -> None:
        """Ask for the past of a room that somebody looks at."""
        self._links.look_at(room)

    def acknowledge(self, server: str, host: str) -> None:
        """Nothing of the setup is kept."""
        self._links.acknowledge(server, host)


def demo(
    rooms: int = 0,
    people: int = 12,
    rate: float = 5,
    port: int = 0,
    share: Path | None = None,
    serve: bool = False,
    showing: Showing = AS_USUAL,
) -> int:
    """Run the demo until it is quit; returns the exit status. What stops it is said on standard error."""
    if not serve and not has_terminal():
        return WRONG
    if rooms * people > MOST_PEOPLE:
        print(
            f"mucmon: {rooms * people:,} people are too many; at most {MOST_PEOPLE:,} can be played.", file=sys.stderr
        )
        return WRONG
    from monitor.demo.acceptor import listen
    from monitor.demo.server import DemoServer, Load

    try:
        listening = listen(port)
    except OSError as error:
        remedy = "leave --port out to have a free one taken"
        print(f"mucmon: port {port} cannot be listened on ({error.strerror}); {remedy}.", file=sys.stderr)
        return WRONG
    with contextlib.closing(listening), contextlib.ExitStack() as shared:
        server = DemoServer(listening, Load(rooms, people, rate))
        try:
            if share is not None:
                shared.enter_context(_shared(share, server.configuration()))
        except OSError as error:
            print(f"mucmon: {share} cannot be written ({error.strerror}); name a new file.", file=sys.stderr)
            return WRONG
        return _serve(server, share) if serve else _show(server, showing)


@contextlib.contextmanager
def _shared(path: Path, configuration: str) -> Iterator[None]:
    """Keep a configuration in a file that only its owner can read, as long as it is of use."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(configuration)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _show(server: DemoServer, showing: Showing) -> int:
    store, sources = connected(server)
    with tempfile.TemporaryDirectory(prefix="mucmon-demo-") as folder:
        return run(screen_on(store, sources, showing, BADGE, tokens=made_up_tokens(Path(folder))))


def made_up_tokens(folder: Path) -> TokenAccess:
    """Token settings with which links can be made that open nothing, written down in `folder` only."""
    from monitor.config import Secret
    from monitor.demo.people import DOMAIN
    from monitor.tokens.journal import Journal
    from monitor.tokens.settings import TokenSettings
    from monitor.ui.access import token_access

    settings = TokenSettings(
        url=f"https://{DOMAIN}",
        app_id="demo",
        algorithm="HS256",
        key=Secret(secrets.token_hex(32)),
        domain=DOMAIN,
        sub=DOMAIN,
        accepted_issuers=("demo",),
    )
    return token_access({NAME: settings}, Journal(folder / "minted.jsonl"))


def connected(server: DemoServer) -> tuple[Store, DemoSources]:
    """A store, and what feeds it from this server as from any other."""
    from monitor.config import Secret, ServerSettings
    from monitor.core.store import Store
    from monitor.demo.acceptor import LOOPBACK
    from monitor.demo.people import MUC
    from monitor.demo.server import OWN_JID
    from monitor.wire.sources import Links

    settings = ServerSettings(NAME, LOOPBACK, server.port, OWN_JID, Secret(server.secret), (MUC,))
    store = Store()
    store.declare(NAME, settings.rooms)
    return store, DemoSources(server, Links([settings], store.apply))


def _serve(server: DemoServer, share: Path | None) -> int:
    told = server.configuration() if share is None else f"mucmon --config {share}\n"
    asyncio.run(_until_ended(server, told))
    return 0


async def _until_ended(server: DemoServer, told: str) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await server.start()
    print(told, end="", flush=True)
    await ended.wait()
    await server.stop()
