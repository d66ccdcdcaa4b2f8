"""Which columns of a table are shown: a small box over the screen, with every one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen

from monitor.core.text import clean
from monitor.ui.keys.table import bindings, footer_keys
from monitor.ui.spans import Cell, cell
from monitor.ui.table import PLAIN, Arrangement, Column
from monitor.ui.widgets.footer import Footer
from monitor.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult

_COLUMNS = (
    Column(clean(""), 1, 1, gap=0, id="shown"),
    Column(clean("column"), 12, 24, gap=1),
    Column(clean(""), 16, 30, id="aside"),
)
_AROUND = 4
"""Lines of the frame, the titles and the keys."""
_NAMES = {"arrow": "→", "mark": "verdict", "bar": "bar", "severity": "severity"}


class Choices(Grid[Column]):
    """The columns; space shows one or hides it."""

    BINDINGS = bindings("chooser")


class ColumnsScreen(ModalScreen[None], inherit_bindings=False):
    """The columns of one grid. What is chosen holds at once."""

    AUTO_FOCUS = "#choices"

    def __init__(
        self, columns: Sequence[Column], chosen: frozenset[str] | None, tell: Callable[[frozenset[str] | None], None]
    ) -> None:
        """`chosen` names those beside the ones that stay, None where nobody chose; `tell` is told of each change."""
        super().__init__()
        self._columns, self._tell = columns, tell
        usual = (column.name for column in columns if not column.stays and PLAIN.shows(column))
        self._usual = frozenset(usual)
        self._chosen = self._usual if chosen is None else chosen
        self._choices = Choices(_COLUMNS, lambda column: column.name, self._cells, id="choices")

    def compose(self) -> ComposeResult:
        """A box with the columns and the keys."""
        with Container(id="columns", classes="small-box"):
            yield self._choices
            yield Footer(id="columns-keys")

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one("#columns").border_title = Content("columns")
        self.query_one(Footer).show_keys(footer_keys("chooser", ()))
        # The bar goes with the severity beside it and is nothing to choose.
        listed = [column for column in self._columns if column.name != "bar"]
        self._choices.show(listed, clean(""))
        self.query_one("#columns").styles.height = len(listed) + _AROUND

    def on_grid_row_opened(self, message: Grid.RowOpened) -> None:
        """Show the column, or hide it."""
        column = next(one for one in self._columns if one.name == message.key)
        if column.stays:
            self.app.notify(f"{_name(column)} is always shown.", markup=False, timeout=2)
            return
        self._change(self._chosen ^ {column.name})

    def action_usual(self) -> None:
        """Show those that are shown where nobody chose."""
        self._change(self._usual)

    def _change(self, chosen: frozenset[str]) -> None:
        self._chosen = chosen
        self._choices.redraw()
        self._tell(None if chosen == self._usual else chosen)

    def _cells(self, column: Column) -> tuple[Cell, ...]:
        shown = Arrangement(chosen=self._chosen).shows(column)
        aside = "always" if column.stays else "more" if column.extra else ""
        return (
            cell("●" if shown else "○", "muted" if column.stays else "key"),
            cell(_name(column), "text" if shown else "muted"),
            cell(aside, "muted"),
        )


def _name(column: Column) -> str:
    return _NAMES.get(column.name, column.name)
