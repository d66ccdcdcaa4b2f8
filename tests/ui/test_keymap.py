"""Keys that somebody chose: they work, everything names them, and what cannot work is refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.widgets import Input

from monitor.secret import ConfigError
from monitor.ui.keymap import COMMANDS, LINE_KEYS, PLAIN, key_map
from monitor.ui.keys.places import TOGETHER
from monitor.ui.keys.table import KEYS
from tests.ui.screen import WIDE, running

FILE = Path("mucmon.toml")


def refusal(**chosen: str) -> str:
    with pytest.raises(ConfigError) as caught:
        key_map({id.replace("__", "."): (key,) for id, key in chosen.items()}, FILE)
    return str(caught.value)


def test_every_command_has_an_id_of_its_own_and_its_key_leads_to_it_alone() -> None:
    assert len(COMMANDS) == sum(len(key.commands) for key in KEYS)
    assert all(any(key.place in here for here in TOGETHER) for key in KEYS)
    assert key_map({}, FILE) == PLAIN


@pytest.mark.parametrize(
    ("id", "key", "words"),
    [
        ("rows.sort", "m", "m leads to rows.problems already"),
        ("rows.sort", "j", "j leads to move.down already"),
        ("rooms.open", "q", "q leads to app.quit already"),
        ("rows.srt", "o", 'there is no command "rows.srt"; did you mean "rows.sort"?'),
        ("nonsense", "o", 'there is no command "nonsense"; mucmon keys names them all.'),
        ("rows.sort", "contrl+o", "there is no such key. Write a character"),
        ("rows.sort", "oo", "there is no such key"),
        ("rows.sort", "\x1b[31m", "there is no such key"),
        ("rows.sort", "ctrl+ctrl+o", "there is no such key"),
        ("rows.sort", "ctrl+i", "a terminal sends ctrl+i as tab"),
        ("filter.keep", "o", 'there "o" is typed as text; choose a key such as "ctrl+o" or "f2"'),
        ("mint.make", "M", 'there "M" is typed as text'),
        ("filter.keep", "space", "space writes and moves in the line there; choose a key such as"),
        ("filter.clear", "backspace", "backspace writes and moves in the line there"),
        ("mint.next", "left", "left writes and moves in the line there"),
        ("inspector.look", "del", "delete writes and moves in the line there"),
        ("silence.make", "ctrl+right", "ctrl+right writes and moves in the line there"),
        ("mint.cancel", "home", "home writes and moves in the line there"),
        ("filter.keep", "ctrl+w", "ctrl+w writes and moves in the line there"),
        ("rows.sort", "ctrl+j", 'a terminal sends ctrl+j as enter; write "enter" or choose another key'),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(id: str, key: str, words: str) -> None:
    said = refusal(**{id: key})
    assert said.startswith("mucmon.toml, [keys]: ")
    assert words in said
    assert f'"{id}"' in said
    assert said.isprintable()


def test_the_keys_a_line_needs_are_those_of_textuals_own_lines() -> None:
    own = {key for binding in Input.BINDINGS for key in _keys_of(binding)} - {"enter"}
    assert {key for key in own if "super" not in key} == LINE_KEYS


def _keys_of(binding: Any) -> list[str]:
    return (binding.key if isinstance(binding, Binding) else binding[0]).split(",")


def test_where_nothing_is_typed_those_keys_may_be_chosen() -> None:
    found = key_map({"rows.pause": ("space",), "mint.choose_back": ("backspace",)}, FILE)
    assert found.first("rows.pause") == "space"


def test_two_commands_may_change_their_keys_and_what_works_elsewhere_is_no_conflict() -> None:
    found = key_map({"rows.sort": ("S",), "rows.reverse": ("s",), "link.copy": ("m",)}, FILE)
    assert found.first("rows.sort") == "S"
    assert found.first("link.copy") == "m"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ctrl+O", "ctrl+o"),
        ("F5", "F5"),
        ("shift+o", "O"),
        ("Esc", "esc"),
        ("PgDn", "PgDn"),
        (",", ","),
        ("alt+x", "alt+x"),
    ],
)
def test_a_key_may_be_written_as_people_do(written: str, read: str) -> None:
    free = {
        "room.back": ("f9",),
        "rooms.clear": ("f9",),
        "row.leave": ("f9",),
        "ended.leave": ("f9",),
        "detail.leave": ("f9",),
    }
    moved = {**free, "pane.back": ("f9",), "filter.clear": ("f9",), "move.page_down": ("f8",)}
    assert key_map({**moved, "rows.sort": (written,)}, FILE).first("rows.sort") == read


async def test_the_chosen_key_does_it_and_the_old_one_does_not() -> None:
    chosen = key_map({"rows.sort": ("o",), "rows.pause": (",", "ctrl+o"), "app.help": ("h",)}, FILE)
    async with running("overview", key_map=chosen) as run:
        await run.press("s")
        assert "worst first" in run.text()
        await run.press("o")
        assert "by name" in run.text()
        await run.press("comma")
        assert ", goes on" in run.text()
        await run.press("ctrl+o")
        assert "PAUSED" not in run.text()
        assert "h help" in run.lines()[-1]
        await run.press("h")
        assert "esc closes" in run.text()


async def test_footer_help_and_sentences_name_the_chosen_keys() -> None:
    chosen = key_map({"rows.problems": ("ctrl+y",), "help.close": ("f2", "escape"), "view.people": ("u",)}, FILE)
    async with running("school", WIDE, key_map=chosen) as run:
        assert "ctrl+y problems" in run.lines()[-1]
        await run.press("question_mark")
        assert "F2 closes" in run.text()
        assert "1 u 3 4 5" in run.text()


async def test_keys_of_textual_itself_do_not_work_beside_the_chosen_ones() -> None:
    chosen = key_map(
        {"app.commands": ("f2",), "app.quit": ("f10",), "pane.next": ("f3",), "pane.previous": ("f4",)}, FILE
    )
    async with running("overview", key_map=chosen) as run:
        await run.press("ctrl+p", "colon", "ctrl+q", "q", "tab")
        assert run.app.is_running
        assert run.app.focused is run.grid("rooms")
        assert len(run.app.screen_stack) == 1
        await run.press("f2")
        assert len(run.app.screen_stack) == 2


async def test_ctrl_c_ends_nothing_and_says_how_to_quit() -> None:
    async with running("overview", key_map=key_map({"app.quit": ("f10",)}, FILE)) as run:
        await run.press("ctrl+c")
        assert run.app.is_running
        assert [one.message for one in run.app._notifications] == ["F10 quits."]
