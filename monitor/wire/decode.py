"""From the feed's JSON to events. Total: whatever comes in, the result is a batch or `Undecodable`, nothing else."""

from __future__ import annotations

import binascii
import math
from collections.abc import Iterator
from typing import Any

import msgspec

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.claims import Claims
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
from monitor.core.history import Entry
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import EndedRoom, OwnerGone, RoomKey, RoomKind, Timer, WasThere
from monitor.core.server import Health, Refusal
from monitor.tokens.claims import claims_of
from monitor.wire.records import (
    AffiliationRecord,
    ArmedRecord,
    BatchRecord,
    ChangedRecord,
    ChangeRecord,
    ClosingRecord,
    DestroyedRecord,
    EntryRecord,
    GoneRecord,
    JoinedRecord,
    LeftRecord,
    OccupantRecord,
    RefusalRecord,
    RefusedRecord,
    RenamedRecord,
    RoomRecord,
)


class Undecodable(Exception):
    """What came is no batch of this protocol. The text names the place, never the content."""


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


_batches = msgspec.json.Decoder(BatchRecord, strict=False)
_histories = msgspec.json.Decoder(list[EntryRecord], strict=False)
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
            health=raw.health,
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


def _events(raw: BatchRecord, server: str, host: str) -> Iterator[Event]:
    for event in raw.events or ():
        if isinstance(event, RefusedRecord):
            yield JoinRefused(server, host, _refusal(event.refusal))
            continue
        key = RoomKey(server, host, event.node)
        match event:
            case JoinedRecord():
                yield OccupantJoined(key, raw.sub, event.at, _occupant(event.occupant))
            case LeftRecord():
                codes = tuple(event.codes or ())
                yield OccupantLeft(key, event.at, event.oid, codes, event.reason, event.actor, event.why)
            case RenamedRecord():
                yield OccupantRenamed(key, event.at, event.oid, event.nick)
            case ChangedRecord():
                yield OccupantChanged(key, event.at, _occupant(event.occupant))
            case AffiliationRecord():
                yield AffiliationChanged(key, event.oid, event.jid, _change(event.change))
            case ClosingRecord():
                armed = _armed(event.armed, event.at)
                yield ClosingChanged(key, event.at, armed, _gone(event.owner_gone), event.owner_seen)
            case DestroyedRecord():
                yield RoomDestroyed(_ended(event, key))
    # Rooms are written after the events of the same batch had been gathered: they know better, and one of them may be
    # a new room of the name of one that is over.
    for room in raw.rooms or ():
        yield _room_seen(room, RoomKey(server, host, room.node), raw)
    if raw.door is not None or raw.ended is not None:
        door = tuple(_refusal(one) for one in raw.door or ())
        ended = tuple(_ended(one, RoomKey(server, host, one.node)) for one in raw.ended or ())
        yield PastTold(server, host, door, ended)


def _armed(raw: list[ArmedRecord] | None, told_at: float) -> tuple[Timer, ...]:
    # A timer does not follow steps of the clock: what was left of it when it was told holds, not when it is due.
    return tuple(Timer(one.at, told_at + one.due_in, one.cause, one.missed) for one in raw or ())


def _gone(raw: GoneRecord | None) -> OwnerGone | None:
    return OwnerGone(raw.at, raw.oid, raw.name, raw.why) if raw else None


def _refusal(raw: RefusalRecord) -> Refusal:
    claims = _claims(raw.claims) if raw.claims else None
    return Refusal(raw.at, raw.stage, raw.node, raw.jid, raw.token_id, claims, raw.condition, raw.words, raw.gate)


def _ended(raw: DestroyedRecord, key: RoomKey) -> EndedRoom:
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
            WasThere(one.name, one.claims_owner, _AFFILIATIONS.get(one.affiliation, Affiliation.NONE), one.has_token)
            for one in raw.people or ()
        ),
    )


def _room_seen(room: RoomRecord, key: RoomKey, raw: BatchRecord) -> RoomSeen:
    return RoomSeen(
        key=key,
        sub=raw.sub,
        kind=room_kind(room.kind),
        parent=room.parent,
        title=room.title,
        first_seen_at=room.first_seen_at,
        created_at=room.created_at,
        focus_present=room.focus_present,
        occupants=tuple(_occupant(occupant) for occupant in room.occupants or ()),
        part=room.part,
        more=room.more,
        armed=_armed(room.armed, raw.now),
        owner_gone=_gone(room.owner_gone),
        owner_seen=room.owner_seen,
    )


def _occupant(raw: OccupantRecord) -> Occupant:
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


def _change(raw: ChangeRecord) -> Change:
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
