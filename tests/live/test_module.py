"""The companion module on a real server: it never stands in a user's way, and says what goes wrong inside it."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest

from monitor.core.events import FeedChanged, OccupantLeft
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import WATCHERS, watching
from tests.live.xmpp_client import AuthRefused, JoinRefused

MUC_HANDLERS = (
    "muc-occupant-joined",
    "muc-room-created",
    "muc-room-restored",
    "muc-occupant-session-new",
    "muc-broadcast-presence",
    "muc-occupant-left",
    "muc-set-affiliation",
    "muc-room-destroyed",
    "muc-pre-room-destroy",
    "muc-room-pre-create",
    "muc-occupant-pre-join",
    "join-answer",
    "join-allowed",
    "stop-listening",
    "session-opens",
)


async def test_an_error_in_any_handler_lets_everybody_in_and_shows_in_health(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        names = set((await truth.do(prosody, "handlers"))["names"])
        assert names >= set(MUC_HANDLERS)
        # The heartbeat carries the health and the watch opens the feed: these two are broken last.
        for name in sorted(names - {"heartbeat"}):
            await truth.do(prosody, "break", handler=name)
        focus = await cast.focus("broken")
        jane = await cast.person(token(prosody, "broken", "member"), name="Jane Doe")
        await jane.join("broken")
        await focus.promote("broken", jane.jid)
        await jane.rename("broken", "renamed")
        await jane.leave("broken")
        await jane.join("broken")
        assert len((await truth.rooms(prosody))["broken"]) == 2
        await monitor.until(lambda: monitor.host.health is not None and monitor.host.health.errors > 0, 8)
        assert monitor.host.health is not None
        assert "broken on purpose" in (monitor.host.health.last_error or "")
        await truth.do(prosody, "break", handler="heartbeat")
        await jane.leave("broken")
        await jane.join("broken")


@contextlib.asynccontextmanager
async def _broken(prosody: Prosody, handler: str) -> AsyncIterator[None]:
    """One handler of the companion module throws for the time of the block."""
    await truth.do(prosody, "break", handler=handler)
    try:
        yield
    finally:
        await truth.reload(prosody, "muc_monitor")


@pytest.mark.parametrize("handler", MUC_HANDLERS)
async def test_one_broken_handler_lets_everything_through_and_is_named_in_health(
    prosody: Prosody, handler: str
) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor, _broken(prosody, handler):
        node = f"broken-{MUC_HANDLERS.index(handler)}"
        focus = await cast.focus(node)
        jane = await cast.person(token(prosody, node, "owner"), name="Jane Doe")
        await jane.join(node)
        assert {one["affiliation"] for one in (await truth.rooms(prosody))[node]} == {"owner"}
        stranger = await cast.person(token(prosody, "elsewhere"), name="Stranger")
        with pytest.raises(JoinRefused):
            await stranger.join(node)
        await jane.rename(node, "renamed")
        await truth.do(prosody, "restore", room=node)
        await jane.leave(node)
        await truth.do(prosody, "destroy", room=node)
        await focus.wait_gone(node, "focus")
        assert node not in await truth.rooms(prosody)
        await truth.do(prosody, "handle", handler="heartbeat")
        await monitor.until(lambda: monitor.host.health is not None and monitor.host.health.errors > 0)
        assert monitor.host.health is not None
        assert (monitor.host.health.last_error or "").startswith(f"{handler}:")


async def test_the_module_is_seen_by_nobody_and_sends_nothing_into_rooms(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody):
        await cast.focus("quiet")
        jane = await cast.person(token(prosody, "quiet", "owner"), name="Jane Doe")
        await jane.join("quiet")
        await asyncio.sleep(0.3)
        heard = "".join(ElementTree.tostring(stanza.xml, "unicode") for stanza in jane.received)
        assert "Jane Doe" in heard
        assert not any(watcher in heard for watcher in WATCHERS)
        assert "mucmon" not in heard


async def test_no_token_and_no_address_leaves_the_server(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("private")
        secret_name = "only-for-the-issuer"
        pass_ = token(prosody, "private", "owner", user={"email": "jane@meet.test", "phone": secret_name})
        jane = await cast.person(pass_, name="Jane Doe")
        await jane.join("private")
        await monitor.until(lambda: monitor.find("private", "Jane Doe") is not None)
        said = "".join(monitor.heard) + repr(monitor.events)
        assert len(monitor.heard) > 0
        assert pass_ not in said
        assert pass_.split(".")[2] not in said
        assert "jane@meet.test" not in said
        assert secret_name not in said
        assert "127.0.0.1" not in said
        assert prosody.app_secret not in said


async def test_more_claims_leave_the_server_only_where_the_option_says_so(start_prosody: StartProsody) -> None:
    for option, seen in (({"muc_monitor_claims": ["email"]}, "jane@meet.test"), ({"muc_monitor_claims": "none"}, None)):
        prosody = start_prosody(muc_options=option)
        async with Cast(prosody) as cast, watching(prosody) as monitor:
            await cast.focus("private")
            jane = await cast.person(token(prosody, "private", user={"email": "jane@meet.test"}), name="Jane")
            await jane.join("private")
            await monitor.until(lambda monitor=monitor: monitor.find("private", "Jane") is not None)  # type: ignore[misc]
            person = monitor.find("private", "Jane")
            assert person is not None
            assert person.has_token is True
            email = person.claims.payload["context"]["user"].get("email") if person.claims else None
            assert email == seen


async def test_comings_and_goings_of_every_kind_leave_the_store_equal_to_the_server(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("busy", "busy-too")
        john = await cast.person(token(prosody, "*", "owner"), name="John Doe")
        await john.join_many(["busy", "busy-too"])
        jane = await cast.person(token(prosody, "*"), name="Jane Doe")
        await jane.join("busy")
        await jane.rename("busy", "jane-renamed")
        await monitor.equals_the_server()
        await focus.promote("busy", jane.jid)
        await john.set_affiliation("busy", jane.jid, "member")
        await monitor.equals_the_server()
        await john.kick("busy", "jane-renamed", "enough")
        await john.leave("busy-too")
        await monitor.equals_the_server()
        await john.set_affiliation("busy", jane.jid, "outcast")
        await truth.do(prosody, "destroy", room="busy-too", reason="done")
        await focus.leave("busy")
        await john.leave("busy")
        await monitor.equals_the_server()
        assert monitor.store.find_room(monitor.key("busy")) is None
        assert monitor.host.health is None or monitor.host.health.errors == 0


async def test_who_removed_somebody_is_told_though_the_room_never_learns_it(
    start_prosody: StartProsody,
) -> None:
    prosody = start_prosody(muc_modules=["mucmon_discreet"])
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("quiet")
        john = await cast.person(token(prosody, "quiet", "owner"), name="John Doe")
        await john.join("quiet")
        jane = await cast.person(token(prosody, "quiet"), name="Jane Doe")
        await jane.join("quiet")
        await monitor.until(lambda: monitor.find("quiet", "Jane Doe") is not None)
        gone = jane.nicks["quiet"]
        await john.kick("quiet", gone, "enough")
        await jane.wait_gone("quiet", gone)
        await monitor.until(lambda: monitor.find("quiet", "Jane Doe") is None)
        (left,) = [event for _, event in monitor.events if isinstance(event, OccupantLeft)]
        assert left.actor is not None
        assert (left.actor.partition("/")[0], left.reason) == (john.bare_jid, "enough")


async def test_an_identity_shown_without_a_token_is_noticed(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("forged")
        john = await cast.person(token(prosody, "forged", "owner"), name="John Doe")
        await john.join("forged")
        guest = await cast.person(name="Guest 7")
        await guest.join("forged")
        await guest.update("forged", "<identity><user><name>The Headmaster</name></user></identity>")
        await monitor.until(lambda: monitor.findings("forged") == {"Guest 7": "F22"})


async def test_a_token_of_any_bytes_blinds_nobody(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("odd")
        john = await cast.person(
            token(prosody, "odd", "owner", name="\uffff" * 9 + "é" * 500, jti="x" + "ü" * 600), name="John Doe"
        )
        await john.join("odd")
        for raw in (b"\xff", b"\xed\xa0\x80", "ü".encode()[:1] * 300):
            with pytest.raises(AuthRefused):
                await cast.person(_forged(raw))
        await monitor.until(lambda: monitor.find("odd", "John Doe") is not None and len(monitor.host.door) == 3)
        assert monitor.is_live
        gaps = [event for _, event in monitor.events if isinstance(event, FeedChanged) and event.state == "stale"]
        assert gaps == []
    async with watching(prosody) as later:
        assert len(later.host.door) == 3


def _forged(jti: bytes) -> str:
    payload = b'{"jti":"' + jti + b'","room":"' + jti + b'","context":{"user":{"name":"' + jti + b'"}}}'
    parts = (b'{"alg":"HS256","typ":"JWT"}', payload, b"no signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_an_odd_token_beside_names_in_other_scripts_changes_none_of_them(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    rooms = ["会议", "数学", "zażółć"]
    async with Cast(prosody) as cast:
        await cast.focus(*rooms)
        for room in rooms:
            jane = await cast.person(token(prosody, room), name=f"Zoë {room}")
            await jane.join(room)
        with pytest.raises(AuthRefused):
            await cast.person(_forged(b"\xff\xe4\xbc"))
        async with watching(prosody) as monitor:
            await monitor.equals_the_server()
            assert [(one.node, one.token_id) for one in monitor.host.door] == [("???", "???")]
            assert {one.name for room in monitor.store.rooms() for one in room.people()} == {
                f"Zoë {room}" for room in rooms
            }


async def test_a_timeout_without_end_closes_nothing_and_hides_nothing(start_prosody: StartProsody) -> None:
    prosody = start_prosody(muc_modules=["token_owner_party"], party_check_timeout_s=1e400)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("endless")
        john = await cast.person(token(prosody, "endless", "owner"), name="John Doe")
        await john.join("endless")
        await monitor.until(lambda: monitor.find("endless", "John Doe") is not None)
        await john.leave("endless")
        await monitor.until(lambda: monitor.find("endless", "John Doe") is None)
        assert monitor.is_live
