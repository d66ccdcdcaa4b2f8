"""What is done with the views and their rows: going from one to another, filtering, sorting, standing still."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input

from monitor.core.room import RoomKey
from monitor.core.text import room_name
from monitor.ui.screens.stage import Stage
from monitor.ui.spans import clip
from monitor.ui.table import Arrangement
from monitor.ui.widgets.filter import FilterLine
from monitor.ui.widgets.grid import Grid

_NAME_CELLS = 40


class ListingActs(Stage):
    """The actions that change what is listed and where the cursor is."""

    async def action_view(self, at: int) -> None:
        """Show another view, with the cursor on the room that was chosen in the last one."""
        await self._add_views()
        self._show(self._views[at])
        if self._chosen is not None:
            self._view.choose_room(self._chosen)
            self._draw()

    def action_back(self) -> None:
        """Give the rows of the view the focus."""
        self.set_focus(self._view.first)

    async def action_leave(self) -> None:
        """Clear the filter where there is one; else go back to the rooms."""
        if self._narrowing.words:
            self.action_clear()
        else:
            await self.action_view(0)

    def action_pane(self, by: int) -> None:
        """Give the next pane the focus."""
        panes = self._view.stops
        at = next((index for index, pane in enumerate(panes) if pane is self.focused), 0)
        pane = panes[(at + by) % len(panes)]
        # What is not displayed takes no focus.
        pane.display = True
        self.set_focus(pane)

    def action_filter(self) -> None:
        """Let somebody type a filter where the footer is."""
        self.query_one("#keys").display = False
        self.query_one(FilterLine).open()

    def action_keep(self) -> None:
        """Keep the filter and go back to the rows."""
        self.query_one(FilterLine).display = False
        self.query_one("#keys").display = True
        self.set_focus(self._view.first)

    def action_clear(self) -> None:
        """List everything again, whatever was typed."""
        self.query_one(FilterLine).words.value = ""
        self._narrow("", self._narrowing.problems_only)
        self.action_keep()

    def action_problems(self) -> None:
        """List only what somebody should look at, or all."""
        self._narrow(self._narrowing.words, not self._narrowing.problems_only)

    async def action_problem(self, by: int) -> None:
        """Move the cursor to the next row somebody should look at; where the view has none, among the findings."""
        before = self._view
        if before.next_problem(by):
            return
        await self._add_views()
        findings = self._findings
        if before.is_at_problem() or findings is None:
            self.app.notify(f"No other {before.listing.kind.noun} has a problem.", timeout=2)
            return
        findings.follow(self._clock())
        if findings.first_problem(by):
            self._show(findings)
            self._draw()
        else:
            narrowed = " that the filter lets through" if self._narrowing.words.strip() else ""
            self.app.notify(f"Nothing{narrowed} has a problem.", timeout=2)

    def action_sort(self) -> None:
        """Sort the rows by the next column that is shown."""
        grid = self._sortable()
        if listing := self._view.listing_of(grid):
            listing.sort(grid.shown_columns)
            self._draw()

    def action_reverse(self) -> None:
        """Sort the rows the other way round."""
        if listing := self._view.listing_of(self._sortable()):
            listing.reverse()
            self._draw()

    def action_wide(self) -> None:
        """Show every column, or the usual ones."""
        self._arrange(not self._wide)

    def action_columns(self) -> None:
        """Choose the columns of the rows with the focus, or of the view's."""
        grid = self.focused if isinstance(self.focused, Grid) else self._view.main

        def choose(chosen: frozenset[str] | None) -> None:
            self._chosen_columns.pop(grid.id, None)
            if chosen is not None:
                self._chosen_columns[grid.id] = chosen
            self._arrange(self._wide)

        from monitor.ui.screens.columns import ColumnsScreen

        self.app.push_screen(ColumnsScreen(grid.columns, self._chosen_columns.get(grid.id), choose))

    def on_grid_header_chosen(self, message: Grid.HeaderChosen) -> None:
        """Sort by the column whose title was clicked on; the other way round where that is so already."""
        if listing := self._view.listing_of(message.control):
            listing.sort_by(message.column)
            self._draw()

    def action_pause(self) -> None:
        """Let the rows of every view stand still, or go on."""
        self.picture.toggle_pause(self._clock())
        self._release()
        self._draw()

    def action_flavour(self) -> None:
        """Show the fix for another kind of installation."""
        self._view.show_other_flavour()
        self._draw_footer()

    def _sortable(self) -> Grid[Any]:
        focused = self.focused
        if isinstance(focused, Grid) and self._view.listing_of(focused):
            return focused
        return self._view.main

    def _arrange(self, wide: bool) -> None:
        self._wide = wide
        self.set_class(wide, "-all-columns")
        for grid in self.query(Grid):
            grid.want(Arrangement(wide, self._chosen_columns.get(grid.id)))
        self._draw()

    def on_input_changed(self, message: Input.Changed) -> None:
        """List the rows with these words at once."""
        # The line may hold more by now than when this was sent, or nothing any more.
        words = message.input.value
        if words != self._narrowing.words:
            self._view.main.touched = True
            self._narrow(words, self._narrowing.problems_only)

    def on_grid_row_chosen(self, message: Grid.RowChosen) -> None:
        """Remember the room, which the other views then start from."""
        if message.control in self._view.panes and (key := self._view.room_of(message.key)):
            self._chosen = key
        self._farewell.choose(self._rooms.room_of(self._rooms.main.cursor_key))
        self._draw_footer()

    def go_to_room(self, key: RoomKey, oid: int | None = None) -> None:
        """Show a room, and the person of that oid in it, among the rooms."""
        name = clip(room_name(key.node), _NAME_CELLS)
        if self.picture.find(key) is None:
            self.app.notify(f"{name} is not open.", markup=False, timeout=4)
            return
        self._chosen = key
        self._show(self._rooms)
        self._rooms.choose_room(key)
        if self._rooms.main.cursor_key != key:
            self.query_one(FilterLine).words.value = ""
            self._narrow("", False)
            self._rooms.choose_room(key)
            self.app.notify(f"All rooms are listed again: {name} was left out.", markup=False, timeout=4)
        self._draw()
        if oid is not None:
            self._rooms.choose_person(oid)
            self.set_focus(self._rooms.right.people)

    def go_to_server(self, name: str) -> None:
        """List the rooms of one server alone."""
        words = f'server:"{name}"' if " " in name else f"server:{name}"
        self._show(self._rooms)
        self._narrow(words, self._narrowing.problems_only)
        self.query_one(FilterLine).words.value = words
