"""An XMPP session over a websocket (RFC 7395): sign in, bind, stream management, stanzas."""

import asyncio
import base64
import contextlib
import itertools
import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.live.server import Prosody

CLIENT = "{jabber:client}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
SM = "{urn:xmpp:sm:3}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
ANSWER_SECONDS = 10.0


class StanzaError(Exception):
    """The server answered with an error: its condition, its text and type ("" where absent)."""

    def __init__(self, condition: str, text: str = "", kind: str = "") -> None:
        super().__init__(f"{condition}: {text}" if text else condition)
        self.condition, self.text, self.kind = condition, text, kind


class AuthRefused(StanzaError):
    """The server refused the sign-in, with its words."""


@dataclass(frozen=True, slots=True)
class Received:
    """A stanza and when it came: at is Unix time, tick the monotonic clock, both in seconds."""

    at: float
    tick: float
    xml: ET.Element

    @property
    def sender(self) -> str:
        """The `from` address, or ""."""
        return self.xml.get("from", "")

    @property
    def error(self) -> StanzaError | None:
        """The error this stanza carries, if any."""
        return error_in(self.xml)


Predicate = Callable[[Received], bool]


def error_in(xml: ET.Element) -> StanzaError | None:
    """Return the error a stanza carries, or None."""
    if xml.get("type") != "error":
        return None
    found = xml.find(f"{CLIENT}error")
    if found is None:
        return StanzaError("undefined-condition")
    names = [child.tag.removeprefix(STANZAS) for child in found if child.tag.startswith(STANZAS)]
    condition = next((name for name in names if name != "text"), "undefined-condition")
    return StanzaError(condition, found.findtext(f"{STANZAS}text", ""), found.get("type", ""))


class XmppStream:
    """One signed-in session. Everything that came is in `received`, oldest first."""

    def __init__(self, server: Prosody, *, host: str, query: dict[str, str], smacks: bool = True) -> None:
        self.server, self.host, self.query, self.smacks = server, host, query, smacks
        self.jid = ""
        self.received: list[Received] = []
        self.tap: list[str] | None = None
        """Everything that comes as it comes, where a test puts a list here."""
        self.resume_id = ""
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Received]] = {}
        self._waiting: list[tuple[Predicate, asyncio.Future[Received]]] = []
        self._handled = 0
        self._counting = False

    @property
    def connected(self) -> bool:
        """Whether the socket is up."""
        return self._reader is not None and not self._reader.done()

    async def sign_in(self, mechanism: str, initial: bytes, resource: str | None = None) -> str:
        """Connect, authenticate, bind; return the full JID. AuthRefused when not let in."""
        await self._open(self.query, mechanism, initial)
        inner = f"<resource>{resource}</resource>" if resource else ""
        await self.send(
            "<iq xmlns='jabber:client' type='set' id='bind'>"
            f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{inner}</bind></iq>"
        )
        bound = await self._next_element()
        self.jid = bound.findtext(".//{urn:ietf:params:xml:ns:xmpp-bind}jid", "")
        if not self.jid:
            raise error_in(bound) or StanzaError("undefined-condition", "no JID bound")
        self._handled, self._counting = 0, False
        if self.smacks:
            await self.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
            enabled = await self._next_element()
            if enabled.tag != f"{SM}enabled":
                raise StanzaError("undefined-condition", "no stream management")
            self.resume_id, self._counting = enabled.get("id", ""), True
        self._reader = asyncio.create_task(self._read())
        return self.jid

    async def resume_as(self, mechanism: str, initial: bytes) -> None:
        """Take the dropped session up again on a new socket; StanzaError when it is gone."""
        await self._open(self.query | {"previd": self.resume_id}, mechanism, initial)
        await self.send(f"<resume xmlns='urn:xmpp:sm:3' h='{self._handled}' previd={quoteattr(self.resume_id)}/>")
        answer = await self._next_element()
        if answer.tag != f"{SM}resumed":
            await self._require_socket().close()
            raise StanzaError("item-not-found", "the session could not be resumed")
        self._reader = asyncio.create_task(self._read())

    async def send(self, xml: str) -> None:
        """Send one element as it is; ConnectionError when the socket is gone."""
        try:
            await self._require_socket().send(xml)
        except websockets.ConnectionClosed as error:
            raise ConnectionError("the connection is closed") from error

    async def iq(self, kind: str, to: str, payload: str, timeout_s: float = ANSWER_SECONDS) -> Received:
        """Send an IQ and return its result; StanzaError, or TimeoutError after TIMEOUT_S."""
        name = f"q{next(self._ids)}"
        future: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        self._answers[name] = future
        try:
            await self.send(f"<iq xmlns='jabber:client' type='{kind}' id='{name}' to={quoteattr(to)}>{payload}</iq>")
            answer = await asyncio.wait_for(future, timeout_s)
        finally:
            self._answers.pop(name, None)
        if (error := answer.error) is not None:
            raise error
        return answer

    async def ping(self, to: str | None = None, timeout_s: float = ANSWER_SECONDS) -> float:
        """Return the seconds a ping to TO (default: the server) takes; an error is a reply too."""
        start = time.perf_counter()
        with contextlib.suppress(StanzaError):
            await self.iq("get", to or self.host, "<ping xmlns='urn:xmpp:ping'/>", timeout_s)
        return time.perf_counter() - start

    async def wait_for(self, predicate: Predicate, timeout_s: float = ANSWER_SECONDS, since: int = 0) -> Received:
        """Return the first stanza from received[since:] on that fits; TimeoutError otherwise."""
        for stanza in self.received[since:]:
            if predicate(stanza):
                return stanza
        future: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            return await asyncio.wait_for(future, timeout_s)
        finally:
            self._waiting.remove(entry)

    async def close(self) -> None:
        """Close the stream cleanly; the session ends at once. Harmless when not connected."""
        if self._socket is None:
            return
        with contextlib.suppress(websockets.ConnectionClosed, TimeoutError):
            await self._socket.send("<presence xmlns='jabber:client' type='unavailable'/>")
            await self._socket.send(f"<close xmlns='{FRAMING}'/>")
            if self._reader is not None:
                await asyncio.wait_for(asyncio.shield(self._reader), 2)
        await self._end()

    async def drop(self) -> None:
        """Cut the TCP connection with no farewell, as a network failure does."""
        if self._socket is not None:
            self._socket.transport.abort()
        await self._end()

    def on_stanza(self, stanza: Received) -> None:
        """Take every stanza as it comes, for subclasses."""

    async def _end(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self._socket = self._reader = None

    async def _open(self, query: dict[str, str], mechanism: str, initial: bytes) -> None:
        url = f"{self.server.websocket_url}?{urllib.parse.urlencode(query)}"
        self._socket = await connect(
            url,
            subprotocols=[Subprotocol("xmpp")],
            compression=None,
            max_size=None,
            max_queue=None,
            ping_interval=None,
            proxy=None,
        )
        await self._open_stream()
        content = base64.b64encode(initial).decode()
        await self.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='{mechanism}'>{content}</auth>")
        answer = await self._next_element()
        if answer.tag != f"{SASL}success":
            await self._socket.close()
            names = [child.tag.removeprefix(SASL) for child in answer]
            condition = next((name for name in names if name != "text"), "not-authorized")
            raise AuthRefused(condition, answer.findtext(f"{SASL}text", ""))
        await self._open_stream()

    async def _open_stream(self) -> None:
        await self.send(f"<open xmlns='{FRAMING}' to='{self.host}' version='1.0'/>")
        await self._next_element()
        await self._next_element()

    async def _next_element(self) -> ET.Element:
        async with asyncio.timeout(ANSWER_SECONDS):
            try:
                return ET.fromstring(await self._require_socket().recv())
            except websockets.ConnectionClosed as error:
                raise ConnectionError("the server closed the connection") from error

    def _require_socket(self) -> ClientConnection:
        if self._socket is None:
            raise ConnectionError("not connected")
        return self._socket

    async def _read(self) -> None:
        socket = self._require_socket()
        with contextlib.suppress(websockets.ConnectionClosed, ConnectionError):
            async for text in socket:
                if self.tap is not None:
                    self.tap.append(str(text))
                xml = ET.fromstring(text)
                if xml.tag == f"{SM}r":
                    await self.send(f"<a xmlns='urn:xmpp:sm:3' h='{self._handled}'/>")
                elif xml.tag.startswith(CLIENT):
                    self._take(Received(time.time(), time.monotonic(), xml))

    def _take(self, stanza: Received) -> None:
        self._handled += self._counting
        self.received.append(stanza)
        if stanza.xml.tag == f"{CLIENT}iq":
            future = self._answers.get(stanza.xml.get("id", ""))
            if future is not None and not future.done():
                future.set_result(stanza)
        for predicate, future in self._waiting:
            if not future.done() and predicate(stanza):
                future.set_result(stanza)
        self.on_stanza(stanza)
