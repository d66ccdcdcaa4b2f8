"""A room as it is to be shown, with all that its panes need to know around it. Holds no widget."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from monitor.core.door import Turned
from monitor.core.findings import Finding
from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow, Totals
from monitor.core.related import Elsewhere, owners_elsewhere, waiting
from monitor.core.reports import Report
from monitor.core.room import EndedRoom, Room, RoomKey
from monitor.core.server import MucHost
from monitor.core.silence import Silence
from monitor.core.text import Shown, clean
from monitor.ui.because import Case
from monitor.ui.keymap import KeyMap
from monitor.ui.picture import Picture

_LONGEST_JID = 3071
"""Bytes of a JID at most (RFC 7622 §3.1)."""


class View(msgspec.Struct, frozen=True):
    """A room as it is to be shown."""

    row: RoomRow
    room: Room
    host: MucHost
    now: float
    """The monitor's time."""
    stale: bool = False
    paused: bool = False
    several_servers: bool = False
    rooms: int = 0
    people: int = 0
    """All rooms and people of the room's server."""
    waiting: int = 0
    """How many wait in the room's lobby."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Who owns the room and is in one of its breakout rooms."""
    ended: bool = False
    """Whether the room has ended since the display was paused: nothing counts down any more."""

    @property
    def server_now(self) -> float:
        """The server's time."""
        return self.now + (self.host.offset_s or 0.0)


class Topic(msgspec.Struct, frozen=True):
    """What somebody looks at: a room, somebody in it, one finding, what holds for a whole server, or what is over."""

    view: View | None = None
    person: Occupant | None = None
    finding: Finding | None = None
    report: Report | None = None
    """Where it holds for a server; there is no view then."""
    over: EndedRoom | None = None
    """How the room ended, where it has."""
    silence: Silence | None = None
    """Where it is one finding that is silenced."""
    past: Turned | EndedRoom | None = None
    """Where it is somebody who was turned away, or a room in the list of those that are over; nothing else is there."""
    server_now: float = 0.0
    """The server's time, where it is something past."""

    @property
    def address(self) -> Shown:
        """The JID of whom or what it is about; empty where there is none, or none that is shown."""
        return clean(self._jid, _LONGEST_JID)

    @property
    def _jid(self) -> str:
        past, key = self.past, self.view.row.key if self.view is not None else None
        if isinstance(past, Turned):
            one = past.refusal
            return one.jid or (f"{one.node}@{past.host}" if one.node else "")
        if past is not None:
            key = past.key
        if self.person is not None:
            return self.person.bare_jid
        return f"{key.node}@{key.host}" if key is not None else ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings about it, worst first."""
        if self.finding is not None:
            return (self.finding,)
        found = self.view.row.judgement.findings if self.view else ()
        return found if self.person is None else tuple(one for one in found if one.oid == self.person.oid)


def view_of(picture: Picture, key: RoomKey | None, now: float, totals_of: Callable[[str], Totals]) -> View | None:
    """The room of that key; None where there is none. `totals_of` tells what there is on a server."""
    row = picture.find(key)
    room = picture.find_room(row.key) if row else None
    if row is None or room is None:
        return None
    server, store = totals_of(row.key.server), picture.store
    gone = picture.is_gone(row.key)
    return View(
        row,
        room,
        store.host_of(row.key),
        now,
        picture.is_stale(row.key.server, row.key.host, now) or gone,
        picture.pause is not None,
        picture.several_servers,
        server.rooms,
        server.people,
        waiting(store, room),
        owners_elsewhere(store, room),
        gone,
    )


def case_of(view: View, flavour: str | None, keys: KeyMap) -> Case:
    """What WHY needs to know of a room; `flavour` is the kind of installation whose fixes somebody asked for."""
    return Case(
        view.room,
        view.host,
        view.row.judgement,
        view.server_now,
        view.rooms,
        view.people,
        flavour,
        keys,
        view.elsewhere,
    )
