import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from monitor.core.server import FeedState
from monitor.demo import feed as played
from monitor.demo.cast import host, pupil, pupils
from monitor.demo.people import MUC
from monitor.demo.player import Act, Cue
from monitor.wire.decode import decode_batch
from tests.demo.stage import NOW, SERVER, Stage, Watcher

TEACHER, ANNA = host("Teacher"), pupil("Anna")


def cues(*steps: tuple[float, Act]) -> list[Iterator[Cue]]:
    return [iter([Cue(NOW + second, act) for second, act in steps])]


def lesson(*more: tuple[float, Act]) -> Stage:
    return Stage(
        cues(
            (-10, lambda world: world.open("alpha")),
            (-9, lambda world: world.join("alpha", TEACHER)),
            (-8, lambda world: world.join("alpha", ANNA)),
            *more,
        )
    )


def told(watcher: Watcher) -> list[dict[str, Any]]:
    return [json.loads(batch) for batch in watcher.batches]


def people(watcher: Watcher, node: str = "alpha") -> set[str | None]:
    return {one.name for one in watcher.host.rooms[node].people()}


def test_every_batch_of_the_story_is_one_that_the_decoder_takes() -> None:
    stage = Stage()
    watcher = stage.watcher()
    stage.wait(300)
    assert watcher.watch.state is FeedState.LIVE
    assert len(watcher.batches) > 60
    kinds = {event[0] for batch in told(watcher) for event in batch.get("events", ())}
    assert kinds == {"joined", "left", "changed", "affiliation", "closing", "refused", "destroyed", "renamed"}
    for batch in watcher.batches:
        decode_batch(batch, SERVER, MUC)


def test_a_batch_holds_nothing_but_what_it_tells() -> None:
    stage = lesson()
    watcher = stage.watcher()
    stage.wait(6)
    assert set(told(watcher)[0]) == {"sub", "seq", "now", "rooms", "door", "ended", "snapshot", "health"}
    assert set(told(watcher)[-1]) == {"sub", "seq", "now", "health"}


def test_batches_are_numbered_without_a_gap_and_a_heartbeat_comes_every_five_seconds() -> None:
    stage = lesson()
    watcher = stage.watcher()
    stage.wait(30)
    assert [batch["seq"] for batch in told(watcher)] == list(range(1, len(watcher.batches) + 1))
    beats = [batch["now"] for batch in told(watcher) if "health" in batch and "snapshot" not in batch]
    assert {later - sooner for sooner, later in itertools.pairwise(beats)} == {5.0}


def test_a_big_snapshot_comes_in_slices_and_big_rooms_in_parts() -> None:
    stage = Stage()
    watcher = stage.watcher()
    batches = [batch for batch in told(watcher) if "snapshot" in batch]
    assert [batch["snapshot"] for batch in batches] == ["more"] * (len(batches) - 1) + ["end"]
    assert len(batches) > 2
    parts = [room[10] for batch in batches for room in batch.get("rooms", ()) if room[0] == "elternabend"]
    assert parts == [0, 1, 2]
    assert len(watcher.host.rooms["elternabend"].people()) == 41


def test_two_watchers_are_told_the_same() -> None:
    stage = Stage()
    one, two = stage.watcher(), stage.watcher("second.meet.example")
    stage.wait(200)
    without_sub = [[{**batch, "sub": ""} for batch in told(watcher)] for watcher in (one, two)]
    assert without_sub[0][-50:] == without_sub[1][-50:]
    assert one.watch.state is two.watch.state is FeedState.LIVE
    assert one.picture() == two.picture()


def test_a_watcher_that_does_not_acknowledge_gets_no_more_than_its_window_and_catches_up_later() -> None:
    stage = Stage()
    quick, slow = stage.watcher(), stage.watcher("second.meet.example", window=3)
    stage.wait(10)
    before = len(slow.batches)
    slow.deaf = True
    stage.wait(100)
    assert len(slow.batches) == before + 3
    slow.deaf = False
    stage.wait(1)
    assert sum(batch.get("lost", 0) for batch in told(slow)) > 10
    assert slow.picture() == quick.picture()
    assert slow.watch.state is FeedState.LIVE


def test_a_room_that_ended_and_began_anew_unheard_is_there_and_its_end_is_told() -> None:
    stage = lesson(
        (6, lambda world: world.destroy("alpha", "moderator", None)),
        (7, lambda world: world.open("alpha")),
        (8, lambda world: world.join("alpha", pupil("Ben"))),
    )
    watcher = stage.watcher(window=1)
    watcher.deaf = True
    stage.wait(10)
    watcher.deaf = False
    stage.wait(1)
    assert people(watcher) == {"Ben"}
    assert [ended.how for ended in watcher.host.ended] == ["moderator"]


def test_somebody_who_leaves_between_two_parts_of_their_room_is_not_told_as_present() -> None:
    crowd = pupils(150, 0)
    stage = Stage(
        cues(
            (-10, lambda world: world.open("alpha")),
            *((-9, lambda world, one=one: world.join("alpha", one)) for one in crowd),
            (1, lambda world: world.leave("alpha", crowd[140].name)),
        )
    )
    watcher = stage.watcher(window=1)
    assert len(people(watcher)) == 150
    late = stage.watcher("second.meet.example", hears=2, window=1)
    late.deaf = True
    stage.wait(2)
    late.deaf = False
    late.listen()
    assert people(late) == people(watcher) == {one.name for one in crowd} - {crowd[140].name}


def test_too_many_changes_while_a_watcher_is_slow_make_it_start_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "_CHANGED", 3)
    stage = Stage()
    quick, slow = stage.watcher(), stage.watcher("second.meet.example", window=1)
    slow.deaf = True
    stage.wait(60)
    slow.deaf = False
    stage.wait(0.5)
    assert [slow.watch.state, slow.host.words != ""] == [FeedState.STALE, True]
    stage.wait(1)
    slow.watch.tick()
    stage.wait(1)
    assert slow.host.feed is FeedState.LIVE
    assert slow.picture() == quick.picture()


def test_a_watch_that_acknowledges_nothing_for_two_minutes_is_over() -> None:
    stage = lesson()
    watcher = stage.watcher(window=1)
    watcher.deaf = True
    stage.wait(130)
    watcher.deaf = False
    before = len(watcher.batches)
    stage.wait(10)
    assert len(watcher.batches) == before


def test_an_acknowledgement_of_another_watch_or_of_what_was_never_sent_counts_nothing() -> None:
    stage = lesson()
    watcher = stage.watcher(window=1)
    watcher.deaf = True
    stage.wait(10)
    before = len(watcher.batches)
    sub = told(watcher)[-1]["sub"]
    stage.feed.ack("monitor.meet.example", "another", before)
    stage.feed.ack("monitor.meet.example", sub, before + 1)
    stage.feed.ack("nobody.meet.example", sub, before)
    stage.wait(10)
    assert len(watcher.batches) == before


def test_the_past_of_a_room_is_told_on_demand() -> None:
    stage = lesson()
    told_past = json.loads(stage.feed.history("alpha") or "")
    assert [(entry[1], entry[3]) for entry in told_past] == [
        ("joined", "focus"),
        ("joined", "Teacher"),
        ("joined", "Anna"),
    ]
    assert stage.feed.history("beta") is None


def test_a_module_that_is_unloaded_says_goodbye() -> None:
    stage = lesson()
    watcher = stage.watcher()
    stage.feed.bye()
    watcher.listen()
    assert watcher.watch.state is FeedState.STALE
    assert "unloaded" in watcher.host.words
