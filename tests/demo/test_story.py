from collections import defaultdict

import pytest

from monitor.core.countdown import Outlook
from monitor.core.door import door_lines
from monitor.core.findings import RULES, Severity, judge
from monitor.core.query import Overview
from monitor.core.text import clean
from monitor.demo.player import Player
from monitor.demo.story import story
from monitor.demo.tale import Tale
from monitor.demo.world import PARTY_TIMEOUT_S, World
from tests.demo.stage import NOW, Stage, Watcher

HOUR_S = 3600.0
SILENT = {"F23", "F28"}
"""Claims are never unknown here, and guests are welcome."""
PROMISED = {rule.id for rule in RULES} - SILENT
MOST_CRITICAL = 8


def rules(watcher: Watcher, now: float) -> dict[str, set[str]]:
    """The rules that hold at a moment, with the rooms."""
    found: dict[str, set[str]] = defaultdict(set)
    for room in watcher.host.rooms.values():
        for finding in judge(room, watcher.host, now).findings:
            found[finding.rule.id].add(room.key.node)
    return found


def test_the_first_picture_has_a_room_held_open_first_and_rooms_that_close_soon() -> None:
    stage = Stage()
    watcher = stage.watcher()
    rows = Overview(watcher.store).rows(stage.now)
    assert (rows[0].state, rows[0].name, rows[0].people, rows[0].owners) == ("held open", "board-2031", 3, 1)
    closing = [row for row in rows if row.judgement.forecast.outlook is Outlook.CLOSES]
    assert len(closing) >= 2
    assert min((row.counts_to or 0) - stage.now for row in closing) < 70
    assert 3 <= sum(row.severity is Severity.CRITICAL for row in rows) <= 5
    assert sum(row.severity is Severity.FINE for row in rows) >= 8


def test_everything_it_promises_is_to_be_seen_within_six_minutes() -> None:
    stage = Stage()
    watcher = stage.watcher()
    seen: set[str] = set()
    for now in stage.play(360):
        seen |= rules(watcher, now).keys()
        seen |= {line.rule for line in door_lines(watcher.store.servers.values(), now)}
    assert seen >= PROMISED
    assert {refusal.gate for refusal in watcher.host.door} == {"party", "token"}
    assert {ended.how for ended in watcher.host.ended} == {"timer", "last_left"}


def test_at_any_moment_there_is_something_to_see_and_not_too_much() -> None:
    stage = Stage(step_s=1.0)
    overview = Overview(stage.watcher().store)
    for now in stage.play(HOUR_S):
        rows = overview.rows(now)
        critical = sum(row.severity is Severity.CRITICAL for row in rows)
        assert 2 <= critical <= MOST_CRITICAL, f"{critical} critical after {now - NOW:.0f} s"
        counting = [row for row in rows if row.counts_to is not None or row.counts_from is not None]
        assert counting, f"nothing runs after {now - NOW:.0f} s"


def test_something_happens_every_few_seconds() -> None:
    stage = Stage()
    stage.watcher()
    last, longest = stage.now, 0.0
    for now in stage.play(600):
        latest = max(room.history[-1].at for room in stage.world.rooms.values())
        longest, last = max(longest, now - last), max(last, latest)
    assert longest < 9


def test_a_room_is_closed_exactly_when_its_timer_says_and_opens_again() -> None:
    stage = Stage()
    watcher = stage.watcher()
    room = watcher.host.rooms["chemie-9"]
    due_at = room.armed[0].due_at
    assert due_at - room.armed[0].at == pytest.approx(PARTY_TIMEOUT_S)
    stage.wait(due_at - stage.now - 0.5)
    assert "chemie-9" in watcher.host.rooms
    stage.wait(1)
    assert "chemie-9" not in watcher.host.rooms
    ended = watcher.host.ended[-1]
    assert (ended.key.node, ended.how, ended.by_module) == ("chemie-9", "timer", "mod_token_owner_party")
    assert ended.at == pytest.approx(due_at, abs=0.001)
    stage.wait(30)
    assert watcher.host.rooms["chemie-9"].people()


def test_an_owner_who_comes_back_keeps_the_room_and_the_timer_runs_on() -> None:
    stage = Stage()
    watcher = stage.watcher()
    outlooks: list[Outlook] = []
    for now in stage.play(130):
        outlook = judge(watcher.host.rooms["geschichte-10a"], watcher.host, now).forecast.outlook
        if outlook not in outlooks[-1:]:
            outlooks.append(outlook)
    assert outlooks == [Outlook.CLOSES, Outlook.OWNER_BACK, Outlook.STAYS]


def test_an_owner_who_is_lost_comes_back_once_and_is_given_up_the_next_time() -> None:
    stage = Stage()
    watcher = stage.watcher()
    outlooks: list[Outlook] = []
    for now in stage.play(300):
        outlook = judge(watcher.host.rooms["standup"], watcher.host, now).forecast.outlook
        if outlook not in outlooks[-1:]:
            outlooks.append(outlook)
    lost, stays, back, closes = Outlook.OWNER_LOST, Outlook.STAYS, Outlook.OWNER_BACK, Outlook.CLOSES
    assert outlooks == [lost, stays, lost, closes, back, stays]


def left_behind(world: World, node: str) -> object:
    """What there is of a room that a loop could leave different."""
    room = world.rooms.get(node)
    if room is None:
        return None
    people = {(name, one.affiliation, one.gone_at is None) for name, one in room.people.items()}
    return people, len(room.armed), room.owner_gone is None


@pytest.mark.parametrize("tale", story(), ids=lambda tale: tale.node)
def test_a_tale_leaves_its_room_as_it_found_it(tale: Tale) -> None:
    world = World(NOW - 2 * HOUR_S)
    player = Player(world, [tale.cues(NOW)])
    phases = [tale.period_s * part / 31 for part in range(31)]
    rounds: list[list[object]] = []
    for turn in range(1, 4):
        rounds.append([])
        for phase in phases:
            player.advance_to(NOW + turn * tale.period_s + phase)
            rounds[-1].append(left_behind(world, tale.node))
    assert rounds[0] == rounds[1] == rounds[2]
    assert any(rounds[0])


def test_nothing_grows_in_a_night() -> None:
    world = World(NOW - 2 * HOUR_S)
    player = Player(world, [tale.cues(NOW) for tale in story()])
    sizes = []
    for hour in range(1, 9):
        player.advance_to(NOW + hour * HOUR_S)
        histories = [len(room.history) for room in world.rooms.values()]
        people = sum(len(room.people) for room in world.rooms.values())
        sizes.append((len(world.rooms), people, len(world._due)))
        assert max(histories) <= 100
        assert len(world.door) <= 500
        assert len(world.ended) <= 200
    rooms, people_, due = zip(*sizes, strict=True)
    assert max(rooms) - min(rooms) <= 4
    assert max(people_) - min(people_) <= 60
    assert max(due) <= 50


def test_nobody_sits_in_a_room_with_a_token_that_expired_but_the_one_who_is_meant_to() -> None:
    stage = Stage(step_s=20.0)
    watcher = stage.watcher()
    late: set[str | None] = set()
    for now in stage.play(3 * HOUR_S):
        for room in watcher.host.rooms.values():
            late |= {one.name for one in room.people() if one.claims and (one.claims.expires_at or now) < now}
    assert late == {"Old Token"}


def test_foreign_names_of_every_kind_are_there_raw() -> None:
    watcher = Stage().watcher()
    names = [one.name or "" for room in watcher.host.rooms.values() for one in room.people()]
    for part in ("[/b]", "[@click=", "\x1b]0;", "\u202e", "\u200b", "\x9b", "\u200d", "田中", "김"):
        assert any(part in name for name in names), part
    assert max(map(len, names)) > 100
    assert "%1b%5b2j" in watcher.host.rooms
    assert all(clean(name) for name in names)


def test_jicofo_is_in_every_room_with_people_but_for_a_moment_in_one() -> None:
    stage = Stage()
    watcher = stage.watcher()
    without: set[str] = set()
    for _ in stage.play(400):
        without |= {node for node, room in watcher.host.rooms.items() if room.people() and not room.focus_present}
    assert without == {"lesekreis"}
