"""Somebody in a room, over as many connections as they have."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from monitor.core.affiliation import Affiliation, Change, Role
from monitor.core.claims import Claims


class Exempt(StrEnum):
    """Why an occupant is not a person to be judged."""

    NO = ""
    ADMIN = "admin"
    HIDDEN_DOMAIN = "hidden_domain"
    JIBRI = "jibri"
    JIGASI = "jigasi"
    TRANSCRIBER = "transcriber"
    VISITOR = "visitor"


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
    """False for those already inside when somebody began to look: ``joined_at`` is then that moment.

    Where a host is polled, ``joined_at`` is the look that found them."""
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
