"""Owners who are not in the room: whose connection is lost, who went to a breakout room, and who waits in a lobby."""

import re
import time
from pathlib import Path

import pytest

from monitor.core.countdown import owners_gone_at
from monitor.core.query import row_of
from monitor.core.related import owners_elsewhere, waiting
from monitor.core.room import RoomKind
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import HOST, MUC_OPTIONS, WATCHERS, Options
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import Watching, config_file, screen, watching

BREAKOUT, LOBBY = f"breakout.{HOST}", f"lobby.{HOST}"
GROUP = f"6d0f6cf1-group@{BREAKOUT}"
TIMEOUT_S = 8.0


def _component(*modules: str) -> Options:
    return {**MUC_OPTIONS, "modules_enabled": ["muc_monitor", *modules], "muc_monitor_watchers": list(WATCHERS)}


def school(start_prosody: StartProsody, **more: object) -> Prosody:
    """A server with a breakout and a lobby MUC host, as Jitsi's configuration names them."""
    return start_prosody(
        muc_modules=["token_owner_party"],
        party_check_timeout_s=TIMEOUT_S,
        components={f'"{BREAKOUT}" "muc"': _component("token_affiliation"), f'"{LOBBY}" "muc"': _component()},
        host_options={"main_muc": f"conference.{HOST}", "breakout_rooms_muc": BREAKOUT, "lobby_muc": LOBBY},
        **more,
    )


def elsewhere(monitor: Watching, node: str) -> list[tuple[str | None, str]]:
    room = monitor.store.find_room(monitor.key(node))
    return [(one.person.name, one.title) for one in owners_elsewhere(monitor.store, room)] if room else []


@pytest.mark.story("stress e")
async def test_a_teacher_in_a_breakout_room_is_named_by_the_main_rooms_countdown(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = school(start_prosody)
    async with Cast(prosody) as cast, watching(prosody, beside=(BREAKOUT, LOBBY)) as monitor:
        focus = await cast.focus("lesson")
        await truth.do(prosody, "breakout", room="lesson", jid=GROUP, title="Group 2")
        await focus.join(GROUP)
        teacher = await cast.person(token(prosody, "lesson", "owner", name="Frau Keller"), name="Frau Keller")
        await teacher.join("lesson")
        pupil = await cast.person(token(prosody, "lesson", name="Jane Doe"), name="Jane Doe")
        await pupil.join("lesson")
        async with screen(config_file(tmp_path, prosody, rooms=[prosody.muc_host, BREAKOUT, LOBBY])) as terminal:
            await terminal.shows("lesson", "Frau Keller")
            assert elsewhere(monitor, "lesson") == []
            await teacher.join(GROUP)
            await teacher.switch("lesson")
            await monitor.until(lambda: elsewhere(monitor, "lesson") == [("Frau Keller", "Group 2")])
            group = monitor.store.find_room(monitor.key(GROUP))
            assert group is not None
            assert (group.kind, group.parent, group.title) == (RoomKind.BREAKOUT, "lesson", "Group 2")
            server_now = time.time() + (monitor.host.offset_s or 0)
            host = monitor.store.host_of(group.key)
            # Her token is for the main room, which is this one's parent.
            assert row_of(group, host, server_now).judgement.findings == ()
            await terminal.shows("CLOSES", "Frau Keller is in breakout room Group 2", "lesson / Group 2")
            await terminal.shows("call them back into the main room", "to a breakout room or back")
        await monitor.until(lambda: monitor.store.find_room(monitor.key("lesson")) is None, TIMEOUT_S + 3)


@pytest.mark.story("stress e")
async def test_a_breakout_room_with_a_new_name_is_called_by_it(start_prosody: StartProsody) -> None:
    prosody = school(start_prosody)
    async with Cast(prosody) as cast, watching(prosody, beside=(BREAKOUT,)) as monitor:
        focus = await cast.focus("lesson")
        await truth.do(prosody, "breakout", room="lesson", jid=GROUP, title="Group 2")
        await focus.join(GROUP)
        pupil = await cast.person(token(prosody, "lesson", name="Jane Doe"), name="Jane Doe")
        await pupil.join(GROUP)
        await monitor.until(lambda: monitor.find(GROUP, "Jane Doe") is not None)
        await truth.do(prosody, "breakout", room="lesson", jid=GROUP, title="Physics")
        await truth.do(prosody, "handle", handler="reconcile", host=BREAKOUT)
        await monitor.until(lambda: elsewhere_title(monitor) == "Physics")


def elsewhere_title(monitor: Watching) -> str | None:
    room = monitor.store.find_room(monitor.key(GROUP))
    return room.title if room else None


@pytest.mark.story("stress e")
async def test_who_waits_in_the_lobby_is_waiting_and_no_person(start_prosody: StartProsody, tmp_path: Path) -> None:
    prosody = school(start_prosody)
    hall = f"lesson@{LOBBY}"
    async with Cast(prosody) as cast, watching(prosody, beside=(BREAKOUT, LOBBY)) as monitor:
        await cast.focus("lesson", hall)
        teacher = await cast.person(token(prosody, "lesson", "owner", name="Frau Keller"), name="Frau Keller")
        await teacher.join("lesson")
        for name in ("Jane Doe", "Tom Ford"):
            pupil = await cast.person(token(prosody, "lesson", name=name), name=name)
            await pupil.join(hall)
        await monitor.until(lambda: monitor.find(hall, "Tom Ford") is not None)
        main = monitor.store.find_room(monitor.key("lesson"))
        lobby = monitor.store.find_room(monitor.key(hall))
        assert main is not None
        assert lobby is not None
        assert (lobby.kind, lobby.parent) == (RoomKind.LOBBY, "lesson")
        assert waiting(monitor.store, main) == 2
        row = row_of(lobby, monitor.store.host_of(lobby.key), time.time())
        assert (row.people, row.waiting, row.judgement.findings) == (0, 2, ())
        async with screen(config_file(tmp_path, prosody, rooms=[prosody.muc_host, BREAKOUT, LOBBY])) as terminal:
            await terminal.shows("1 room ", "1 person", "2 waiting", "lesson / lobby", "2 waiting in the lobby")
            terminal.press("G")
            await terminal.until(lambda text: len(re.findall(r"→ waiting +◐", text)) == 2)


@pytest.mark.story("stress a")
async def test_a_dropped_socket_is_counted_to_its_end_and_then_the_room_to_its_own(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = start_prosody(muc_modules=["token_owner_party"], party_check_timeout_s=4, hibernation_s=4)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("lesson")
        teacher = await cast.person(token(prosody, "lesson", "owner", name="Frau Keller"), name="Frau Keller")
        await teacher.join("lesson")
        pupil = await cast.person(token(prosody, "lesson", name="Jane Doe"), name="Jane Doe")
        await pupil.join("lesson")
        await monitor.until(lambda: monitor.find("lesson", "Jane Doe") is not None)
        room = monitor.store.find_room(monitor.key("lesson"))
        assert room is not None
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("Frau Keller")
            await teacher.drop()
            await terminal.shows("owner lost", "connection lost; counts as gone in 00:0")
            await teacher.resume()
            await terminal.until(lambda text: "lost" not in text.partition("timeline")[0])
            assert all(session.gone_at is None for one in room.occupants.values() for session in one.sessions)
            await teacher.drop()
            await monitor.until(lambda: owners_gone_at(room) is not None)
            gone_at = owners_gone_at(room)
            assert gone_at is not None
            await terminal.shows("counts as gone in 00:03")
            await terminal.shows("CLOSES")
            server_now = time.time() + (monitor.host.offset_s or 0)
            assert abs(server_now - gone_at) <= 1
            await monitor.until(lambda: room.armed != ())
            assert abs(room.armed[0].due_at - (gone_at + 4)) <= 1
            due_at = room.armed[0].due_at
            await monitor.until(lambda: monitor.store.find_room(monitor.key("lesson")) is None, 7)
            assert abs(time.time() + (monitor.host.offset_s or 0) - due_at) <= 1
