"""What a watch is owed: rooms that change, end, empty or return while it does not listen or only just listens again."""

import asyncio

import pytest

from monitor.core.events import FactsLearned, RoomSeen
from monitor.core.room import Room
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import FOCUS, HOST, MUC_HOST, WATCHERS, Options
from tests.live.server import Prosody
from tests.live.test_slow import deafen, health, undeafen
from tests.live.tokens import token
from tests.live.watching import Watching, watching
from tests.live.xmpp_stream import StanzaError

BREAKOUT = f"breakout.{HOST}"


async def stuck(monitor: Watching) -> None:
    """Acknowledge nothing any more, and let the window fill."""
    deafen(monitor)
    for _ in range(9):
        await truth.do(monitor.server, "handle", handler="heartbeat")


def listens_late(monitor: Watching, delay_s: float) -> None:
    """Acknowledge again, but each batch so late that the window closes time and again."""
    undeafen(monitor)
    link = monitor.links._links["meet"]
    acknowledge, later = type(link).send_ack, asyncio.get_running_loop().call_later

    def late(host: str, sub: str, seq: int) -> None:
        later(delay_s, acknowledge, link, host, sub, seq)

    link.send_ack = late  # type: ignore[method-assign]


async def reconcile(monitor: Watching, host: str = MUC_HOST) -> None:
    """Have the module look for what no event told."""
    await truth.do(monitor.server, "handle", handler="reconcile", host=host)


def room_of(monitor: Watching, node: str) -> Room:
    """A room that is there."""
    room = monitor.store.find_room(monitor.key(node))
    assert room is not None
    return room


@pytest.mark.parametrize("late", [False, True], ids=["at once", "late"])
async def test_rooms_that_end_while_a_watcher_catches_up_are_gone_and_new_ones_of_their_names_are_not(
    start_prosody: StartProsody, late: bool
) -> None:
    prosody = start_prosody()
    rooms = [f"room-{number}" for number in range(40)]
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus(*rooms)
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        await monitor.equals_the_server()
        await truth.do(prosody, "constant", name="SLICE_S", value=0)
        await stuck(monitor)
        await jane.join_many(rooms)
        if late:
            listens_late(monitor, 0.02)
        else:
            undeafen(monitor)
        for room in rooms[::2]:
            await truth.do(prosody, "destroy", room=room)
        await focus.join_many(rooms[::4])
        await monitor.equals_the_server()
        # Once more: what was said late of a room that is over must not end its successor.
        await stuck(monitor)
        undeafen(monitor)
        await focus.leave("room-1")
        await monitor.equals_the_server()
        assert sum(one.key.node in rooms[::2] for one in monitor.host.ended) == len(rooms[::2])
        assert health(monitor).errors == 0


async def test_catching_up_over_a_long_line_tells_each_room_once(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    rooms = [f"big-{number}" for number in range(1, 41)]
    await truth.do(prosody, "fill", rooms=40, people=60, prefix="big-", sessions=True)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        await stuck(monitor)
        await jane.join_many(rooms)
        before = len(monitor.events)
        listens_late(monitor, 0.03)
        await monitor.equals_the_server(8)
        await asyncio.sleep(0.3)
        parts = sum(isinstance(event, RoomSeen) for _, event in monitor.events[before:])
        assert len(rooms) * 4 <= parts <= len(rooms) * 4 + 8


async def test_a_room_emptied_but_kept_while_a_watcher_is_stuck_is_gone(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("emptied", "other")
        await monitor.equals_the_server()
        await truth.do(prosody, "keep", room="emptied")
        await stuck(monitor)
        await focus.leave("emptied")
        undeafen(monitor)
        await monitor.until(lambda: not room_of(monitor, "emptied").occupants)
        await reconcile(monitor)
        await monitor.equals_the_server()


async def test_too_many_changes_make_a_watch_start_over(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    rooms = [f"room-{number}" for number in range(20)]
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus(*rooms)
        await monitor.equals_the_server()
        await truth.do(prosody, "constant", name="CHANGED", value=5)
        await stuck(monitor)
        for room in rooms:
            await focus.leave(room)
        await focus.join("afterwards")
        watch = monitor.links._links["meet"]._hosts[MUC_HOST].watch
        before = watch._sub
        undeafen(monitor)
        await monitor.until(lambda: monitor.is_live and watch._sub not in ("", before))
        await monitor.equals_the_server()
        assert any('"resync":true' in text for text in monitor.heard)


@pytest.mark.parametrize("deaf", [False, True], ids=["followed", "stuck"])
async def test_rooms_put_out_of_memory_and_brought_back_are_as_the_server_has_them(
    start_prosody: StartProsody, deaf: bool
) -> None:
    prosody = start_prosody(muc_options={"muc_room_cache_size": 3})
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("first")
        john = await cast.person(token(prosody, "*", "owner", name="John Doe"), name="John Doe")
        await john.join("first")
        await monitor.until(lambda: monitor.find("first", "John Doe") is not None)
        if deaf:
            await stuck(monitor)
        for number in range(4):
            await focus.join(f"room-{number}")
        assert "first" not in await truth.rooms(prosody)
        # Whoever is in a room that was put away brings it back by what they do there.
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        await jane.join("first")
        await john.leave("first")
        if deaf:
            undeafen(monitor)
        await reconcile(monitor)
        await monitor.equals_the_server()
        await focus.join("another")
        await reconcile(monitor)
        await monitor.equals_the_server()
        assert "evicted" in {one.how for one in monitor.host.ended}
        assert health(monitor).errors == 0


@pytest.mark.story("stress a")
async def test_an_owner_who_leaves_right_after_a_reload_starts_the_countdown(start_prosody: StartProsody) -> None:
    prosody = start_prosody(muc_modules=["token_owner_party"], party_check_timeout_s=30)
    async with Cast(prosody) as cast:
        focus = await cast.focus("left", "over")
        john = await cast.person(token(prosody, "*", "owner", name="John Doe"), name="John Doe")
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        for room in ("left", "over"):
            await john.join(room)
            await jane.join(room)
        await john.leave("over")
        async with watching(prosody) as monitor:
            assert room_of(monitor, "over").armed
            jane_before = monitor.find("left", "Jane Doe")
            own = f"{john.room_jid('left')}/{john.nicks['left']}"
            await truth.do(
                prosody,
                "reload_and",
                host=MUC_HOST,
                module="muc_monitor",
                destroy="over",
                leaver=john.jid,
                left=own,
            )
            await focus.join("over")
            await monitor.until(lambda: not monitor.is_live)
            await monitor.until(lambda: monitor.is_live)
            await monitor.equals_the_server()
            assert [timer.cause for timer in room_of(monitor, "left").armed] == ["John Doe"]
            assert monitor.find("left", "Jane Doe") == jane_before
            assert room_of(monitor, "over").armed == ()
            assert [one.key.node for one in monitor.host.ended] == ["over"]


async def test_a_reason_of_any_length_is_cut_in_the_past_of_a_room(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("talkative")
        jane = await cast.person(token(prosody, "talkative"), name="Jane Doe")
        await jane.join("talkative")
        await monitor.equals_the_server()
        await focus.set_affiliation("talkative", jane.jid, "owner", "r" * 50_000)
        monitor.links.look_at(monitor.key("talkative"))

        def reasons() -> list[int]:
            entries = room_of(monitor, "talkative").history
            return [len(one.detail or "") for one in entries if (one.what, one.now) == ("affiliation", "owner")]

        await monitor.until(lambda: len(reasons()) > 0)
        await asyncio.sleep(0.3)
        assert reasons() == [400]


async def test_every_watcher_learns_the_new_title_of_a_breakout_room(start_prosody: StartProsody) -> None:
    rooms: Options = {
        "modules_enabled": ["muc_monitor"],
        "muc_monitor_watchers": list(WATCHERS),
        "storage": "memory",
        "muc_room_locking": False,
        "muc_room_default_public_jids": True,
        "admins": [FOCUS],
    }
    prosody = start_prosody(
        host_options={"main_muc": MUC_HOST, "breakout_rooms_muc": BREAKOUT},
        components={f'"{BREAKOUT}" "muc"': rooms},
    )
    group = f"group@{BREAKOUT}"
    async with Cast(prosody) as cast, watching(prosody, beside=(BREAKOUT,)) as first:
        focus = await cast.focus("main")
        await truth.do(prosody, "breakout", room="main", jid=group, title="Old")
        await focus.join(group)
        await first.until(lambda: (room := first.store.find_room(first.key(group))) is not None and room.title == "Old")
        await truth.do(prosody, "breakout", room="main", jid=group, title="New")
        async with watching(prosody, jid=WATCHERS[1], beside=(BREAKOUT,)) as second:
            assert room_of(second, group).title == "New"
            await reconcile(first, BREAKOUT)
            await first.until(lambda: room_of(first, group).title == "New")
            assert room_of(first, group).parent == "main"


async def test_a_changed_configuration_is_obeyed_at_once(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("room")
        jane = await cast.person(token(prosody, "room"), name="Jane Doe")
        await jane.join("room")
        await monitor.until(lambda: monitor.find("room", "Jane Doe") is not None)
        told = sum(isinstance(event, FactsLearned) for _, event in monitor.events)
        await truth.load(prosody, "time", HOST)
        await monitor.until(lambda: sum(isinstance(event, FactsLearned) for _, event in monitor.events) > told)
        assert "time" in monitor.host.facts["parent_modules"]
        await truth.do(prosody, "config", host=MUC_HOST, option="muc_monitor_claims", value="none", fire=True)
        async with watching(prosody, jid=WATCHERS[1]) as other:
            person = other.find("room", "Jane Doe")
            assert person is not None
            assert person.has_token
            assert person.claims is None
            await truth.do(
                prosody, "config", host=MUC_HOST, option="muc_monitor_watchers", value=[WATCHERS[1]], fire=True
            )
            await monitor.until(lambda: "may not watch" in monitor.host.words)
            await focus.join("afterwards")
            await other.equals_the_server()
            assert monitor.store.find_room(monitor.key("afterwards")) is None


async def test_only_a_component_may_watch(start_prosody: StartProsody) -> None:
    prosody = start_prosody(watchers=None)
    async with Cast(prosody) as cast:
        focus = await cast.focus("room")
        with pytest.raises(StanzaError) as refused:
            await focus.iq("set", MUC_HOST, "<watch xmlns='urn:mucmon:feed:0'/>")
        assert refused.value.condition == "not-allowed"
        assert "component" in refused.value.text


@pytest.mark.parametrize("text", ["]]>", "a<b>&amp;\"c'", "<![CDATA[", "&#0;"])
async def test_text_that_means_something_in_xml_comes_as_it_is(prosody: Prosody, text: str) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("markup")
        jane = await cast.person(token(prosody, "markup", name=text), name=text)
        await jane.join("markup")
        await monitor.until(lambda: monitor.find("markup", text) is not None)
        await focus.set_affiliation("markup", jane.jid, "owner", text)

        def reason() -> str | None:
            person = monitor.find("markup", text)
            return person.change.reason if person and person.change else None

        await monitor.until(lambda: reason() == text)
        assert monitor.is_live


async def test_the_machinery_is_told_from_people(start_prosody: StartProsody) -> None:
    prosody = start_prosody(muc_options={"recorder_prefixes": ["rec@"], "transcriber_prefixes": ["scribe@"]})
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("room")
        order = {"rec": "jibri", "scribe": "transcriber"}
        for name in order:
            await truth.do(prosody, "enter", room="room", jid=f"{name}@{HOST}/x", nick=name)
        await truth.do(prosody, "enter", room="room", jid="one@recorder.meet.test/x", nick="hidden")
        await truth.do(prosody, "enter", room="room", jid="two@elsewhere.example/x", nick="visitor")

        await monitor.equals_the_server()

        def exempt() -> dict[str, str]:
            return {one.nick: one.exempt.value for one in room_of(monitor, "room").occupants.values() if one.exempt}

        expected = {"focus": "admin", "hidden": "hidden_domain", "visitor": "visitor", **order}
        await monitor.until(lambda: exempt() == expected)
