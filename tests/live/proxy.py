"""A network between mucmon and a server, as bad as a test wants it."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from types import TracebackType
from typing import Self

_CHUNK = 65536
Tap = Callable[[bool, bytes], None]


class Weather:
    """What is done to the bytes on their way; fair unless told otherwise. Times in seconds."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self.chance = chance or random.Random(0)
        self.delay_s = 0.0
        """The longest a piece is held back."""
        self.lag_s = 0.0
        """How long each piece from the server takes, one after the other."""
        self.wait_s = 0.0
        """How long a connection that was accepted waits to be passed on."""
        self.cut = self.lose = self.garble = 0.0
        """How likely, for each piece, the connection is cut, the piece is lost, a byte of it is another."""
        self.silent = False
        """Nothing gets through, and nobody is told."""

    def be_fair(self) -> None:
        """Let everything through from now on."""
        self.delay_s = self.lag_s = self.wait_s = self.cut = self.lose = self.garble = 0.0
        self.silent = False


class Proxy:
    """Listens on a free loopback port and passes on to another."""

    def __init__(self, port: int, weather: Weather | None = None, tap: Tap | None = None) -> None:
        """`tap` is told of every piece that comes to pass: whether to the server, and the bytes."""
        self._to, self._tap = port, tap
        self.weather = weather or Weather()
        self.port = 0
        self.connections = 0
        self._ways: set[_Way] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut everything."""
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection on both sides, as a router that restarts does."""
        for way in list(self._ways):
            way.cut()

    def strand(self) -> None:
        """Be fair to new connections; those that are there lead nowhere, and the server does not know."""
        for way in self._ways:
            way.is_stranded = True
        self.weather.be_fair()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await asyncio.sleep(self.weather.wait_s)
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        way = _Way(writer, there_writer)
        self._ways.add(way)
        for task in (
            asyncio.create_task(self._pass_on(True, reader, there_writer, way)),
            asyncio.create_task(self._pass_on(False, there_reader, writer, way)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, to_server: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: "_Way"
    ) -> None:
        weather = self.weather
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                if self._tap is not None:
                    self._tap(to_server, data)
                if weather.lag_s and not to_server:
                    await asyncio.sleep(weather.lag_s)
                if weather.delay_s:
                    await asyncio.sleep(weather.chance.uniform(0, weather.delay_s))
                if way.is_stranded or weather.silent or weather.chance.random() < weather.lose:
                    continue
                if weather.chance.random() < weather.cut:
                    break
                if weather.chance.random() < weather.garble:
                    data = _garbled(data, weather.chance)
                writer.write(data)
                await writer.drain()
        # Who is behind a silent line does not learn that the other side has gone either.
        while (way.is_stranded or weather.silent) and not way.is_cut:  # noqa: ASYNC110 - set at any time
            await asyncio.sleep(0.05)
        self._ways.discard(way)
        way.cut()


class _Way:
    """The two ends of a connection."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers
        self.is_stranded = self.is_cut = False

    def cut(self) -> None:
        """Break it on both sides."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()


def _garbled(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
