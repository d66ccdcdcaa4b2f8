"""The whole server of the demo: its rooms, its feed and its port, on the running loop."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Iterator

import msgspec

from monitor.demo.acceptor import LOOPBACK, Acceptor
from monitor.demo.feed import Feed
from monitor.demo.load import load
from monitor.demo.people import DOMAIN, MUC
from monitor.demo.player import Cue, Player
from monitor.demo.story import story
from monitor.demo.world import World

OWN_JID, SECOND_JID = f"monitor.{DOMAIN}", f"second.{DOMAIN}"
_LOADED_BEFORE_S = 2 * 3600.0
_GATHER_S, _LONGEST_WAIT_S = 0.1, 0.5


class Load(msgspec.Struct, frozen=True):
    """How many rooms with how many people there are beside the story, and how much happens in them."""

    rooms: int = 0
    people: int = 12
    rate: float = 5.0
    """Joins and leaves per second."""


class DemoServer:
    """Listens from the beginning; plays and answers between `start` and `stop`."""

    def __init__(self, listening: socket.socket, more: Load, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives the server's time, in seconds since the epoch."""
        start = clock()
        self._listening, self._clock = listening, clock
        self.port: int = listening.getsockname()[1]
        self.secret = secrets.token_hex(20)
        world = World(start - _LOADED_BEFORE_S)
        self._player = Player(world, sequences(start, more))
        self._player.advance_to(start)
        self._feed = Feed(world, clock)
        self.acceptor = Acceptor(self._feed, self.secret)
        self._playing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to play and to take watchers in."""
        await self.acceptor.start(self._listening)
        self._playing = asyncio.create_task(self._play(), name="demo")

    async def stop(self) -> None:
        """Close the port and every connection. Raises what ended the play before its time, if anything did."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])
        await self.acceptor.stop()
        self._listening.close()
        if self._playing is not None and not self._playing.cancelled():
            self._playing.result()

    def configuration(self) -> str:
        """A configuration with which another mucmon watches this server."""
        return (
            "# Watches a running `mucmon demo`: mucmon --config THIS_FILE\n"
            "# It holds a secret, so nobody else may read it: chmod 600 THIS_FILE\n"
            "# Each mucmon needs a jid of its own, any name under meet.example.\n"
            "[[server]]\n"
            'name = "DEMO"\n'
            f'host = "{LOOPBACK}"\n'
            f"port = {self.port}\n"
            f'jid = "{SECOND_JID}"\n'
            f'secret = "{self.secret}"\n'
            f'rooms = "{MUC}"\n'
        )

    async def _play(self) -> None:
        while True:
            self._player.advance_to(self._clock())
            self._feed.flush()
            coming = self._player.next_at
            wait = _LONGEST_WAIT_S if coming is None else coming - self._clock()
            # What follows soon goes into the same batch, as the module has it.
            await asyncio.sleep(min(max(wait, _GATHER_S), _LONGEST_WAIT_S))


def sequences(start: float, more: Load) -> list[Iterator[Cue]]:
    """Everything that is to happen around and after `start`: the story, and the load beside it."""
    return [*(tale.cues(start) for tale in story()), load(more.rooms, more.people, more.rate, start)]
