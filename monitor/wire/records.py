"""What the companion module writes, field by field.

The records are arrays; their fields stand in this order here and at the head of ``mod_muc_monitor.lua``:

    change    at, was, now, actor, actor kind, by_module, reason
    session   jid, gone at
    occupant  oid, nick, name, sessions, role, affiliation, joined at, exactly, exempt, has_token, token_id,
              identity_without_token, features, change, active at, claims (base64 of a JSON object)
    armed     at, due at, due in, cause, missed
    gone      at, oid, name, why
    room      node, kind, parent, first seen at, created at, focus present, armed, owner gone, owner seen, part, more,
              occupants
    refusal   at, stage, node, jid, token_id, claims, condition, words, gate
    person    name, claims an owner, affiliation, has_token
    event     "joined", at, node, occupant              "left", at, node, oid, codes, reason, actor, why
              "renamed", at, node, oid, nick            "changed", at, node, occupant (claims left out)
              "affiliation", at, node, oid, jid, change      "closing", at, node, armed, owner gone, owner seen
              "refused", refusal                        "destroyed", at, node, reason, how, by, by_module, opened at,
              opened exactly, people
    history   at, what, oid, name, was, now, by, by_module, detail

Lists that are empty and things that are not known come as null. Unknown kinds of event are an error: a module that
speaks another protocol version is found out by its facts first.
"""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.core.server import Health


class ChangeRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A change of affiliation."""

    at: float
    was: str
    now: str
    actor: str | None
    actor_kind: str | None
    by_module: str | None
    reason: str | None


class OccupantRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Somebody in a room."""

    oid: int
    nick: str
    name: str | None
    sessions: list[tuple[str, float | None]] | None
    role: str
    affiliation: str
    joined_at: float
    exactly: bool
    exempt: str | None
    has_token: bool | None
    token_id: str | None
    identity_without_token: bool
    features: dict[str, Any] | None
    change: ChangeRecord | None
    active_at: float | None
    claims: str | None


class ArmedRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A close timer."""

    at: float
    due_at: float
    due_in: float
    cause: str | None
    missed: bool


class GoneRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The last owner by claim, who left."""

    at: float
    oid: int
    name: str | None
    why: str | None


class RefusalRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Somebody turned away at the door."""

    at: float
    stage: str
    node: str | None
    jid: str | None
    token_id: str | None
    claims: str | None
    condition: str | None
    words: str | None
    gate: str


class RoomRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A room, or a part of a big one."""

    node: str
    kind: str
    parent: str | None
    title: str | None
    first_seen_at: float
    created_at: float | None
    focus_present: bool
    armed: list[ArmedRecord] | None
    owner_gone: GoneRecord | None
    owner_seen: bool
    part: int
    more: bool
    occupants: list[OccupantRecord] | None


class JoinedRecord(msgspec.Struct, array_like=True, frozen=True, tag="joined"):
    """Somebody came in."""

    at: float
    node: str
    occupant: OccupantRecord


class LeftRecord(msgspec.Struct, array_like=True, frozen=True, tag="left"):
    """Somebody left or was removed."""

    at: float
    node: str
    oid: int
    codes: list[str] | None
    reason: str | None
    actor: str | None
    why: str | None


class RenamedRecord(msgspec.Struct, array_like=True, frozen=True, tag="renamed"):
    """Somebody took another nick."""

    at: float
    node: str
    oid: int
    nick: str


class ChangedRecord(msgspec.Struct, array_like=True, frozen=True, tag="changed"):
    """Somebody is as told here now."""

    at: float
    node: str
    occupant: OccupantRecord


class AffiliationRecord(msgspec.Struct, array_like=True, frozen=True, tag="affiliation"):
    """Somebody's affiliation was changed."""

    at: float
    node: str
    oid: int | None
    jid: str
    change: ChangeRecord


class ClosingRecord(msgspec.Struct, array_like=True, frozen=True, tag="closing"):
    """What is known of the close of a room changed."""

    at: float
    node: str
    armed: list[ArmedRecord] | None
    owner_gone: GoneRecord | None
    owner_seen: bool


class PersonRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Somebody who was in a room when it ended; whether they had a token is not known of one that ended long ago."""

    name: str | None
    claims_owner: bool
    affiliation: str
    has_token: bool | None = None


class DestroyedRecord(msgspec.Struct, array_like=True, frozen=True, tag="destroyed"):
    """A room ended."""

    at: float
    node: str
    reason: str | None
    how: str
    by: str | None
    by_module: str | None
    opened_at: float
    opened_exactly: bool
    people: list[PersonRecord] | None


class RefusedRecord(msgspec.Struct, array_like=True, frozen=True, tag="refused"):
    """Somebody was turned away."""

    refusal: RefusalRecord


class EntryRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A line of a room's past."""

    at: float
    what: str
    oid: int | None
    name: str | None
    was: str | None
    now: str | None
    by: str | None
    by_module: str | None
    detail: str | float | None


EventRecord = (
    JoinedRecord
    | LeftRecord
    | RenamedRecord
    | ChangedRecord
    | AffiliationRecord
    | ClosingRecord
    | RefusedRecord
    | DestroyedRecord
)


class BatchRecord(msgspec.Struct, frozen=True):
    """What comes in one message."""

    sub: str
    seq: int
    now: float
    facts: dict[str, Any] | None = None
    rooms: list[RoomRecord] | None = None
    events: list[EventRecord] | None = None
    door: list[RefusalRecord] | None = None
    ended: list[DestroyedRecord] | None = None
    snapshot: str | None = None
    lost: int = 0
    resync: bool = False
    health: Health | None = None
    bye: float | None = None
