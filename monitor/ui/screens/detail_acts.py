"""Going into the detail of a room, from there to the next room, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.room import RoomKey
from monitor.core.text import room_name
from monitor.ui.screens.listing_acts import ListingActs
from monitor.ui.screens.wall_acts import WallActs
from monitor.ui.spans import clip
from monitor.ui.views.view import BodyView

if TYPE_CHECKING:
    from monitor.ui.views.detail import DetailView

_NAME_CELLS = 40


class DetailActs(ListingActs, WallActs):
    """The actions that open and leave the detail."""

    _opened_from: BodyView | None = None

    async def open_detail(self, key: RoomKey, oid: int | None = None) -> None:
        """Show everything about this room, and about this person in it; say so where it is not open."""
        await self._add_views()
        if self._detail is None:
            return
        if self.picture.find(key) is None:
            name = clip(room_name(key.node), _NAME_CELLS)
            self.app.notify(f"{name} is not open.", markup=False, timeout=4)
            return
        if self._view is not self._detail:
            self._opened_from = self._view
        self._open(self._detail, key, oid)

    async def on_body_view_room_wanted(self, message: BodyView.RoomWanted) -> None:
        """Open its detail."""
        await self.open_detail(message.key, message.oid)

    def action_back(self) -> None:
        """From the detail to the view it was opened from; elsewhere to the rows of the view."""
        detail = self._shown_detail()
        if detail is None:
            super().action_back()
            return
        before = self._opened_from or self._rooms
        self._show(before)
        if detail.key is not None:
            before.choose_room(detail.key)
        self._draw()

    async def action_view(self, at: int) -> None:
        """Show another view; from the detail, the room is listed among the rooms whatever was filtered."""
        detail = self._shown_detail()
        room = self.picture.find_room(detail.key) if detail is not None and detail.key is not None else None
        if at or detail is None or room is None:
            await super().action_view(at)
            return
        person = detail.person()
        self.go_to_room(room.key, person.oid if person is not None and person.oid in room.occupants else None)

    def action_room(self, by: int) -> None:
        """Open the next room of the list, or the one before."""
        detail = self._shown_detail()
        if detail is not None and not detail.next_room(by):
            self.app.notify("No other room is listed.", timeout=2)
        self._follow_detail()

    async def action_problem(self, by: int) -> None:
        """Go to the next row somebody should look at; in the detail, to the next such room."""
        await super().action_problem(by)
        self._follow_detail()

    def action_wall(self) -> None:
        """Hide names, or show them; a room that is over is known by the names of one world only."""
        detail = self._shown_detail()
        key, person = (detail.key, detail.person()) if detail is not None else (None, None)
        real = self._wall.store.real_key(key) if key is not None else None
        super().action_wall()
        if self._detail is not None and self._detail is not detail:
            self._detail.close()
        if detail is None or real is None:
            return
        now = self._wall.store.key_now(real)
        if self.picture.find(now) is None:
            detail.close()
            self.action_back()
        else:
            self._open(detail, now, person.oid if person else None)

    def _open(self, detail: DetailView, key: RoomKey, oid: int | None) -> None:
        self._chosen = key
        detail.open(key, oid, self._clock())
        self._show(detail)

    def _shown_detail(self) -> DetailView | None:
        return self._detail if self._view is self._detail else None

    def _follow_detail(self) -> None:
        if detail := self._shown_detail():
            self._chosen = detail.key
            self._draw()
