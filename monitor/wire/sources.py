"""All configured servers at once: starts their links on the running loop and ends them again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from monitor.config import ServerSettings
from monitor.core.events import Event
from monitor.core.room import RoomKey

if TYPE_CHECKING:
    from monitor.wire.link import Link, Policy


_THREADS = 8


class Links:
    """The links of every server. What arrives goes to `apply`."""

    def __init__(
        self,
        servers: Iterable[ServerSettings],
        apply: Callable[[Event], object],
        policy: Policy | None = None,
        acknowledge: Callable[[str, str], object] = lambda _server, _host: None,
    ) -> None:
        """`acknowledge` is told by server and MUC host that somebody knows of a changed setup."""
        self._acknowledge = acknowledge
        self._servers = tuple(servers)
        self._apply, self._policy = apply, policy
        self._links: dict[str, Link] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        # slixmpp takes a quarter of a second to import: not before the screen has been painted once.
        from monitor.wire.endings import Address
        from monitor.wire.link import Link

        # Names are looked up in threads: one that takes long must not keep the other servers waiting.
        threads = ThreadPoolExecutor(_THREADS + len(self._servers), thread_name_prefix="mucmon")
        asyncio.get_running_loop().set_default_executor(threads)
        for server in self._servers:
            address = Address(server.name, server.host, server.port, server.jid)
            link = Link(
                address,
                server.secret.reveal(),
                server.rooms,
                self._apply,
                self._policy,
                mode=server.vantage,
                cache_size=server.room_cache_size,
            )
            self._links[server.name] = link
            self._tasks.append(asyncio.create_task(link.run(), name=f"link {server.name}"))

    async def stop(self) -> None:
        """Close every link."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def look_at(self, room: RoomKey) -> None:
        """Ask for the past of a room that somebody looks at."""
        if link := self._links.get(room.server):
            link.look_at(room.host, room.node)

    def acknowledge(self, server: str, host: str) -> None:
        """Somebody knows what has changed in how a MUC host is set up."""
        self._acknowledge(server, host)

    def reconnect(self, server: str) -> None:
        """Connect one server again now."""
        if link := self._links.get(server):
            link.reconnect()
