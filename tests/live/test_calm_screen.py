"""The screen on the demo, looked at every second: whole frames, one chosen room, a clean terminal at the end."""

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.terminal import Terminal, mucmon

SELECTED = "48;2;27;38;54"
"""The background of the chosen row in mucmon's dark theme, as the terminal is told."""
_SGR = re.compile(r"\x1b\[([\d;:]*)m")
_STATE = re.compile(r"^▌?[×!i✓·◐] ?")
_PLAIN = re.compile(r"\x1b[\[\](][^a-zA-Z]*[a-zA-Z]")


@dataclass
class Frame:
    """What one look at the terminal showed."""

    lines: list[str]
    chosen_row: str
    """The text of the row in the list of rooms that is drawn as the chosen one."""
    chosen_room: str
    """The room that the right side is about."""
    rows: list[str]


def read(raw: str, size: tuple[int, int]) -> Frame:
    """Read a screen with its colours; AssertionError where it is no whole frame."""
    raw_lines = raw.split("\n")[: size[1]]
    lines = [_PLAIN.sub("", line) for line in raw_lines]
    text = "\n".join(lines)
    assert len(lines) == size[1], text
    assert "DEMO" in lines[0] and "critical" in lines[0], text  # noqa: PT018  one thought
    assert "q quit" in lines[-1], text
    assert "1 rooms" in text, text
    corners = [text.count(corner) for corner in "╭╰╮╯"]
    # A message that stands on the screen may lie over a corner.
    assert max(corners) - min(corners) <= ("new critical finding" in text), text
    top = next(at for at, line in enumerate(lines) if "─ 1 rooms" in line)
    bottom = next(at for at, line in enumerate(lines) if at > top and line.startswith("╰"))
    rows = [line.split("│")[1] for line in lines[top + 2 : bottom]]
    found = [at for at in range(top + 2, bottom) if selected(raw_lines[at])]
    assert len(found) == 1, f"{len(found)} rows are drawn as the chosen one:\n{text}"
    about = re.search(r"─ (\S+) @ conference", text)
    assert about, text
    return Frame(lines, rows[found[0] - top - 2], about[1], [row for row in rows if row.strip()])


def selected(line: str) -> bool:
    """Whether the row at the line's beginning has the chosen row's background."""
    before = ""
    for piece in _SGR.split(line)[:8]:
        before += f" {piece}"
    return SELECTED in before.replace(":", ";")


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(20, id="20s"), pytest.param(600, id="600s", marks=pytest.mark.long)],
)
@pytest.mark.parametrize("size", [(172, 45), (80, 24)], ids=["172x45", "80x24"])
async def test_the_screen_is_calm(seconds: int, size: tuple[int, int]) -> None:
    async with Terminal(mucmon("demo", "--rooms", "12", "--rate", "4"), size) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        await asyncio.sleep(3)
        terminal.press("j", "j")
        await asyncio.sleep(4)
        cleared = terminal.written().count(b"\x1b[2J")
        chosen = read(await asyncio.to_thread(terminal.coloured), size).chosen_room
        moves = 0
        before: list[str] = []
        for _ in range(seconds):
            frame = read(await asyncio.to_thread(terminal.coloured), size)
            if frame.chosen_room != chosen:
                gone = any(chosen in line and ("ended" in line or "is gone" in line) for line in frame.lines)
                assert gone, f"{chosen} was chosen, and now {frame.chosen_room}:\n" + "\n".join(frame.lines)
                chosen = frame.chosen_room
            # Right side and list are of the same moment.
            assert chosen[:9] in frame.chosen_row, "\n".join(frame.lines)
            names = [name_of(row) for row in frame.rows]
            moves += bool(before) and names != before
            before = names
            await asyncio.sleep(1)
        assert terminal.written().count(b"\x1b[2J") == cleared, "the whole screen was cleared between two frames"
        assert moves <= seconds / 2, f"rows changed places in {moves} of {seconds} seconds"


def name_of(row: str) -> str:
    """The room of a row of the list."""
    words = _STATE.sub("", row.strip()).split()
    numbers = next((at for at, word in enumerate(words) if re.fullmatch(r"\d+|–", word) and at), len(words))
    return words[numbers - 1] if words else ""


DEAF = """
import signal, sys
from textual.drivers.linux_driver import LinuxDriver

begin = LinuxDriver.start_application_mode

def begin_deaf(self):
    begin(self)
    signal.signal(signal.SIGWINCH, signal.SIG_IGN)

LinuxDriver.start_application_mode = begin_deaf
sys.argv[1:] = ["demo"]
from monitor.__main__ import main
main()
"""


async def test_a_change_of_size_that_was_not_told_is_heeded_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "deaf.py"
    script.write_text(DEAF)
    async with Terminal([sys.executable, str(script)]) as terminal:
        await terminal.shows("26 rooms")
        terminal.resize(120, 30)
        text = await terminal.until(lambda text: "q quit" in text.splitlines()[-1])
        lines = text.splitlines()
        assert len(lines) == 30
        assert any(line.endswith("╮") and len(line) == 120 for line in lines)


async def test_quitting_leaves_the_terminal_clean() -> None:
    script = f"stty -a | md5sum; {' '.join(mucmon('demo'))}; echo status $?; stty -a | md5sum; sleep 60"
    command = ["bash", "-c", f"'{script}'"]
    async with Terminal(command) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        assert terminal.modes()["alternate_on"] == "1"
        terminal.press("j", "2", "?")
        await terminal.shows("esc closes")
        terminal.press("Enter", "q")
        text = await terminal.until(lambda text: "status 0" in text and text.count("  -") == 2)
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(lines) == 3, text
        assert lines[0] == lines[2]
        modes = terminal.modes()
        assert modes == {
            "alternate_on": "0",
            "cursor_flag": "1",
            "mouse_any_flag": "0",
            "mouse_sgr_flag": "0",
            "keypad_flag": "0",
        }
        assert terminal.written().rstrip().rfind(b"\x1b[?2004h") < terminal.written().rfind(b"\x1b[?2004l")
