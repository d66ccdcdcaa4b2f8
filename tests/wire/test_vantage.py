"""Which of feed and poll is in charge, and what is told of the other meanwhile."""

from collections.abc import Callable

import pytest

from monitor.core.server import FeedState, MucHost, Vantage
from monitor.core.store import Store
from monitor.wire.feed import SLOW_RETRY_S
from monitor.wire.poll import LIST_S
from monitor.wire.questions import ASKED, Answer, Told
from monitor.wire.vantage import Host, Mode
from monitor.wire.watched import Watched
from tests.wire.samples import FACTS, HOST, SERVER, SUB, batch, occupant, room
from tests.wire.test_poll import listed, people, person, result


class Line:
    """A link on which a test answers."""

    def __init__(self, mode: Mode) -> None:
        self.now = 1000.0
        self.watches = 0
        self.histories: list[str] = []
        self.asked: list[tuple[str, Callable[[Answer], None]]] = []
        self.store = Store()
        self.store.declare(SERVER, [HOST])
        self.host = Host(
            Watched(SERVER, HOST, "monitor.meet.test", self.store.apply, lambda: self.now, lambda: self.now), self, mode
        )

    def send_watch(self, host: str, window: int) -> None:
        self.watches += 1

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        pass

    def send_history(self, host: str, node: str) -> None:
        self.histories.append(node)

    def free(self) -> int:
        return ASKED

    def ask(self, kind: str, to: str, set_or_get: str, payload: str, answered: Told, late: Told | None = None) -> bool:
        self.asked.append((kind, answered))
        return True

    def let_poll(self, affiliation: str = "member") -> None:
        """Answer whatever polling asks: one room with one person."""
        while self.asked:
            kind, answered = self.asked.pop(0)
            if kind == "rooms":
                answered(result(listed(["alpha"], "form")))
            elif kind == "people":
                answered(result(people([person(1, affiliation)])))

    @property
    def told(self) -> MucHost:
        return self.store.servers[SERVER].hosts[HOST]


@pytest.mark.parametrize("condition", ["service-unavailable", "item-not-found", "feature-not-implemented", "version"])
def test_without_a_module_rooms_are_polled_and_the_hint_says_what_it_would_add(condition: str) -> None:
    line = Line("auto")
    line.host.link_up()
    assert line.watches == 1
    if condition == "version":
        line.host.watch.answered(SUB, '{"protocol": 99}')
    else:
        line.host.watch.refused(condition)
    line.let_poll()
    assert (line.told.feed, line.told.vantage) == (FeedState.LIVE, Vantage.POLL)
    assert "mucmon prosody" in line.told.hint
    assert ("another version" in line.told.hint) is (condition == "version")
    assert [one.key.node for one in line.store.rooms()] == ["alpha"]


@pytest.mark.parametrize("condition", ["forbidden", "remote-server-not-found", "not-allowed"])
def test_what_a_person_has_to_put_right_is_not_covered_up_by_polling(condition: str) -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.refused(condition)
    assert line.told.feed is FeedState.REFUSED
    assert line.asked == []


def test_who_wants_the_feed_alone_gets_no_poll() -> None:
    line = Line("feed")
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    assert line.told.feed is FeedState.REFUSED
    assert line.asked == []


def test_who_wants_to_poll_does_not_ask_the_module() -> None:
    line = Line("poll")
    line.host.link_up()
    line.let_poll()
    line.now += 100
    line.host.tick()
    assert line.watches == 0
    assert line.told.feed is FeedState.LIVE
    assert 'vantage = "poll"' in line.told.hint


def test_the_module_is_asked_again_in_silence_and_takes_over_when_it_answers() -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    line.let_poll()
    since = line.told.since_at
    for _ in range(2):
        line.now += SLOW_RETRY_S
        line.host.tick()
        line.let_poll()
        line.host.watch.refused("service-unavailable")
        assert (line.told.feed, line.told.since_at) == (FeedState.LIVE, since)
    assert line.watches == 3
    line.now += SLOW_RETRY_S
    line.host.tick()
    line.host.watch.answered(SUB, FACTS)
    line.host.watch.batch_came(batch(1, rooms=[room("beta", occupant(1))], snapshot="end"))
    assert (line.told.feed, line.told.vantage, line.told.hint) == (FeedState.LIVE, Vantage.FEED, "")
    line.let_poll()
    assert [one.key.node for one in line.store.rooms()] == ["beta"]
    assert line.told.modules


def test_the_past_of_the_room_that_is_looked_at_is_asked_for_when_the_module_takes_over() -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    line.host.look_at("alpha")
    line.let_poll()
    line.host.look_at("beta")
    # Nobody is there yet who could answer.
    assert line.histories == []
    line.now += SLOW_RETRY_S
    line.host.tick()
    line.host.watch.answered(SUB, FACTS)
    line.host.watch.batch_came(batch(1, rooms=[room("beta", occupant(1))], snapshot="end"))
    assert line.histories == ["beta"]


def test_however_often_the_vantage_changes_the_list_is_read_no_more_often() -> None:
    line = Line("auto")
    line.host.link_up()
    started, lists = line.now, 0
    for _ in range(40):
        line.host.watch.refused("service-unavailable")
        lists += sum(kind == "rooms" for kind, _ in line.asked)
        line.let_poll()
        line.now += 0.5
        line.host.link_down()
        line.host.link_up()
        line.host.watch.answered(SUB, FACTS)
        line.host.watch.batch_came(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
        line.host.watch.batch_came(batch(2, bye=1.0))
        line.now += 0.5
        line.host.tick()
    assert 1 < lists <= 1 + (line.now - started) / LIST_S


def test_when_the_module_is_unloaded_polling_begins_and_forgets_its_facts() -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.answered(SUB, FACTS)
    line.host.watch.batch_came(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
    line.host.watch.batch_came(batch(2, bye=1.0))
    line.now += 1
    line.host.tick()
    line.host.watch.refused("service-unavailable")
    line.let_poll()
    assert (line.told.feed, line.told.vantage) == (FeedState.LIVE, Vantage.POLL)
    assert line.told.facts == {}
    (shown,) = line.store.rooms()
    assert [one.has_token for one in shown.occupants.values()] == [None]


def test_a_module_that_comes_and_refuses_leaves_the_poll_running_and_is_told_as_a_hint() -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    line.let_poll()
    line.now += SLOW_RETRY_S
    line.host.tick()
    line.host.watch.refused("forbidden")
    assert line.told.feed is FeedState.LIVE
    assert "muc_monitor_watchers" in line.told.hint


def test_a_lost_link_is_stale_once_and_everything_begins_again() -> None:
    line = Line("auto")
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    line.let_poll()
    line.host.link_down()
    assert (line.told.feed, line.told.vantage) == (FeedState.STALE, Vantage.POLL)
    line.asked.clear()
    line.host.link_up()
    line.host.watch.refused("service-unavailable")
    line.now += LIST_S
    line.host.tick()
    line.let_poll("owner")
    assert line.told.feed is FeedState.LIVE
    (shown,) = line.store.rooms()
    assert [one.affiliation for one in shown.occupants.values()] == ["owner"]
