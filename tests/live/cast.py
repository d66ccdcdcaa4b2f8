"""The people of a live test, connected on demand and parted with at its end."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from tests.live import truth
from tests.live.server import Prosody
from tests.live.xmpp_client import Account, Client, Focus


class Cast:
    """Use with `async with`; whoever was connected through it is disconnected afterwards."""

    def __init__(self, server: Prosody) -> None:
        self.server = server
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin with nobody."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect everybody, the last first."""
        await self._stack.aclose()

    async def focus(self, *rooms: str) -> Focus:
        """Connect a focus and let it open ROOMS; it signs in once per server."""
        focus = Focus(self.server)
        self._stack.push_async_callback(focus.close)
        await focus.connect()
        await focus.join_many(rooms)
        return focus

    async def person(self, token: str | None = None, *, name: str | None = None, smacks: bool = True) -> Client:
        """Connect a person who is in no room yet; AuthRefused when not let in."""
        client = Client(self.server, token, name, smacks=smacks)
        self._stack.push_async_callback(client.close)
        await client.connect()
        return client

    async def two_tabs(self, user: str, *, name: str | None = None) -> tuple[Account, Account]:
        """Connect one USER twice; both are in no room yet."""
        password = secrets.token_hex(8)
        self.server.add_account(user, password)
        tabs = Account(self.server, user, password, "first", name), Account(self.server, user, password, "second", name)
        for tab in tabs:
            self._stack.push_async_callback(tab.close)
            await tab.connect()
        return tabs


async def affiliations(server: Prosody, room: str) -> dict[str, str]:
    """Return the server's own affiliations in ROOM by nick; empty without such a room."""
    found = (await truth.rooms(server)).get(room, [])
    return {person["nick"]: person["affiliation"] for person in found}


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 5) -> None:
    """Ask CONDITION every 20 ms until it holds; TimeoutError after TIMEOUT_S."""
    async with asyncio.timeout(timeout_s):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)
