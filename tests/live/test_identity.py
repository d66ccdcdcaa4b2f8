"""Nicks and sessions that change under a person, who stays one and the same row all the while."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest

from monitor.core.countdown import Outlook, forecast
from monitor.core.occupant import Occupant
from tests.live import truth
from tests.live.cast import Cast
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import Watching, config_file, screen, watching

PROSODY: dict[str, Any] = {"muc_modules": ["token_owner_party"], "party_check_timeout_s": 3, "hibernation_s": 2}


def person(monitor: Watching, node: str, name: str) -> Occupant:
    found = monitor.find(node, name)
    assert found is not None
    return found


@pytest.mark.story("stress f")
async def test_somebody_alone_who_takes_another_nick_ends_the_room_and_can_begin_it_anew(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("alone")
        john = await cast.person(token(prosody, "alone", "owner", name="John Doe"), name="John Doe")
        await john.join("alone")
        await focus.leave("alone")
        await monitor.equals_the_server()
        await john.rename("alone", "other")
        await monitor.until(lambda: monitor.store.find_room(monitor.key("alone")) is None)
        await monitor.equals_the_server()
        assert [(one.key.node, one.how) for one in monitor.host.ended] == [("alone", "last_left")]
        await focus.join("alone")
        again = await cast.person(token(prosody, "alone", "owner", name="John Doe"), name="John Doe")
        await again.join("alone")
        await monitor.equals_the_server()
        assert person(monitor, "alone", "John Doe").nick == again.nicks["alone"]


@pytest.mark.story("stress f")
async def test_an_owner_who_takes_another_nick_starts_the_timer_and_stays_one_row(
    prosody: Prosody, tmp_path: Path
) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("renamed")
        john = await cast.person(token(prosody, "renamed", "owner", name="John Doe"), name="John Doe")
        await john.join("renamed")
        jane = await cast.person(token(prosody, "renamed", name="Jane Doe"), name="Jane Doe")
        await jane.join("renamed")
        await monitor.equals_the_server()
        before = person(monitor, "renamed", "John Doe")
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("renamed", "John Doe", "Jane Doe")
            await john.rename("renamed", "second-nick")
            await monitor.equals_the_server()
            after = person(monitor, "renamed", "John Doe")
            assert (after.oid, after.nick, after.claims) == (before.oid, "second-nick", before.claims)
            assert (after.joined_at, after.change) == (before.joined_at, before.change)
            room = monitor.store.find_room(monitor.key("renamed"))
            assert room is not None
            assert len(room.occupants) == 3
            server_now = time.time() + (monitor.host.offset_s or 0)
            assert forecast(room, monitor.host, server_now).outlook is Outlook.OWNER_BACK
            text = await terminal.until(lambda text: re.search(r"00:0\d", text) is not None)
            assert len(re.findall(r"John Doe\s+owner", text)) == 1, text
            await asyncio.sleep(3.5)
            assert person(monitor, "renamed", "John Doe").oid == before.oid
            await monitor.equals_the_server()
            await terminal.until(lambda text: re.search(r"00:0\d", text) is None)


@pytest.mark.story("stress f")
async def test_somebody_with_two_tabs_is_one_row_that_lives_as_long_as_either(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("tabs")
        await (await cast.person(token(prosody, "tabs", "owner"), name="John Doe")).join("tabs")
        first, second = await cast.two_tabs("pat", name="Pat Lee")

        def gone_at() -> list[float | None]:
            found = monitor.find("tabs", "Pat Lee")
            return [session.gone_at for session in found.sessions] if found else []

        def is_lost() -> bool:
            times = gone_at()
            return bool(times) and None not in times

        await first.join("tabs", "pat")
        await monitor.equals_the_server()
        oid = person(monitor, "tabs", "Pat Lee").oid
        await second.join("tabs", "pat")
        await monitor.until(lambda: gone_at() == [None, None])
        await monitor.equals_the_server()
        await first.drop()
        await monitor.until(lambda: sorted(at is None for at in gone_at()) == [False, True])
        assert not is_lost()
        await second.drop()
        await monitor.until(is_lost)
        await second.resume()
        await monitor.until(lambda: not is_lost())
        await monitor.until(lambda: gone_at() == [None], 8)
        await monitor.equals_the_server()
        assert person(monitor, "tabs", "Pat Lee").oid == oid
        await first.connect()
        await first.join("tabs", "pat")
        await monitor.equals_the_server()
        await second.leave("tabs")
        await monitor.equals_the_server()
        assert person(monitor, "tabs", "Pat Lee").oid == oid
        await first.leave("tabs")
        await monitor.until(lambda: monitor.find("tabs", "Pat Lee") is None)
        await monitor.equals_the_server()


@pytest.mark.story("stress f")
async def test_a_second_tab_under_a_nick_of_its_own_is_a_second_row_of_the_same_user(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("rows")
        await (await cast.person(token(prosody, "rows", "owner"), name="John Doe")).join("rows")
        first, second = await cast.two_tabs("kim", name="Kim Ray")
        await first.join("rows", "one")
        await second.join("rows", "two")
        await monitor.equals_the_server()
        await focus.promote("rows", first.jid)
        await monitor.equals_the_server()
        assert {one["affiliation"] for one in (await truth.rooms(prosody))["rows"]} == {"owner"}
        await first.rename("rows", "three")
        await monitor.equals_the_server()
        await first.leave("rows")
        await monitor.equals_the_server()
        assert person(monitor, "rows", "two").nick == "two"
