"""A small XEP-0114 acceptor whose manners a test chooses. For faults; real servers are in tests/live."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from tests.wire.samples import FACTS, HOST, SUB

SECRET = "0f5a-secret-of-the-test"
HEAD = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='stream-1' from='monitor.meet.test'>"
)
Manner = Callable[["Peer"], Awaitable[None]]


def stream_error(condition: str, text: str = "") -> str:
    words = f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text>" if text else ""
    mark = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    return f"<stream:error>{mark}{words}</stream:error></stream:stream>"


class Peer:
    """The acceptor's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard = ""

    async def say(self, text: str) -> None:
        self._writer.write(text.encode())
        await self._writer.drain()

    async def hear(self, pattern: str) -> re.Match[str]:
        """Read until PATTERN has come; raises ConnectionError when the other side has gone."""
        while not (found := re.search(pattern, self.heard)):
            data = await self._reader.read(4096)
            if not data:
                raise ConnectionError
            self.heard += data.decode()
        self.heard = self.heard[found.end() :]
        return found

    async def open(self) -> None:
        """Take the stream header and the right handshake."""
        await self.hear(r"<stream:stream[^>]*>")
        await self.say(HEAD)
        digest = (await self.hear(r"<handshake[^>]*>([0-9a-f]+)</handshake>"))[1]
        assert digest == hashlib.sha1(f"stream-1{SECRET}".encode()).hexdigest()
        await self.say("<handshake/>")

    async def answer_watch(self, sub: str = SUB, facts: str = FACTS) -> None:
        """Take one watch on."""
        watch = await self.hear(r"<iq[^>]*id='?\"?(watch:[^'\"]+)['\"][^>]*>.*?</iq>")
        await self.say(
            f"<iq type='result' id='{watch[1]}' from='{HOST}' to='monitor.meet.test'>"
            f"<watch xmlns='urn:mucmon:feed:0' sub='{sub}'>"
            f"<json xmlns='urn:xmpp:json:0'>{escape(facts)}</json></watch></iq>"
        )

    async def send_batch(self, json: str) -> None:
        await self.say(
            f"<message from='{HOST}' to='monitor.meet.test'><batch xmlns='urn:mucmon:feed:0'>"
            f"<json xmlns='urn:xmpp:json:0'>{escape(json)}</json></batch></message>"
        )

    def drop(self) -> None:
        self._writer.transport.abort()


class Acceptor:
    """Listens on a free loopback port; the nth connection is met by the nth manner, the last one by all after it."""

    def __init__(self, *manners: Manner) -> None:
        self._manners = manners
        self.connections = 0
        self.failures: list[BaseException] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        manner = self._manners[min(self.connections, len(self._manners) - 1)]
        self.connections += 1
        try:
            await manner(Peer(reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        except BaseException as error:
            self.failures.append(error)
        finally:
            with contextlib.suppress(Exception):
                writer.close()
