"""What the screen remembers: how it was left is how it begins, and a broken file stops nobody."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from monitor.ui.memory import NEW, Remembered, ScreenMemory
from monitor.ui.theme import CONTRAST, DARK, LIGHT
from tests.ui.screen import NARROW, running

LEFT = Remembered(LIGHT, "room:a", True, True, {"rooms": ("ppl", True)}, {"rooms": ("own", "since")})


def test_what_is_kept_is_recalled_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "deep" / "screen.json")
    assert memory.recall() == NEW
    assert memory.keep(LEFT)
    assert memory.recall() == LEFT
    assert memory.said is None
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
    assert [one.name for one in memory.path.parent.iterdir()] == ["screen.json"]


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.keep(LEFT)

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    assert not memory.keep(NEW)
    assert "No space left on device" in (memory.said or "")
    assert memory.recall() == LEFT
    assert [one.name for one in tmp_path.iterdir()] == ["screen.json"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"theme": 3}',
        b'{"sorted": {"rooms": ["ppl"]}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"filter": "' + b"x" * 100_000 + b'"}',
    ],
)
def test_a_broken_file_counts_as_nothing_and_is_said_calmly(raw: bytes, tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.path.write_bytes(raw)
    assert memory.recall() == NEW
    assert (
        memory.said
        == f"The screen starts as new: {memory.path} cannot be read (it is not what mucmon wrote). It is written anew."
    )


def test_what_is_there_of_later_versions_does_not_hurt(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.path.write_text(json.dumps({"theme": LIGHT, "later": [1, 2]}))
    assert memory.recall() == Remembered(theme=LIGHT)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = ScreenMemory(tmp_path / "file" / "screen.json")
    assert not memory.keep(LEFT)
    assert (memory.said or "").startswith("Theme, sorting and columns are not remembered: ")
    assert memory.recall() == NEW


async def test_the_screen_begins_as_it_was_left(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    async with running("overview", theme="", memory=memory) as run:
        await run.press("s", "s", "S", "m", "slash", *"a", "enter", "w", "v", "j", "j", "space", "escape", "2", "s")
        run.app.theme = CONTRAST
        await run.wait(1)
    kept = memory.recall()
    assert kept.theme == CONTRAST
    assert kept.filter == "a"
    assert kept.problems_only
    assert kept.wide
    assert kept.sorted == {"rooms": ("ppl", True), "everybody": ("name", False)}
    assert kept.columns == {"rooms": ("open", "own")}
    async with running("overview", theme="", memory=memory) as run:
        assert run.app.theme == CONTRAST
        text = run.text()
        assert "/a · problems only · fewest people first" in text
        await run.press("w")
        assert "ppl" not in run.grid("rooms").shown_columns
        await run.press("2")
        assert "by name" in run.text()
        await run.press("escape", "m")
        assert "163 of 163 · by name" in run.text()


async def test_it_is_written_while_the_screen_runs_and_not_only_at_its_end(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    async with running("overview", memory=memory) as run:
        await run.wait(1)
        assert not memory.path.exists()
        await run.press("s")
        await run.wait(1)
        for _ in range(100):
            await run.pilot.pause(0.01)
            if memory.path.exists():
                break
        assert memory.recall().sorted == {"rooms": ("room", False)}


async def test_a_broken_file_is_said_once_and_the_screen_runs(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.path.write_text("{")
    async with running("overview", NARROW, memory=memory) as run:
        assert run.app.theme == DARK
        assert [one.message.partition(" · ")[0] for one in run.app._notifications] == ["not remembered"]
        await run.press("s")
        await run.wait(1)
        assert len(run.app._notifications) == 1
    assert memory.recall().sorted == {"rooms": ("room", False)}


async def test_what_nobody_knows_any_more_is_left_out(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.keep(
        Remembered("no-theme", "", False, False, {"rooms": ("colour", True), "attic": ("x", False)}, {"rooms": ("z",)})
    )
    async with running("overview", theme="", memory=memory) as run:
        assert run.app.theme == DARK
        assert "worst first" in run.text()
        assert run.grid("rooms").shown_columns == ("bar", "state", "room")


async def test_on_the_wall_no_filter_is_taken_up_and_none_is_forgotten(tmp_path: Path) -> None:
    memory = ScreenMemory(tmp_path / "screen.json")
    memory.keep(Remembered(filter="Jane"))
    async with running("overview", wall=True, memory=memory) as run:
        assert "Jane" not in run.text()
        await run.press("slash", *"room-", "enter", "s")
        await run.wait(1)
    assert memory.recall().filter == "Jane"


def empty(folder: Path) -> bool:
    """Whether there is nothing in a folder."""
    return not list(folder.iterdir())


async def test_without_a_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running("overview") as run:
        await run.press("s")
        await run.wait(2)
    assert empty(tmp_path)
