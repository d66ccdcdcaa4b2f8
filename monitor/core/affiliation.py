"""What a room holds somebody to be, what they may do there, and who made it so (XEP-0045 §5)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


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


class ActorKind(StrEnum):
    """Who stands behind a change of affiliation."""

    MODULE = "module"
    CREATOR = "creator"
    JICOFO = "jicofo"
    OPERATOR = "operator"
    PERSON = "person"
    UNKNOWN = ""


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
