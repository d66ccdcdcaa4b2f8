"""What is told when a critical finding is new: once, with a count, by bell and program where they are wanted."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from msgspec import structs

from monitor.core.events import Event, FeedChanged, OccupantChanged, OccupantJoined
from monitor.core.model import FeedState, Occupant
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
    """What passes over the screen now."""
    return [(one.title, one.message) for one in run.app._notifications]


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
        assert told(run)[1][0] == "× 2 new critical findings"


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
        (said,) = told(run)
        assert said[1].startswith("room-")
        assert "alpha" not in said[1]
        for _ in range(3):
            await run.press("x")
            await run.wait(GATHER_S + 1)
        assert told(run) == []


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
    assert [line.rpartition("|")[2] for line in lines] == ["5", "1"]
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


async def test_what_the_first_snapshot_brings_is_not_new_though_it_comes_late() -> None:
    async with running(connected()) as run:
        await run.wait(20)
        await run.apply(seen("alpha", jane(1)))
        await run.apply(seen("beta", jane(2)), ended())
        await run.wait(20)
        assert told(run) == []
        await run.apply(seen("gamma", jane(3)))
        assert told(run) == [("× new critical finding", "gamma: unclaimed owner")]
