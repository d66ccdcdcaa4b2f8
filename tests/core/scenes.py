"""Small pictures of a server for the core's tests, made of the events a source would send."""

from __future__ import annotations

from typing import Any

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.claims import Claims
from monitor.core.events import BatchHeard, FactsLearned, FeedChanged, LinkChanged, OccupantJoined, SnapshotEnded
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import RoomKey, RoomKind
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from monitor.tokens.claims import claims_of

SERVER, HOST = "meet", "conference.meet.test"
NOW = 1_790_000_000.0
FOCUS = "focus@auth.meet.test/focus"
OWNER, MEMBER, NONE = Affiliation.OWNER, Affiliation.MEMBER, Affiliation.NONE


def key(node: str) -> RoomKey:
    return RoomKey(SERVER, HOST, node)


def live_store(modules: tuple[str, ...] = ("muc", "token_affiliation")) -> Store:
    """A store whose one MUC host is followed live, with no rooms yet."""
    store = Store()
    store.declare(SERVER, [HOST])
    store.apply(LinkChanged(SERVER, LinkState.UP, NOW))
    store.apply(FactsLearned(SERVER, HOST, RoomKind.MAIN, {"modules": list(modules)}))
    store.apply(BatchHeard(SERVER, HOST, NOW, NOW))
    store.apply(SnapshotEnded(SERVER, HOST, "one"))
    store.apply(FeedChanged(SERVER, HOST, FeedState.LIVE, NOW))
    return store


def person(
    oid: int,
    claimed: Affiliation | None,
    affiliation: Affiliation,
    *,
    change: Change | None = None,
    joined_at: float = NOW,
    **fields: Any,
) -> Occupant:
    """Somebody in a room; `claimed` None stands for a person without a token."""
    moderator = affiliation in (OWNER, Affiliation.ADMIN)
    return Occupant(
        oid=oid,
        nick=f"nick{oid}",
        name=fields.pop("name", f"Person {oid}"),
        sessions=fields.pop("sessions", (Session(f"user{oid}@meet.test/web"),)),
        role=fields.pop("role", Role.MODERATOR if moderator else Role.PARTICIPANT),
        affiliation=affiliation,
        joined_at=joined_at,
        has_token=fields.pop("has_token", claimed is not None),
        claims=fields.pop("claims", Claims(claimed) if claimed is not None else None),
        change=change,
        **fields,
    )


def bearer(oid: int, payload: dict[str, Any], affiliation: Affiliation = MEMBER, **fields: Any) -> Occupant:
    """Somebody with a token of that payload."""
    claims = claims_of(payload)
    return person(oid, claims.affiliation, affiliation, claims=claims, **fields)


def focus(oid: int = 99) -> Occupant:
    """The conference focus."""
    return Occupant(oid, "focus", None, (Session(FOCUS),), Role.MODERATOR, OWNER, NOW, exempt=Exempt.ADMIN)


def promotion(actor: str | None, kind: ActorKind, at: float = NOW, by_module: str | None = None) -> Change:
    """From member to owner."""
    return Change(at, MEMBER, OWNER, actor, kind, by_module)


def join(store: Store, node: str, *people: Occupant) -> None:
    """Let people come in, after jicofo where the room is new."""
    if store.find_room(key(node)) is None and not any(one.nick == "focus" for one in people):
        store.apply(OccupantJoined(key(node), "one", people[0].joined_at, focus()))
    for one in people:
        store.apply(OccupantJoined(key(node), "one", one.joined_at, one))
