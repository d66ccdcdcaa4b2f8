"""What is told when a critical finding is new: once, with a count, by bell and program where they are wanted."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from monitor.core.claims import Claims
from monitor.core.events import Event, FeedChanged, OccupantChanged, OccupantJoined, OccupantLeft
from monitor.core.findings import Severity
from monitor.core.occupant import Occupant
from monitor.core.server import FeedState
from monitor.core.silence import Quiet
from monitor.screen_settings import Alerts
from monitor.ui.alarm import GONE_S
from monitor.ui.herald import GATHER_S
from tests.ui.scenes import (
    HOST,
    MEMBER,
    NOW,
    OWNER,
    SERVER,
    connected,
    ended,
    fine,
    jane,
    key,
    person,
    promoted,
    refused,
    seen,
)
from tests.ui.screen import NARROW, Running, running

CALM: list[Event] = [
    *connected(),
    seen("alpha", fine(1, "Ann", OWNER), fine(3, "Max")),
    seen("beta", fine(2, "Ben", OWNER), fine(4, "Moe")),
    ended(),
]


def told(run: Running) -> list[tuple[str, str]]:
    """Title and words of what has passed over the screen."""
    return run.told


def standing(run: Running) -> list[tuple[str, str]]:
    """Title and words of what stands on the screen now."""
    parted = [one.message.partition(" · ") for one in run.app._notifications]
    return [(title, words) for title, _, words in parted]


def joined(node: str, occupant: Occupant) -> OccupantJoined:
    """Somebody came in."""
    return OccupantJoined(key(node), "s1", NOW, occupant)


def unclaimed(oid: int, name: str) -> Occupant:
    """A member whom jicofo made owner, long enough ago to be judged."""
    return person(oid, name, MEMBER, OWNER, ago_s=60, change=promoted(NOW - 50))


async def test_what_was_there_at_the_start_is_not_told() -> None:
    async with running([*connected(), seen("alpha", jane(1)), ended()]) as run:
        await run.wait(30)
        assert "unclaimed owner" in run.text()
        assert told(run) == []


async def test_a_new_critical_finding_is_told_once() -> None:
    async with running(CALM) as run:
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        assert told(run) == [("× new critical finding", "alpha: unclaimed owner")]
        for _ in range(20):
            await run.wait(7)
        await run.apply(joined("alpha", fine(11, "Eve")))
        assert len(told(run)) == 1


async def test_several_at_once_are_told_together_and_what_comes_soon_after_waits_for_its_turn() -> None:
    async with running(CALM) as run:
        came = [joined(node, unclaimed(at, f"P{at}")) for node, at in (("alpha", 10), ("beta", 20))]
        await run.apply(*came)
        assert told(run) == [("× 2 new critical findings", "alpha: unclaimed owner; beta: unclaimed owner")]
        await run.apply(joined("beta", unclaimed(21, "Q")))
        await run.wait(GATHER_S / 2)
        await run.apply(joined("alpha", unclaimed(11, "R")))
        assert len(told(run)) == 1
        await run.wait(GATHER_S / 2 + 1)
        # Two people, and what holds for the server by then.
        assert told(run)[1][0] == "× 3 new critical findings"


async def test_what_comes_and_goes_is_told_one_time_and_again_when_it_was_long_away() -> None:
    async with running(CALM) as run:
        zoe = unclaimed(10, "Zoe")
        calm = structs.replace(zoe, affiliation=MEMBER)
        await run.apply(joined("alpha", zoe))
        await run.apply(OccupantChanged(key("alpha"), NOW, calm))
        await run.wait(GONE_S - 20)
        await run.apply(OccupantChanged(key("alpha"), NOW, zoe))
        await run.wait(20)
        assert len(told(run)) == 1
        await run.apply(OccupantChanged(key("alpha"), NOW, calm))
        await run.wait(GONE_S + 1)
        await run.apply(OccupantChanged(key("alpha"), NOW, zoe))
        assert len(told(run)) == 2


@pytest.mark.parametrize("away_s", [1, GONE_S + 1])
async def test_who_leaves_and_comes_back_with_the_same_finding_is_not_told_again(away_s: float) -> None:
    def zoe(oid: int) -> Occupant:
        return structs.replace(unclaimed(oid, "Zoe"), claims=Claims(MEMBER, user_id="zoe"))

    async with running(CALM) as run:
        await run.apply(joined("alpha", zoe(10)))
        assert len(told(run)) == 1
        await run.apply(OccupantLeft(key("alpha"), NOW, 10, why="left"))
        await run.wait(away_s)
        await run.apply(joined("alpha", zoe(11)))
        await run.wait(GATHER_S + 1)
        # Who was away for long is news again, as anything else.
        assert len(told(run)) == (1 if away_s < GONE_S else 2)
        await run.apply(joined("alpha", unclaimed(12, "Zoe, another one")))
        await run.wait(GATHER_S + 1)
        assert len(told(run)) == (2 if away_s < GONE_S else 3)


LINE = "meet: made owner by focus: 3 of 5 members by token, in 2 rooms"


async def test_what_holds_for_a_whole_server_is_told_once_too() -> None:
    async with running(CALM) as run:
        await run.apply(joined("alpha", unclaimed(10, "P")), joined("alpha", unclaimed(11, "Q")))
        await run.apply(joined("beta", unclaimed(20, "R")))
        await run.wait(GATHER_S + 1)
        title, words = told(run)[-1]
        assert title == "× 2 new critical findings"
        assert words == f"{LINE}; beta: unclaimed owner"
        # Other numbers are no other finding.
        await run.apply(joined("beta", fine(21, "S")))
        await run.wait(GATHER_S + 1)
        assert "4 of" not in words
        assert len(told(run)) == 2


async def test_what_held_for_a_server_at_the_start_is_not_told() -> None:
    there = [seen("alpha", unclaimed(1, "P"), unclaimed(2, "Q")), seen("beta", unclaimed(3, "R"))]
    async with running([*connected(), *there, ended()]) as run:
        await run.wait(GATHER_S + 1)
        assert "made owner by focus" in run.text()
        assert told(run) == []


async def test_a_rule_about_the_door_that_is_graded_critical_alarms_and_not_while_it_is_silenced(
    tmp_path: Path,
) -> None:
    file = tmp_path / "told"
    async with running(CALM, alerts=structs.replace(runs(file), bell=True)) as run:
        run.store.declare(SERVER, [HOST], grades={"F33": Severity.CRITICAL})
        await run.tick()
        rung: list[int] = []
        run.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        for at in range(3):
            await run.apply(refused(9 - at, "ban", "alpha", f"Mallory {at}"))
        assert [title for title, _ in told(run)] == ["× new critical finding"]
        assert told(run)[0][1].startswith("meet: turned away in the last 10 minutes: 3 × banned")
        assert rung == [1]
        title, rule, room, who, server, count = (await program_ran(file))[0].split("|")
        assert (rule, room, who, server, count) == ("F33", "whole server", "", SERVER, "1")
        assert title.startswith("F33: ")
        assert title.endswith("On the whole server meet")
        await run.apply(refused(1, "ban", "alpha", "Mallory again"))
        await run.wait(GATHER_S + 1)
        assert len(told(run)) == 1
    async with running(CALM) as run:
        run.store.declare(SERVER, [HOST], grades={"F33": Severity.CRITICAL})
        run.store.silences.silence(Quiet(SERVER, "F33"), "known", run.clock.now, run.clock.now + 600)
        await run.tick()
        for at in range(3):
            await run.apply(refused(9 - at, "ban", "alpha", f"Mallory {at}"))
        assert told(run) == []


async def test_a_link_that_comes_back_tells_nothing_again() -> None:
    async with running(CALM) as run:
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        await run.apply(FeedChanged(SERVER, HOST, FeedState.STALE, run.clock.now))
        await run.wait(GONE_S * 2)
        await run.apply(FeedChanged(SERVER, HOST, FeedState.LIVE, run.clock.now))
        await run.wait(60)
        assert len(told(run)) == 1


async def test_names_are_not_told_while_they_are_hidden_and_hiding_them_tells_nothing_again() -> None:
    async with running(CALM) as run:
        await run.press("x")
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        (said,) = standing(run)
        assert said[1].startswith("room-")
        assert "alpha" not in said[1]
        for _ in range(3):
            await run.press("x")
            await run.wait(GATHER_S + 1)
        assert standing(run) == []


async def test_the_bell_rings_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    for bell in (False, True):
        async with running(CALM, alerts=Alerts(bell=bell)) as run:
            rung: list[int] = []
            monkeypatch.setattr(run.app, "bell", lambda rung=rung: rung.append(1))
            await run.apply(joined("alpha", unclaimed(10, "Zoe")))
            assert len(rung) == bell


PROGRAM = "import sys; open(sys.argv[1], 'a').write('|'.join(sys.argv[2:]) + '\\n')"


def lines_of(file: Path) -> list[str]:
    """The lines of a file, none where it is not there."""
    return file.read_text().splitlines() if file.exists() else []


async def program_ran(file: Path, lines: int = 1) -> list[str]:
    """What the program was told, once it was told so often."""
    for _ in range(400):
        found = lines_of(file)
        if len(found) >= lines:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("the program did not run")


def runs(file: Path, names: bool = False, *more: str) -> Alerts:
    arguments = (
        sys.executable,
        "-c",
        PROGRAM,
        str(file),
        "{title}",
        "{rule}",
        "{room}",
        "{who}",
        "{server}",
        "{count}",
    )
    return Alerts(on_critical=(*arguments, *more), on_critical_names=names)


async def test_the_program_is_told_marks_and_initials(tmp_path: Path) -> None:
    file = tmp_path / "told"
    async with running(CALM, alerts=runs(file)) as run:
        await run.apply(joined("alpha", unclaimed(10, "Zoe Zimmer")))
        title, rule, room, who, server, count = (await program_ran(file))[0].split("|")
    assert (rule, who, server, count) == ("F1", "Z. Z.", SERVER, "1")
    assert room.startswith("room-")
    assert title == f"F1: Z. Z. has owner rights the token does not give. Room {room} on meet"


async def test_the_program_is_told_names_where_that_is_configured_and_never_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "told"
    evil = "$(touch pwned) `x` ; {server} \x1b[31m"
    async with running(CALM, alerts=runs(file, True)) as run:
        await run.apply(seen("--help", unclaimed(10, evil)))
        _, _, room, who, _, _ = (await program_ran(file))[0].split("|")
    assert room == "–-help"
    assert who == "$(touch pwned) `x` ; {server} [31m"


async def test_the_program_runs_once_for_what_comes_together(tmp_path: Path) -> None:
    file = tmp_path / "told"
    async with running(CALM, alerts=runs(file)) as run:
        await run.apply(*(joined("alpha", unclaimed(at, f"P{at}")) for at in range(10, 15)))
        await program_ran(file)
        await run.wait(GATHER_S - 1)
        await run.apply(joined("beta", unclaimed(20, "Q")))
        await run.wait(2)
        lines = await program_ran(file, 2)
    # One person, and what holds for the server by then.
    assert [line.rpartition("|")[2] for line in lines] == ["5", "2"]
    assert lines[0].split("|")[0].endswith("(and 4 more)")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/nonexistent/notify",), "it cannot be run: No such file or directory"),
        ((sys.executable, "-c", "import sys; sys.exit(3)"), "it ended with 3"),
    ],
)
async def test_a_program_that_fails_is_said_once(command: tuple[str, ...], words: str) -> None:
    async with running(CALM, NARROW, alerts=Alerts(on_critical=command)) as run:
        for at in range(10, 13):
            await run.apply(joined("alpha", unclaimed(at, f"P{at}")))
            for _ in range(100):
                if any(title == "on_critical" for title, _ in told(run)):
                    break
                await asyncio.sleep(0.01)
            await run.wait(GATHER_S + 1)
        await asyncio.sleep(0.2)
        said = [message for title, message in told(run) if title == "on_critical"]
        assert len(said) == 1
        assert words in said[0]
        assert run.app.is_running


async def test_a_program_that_hangs_does_not_hold_the_screen_and_does_not_outlive_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f"import os,time; open({str(file)!r},'w').write(str(os.getpid())); time.sleep(60)"
    async with running(CALM, alerts=Alerts(on_critical=(sys.executable, "-c", script))) as run:
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        (pid,) = await program_ran(file)
        await run.press("2")
        assert "2 people" in run.text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


HOLDS = """
import os, sys, time
open(sys.argv[1], 'a').write('|'.join(sys.argv[3:]) + '\\n')
while not os.path.exists(sys.argv[2]): time.sleep(0.01)
"""


def holds(file: Path, gate: Path) -> Alerts:
    """A program that writes what it is told and runs until the gate is there."""
    return Alerts(on_critical=(sys.executable, "-c", HOLDS, str(file), str(gate), "{room}", "{count}", "{title}"))


async def let_go_on(run: Running) -> None:
    """Wait until no program runs, and let the screen look again."""
    herald: Any = run.app.screen._herald  # type: ignore[attr-defined]
    for _ in range(1000):
        if herald._running is None or herald._running.done():
            break
        await asyncio.sleep(0.01)
    await run.wait(1)


async def test_what_comes_while_the_program_runs_waits_and_is_told_in_one_call(tmp_path: Path) -> None:
    file, gate = tmp_path / "told", tmp_path / "gate"
    async with running(CALM, alerts=holds(file, gate)) as run:
        await run.apply(joined("alpha", unclaimed(10, "P")))
        await program_ran(file)
        await run.wait(GATHER_S + 1)
        await run.apply(joined("alpha", unclaimed(11, "Q")))
        await run.apply(OccupantLeft(key("alpha"), NOW, 11, why="left"))
        await run.wait(GATHER_S + 1)
        await run.apply(joined("beta", unclaimed(20, "R")))
        await run.wait(GATHER_S + 1)
        assert len(told(run)) == 3
        assert len(lines_of(file)) == 1
        gate.touch()
        await let_go_on(run)
        lines = await program_ran(file, 2)
        assert lines[1].split("|")[1] == "2"
        assert lines[1].endswith("(and 1 more)")
        assert "Q." in lines[1]
        # Not sooner after another than what is told on the screen.
        await let_go_on(run)
        await run.wait(GATHER_S / 2)
        await run.apply(joined("beta", unclaimed(21, "S")))
        assert len(lines_of(file)) == 2
        await run.wait(GATHER_S)
        await program_ran(file, 3)


async def test_a_program_that_hangs_is_ended_and_what_waited_goes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.ui.herald.PATIENCE_S", 1.0)
    file = tmp_path / "told"
    async with running(CALM, alerts=holds(file, tmp_path / "never")) as run:
        await run.apply(joined("alpha", unclaimed(10, "P")))
        await program_ran(file)
        await run.wait(GATHER_S + 1)
        await run.apply(joined("beta", unclaimed(20, "R")))
        await let_go_on(run)
        assert "it ran for more than 1 s and was ended" in told(run)[-1][1]
        assert len(await program_ran(file, 2)) == 2


async def test_hiding_names_loses_nothing_of_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "told"
    async with running(CALM, alerts=runs(file)) as run:
        await run.apply(joined("alpha", unclaimed(10, "P")))
        await program_ran(file)
        await run.apply(joined("beta", unclaimed(20, "R")))
        await run.press("x")
        await run.wait(GATHER_S + 1)
        ((_, words),) = standing(run)
        assert words.startswith("room-")
        await program_ran(file, 2)


async def test_the_program_gets_the_environment_without_the_variables_that_hold_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "told"
    monkeypatch.setenv("MEET_SECRET", "hunter2")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("NOTIFY_TARGET", "#oncall")
    script = "import os, sys; open(sys.argv[1], 'a').write('\\n'.join('='.join(one) for one in os.environ.items()))"
    alerts = Alerts(on_critical=(sys.executable, "-c", script, str(file)), withheld=frozenset({"MEET_SECRET"}))
    async with running(CALM, alerts=alerts) as run:
        await run.apply(joined("alpha", unclaimed(10, "P")))
        found = dict(line.partition("=")[::2] for line in await program_ran(file))
    assert "MEET_SECRET" not in found
    assert "hunter2" not in found.values()
    assert found["NOTIFY_TARGET"] == "#oncall"
    assert found["LANG"] == "de_DE.UTF-8"
    assert (found["PATH"], found["HOME"]) == (os.environ["PATH"], os.environ["HOME"])


async def test_what_the_first_snapshot_brings_is_not_new_though_it_comes_late() -> None:
    async with running(connected()) as run:
        await run.wait(20)
        await run.apply(seen("alpha", jane(1)))
        await run.apply(seen("beta", jane(2)), ended())
        await run.wait(20)
        assert told(run) == []
        await run.apply(seen("gamma", jane(3)))
        (said,) = told(run)
        # By now it is three people in three rooms, which is told too.
        assert said[0] == "× 2 new critical findings"
        assert said[1].endswith("; gamma: unclaimed owner")


async def test_what_is_told_hides_little_and_stands_for_two_at_a_time() -> None:
    async with running(CALM, NARROW, shows_told=True) as run:
        before = run.lines()
        for at in range(3):
            run.app.notify(f"trifle {at}", timeout=30)
            await run.pilot.pause()
        assert [one.message for one in run.app._notifications] == ["trifle 1", "trifle 2"]
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        await run.pilot.pause()
        run.app.notify("trifle 3", timeout=30)
        await run.pilot.pause(0.1)
        # What is serious is not driven out by what is not.
        serious = "× new critical finding · alpha: unclaimed owner"
        assert [one.message for one in run.app._notifications] == [serious, "trifle 3"]
        lines = run.lines()
        assert serious in lines[1]
        assert "trifle 3" in lines[2]
        assert before[0].split()[0] in lines[0]
        assert "─ why" in run.text()
        assert not any("trifle" in line for line in lines[3:])


async def test_where_there_is_room_it_stands_above_the_last_line() -> None:
    async with running(CALM, shows_told=True) as run:
        await run.apply(joined("alpha", unclaimed(10, "Zoe")))
        await run.pilot.pause(0.1)
        assert "× new critical finding · alpha: unclaimed owner" in run.lines()[-2]
        assert "q quit" in run.lines()[-1]


@pytest.mark.parametrize("opened", ["", "enter", "slash", "question_mark", "ctrl+p"])
async def test_escape_dismisses_what_is_told_beside_what_else_it_does(opened: str) -> None:
    async with running(CALM, shows_told=True) as run:
        if opened:
            await run.press(opened)
        run.app.notify("told", timeout=30)
        await run.pilot.pause(0.1)
        assert "told" in run.text()
        await run.press("escape")
        assert "told" not in run.text()
        assert not list(run.app._notifications)
        assert type(run.app.screen).__name__ == "OverviewScreen"
        assert "1 rooms" in run.text()
