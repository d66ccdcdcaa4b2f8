import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable

import pytest

from monitor.core.events import Event, FeedChanged
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from monitor.wire.component import Component, Ended
from monitor.wire.endings import Address, describe
from monitor.wire.link import Link, Policy
from monitor.wire.questions import ASKED, Answer
from tests.wire.acceptor import HEAD, SECRET, Acceptor, Manner, Peer, stream_error
from tests.wire.samples import HOST, SERVER, batch, occupant, room

QUICK = Policy(first_s=0.05, cap_s=0.1, slow_s=0.2)
JID = "monitor.meet.test"


CLIENTS = HEAD.replace("jabber:component:accept", "jabber:client")
"""What a port says that is not for components."""


async def until(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def linked(
    port: int, policy: Policy = QUICK, clock: Callable[[], float] = time.time
) -> AsyncIterator[tuple[Link, Store]]:
    store = Store()
    store.declare(SERVER, [HOST])
    link = Link(Address(SERVER, "127.0.0.1", port, JID), SECRET, [HOST], store.apply, policy, clock)
    task = asyncio.create_task(link.run())
    try:
        yield link, store
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def state(store: Store) -> LinkState:
    return store.servers[SERVER].link.state


def feed(store: Store) -> FeedState:
    return store.servers[SERVER].hosts[HOST].feed


def saying(text: str) -> Manner:
    async def manner(peer: Peer) -> None:
        await peer.hear(r"<stream:stream[^>]*>")
        await peer.say(text)

    return manner


async def serving(peer: Peer) -> None:
    await peer.open()
    await peer.answer_watch()
    await peer.send_batch(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
    await peer.hear(r"<ack[^>]*seq='1'[^>]*>")
    await peer.hear("</stream:stream>")


async def test_a_link_shakes_hands_watches_and_acknowledges() -> None:
    async with Acceptor(serving) as server, linked(server.port) as (_, store):
        await until(lambda: feed(store) is FeedState.LIVE)
        assert state(store) is LinkState.UP
        assert [one.key.node for one in store.rooms()] == ["alpha"]
    assert server.failures == []


async def test_a_link_that_drops_comes_back_by_itself_and_catches_up() -> None:
    async def dropping(peer: Peer) -> None:
        await peer.open()
        await peer.answer_watch("sub-0")
        await peer.send_batch(batch(1, sub="sub-0", rooms=[room("old", occupant(1))], snapshot="end"))
        await asyncio.sleep(0.1)
        peer.drop()

    async with Acceptor(dropping, serving) as server, linked(server.port) as (_, store):
        await until(lambda: [one.key.node for one in store.rooms()] == ["old"])
        await until(lambda: state(store) is LinkState.LOST)
        assert [one.key.node for one in store.rooms()] == ["old"]
        await until(lambda: feed(store) is FeedState.LIVE)
        assert [one.key.node for one in store.rooms()] == ["alpha"]


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (HEAD + stream_error("not-authorized"), LinkState.REFUSED, "the secret for monitor.meet.test is wrong"),
        (HEAD + stream_error("host-unknown"), LinkState.REFUSED, 'add Component "monitor.meet.test"'),
        (HEAD + stream_error("conflict", "Component already connected"), LinkState.REFUSED, "already connected as"),
        (HEAD + stream_error("conflict", "Replaced by a new connection"), LinkState.STOPPED, "press r"),
        (HEAD + stream_error("conflict", "Component already connected"), LinkState.REFUSED, "kick_old"),
        (HEAD + "<nonsense", LinkState.LOST, "broke"),
        (HEAD + "<a></b>", LinkState.LOST, "not-well-formed"),
        (HEAD + stream_error("system-shutdown"), LinkState.LOST, "system-shutdown"),
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + HEAD, LinkState.LOST, "restricted-xml"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", LinkState.LOST, "does not answer as an XMPP server"),
        (HEAD, LinkState.LOST, "broke"),
        (CLIENTS + stream_error("host-unknown"), LinkState.REFUSED, "is the port for clients (c2s)"),
        (CLIENTS, LinkState.REFUSED, "the one in component_ports"),
        (CLIENTS.replace("client", "server"), LinkState.REFUSED, "is the port for other servers (s2s)"),
        ("", LinkState.LOST, "as an SSH tunnel does when nothing listens at its far end"),
    ],
)
async def test_what_is_wrong_is_named_in_one_sentence(answer: str, expected: LinkState, words: str) -> None:
    async with Acceptor(saying(answer)) as server, linked(server.port) as (_, store):
        await until(lambda: state(store) is expected)
        assert words in store.servers[SERVER].link.words
        assert SECRET not in store.servers[SERVER].link.words


async def test_nobody_listening_is_named_and_retried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with linked(port) as (_, store):
            await until(lambda: state(store) is LinkState.LOST)
            assert f"nothing listens on 127.0.0.1:{port}" in store.servers[SERVER].link.words


async def test_a_server_that_never_answers_the_handshake_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.wire.component.HANDSHAKE_S", 0.2)

    async def silent(peer: Peer) -> None:
        await peer.hear("</stream:stream>")

    async with Acceptor(silent) as server, linked(server.port) as (_, store):
        await until(lambda: state(store) is LinkState.LOST)
        assert "does not answer as an XMPP server" in store.servers[SERVER].link.words
        await until(lambda: server.connections >= 2)


async def test_a_link_that_was_taken_over_stays_away_until_it_is_told_to_come_back() -> None:
    replaced = HEAD + stream_error("conflict", "Replaced by a new connection")
    async with Acceptor(saying(replaced), serving) as server, linked(server.port) as (link, store):
        await until(lambda: state(store) is LinkState.STOPPED)
        await asyncio.sleep(0.5)
        assert server.connections == 1
        link.reconnect()
        await until(lambda: feed(store) is FeedState.LIVE)


async def test_a_secret_that_is_put_right_on_the_server_is_found_out_slowly() -> None:
    wrong = HEAD + stream_error("not-authorized")
    async with Acceptor(saying(wrong), serving) as server, linked(server.port) as (_, store):
        await until(lambda: feed(store) is FeedState.LIVE)
        assert server.connections == 2


async def test_nothing_is_sent_while_the_link_is_down() -> None:
    link = Link(Address(SERVER, "127.0.0.1", 1, JID), SECRET, [HOST], Store().apply)
    link.send_watch(HOST, 8)
    link.send_ack(HOST, "sub", 1)


async def test_a_fault_of_our_own_in_a_batch_neither_raises_nor_answers_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom with a claim in it")

    async with Acceptor(serving) as server, linked(server.port) as (_, store):
        monkeypatch.setattr("monitor.wire.feed.decode_batch", broken)
        host = store.servers[SERVER].hosts[HOST]
        await until(lambda: "please report" in host.words)
        assert "boom" not in host.words
        assert state(store) is LinkState.UP


@pytest.mark.parametrize(
    ("identities", "condition", "words"),
    [
        ("<identity category='server' type='im'/>", "no-muc", "is no MUC component but a VirtualHost"),
        ("<identity category='server'/><identity category='conference'/>", "service-unavailable", "is not loaded"),
        ("", "service-unavailable", "is not loaded"),
        (None, "service-unavailable", "is not loaded"),
    ],
)
async def test_a_host_without_the_module_is_asked_what_it_is(
    identities: str | None, condition: str, words: str
) -> None:
    async def bare(peer: Peer) -> None:
        await peer.open()
        watch = await peer.hear(r"<iq[^>]*id=['\"](watch:[^'\"]+)['\"][^>]*>.*?</iq>")
        error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        await peer.say(f"<iq type='error' id='{watch[1]}' from='{HOST}' to='{JID}'>{error}</iq>")
        asked = await peer.hear(r"<iq[^>]*id=['\"](what:[^'\"]+)['\"][^>]*>.*?disco#info.*?</iq>")
        kind, told = ("error", error) if identities is None else ("result", identities)
        query = f"<query xmlns='http://jabber.org/protocol/disco#info'>{told}</query>" if kind == "result" else told
        await peer.say(f"<iq type='{kind}' id='{asked[1]}' from='{HOST}' to='{JID}'>{query}</iq>")
        await peer.hear("</stream:stream>")

    events: list[Event] = []
    async with Acceptor(bare) as server:
        link = Link(Address(SERVER, "127.0.0.1", server.port, JID), SECRET, [HOST], events.append, QUICK, mode="feed")
        task = asyncio.create_task(link.run())

        def refused() -> list[FeedChanged]:
            told = (event for event in events if isinstance(event, FeedChanged))
            return [event for event in told if event.state is FeedState.REFUSED]

        try:
            await until(lambda: bool(refused()))
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    assert refused()[0].condition == condition
    assert words in refused()[0].words


def test_retries_are_quick_at_first_and_capped() -> None:
    link = Link(Address(SERVER, "127.0.0.1", 1, JID), SECRET, [HOST], Store().apply, Policy(jitter=0.0))
    delays = []
    for attempt in range(8):
        link._attempts = attempt
        delays.append(link._verdict(Ended(""))[2])
    assert delays == [0.5, 1, 2, 4, 8, 15, 15, 15]
    shaky = Link(Address(SERVER, "127.0.0.1", 1, JID), SECRET, [HOST], Store().apply)
    shaky._attempts = 9
    assert all((shaky._verdict(Ended(""))[2] or 0) <= 15 for _ in range(100))
    assert link._verdict(Ended("not-authorized"))[2] == 30


@pytest.mark.parametrize(
    "condition", ["", "refused", "unreachable", "silent", "hung-up", "host-unknown", "for-clients", "odd"]
)
def test_every_end_is_described_by_one_sentence(condition: str) -> None:
    words = describe(Ended(condition, "text"), Address(SERVER, "127.0.0.1", 5347, JID))[1]
    assert words
    assert "\n" not in words


async def test_the_secret_shows_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Acceptor(serving) as server, linked(server.port) as (link, store):
        await until(lambda: feed(store) is FeedState.LIVE)
        component = Component(JID, SECRET, "127.0.0.1", 1, link)
        assert SECRET not in repr(link) + repr(component) + repr(link.address)
    assert SECRET not in caplog.text


@pytest.fixture
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.wire.link._TICK_S", 0.02)


PINGED = r"<iq type='get' id='mucmon-ping' to=\"monitor.meet.test\" from=\"monitor.meet.test\"><ping [^>]*/></iq>"


async def hanging(peer: Peer) -> None:
    await peer.open()
    await peer.answer_watch()
    await peer.send_batch(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
    await peer.hear("nothing that is ever said")


@pytest.mark.usefixtures("quick_ticks")
async def test_a_connection_over_which_nothing_comes_is_given_up_and_made_anew() -> None:
    policy = Policy(first_s=0.05, ping_s=0.2, answer_s=0.2)
    async with Acceptor(hanging, serving) as server, linked(server.port, policy) as (_, store):
        await until(lambda: state(store) is LinkState.UP)
        await until(lambda: state(store) is LinkState.STALE)
        assert "does not answer any more" in store.servers[SERVER].link.words
        assert [one.key.node for one in store.rooms()] == ["alpha"]
        await until(lambda: server.connections >= 2 and feed(store) is FeedState.LIVE)


@pytest.mark.usefixtures("quick_ticks")
async def test_a_connection_on_which_pings_come_back_stays() -> None:
    pings = 0

    async def echoing(peer: Peer) -> None:
        nonlocal pings
        await peer.open()
        await peer.answer_watch()
        while True:
            await peer.say((await peer.hear(PINGED))[0])
            pings += 1

    policy = Policy(first_s=0.05, ping_s=0.1, answer_s=10)
    async with Acceptor(echoing) as server, linked(server.port, policy) as (_, store):
        await until(lambda: pings >= 6)
        assert state(store) is LinkState.UP
        assert server.connections == 1


async def test_a_handshake_without_an_answer_where_there_was_one_before_is_a_server_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dropping(peer: Peer) -> None:
        await peer.open()
        peer.drop()

    async def silent(peer: Peer) -> None:
        await peer.hear("</stream:stream>")

    monkeypatch.setattr("monitor.wire.component.HANDSHAKE_S", 0.5)
    async with Acceptor(dropping, silent) as server, linked(server.port) as (_, store):
        await until(lambda: state(store) is LinkState.STALE)
        assert "the server hangs" in store.servers[SERVER].link.words


@pytest.mark.usefixtures("quick_ticks")
async def test_after_a_sleep_the_connection_is_tried_at_once() -> None:
    asleep_s = 0.0
    pinged = asyncio.Event()

    async def listening(peer: Peer) -> None:
        await peer.open()
        await peer.answer_watch()
        await peer.hear(PINGED)
        pinged.set()
        await peer.hear("nothing that is ever said")

    policy = Policy(first_s=0.05, ping_s=1000, answer_s=0.2)
    clock = lambda: time.time() + asleep_s  # noqa: E731
    async with Acceptor(listening, serving) as server, linked(server.port, policy, clock) as (_, store):
        await until(lambda: state(store) is LinkState.UP)
        await asyncio.sleep(0.2)
        assert not pinged.is_set()
        asleep_s = 3600
        await until(pinged.is_set, 1)
        await until(lambda: server.connections >= 2 and feed(store) is FeedState.LIVE)


@pytest.mark.usefixtures("quick_ticks")
async def test_after_a_sleep_a_lost_link_does_not_wait_its_turn_and_one_taken_over_does() -> None:
    asleep_s = 0.0
    clock = lambda: time.time() + asleep_s  # noqa: E731
    never = Policy(first_s=1000, cap_s=1000, jitter=0)
    replaced = HEAD + stream_error("conflict", "Replaced by a new connection")
    async with (
        Acceptor(saying(""), saying(replaced), serving) as server,
        linked(server.port, never, clock) as (_, store),
    ):
        await until(lambda: state(store) is LinkState.LOST)
        asleep_s = 3600
        await until(lambda: state(store) is LinkState.STOPPED, 1)
        asleep_s = 7200
        await asyncio.sleep(0.3)
        assert server.connections == 2


async def test_a_server_that_still_holds_our_broken_connection_is_tried_again_quickly() -> None:
    async def dropping(peer: Peer) -> None:
        await peer.open()
        peer.drop()

    held = saying(HEAD + stream_error("conflict", "Component already connected"))
    slow = Policy(first_s=0.05, cap_s=0.1, slow_s=1000)
    async with Acceptor(dropping, held, held, serving) as server, linked(server.port, slow) as (_, store):
        await until(lambda: "still holds" in store.servers[SERVER].link.words)
        assert state(store) is LinkState.LOST
        await until(lambda: feed(store) is FeedState.LIVE)
        assert server.connections == 4


async def test_questions_end_with_the_connection_and_none_is_asked_while_it_is_down() -> None:
    told: list[Answer] = []

    async def dropping(peer: Peer) -> None:
        await peer.open()
        await peer.hear("<version/>")
        peer.drop()

    async with Acceptor(dropping, hanging) as server, linked(server.port) as (link, store):
        await until(lambda: state(store) is LinkState.UP)
        assert link.ask("test", HOST, "get", "<version/>", told.append)
        assert link.free() < ASKED
        await until(lambda: state(store) is LinkState.LOST)
        assert not link.ask("test", HOST, "get", "<version/>", told.append)
        await until(lambda: server.connections >= 2 and feed(store) is FeedState.LIVE)
        assert link.free() == ASKED
    assert told == []


@pytest.mark.usefixtures("quick_ticks")
async def test_a_server_that_takes_its_time_after_the_handshake_is_not_given_up_before_a_ping() -> None:
    async def slow(peer: Peer) -> None:
        await peer.open()
        await asyncio.sleep(0.4)
        await peer.answer_watch()
        await peer.send_batch(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
        await peer.hear("nothing that is ever said")

    policy = Policy(first_s=0.05, ping_s=1000, answer_s=0.1)
    async with Acceptor(slow) as server, linked(server.port, policy) as (_, store):
        await until(lambda: feed(store) is FeedState.LIVE)
        assert server.connections == 1


async def test_a_connection_costs_no_look_at_the_systems_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: object) -> None:
        raise AssertionError("certificates were loaded")

    monkeypatch.setattr("ssl.SSLContext.load_default_certs", looked)
    monkeypatch.setattr("ssl.SSLContext.set_default_verify_paths", looked)
    link = Link(Address(SERVER, "127.0.0.1", 1, JID), SECRET, [HOST], Store().apply)
    context = Component(JID, SECRET, "127.0.0.1", 1, link).ssl_context
    # Were a stream encrypted all the same, it would trust nobody.
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() == []
