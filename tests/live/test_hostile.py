"""Names made to do harm, on a real terminal: no byte of theirs acts, no column moves, nothing falls over."""

import asyncio
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.cast import Cast
from tests.live.server import Prosody
from tests.live.terminal import Terminal
from tests.live.tokens import token
from tests.live.watching import config_file, screen, watching

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HOSTILE = [
    "[/b]",
    "[@click=app.quit]x[/]",
    "[red]$HOME[/red] \\[",
    "%1b%5b2j%1b]0;x%07",
    "zero\u200bwidth\u2060\ufeff",
    "abc\u202egnp.exe\u2066x",
    "c1\u009b2J\u0090q\u009c\u0085",
    f"{FAMILY} family",
    "\U0001f1e9\U0001f1ea flag \U0001f44d\U0001f3fd tone",
    "\u65e5\u672c\u8a9e\u306e\u540d\u524d \ud55c\uad6d\uc5b4",
    "Zo\u0308e\u0301" + "\u0301" * 60,
    "x" * 1000,
    "\u65e5" * 300,
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u05e9\u05dc\u05d5\u05dd",
    "\u2764\ufe0f \u263a\ufe0f 1\ufe0f\u20e3",
]
"""Display names, as presences carry them."""
CLAIMED = [
    "esc\x1b[2J\x1b]0;owned\x07\x1b[?1049l",
    "\x9b31mred\x9d0;x\x9c",
    "bell\x07\x08\x08\x08 cr\rlf\nvt\x0b",
    "\u202e\u2067evil",
]
"""Names only a token can hold, since XML cannot."""
NODES = ["%1b%5b2j", "zero%e2%80%8bwidth", "%5b%2fb%5d%5bred%5d", "%e2%80%aegnp", "%c2%9b2j", "日本語", "%f0%9f%91%a8"]
KEYS = [
    *("j", "j", "k", "G", "g", "Enter", "j", "j", "G", "Tab", "j", "G", "Tab", "j", "G", "BTab", "Tab", "Tab"),
    *("s", "S", "m", "m", "n", "N", "f", "p", "p", "?", "j", "Escape", "Escape"),
]
_ESCAPE = re.compile(
    rb"\x1b(?:\[([<=>?]*)[\d;:]*([ -/]*[@-~])|\](\d*)[^\x07\x1b]*(?:\x07|\x1b\\)|([PX^_])[^\x1b]*\x1b\\|([ -/]*[0-~]))"
)


def kinds(written: bytes) -> tuple[set[bytes], bytes]:
    """The kinds of escape sequence in what a program wrote, modes with their numbers, and what is left without them."""
    found = set()
    for match in _ESCAPE.finditer(written):
        private, final, command, string, other = match.groups()
        whole = match[0]
        if final is not None:
            # Modes are told apart: one that a name switched on must not pass for one of the program's own.
            found.add(whole if final in (b"h", b"l") else b"CSI " + private + final)
        else:
            found.add(b"OSC " + command if command is not None else b"STR " + string if string else b"ESC " + other)
    return found, _ESCAPE.sub(b"", written)


def odd_characters(text: str) -> Iterator[str]:
    """Characters that may act on a terminal, or hide in it, though they are no ASCII control."""
    for index, char in enumerate(text):
        joins = (
            char in "\u200c\u200d"
            and index > 0
            and text[index - 1 : index].strip()
            and text[index + 1 : index + 2].strip()
        )
        if "\x80" <= char <= "\x9f" or (unicodedata.category(char) in ("Cf", "Zl", "Zp") and not joins):
            yield f"U+{ord(char):04X}"


async def populate(cast: Cast, rooms: list[str], names: list[str], claimed: list[str]) -> None:
    """Everybody into every room; those of CLAIMED by their token's name alone."""
    await cast.focus(*rooms)
    for number, name in enumerate(names):
        person = await cast.person(token(cast.server, "*", "owner" if number == 0 else None, name=name), name=name)
        await person.join_many(rooms[:1] if number else rooms)
    for name in claimed:
        person = await cast.person(token(cast.server, "*", name=name, user={"id": name}, jti=name))
        await person.join(rooms[0])


async def tour(terminal: Terminal) -> None:
    """Press everything; the screen must go on answering."""
    for key in KEYS:
        terminal.press(key)
        await asyncio.sleep(0.06)
    terminal.press("/")
    await asyncio.sleep(0.1)
    for text in ("[/b]", "%1b", "日本"):
        terminal.press("-l", text)
        await asyncio.sleep(0.1)
        terminal.press("C-u")
    terminal.press("Escape")
    await asyncio.sleep(0.3)
    assert not terminal.is_over()
    terminal.press("?")
    await terminal.shows("esc closes")
    terminal.press("Escape")
    await terminal.until(lambda text: "esc closes" not in text)


async def check_arrows(terminal: Terminal) -> None:
    """The arrows between token and room stand in one column, on every line that has one."""
    lines = (await asyncio.to_thread(terminal.text)).splitlines()
    places = await asyncio.to_thread(terminal.places_of, "→")
    columns = {column for column, row in places if _PAIR.search(lines[row])}
    assert len(columns) == 1, "\n".join(lines)


async def check_borders(terminal: Terminal) -> None:
    """Panes begin at the first column and end at the last, on every line."""
    lines = (await asyncio.to_thread(terminal.text)).splitlines()
    bars = await asyncio.to_thread(terminal.places_of, "│")
    rows = {row for row, line in enumerate(lines) if line.startswith("│")}
    ends = {row for row, line in enumerate(lines) if line[:1] in ("│", "╭", "╰") and line.rstrip()[-1:] == "│"}
    assert rows
    assert {row for column, row in bars if column == 0} == rows, "\n".join(lines)
    assert {row for column, row in bars if column == terminal.size[0] - 1} == ends, "\n".join(lines)


_PAIR = re.compile(r"(owner|member|none|–)\s+→\s+(owner|member|none)\s")


async def looked_at(prosody: Prosody, folder: Path, rooms: int, people: int, size: tuple[int, int]) -> bytes:
    """Look at everything there is, and return what was written to the terminal."""
    async with screen(config_file(folder, prosody), size) as terminal:
        await terminal.shows(f"{rooms} rooms")
        for _ in range(rooms):
            if f"people {people}" in terminal.text():
                break
            terminal.press("j")
            await asyncio.sleep(0.2)
        await terminal.shows(f"people {people}")
        terminal.press("Tab")
        for key in ("g", "NPage", "NPage", "NPage", "G"):
            terminal.press(key)
            await asyncio.sleep(0.2)
            await check_arrows(terminal)
        await check_borders(terminal)
        terminal.press("Enter")
        await terminal.shows("token and rights", "people and owners over time")
        for key in ("g", "G", "Tab", "Tab", "Tab", "Tab", "Escape"):
            await check_borders(terminal)
            terminal.press(key)
            await asyncio.sleep(0.2)
        await tour(terminal)
        terminal.press("q")
        await terminal.until(lambda _: terminal.is_over())
        assert "Traceback" not in terminal.text()
        return terminal.written()


@pytest.mark.story("stress g")
async def test_hostile_names_make_the_terminal_do_nothing_that_harmless_ones_do_not(
    prosody: Prosody, tmp_path: Path
) -> None:
    rooms, people = len(NODES), len(HOSTILE) + len(CLAIMED)
    async with Cast(prosody) as cast:
        names = [f"Person {number}" for number in range(people)]
        await populate(
            cast, [f"room-{number}" for number in range(rooms)], names[: len(HOSTILE)], names[len(HOSTILE) :]
        )
        harmless = await looked_at(prosody, tmp_path, rooms, people, (172, 45))
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await populate(cast, NODES, HOSTILE, CLAIMED)
        await monitor.equals_the_server()
        hostile = [await looked_at(prosody, tmp_path, rooms, people, size) for size in ((172, 45), (80, 24))]
    ours, _ = kinds(harmless)
    assert len(ours) > 5
    for written in hostile:
        theirs, left = kinds(written)
        assert theirs <= ours
        text = left.decode()
        assert {char for char in text if char < " " or char == "\x7f"} <= set("\r\n")
        assert sorted(set(odd_characters(text))) == []
        assert all(one in text for one in ("[@click=app.quit]", "%1b%5b2j", "family", "flag", "日本語"))


def test_what_a_name_could_do_to_a_terminal_is_told_apart_by_this_test() -> None:
    assert kinds(b"\x1b[2Ja\x1b[1;31mb\x1b]0;owned\x07c\x1b[?1049ld\x1bc")[0] == {
        *(b"CSI J", b"CSI m", b"OSC 0", b"\x1b[?1049l", b"ESC c"),
    }
    assert kinds(b"a\x1b[2Jb")[1] == b"ab"
    assert list(odd_characters("a\u202eb\u009bc\u200b \u200dx")) == ["U+202E", "U+009B", "U+200B", "U+200D"]
    assert list(odd_characters(FAMILY)) == []
