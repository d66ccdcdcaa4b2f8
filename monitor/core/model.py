"""The things mucmon knows about, in the field's own words.

Glossary
    server        one Prosody, reached over one component link; named by the configuration
    MUC host      a multi-user chat component of that server, such as ``conference.meet.example``
    node          the part of a room's address before the ``@``; raw, as the server spells it
    occupant      somebody in a room, identified by ``oid``: a number of the feed, since nicks and addresses change
    session       one connection of an occupant; an occupant with two tabs has two
    affiliation   what the room holds a user's address to be: owner, admin, member, none, outcast (XEP-0045 §5.2)
    role          what an occupant may do in this visit: moderator, participant, visitor, none (XEP-0045 §5.1)
    claim         what a token says; ``Claims.affiliation`` is the affiliation it claims
    actor         the address that changed an affiliation; none when the server did it itself
    exempt        an occupant that belongs to the machinery (jicofo, recorders, gateways): shown dimmed, never counted

Every ``*_at`` is in seconds since the epoch on the server's own clock, every ``*_s`` a number of seconds.
Strings here are raw: they are compared, and pass `monitor.core.text.clean` before anything draws them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from monitor.core.drift import Drift
from monitor.core.traits import Traits

LAST_SECOND = 253_402_300_800
"""The end of the year 9999: the most a date can show."""


class Affiliation(StrEnum):
    """A user's standing in a room, across visits (XEP-0045 §5.2)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    NONE = "none"
    OUTCAST = "outcast"


class Role(StrEnum):
    """What an occupant may do during this visit (XEP-0045 §5.1)."""

    MODERATOR = "moderator"
    PARTICIPANT = "participant"
    VISITOR = "visitor"
    NONE = "none"


class Exempt(StrEnum):
    """Why an occupant is not a person to be judged."""

    NO = ""
    ADMIN = "admin"
    HIDDEN_DOMAIN = "hidden_domain"
    JIBRI = "jibri"
    JIGASI = "jigasi"
    TRANSCRIBER = "transcriber"
    VISITOR = "visitor"


class ActorKind(StrEnum):
    """Who stands behind a change of affiliation."""

    MODULE = "module"
    CREATOR = "creator"
    JICOFO = "jicofo"
    OPERATOR = "operator"
    PERSON = "person"
    UNKNOWN = ""


class RoomKind(StrEnum):
    """What a MUC host's rooms are for."""

    MAIN = "main"
    BREAKOUT = "breakout"
    LOBBY = "lobby"


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What a token says, as far as mucmon reads it. Values keep the type the issuer gave them."""

    affiliation: Affiliation
    """The affiliation claimed, after the rule of Jitsi's token_affiliation plugin: owner or member."""
    room: Any = None
    exp: Any = None
    user_id: Any = None
    name: Any = None
    payload: dict[str, Any] = {}
    """Everything that left the server, unread."""
    traits: Traits = Traits()
    """What stands out in it."""

    @property
    def room_is_pattern(self) -> bool:
        """Whether the room claim is a Lua pattern (``context.room.regex``)."""
        context = self.payload.get("context")
        room = context.get("room") if isinstance(context, dict) else None
        return isinstance(room, dict) and room.get("regex") in (True, "true")

    @property
    def expires_at(self) -> float | None:
        """When the token expires, or None where it does not or does not say so in a number."""
        exp = self.exp
        if type(exp) is not int and type(exp) is not float:
            return None
        # An integer may be too big for a float; a year with four digits is the most a date can show.
        return float(exp) if -LAST_SECOND < exp < LAST_SECOND else None


class Change(msgspec.Struct, frozen=True, gc=False):
    """A change of somebody's affiliation, with who made it."""

    at: float
    was: Affiliation
    now: Affiliation
    actor: str | None = None
    actor_kind: ActorKind = ActorKind.UNKNOWN
    by_module: str | None = None
    """The Prosody plugin whose code made the change, such as ``mod_token_affiliation``."""
    reason: str | None = None
    tainted: bool = False
    """Made by somebody who was owner without a claim of their own at that time."""


class Session(msgspec.Struct, frozen=True, gc=False):
    """One connection of an occupant."""

    jid: str
    gone_at: float | None = None
    """While the connection is lost and held for a resumption: when the server will give it up."""


class Occupant(msgspec.Struct, frozen=True, gc=False):
    """Somebody in a room."""

    oid: int
    nick: str
    name: str | None
    sessions: tuple[Session, ...]
    role: Role
    affiliation: Affiliation
    joined_at: float
    joined_exactly: bool = True
    """False for those already inside when the module began to look: ``joined_at`` is then that moment."""
    exempt: Exempt = Exempt.NO
    has_token: bool | None = None
    """None where this vantage cannot tell."""
    token_id: str | None = None
    claims: Claims | None = None
    identity_without_token: bool = False
    features: dict[str, Any] | None = None
    """The session's features, where they differ from the token's."""
    change: Change | None = None
    """The last change of affiliation, where one was seen."""
    active_at: float | None = None

    @property
    def called(self) -> str:
        """The name given, or else the nick."""
        return self.name or self.nick

    @property
    def bare_jid(self) -> str:
        """The address without its resource; empty where it is not shown."""
        return self.sessions[0].jid.partition("/")[0] if self.sessions else ""

    @property
    def is_held(self) -> bool:
        """Whether every connection is lost and held for a resumption."""
        return bool(self.sessions) and all(session.gone_at is not None for session in self.sessions)

    @property
    def claimed(self) -> Affiliation | None:
        """The affiliation the token claims: none without a token, None where that is not known."""
        if self.has_token is None or (self.has_token and self.claims is None):
            return None
        return self.claims.affiliation if self.claims else Affiliation.NONE


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


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of a room's history."""

    at: float
    what: str
    """joined, left, renamed, affiliation, lost, back, armed or missed."""
    oid: int | None = None
    name: str | None = None
    was: str | None = None
    now: str | None = None
    by: str | None = None
    """The actor's address, or the kind of actor where there is none."""
    by_module: str | None = None
    detail: str | None = None
    """Why somebody left, the new nick, the reason given, when an armed timer fires or a lost connection is given up."""

    @property
    def identity(self) -> tuple[float | str | None, str, int | None]:
        """What two tellings of the same thing have in common."""
        if self.what in ("lost", "back"):
            # Told by the held connection's end: the moment itself is seen a little later here than there.
            return (self.detail, self.what, self.oid)
        about = None if self.what in ("armed", "missed") else self.oid
        return (round(self.at, 3), self.what, about)


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


HISTORY, DOOR, ENDED = 100, 500, 200
"""Entries kept of each room's past, of refusals, and of rooms that are over."""


def new_history() -> deque[Entry]:
    """An empty history of a room."""
    return deque(maxlen=HISTORY)


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
