"""Proves the harness itself: what later tests take from it for granted."""

import asyncio
import hashlib
import time
from typing import Any

import pytest

from tests.live import truth
from tests.live.cast import Cast, affiliations, until
from tests.live.conftest import StartProsody
from tests.live.prosody_config import STRANGER, WATCHERS
from tests.live.server import Prosody
from tests.live.xmpp_client import (
    AuthRefused,
    Client,
    JoinRefused,
    StanzaError,
    statuses,
    token,
)

PROSODY: dict[str, Any] = {"monitor_module": False, "hibernation_s": 1}


async def test_owner_member_and_guest(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        await cast.focus("trio")
        john = await cast.person(token(prosody, "TRIO", "owner", "John"), name="John")
        jane = await cast.person(token(prosody, "trio", None, "Jane"), name="Jane <&>")
        guest = await cast.person()
        own = await john.join("trio")
        await jane.join("trio")
        await guest.join("trio", "guest")
        assert "110" in statuses(own)
        assert own.xml.findtext(".//{http://jabber.org/protocol/nick}nick") == "John"
        assert await affiliations(prosody, "trio") == {
            "focus": "owner",
            john.jid[:8]: "owner",
            jane.jid[:8]: "member",
            "guest": "none",
        }
        roles = {p["jid"]: p["role"] for p in (await truth.rooms(prosody))["trio"]}
        assert roles[john.jid] == "moderator"
        assert roles[jane.jid] == "participant"
        assert await jane.ping() < 1
        await guest.leave("trio")
        assert "guest" not in await affiliations(prosody, "trio")


async def test_refusals(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        await cast.focus("right")
        lost = await cast.person(token(prosody, "wrong", "owner"))
        with pytest.raises(JoinRefused) as refused:
            await lost.join("right")
        assert refused.value.condition == "not-allowed"
        with pytest.raises(JoinRefused, match="not-allowed"):
            await lost.join("wrong")  # nobody but the focus creates rooms


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"minutes": -1}, "Not acceptable by exp (60 sec since expired)"),
        ({"secret": "another secret, long enough for HS256"}, "Invalid signature"),
        ({"iss": None}, "'iss' claim is missing"),
        ({"nbf": int(time.time()) + 3600}, "Not acceptable by nbf"),
    ],
)
async def test_bad_token(prosody: Prosody, arguments: dict[str, Any], words: str) -> None:
    signed = token(prosody, "any", **arguments)
    with pytest.raises(AuthRefused) as refused:
        await Client(prosody, signed).connect()
    assert (refused.value.condition, refused.value.text[:26]) == ("not-allowed", words[:26])


async def test_focus_promotes(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("promoted")
        focus.auto_promote(0.1)
        jane = await cast.person(token(prosody, "promoted"))
        await jane.join("promoted")
        assert (await affiliations(prosody, "promoted"))[jane.jid[:8]] == "member"

        async def owner() -> bool:
            return (await affiliations(prosody, "promoted"))[jane.jid[:8]] == "owner"

        await until(owner)
        await jane.set_affiliation("promoted", focus.bare_jid, "owner")
        await jane.rename("promoted", "jane-2")
        assert (await affiliations(prosody, "promoted"))["jane-2"] == "owner"


async def test_focus_elects_an_owner(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("elected")
        focus.auto_owner()
        john = await cast.person(token(prosody, "elected", "owner"))
        jane = await cast.person(token(prosody, "elected"))
        await john.join("elected")
        await jane.join("elected")
        await asyncio.sleep(0.1)
        assert (await affiliations(prosody, "elected"))[jane.jid[:8]] == "member"
        await john.leave("elected")

        async def owner() -> bool:
            return (await affiliations(prosody, "elected"))[jane.jid[:8]] == "owner"

        await until(owner)


async def test_drop_then_hibernation_ends(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("sleepers")
        john = await cast.person(token(prosody, "sleepers", "owner"))
        await john.join("sleepers")
        start = time.monotonic()
        await john.drop()
        await asyncio.sleep(0.3)
        assert john.jid[:8] in await affiliations(prosody, "sleepers")
        await focus.update("sleepers")  # a stanza the sleeper cannot take, bounced at the end
        gone = await focus.wait_gone("sleepers", john.jid[:8])
        assert 0.9 < gone.tick - start < 4
        assert "333" in statuses(gone)
        with pytest.raises(StanzaError):
            await john.resume()


async def test_resume_keeps_the_session(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        await cast.focus("again")
        john = await cast.person(token(prosody, "again", "owner"))
        await john.join("again")
        await john.drop()
        await john.resume()
        assert await john.ping() < 1
        await asyncio.sleep(1.5)
        assert john.jid in {p["jid"] for p in (await truth.rooms(prosody))["again"]}


async def test_drop_without_smacks_leaves_at_once(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("abrupt")
        john = await cast.person(token(prosody, "abrupt", "owner"), smacks=False)
        await john.join("abrupt")
        start = time.monotonic()
        await john.drop()
        assert (await focus.wait_gone("abrupt", john.jid[:8])).tick - start < 0.5


async def test_close_rule(start_prosody: StartProsody) -> None:
    server = start_prosody(
        monitor_module=False,
        muc_modules=["token_owner_party"],
        party_check_timeout_s=1,
    )
    async with Cast(server) as cast:
        await cast.focus("closing")
        john = await cast.person(token(server, "closing", "owner"))
        jane = await cast.person(token(server, "closing"))
        with pytest.raises(JoinRefused) as early:
            await jane.join("closing")
        assert (early.value.condition, early.value.text) == ("not-allowed", "")
        await john.join("closing")
        await jane.join("closing")
        left = await john.leave("closing")
        await john.join("closing")  # back before the timer fires: harmless
        await asyncio.sleep(1.2)
        assert "closing" in await truth.rooms(server)
        left = await john.leave("closing")
        closed = await jane.wait_gone("closing", jane.jid[:8])
        assert 0.9 < closed.tick - left.tick < 1.5
        reasons = [element.text for element in closed.xml.iter() if element.tag.endswith("reason")]
        assert reasons == ["The meeting has been terminated"]
        assert "closing" not in await truth.rooms(server)


async def test_promoter_module(start_prosody: StartProsody) -> None:
    server = start_prosody(monitor_module=False, muc_modules=["mucmon_promoter"])
    async with Cast(server) as cast:
        await cast.focus("raised")
        jane = await cast.person(token(server, "raised"))
        await jane.join("raised")

        async def owner() -> bool:
            return (await affiliations(server, "raised"))[jane.jid[:8]] == "owner"

        await until(owner)


async def test_orders(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("ordered")
        jane = await cast.person(token(prosody, "*"))
        await jane.join("ordered")
        change: dict[str, Any] = {"room": "ordered", "jid": jane.bare_jid, "affiliation": "owner"}
        await truth.do(prosody, "set_affiliation", **change)
        assert (await affiliations(prosody, "ordered"))[jane.jid[:8]] == "owner"
        change |= {"affiliation": "member", "actor": focus.jid, "reason": "test"}
        await truth.do(prosody, "set_affiliation", **change)
        assert (await affiliations(prosody, "ordered"))[jane.jid[:8]] == "member"
        await truth.load(prosody, "mucmon_promoter")
        await truth.reload(prosody, "mucmon_promoter")
        await truth.unload(prosody, "mucmon_promoter")
        await truth.do(prosody, "config", host=prosody.muc_host, option="party_check_timeout", value=3)
        await truth.do(prosody, "destroy", room="ordered", reason="over")
        assert "ordered" not in await truth.rooms(prosody)
        assert await truth.memory_kb(prosody) > 100
        with pytest.raises(truth.OrderRefused, match="no such room"):
            await truth.do(prosody, "destroy", room="ordered")


@pytest.mark.parametrize("name", [*WATCHERS, STRANGER])
async def test_component_may_connect(prosody: Prosody, name: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", prosody.component_port)
    writer.write(
        b"<stream:stream xmlns='jabber:component:accept'"
        b" xmlns:stream='http://etherx.jabber.org/streams' to='" + name.encode() + b"'>"
    )
    opened = (await reader.readuntil(b"<stream:stream") + await reader.readuntil(b">")).decode()
    identity = opened.replace('"', "'").partition(" id='")[2].partition("'")[0]
    proof = hashlib.sha1((identity + prosody.secret).encode()).hexdigest()
    writer.write(f"<handshake>{proof}</handshake>".encode())
    assert b"<handshake" in await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    await writer.wait_closed()


async def test_fill(start_prosody: StartProsody) -> None:
    server = start_prosody(monitor_module=False)
    await truth.do(server, "fill", rooms=50, people=10, prefix="full-", fire=True, sessions=True)
    rooms = await truth.rooms(server)
    assert len(rooms) == 50
    assert {len(people) for people in rooms.values()} == {10}
    ranks = [person["affiliation"] for person in rooms["full-1"]]
    assert (ranks.count("owner"), ranks.count("member")) == (1, 9)


async def test_many_joins_are_quick(start_prosody: StartProsody) -> None:
    server = start_prosody(monitor_module=False)
    rooms = [f"many-{number}" for number in range(200)]
    async with Cast(server) as cast:
        start = time.monotonic()
        await cast.focus(*rooms)
        person = await cast.person(token(server, "*", "owner"))
        await person.join_many(rooms)
        assert time.monotonic() - start < 10
        assert len(await truth.rooms(server)) == 200


async def test_restart_and_crash(start_prosody: StartProsody) -> None:
    server = start_prosody(monitor_module=False)
    pid = server.pid
    await asyncio.to_thread(server.restart)
    assert server.pid != pid
    server.kill9()
    server.start()
    server.sigstop()
    server.sigcont()
    assert await truth.rooms(server) == {}
    errors = [line for line in server.log_text().splitlines() if "\terror\t" in line]
    assert errors == []
