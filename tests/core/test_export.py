"""Rows as tab-separated values: whatever names hold, nothing in the file acts, and every cell is where it belongs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.export import harmless, tab_separated

STARTS = "=+-@＝＋－＠"


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_is_a_formula_whatever_separates_cells(start: str) -> None:
    formula = f'{start}HYPERLINK("http://evil")'
    for words in (formula, f"  {formula}", f"\t{formula}", f"\x00\u202e{formula}", f'"{formula}'):
        assert harmless(words).lstrip('"').startswith("'")
    for between in ";,|":
        assert f"{between}'{start}" in harmless(f"Ann{between}{formula}")
        assert f"{between} '{start}" in harmless(f"Ann{between} {formula}")


def test_what_is_no_formula_stays() -> None:
    for words in ("Ann-Marie", "a7@meet.example", "board-2031", "→ owner", "≥2h05", "×", "–", "x = y", "Jane, Ann"):
        assert harmless(words) == words


def test_tokens_and_control_characters_are_left_out() -> None:
    token = "eyJ" + "hbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    assert harmless(f"Room {token} of Max") == "Room (token left out) of Max"
    assert harmless("\x1b[31mRed\x07\nHat\u202e") == "[31mRed Hat"


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3)))
def test_every_cell_is_read_back_in_its_place(rows: list[list[str]]) -> None:
    text = tab_separated(["name", "room", "as of"], rows)
    assert not any(ord(char) < 32 and char not in "\t\n" for char in text)
    read = list(csv.reader(io.StringIO(text), "excel-tab"))
    assert read == [["name", "room", "as of"], *([harmless(cell) for cell in row] for row in rows)]
    assert not [cell for row in read for cell in row if cell.startswith(tuple(STARTS))]
