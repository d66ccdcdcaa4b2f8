"""Escape and the key behind it, as bytes come from a terminal."""

from __future__ import annotations

import pytest
from textual.events import Key, Paste
from textual.message import Message

from monitor.ui.escaped import EscapedKeys
from monitor.ui.keymap import KeyMap
from tests.ui.screen import running


class Ear:
    """A parser whose waiting ends when it is told to."""

    def __init__(self, meant: str = "") -> None:
        self.parser = EscapedKeys(is_meant=lambda character: character in meant)

    def hear(self, *pieces: str) -> list[str]:
        """What is heard of these pieces, and then of nothing more; a piece "" is time that passes."""
        found: list[Message] = []
        for piece in (*pieces, ""):
            if piece:
                found += self.parser.feed(piece)
            elif self.parser._timeout_time is not None:
                self.parser._timeout_time = 0.0
                found += self.parser.tick()
        return [one.key if isinstance(one, Key) else str(one) for one in found]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        *(("3", "3"), ("j", "j"), ("J", "J"), ("/", "slash"), ("?", "question_mark"), (" ", "space"), ("q", "q")),
        *(("\r", "enter"), ("\t", "tab"), ("b", "b"), ("f", "f"), ("[", "left_square_bracket"), ("O", "O")),
        *(("]", "right_square_bracket"), ("\x10", "ctrl+p"), ("é", "é"), ("\x7f", "backspace")),
    ],
)
def test_escape_and_the_next_key_are_both_heard(key: str, name: str) -> None:
    assert Ear().hear(f"\x1b{key}") == ["escape", name]
    assert Ear().hear("\x1b", key) == ["escape", name]
    assert Ear().hear("\x1b", "", key) == ["escape", name]
    assert Ear().hear(f"\x1b{key}", "j") == ["escape", name, "j"] or key in "[O"
    assert Ear().hear("\x1b") == ["escape"]


def test_a_key_that_is_meant_with_alt_is_heard_so_where_both_come_at_once() -> None:
    assert Ear("d").hear("\x1bd") == ["alt+d"]
    assert Ear("f").hear("\x1bf") == ["ctrl+right"]
    assert Ear("d").hear("\x1b", "d") == ["escape", "d"]


def test_other_keys_and_escape_before_them_are_heard_as_ever() -> None:
    assert Ear().hear("\x1b[A", "\x1bOP", "\x1b[Z") == ["up", "f1", "shift+tab"]
    assert Ear().hear("\x1b\x1b[A") == ["escape", "up"]
    assert Ear().hear("\x1b", "\x1b", "3") == ["escape", "escape", "3"]
    assert Ear().hear("\x1b[106;3u") == ["alt+j"]
    assert Ear().hear("j\x1bk\x1b") == ["j", "escape", "k", "escape"]


def test_what_is_pasted_is_no_key() -> None:
    for pieces in (["\x1b[200~a\x1bq\x1b[20\x1b[201~j"], ["\x1b[20", "0~a\x1b", "q\x1b[20\x1b[2", "01~", "j"]):
        ear = Ear()
        found = [one for piece in pieces for one in ear.parser.feed(piece)]
        assert [type(one) for one in found] == [Paste, Key]
        assert [one.text for one in found if isinstance(one, Paste)] == ["aq[20"]
        assert ear.hear("\x1b3") == ["escape", "3"]


async def test_what_is_meant_with_alt_are_keys_that_were_chosen_and_words_in_a_line() -> None:
    async with running("overview", key_map=KeyMap({"rows.sort": ("alt+d", "alt+shift+s")})) as run:
        means = run.app.means_with_alt
        assert [one for one in "dSbfsj3\x7f" if means(one)] == ["d", "S"]
        await run.press("slash")
        assert [one for one in "dSbfsj3\x7f" if means(one)] == ["d", "S", "b", "f", "\x7f"]
