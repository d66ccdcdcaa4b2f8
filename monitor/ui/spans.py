"""Coloured pieces of text and how they fit a width in terminal cells.

Everything drawn comes here as `Shown` text with the name of a style; what leaves is plain pieces of exact
width. Nothing here knows a widget or a colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from rich.cells import cell_len, split_graphemes

from monitor.core.text import Shown, clean

Style = Literal[
    "text",
    "strong",
    "muted",
    "accent",
    "key",
    "critical",
    "alarm",
    "warning",
    "good",
    "info",
    "violet",
    "badge",
]
"""Names of looks; `monitor.ui.theme` gives each its colour."""

Span = tuple[Shown, Style]
Cell = tuple[Span, ...]
"""Spans with one space between them."""
Line = tuple[Cell, ...]
"""Groups of spans with `GAP` spaces between them."""
Piece = tuple[str, Style]


class Labelled(msgspec.Struct, frozen=True):
    """A line that hangs beside its label, which has a column to itself."""

    label: Cell
    rest: Line
    indent: int | None = None
    """Cells of the label's column, where it is not that of all lines around."""


class Drawn(msgspec.Struct, frozen=True):
    """A line whose every cell has its place, as in a chart: cut at the width and never wrapped."""

    pieces: tuple[Piece, ...]


Text = Line | Labelled
Row = Text | Drawn

GAP = 3
ELLIPSIS = "…"

_UNSTEADY = dict.fromkeys([0x200D, 0xFE0F, *range(0x1F3FB, 0x1F400)])


def span(text: str, style: Style = "text") -> Span:
    """A piece of text in a style; the text is cleaned."""
    return (clean(text), style)


def cell(text: str, style: Style = "text") -> Cell:
    """A cell of one span; empty text gives an empty cell."""
    shown = clean(text)
    return ((shown, style),) if shown else ()


def line(*spans: Span) -> Line:
    """A line of a single group."""
    return (spans,)


def dimmed(spans: Cell) -> Cell:
    """The same words without any colour of their own."""
    return tuple((text, "muted") for text, _ in spans)


def dimmed_text(text: Row) -> Row:
    """The same line without any colour of its own."""
    if isinstance(text, Drawn):
        return Drawn(tuple((words, "muted") for words, _ in text.pieces))
    if isinstance(text, Labelled):
        return Labelled(dimmed(text.label), tuple(dimmed(group) for group in text.rest), text.indent)
    return tuple(dimmed(group) for group in text)


def steady(text: str) -> str:
    """Take out what terminals disagree about the width of: joiners, emoji variants, skin tones."""
    return text if text.isascii() else text.translate(_UNSTEADY)


def width_of(spans: Cell) -> int:
    """Terminal cells a cell takes when nothing is cut."""
    if not spans:
        return 0
    return sum(cell_len(steady(text)) for text, _ in spans) + len(spans) - 1


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits `width` terminal cells with an ellipsis at the end."""
    text = steady(text)
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    kept: list[str] = []
    room = width - 1
    for start, end, size in split_graphemes(text)[0]:
        if size > room:
            break
        kept.append(text[start:end])
        room -= size
    return "".join(kept).rstrip() + ELLIPSIS


def clip(text: Shown, width: int) -> Shown:
    """As much of a name as fits `width` terminal cells, to stand in a sentence."""
    return clean(cut(text, width))


def fit(spans: Cell, width: int, right: bool = False) -> list[Piece]:
    """Pieces of exactly `width` terminal cells: cut with an ellipsis, or filled with spaces."""
    pieces: list[Piece] = []
    left = width
    for index, (text, style) in enumerate(spans):
        if index:
            if left < 2:
                break
            pieces.append((" ", style))
            left -= 1
        shown = cut(text, left)
        pieces.append((shown, style))
        left -= cell_len(shown)
    if left > 0:
        fill: Piece = (" " * left, "text")
        pieces = [fill, *pieces] if right else [*pieces, fill]
    return pieces


def flow(groups: Line) -> list[Piece]:
    """A line's pieces in a row, uncut."""
    pieces: list[Piece] = []
    for group in groups:
        if not group:
            continue
        if pieces:
            pieces.append((" " * GAP, "text"))
        for index, (text, style) in enumerate(group):
            if index:
                pieces.append((" ", style))
            pieces.append((steady(text), style))
    return pieces


def length(pieces: Iterable[Piece]) -> int:
    """Terminal cells these pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def crop(pieces: Iterable[Piece], width: int) -> list[Piece]:
    """As many of these pieces as fit `width` terminal cells; what is cut ends in an ellipsis."""
    out: list[Piece] = []
    left = width
    for text, style in pieces:
        shown = text if cell_len(text) <= left else cut(text, left)
        out.append((shown, style))
        left -= cell_len(shown)
        if left <= 0 or shown != text:
            break
    return out


def wrap(groups: Line, width: int) -> list[list[Piece]]:
    """Break a line into lines of at most `width` cells, between groups where one fits, else between words."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for group in groups:
        if not group:
            continue
        fresh = True
        if used and used + GAP + width_of(group) > width >= width_of(group):
            lines.append([])
            used = 0
        for text, style in group:
            for word in steady(text).split(" "):
                gap = (GAP if fresh else 1) if used else 0
                fresh = False
                if used and used + gap + cell_len(word) > width:
                    lines.append([])
                    used = gap = 0
                for index, part in enumerate(_chop(word, max(width, 2))):
                    if index:
                        lines.append([])
                        used = gap = 0
                    if gap:
                        lines[-1].append((" " * gap, style))
                    lines[-1].append((part, style))
                    used += gap + cell_len(part)
    return lines


def _chop(word: str, width: int) -> list[str]:
    if cell_len(word) <= width:
        return [word]
    parts = [""]
    used = 0
    for start, end, size in split_graphemes(word)[0]:
        if used + size > width:
            parts.append("")
            used = 0
        parts[-1] += word[start:end]
        used += size
    return parts
