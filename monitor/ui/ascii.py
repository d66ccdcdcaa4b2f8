"""The screen in ASCII alone, for a terminal that shows nothing else.

One filter over every line that any widget draws, borders and scroll bars included: no widget knows of it. What stands
in for a glyph takes as many terminal cells as the glyph, so nothing moves.
"""

from __future__ import annotations

import codecs
import locale
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import split_graphemes
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_HEAVY = "━┃┏┓┗┛┣┫┳┻╋║╔╗╚╝"

_STAND_INS: dict[str, str] = {
    **dict.fromkeys("─╌╍┄┅┈┉═", "-"),
    **dict.fromkeys("│╎╏┆┇┊┋▌▉▊▋▍▎▏▐▕", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys(_HEAVY, "#"),
    "━": "=",
    "═": "=",
    **dict(zip("▁▂▃▄▅▆▇▔▀", "_.:-=+*  ", strict=True)),
    "█": "#",
    "×": "x",
    "✓": "=",
    "…": "~",
    "·": ".",
    "•": "*",
    "●": "*",
    "◐": "%",
    "○": "o",
    "→": ">",
    "›": ">",
    "‹": "<",
    "←": "<",
    "▲": "^",
    "↑": "^",
    "▼": "v",
    "↓": "v",
    "≥": ">",
    "–": "-",
    "—": "-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "🔎": "> ",
}

UNKNOWN = "?"
"""Stands for what has no stand-in: strangers' letters."""


class AsciiFilter(LineFilter):
    """Draws nothing but ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments with stand-ins for what is not ASCII."""
        return [one if one.text.isascii() else Segment(ascii_of(one.text), one.style, one.control) for one in segments]


@lru_cache(maxsize=4096)
def ascii_of(text: str) -> str:
    """The text in ASCII, of the same width in terminal cells."""
    if text.isascii():
        return text
    return "".join(_stand_in(text[start:end], size) for start, end, size in split_graphemes(text)[0])


def _stand_in(grapheme: str, cells: int) -> str:
    if grapheme.isascii():
        return grapheme
    return _STAND_INS.get(grapheme, UNKNOWN * cells)


def speaks_ascii_only(environ: Mapping[str, str]) -> bool:
    """Whether the locale of the surroundings says that the terminal does not know UTF-8.

    Python itself takes ``LANG=C`` for UTF-8 (PEP 538, PEP 540) and may set LC_CTYPE, so its own idea of the encoding
    does not tell. Where no locale is set at all, as in many containers, the terminal knows UTF-8 all but certainly.
    """
    language = environ.get("LANG", "")
    ctype = environ.get("LC_CTYPE", "")
    if ctype.upper() in ("C.UTF-8", "C.UTF8", "UTF-8") and language:
        ctype = ""
    name = (environ.get("LC_ALL") or ctype or language).partition("@")[0]
    if name in ("C", "POSIX"):
        return True
    if not name:
        return False
    charset = name.partition(".")[2] or locale.getencoding()
    try:
        return codecs.lookup(charset).name != "utf-8"
    except LookupError:
        return True
