"""What a grid and a pane have in common: lines that scroll, without the screen being laid out anew for each change."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView


class Scrolling(ScrollView):
    """A scroll view whose owner says how many lines there are."""

    # Textual lays the whole screen out anew when this changes; here only the scroll bar depends on it.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)

    def hold_lines(self, lines: int, width: int) -> bool:
        """Tell the scroll bar how many lines there are; lay out anew only where it comes or goes.

        Returns whether that is another number than before. Nothing is told before there is a size.
        """
        if self.virtual_size.height == lines or not self.size.height:
            return False
        self.virtual_size = Size(width, lines)
        if (lines > self.size.height) != self.show_vertical_scrollbar:
            self.refresh(layout=True)
        elif self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = lines
        return True
