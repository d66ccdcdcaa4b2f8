"""What becomes of rooms without an owner, on a real server: deadlines, who is to blame, and how rooms ended."""

import asyncio
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.core.causes import cause_of
from monitor.core.countdown import Forecast, Outlook, forecast
from monitor.core.findings import SETTLING_S, Judgement, judge
from monitor.core.room import EndedRoom
from monitor.core.server import Refusal
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import Watching, config_file, screen, watching
from tests.live.xmpp_client import AuthRefused, Client, Focus, JoinRefused

TIMEOUT_S = 4.0
EXACT_S = 0.25
PARTY = {"muc_modules": ["token_owner_party"], "party_check_timeout_s": TIMEOUT_S}
PROSODY = PARTY


def outlook(monitor: Watching, node: str) -> Forecast:
    room = monitor.store.find_room(monitor.key(node))
    if room is None:
        return Forecast(Outlook.STAYS)
    return forecast(room, monitor.host, time.time() + (monitor.host.offset_s or 0))


def judged(monitor: Watching, node: str) -> Judgement:
    room = monitor.store.find_room(monitor.key(node))
    if room is None:
        return Judgement()
    return judge(room, monitor.host, time.time() + (monitor.host.offset_s or 0))


def local(monitor: Watching, at: float | None) -> float:
    """A server time on this machine's clock, as the screen shows it."""
    assert at is not None
    return at - (monitor.host.offset_s or 0)


async def until_outlook(monitor: Watching, node: str, wanted: Outlook, timeout_s: float = 5) -> Forecast:
    await monitor.until(lambda: outlook(monitor, node).outlook is wanted, timeout_s)
    return outlook(monitor, node)


async def meeting(cast: Cast, node: str, *names: str) -> tuple[Client, Client]:
    """A room with its focus, John its owner and Jane a member."""
    john = await cast.person(token(cast.server, node, "owner", name="John Doe"), name="John Doe")
    await john.join(node)
    jane = await cast.person(token(cast.server, node, name="Jane Doe"), name="Jane Doe")
    await jane.join(node)
    return john, jane


def gone_at(client: Client, node: str) -> Callable[[], float]:
    """When CLIENT was removed from a room, on this machine's clock."""
    address = f"{client.room_jid(node)}/{client.nicks[node]}"

    def at() -> float:
        removed = [one for one in client.received if one.sender == address and one.xml.get("type") == "unavailable"]
        return removed[-1].at

    return at


@pytest.mark.story("closing a")
@pytest.mark.alone
async def test_twenty_rooms_close_at_the_very_moment_that_was_shown(prosody: Prosody, tmp_path: Path) -> None:
    rooms = [f"closing-{number}" for number in range(20)]
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus(*rooms)
        john = await cast.person(token(prosody, "*", "owner", name="John Doe"), name="John Doe")
        await john.join_many(rooms)
        jane = await cast.person(token(prosody, "*", name="Jane Doe"), name="Jane Doe")
        await jane.join_many(rooms)
        removed = {node: gone_at(jane, node) for node in rooms}
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("20 rooms")
            for node in rooms:
                await john.leave(node)
                await asyncio.sleep(0.03)
            await monitor.until(lambda: all(outlook(monitor, node).outlook is Outlook.CLOSES for node in rooms))
            await terminal.shows("closes 00:0", timeout_s=2)
            shown = {node: local(monitor, outlook(monitor, node).at) for node in rooms}
            assert min(shown.values()) - time.time() >= 1
            await monitor.until(lambda: not list(monitor.store.rooms()), TIMEOUT_S + 3)
        errors = {node: removed[node]() - shown[node] for node in rooms}
        worst = max(errors.values(), key=abs)
        print(f"shown deadline against the server's destroy: worst of 20 {worst * 1000:+.0f} ms")
        assert abs(worst) <= EXACT_S
        assert {one.how for one in monitor.host.ended if one.key.node in rooms} == {"timer"}


@pytest.mark.story("closing b")
async def test_a_room_held_open_names_whom_it_is_held_open_by_and_the_fix(prosody: Prosody, tmp_path: Path) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("nocheintest")
        john, jane = await meeting(cast, "nocheintest")
        tom = await cast.person(token(prosody, "nocheintest", name="Tom Ford"), name="Tom Ford")
        await tom.join("nocheintest")
        await focus.promote("nocheintest", jane.jid)
        await john.leave("nocheintest")
        await monitor.until(lambda: (judged(monitor, "nocheintest").of_room("F10c")) is not None, SETTLING_S + 3)
        await monitor.until(lambda: monitor.findings("nocheintest") == {"Jane Doe": "F1"}, SETTLING_S + 3)
        assert outlook(monitor, "nocheintest").outlook is Outlook.STAYS
        found = judged(monitor, "nocheintest")
        held = found.of_room("F10c")
        room = monitor.store.find_room(monitor.key("nocheintest"))
        assert room is not None
        assert held is not None
        assert room.owner_gone is not None
        assert room.owner_gone.name == "John Doe"
        cause = cause_of(held, room, monitor.host, found)
        assert cause is not None
        assert "jicofo" in cause.likely
        assert "jicofo.conf" in cause.fixes[0].lines[0]
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("held open", "HELD OPEN", "Jane Doe")
        await asyncio.sleep(TIMEOUT_S)
        assert monitor.store.find_room(monitor.key("nocheintest")) is not None


@pytest.mark.story("closing c")
async def test_the_first_timer_closes_the_room_though_the_owner_was_back_in_between(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("back")
        john, jane = await meeting(cast, "back")
        removed = gone_at(jane, "back")
        await john.leave("back")
        first = await until_outlook(monitor, "back", Outlook.CLOSES)
        await asyncio.sleep(1)
        await john.join("back")
        await until_outlook(monitor, "back", Outlook.OWNER_BACK)
        await asyncio.sleep(0.5)
        await john.leave("back")
        again = await until_outlook(monitor, "back", Outlook.CLOSES)
        assert again.at is not None
        assert first.at is not None
        assert abs(again.at - first.at) < 0.05
        await monitor.until(lambda: monitor.store.find_room(monitor.key("back")) is None, TIMEOUT_S + 2)
        assert abs(removed() - local(monitor, first.at)) <= EXACT_S


@pytest.mark.story("closing d")
async def test_an_owner_who_is_back_when_the_timer_fires_keeps_the_room(prosody: Prosody, tmp_path: Path) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("kept")
        john, _ = await meeting(cast, "kept")
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("kept")
            await john.leave("kept")
            closes = await until_outlook(monitor, "kept", Outlook.CLOSES)
            await john.join("kept")
            check = await until_outlook(monitor, "kept", Outlook.OWNER_BACK)
            assert check.at is not None
            assert closes.at is not None
            assert abs(check.at - closes.at) < 0.05
            await terminal.shows("owner back", "check at")
        await until_outlook(monitor, "kept", Outlook.STAYS, TIMEOUT_S + 2)
        assert time.time() >= local(monitor, closes.at)
        await asyncio.sleep(1)
        assert monitor.store.find_room(monitor.key("kept")) is not None


@pytest.mark.story("closing e")
async def test_a_monitor_started_after_the_owner_left_still_knows_the_deadline(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        await cast.focus("late")
        john, jane = await meeting(cast, "late")
        removed = gone_at(jane, "late")
        await john.leave("late")
        await asyncio.sleep(1)
        async with watching(prosody) as monitor:
            closes = await until_outlook(monitor, "late", Outlook.CLOSES)
            await monitor.until(lambda: monitor.store.find_room(monitor.key("late")) is None, TIMEOUT_S + 2)
            assert abs(removed() - local(monitor, closes.at)) <= EXACT_S
            monitor.links.look_at(monitor.key("late"))


@pytest.mark.story("closing e")
async def test_a_module_loaded_after_the_owner_left_says_that_it_cannot_know(start_prosody: StartProsody) -> None:
    prosody = start_prosody(**PARTY)
    async with Cast(prosody) as cast:
        await cast.focus("unknown")
        await truth.unload(prosody, "muc_monitor")
        john, _ = await meeting(cast, "unknown")
        await john.leave("unknown")
        await truth.load(prosody, "muc_monitor")
        async with watching(prosody) as monitor:
            began = await until_outlook(monitor, "unknown", Outlook.UNKNOWN)
            assert began.at is not None
            assert abs(local(monitor, began.at) - time.time()) < 5
            # It closes all the same, and then that is told.
            await monitor.until(lambda: monitor.store.find_room(monitor.key("unknown")) is None, TIMEOUT_S + 3)
            assert monitor.host.ended[-1].how == "timer"


@pytest.mark.story("closing e")
async def test_a_timer_that_runs_survives_a_reload_of_the_module(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("reloaded")
        john, jane = await meeting(cast, "reloaded")
        removed = gone_at(jane, "reloaded")
        await john.leave("reloaded")
        first = await until_outlook(monitor, "reloaded", Outlook.CLOSES)
        boot = monitor.host.facts["boot"]
        await truth.reload(prosody, "muc_monitor")
        await monitor.until(lambda: monitor.host.facts["boot"] != boot and monitor.is_live)
        again = await until_outlook(monitor, "reloaded", Outlook.CLOSES)
        assert first.at is not None
        assert again.at is not None
        assert abs(first.at - again.at) < 0.05
        await monitor.until(lambda: monitor.store.find_room(monitor.key("reloaded")) is None, TIMEOUT_S + 2)
        assert abs(removed() - local(monitor, first.at)) <= EXACT_S


@pytest.mark.story("closing f")
async def test_an_owner_who_was_demoted_before_leaving_starts_no_timer(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("demoted")
        john, _ = await meeting(cast, "demoted")
        await focus.set_affiliation("demoted", john.jid, "member")
        await john.leave("demoted")
        await until_outlook(monitor, "demoted", Outlook.NO_TIMER)
        found = judged(monitor, "demoted").of_room("F10")
        assert found is not None
        await asyncio.sleep(TIMEOUT_S + 1)
        assert outlook(monitor, "demoted").outlook is Outlook.NO_TIMER
        room = monitor.store.find_room(monitor.key("demoted"))
        assert room is not None
        fix = cause_of(found, room, monitor.host, judged(monitor, "demoted"))
        assert fix is not None
        command = shlex.split(fix.fixes[0].lines[-1])
        assert command[:2] == ["prosodyctl", "shell"]
        await asyncio.to_thread(prosody.shell, command[2])
        await until_outlook(monitor, "demoted", Outlook.STAYS)


@pytest.mark.story("closing g")
async def test_every_way_a_room_can_end_is_told_apart(start_prosody: StartProsody) -> None:
    prosody = start_prosody(
        **PARTY, components={'"endconference.meet.test" "end_conference"': {"muc_component": "conference.meet.test"}}
    )
    nodes = ("by-timer", "by-moderator", "by-last", "by-operator", "by-owner")
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus(*nodes)
        meetings = {node: await meeting(cast, node) for node in nodes}
        await meetings["by-timer"][0].leave("by-timer")
        ask = "<end_conference room='by-moderator'/>"
        await meetings["by-moderator"][0].send(
            f"<message xmlns='jabber:client' to='endconference.meet.test'>{ask}</message>"
        )
        for client in (*meetings["by-last"], focus):
            await client.leave("by-last")
        await _destroy(focus, "by-operator")
        await _destroy(meetings["by-owner"][0], "by-owner")
        ended: dict[str, EndedRoom] = {}

        def all_over() -> bool:
            ended.update({one.key.node: one for one in monitor.host.ended})
            return set(ended) >= set(nodes)

        await monitor.until(all_over, TIMEOUT_S + 3)
        assert {node: ended[node].how for node in nodes} == {
            "by-timer": "timer",
            "by-moderator": "moderator",
            "by-last": "last_left",
            "by-operator": "operator",
            "by-owner": "moderator",
        }
        assert ended["by-timer"].by_module == "mod_token_owner_party"
        assert ended["by-owner"].by == meetings["by-owner"][0].jid
        assert {name for name, *_ in ended["by-timer"].people} == {"Jane Doe"}
    # A monitor that comes later is told of them as well.
    async with watching(prosody) as later:
        assert {one.key.node for one in later.host.ended} >= set(nodes)


async def _destroy(client: Client | Focus, node: str) -> None:
    await client.iq(
        "set",
        client.room_jid(node),
        "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy><reason>over</reason></destroy></query>",
    )


@pytest.mark.story("closing h")
async def test_whoever_is_turned_away_is_in_the_door_with_gate_and_words(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("lesson", "closed")
        john = await cast.person(token(prosody, "lesson", "owner", name="John Doe"), name="John Doe")
        pupil = await cast.person(token(prosody, "lesson", name="Early Pupil"), name="Early Pupil")
        with pytest.raises(JoinRefused):
            await pupil.join("lesson")
        await john.join("lesson")
        await pupil.join("lesson")
        stranger = await cast.person(token(prosody, "elsewhere", name="Stranger"), name="Stranger")
        with pytest.raises(JoinRefused):
            await stranger.join("lesson")
        with pytest.raises(AuthRefused) as expired:
            await cast.person(token(prosody, "lesson", name="Too Late", minutes=-5))

        def door() -> dict[str, Refusal]:
            return {str(one.claims.name): one for one in monitor.host.door if one.claims}

        await monitor.until(lambda: len(door()) == 3)
        early, wrong, late = door()["Early Pupil"], door()["Stranger"], door()["Too Late"]
        assert (early.stage, early.node, early.gate, early.condition) == ("join", "lesson", "party", "not-allowed")
        assert (wrong.stage, wrong.node, wrong.gate, wrong.condition) == ("join", "lesson", "other_room", "not-allowed")
        assert (late.stage, late.gate) == ("connect", "token")
        assert late.words == expired.value.text
        assert "expired" in late.words.lower()
        assert monitor.host.health is None or monitor.host.health.errors == 0


@pytest.mark.story("closing h")
async def test_whoever_comes_without_a_token_where_one_is_needed_is_in_the_door_too(
    start_prosody: StartProsody,
) -> None:
    prosody = start_prosody(allow_empty_token=False)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        with pytest.raises(AuthRefused) as refused:
            await cast.person(name="Nobody")
        await monitor.until(lambda: len(monitor.host.door) == 1)
        found = monitor.host.door[0]
        assert (found.stage, found.gate, found.claims) == ("connect", "token", None)
        assert found.words == refused.value.text


@pytest.mark.story("closing i")
async def test_a_plugin_that_is_configured_and_not_loaded_is_named_when_the_room_is_overdue(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = start_prosody(**PARTY)
    await truth.unload(prosody, "token_owner_party")
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("overdue")
        john, _ = await meeting(cast, "overdue")
        await john.leave("overdue")
        closes = await until_outlook(monitor, "overdue", Outlook.NOT_LOADED)
        late = await until_outlook(monitor, "overdue", Outlook.OVERDUE, TIMEOUT_S + 3)
        assert closes.at is not None
        assert late.at is not None
        assert abs(closes.at - late.at) < 0.05
        found = judged(monitor, "overdue")
        overdue = found.of_room("F10b")
        room = monitor.store.find_room(monitor.key("overdue"))
        assert overdue is not None
        assert room is not None
        cause = cause_of(overdue, room, monitor.host, found)
        assert cause is not None
        assert "token_owner_party is configured and not loaded" in cause.likely
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("overdue", "OVERDUE", "not loaded")


@pytest.mark.story("closing a")
async def test_a_rooms_past_is_told_when_somebody_looks(prosody: Prosody) -> None:
    async with Cast(prosody) as cast:
        focus = await cast.focus("past")
        john, jane = await meeting(cast, "past")
        await focus.promote("past", jane.jid)
        await john.leave("past")
        async with watching(prosody) as monitor:
            monitor.links.look_at(monitor.key("past"))
            room = monitor.store.find_room(monitor.key("past"))
            assert room is not None
            await monitor.until(lambda: len(room.history) > 0)
            told = [(entry.what, entry.name, entry.now) for entry in room.history]
            assert told == [
                ("joined", "focus", "owner"),
                ("joined", "John Doe", "owner"),
                ("joined", "Jane Doe", "member"),
                ("affiliation", "Jane Doe", "owner"),
                ("left", "John Doe", None),
            ]
            await jane.rename("past", "jane-elsewhere")
            await monitor.until(lambda: room.history[-1].what in ("renamed", "armed"))


@pytest.mark.story("closing i")
async def test_a_missed_close_is_forgotten_once_an_owner_has_been_back(start_prosody: StartProsody) -> None:
    prosody = start_prosody(muc_modules=["token_owner_party"], party_check_timeout_s=2)
    await truth.unload(prosody, "token_owner_party")
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("mended")
        john, jane = await meeting(cast, "mended")
        removed = gone_at(jane, "mended")
        await john.leave("mended")
        await until_outlook(monitor, "mended", Outlook.OVERDUE, 6)
        await john.join("mended")
        await until_outlook(monitor, "mended", Outlook.STAYS)
        await truth.load(prosody, "token_owner_party")
        await john.leave("mended")
        closes = await until_outlook(monitor, "mended", Outlook.CLOSES)
        await monitor.until(lambda: monitor.store.find_room(monitor.key("mended")) is None, 4)
        assert abs(removed() - local(monitor, closes.at)) <= EXACT_S
