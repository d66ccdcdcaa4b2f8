"""The server's half of XEP-0114 on a loopback port: handshake, stanzas in, stanzas out, for several components."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import socket
from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from monitor.demo.feed import Feed
from monitor.demo.people import DOMAIN, MUC
from monitor.wire.feed import NS, NS_JSON

LOOPBACK = "127.0.0.1"
_NS_ACCEPT = "jabber:component:accept"
_NS_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_NS_STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
_STREAM_DEPTH = 1
_LONGEST = 65_536
"""Bytes of one stanza; no watcher has that much to say."""


class _Refused(Exception):
    """The stream ends with this stream error (RFC 6120 §4.9.3)."""

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(condition)
        self.condition, self.text = condition, text


class _Stream:
    """Bytes in, the stream's header and whole stanzas out."""

    def __init__(self, opened: Callable[[str], None], came: Callable[[Element], None]) -> None:
        self._opened, self._came = opened, came
        self._depth = self._pending = 0
        self._builder = TreeBuilder()
        self.closed = False
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, data: bytes) -> None:
        """Take in what came; raises `_Refused` for what no stream may hold."""
        self._pending += len(data)
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError:
            raise _Refused("not-well-formed") from None
        if self._pending > _LONGEST:
            raise _Refused("policy-violation")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _STREAM_DEPTH:
            self._builder.start(_qualified(name), attributes)
            return
        if _qualified(name) != "{http://etherx.jabber.org/streams}stream":
            raise _Refused("invalid-namespace")
        self._opened(attributes.get("to", ""))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth < _STREAM_DEPTH:
            self.closed = True
            return
        self._builder.end(_qualified(name))
        if self._depth == _STREAM_DEPTH:
            stanza, self._builder, self._pending = self._builder.close(), TreeBuilder(), 0
            self._came(stanza)

    def _text(self, text: str) -> None:
        if self._depth > _STREAM_DEPTH:
            self._builder.data(text)
        else:
            self._pending = 0

    def _doctype(self, *_declaration: object) -> None:
        raise _Refused("restricted-xml")


class _Peer:
    """One component's connection."""

    def __init__(self, acceptor: Acceptor, writer: asyncio.StreamWriter) -> None:
        self._acceptor, self._writer = acceptor, writer
        self._id = secrets.token_hex(8)
        self.jid = ""
        self.up = False
        self.stream = _Stream(self._opened, self._came)

    def write(self, text: str) -> None:
        if not self._writer.is_closing():
            self._writer.write(text.encode())

    def refuse(self, refused: _Refused) -> None:
        words = f"<text xmlns='{_NS_STREAM_ERRORS}'>{escape(refused.text)}</text>" if refused.text else ""
        condition = f"<{refused.condition} xmlns='{_NS_STREAM_ERRORS}'/>"
        self.write(f"<stream:error>{condition}{words}</stream:error></stream:stream>")

    def cut(self) -> None:
        self._writer.transport.abort()

    def _opened(self, to: str) -> None:
        self.jid = to
        self.write(
            f"<?xml version='1.0'?><stream:stream xmlns='{_NS_ACCEPT}' xmlns:stream='http://etherx.jabber.org/streams'"
            f" id='{self._id}' from={_quoted(to)}>"
        )
        if not to.endswith(f".{DOMAIN}") or to == MUC:
            raise _Refused("host-unknown")

    def _came(self, stanza: Element) -> None:
        if self.up:
            self._handle(stanza)
        elif stanza.tag != f"{{{_NS_ACCEPT}}}handshake":
            raise _Refused("not-authorized")
        else:
            self._shake(stanza.text or "")

    def _shake(self, digest: str) -> None:
        wanted = hashlib.sha1(f"{self._id}{self._acceptor.secret}".encode()).hexdigest()
        if not hmac.compare_digest(digest.strip().lower().encode(), wanted.encode()):
            raise _Refused("not-authorized", "Given token does not match calculated token")
        if self.jid in self._acceptor.peers:
            raise _Refused("conflict", "Component already connected")
        self.up = True
        self._acceptor.peers[self.jid] = self
        self.write("<handshake/>")

    def _handle(self, stanza: Element) -> None:
        feed, to, kind = self._acceptor.feed, stanza.get("to"), stanza.tag.rpartition("}")[2]
        if kind == "iq" and stanza.get("type") in ("get", "set"):
            watch, history = stanza.find(f"{{{NS}}}watch"), stanza.find(f"{{{NS}}}history")
            if to != MUC:
                self._error(stanza, "cancel", "remote-server-not-found")
            elif watch is not None:
                self._watch(stanza, watch)
            elif history is not None:
                self._history(stanza, history.get("room", ""))
            else:
                self._error(stanza, "cancel", "service-unavailable")
        elif kind == "message" and to == MUC:
            ack = stanza.find(f"{{{NS}}}ack")
            if stanza.get("type") == "error":
                feed.end(self.jid)
            elif ack is not None and (seq := _number(ack.get("seq"))) is not None:
                feed.ack(self.jid, ack.get("sub", ""), seq)

    def _watch(self, stanza: Element, watch: Element) -> None:
        sub, facts = self._acceptor.feed.watch(self.jid, _number(watch.get("window")), self._send_batch)
        self._result(stanza, f"<watch xmlns='{NS}' sub='{sub}'>{_json(facts)}</watch>")
        self._acceptor.feed.begin(self.jid)

    def _history(self, stanza: Element, node: str) -> None:
        told = self._acceptor.feed.history(node)
        if told is None:
            self._error(stanza, "cancel", "item-not-found")
        else:
            self._result(stanza, f"<history xmlns='{NS}' room={_quoted(node)}>{_json(told)}</history>")

    def _send_batch(self, json: str) -> None:
        self.write(f"<message from='{MUC}' to={_quoted(self.jid)}><batch xmlns='{NS}'>{_json(json)}</batch></message>")

    def _result(self, stanza: Element, child: str) -> None:
        self.write(f"<iq type='result' {self._answering(stanza)}>{child}</iq>")

    def _error(self, stanza: Element, kind: str, condition: str) -> None:
        error = f"<error type='{kind}'><{condition} xmlns='{_NS_ERRORS}'/></error>"
        self.write(f"<iq type='error' {self._answering(stanza)}>{error}</iq>")

    def _answering(self, stanza: Element) -> str:
        id, asked = _quoted(stanza.get("id", "")), _quoted(stanza.get("to", MUC))
        return f"id={id} from={asked} to={_quoted(self.jid)}"


class Acceptor:
    """Takes components in on a listening socket and connects each to the feed."""

    def __init__(self, feed: Feed, secret: str) -> None:
        self.feed, self.secret = feed, secret
        self.peers: dict[str, _Peer] = {}
        """The components that are connected, by JID."""
        self._all: set[_Peer] = set()
        self._server: asyncio.Server | None = None

    async def start(self, listening: socket.socket) -> None:
        """Begin to take components in; the socket is closed with `stop`."""
        self._server = await asyncio.start_server(self._meet, sock=listening)

    async def stop(self) -> None:
        """Say goodbye and close everything."""
        if self._server is not None:
            self._server.close()
        self.feed.bye()
        for peer in list(self._all):
            peer.write("</stream:stream>")
        await asyncio.sleep(0)
        self.cut()

    def cut(self) -> None:
        """Break every connection, as a failing network would."""
        for peer in list(self._all):
            peer.cut()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _Peer(self, writer)
        self._all.add(peer)
        try:
            while not peer.stream.closed and (data := await reader.read(_LONGEST)):
                peer.stream.feed(data)
            peer.write("</stream:stream>")
        except _Refused as refused:
            peer.refuse(refused)
        except ConnectionError:
            pass
        finally:
            self._forget(peer)
            writer.close()

    def _forget(self, peer: _Peer) -> None:
        self._all.discard(peer)
        if self.peers.get(peer.jid) is peer:
            del self.peers[peer.jid]
            self.feed.end(peer.jid)


def listen(port: int = 0) -> socket.socket:
    """Take a loopback port, a free one where it is 0. Raises OSError where it is taken."""
    return socket.create_server((LOOPBACK, port))


def _qualified(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def _json(text: str) -> str:
    # Prosody refuses to send what XML cannot hold.
    safe = text.replace("\ufffe", "?").replace("\uffff", "?")
    return f"<json xmlns='{NS_JSON}'>{escape(safe)}</json>"


def _quoted(value: str) -> str:
    # xml.sax.saxutils has this too, and half of the standard library's HTTP with it.
    return f"'{escape(value)}'"
