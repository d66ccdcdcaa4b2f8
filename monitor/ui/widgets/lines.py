"""A widget that draws given lines of coloured text; the header, the footer and the like are made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from monitor.ui.spans import Drawn, Labelled, Piece, Row, Text, crop, fit, flow, wrap
from monitor.ui.theme import Look, look_of


def strip_of(pieces: Sequence[Piece], look: Look, base: RichStyle, width: int) -> Strip:
    """Pieces in the colours of a look, on the base style, as one line of exactly `width` terminal cells."""
    segments = [Segment(text, base + look.styles[style]) for text, style in pieces if text]
    return Strip(segments).adjust_cell_length(width, base)


def lay(lines: Iterable[Row], width: int, indent: int = 0, cut: bool = False) -> list[list[Piece]]:
    """Lines as they fit `width` terminal cells: wrapped, labels in a column of `indent` cells; or cut at the width."""
    return [part for line in lines for part in _lay_line(line, width, indent, cut)]


def _lay_line(line: Row, width: int, indent: int, cut: bool) -> list[list[Piece]]:
    if isinstance(line, Drawn):
        return [crop(line.pieces, width)]
    if isinstance(line, Labelled):
        indent = indent if line.indent is None else line.indent
        if not 0 < indent < width:
            return wrap((line.label, *line.rest), width)
        heads = [fit(line.label, indent)]
        rest = wrap(line.rest, width - indent)
        heads += [fit((), indent)] * (len(rest) - 1)
        return [[*head, *part] for head, part in zip(heads, rest, strict=True)]
    return [crop(flow(line), width)] if cut else wrap(line, width)


class Lines(Widget):
    """Lines of coloured text, wrapped to the width; only lines that changed are drawn again."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, indent: int = 0) -> None:
        """Labels stand in a column of `indent` cells."""
        super().__init__(id=id, classes=classes)
        self._indent = indent
        self._lines: tuple[Text, ...] = ()
        self._laid: list[list[Piece]] = []
        self._laid_for = -1
        self._height_given = 0

    def show(self, lines: Sequence[Text]) -> None:
        """Draw these lines instead of those before."""
        if tuple(lines) == self._lines:
            return
        before = self._lay(self.size.width)
        self._lines = tuple(lines)
        self._laid_for = -1
        after = self._lay(self.size.width)
        self.refresh_changed(before, after)

    def refresh_changed(self, before: Sequence[object], after: Sequence[object]) -> None:
        """Have the lines drawn again that differ; the whole widget is laid out anew if their number does."""
        if len(after) != self._height_given and self.styles.is_auto_height:
            self.refresh(layout=True)
            return
        for y in range(max(len(before), len(after))):
            if before[y : y + 1] != after[y : y + 1]:
                self.refresh(Region(0, y, self.size.width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text takes at that width."""
        self._height_given = len(self._lay(width)) if self._lines else 0
        return self._height_given

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        laid = self._lay(self.size.width)
        pieces = laid[y] if y < len(laid) else []
        return strip_of(pieces, look_of(self.app), self.rich_style, self.size.width)

    def _lay(self, width: int) -> list[list[Piece]]:
        if self._laid_for != width:
            self._laid = lay(self._lines, width, self._indent)
            self._laid_for = width
        return self._laid
