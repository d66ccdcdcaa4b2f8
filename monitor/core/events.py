"""What a source may say happened, in the past tense. The store applies these and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.core.affiliation import Change
from monitor.core.drift import Drift
from monitor.core.history import Entry
from monitor.core.occupant import Occupant
from monitor.core.room import EndedRoom, OwnerGone, RoomKey, RoomKind, Timer
from monitor.core.server import FeedState, Health, LinkState, Refusal, Vantage


class LinkChanged(msgspec.Struct, frozen=True):
    """The component link of a server came up, was lost or was refused."""

    server: str
    state: LinkState
    at: float
    """On the monitor's clock."""
    words: str = ""
    condition: str = ""
    """Of an end: the stream error (RFC 6120 §4.9.3), ``refused`` or ``hung-up`` for a port that is not open, or another
    word of the link's own."""


class FeedChanged(msgspec.Struct, frozen=True):
    """The watch of a MUC host changed state."""

    server: str
    host: str
    state: FeedState
    at: float
    """On the monitor's clock."""
    words: str = ""
    condition: str = ""
    """Of a refusal: the error condition of the answer (RFC 6120 §8.3.3), or ``version`` for another protocol."""
    vantage: Vantage = Vantage.FEED
    hint: str = ""
    """What another vantage would add, and how to get it."""


class BatchHeard(msgspec.Struct, frozen=True):
    """A batch came in: the data is this old, and the server's clock stands there."""

    server: str
    host: str
    at: float
    """On the monitor's clock."""
    server_now: float
    health: Health | None = None
    lag_s: float = 0.0
    """How long what happens may take to be seen; 0 where it is told as it happens."""


class FactsLearned(msgspec.Struct, frozen=True):
    """The server said how it is set up."""

    server: str
    host: str
    kind: RoomKind
    facts: dict[str, Any]


class DriftSeen(msgspec.Struct, frozen=True):
    """A MUC host is set up otherwise than when this mucmon last saw it, or is as it was."""

    server: str
    host: str
    drift: Drift | None


class RoomSeen(msgspec.Struct, frozen=True):
    """A room as a whole, or a part of a big one: whom no part up to the last has named is not there any more."""

    key: RoomKey
    sub: str
    kind: RoomKind
    parent: str | None
    first_seen_at: float
    created_at: float | None
    focus_present: bool
    occupants: tuple[Occupant, ...]
    title: str | None = None
    part: int = 0
    more: bool = False
    """Whether further parts of this room follow."""
    armed: tuple[Timer, ...] = ()
    owner_gone: OwnerGone | None = None
    owner_seen: bool = False
    at: float | None = None
    """When it was seen so, where that is no batch of the feed."""


class SnapshotEnded(msgspec.Struct, frozen=True):
    """Every room has been named: those this watch has not named are gone."""

    server: str
    host: str
    sub: str
    unseen: frozenset[str] = frozenset()
    """Rooms by node that are there and could not be looked into: what is known of them stays."""


class RoomUntold(msgspec.Struct, frozen=True):
    """Nothing is told of a room that is there, or it is told again: what happened meanwhile nobody saw."""

    key: RoomKey
    since: float | None
    """The last moment it was told, None where it is told again."""
    at: float = 0.0
    """When it is told again."""


class OccupantJoined(msgspec.Struct, frozen=True):
    """Somebody came into a room, which may be new."""

    key: RoomKey
    sub: str
    at: float
    occupant: Occupant


class OccupantLeft(msgspec.Struct, frozen=True):
    """Somebody left, or was removed: XEP-0045 status codes say how."""

    key: RoomKey
    at: float
    oid: int
    codes: tuple[str, ...] = ()
    reason: str | None = None
    actor: str | None = None
    why: str | None = None
    by: float | None = None
    """When they were seen to be gone, where they left some time between `at` and then."""


class OccupantRenamed(msgspec.Struct, frozen=True):
    """Somebody took another nick."""

    key: RoomKey
    at: float
    oid: int
    nick: str


class OccupantChanged(msgspec.Struct, frozen=True):
    """Somebody's role, affiliation, name or sessions are now these; the token stays what it was."""

    key: RoomKey
    at: float
    occupant: Occupant


class AffiliationChanged(msgspec.Struct, frozen=True):
    """Somebody's affiliation was changed; `oid` is None for somebody not in the room."""

    key: RoomKey
    oid: int | None
    bare_jid: str
    change: Change


class ClosingChanged(msgspec.Struct, frozen=True):
    """The close timers of a room, or what is known of its owners, are now these."""

    key: RoomKey
    at: float
    armed: tuple[Timer, ...]
    owner_gone: OwnerGone | None
    owner_seen: bool


class RoomDestroyed(msgspec.Struct, frozen=True):
    """A room ended."""

    ended: EndedRoom


class JoinRefused(msgspec.Struct, frozen=True):
    """Somebody was turned away."""

    server: str
    host: str
    refusal: Refusal


class PastTold(msgspec.Struct, frozen=True):
    """The refusals and ended rooms the server still knew of when it was asked."""

    server: str
    host: str
    door: tuple[Refusal, ...]
    ended: tuple[EndedRoom, ...]


class HistoryTold(msgspec.Struct, frozen=True):
    """What the server remembers of a room's past."""

    key: RoomKey
    entries: tuple[Entry, ...]


Event = (
    LinkChanged
    | FeedChanged
    | BatchHeard
    | FactsLearned
    | DriftSeen
    | RoomSeen
    | SnapshotEnded
    | RoomUntold
    | OccupantJoined
    | OccupantLeft
    | OccupantRenamed
    | OccupantChanged
    | AffiliationChanged
    | ClosingChanged
    | RoomDestroyed
    | JoinRefused
    | PastTold
    | HistoryTold
)
