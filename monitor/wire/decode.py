"""From the feed's JSON to events. Total: whatever comes in, it returns a batch or raises `Undecodable`, nothing else.

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
    person    name, claims an owner, affiliation
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

import binascii
import math
from collections.abc import Iterator
from typing import Any

import msgspec

from monitor.core.events import (
    AffiliationChanged,
    ClosingChanged,
    Event,
    JoinRefused,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    PastTold,
    RoomDestroyed,
    RoomSeen,
)
from monitor.core.model import (
    ActorKind,
    Affiliation,
    Change,
    Claims,
    EndedRoom,
    Entry,
    Exempt,
    Health,
    Occupant,
    OwnerGone,
    Refusal,
    Role,
    RoomKey,
    RoomKind,
    Session,
    Timer,
)
from monitor.tokens.claims import claims_of


class Undecodable(Exception):
    """What came is no batch of this protocol. The text names the place, never the content."""


class _Change(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: float
    was: str
    now: str
    actor: str | None
    actor_kind: str | None
    by_module: str | None
    reason: str | None


class _Occupant(msgspec.Struct, array_like=True, frozen=True, gc=False):
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
    change: _Change | None
    active_at: float | None
    claims: str | None


class _Armed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: float
    due_at: float
    due_in: float
    cause: str | None
    missed: bool


class _Gone(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: float
    oid: int
    name: str | None
    why: str | None


class _Refusal(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: float
    stage: str
    node: str | None
    jid: str | None
    token_id: str | None
    claims: str | None
    condition: str | None
    words: str | None
    gate: str


class _Room(msgspec.Struct, array_like=True, frozen=True, gc=False):
    node: str
    kind: str
    parent: str | None
    first_seen_at: float
    created_at: float | None
    focus_present: bool
    armed: list[_Armed] | None
    owner_gone: _Gone | None
    owner_seen: bool
    part: int
    more: bool
    occupants: list[_Occupant] | None


class _Joined(msgspec.Struct, array_like=True, frozen=True, tag="joined"):
    at: float
    node: str
    occupant: _Occupant


class _Left(msgspec.Struct, array_like=True, frozen=True, tag="left"):
    at: float
    node: str
    oid: int
    codes: list[str] | None
    reason: str | None
    actor: str | None
    why: str | None


class _Renamed(msgspec.Struct, array_like=True, frozen=True, tag="renamed"):
    at: float
    node: str
    oid: int
    nick: str


class _Changed(msgspec.Struct, array_like=True, frozen=True, tag="changed"):
    at: float
    node: str
    occupant: _Occupant


class _Affiliation(msgspec.Struct, array_like=True, frozen=True, tag="affiliation"):
    at: float
    node: str
    oid: int | None
    jid: str
    change: _Change


class _Closing(msgspec.Struct, array_like=True, frozen=True, tag="closing"):
    at: float
    node: str
    armed: list[_Armed] | None
    owner_gone: _Gone | None
    owner_seen: bool


class _Destroyed(msgspec.Struct, array_like=True, frozen=True, tag="destroyed"):
    at: float
    node: str
    reason: str | None
    how: str
    by: str | None
    by_module: str | None
    opened_at: float
    opened_exactly: bool
    people: list[tuple[str | None, bool, str]] | None


class _Refused(msgspec.Struct, array_like=True, frozen=True, tag="refused"):
    refusal: _Refusal


class _Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: float
    what: str
    oid: int | None
    name: str | None
    was: str | None
    now: str | None
    by: str | None
    by_module: str | None
    detail: str | float | None


class _Health(msgspec.Struct, frozen=True):
    uptime_s: float = 0.0
    slice_max_ms: float = 0.0
    slice_collected_max_ms: float = 0.0
    errors: int = 0
    last_error: str | None = None
    rooms: int = 0
    occupants: int = 0
    watchers: int = 0


class _Batch(msgspec.Struct, frozen=True):
    sub: str
    seq: int
    now: float
    facts: dict[str, Any] | None = None
    rooms: list[_Room] | None = None
    events: list[_Joined | _Left | _Renamed | _Changed | _Affiliation | _Closing | _Refused | _Destroyed] | None = None
    door: list[_Refusal] | None = None
    ended: list[_Destroyed] | None = None
    snapshot: str | None = None
    lost: int = 0
    resync: bool = False
    health: _Health | None = None
    bye: float | None = None


class Batch(msgspec.Struct, frozen=True):
    """A batch whose parts are events of the core."""

    sub: str
    seq: int
    now: float
    facts: dict[str, Any] | None
    events: tuple[Event, ...]
    snapshot_ended: bool
    lost: int
    """Changes that are not told one by one, since the watcher was slow."""
    resync: bool
    """Too much was lost: watch anew."""
    health: Health | None
    bye: bool


_batches = msgspec.json.Decoder(_Batch, strict=False)
_histories = msgspec.json.Decoder(list[_Entry], strict=False)
_objects = msgspec.json.Decoder(dict[str, Any])


def decode_batch(json: str, server: str, host: str) -> Batch:
    """Read a batch of the feed about the rooms of a server's MUC host. Raises `Undecodable`."""
    try:
        raw = _batches.decode(json)
        if not math.isfinite(raw.now):
            raise Undecodable("the batch's time is not a number")
        return Batch(
            sub=raw.sub,
            seq=raw.seq,
            now=raw.now,
            facts=raw.facts,
            events=tuple(_events(raw, server, host)),
            snapshot_ended=raw.snapshot == "end",
            lost=raw.lost,
            resync=raw.resync,
            health=Health(**msgspec.structs.asdict(raw.health)) if raw.health else None,
            bye=raw.bye is not None,
        )
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Undecodable(_place(error)) from None


def decode_facts(json: str) -> dict[str, Any]:
    """Read the facts that come with the answer to a watch. Raises `Undecodable`."""
    try:
        return _objects.decode(json)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Undecodable(_place(error)) from None


def decode_history(json: str) -> tuple[Entry, ...]:
    """Read the answer to a question for a room's past. Raises `Undecodable`."""
    try:
        return tuple(
            Entry(
                raw.at,
                raw.what,
                raw.oid,
                raw.name,
                raw.was,
                raw.now,
                raw.by,
                raw.by_module,
                None if raw.detail is None else str(raw.detail),
            )
            for raw in _histories.decode(json)
        )
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Undecodable(_place(error)) from None


def room_kind(word: object) -> RoomKind:
    """The kind of room a word names; main for words we do not know."""
    return _KINDS.get(word, RoomKind.MAIN) if isinstance(word, str) else RoomKind.MAIN


def _place(error: Exception) -> str:
    # A validation error may quote a tag it did not know; the path alone is ours.
    text = str(error)
    path = text[text.rfind("`$") :] if "`$" in text else "the document"
    return f"{type(error).__name__} at {path}"


def _events(raw: _Batch, server: str, host: str) -> Iterator[Event]:
    for room in raw.rooms or ():
        yield _room_seen(room, RoomKey(server, host, room.node), raw)
    for event in raw.events or ():
        if isinstance(event, _Refused):
            yield JoinRefused(server, host, _refusal(event.refusal))
            continue
        key = RoomKey(server, host, event.node)
        match event:
            case _Joined():
                yield OccupantJoined(key, raw.sub, event.at, _occupant(event.occupant))
            case _Left():
                codes = tuple(event.codes or ())
                yield OccupantLeft(key, event.at, event.oid, codes, event.reason, event.actor, event.why)
            case _Renamed():
                yield OccupantRenamed(key, event.at, event.oid, event.nick)
            case _Changed():
                yield OccupantChanged(key, event.at, _occupant(event.occupant))
            case _Affiliation():
                yield AffiliationChanged(key, event.oid, event.jid, _change(event.change))
            case _Closing():
                armed = _armed(event.armed, event.at)
                yield ClosingChanged(key, event.at, armed, _gone(event.owner_gone), event.owner_seen)
            case _Destroyed():
                yield RoomDestroyed(_ended(event, key))
    if raw.door is not None or raw.ended is not None:
        door = tuple(_refusal(one) for one in raw.door or ())
        ended = tuple(_ended(one, RoomKey(server, host, one.node)) for one in raw.ended or ())
        yield PastTold(server, host, door, ended)


def _armed(raw: list[_Armed] | None, told_at: float) -> tuple[Timer, ...]:
    # A timer does not follow steps of the clock: what was left of it when it was told holds, not when it is due.
    return tuple(Timer(one.at, told_at + one.due_in, one.cause, one.missed) for one in raw or ())


def _gone(raw: _Gone | None) -> OwnerGone | None:
    return OwnerGone(raw.at, raw.oid, raw.name, raw.why) if raw else None


def _refusal(raw: _Refusal) -> Refusal:
    claims = _claims(raw.claims) if raw.claims else None
    return Refusal(raw.at, raw.stage, raw.node, raw.jid, raw.token_id, claims, raw.condition, raw.words, raw.gate)


def _ended(raw: _Destroyed, key: RoomKey) -> EndedRoom:
    return EndedRoom(
        key=key,
        at=raw.at,
        reason=raw.reason,
        how=raw.how,
        by=raw.by,
        by_module=raw.by_module,
        opened_at=raw.opened_at,
        opened_exactly=raw.opened_exactly,
        people=tuple(
            (name, owner, _AFFILIATIONS.get(affiliation, Affiliation.NONE))
            for name, owner, affiliation in raw.people or ()
        ),
    )


def _room_seen(room: _Room, key: RoomKey, raw: _Batch) -> RoomSeen:
    return RoomSeen(
        key=key,
        sub=raw.sub,
        kind=room_kind(room.kind),
        parent=room.parent,
        first_seen_at=room.first_seen_at,
        created_at=room.created_at,
        focus_present=room.focus_present,
        occupants=tuple(_occupant(occupant) for occupant in room.occupants or ()),
        part=room.part,
        armed=_armed(room.armed, raw.now),
        owner_gone=_gone(room.owner_gone),
        owner_seen=room.owner_seen,
    )


def _occupant(raw: _Occupant) -> Occupant:
    return Occupant(
        oid=raw.oid,
        nick=raw.nick,
        name=raw.name,
        sessions=tuple(Session(jid, gone_at) for jid, gone_at in raw.sessions or ()),
        role=_ROLES.get(raw.role, Role.NONE),
        affiliation=_AFFILIATIONS.get(raw.affiliation, Affiliation.NONE),
        joined_at=raw.joined_at,
        joined_exactly=raw.exactly,
        exempt=_EXEMPT.get(raw.exempt or "", Exempt.NO),
        has_token=raw.has_token,
        token_id=raw.token_id,
        claims=_claims(raw.claims) if raw.claims else None,
        identity_without_token=raw.identity_without_token,
        features=raw.features,
        change=_change(raw.change) if raw.change else None,
        active_at=raw.active_at,
    )


def _claims(encoded: str) -> Claims | None:
    try:
        return claims_of(_objects.decode(binascii.a2b_base64(encoded)))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        # An issuer's odd bytes must not cost the room: the claims are unknown then.
        return None


def _change(raw: _Change) -> Change:
    return Change(
        at=raw.at,
        was=_AFFILIATIONS.get(raw.was, Affiliation.NONE),
        now=_AFFILIATIONS.get(raw.now, Affiliation.NONE),
        actor=raw.actor,
        actor_kind=_ACTORS.get(raw.actor_kind or "", ActorKind.UNKNOWN),
        by_module=raw.by_module,
        reason=raw.reason,
    )


_KINDS: dict[str, RoomKind] = {kind.value: kind for kind in RoomKind}
_ROLES: dict[str, Role] = {role.value: role for role in Role}
_AFFILIATIONS: dict[str, Affiliation] = {one.value: one for one in Affiliation}
_EXEMPT: dict[str, Exempt] = {one.value: one for one in Exempt}
_ACTORS: dict[str, ActorKind] = {kind.value: kind for kind in ActorKind}
