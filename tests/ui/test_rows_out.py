"""`c` copies the JID of the chosen row, `e` writes the rows that are listed into a new file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from monitor.core.text import clean
from tests.ui.scenes import HOST, OWNER, SERVER, connected, ended, fine, over, person, refused, seen
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def said(run: Running) -> str:
    """The last message."""
    return [one.message for one in run.app._notifications][-1]


def files(tmp_path: Path) -> list[Path]:
    """What was written, the oldest first."""
    return sorted((tmp_path / "state" / "mucmon" / "exports").glob("*"), key=lambda path: path.stat().st_mtime_ns)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


@SIZES
async def test_c_copies_the_address_of_what_is_chosen_in_every_view(size: tuple[int, int], copied: list[str]) -> None:
    events = [
        *connected(),
        seen("alpha", fine(1, "Ann", OWNER), fine(2, "Bob")),
        ended(),
        refused(20, "party", "physik", "Lukas Wolf"),
        over(30, "gone", "last_left"),
    ]
    async with running(events, size) as run:
        await run.press("1", "c")
        await run.press("tab", "j", "c")
        await run.press("2", "g", "c", "4", "c", "5", "c")
        await run.press("1", "enter", "c")
    door = events[-2].refusal.jid  # type: ignore[union-attr]
    assert copied == [
        f"alpha@{HOST}",
        "u2@meet.example",
        "u1@meet.example",
        door,
        f"gone@{HOST}",
        f"alpha@{HOST}",
    ]


async def test_c_says_what_it_copied_and_once_more_gives_the_terminal_to_it(copied: list[str]) -> None:
    async with running([*connected(), seen("alpha", fine(1, "Ann", OWNER)), ended()]) as run:
        await run.press("c")
        assert said(run) == f"The terminal was asked to copy alpha@{HOST}. Where nothing was copied, press c again."
        await run.press("c")
        await run.pilot.pause(0.05)
        assert said(run) == f"This terminal cannot be handed over; the address is alpha@{HOST}."
        assert len(copied) == 1
        await run.press("c")
        await run.wait(11)
        await run.press("c")
        assert len(copied) == 3


async def test_c_copies_no_control_character_and_no_markup(copied: list[str]) -> None:
    evil = "[red]a\x1b]52;c;AAAA\x07\nrm"
    async with running([*connected(), seen(evil, fine(1, "Ann", OWNER)), ended()]) as run:
        await run.press("c")
        assert copied == [clean(f"{evil}@{HOST}")]
        assert copied[0].isprintable()
        assert copied[0] in said(run)


async def test_c_has_nothing_to_copy_for_what_holds_for_a_server(copied: list[str]) -> None:
    async with running("overview") as run:
        await run.press("3", "g")
        assert run.grid("reports").cursor_key is not None
        for _ in run.grid("reports").rows:
            await run.press("c", "j")
        assert all("@" in one for one in copied)


@SIZES
async def test_e_writes_every_row_as_listed_with_every_column(size: tuple[int, int], tmp_path: Path) -> None:
    async with running("overview", size) as run:
        await run.press("2", "slash", *"claim:owner", "enter", "s")
        listed = [row.name for row in run.grid("everybody").rows]  # type: ignore[attr-defined]
        assert len(listed) > 3
        await run.press("e")
        (path,) = files(tmp_path)
        assert said(run) == f"{len(listed):,} rows are in {path}, names and all; only you can read it."
    rows = read(path)
    assert [row["name"] for row in rows] == listed == sorted(listed, key=str.casefold)
    assert {row["token says"] for row in rows} == {"owner"}
    names = [
        "name",
        "room",
        "token-says",
        "room-says",
        "mark",
        "role",
        "set-by",
        "since",
        "expires",
        "joined",
        "address",
        "as-of",
    ]
    assert [name.replace(" ", "-") for name in rows[0]] == names
    assert all(row["address"].endswith("@meet.example") for row in rows)
    assert {row["as of"] for row in rows} == {"2026-09-21 14:13:20 UTC"}
    assert path.name == "people-20260921-141320.tsv"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_e_never_writes_over_a_file_and_says_which_it_is(tmp_path: Path) -> None:
    async with running("ended") as run:
        await run.press("1", "e", "e", "5", "e", "tab", "tab", "e", "1", "tab", "e")
        number = len(run.grid("rooms").rows), len(run.grid("happenings").rows)
    names = [path.name.replace("-20260921-141320", "") for path in files(tmp_path)]
    assert names == ["rooms.tsv", "rooms-2.tsv", "history.tsv", "history-happenings.tsv", "rooms-people.tsv"]
    written = [read(path) for path in files(tmp_path)]
    assert (len(written[0]), len(written[3])) == number
    # A file about the people of one room names it.
    assert {(row["server"], row["room"]) for row in written[4]} == {(SERVER, f"{written[0][0]['address']}")}


async def test_names_in_the_file_are_no_formulas_and_hold_no_token(tmp_path: Path) -> None:
    token = "eyJ" + "hbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    names = ["=cmd|' /C calc'!A0", "+1\t2", 'a";\n=1', f"Max {token}", "\x1b[31mRed"]
    events = [*connected(), seen("a", *(person(at, name) for at, name in enumerate(names))), ended()]
    async with running(events) as run:
        await run.press("2", "e")
    (path,) = files(tmp_path)
    assert {row["name"] for row in read(path)} == {
        "'=cmd|' /C calc'!A0",
        "'+1 2",
        "a\"; '=1",
        "Max (token left out)",
        "[31mRed",
    }
    assert "\x1b" not in path.read_text(encoding="utf-8")


async def test_e_says_why_nothing_was_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    async with running("overview") as run:
        await run.press("e")
        assert said(run).startswith("Nothing was written: ")
        assert said(run).endswith("Not a directory.")


@SIZES
async def test_where_nothing_is_listed_there_is_nothing_to_write(size: tuple[int, int], tmp_path: Path) -> None:
    async with running("overview", size) as run:
        await run.press("slash", *"nobody-has-this", "enter", "e", "c")
        assert not list(run.app._notifications)
    assert not files(tmp_path)


@pytest.mark.parametrize("pressed", ["c", "e"])
@pytest.mark.parametrize("wall", [True, False])
async def test_while_names_are_hidden_nothing_goes_out(
    pressed: str, wall: bool, tmp_path: Path, copied: list[str]
) -> None:
    async with running("overview", wall=wall) as run:
        if not wall:
            await run.press("x")
        for number in "1234":
            run.app.clear_notifications()
            await run.press(number, pressed)
            there = bool(run.grid({"1": "rooms", "2": "everybody", "3": "reports", "4": "refusals"}[number]).rows)
            assert [one.message for one in run.app._notifications] == (
                ["Names are hidden, and this needs them: x shows them."] if there else []
            )
        assert not copied
        assert not files(tmp_path)
        await run.press("1", "x", pressed)
        assert copied or files(tmp_path)
