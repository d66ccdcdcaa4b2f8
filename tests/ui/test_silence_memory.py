"""Silences outlast a run: kept for their owner alone, without names, and nothing is lost where the file is broken."""

from __future__ import annotations

import errno
import fcntl
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.core.claims import Claims
from monitor.core.events import OccupantJoined, OccupantLeft
from monitor.core.findings import Severity
from monitor.core.occupant import Occupant
from monitor.core.room import RoomKey
from monitor.core.silence import Quiet, Silence, Silences, sealed
from monitor.private_file import alone_with
from monitor.ui.silence_memory import SilenceMemory
from tests.ui.scenes import HOST, MEMBER, NOW, SERVER, connected, ended, fine, jane, key, seen
from tests.ui.screen import Running, running

JIDS = {SERVER: "monitor.meet.example"}
ROOM = RoomKey(SERVER, HOST, "secret-merger-of-acme")
ABOUT_JANE = Quiet(SERVER, "F1", ROOM, "user jane.doe@acme.example")


def known(oid: int) -> Occupant:
    return msgspec.structs.replace(jane(oid), claims=Claims(MEMBER, user_id="jane.doe"))


def file_of(folder: Path) -> SilenceMemory:
    return SilenceMemory(folder / "deep" / "silences.json", JIDS)


def one(about: Quiet = ABOUT_JANE, until: float = NOW + 600, **changes: Any) -> Silence:
    return Silence(
        sealed(about), changes.get("reason", "ticket 12"), NOW, until, changes.get("grade", Severity.WARNING)
    )


def notified(run: Running) -> list[str]:
    return [str(each.message) for each in run.app._notifications]


def test_reason_time_and_grade_come_back_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    server_wide = one(Quiet(SERVER, "F33"), grade=Severity.CRITICAL)
    assert memory.recall(NOW) == []
    assert memory.keep(Silences([one(), server_wide]), [ABOUT_JANE, server_wide.about], NOW)
    assert file_of(tmp_path).recall(NOW + 1) == [one(), server_wide]
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
    files = sorted(memory.path.parent.iterdir())
    assert [each.name for each in files] == [".silences.json.lock", "silences.json"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert memory.said is None


def test_a_reason_that_is_no_text_is_kept_as_far_as_it_is(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    assert memory.keep(Silences([one(reason="caf\udce9")]), [ABOUT_JANE], NOW)
    assert [each.reason for each in file_of(tmp_path).recall(NOW + 1)] == ["caf?"]


def test_neither_room_nor_person_is_named_in_it(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    memory.keep(Silences([one()]), [ABOUT_JANE], NOW)
    text = memory.path.read_text()
    assert "jane" not in text.lower()
    assert "acme" not in text
    assert "ticket 12" in text
    assert "monitor.meet.example" in text


def test_what_is_over_is_dropped_and_what_was_lifted_stays_lifted(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    short = one(Quiet(SERVER, "F3", ROOM), NOW + 60)
    silences = Silences([one(), short])
    memory.keep(silences, [ABOUT_JANE, short.about], NOW)
    assert file_of(tmp_path).recall(NOW + 60) == [one()]
    silences.lift(ABOUT_JANE)
    memory.keep(silences, [ABOUT_JANE], NOW + 61)
    assert json.loads(memory.path.read_text()) == {"silences": []}


def test_a_time_that_somebody_wrote_into_the_file_ends_within_a_month(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    memory.keep(Silences([one(until=1e300)]), [ABOUT_JANE], NOW)
    (back,) = memory.recall(NOW)
    assert back.until == NOW + 31 * 86_400


def test_two_of_us_and_servers_that_are_not_configured_now_lose_nothing(tmp_path: Path) -> None:
    first, second = file_of(tmp_path), file_of(tmp_path)
    other = SilenceMemory(first.path, {"elsewhere": "monitor.other.example"})
    theirs = one(Quiet("elsewhere", "F33"))
    other.keep(Silences([theirs]), [theirs.about], NOW)
    first.keep(Silences([one()]), [ABOUT_JANE], NOW)
    door = one(Quiet(SERVER, "F33"))
    second.keep(Silences([door]), [door.about], NOW)
    assert file_of(tmp_path).recall(NOW) == [one(), door]
    assert other.recall(NOW) == [theirs]


def test_a_server_is_known_by_its_address_and_those_set_up_alike_by_their_names(tmp_path: Path) -> None:
    file_of(tmp_path).keep(Silences([one()]), [ABOUT_JANE], NOW)
    renamed = SilenceMemory(file_of(tmp_path).path, {"new name": "monitor.meet.example"})
    (back,) = renamed.recall(NOW)
    assert back.about.server == "new name"
    assert back.about.room is not None
    assert back.about.room.server == "new name"
    alike = SilenceMemory(tmp_path / "alike.json", {"a": "monitor.meet.jitsi", "b": "monitor.meet.jitsi"})
    about = Quiet("a", "F33")
    alike.keep(Silences([one(about)]), [about], NOW)
    assert [each.about.server for each in alike.recall(NOW)] == ["a"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"silences": 3}', b"\xff\xfe", b"[" * 100_000, b"x" * 5_000_000])
def test_a_broken_file_is_put_aside_and_said(raw: bytes, tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    memory.path.parent.mkdir()
    for at in range(2):
        memory.path.write_bytes(raw)
        assert memory.recall(NOW) == []
        aside = memory.path.with_name(f"silences.json.unreadable{f'-{at}' if at else ''}")
        assert aside.read_bytes() == raw
        assert memory.said == (
            f"What was silenced is spoken of again: {memory.path} cannot be read (it is not what mucmon wrote). "
            f"It is now {aside.name}."
        )
    assert memory.keep(Silences([one()]), [ABOUT_JANE], NOW)
    assert memory.recall(NOW) == [one()]


def test_what_breaks_while_it_runs_costs_none_of_the_silences(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    door = one(Quiet(SERVER, "F33"))
    silences = Silences([one(), door])
    memory.keep(silences, [ABOUT_JANE, door.about], NOW)
    memory.path.write_text("{")
    memory.keep(silences, [door.about], NOW)
    assert sorted(each.about.rule for each in memory.recall(NOW)) == ["F1", "F33"]


def test_what_can_neither_be_read_nor_put_aside_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = file_of(tmp_path)
    memory.path.parent.mkdir()
    memory.path.write_text("{")

    def refuse(*_args: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    assert memory.recall(NOW) == []
    assert "nor put aside" in (memory.said or "")
    assert not memory.keep(Silences([one()]), [ABOUT_JANE], NOW)
    assert memory.path.read_text() == "{"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("")
    memory = file_of(tmp_path)
    memory._read = lambda: None  # type: ignore[method-assign]
    assert not memory.keep(Silences([one()]), [ABOUT_JANE], NOW)
    assert (memory.said or "").startswith("Silences end with mucmon: ")


def entry(**fields: Any) -> dict[str, Any]:
    """A whole-server silence as it stands in the file."""
    usual = {"server": JIDS[SERVER], "rule": "F33", "reason": "", "at": NOW, "until": NOW + 600, "grade": "critical"}
    return usual | fields


NOT_OURS = {
    "a rule of a later release": entry(rule="F99"),
    "a rule of a later release, in a room": entry(rule="F99", host=HOST, room="mark/0"),
    "no rule": entry(rule=""),
    "a room and no host": entry(rule="F1", room="mark/0"),
    "a host and no room": entry(rule="F1", host=HOST),
    "somebody in no room": entry(rule="F1", who="mark/0"),
    "a grade of a later release": entry(grade="catastrophic"),
    "words for numbers": entry(until="tomorrow"),
    "a field of a later release": entry(only="on Sundays"),
    "something else": ["F1"],
}


@pytest.mark.parametrize("name", NOT_OURS)
async def test_what_is_not_understood_silences_nothing_and_stays_in_the_file(name: str, tmp_path: Path) -> None:
    memory, theirs = file_of(tmp_path), NOT_OURS[name]
    memory.path.parent.mkdir()
    memory.path.write_text(json.dumps({"silences": [theirs, entry()], "release": [3]}))
    events = [*connected(), seen("board-2031", known(33)), ended()]
    async with running(events, silences=memory) as run:
        assert [each.about for each in run.store.silences.active(NOW)] == [Quiet(SERVER, "F33")]
        await run.press("3", "Z", "g", "z", *"known", "enter")
        assert len(run.store.silences.active(NOW)) == 2
        assert notified(run)
        assert not [words for words in notified(run) if "cannot be read" in words]
    content = json.loads(memory.path.read_text())
    there = content["silences"]
    assert content["release"] == [3]
    assert theirs in there
    assert [each for each in there if each not in (theirs, entry())]


def test_what_is_not_understood_goes_when_its_time_is_over(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    memory.path.parent.mkdir()
    memory.path.write_text(json.dumps({"silences": [entry(rule="F99", until=NOW + 10), entry(rule="F98")]}))
    memory.keep(Silences([one()]), [ABOUT_JANE], NOW + 11)
    assert [each["rule"] for each in json.loads(memory.path.read_text())["silences"]] == ["F98", "F1"]


KEEPS = """
import sys
from pathlib import Path
from monitor.core.silence import Quiet, Silences
from monitor.ui.silence_memory import SilenceMemory

name, now = sys.argv[2], float(sys.argv[3])
memory, silences = SilenceMemory(Path(sys.argv[1]), {name: name}), Silences()
print("ready", flush=True)
sys.stdin.readline()
for at, rule in enumerate(["F1", "F3", "F9", "F10", "F31", "F32", "F33"] * 3):
    silences.silence(about := Quiet(name, rule), str(at), now, now + 600)
    while not memory.keep(silences, [about], now):
        pass
"""


def test_several_programs_that_write_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path, names = file_of(tmp_path).path, ("a", "b", "c")
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", KEEPS, str(path), name, str(NOW)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for each in programs:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in programs:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in programs:
        each.communicate()
        assert each.returncode == 0
    back = SilenceMemory(path, {name: name for name in names}).recall(NOW)
    assert len(back) == 3 * 7


def test_a_file_that_somebody_else_holds_is_said_and_written_the_next_time(tmp_path: Path) -> None:
    memory, door = file_of(tmp_path), one(Quiet(SERVER, "F33"))
    silences = Silences([one()])
    with alone_with(memory.path):
        assert not memory.keep(silences, [ABOUT_JANE], NOW)
        assert not memory.path.exists()
    assert memory.said == (
        f"Silences end with mucmon: {memory.path} cannot be written (another mucmon does not let go of it)."
    )
    silences.take_up([door])
    assert memory.keep(silences, [door.about], NOW)
    assert memory.recall(NOW) == [one(), door]


def test_where_the_file_system_knows_no_locks_it_is_written_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    memory = file_of(tmp_path)
    assert memory.keep(Silences([one()]), [ABOUT_JANE], NOW)
    assert memory.recall(NOW) == [one()]


async def test_a_silence_is_in_force_again_at_the_next_start_and_the_header_says_so(tmp_path: Path) -> None:
    events = [*connected(), seen("board-2031", known(33)), ended()]
    async with running(events, silences=file_of(tmp_path)) as run:
        await run.press("3", "g", "z", *"known", "enter")
        assert "1 silenced" in run.lines()[0]
    async with running(events, silences=file_of(tmp_path)) as run:
        assert "0 critical 1 silenced" in run.text()
        await run.press("3", "Z", "G")
        assert "silenced until 14:43:20 (UTC) known" in run.text()
        await run.apply(
            OccupantLeft(key("board-2031"), NOW, 33, why="left"),
            OccupantJoined(key("board-2031"), "s1", NOW, known(44)),
        )
        assert "1 silenced" in run.lines()[0]
        assert "unclaimed owner" not in str(notified(run))
        await run.press("z")
        assert "1 critical" in run.lines()[0]
    async with running(events, silences=file_of(tmp_path)) as run:
        assert "silenced" not in run.lines()[0]
        assert "1 critical" in run.lines()[0]


async def test_a_broken_file_is_told_on_the_screen(tmp_path: Path) -> None:
    memory = file_of(tmp_path)
    memory.path.parent.mkdir()
    memory.path.write_text("{")
    async with running("overview", silences=memory) as run:
        assert [words for words in notified(run) if "What was silenced is spoken of again" in words]


async def test_what_has_become_worse_is_spoken_of_again() -> None:
    events = [*connected(), seen("board-2031", known(33)), ended()]
    async with running(events) as run:
        run.store.declare(SERVER, [HOST], grades={"F1": Severity.WARNING, "F9": Severity.FINE})
        await run.apply(OccupantJoined(key("board-2031"), "s1", NOW, fine(50, "Max")))
        assert "0 critical ! 1 warning" in run.text()
        await run.press("3", "g", "z", "enter")
        (silence,) = run.store.silences.active(run.clock.now)
        assert silence.grade is Severity.WARNING
        assert "1 silenced" in run.lines()[0]
        run.store.declare(SERVER, [HOST], grades={})
        await run.apply(OccupantJoined(key("board-2031"), "s1", NOW, fine(51, "Moe")))
        assert "1 critical" in run.text()
        assert "silenced" not in run.lines()[0]
