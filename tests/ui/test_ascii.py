"""What a terminal gets that knows ASCII alone."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from monitor.ui.ascii import ascii_of, speaks_ascii_only
from tests.ui.scenes import SCENES
from tests.ui.screen import NARROW, WIDE, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


@SIZES
@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_is_drawn_in_ascii_of_the_same_width(scene: str, size: tuple[int, int]) -> None:
    async with running(scene, size, ascii_only=True) as run:
        assert all(line.isascii() for line in run.lines())


@SIZES
async def test_help_palette_themes_and_filter_are_ascii_too(size: tuple[int, int]) -> None:
    async with running("overview", size, ascii_only=True) as run:
        for keys in (("question_mark",), ("escape", "colon"), ("T", "h"), ("enter",), ("escape", "slash", "ü")):
            await run.press(*keys)
            await run.pilot.pause(0.1)
            assert all(line.isascii() for line in run.lines()), keys
            assert "?" not in run.lines()[0]


@SIZES
async def test_our_own_signs_have_stand_ins_and_strangers_letters_a_question_mark(size: tuple[int, int]) -> None:
    async with running("overview", size, ascii_only=True) as run:
        text = run.text()
        assert "|x guest owner chemie-9" in text
        assert "x 4 critical" in text
        assert "b?ro" in text
        assert "????????????" in text or size == NARROW
        assert "owner > member x" in text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "plain"),
        ("Frau Müller", "Frau M?ller"),
        ("Mu\u0308ller", "M?ller"),
        ("日本語", "??????"),
        ("🏫 Schule", "?? Schule"),
        ("× ! i ✓ … · ● ◐ ○ → ← ▲ ▼ ≥ – • ▌", "x ! i = ~ . * % o > < ^ v > - * |"),
    ],
)
def test_a_stand_in_is_as_wide_as_what_it_stands_for(text: str, drawn: str) -> None:
    assert ascii_of(text) == drawn
    assert cell_len(drawn) == cell_len(text)


@pytest.mark.parametrize(
    ("environ", "only"),
    [
        ({"LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        # Python sets LC_CTYPE itself where the locale is C.
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "de_DE@euro", "LC_ALL": "de_DE.ISO-8859-15@euro"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.utf8"}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, False),
        ({}, False),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "xx.NONSENSE"}, True),
    ],
)
def test_the_locale_says_what_the_terminal_knows(environ: dict[str, str], only: bool) -> None:
    assert speaks_ascii_only(environ) is only
