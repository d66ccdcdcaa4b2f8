"""The likely cause behind a finding about somebody's token: what its issuer wrote, and how it should be."""

from __future__ import annotations

import math

from monitor.core.cause import Cause, Fix
from monitor.core.claims import Claims
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKind
from monitor.core.rules.persons import TOGETHER_S
from monitor.core.rules.tokens import ahead_s, domain_of
from monitor.core.server import MucHost
from monitor.core.spelling import normalised, split_tenant
from monitor.core.text import clean

_NAMED = 5
_ROOMS_NAMED = 3


def token_cause(rule: str, person: Occupant, room: Room, host: MucHost) -> Cause | None:
    """The likely cause of a finding of a rule about a token; None where it is no such rule."""
    claims = person.claims
    match rule:
        case "F23":
            return _NO_CLAIMS
        case "F28":
            return _tokenless(person, host)
        case "F20" if person.features is not None:
            return _FEATURES_OF_PROMOTER
    return None if claims is None else _of_claims(rule, claims, person, room)


def _of_claims(rule: str, claims: Claims, person: Occupant, room: Room) -> Cause | None:
    match rule:
        case "F12":
            return _misspelt(claims, room)
        case "F13":
            return Cause(f"the token says {clean(str(claims.room))}: the server takes small letters for capitals")
        case "F14":
            return _everywhere(claims)
        case "F19":
            return _other_tenant(claims, room)
        case "F21":
            return _odd_features(claims)
        case "F25":
            return _shared(person, room)
        case "F26":
            return _contradiction(claims)
        case "F27":
            return _nulls(claims)
        case "F30":
            return _ahead(claims, person)
    return _ALWAYS.get(rule)


def _issuer(*lines: str) -> tuple[Fix, ...]:
    return (Fix("any", lines),)


_LINK = (Fix("now", ("make a link for them, and have them come in by it",)),)
_NO_CLAIMS = Cause(
    "mod_muc_monitor is not loaded, or tells no claims",
    fixes=_issuer('on the MUC component: muc_monitor_claims other than "none"'),
    so="whether their rights are those of the token cannot be judged",
)
_FEATURES_OF_PROMOTER = Cause("they have the features of whoever made them owner, and recording is not among them")
_ALWAYS = {
    "F16": Cause(
        "expiry removes nobody: a token is looked at when its owner connects, and then again",
        fixes=_LINK,
        so="a network drop would lock them out",
    ),
    "F17": Cause(
        "the token runs out within five minutes; that alone removes nobody",
        fixes=_LINK,
        so="if the connection drops after that they cannot come back, and nobody else owns the room",
    ),
    "F20": Cause(
        "context.features is listed without recording: what is not listed is off",
        fixes=_issuer("have the issuer list recording as true,", "or leave context.features out"),
    ),
    "F24": Cause(f"another device, or another window, with the same context.user.id, for over {TOGETHER_S:.0f} s"),
}
"""By rule, where the cause is the same for every token."""


def _home(room: Room) -> tuple[str | None, str]:
    """The tenant and the name of a room, or of the one that a breakout room belongs to."""
    return split_tenant((room.parent if room.kind is RoomKind.BREAKOUT else room.key.node) or "")


def _everywhere(claims: Claims) -> Cause:
    ends = claims.expires_at is not None
    until = ", until it expires" if ends else ", and it never expires" if claims.exp is None else ""
    return Cause(
        'the issuer writes "*" for the room',
        fixes=_issuer("have the issuer name the room in each token"),
        so=f"whoever gets hold of this token gets into every room{until}",
    )


def _misspelt(claims: Claims, room: Room) -> Cause:
    _, name = _home(room)
    return Cause(
        f"the token says {clean(str(claims.room))}, the room's address is {clean(name)}: the same name, "
        "but the server compares them as they are written",
        fixes=_issuer("have the issuer write", clean(normalised(str(claims.room)))),
        so="who loses the connection may not get in again",
    )


def _odd_features(claims: Claims) -> Cause:
    return Cause(
        " ".join(claims.traits.odd_features).rstrip("."),
        fixes=_issuer("have the issuer list features that Jitsi knows,", "each as true or false"),
    )


def _contradiction(claims: Claims) -> Cause | None:
    if claims.traits.contradiction is None:
        return None
    first, second = claims.traits.contradiction
    return Cause(
        f"the token says {first}, and {second}: token_moderation of old reads the first alone, "
        "token_affiliation the second alone",
        fixes=_issuer("have the issuer write context.user.affiliation alone,", "or both alike"),
        so="rights depend on which of the two plugins is loaded",
    )


def _nulls(claims: Claims) -> Cause:
    fields = ", ".join(f"context.user.{clean(name, 40)}" for name in claims.traits.nulls[:_NAMED])
    return Cause(
        f"null stands in {fields}, where text belongs",
        fixes=_issuer('have the issuer write text there (""), or leave it out'),
    )


def _ahead(claims: Claims, person: Occupant) -> Cause:
    by_s = math.ceil(ahead_s(claims, person.joined_at) or 0)
    return Cause(
        f"by the server's clock the token was signed {by_s:,} s after it was used",
        fixes=_issuer("set the clock of the issuer by NTP,", "or have it write nbf 60 s into the past"),
        so="a token whose nbf is ahead is refused: nbf has no leeway",
    )


def _tokenless(person: Occupant, host: MucHost) -> Cause:
    guest_host = person.bare_jid.partition("@")[2]
    if guest_host and guest_host != host.facts.get("parent_host"):
        return Cause(
            f"they came in by {clean(guest_host)}, a host that asks for no token",
            fixes=_issuer("take that host away where guests are not meant,", 'or set F28 = "off" where they are'),
        )
    return Cause(
        "allow_empty_token was on when they came, or another plugin lets people in",
        so="they stay until they leave; the server asks nobody inside for a token",
    )


def _other_tenant(claims: Claims, room: Room) -> Cause:
    tenant, _ = _home(room)
    traits = claims.traits
    told = [("context.tenant", traits.tenant), ("sub", traits.sub)]
    domain = domain_of(room.key.host)
    here = (None, domain, tenant.lower() if tenant is not None else None)
    said = [f"{name} {clean(value or '')}" for name, value in told if value not in here]
    where = f"the tenant {clean(tenant)}" if tenant is not None else "no tenant"
    return Cause(
        f"the token says {' and '.join(said)}; the room is in {where}",
        fixes=_issuer("have the issuer name the tenant that is in the link"),
        so="with enable_domain_verification the server refuses them when they come again",
    )


def _shared(person: Occupant, room: Room) -> Cause:
    alike = [one for one in room.people() if one.token_id == person.token_id and not one.is_held]
    names = ", ".join(shown_name(one) for one in alike[:_NAMED])
    more = f" and {len(alike) - _NAMED:,} more" if len(alike) > _NAMED else ""
    spread = room.shared.get(person.token_id or "")
    number, where = len(alike), ""
    if spread is not None:
        # What this room has is told by name already.
        others = [clean(name) for key, name in spread.rooms.items() if key != room.key]
        named = ", ".join(others[:_ROOMS_NAMED]) + (" and other rooms" if len(others) > _ROOMS_NAMED else "")
        number, where = spread.people, f" here, and at the same time in {named}"
    return Cause(
        f"one link, {number:,} people: {names}{more}{where}; it was passed on, or is meant for a class",
        fixes=(Fix("now", ("where it was passed on, make everybody a link of their own",)),),
        so="they all have the rights that the link gives",
    )
