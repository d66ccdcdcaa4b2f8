"""Who may come into a room of the demo: people with the token they bring, and what that token says."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import msgspec

DOMAIN = "meet.example"
MUC = f"conference.{DOMAIN}"
FOCUS = f"focus@auth.{DOMAIN}"

_ISSUED_BEFORE_S = 45.0


class Visitor(msgspec.Struct, frozen=True):
    """Somebody as they knock at the door; `name` tells them apart within their room."""

    name: str
    claim: str | None = "member"
    """The affiliation their token claims; None for somebody without a token."""
    room: str | None = None
    """The room their token is for, where that is another one than they come to."""
    token_s: float | None = 5000.0
    """For how long their token was issued; None where it does not expire."""
    identity: bool = False
    """Whether their presence shows an identity."""
    applied: bool = True
    """Whether the token's affiliation is applied when they join."""
    says: dict[str, Any] = {}
    """What else their token says, or says otherwise."""
    ahead_s: float = 0.0
    """By how much the clock of their issuer was ahead."""
    user: str | None = None
    """Whose user id their token has, where that is not their own."""
    link: str | None = None
    """What their token is known by in every room, where they have one alone."""


class By(msgspec.Struct, frozen=True):
    """Who changes somebody's affiliation: an address with its kind, or a plugin."""

    actor: str | None
    kind: str
    by_module: str | None = None


JICOFO = By(f"{FOCUS}/focus", "jicofo")
OPERATOR = By(f"admin@auth.{DOMAIN}", "operator")
TOKEN_AFFILIATION = By(None, "module", "mod_token_affiliation")


def module(name: str) -> By:
    """The plugin of that name, without ``mod_``."""
    return By(None, "module", f"mod_{name}")


def address_of(visitor: Visitor, node: str, oid: int) -> str:
    """A full JID such as Jitsi's clients get: another one for every visit."""
    local = f"{_digest(visitor.name, node, oid):08x}-{oid & 0xFFFF:04x}"
    return f"{local}@{DOMAIN}/{_digest(local):08x}"


def token_id_of(visitor: Visitor, node: str, oid: int) -> str | None:
    """What tells one token from another, or None where there is none."""
    if visitor.claim is None:
        return None
    own = (visitor.link,) if visitor.link is not None else (visitor.name, node, oid)
    return f"{_digest('token', *own):08x}"


def claims_of(visitor: Visitor, node: str, now: float) -> str | None:
    """The claims as the companion module sends them: base64 of a JSON object, or None without a token."""
    if visitor.claim is None:
        return None
    issued_at = int(now + visitor.ahead_s) if visitor.ahead_s else int(now - _ISSUED_BEFORE_S)
    payload: dict[str, Any] = {
        "iss": "demo",
        "aud": "jitsi",
        "sub": DOMAIN,
        "room": node if visitor.room is None else visitor.room,
        "iat": issued_at,
        "context": {
            "user": {
                "id": f"{_digest(visitor.user or visitor.name):x}",
                "name": visitor.name,
                "affiliation": visitor.claim,
            }
        },
    }
    if visitor.token_s is not None:
        payload["exp"] = issued_at + int(visitor.token_s)
    return base64.b64encode(msgspec.json.encode(_merged(payload, visitor.says))).decode()


def _merged(payload: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = {name: _merged(payload[name], more[name]) for name in more if isinstance(payload.get(name), dict)}
    return {**payload, **more, **both}


def _digest(*parts: object) -> int:
    return zlib.crc32("/".join(map(str, parts)).encode())
