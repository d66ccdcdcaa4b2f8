"""A server with its link and its MUC hosts, each with its feed, its facts, its rooms and its door."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from monitor.core.claims import Claims
from monitor.core.drift import Drift
from monitor.core.room import EndedRoom, Room, RoomKind


class LinkState(StrEnum):
    """How the component link of a server stands."""

    CONNECTING = "connecting"
    UP = "up"
    STALE = "stale"
    """The connection stands, or can be made, and nothing comes over it."""
    LOST = "lost"
    REFUSED = "refused"
    STOPPED = "stopped"


class Vantage(StrEnum):
    """Where what is known of a MUC host comes from."""

    FEED = "feed"
    """The companion module tells it as it happens."""
    POLL = "poll"
    """The host is asked again and again: no claims, no names, and nothing of what lies between two looks."""


class FeedState(StrEnum):
    """How the watch of one MUC host stands."""

    IDLE = "idle"
    ASKED = "asked"
    SNAPSHOT = "snapshot"
    LIVE = "live"
    STALE = "stale"
    REFUSED = "refused"


class Link(msgspec.Struct, frozen=True):
    """The state of a server's link; `since_at` is on the monitor's own clock."""

    state: LinkState = LinkState.CONNECTING
    since_at: float = 0.0
    words: str = ""
    """One sentence that says what is wrong and what to do, where something is."""


class Health(msgspec.Struct, frozen=True):
    """What the companion module says of itself with each heartbeat."""

    uptime_s: float = 0.0
    slice_max_ms: float = 0.0
    """The longest time it held the server in one go since it was loaded."""
    slice_collected_max_ms: float = 0.0
    """The same of those times into which a run of Lua's garbage collector fell, which takes as long as it takes."""
    errors: int = 0
    last_error: str | None = None
    rooms: int = 0
    occupants: int = 0
    watchers: int = 0


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Somebody was turned away at the door."""

    at: float
    stage: str
    """connect: the server refused the token; join: the room refused the person."""
    node: str | None
    jid: str | None
    token_id: str | None
    claims: Claims | None
    condition: str | None
    words: str | None
    """The server's own words, where it gave any."""
    gate: str
    """token, other_room, party, lobby, ban, nick or other."""


DOOR, ENDED = 500, 200
"""So many are kept of refusals, and of rooms that are over."""


class MucHost(msgspec.Struct):
    """One watched MUC host of a server: its facts, its feed and its rooms."""

    name: str
    feed: FeedState = FeedState.IDLE
    since_at: float = 0.0
    """When `feed` last changed, on the monitor's clock."""
    words: str = ""
    """Why the watch does not run, and the remedy."""
    vantage: Vantage = Vantage.FEED
    hint: str = ""
    """What another vantage would add and how to get it, where that is so."""
    lag_s: float = 0.0
    """How long what happens may take to be seen; 0 where it is told as it happens."""
    kind: RoomKind = RoomKind.MAIN
    close_policy: str = "auto"
    """From mucmon's configuration: auto, token_owner_party, owner_restricted or none."""
    close_timeout_s: float | None = None
    """From mucmon's configuration, where the server does not say; None is the plugin's own default."""
    grades: Mapping[str, int] = {}
    """From mucmon's configuration: how bad a rule is on this server, by its id."""
    facts: dict[str, Any] = {}
    modules: frozenset[str] = frozenset()
    """Names of the modules loaded on this host, without ``mod_``; part of the facts."""
    drift: Drift | None = None
    """What is otherwise than in the last run of this mucmon."""
    health: Health | None = None
    heard_at: float | None = None
    """When a batch last came, on the monitor's clock."""
    offset_s: float | None = None
    """What to add to the monitor's clock to get the server's."""
    complete: bool = False
    """True once a whole snapshot has been seen."""
    stale_since_at: float | None = None
    """While what is known is no longer followed live: since when, on the monitor's clock."""
    rooms: dict[str, Room] = {}
    """By node."""
    door: deque[Refusal] = msgspec.field(default_factory=lambda: deque(maxlen=DOOR))
    ended: deque[EndedRoom] = msgspec.field(default_factory=lambda: deque(maxlen=ENDED))
    """The newest last, both."""

    @property
    def tells_modules(self) -> bool:
        """Whether it is known which modules run there: the companion module tells them, polling does not."""
        return isinstance(self.facts.get("modules"), list)

    @property
    def heard_at_there(self) -> float:
        """When a batch last came, on the server's clock."""
        return (self.heard_at or 0.0) + (self.offset_s or 0.0)


class Server(msgspec.Struct):
    """One configured server."""

    name: str
    link: Link = Link()
    hosts: dict[str, MucHost] = {}
    colour: str = ""
    """In which its name is drawn; a word of mucmon's configuration, or empty."""
    production: bool = False
    """Whether a mistake here would hurt: the screen is framed."""
