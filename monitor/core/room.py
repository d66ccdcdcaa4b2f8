"""A room with everybody in it and its close timers, and how it ended."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import NamedTuple

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.history import Entry, new_history
from monitor.core.occupant import Occupant


class RoomKind(StrEnum):
    """What a MUC host's rooms are for."""

    MAIN = "main"
    BREAKOUT = "breakout"
    LOBBY = "lobby"


class Timer(msgspec.Struct, frozen=True, gc=False):
    """A close timer: when it fires, the room ends unless an owner is present at that instant."""

    at: float
    """When it was started."""
    due_at: float
    cause: str | None = None
    """Who left and so started it."""
    missed: bool = False
    """It fired with no owner present, and the room is still there."""
    latest_at: float | None = None
    """The last moment it may be due, where nobody saw when it was started."""

    @property
    def over_at(self) -> float:
        """When it is due for certain."""
        return self.due_at if self.latest_at is None else self.latest_at


class OwnerGone(msgspec.Struct, frozen=True, gc=False):
    """The last person whose token claims an owner has left the room, and others stayed."""

    at: float
    oid: int
    name: str | None
    why: str | None = None


class RoomKey(NamedTuple):
    """A room's identity over all servers."""

    server: str
    host: str
    node: str


class MassDrop(msgspec.Struct, frozen=True, gc=False):
    """Many people of a room lost their connections at the same time."""

    at: float
    number: int
    of: int
    """How many people were in the room until then."""


class Spread(msgspec.Struct):
    """A token that is used in several rooms of a server at the same time. The store alone changes it."""

    since_at: float = 0.0
    """Since when; it stays as people come and go, as long as several rooms are left."""
    people: int = 0
    """How many people use it, in all rooms."""
    counts: dict[RoomKey, int] = {}
    """How many in each."""
    rooms: dict[RoomKey, str] = {}
    """What these rooms are called."""


class WasThere(NamedTuple):
    """Somebody who was in a room when it ended."""

    name: str | None
    claims_owner: bool
    """Whether their token claims an owner, as far as could be seen."""
    affiliation: Affiliation
    has_token: bool | None = None
    """None where that could not be seen."""


class EndedRoom(msgspec.Struct, frozen=True, gc=False):
    """A room that is over, and how it ended."""

    key: RoomKey
    at: float
    reason: str | None
    how: str
    """timer, moderator, operator, module, last_left, evicted or unknown."""
    by: str | None = None
    by_module: str | None = None
    opened_at: float = 0.0
    opened_exactly: bool = True
    people: tuple[WasThere, ...] = ()
    """Who was there."""


class Room(msgspec.Struct):
    """One room and everybody in it. The store alone changes it; `revision` moves when it does."""

    key: RoomKey
    kind: RoomKind = RoomKind.MAIN
    parent: str | None = None
    """The node of the main room that a breakout or lobby room belongs to."""
    title: str | None = None
    """What a breakout room is called in its main room."""
    first_seen_at: float = 0.0
    created_at: float | None = None
    focus_present: bool = False
    focus_gone_at: float | None = None
    """Since when jicofo is not in here; None while it is."""
    drops: tuple[tuple[float, int], ...] = ()
    """When which occupants lost their connections, of the last seconds."""
    mass_drop: MassDrop | None = None
    occupants: dict[int, Occupant] = {}
    shared: dict[str, Spread] = {}
    """The tokens of somebody here that are used in other rooms as well, by their id."""
    revision: int = 0
    armed: tuple[Timer, ...] = ()
    """The close timers that run, or were missed; nothing cancels one."""
    owner_gone: OwnerGone | None = None
    owner_seen: bool = False
    """Whether an owner has been seen in here at all since the room was first seen."""
    followed_from: float | None = None
    """Since when its people are followed, where it was there before that; None where its beginning was seen."""
    untold_since: float | None = None
    """The last moment it was told, where nothing is told of it any more though it is there."""
    history: deque[Entry] = msgspec.field(default_factory=new_history)
    named: set[int] | None = None
    """While a big room is told in parts: who has been named so far."""
    sub: str = ""
    """The watch that last named this room; at a snapshot's end rooms of other watches are gone."""

    def people(self) -> list[Occupant]:
        """The occupants that count as people."""
        return [person for person in self.occupants.values() if not person.exempt]

    def find(self, bare_jid: str) -> Occupant | None:
        """The occupant with this bare address, if one is here."""
        for occupant in self.occupants.values():
            if any(session.jid.partition("/")[0] == bare_jid for session in occupant.sessions):
                return occupant
        return None
