"""A server without the companion module: who is in which room, seen by asking, and by nobody there."""

import asyncio
import re
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from monitor.core.closes import NOT_KNOWN, closes_words
from monitor.core.events import AffiliationChanged, FeedChanged, OccupantJoined, OccupantLeft, RoomDestroyed
from monitor.core.findings import Severity, judge
from monitor.core.server import FeedState, Vantage
from monitor.ui.spans import flow
from monitor.ui.timeline import timeline
from monitor.wire.poll import LIST_S
from monitor.wire.queries import ROLES
from monitor.wire.questions import MOST
from monitor.wire.rounds import CHOSEN_S, LEAST_S, RATE
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import FOCUS
from tests.live.proxy import Proxy
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import WATCHERS, Watching, config_file, screen, watching

ADMINS = {"admins": [FOCUS, *WATCHERS]}


@pytest.fixture
def stock(start_prosody: StartProsody) -> Prosody:
    """A server without the module, on which the monitors are admins."""
    return start_prosody(monitor_module=False, muc_options=ADMINS)


@pytest.mark.story("poll a")
async def test_a_stock_server_is_shown_as_it_is_and_nobody_there_hears_of_it(stock: Prosody, tmp_path: Path) -> None:
    heard: list[str] = []
    async with Cast(stock) as cast:
        focus = await cast.focus("lesson", "kitchen")
        john = await cast.person(token(stock, "*", "owner", name="John"), name="John")
        jane = await cast.person(token(stock, "*", name="Jane"), name="Jane")
        guest = await cast.person(name="Guest")
        for one in (focus, john, jane, guest):
            one.tap = heard
        for one in (john, jane, guest):
            await one.join("lesson")
        # Hidden from everybody who asks, as Jitsi's rooms are.
        listed = await guest.iq("get", stock.muc_host, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
        assert b"lesson" not in ET.tostring(listed.xml)
        async with watching(stock) as monitor, screen(config_file(tmp_path, stock)) as terminal:
            await monitor.equals_the_server()
            assert monitor.host.vantage is Vantage.POLL
            room = monitor.store.find_room(monitor.key("lesson"))
            assert room is not None
            assert room.focus_present
            assert {one.has_token for one in room.occupants.values()} == {None}
            assert [one.nick for one in room.occupants.values() if one.exempt] == ["focus"]
            await terminal.shows("poll: no claims", "mucmon prosody --print", "kitchen", "lesson")
            terminal.press("j")
            await terminal.shows("unknown", jane.nicks["lesson"])

            monitor.link.look_at(stock.muc_host, "lesson")
            since = len(monitor.events)
            await john.set_affiliation("lesson", jane.jid, "owner")
            await guest.leave("lesson")
            await john.rename("lesson", "Johnny")
            assert await until_equal(monitor) <= CHOSEN_S + 1
            told = [type(event) for _, event in monitor.events[since:]]
            assert told.count(AffiliationChanged) == told.count(OccupantLeft) == 1
            assert monitor.find("lesson", "Johnny") is not None
            past = "\n".join("".join(text for text, _ in flow(line)) for line in timeline(room, True, time.time()))
            assert f"{jane.nicks['lesson']} member → owner" in past
            assert "by whom is not told" in past
            assert "module" not in past

            await focus.join("attic")
            await guest.join("attic")
            await focus.leave("kitchen")
            assert await until_equal(monitor) <= LIST_S + 2
            told = [type(event) for _, event in monitor.events[since:]]
            assert told.count(RoomDestroyed) == 1
            assert told.count(OccupantJoined) == 2
            monitor.link.look_at(stock.muc_host, "attic")
            await truth.do(stock, "set_role", room="attic", nick=guest.nicks["attic"], role="visitor")
            assert await until_equal(monitor) <= CHOSEN_S + 1
    assert len(heard) > 10
    for jid in WATCHERS:
        assert not [text for text in heard if jid in text]


async def until_equal(monitor: Watching) -> float:
    """How long it takes until the store is as the server."""
    started = time.monotonic()
    await monitor.equals_the_server(LIST_S + 5)
    return time.monotonic() - started


ROUND_S = 1000 / RATE
"""So long it takes to ask each of 1,000 rooms again."""
SPANS = [pytest.param(3, id="3"), pytest.param(ROUND_S + 5, id="round", marks=pytest.mark.long)]


@pytest.mark.story("poll b")
@pytest.mark.parametrize("span_s", SPANS)
@pytest.mark.alone
async def test_1000_rooms_of_10_come_within_5_s_and_are_asked_again_gently_without_one_lost(
    start_prosody: StartProsody, span_s: float
) -> None:
    prosody = start_prosody(monitor_module=False, muc_options={**ADMINS, "muc_room_cache_size": 10000})
    await truth.do(prosody, "fill", rooms=1000, people=10, prefix="made-")
    flight = Flight()
    async with Proxy(prosody.component_port, tap=flight.tap) as proxy:
        started = time.monotonic()
        async with watching(prosody, timeout_s=30, port=proxy.port, room_cache_size=10000) as monitor:
            took = time.monotonic() - started
            await monitor.equals_the_server()
            assert sum(len(room.occupants) for room in monitor.store.rooms()) == 10_000
            await asyncio.sleep(LEAST_S)
            asked, before = flight.asked, Counter(flight.rooms)
            await asyncio.sleep(span_s)
            rate = (flight.asked - asked) / span_s
            again = flight.rooms - before
            await monitor.equals_the_server()
            assert monitor.host.words == ""
            assert monitor.host.lag_s == pytest.approx(ROUND_S, abs=3)
    print(
        f"10,000 occupants in {took:.2f} s, {asked} IQs, at most {flight.most} in flight; then {rate:.0f} IQs a second"
    )
    assert took <= 5
    assert asked >= 3000
    assert 0 < rate <= 3 * RATE * 1.3
    if span_s > ROUND_S:
        assert len(again) == 1000
        assert set(again.values()) <= {len(ROLES), 2 * len(ROLES)}
    assert 0 < flight.most <= MOST
    # The server's own list is that of the rooms it holds: one put aside would be missing.
    assert len(await truth.rooms(prosody)) == 1000


async def test_a_server_that_answers_slowly_is_shown_as_it_is_all_the_same(
    start_prosody: StartProsody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.wire.poll.LIST_S", 1.0)
    prosody = start_prosody(monitor_module=False, muc_options=ADMINS)
    async with Cast(prosody) as cast:
        await truth.do(prosody, "fill", rooms=30, people=3, prefix="made-")
        focus = await cast.focus("lesson")
        jane = await cast.person(token(prosody, "*", name="Jane"), name="Jane")
        async with Proxy(prosody.component_port) as proxy:
            proxy.weather.lag_s = 0.7
            async with watching(prosody, timeout_s=20, port=proxy.port) as monitor:
                await monitor.equals_the_server()
                await jane.join("lesson")
                await focus.set_affiliation("lesson", jane.jid, "owner")
                await focus.join("attic")
                await monitor.equals_the_server(LIST_S + 2 * LEAST_S)
                states = [event.state for _, event in monitor.events if isinstance(event, FeedChanged)]
                assert FeedState.STALE not in states
                assert monitor.host.vantage is Vantage.POLL


class Flight:
    """Counts the questions on a line that have no answer yet."""

    def __init__(self) -> None:
        self.asked = self.most = 0
        self.rooms = Counter[bytes]()
        """How many questions went to each room."""
        self._open: set[bytes] = set()
        self._rest = {True: b"", False: b""}

    def tap(self, to_server: bool, data: bytes) -> None:
        """Take in what goes through."""
        text = self._rest[to_server] + data
        whole, _, self._rest[to_server] = text.rpartition(b">")
        for tag in re.findall(rb"<iq\b[^>]*", whole):
            found = re.search(rb"\bid=['\"]([^'\"]*)", tag)
            kind = re.search(rb"\btype=['\"](\w+)", tag)
            assert found is not None
            assert kind is not None
            if to_server and kind[1] in (b"get", b"set"):
                self.asked += 1
                self._open.add(found[1])
                self.most = max(self.most, len(self._open))
                if room := re.search(rb"\bto=['\"]([^'\"]+@[^'\"]*)", tag):
                    self.rooms[room[1]] += 1
            elif not to_server:
                self._open.discard(found[1])


@pytest.mark.story("poll c")
async def test_what_is_not_allowed_is_named_with_the_option_that_allows_it(start_prosody: StartProsody) -> None:
    closed = {**ADMINS, "component_admins_as_room_owners": False}
    prosody = start_prosody(monitor_module=False, muc_options=closed)
    async with Cast(prosody) as cast:
        await cast.focus("lesson")
        stranger = Watching(prosody, vantage="poll")
        await stranger.links.start()
        try:
            await stranger.until(lambda: stranger.host.feed is FeedState.REFUSED)
        finally:
            await stranger.links.stop()
    assert "has 1 room" in stranger.host.words
    assert "component_admins_as_room_owners = true" in stranger.host.words


@pytest.mark.story("poll d")
async def test_who_is_no_admin_learns_both_ways_and_the_module_takes_over_once_it_is_loaded(
    start_prosody: StartProsody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.wire.feed.SLOW_RETRY_S", 0.5)
    some = {"admins": [FOCUS, WATCHERS[0]]}
    prosody = start_prosody(monitor_module=False, muc_options={**some, "muc_monitor_watchers": [WATCHERS[0]]})
    async with Cast(prosody) as cast:
        await cast.focus("lesson")
        john = await cast.person(token(prosody, "lesson", "owner", name="John"), name="John")
        await john.join("lesson")
        other = Watching(prosody, jid=WATCHERS[1])
        await other.links.start()
        try:
            await other.until(lambda: other.host.feed is FeedState.REFUSED)
            assert "mod_muc_monitor is not loaded" in other.host.words
            assert "add monitor2.meet.test to `admins`" in other.host.words
        finally:
            await other.links.stop()
        async with watching(prosody) as monitor:
            await monitor.equals_the_server()
            assert monitor.host.vantage is Vantage.POLL
            await truth.load(prosody, "muc_monitor")
            await monitor.until(lambda: monitor.is_live and monitor.host.vantage is Vantage.FEED)
            await monitor.equals_the_server()
            assert monitor.findings("lesson") == {}
            found = monitor.find("lesson", "John")
            assert found is not None
            assert found.claimed == "owner"
            await truth.unload(prosody, "muc_monitor")
            await monitor.until(lambda: monitor.is_live and monitor.host.vantage is Vantage.POLL)
            await monitor.equals_the_server()


@pytest.mark.story("poll e")
async def test_a_plugin_that_nobody_tells_of_closes_a_room_that_never_was_said_to_stay(
    start_prosody: StartProsody,
) -> None:
    prosody = start_prosody(
        monitor_module=False, muc_modules=["token_owner_party"], muc_options=ADMINS, party_check_timeout_s=6
    )
    async with Cast(prosody) as cast:
        await cast.focus("lesson")
        pat = await cast.person(token(prosody, "lesson", "owner", name="Pat"), name="Pat")
        quinn = await cast.person(token(prosody, "lesson", name="Quinn"), name="Quinn")
        for one in (pat, quinn):
            await one.join("lesson")
        async with watching(prosody) as monitor:
            await monitor.equals_the_server()
            key = monitor.key("lesson")
            monitor.link.look_at(prosody.muc_host, "lesson")

            def told() -> tuple[str, list[tuple[str, Severity]]]:
                room = monitor.store.find_room(key)
                assert room is not None
                judged = judge(room, monitor.host, time.time())
                said = closes_words(room, monitor.host, judged.forecast, time.time(), str)
                return said, [(finding.rule.id, finding.severity) for finding in judged.findings]

            assert told() == (NOT_KNOWN, [])
            await pat.leave("lesson")
            await monitor.until(lambda: told() == (NOT_KNOWN, [("F10", Severity.INFORMATION)]), CHOSEN_S + 2)
            await monitor.until(lambda: monitor.store.find_room(key) is None, 6 + LIST_S + 2)
