"""Turns foreign text into text that is safe to draw.

Names, nicks, claims and reasons come from strangers. Raw strings are for keys and comparison only; what is
drawn has the type `Shown`, and only `clean` makes one. Percent-decoding happens before cleaning, never after.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NewType
from urllib.parse import unquote

Shown = NewType("Shown", str)
"""Text fit for the terminal: one line, no control or invisible format characters, no markup meaning."""

LIMIT = 300
"""Characters kept of a foreign text; what is cut ends in an ellipsis."""

_MARKS_IN_A_ROW = 3
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACE = frozenset({"Zs", "Zl", "Zp"})
# Letters of no width or of a width terminals disagree about, though Unicode calls them letters or symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e\u034f")


@lru_cache(maxsize=8192)
def clean(raw: str, limit: int = LIMIT) -> Shown:
    """Make `raw` safe to draw on one line.

    Control and format characters go (escape bytes, C1, bidi overrides, zero-width), except the joiners between
    letters or emoji that need them; white space collapses to single spaces; stacked marks and length are capped.
    """
    if len(raw) <= limit and raw.isascii() and raw.isprintable() and "  " not in raw:
        return Shown(raw.strip())
    out: list[str] = []
    marks = 0
    for index, char in enumerate(raw[: limit * 4]):
        category = unicodedata.category(char)
        if category in _SPACE or char in "\t\n\r\v\f\x85":
            if out and out[-1] != " ":
                out.append(" ")
            marks = 0
        elif char in (_ZWJ, _ZWNJ):
            if out and _joins(out[-1]) and index + 1 < len(raw) and _joins(raw[index + 1]):
                out.append(char)
        elif category in _DROPPED or char in _BLANK:
            continue
        elif category in ("Mn", "Me"):
            marks += 1
            if out and marks <= _MARKS_IN_A_ROW:
                out.append(char)
        else:
            marks = 0
            out.append(char)
    text = "".join(out).strip(" " + _ZWJ + _ZWNJ)
    if len(text) > limit or len(raw) > limit * 4:
        text = text[: limit - 1].rstrip() + "…"
    return Shown(text)


def room_name(node: str) -> Shown:
    """The name people know a room by: its node percent-decoded, then cleaned; the node itself if nothing is left."""
    try:
        decoded = unquote(node, errors="strict")
    except UnicodeDecodeError:
        decoded = node
    return clean(decoded) or clean(node)


def _joins(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "L" or category in ("So", "Sk", "Mn", "Mc")
