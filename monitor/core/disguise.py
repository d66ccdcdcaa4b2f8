"""Data without names, for a screen on the wall: whatever strangers wrote is replaced before any view can see it.

People become their initials, rooms, addresses and tokens short marks that stay the same while the program runs. What
the rules compare compares as before, so the findings are those of the real data. Text of which nobody can tell
whose name it holds (reasons, the server's words) is left out. Everything here makes new structs from old ones and
names each field it keeps: a field that is added to the model is empty on the wall until somebody decides about it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection
from hashlib import blake2b
from itertools import islice
from typing import Any

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.claims import Claims
from monitor.core.findings import HEALTH_CHECK, is_health_check
from monitor.core.history import Entry
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import EndedRoom, OwnerGone, Room, RoomKey, RoomKind, Spread, Timer
from monitor.core.rules.tokens import domain_of
from monitor.core.server import Refusal
from monitor.core.spelling import Grade, grade, split_tenant
from monitor.core.text import clean
from monitor.core.traits import Traits, hides_recording

HIDDEN = "(hidden)"
FOCUS = "focus"
"""jicofo's nick and the first part of its address: everybody's jicofo has this name, and screens look for it."""

_INITIALS = 3
_LEAST_DIGITS = 4
_ROOMS = 4
_REMEMBERED = 100_000
_INVITED = "Invited by"
"""How the lobby's reason begins, by which a member it has let in is told."""
_WORDS = frozenset({*Affiliation, *ActorKind, "none"})
_WHATS = frozenset({"joined", "left", "renamed", "affiliation", "lost", "back", "armed", "missed"})
_WAYS = frozenset({"left", "switched", "lost", "kicked", "banned", "affiliation", "removed", "destroyed"})
_GATES = frozenset({"token", "other_room", "party", "lobby", "ban", "nick", "other", "connect", "join"})
_ENDS = frozenset({"timer", "moderator", "operator", "module", "last_left", "unknown"})
_CONDITIONS = frozenset(
    {
        *("not-authorized", "forbidden", "not-allowed", "registration-required", "conflict", "not-acceptable"),
        *("service-unavailable", "item-not-found", "jid-malformed", "resource-constraint", "policy-violation"),
        "internal-server-error",
    }
)
_PLUGIN = re.compile(r"[\w./-]*mod_[a-z0-9_]+(\.lua)?")
_TIMES = ("lost", "back", "armed", "missed")


class Disguise:
    """Gives each name its stand-in, always the same one. `salt` keeps others from trying names out."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._marks: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def mark(self, kind: str, raw: str) -> str:
        """A short mark such as ``room-3f9a``; two names never share one."""
        if (kind, raw) in self._marks:
            return self._marks[kind, raw]
        if len(self._marks) >= _REMEMBERED:
            self._marks.clear()
            self._taken.clear()
        digest = blake2b(raw.encode("utf-8", "surrogatepass"), key=self._salt, person=kind.encode()[:16]).hexdigest()
        ends = range(_LEAST_DIGITS, len(digest))
        found = next(mark for end in ends if (mark := f"{kind}-{digest[:end]}") not in self._taken)
        self._taken.add(found)
        self._marks[kind, raw] = found
        return found

    def node(self, node: str) -> str:
        """A room's node; jicofo's own test rooms stay known as such, and that a room has a tenant stays seen."""
        tenant, _ = split_tenant(node)
        before = "" if tenant is None else f"[{self.mark('tenant', tenant.lower())}]"
        return before + self.mark(HEALTH_CHECK if is_health_check(node) else "room", node)

    def key(self, key: RoomKey) -> RoomKey:
        """A room's key."""
        return RoomKey(key.server, key.host, self.node(key.node))

    def address(self, jid: str | None) -> str | None:
        """A JID, without its resource."""
        if not jid:
            return jid
        bare = jid.partition("/")[0]
        # With a colon it is no address that a command to copy could be made of.
        return FOCUS if bare.partition("@")[0] == FOCUS else self.mark("user", bare).replace("-", ":")

    def room(self, room: Room, occupants: dict[int, Occupant]) -> Room:
        """A room with these occupants, who are in disguise already."""
        return Room(
            key=self.key(room.key),
            kind=room.kind,
            parent=None if room.parent is None else self.node(room.parent),
            first_seen_at=room.first_seen_at,
            created_at=room.created_at,
            focus_present=room.focus_present,
            focus_gone_at=room.focus_gone_at,
            drops=room.drops,
            mass_drop=room.mass_drop,
            occupants=occupants,
            shared={self.mark("token", token): self.spread(one, room) for token, one in room.shared.items()},
            revision=room.revision,
            armed=tuple(Timer(one.at, one.due_at, initials(one.cause), one.missed) for one in room.armed),
            owner_gone=_gone(room.owner_gone),
            owner_seen=room.owner_seen,
            followed_from=room.followed_from,
            history=deque((self.entry(one) for one in room.history), room.history.maxlen),
        )

    def spread(self, spread: Spread, room: Room) -> Spread:
        """A token that is used in several rooms; of thousands, a few of them."""
        some = dict(islice(((key, name) for key, name in spread.rooms.items() if key != room.key), _ROOMS))
        return Spread(spread.since_at, spread.people, {}, {self.key(key): self.node(key.node) for key in some})

    def occupant(self, one: Occupant, room: Room) -> Occupant:
        """Somebody in that room."""
        nick = one.nick if one.exempt is Exempt.ADMIN and one.nick == FOCUS else initials(one.nick) or ""
        return Occupant(
            oid=one.oid,
            nick=nick,
            name=initials(one.name),
            sessions=tuple(Session(self.address(each.jid) or "", each.gone_at) for each in one.sessions),
            role=one.role,
            affiliation=one.affiliation,
            joined_at=one.joined_at,
            joined_exactly=one.joined_exactly,
            exempt=one.exempt,
            has_token=one.has_token,
            token_id=None if one.token_id is None else self.mark("token", one.token_id),
            claims=None if one.claims is None else self.claims(one.claims, _home(room), domain_of(room.key.host)),
            identity_without_token=one.identity_without_token,
            features=_features(one.features),
            change=None if one.change is None else self.change(one.change),
            active_at=one.active_at,
        )

    def claims(self, claims: Claims, node: str | None, domain: str = "") -> Claims:
        """What a token says, of somebody in the room of that node on a server of that domain.

        Its room and tenant compare with the node as before.
        """
        name = claims.name if isinstance(claims.name, str) else None
        pattern = {"context": {"room": {"regex": True}}} if claims.room_is_pattern else {}
        exp = claims.exp
        return Claims(
            affiliation=claims.affiliation,
            room=self._claimed_room(claims, node),
            exp=exp if exp is None or isinstance(exp, int | float) else HIDDEN,
            user_id=self.mark("id", claims.user_id) if isinstance(claims.user_id, str) and claims.user_id else None,
            name=initials(name),
            payload=pattern,
            traits=self.traits(claims.traits, domain),
        )

    def traits(self, traits: Traits, domain: str) -> Traits:
        """What stands out in a token."""
        return Traits(
            tenant=None if traits.tenant is None else self.mark("tenant", traits.tenant),
            sub=traits.sub if traits.sub in (None, domain) else self.mark("tenant", traits.sub),
            signed_at=traits.signed_at,
            hides_recording=traits.hides_recording,
            odd_features=(HIDDEN,) * len(traits.odd_features),
            nulls=(HIDDEN,) * len(traits.nulls),
            contradiction=None if traits.contradiction is None else (HIDDEN, HIDDEN),
            notable=traits.notable,
        )

    def change(self, change: Change) -> Change:
        """A change of affiliation."""
        return Change(
            at=change.at,
            was=change.was,
            now=change.now,
            actor=self.address(change.actor),
            actor_kind=change.actor_kind,
            by_module=_plugin(change.by_module),
            reason=_reason(change.reason),
            tainted=change.tainted,
        )

    def entry(self, entry: Entry) -> Entry:
        """A line of a room's history."""
        what = _known(entry.what, _WHATS) or HIDDEN
        return Entry(
            at=entry.at,
            what=what,
            oid=entry.oid,
            name=FOCUS if entry.name == FOCUS else initials(entry.name),
            was=_known(entry.was, _WORDS),
            now=_known(entry.now, _WORDS),
            by=entry.by if entry.by in _WORDS else self.address(entry.by),
            by_module=_plugin(entry.by_module),
            detail=_detail(what, entry.detail),
        )

    def refusal(self, one: Refusal) -> Refusal:
        """Somebody who was turned away."""
        return Refusal(
            at=one.at,
            stage=_known(one.stage, _GATES) or HIDDEN,
            node=None if one.node is None else self.node(one.node),
            jid=self.address(one.jid),
            token_id=None if one.token_id is None else self.mark("token", one.token_id),
            claims=None if one.claims is None else self.claims(one.claims, one.node),
            condition=_known(one.condition, _CONDITIONS),
            words=HIDDEN if one.words else one.words,
            gate=_known(one.gate, _GATES) or "other",
        )

    def ended(self, one: EndedRoom) -> EndedRoom:
        """A room that is over."""
        return EndedRoom(
            key=self.key(one.key),
            at=one.at,
            reason=HIDDEN if one.reason else one.reason,
            how=_known(one.how, _ENDS) or "unknown",
            by=self.address(one.by),
            by_module=_plugin(one.by_module),
            opened_at=one.opened_at,
            opened_exactly=one.opened_exactly,
            people=tuple(was._replace(name=initials(was.name)) for was in one.people),
        )

    def _claimed_room(self, claims: Claims, node: str | None) -> Any:
        if node is None:
            return self.mark("room", claims.room) if isinstance(claims.room, str) else None
        _, shown = split_tenant(self.node(node))
        match grade(claims.room, node, claims.room_is_pattern):
            case Grade.SAME:
                return shown
            case Grade.CASE:
                return shown.upper()
            case Grade.SPELLING:
                return f"%{ord(shown[0]):02x}{shown[1:]}"
            case Grade.WILDCARD:
                return "*"
            case Grade.UNKNOWN:
                return None
        return self.mark("other", str(claims.room))


def initials(name: str | None) -> str | None:
    """What is left of a name: first letters, and a number of one or two digits, as in ``G. 7``."""
    if not name:
        return name
    words = re.split(r"[\W_]+", clean(name).partition("@")[0])
    letters = [word if word.isdigit() and len(word) < 3 else f"{word[0].upper()}." for word in words if word]
    return " ".join(letters[:_INITIALS]) or "?"


def _home(room: Room) -> str | None:
    """The node that a token's room is compared with."""
    return room.parent if room.kind is RoomKind.BREAKOUT else room.key.node


def _gone(gone: OwnerGone | None) -> OwnerGone | None:
    return None if gone is None else OwnerGone(gone.at, gone.oid, initials(gone.name), _known(gone.why, _WAYS))


def _known(word: str | None, known: Collection[str]) -> str | None:
    return word if word is None or word in known else HIDDEN


def _features(features: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is left of them: whether they hide the recording."""
    return None if features is None else {"recording": not hides_recording(features)}


def _plugin(name: str | None) -> str | None:
    """A plugin's file is the server's, and no name of anybody."""
    if name is None:
        return None
    return name if isinstance(name, str) and _PLUGIN.fullmatch(name) else HIDDEN


def _reason(reason: str | None) -> str | None:
    if not reason:
        return reason
    return f"{_INVITED} {HIDDEN}" if reason.startswith(_INVITED) else HIDDEN


def _detail(what: str, detail: str | None) -> str | None:
    if not detail:
        return detail
    if what == "left":
        return _known(detail, _WAYS)
    if what == "renamed":
        return initials(detail)
    if what in _TIMES:
        try:
            return str(float(detail))
        except ValueError:
            return None
    return HIDDEN
