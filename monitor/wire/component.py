"""One connection of the component (XEP-0114): from the first byte to the last, and why it ended.

A new `Component` is made for every attempt, so nothing of an old connection can leak into the next. slixmpp does the
stream; its own retries, roster and presence handling are switched off.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from types import ModuleType
from typing import Any, Protocol
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from slixmpp import ComponentXMPP
from slixmpp.stanza import StreamError
from slixmpp.xmlstream import xmlstream
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher.base import MatcherBase

from monitor.wire.feed import NO_MODULE, NO_MUC, NS, NS_JSON
from monitor.wire.questions import Answer, Questions, Told

_DISCO = "http://jabber.org/protocol/disco#info"

HANDSHAKE_S = 10.0
"""How long connecting and the handshake may take."""

PING = "mucmon-ping"
"""The id of a ping to ourselves."""
_KIND_OF_STREAM = re.compile(rb"<stream:stream[^>]*\sxmlns=['\"]jabber:(client|server)['\"]")
"""What a port that is not for components says of itself with the first tag (RFC 6120 §4.8.2)."""
_HEAD = 1024
"""Bytes in which that tag has to come."""
_FORBIDDEN_MARKUP = (b"<!DOCTYPE", b"<!ENTITY")

# Without a handler of its own, the logging module prints warnings to the terminal the screen is drawn on; and at the
# debug level slixmpp logs whole stanzas and the handshake.
_log = logging.getLogger("slixmpp")
_log.addHandler(logging.NullHandler())
_log.propagate = False
_log.setLevel(logging.CRITICAL)


class _NoCertificates(ssl.SSLContext):
    """A context that trusts nobody, for streams that are never encrypted."""

    def set_default_verify_paths(self) -> None:
        """Load none of the system's certificates."""


class _Ssl(ModuleType):
    """The `ssl` module as slixmpp is to see it.

    It makes a context with all of the system's certificates for every stream, encrypted or not. That takes 60 ms, in
    which nothing is drawn, for each server and for each attempt to reach one.
    """

    create_default_context = staticmethod(lambda: _NoCertificates(ssl.PROTOCOL_TLS_CLIENT))

    def __getattr__(self, name: str) -> Any:
        return getattr(ssl, name)


xmlstream.ssl = _Ssl("ssl")


class Listener(Protocol):
    """Who is told what comes over the connection. None of these may raise."""

    def came_up(self) -> None:
        """The handshake was accepted."""

    def batch_came(self, host: str, json: str) -> None:
        """A batch came from a MUC host."""

    def watch_answered(self, host: str, sub: str, facts_json: str) -> None:
        """A watch was taken on."""

    def watch_refused(self, host: str, condition: str) -> None:
        """A watch was refused with an error condition (RFC 6120 §8.3.3)."""

    def history_came(self, host: str, node: str, json: str) -> None:
        """A room's past was told."""


class Ended(Exception):
    """The connection is over, or never came about.

    `condition` is the stream error (RFC 6120 §4.9.3), ``refused`` for a port where nobody listens, ``unreachable``
    for an address that cannot be reached or found, ``silent`` for a handshake without an answer, ``hung-up`` for a
    connection that was closed before anything came, ``dead`` for one that went silent later, ``not-xmpp`` for a server
    of another kind, ``for-clients`` or ``for-servers`` for a port that speaks XMPP with those, or empty.
    """

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(condition)
        self.condition, self.text = condition, text


class _Ours(MatcherBase):  # type: ignore[misc]
    """Matches what the feed is made of; slixmpp's own matchers would build stanza objects first."""

    def match(self, stanza: Any) -> bool:
        xml = stanza.xml
        name = xml.tag.rpartition("}")[2]
        if name == "iq":
            # What comes back of a ping to ourselves says nothing but that it came.
            return xml.get("type") in ("result", "error") or xml.get("id") == PING
        return name == "message" and xml.find(f"{{{NS}}}batch") is not None


class Component(ComponentXMPP):  # type: ignore[misc]
    """A component stream that tells a `Listener` what comes, and ends in an `Ended`."""

    def __init__(self, jid: str, secret: str, host: str, port: int, listener: Listener) -> None:
        super().__init__(jid, secret, host, port, fix_error_ns=True)
        self.enable_direct_tls = False
        self._listener = listener
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._tail = b""
        self._heard = False
        self._stream_error = ("", "")
        self._head = b""
        self.questions = Questions()
        self.heard_at = time.monotonic()
        """When the last byte came, on the monotonic clock."""
        self._watch_of: dict[str, str] = {}
        self._unsent: list[str] = []
        for name in ("IM", "IMError", "Presence"):
            self.remove_handler(name)
        self.register_handler(Callback("feed", _Ours(None), self._came))
        self.add_event_handler("session_start", self._started)
        self.add_event_handler("connection_failed", self._failed)
        self.add_event_handler("stream_error", self._stream_failed)
        self.add_event_handler("disconnected", self._disconnected)

    def __repr__(self) -> str:
        return f"<Component {self.boundjid}>"

    @property
    def is_up(self) -> bool:
        """Whether stanzas can be sent now."""
        return bool(self.session_bind_event.is_set()) and not self._ended.done()

    def give_up(self) -> None:
        """End the connection at once, since nothing comes over it any more."""
        self._end(Ended("dead"))
        self.abort()

    async def run(self) -> Ended:
        """Connect and stay until the connection is over; returns why. Cancelling closes it."""
        try:
            self.connect(self.server_host, self.server_port)
            handshake = asyncio.ensure_future(self.session_bind_event.wait())
            await asyncio.wait({handshake, self._ended}, timeout=HANDSHAKE_S, return_when=asyncio.FIRST_COMPLETED)
            handshake.cancel()
            if not self._ended.done() and not self.session_bind_event.is_set():
                return Ended("silent")
            return await self._ended
        finally:
            self._close()

    def ask(self, kind: str, to: str, set_or_get: str, payload: str, answered: Told, late: Told | None = None) -> bool:
        """Send an IQ, `payload` being XML, and have `answered` told what comes of it, or `late` where it took too long.

        False, and nothing sent, while the connection is down or too much is in flight. `kind` begins the IQ's id.
        """
        if not self.is_up or not self.questions.free:
            return False
        name = self.questions.add(kind, to, answered, late)
        self._write(
            f"<iq type='{set_or_get}' id={quoteattr(name)} to={quoteattr(to)}"
            f" from={quoteattr(self.boundjid.bare)}>{payload}</iq>"
        )
        return True

    def send_watch(self, host: str, window: int) -> None:
        """Ask a MUC host to be watched; answers to earlier questions do not count any more."""
        before = self._watch_of.pop(host, None)
        if before is not None:
            self.questions.drop(before)
        payload = f"<watch xmlns='{NS}' window='{window}'/>"
        if self.ask("watch", host, "set", payload, lambda answer: self._watch_answered(host, answer)):
            self._watch_of[host] = self.questions.newest

    def send_history(self, host: str, node: str) -> None:
        """Ask for a room's past."""
        payload = f"<history xmlns='{NS}' room={quoteattr(node)}/>"
        self.ask("history", host, "get", payload, lambda answer: self._history_answered(host, answer))

    def send_ping(self) -> None:
        """Have something come back, if the connection still reaches the server: it sends to us what is for us.

        A ping to anybody else would be answered by whom it may concern, or by nobody.
        """
        own = quoteattr(self.boundjid.bare)
        self._write(f"<iq type='get' id='{PING}' to={own} from={own}><ping xmlns='urn:xmpp:ping'/></iq>")

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        """Acknowledge a batch."""
        self._write(
            f"<message to={quoteattr(host)} from={quoteattr(self.boundjid.bare)}>"
            f"<ack xmlns='{NS}' sub={quoteattr(sub)} seq='{seq}'/></message>"
        )

    def data_received(self, data: bytes | str) -> None:
        """Parse what came; a document type or anything unreadable ends the connection (RFC 6120 §11.1)."""
        raw = data.encode() if isinstance(data, str) else data
        self._heard = True
        self.heard_at = time.monotonic()
        if self.xml_root is None and not raw.lstrip().startswith(b"<"):
            self._end(Ended("not-xmpp"))
            self.abort()
            return
        if len(self._head) < _HEAD:
            self._head += raw[:_HEAD]
            if kind := _KIND_OF_STREAM.search(self._head):
                self._end(Ended(f"for-{kind[1].decode()}s"))
                self.abort()
                return
        seen = self._tail + raw
        self._tail = seen[-16:]
        if any(markup in seen for markup in _FORBIDDEN_MARKUP):
            self._end(Ended("restricted-xml"))
            self.abort()
            return
        try:
            super().data_received(raw)
        except Exception as error:
            # The stream cannot be trusted any further, and the screen must live on.
            self._end(Ended("bad-format", type(error).__name__))
            self.abort()

    def send(self, data: Any, *arguments: Any, **keywords: Any) -> None:
        """Send a stanza of slixmpp's own making, an error mostly; where the stream is unreadable, end it instead."""
        if isinstance(data, StreamError):
            # It would quote what was read, and then wait for an answer that can be read no better.
            self._end(Ended("not-well-formed"))
            self.abort()
        else:
            super().send(data, *arguments, **keywords)

    def _write(self, stanza: str) -> None:
        # Nothing is queued while the link is down: it would be sent late, to another world.
        if not self.is_up:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(stanza)

    def _flush(self) -> None:
        # What is said in one go goes out in one go: the server then answers all of it for the same moment.
        said, self._unsent = "".join(self._unsent), []
        if self.is_up and self.transport is not None:
            self.send_raw(said)

    def _started(self, _event: object) -> None:
        self._listener.came_up()

    def _failed(self, error: object) -> None:
        self.cancel_connection_attempt()
        refused = isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error)
        text = str(error.strerror) if isinstance(error, OSError) and error.strerror else ""
        self._end(Ended("refused" if refused else "unreachable", text))

    def _stream_failed(self, stanza: Any) -> None:
        self._stream_error = (str(stanza["condition"]), str(stanza["text"]))

    def _disconnected(self, _reason: object) -> None:
        self._end(Ended(*self._stream_error) if self._heard else Ended("hung-up"))

    def _end(self, ended: Ended) -> None:
        self.questions.cancel()
        if not self._ended.done():
            self._ended.set_result(ended)

    def _close(self) -> None:
        self.questions.cancel()
        self.cancel_connection_attempt()
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()
        if self.transport is not None:
            if self.is_up:
                self.send_raw(self.stream_footer)
            self.transport.close()

    def _came(self, stanza: Any) -> None:
        xml: Element = stanza.xml
        batch = xml.find(f"{{{NS}}}batch")
        if batch is not None:
            self._listener.batch_came(str(xml.get("from", "")), batch.findtext(f"{{{NS_JSON}}}json") or "")
        elif xml.get("type") in ("result", "error"):
            self.questions.take(xml)

    def _watch_answered(self, host: str, answer: Answer) -> None:
        watch = answer.child(f"{{{NS}}}watch")
        if answer.stanza is None:
            self._refused(host, answer.condition)
        elif watch is not None:
            facts = watch.findtext(f"{{{NS_JSON}}}json") or ""
            self._listener.watch_answered(host, watch.get("sub", ""), facts)

    def _refused(self, host: str, condition: str) -> None:
        """Tell that a watch was refused; where no module answered, after a look at what this host is (XEP-0030 §3)."""

        def told(answer: Answer) -> None:
            kinds = [one.get("category") for one in answer.child(f"{{{_DISCO}}}query") or ()]
            known = [kind for kind in kinds if kind is not None]
            self._listener.watch_refused(host, NO_MUC if known and "conference" not in known else condition)

        query = f"<query xmlns='{_DISCO}'/>"
        if condition not in NO_MODULE or not self.ask("what", host, "get", query, told):
            self._listener.watch_refused(host, condition)

    def _history_answered(self, host: str, answer: Answer) -> None:
        history = answer.child(f"{{{NS}}}history")
        if history is not None:
            told = history.findtext(f"{{{NS_JSON}}}json") or ""
            self._listener.history_came(host, history.get("room", ""), told)
