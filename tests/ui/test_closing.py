"""Countdowns, the banner and what is said of rooms that close, should have, or never will."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec import structs

from monitor.core.countdown import Forecast, Outlook
from monitor.core.events import (
    BatchHeard,
    ClosingChanged,
    Event,
    FactsLearned,
    FeedChanged,
    OccupantLeft,
    RoomDestroyed,
    RoomSeen,
)
from monitor.core.findings import Judgement, Severity, judge
from monitor.core.query import RoomRow
from monitor.core.room import EndedRoom, RoomKind
from monitor.core.server import FeedState
from monitor.core.text import clean
from monitor.ui.app import MonitorApp
from monitor.ui.banner import banner_of
from monitor.ui.countdowns import STATE_WIDTH, changes_in_s, state_words
from monitor.ui.durations import clock
from monitor.ui.spans import flow, length
from tests.ui.scenes import (
    HOST,
    NOW,
    OWNER,
    SCENES,
    SERVER,
    FakeSources,
    closes_too,
    closing_events,
    connected,
    crowd,
    ended,
    fine,
    key,
    seen,
    store_of,
    timer,
)
from tests.ui.screen import NARROW, WIDE, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def row(outlook: Outlook, at: float | None, severity: Severity = Severity.CRITICAL) -> RoomRow:
    """A row with that outlook."""
    name = clean("room")
    judgement = Judgement(forecast=Forecast(outlook, at))
    return RoomRow(key("room"), 1, severity, clean("no owner"), name, 3, 0, NOW - 60, True, judgement)


def shifted(events: list[Event], offset_s: float) -> list[Event]:
    """The same on a server whose clock is ahead by so many seconds."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, BatchHeard):
            event = structs.replace(event, server_now=event.server_now + offset_s)
        elif isinstance(event, RoomSeen):
            armed = tuple(
                structs.replace(one, at=one.at + offset_s, due_at=one.due_at + offset_s) for one in event.armed
            )
            event = structs.replace(event, armed=armed)
        out.append(event)
    return out


@SIZES
async def test_an_owner_whose_connection_is_lost_says_when_they_count_as_gone(size: tuple[int, int]) -> None:
    async with running("owner-lost", size) as run:
        assert "! owner lost 00:48 standup" in run.text()
        assert "! OWNER LOST connection lost; counts as gone in 00:48 at 14:14:07" in run.text()
        assert "the server holds their place" in run.text()
        assert ("the room closes 60 s later" in run.text()) is (size == WIDE)
        await run.wait(10)
        assert "! owner lost 00:38 standup" in run.text()


@pytest.mark.parametrize(("size", "offset_s"), [(WIDE, -3600.0), (WIDE, 3600.0), (NARROW, 0.0)])
async def test_the_countdown_shows_zero_at_the_deadline_and_not_before(size: tuple[int, int], offset_s: float) -> None:
    async with running(shifted(closes_too(in_s=3.0), offset_s), size) as run:
        for wait, shown in ((0.0, "00:03"), (0.01, "00:03"), (0.98, "00:03"), (0.02, "00:02"), (1.98, "00:01")):
            await run.wait(wait)
            assert f"× closes {shown} chemie-9" in run.text()
            assert f"× CLOSES in {shown} at " in run.text()
        await run.wait(0.02)
        assert "× closes 00:00 chemie-9" in run.text()
        await run.wait(0.9)
        assert "× closes 00:00 chemie-9" in run.text()
        # Only the server can say that the close was missed; it does a second later.
        await run.wait(0.1)
        assert "× closes 00:00 chemie-9" in run.text()
        due_at = NOW + 3.0 + offset_s
        missed = (structs.replace(timer(3.0), at=due_at - 60, due_at=due_at, missed=True),)
        await run.apply(ClosingChanged(key("chemie-9"), due_at + 1, missed, None, True))
        assert "× overdue 00:01 chemie-9" in run.text()
        assert "× OVERDUE should have closed 00:01 ago: nobody was removed" in run.text()


async def test_a_countdown_is_drawn_at_the_second_it_changes_whatever_its_fraction() -> None:
    """Real time: every shown second of five rooms appears within a tenth of a second, and none too early."""
    now = time.time()
    store = store_of([*connected(party=True), ended()])
    store.apply(BatchHeard(SERVER, HOST, now, now + 3600))
    store.servers[SERVER].hosts[HOST].offset_s = 3600.0
    due = {f"r{at}": now + 0.8 + at * 0.13 for at in range(5)}
    for node, at in due.items():
        there = (*crowd(1, 2, 0),)
        armed = (structs.replace(timer(0), at=at + 3540, due_at=at + 3600),)
        store.apply(structs.replace(seen(node, *there, armed=armed, owner_seen=True)))
    app = MonitorApp(store, FakeSources())
    late: dict[str, float] = {}
    async with app.run_test(size=WIDE):
        grid = app.screen.query_one("#rooms")
        while time.time() < max(due.values()) + 0.15:
            for pieces, _ in grid._drawn.values():  # type: ignore[attr-defined]
                words = "".join(text for text, _ in pieces).split()
                if "00:00" in words:
                    late.setdefault(words[3], time.time() - due[words[3]])
            await asyncio.sleep(0.002)
    assert late.keys() == due.keys()
    assert min(late.values()) > -0.005
    assert max(late.values()) < 0.1


async def test_rooms_that_close_soonest_come_first_and_each_says_what_becomes_of_it() -> None:
    async with running("closing") as run:
        listed = [" ".join(line.split()[:5]) for line in run.text().splitlines()[3:9]]
        assert listed == [
            "│▌× closes 00:38 chemie-9 4",
            "│▌! closes 04:51 geschichte-10a 19",
            "│▌! closes 1:32:10 tagung 12",
            "│▌! no owner büro 2",
            "│▌! may close nachtschicht 3",
            "│ i owner back 00:40",
        ]
        assert "▼ 3 closing" in run.text().splitlines()[0]


async def test_a_countdown_turns_critical_in_its_last_minute_without_any_event() -> None:
    async with running(closes_too(in_s=61.0)) as run:
        assert "! closes 01:01" in run.text()
        await run.wait(1.0)
        assert "× closes 01:00" in run.text()
        assert "× 1 critical" in run.text()


@pytest.mark.parametrize(
    ("scene", "node", "words"),
    [
        (
            "held-open",
            "nocheintest",
            "× HELD OPEN   the host left 19 min ago; the room stays because Jane Doe counts as owner",
        ),
        ("overdue", "board-2031", "× OVERDUE   should have closed 01:12 ago: nobody was removed"),
        (
            "owner-back",
            "standup",
            "i OWNER BACK   owner back; check at 14:13:59 (UTC) (in 00:40) · the room stays if an owner is here then",
        ),
        ("no-timer", "standup", "! NO OWNER   no timer is running: it will not close by itself"),
        ("unknown", "standup", "! NO OWNER   unknown whether it closes: monitoring began 14:08"),
        (
            "all-owners",
            "maths-7b",
            "× ALL OWNERS   all 24 people here are owners, 24 of them without a token that says so",
        ),
        ("closing", "chemie-9", "× CLOSES   in 00:38 at 14:13:57 (UTC): nobody here owns the room"),
    ],
)
def test_the_banner_says_what_is_wrong_with_the_room(scene: str, node: str, words: str) -> None:
    store = store_of(SCENES[scene])
    room, host = store.find_room(key(node)), store.host_of(key(node))
    assert room is not None
    whole, brief = (banner_of(room, judge(room, host, NOW), NOW, False, brief) for brief in (False, True))
    assert whole is not None
    assert brief is not None
    assert "".join(text for text, _ in flow(whole.line)) == words
    assert length(flow(brief.line)) <= 76


@SIZES
async def test_a_deadline_that_nobody_saw_pass_is_said_to_be_not_known(size: tuple[int, int]) -> None:
    facts = {"modules": ["owner_restricted"], "options": {"role_timeout": 60}}
    scene = [
        *connected(),
        FactsLearned(SERVER, HOST, RoomKind.MAIN, facts),
        seen("standup", fine(1, "Ann", OWNER), fine(2, "Max")),
        ended(),
    ]
    async with running(scene, size) as run:
        await run.apply(OccupantLeft(key("standup"), NOW, 1))
        await run.press("j")
        await run.wait(1)
        assert "in 00:59" in run.line_with("CLOSES")
        await run.apply(FeedChanged(SERVER, HOST, FeedState.STALE, NOW + 1))
        for _ in range(8):
            await run.wait(10)
            assert "OVERDUE" not in run.text()
        assert "unknown whether it closes: nothing told of it since 14:13" in run.line_with("NO OWNER")
        assert "not told since 14:13" in run.text()
        # That of the last minute; none says that it should have closed.
        assert [one.message for one in run.app._notifications] == ["× new critical finding · standup: no owner"]


@SIZES
async def test_the_banner_stands_above_the_people_at_any_size(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("j")
        assert "× HELD OPEN the host left 19 min ago;" in run.text()
        assert "Jane Doe counts as owner" in run.line_with("HELD OPEN")
        named = "nocheintest @ conference.meet.example"
        assert (f"{named} · people" in run.text()) == (size == NARROW)
        assert named in run.text()


async def test_there_is_no_banner_where_nothing_is_wrong_and_why_and_timeline_do_not_move() -> None:
    async with running("closing") as run:
        before = [next(at for at, line in enumerate(run.lines()) if title in line) for title in ("─ why", "─ timeline")]
        assert "chemie-9 @ conference.meet.example ─" in run.text()
        await run.press("G")
        assert "CLOSES" not in run.text()
        assert "日本語の部屋 @ conference.meet.example · people 17" in run.text()
        after = [next(at for at, line in enumerate(run.lines()) if title in line) for title in ("─ why", "─ timeline")]
        assert after == before


@SIZES
async def test_stale_countdowns_say_about(size: tuple[int, int]) -> None:
    async with running("closing", size) as run:
        await run.apply(FeedChanged(SERVER, HOST, FeedState.STALE, NOW))
        assert "× closes ~00:38 chemie-9" in run.text()
        assert "× CLOSES in about 00:38 at 14:13:57" in run.text()
        await run.wait(1)
        assert "× closes ~00:37 chemie-9" in run.text()
        if size == WIDE:
            assert "i back ~00:39 standup" in run.text()
            assert "as of 14:13:19" in run.text()


async def test_nobody_owning_a_room_is_red_only_where_something_closes_it() -> None:
    for party, colours in ((True, {"#ff6b6b"}), (False, {"#d7dee9"})):
        async with running([*connected(party=party), seen("r", *crowd(1, 3, 0)), ended()]) as run:
            grid = run.grid("rooms")
            line = [piece for piece in grid._line(1)[0] if piece[0].strip() == "0"]
            assert [style for _, style in line] == ["critical" if party else "text"]
            assert colours & run.foreground_of("0")


@pytest.mark.parametrize("seconds", [0, 59, 3599, 3600, 36_000, 359_999, 360_000, 1e9, 1e300])
@pytest.mark.parametrize("outlook", [Outlook.CLOSES, Outlook.OVERDUE, Outlook.OWNER_BACK])
@pytest.mark.parametrize("stale", [False, True])
def test_a_countdown_always_fits_its_column(seconds: float, outlook: Outlook, stale: bool) -> None:
    at = NOW - seconds if outlook is Outlook.OVERDUE else NOW + seconds
    severity = Severity.INFORMATION if outlook is Outlook.OWNER_BACK else Severity.CRITICAL
    assert len(state_words(row(outlook, at, severity), NOW, stale)) + 2 <= STATE_WIDTH


@pytest.mark.parametrize("at", [None, float("nan"), float("inf"), float("-inf"), -1e300])
@pytest.mark.parametrize("outlook", list(Outlook))
def test_any_deadline_has_some_words(outlook: Outlook, at: float | None) -> None:
    one = row(outlook, at)
    assert state_words(one, NOW, True)
    assert changes_in_s(one, NOW) is None or 0 < (changes_in_s(one, NOW) or 0) <= 1


def test_the_next_change_is_at_the_next_whole_second() -> None:
    assert changes_in_s(row(Outlook.CLOSES, NOW + 3.25), NOW) == pytest.approx(0.25)
    assert changes_in_s(row(Outlook.CLOSES, NOW + 3.0), NOW) == pytest.approx(1.0)
    assert changes_in_s(row(Outlook.CLOSES, NOW), NOW) is None
    assert changes_in_s(row(Outlook.OVERDUE, NOW - 3.25), NOW) == pytest.approx(0.75)
    assert changes_in_s(row(Outlook.NO_TIMER, None), NOW) is None


def test_clocks_read_as_people_read_them() -> None:
    assert [clock(at) for at in (0, 37, 3599, 4092, 359_999, 360_000, float("nan"))] == [
        "00:00",
        "00:37",
        "59:59",
        "1:08:12",
        "99:59:59",
        "4 d",
        "?",
    ]


async def test_a_close_that_is_missed_and_a_room_that_ends_are_seen_at_once() -> None:
    async with running(closes_too(in_s=0.5)) as run:
        missed = (timer(-2.0),)
        await run.apply(ClosingChanged(key("chemie-9"), NOW + 3, missed, None, True))
        await run.wait(3)
        assert "× OVERDUE" in run.text()
        assert "× a close was missed" in run.text()
        await run.apply(RoomDestroyed(EndedRoom(key("chemie-9"), NOW, None, "timer")))
        assert "OVERDUE" not in run.text()


async def test_paused_rows_stand_still_while_countdowns_go_on() -> None:
    async with running("closing") as run:
        await run.press("p")
        assert "PAUSED since 14:13:20" in run.text().splitlines()[1]
        await run.apply(
            OccupantLeft(key("chemie-9"), NOW, 202),
            RoomDestroyed(EndedRoom(key("tagung"), NOW, None, "timer")),
            seen("neu", *crowd(90, 2)),
        )
        await run.wait(1)
        text = run.text()
        assert "× closes 00:37 chemie-9 4 0" in text
        assert "Person 202 member" in text
        assert "! ended tagung" in text
        assert "neu" not in text
        await run.press("p")
        text = run.text()
        assert "PAUSED" not in text
        assert "× closes 00:37 chemie-9 3 0" in text
        assert "tagung" not in text
        assert "neu" in text


async def test_many_countdowns_cost_little() -> None:
    events = connected(party=True)
    for at in range(500):
        armed = (timer(20 + at * 0.37, 300),) if at % 3 == 0 else ()
        owners = 0 if armed else 1
        events.append(seen(f"room-{at}", *crowd(at * 20 + 1, 8, owners), armed=armed, owner_seen=True))
    async with running([*events, ended()]) as run:
        took = []
        for _ in range(10):
            run.clock.now += 1
            began = time.perf_counter()
            run.app.screen._tick()  # type: ignore[attr-defined]
            took.append(time.perf_counter() - began)
        assert sorted(took)[5] < 0.05


async def test_the_picture_of_closing_rooms_has_a_past() -> None:
    async with running(closing_events()) as run:
        text = run.text()
        assert "14:12:57.400 ~ close timer started fires at 14:13:57: Ayşe Yılmaz left, no other owner is here" in text
        assert "closes at 14:13:57 timer started 14:12:57 when Ayşe Yılmaz left" in text
        assert "so everybody is removed at that moment" in text


async def test_a_room_that_ends_while_the_display_is_paused_counts_down_no_more() -> None:
    async with running(closes_too(in_s=30.0)) as run:
        await run.press("p")
        assert "× CLOSES in 00:30" in run.text()
        await run.apply(RoomDestroyed(EndedRoom(key("chemie-9"), NOW + 30, None, "timer")))
        await run.wait(31)
        assert "ended chemie-9" in run.text()
        assert "CLOSES" not in run.text()
