"""The QR code of a link, in half blocks: two rows of modules to a line. segno is loaded only when one is drawn."""

from __future__ import annotations

from typing import NamedTuple

_BORDERS = (4, 2)
"""Light modules around the code: what the standard wants, and what telephones do with."""
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


class Code(NamedTuple):
    """Lines to be drawn black on white, or none and the size that they would take."""

    lines: tuple[str, ...]
    width: int
    height: int


def code_of(text: str, width: int, height: int) -> Code | None:
    """The code of `text`, empty where it does not fit so many cells; None where no code can hold it."""
    import segno

    try:
        made = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return None
    needed = (0, 0)
    for border in _BORDERS:
        size = int(made.symbol_size(border=border)[0])
        needed = (size, (size + 1) // 2)
        if needed[0] <= width and needed[1] <= height:
            return Code(_lines([list(row) for row in made.matrix_iter(border=border)]), *needed)
    return Code((), *needed)


def _lines(rows: list[list[int]]) -> tuple[str, ...]:
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return tuple("".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True)) for pair in pairs)
