import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.causes import cause_of
from monitor.core.events import Event
from monitor.core.query import Overview, server_lines
from monitor.core.server import MucHost
from monitor.core.store import Store
from monitor.wire.feed import ANSWER_S, SILENCE_S, SLOW_RETRY_S, Watch
from monitor.wire.watched import Watched
from tests.wire.json_values import json_values
from tests.wire.samples import FACTS, HOST, SERVER, SUB, batch, occupant, room

WATCHER = "monitor.meet.test"
DESTROYED = ["destroyed", 1.0, "alpha", None, "last_left", None, None, 0.5, True, None]


class Line:
    """What the watch sends, noted down."""

    def __init__(self) -> None:
        self.watches = 0
        self.acks: list[tuple[str, int]] = []
        self.asked: list[str] = []

    def send_watch(self, host: str, window: int) -> None:
        assert (host, window) == (HOST, 8)
        self.watches += 1

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        assert host == HOST
        self.acks.append((sub, seq))

    def send_history(self, host: str, node: str) -> None:
        assert host == HOST
        self.asked.append(node)


class Scene:
    """A watch on a store with a line and a clock of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.line = Line()
        self.store = Store()
        apply: Callable[[Event], object] = self.store.apply
        self.watch = Watch(Watched(SERVER, HOST, WATCHER, apply, lambda: self.now, lambda: self.now), self.line)

    def follow(self) -> None:
        """Up to a complete snapshot of one room."""
        self.watch.link_up()
        self.watch.answered(SUB, FACTS)
        self.watch.batch_came(batch(1, rooms=[room("alpha", occupant(1))], snapshot="end"))
        assert self.host.feed == "live"

    @property
    def host(self) -> MucHost:
        return self.store.servers[SERVER].hosts[HOST]

    @property
    def people(self) -> int:
        return sum(len(one.occupants) for one in self.store.rooms())

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.watch.tick()


def test_a_watch_asks_learns_the_facts_takes_the_snapshot_and_acknowledges() -> None:
    scene = Scene()
    scene.follow()
    assert scene.people == 1
    assert scene.host.modules == {"muc", "muc_monitor", "token_affiliation"}
    assert scene.line.acks == [(SUB, 1)]


def test_changes_follow_in_sequence() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came(batch(2, events=[["joined", 1.0, "alpha", occupant(2)]]))
    assert scene.people == 2
    assert scene.line.acks[-1] == (SUB, 2)


def test_a_gap_in_the_sequence_asks_anew_and_keeps_the_rows() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came(batch(3, events=[DESTROYED]))
    assert scene.host.feed == "stale"
    assert scene.people == 1
    assert scene.host.stale_since_at is not None
    scene.later(1)
    assert scene.line.watches == 2


def test_batches_of_another_watch_are_dropped() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came(batch(2, sub="other", events=[DESTROYED]))
    assert scene.people == 1
    assert scene.host.feed == "live"
    assert len(scene.line.acks) == 1


def test_silence_makes_the_data_stale_and_asks_anew() -> None:
    scene = Scene()
    scene.follow()
    scene.later(SILENCE_S)
    assert scene.host.feed == "live"
    scene.later(0.1)
    assert scene.host.feed == "stale"
    scene.later(1)
    assert scene.line.watches == 2


def test_an_answer_that_does_not_come_is_asked_for_again_ever_more_slowly() -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.later(ANSWER_S + 0.1)
    for _ in range(2000):
        scene.later(0.5)
    assert 20 < scene.line.watches < 60


def test_a_batch_that_cannot_be_read_asks_anew_and_raises_nothing() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came("{")
    assert scene.host.feed == "stale"
    scene.later(1)
    assert scene.line.watches == 2


def test_the_modules_goodbye_asks_anew() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came(batch(2, bye=1.0))
    assert scene.host.feed == "stale"
    scene.later(1)
    assert scene.line.watches == 2


def test_a_snapshot_that_stands_still_is_asked_for_again_though_heartbeats_come() -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.watch.answered(SUB, FACTS)
    for seq in range(1, 12):
        scene.later(5)
        scene.watch.batch_came(batch(seq, health={}))
    assert scene.line.watches >= 2


@given(st.dictionaries(st.sampled_from(["modules", "options", "modules_enabled", "kind"]), json_values))
def test_facts_of_any_shape_harm_nothing(facts: dict[str, object]) -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.watch.answered(SUB, json.dumps({**facts, "protocol": 0}))
    scene.watch.batch_came(batch(1, rooms=[room("alpha", occupant(1, "owner"))], snapshot="end"))
    rows = Overview(scene.store).rows(scene.now)
    server_lines(scene.store, rows)
    for row in rows:
        alpha = scene.store.find_room(row.key)
        assert alpha is not None
        for finding in row.judgement.findings:
            cause_of(finding, alpha, scene.host, row.judgement)


def test_a_fault_of_our_own_starts_the_watch_over() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.faulted(RuntimeError("boom"))
    assert "please report" in scene.host.words
    assert "boom" not in scene.host.words
    scene.later(1)
    assert scene.line.watches == 2


def test_a_watcher_that_fell_too_far_behind_starts_over() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.batch_came(batch(2, resync=True))
    assert scene.host.feed == "stale"
    scene.later(1)
    assert scene.line.watches == 2


def test_a_lost_link_leaves_the_rows_and_asks_nothing() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.link_down()
    scene.later(600)
    assert scene.host.feed == "stale"
    assert (scene.people, scene.line.watches) == (1, 1)


def test_another_boot_replaces_everything_at_the_snapshots_end() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.link_down()
    scene.watch.link_up()
    scene.watch.answered("sub-2", FACTS)
    scene.watch.batch_came(batch(1, sub="sub-2", rooms=[room("beta", occupant(1))], snapshot="more"))
    assert sorted(one.key.node for one in scene.store.rooms()) == ["alpha", "beta"]
    scene.watch.batch_came(batch(2, sub="sub-2", snapshot="end"))
    assert [one.key.node for one in scene.store.rooms()] == ["beta"]
    assert scene.host.feed == "live"


def test_a_watcher_that_is_not_allowed_is_told_which_option_to_set() -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.watch.refused("forbidden")
    assert scene.host.feed == "refused"
    assert "muc_monitor_watchers" in scene.host.words
    assert WATCHER in scene.host.words


def test_a_refused_watch_keeps_its_words_while_it_asks_again_slowly() -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.watch.refused("service-unavailable")
    assert "modules_enabled" in scene.host.words
    scene.later(SLOW_RETRY_S - 1)
    assert scene.line.watches == 1
    scene.later(1)
    assert scene.line.watches == 2
    assert scene.host.feed == "refused"
    scene.watch.answered(SUB, FACTS)
    assert scene.host.feed == "snapshot"
    assert scene.host.words == ""


def test_another_version_of_the_feed_is_named() -> None:
    scene = Scene()
    scene.watch.link_up()
    scene.watch.answered(SUB, json.dumps({"protocol": 9}))
    assert scene.host.feed == "refused"
    assert "another version" in scene.host.words


def test_the_past_of_the_room_looked_at_is_asked_for_again_when_some_of_it_was_not_told() -> None:
    scene = Scene()
    scene.follow()
    scene.watch.look_at("alpha")
    scene.watch.batch_came(batch(2))
    assert scene.line.asked == ["alpha"]
    scene.watch.batch_came(batch(3, lost=4, snapshot="more"))
    assert scene.line.asked == ["alpha"] * 2
    scene.watch.link_down()
    scene.follow()
    assert scene.line.asked == ["alpha"] * 3
    scene.watch.look_at("")
    scene.watch.batch_came(batch(2, lost=4))
    assert scene.line.asked == ["alpha"] * 3
