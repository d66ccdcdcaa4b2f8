"""The demo's server over a real socket, watched by the links of the product."""

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator, Callable

import pytest

from monitor.config import Secret, ServerSettings
from monitor.core.room import RoomKey
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from monitor.demo.acceptor import LOOPBACK, listen
from monitor.demo.people import MUC
from monitor.demo.server import OWN_JID, SECOND_JID, DemoServer, Load
from monitor.wire.link import Policy
from monitor.wire.sources import Links

NAME = "demo"
QUICK = Policy(first_s=0.05, cap_s=0.1, slow_s=0.2)
HEADER = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{to}'>"


async def until(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(more: Load = Load()) -> AsyncIterator[DemoServer]:  # noqa: B008 - it is frozen
    server = DemoServer(listen(), more)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def watching(
    server: DemoServer, jid: str = OWN_JID, secret: str | None = None, host: str = MUC
) -> AsyncIterator[tuple[Store, Links]]:
    settings = ServerSettings(NAME, LOOPBACK, server.port, jid, Secret(secret or server.secret), (host,))
    store = Store()
    store.declare(NAME, settings.rooms)
    links = Links([settings], store.apply, QUICK)
    await links.start()
    try:
        yield store, links
    finally:
        await links.stop()


def link(store: Store) -> LinkState:
    return store.servers[NAME].link.state


def live(store: Store) -> bool:
    return all(host.feed is FeedState.LIVE for host in store.hosts())


async def test_two_components_watch_the_same_rooms_at_once() -> None:
    async with serving() as server, watching(server) as (one, _), watching(server, SECOND_JID) as (two, _):
        await until(lambda: live(one) and live(two))
        assert set(server.acceptor.peers) == {OWN_JID, SECOND_JID}
        nodes = {room.key.node for room in one.rooms()}
        assert nodes == {room.key.node for room in two.rooms()}
        assert {"board-2031", "chemie-9", "%1b%5b2j"} <= nodes


async def test_a_wrong_secret_is_not_authorized() -> None:
    async with serving() as server, watching(server, secret="another") as (store, _):
        await until(lambda: link(store) is LinkState.REFUSED)
        assert "the secret for monitor.meet.example is wrong" in store.servers[NAME].link.words
        assert not server.acceptor.peers


async def test_a_component_of_another_domain_and_one_that_is_there_already_are_refused() -> None:
    async with serving() as server, watching(server) as (first, _):
        await until(lambda: live(first))
        async with watching(server, "monitor.elsewhere.example") as (store, _):
            await until(lambda: link(store) is LinkState.REFUSED)
            assert "knows no component" in store.servers[NAME].link.words
        async with watching(server) as (store, _):
            await until(lambda: link(store) is LinkState.REFUSED)
            assert "already connected" in store.servers[NAME].link.words
        assert link(first) is LinkState.UP


async def test_a_muc_host_that_is_not_there_is_said_to_be_unknown() -> None:
    async with serving() as server, watching(server, host="rooms.meet.example") as (store, _):
        await until(lambda: next(store.hosts()).feed is FeedState.REFUSED)
        assert "knows no MUC host rooms.meet.example" in next(store.hosts()).words


async def test_a_connection_that_is_cut_is_lost_and_comes_back_with_the_rooms_as_they_are_then() -> None:
    async with serving() as server, watching(server) as (store, _):
        await until(lambda: live(store))
        server.acceptor.cut()
        await until(lambda: link(store) is LinkState.LOST)
        assert next(store.hosts()).stale_since_at is not None
        await until(lambda: link(store) is LinkState.UP and live(store))
        assert next(store.hosts()).stale_since_at is None


async def test_the_past_of_a_room_comes_when_it_is_looked_at() -> None:
    async with serving() as server, watching(server) as (store, links):
        await until(lambda: live(store))
        key = RoomKey(NAME, MUC, "board-2031")
        links.look_at(key)
        links.look_at(RoomKey(NAME, MUC, "nowhere"))
        room = store.find_room(key)
        assert room is not None
        await until(lambda: len(room.history) >= 8)
        assert [entry.what for entry in room.history][:5] == ["joined", "joined", "joined", "affiliation", "lost"]


async def test_the_story_goes_on_over_the_wire() -> None:
    async with serving(Load(rooms=5, people=5, rate=100)) as server, watching(server) as (store, _):
        await until(lambda: live(store))
        room = store.find_room(RoomKey(NAME, MUC, "load-0001"))
        assert room is not None
        before = room.revision
        await until(lambda: room.revision > before)


@pytest.mark.parametrize(
    ("sent", "condition"),
    [
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'>]>", "restricted-xml"),
        ("GET / HTTP/1.1\r\n\r\n", "not-well-formed"),
        (HEADER.format(to=OWN_JID) + "<handshake></y>", "not-well-formed"),
        ("<x xmlns='jabber:client'>", "invalid-namespace"),
        (HEADER.format(to=OWN_JID) + "<message/>", "not-authorized"),
        (HEADER.format(to=OWN_JID) + "<handshake>00</handshake>", "not-authorized"),
        (HEADER.format(to=OWN_JID) + "<handshake>\u00e9</handshake>", "not-authorized"),
        (HEADER.format(to=OWN_JID) + "<handshake>" + "x" * 65_500, "policy-violation"),
    ],
)
async def test_what_no_component_may_send_ends_the_stream(sent: str, condition: str) -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(sent.encode())
        async with asyncio.timeout(5):
            answer = (await reader.read()).decode()
        assert f"<{condition} " in answer
        assert not server.acceptor.peers
        writer.close()


async def test_the_configuration_it_prints_is_one_that_works() -> None:
    async with serving() as server:
        (told,) = tomllib.loads(server.configuration())["server"]
        assert (told["port"], told["secret"], told["rooms"]) == (server.port, server.secret, MUC)
        async with watching(server, told["jid"], told["secret"]) as (store, _):
            await until(lambda: live(store))


async def test_every_server_has_a_secret_of_its_own() -> None:
    async with serving() as one, serving() as two:
        assert one.secret != two.secret
        assert len(one.secret) >= 32


async def test_what_ends_the_play_before_its_time_is_told_when_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_feed: object) -> None:
        raise RuntimeError("a cue for somebody who is not there")

    monkeypatch.setattr("monitor.demo.feed.Feed.flush", broken)
    server = DemoServer(listen(), Load())
    await server.start()
    await asyncio.sleep(0.01)
    with pytest.raises(RuntimeError):
        await server.stop()
