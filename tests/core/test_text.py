import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import clean, room_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Jane Doe", "Jane Doe"),
        ("  Jane \t\n Doe ", "Jane Doe"),
        ("[/b]", "[/b]"),
        ("\x1b[2Jgone", "[2Jgone"),
        ("\x9b31mred", "31mred"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200d", "a"),
        ("\u200d\u200dx", "x"),
        ("z" + "\u0301" * 40, "z" + "\u0301" * 3),
        ("\u3164\u2800", ""),
        ("\U000e0041tag", "tag"),
        ("line\u2028two", "line two"),
        ("\ud800lone", "lone"),
    ],
)
def test_foreign_text_is_made_safe_to_draw(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_long_text_ends_in_an_ellipsis() -> None:
    assert clean("x" * 1000) == "x" * 299 + "…"
    assert clean("ü" * 1000, 10) == "ü" * 9 + "…"


@given(st.text())
def test_what_is_shown_holds_no_control_character_whatever_came(raw: str) -> None:
    shown = clean(raw)
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert all(unicodedata.category(char) != "Cf" or char in "\u200c\u200d" for char in shown)
    assert len(shown) <= 300
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("nocheintest", "nocheintest"),
        ("b%c3%bcro", "büro"),
        ("%1b%5b2j", "[2j"),
        ("%ff%fe", "%ff%fe"),
        ("100%", "100%"),
        ("%e2%80%ae", "%e2%80%ae"),
    ],
)
def test_a_room_is_called_by_its_decoded_and_then_cleaned_node(node: str, name: str) -> None:
    assert room_name(node) == name
