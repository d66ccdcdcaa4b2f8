"""What a rule is, and what it is told of a room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, auto

import msgspec

from monitor.core.countdown import ClosePolicy, Forecast
from monitor.core.occupant import Occupant
from monitor.core.room import Room
from monitor.core.server import MucHost

SETTLING_S = 2.0
"""For so long after a join or a change of affiliation nothing is said of the two."""


class Severity(IntEnum):
    """How bad it is; bigger is worse."""

    IDLE = 0
    FINE = 1
    """No finding: a rule graded so says nothing."""
    INFORMATION = 2
    WARNING = 3
    CRITICAL = 4


class Scope(Enum):
    """What a rule is about. What is asked first of a person spares most people the rules of a scope."""

    RIGHTS = auto()
    """A person: claim, affiliation and role."""
    TOKEN = auto()
    """A person: what their token says."""
    PERSON = auto()
    """A person, beside both."""
    ROOM = auto()
    SERVER = auto()
    """A whole server; it is no room's finding."""


class Scene(msgspec.Struct, frozen=True):
    """A room with what the rules need to know around it."""

    room: Room
    host: MucHost
    people: list[Occupant]
    owners: list[Occupant]
    """The people that are owners."""
    home: str | None
    """The node that tokens are compared with: a breakout room's main room; None where that is not known."""
    tenant: str | None
    """The home's tenant, in lower case."""
    title: str
    """The home's name without the tenant."""
    applied: bool
    """Whether a plugin applies the token's affiliation here."""
    policy: ClosePolicy
    forecast: Forecast
    users: Mapping[str | None, list[Occupant]]
    """Those who have a user id in common, by it."""
    links: Mapping[str | None, list[Occupant]]
    """Those who have a token in common, by its id."""
    now: float
    """The server's time."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding; `holds` asks about a person, `holds_for_room` about the room as a whole."""

    id: str
    name: str
    """Two or three words for the list of rooms."""
    severity: Severity
    scope: Scope
    says: str
    """One sentence about NAME, or about the room, for the person on call."""
    fix: str
    """What to do about it, in a few words; WHY tells it at length."""
    many: str = ""
    """What it is about where it holds for several people, or rooms, of a server: one line then says it of all."""
    holds: Callable[[Scene, Occupant], bool] | None = None
    holds_for_room: Callable[[Scene], bool] | None = None
    graded: Callable[[Scene, Occupant | None], Severity] | None = None
    """How bad it is, where that depends."""
    depends: str = ""
    """On what, in a few words."""
    needs_plugin: bool = False
    at_once: bool = False
    everywhere: bool = False
    """Whether it holds in breakout and lobby rooms too."""

    @property
    def number(self) -> tuple[int, str]:
        """Its id as it is counted: the number, and the letter behind it."""
        digits = self.id[1:].rstrip("abcdefgh")
        return int(digits), self.id[1 + len(digits) :]
