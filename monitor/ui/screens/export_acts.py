"""Writing what is listed into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from monitor.core.text import clean
from monitor.ui.screens.stage import Stage
from monitor.ui.widgets.grid import Grid

_TOLD_S, _WARNED_S = 12, 12
_PATH_LIMIT = 4096


class ExportActs(Stage):
    """The action that writes the rows with the focus, or those of the view."""

    def action_export(self) -> None:
        """Write every row that is listed, in its order, with every column there is, into a new file."""
        grid = self._listed_here()
        if self._wall.hidden or not grid.rows:
            return
        from monitor.private_file import write_anew
        from monitor.ui.exported import file_name, table_text

        now = self._clock()
        view = None if any(column.name == "room" for column in grid.columns) else self._view.chosen()
        text = table_text(grid.columns, grid.rows, grid.cells_of, now, view.row if view is not None else None)
        name = self._view.NAME if grid is self._view.main else f"{self._view.NAME}-{grid.id}"
        path = exports_path() / file_name(name, now)
        try:
            path = write_anew(path, text.encode())
        except OSError as failure:
            why = failure.strerror or type(failure).__name__
            words = f"Nothing was written: {clean(str(path), _PATH_LIMIT)}: {why}."
            self.app.notify(words, severity="error", markup=False, timeout=_WARNED_S)
            return
        rows = f"{len(grid.rows):,} rows are" if len(grid.rows) > 1 else "1 row is"
        words = f"{rows} in {clean(str(path), _PATH_LIMIT)}, names and all; only you can read it."
        self.app.notify(words, markup=False, timeout=_TOLD_S)

    def _listed_here(self) -> Grid[Any]:
        focused = self.focused
        return focused if isinstance(focused, Grid) and focused in self._view.panes else self._view.main


def exports_path() -> Path:
    """The folder of the files, below the platform's directory for what programs keep."""
    from platformdirs import user_state_path

    return user_state_path("mucmon") / "exports"
