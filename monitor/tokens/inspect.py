"""Says of a token what a server would: in or refused, where, with which words, and with which rights.

Total: whatever is given, there is an answer and no exception. What depends on something unknown here is said to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.core.affiliation import Affiliation
from monitor.core.spelling import split_tenant
from monitor.tokens.checks import Check, Outcome, Stage, claims_checks, connect_checks, passed, shown, unknown
from monitor.tokens.claims import claimed_affiliation
from monitor.tokens.decode import Decoded, decode
from monitor.tokens.doors import join_checks, node_of
from monitor.tokens.features import feature_notes, features_on, listed_features
from monitor.tokens.jaas import NAME as JAAS
from monitor.tokens.jaas import is_for_jaas, jaas_checks
from monitor.tokens.place import is_address_of
from monitor.tokens.settings import TokenSettings
from monitor.tokens.token import Token

_TIMES = ("iat", "nbf", "exp")


class Moment(msgspec.Struct, frozen=True):
    """A time that a token names."""

    name: str
    at: float
    in_s: float
    """Seconds from now; negative when it is past."""


class Verdict(msgspec.Struct, frozen=True):
    """What one server makes of a token."""

    server: str
    """Its name in the configuration; "" where none is configured."""
    checks: tuple[Check, ...]
    elsewhere: str = ""
    """The host that the link leads to where that is not this server's."""

    @property
    def failure(self) -> Check | None:
        """The first check that fails: where the server refuses. None where it lets the token in."""
        return next((check for check in self.checks if check.outcome is Outcome.FAILED), None)

    @property
    def gets_in(self) -> bool:
        """Whether nothing refuses it; `doubts` names what could not be checked."""
        return self.failure is None

    @property
    def stage(self) -> Stage | None:
        """Where it is refused."""
        return self.failure.stage if self.failure else None

    @property
    def doubts(self) -> tuple[Check, ...]:
        """The checks that could not be made."""
        return tuple(check for check in self.checks if check.outcome is Outcome.UNKNOWN)

    @property
    def is_signed(self) -> bool:
        """Whether the signature was checked and is good."""
        return any(check.about == "signature" and check.outcome is Outcome.PASSED for check in self.checks)


class Inspection(msgspec.Struct, frozen=True):
    """Everything there is to say about a token."""

    token: Token
    at: float
    room: str | None
    """The node asked about."""
    header: dict[str, Any] | None
    claims: dict[str, Any] | None
    moments: tuple[Moment, ...]
    verdicts: tuple[Verdict, ...]
    """One for each server, the one that fits best first."""
    affiliation: Affiliation | None
    """What token_affiliation makes of the person; None where the claims cannot be read."""
    features: tuple[str, ...] | None
    """What is turned on; None for the server's defaults."""
    notes: tuple[str, ...]
    """What is worth knowing beside the verdict, a sentence each."""

    @property
    def verdict(self) -> Verdict:
        """That of the server it fits best."""
        return self.verdicts[0]

    @property
    def is_readable(self) -> bool:
        """Whether there are claims to look at."""
        return self.claims is not None


def inspect(
    token: str | bytes | Token,
    servers: Mapping[str, TokenSettings] | None = None,
    room: str | None = None,
    *,
    at: float,
    host: str | None = None,
) -> Inspection:
    """Inspect `token` as each of `servers` would at the time `at` (seconds), for joining `room` where one is named.

    `host` is the one that the link leads to, where it came in a link.
    """
    if isinstance(token, bytes):
        token = token.decode("utf-8", "replace")
    if isinstance(token, str):
        token = Token(token.strip())
    decoded = decode(token.reveal())
    node = node_of(room) if room else None
    verdicts = [
        replace(_verdict(name, server, decoded, node, at), elsewhere=_elsewhere(host, server))
        for name, server in (servers or {}).items()
    ]
    applications = [server.sub for server in (servers or {}).values() if server.is_for_jaas]
    if is_for_jaas(decoded.claims) and (decoded.claims or {}).get("sub") not in applications:
        verdicts.append(_jaas_verdict(JAAS, None, decoded, node, at))
    return _inspection(token, decoded, verdicts or [_verdict("", None, decoded, node, at)], node, at)


def inspect_claims(
    claims: dict[str, Any],
    server: str,
    settings: TokenSettings | None,
    node: str | None,
    *,
    at: float,
    connected: bool = True,
) -> Inspection:
    """Inspect claims that a server has seen, as it would see them at the time `at` (seconds) for joining `node`.

    Header and signature are not known; if they have `connected`, the server checked them. `settings` is None where
    none are configured.
    """
    signature = (
        passed("signature", "the server checked it when they connected")
        if connected
        else unknown("signature", "it may be what the server refused: the claims alone do not tell")
    )
    checks = (
        signature,
        *claims_checks(claims, settings, at),
        *join_checks(claims, settings, node),
    )
    return _inspection(Token(""), Decoded(claims=claims), [Verdict(server, checks)], node, at)


def _inspection(token: Token, decoded: Decoded, verdicts: list[Verdict], node: str | None, at: float) -> Inspection:
    claims = decoded.claims
    return Inspection(
        token=token,
        at=at,
        room=node,
        header=decoded.header,
        claims=claims,
        moments=tuple(_moments(claims or {}, at)),
        verdicts=tuple(sorted(verdicts, key=_fit)),
        affiliation=_affiliation(claims) if claims is not None else None,
        features=features_on(claims or {}),
        notes=tuple(_notes(decoded, claims or {}, node)),
    )


def _elsewhere(host: str | None, server: TokenSettings) -> str:
    return host if host and not is_address_of(host, server) else ""


def _fit(verdict: Verdict) -> tuple[bool, bool, bool, bool]:
    wanted = verdict.gets_in and verdict.is_signed
    return (not wanted, not verdict.is_signed, bool(verdict.elsewhere), verdict.server != JAAS)


def _verdict(name: str, server: TokenSettings | None, decoded: Decoded, node: str | None, at: float) -> Verdict:
    if server is not None and server.is_for_jaas:
        return _jaas_verdict(name, server, decoded, node, at)
    return Verdict(name, _ordinary(server, decoded, node, at))


def _ordinary(server: TokenSettings | None, decoded: Decoded, node: str | None, at: float) -> tuple[Check, ...]:
    checks = list(connect_checks(decoded, server, at))
    if decoded.claims is not None:
        checks += join_checks(decoded.claims, server, node)
    return tuple(checks)


def _jaas_verdict(name: str, server: TokenSettings | None, decoded: Decoded, node: str | None, at: float) -> Verdict:
    ordinary = _ordinary(server, decoded, node, at)
    if decoded.claims is None:
        return Verdict(name, ordinary)
    own = tuple(jaas_checks(decoded.header or {}, decoded.claims, server, node))
    replaced = {check.about for check in own} | ({"signature"} if server is None else set())
    held = () if server else (unknown("signature", "not checked: no key of this application is configured"),)
    kept = [check for check in ordinary if check.about not in replaced]
    checks = (*kept, *own, *held)
    return Verdict(name, tuple(sorted(checks, key=lambda check: check.stage is Stage.JOIN)))


def _affiliation(claims: Mapping[str, Any]) -> Affiliation:
    return claimed_affiliation(_person(claims))


def _person(claims: Mapping[str, Any]) -> dict[str, Any]:
    context = claims.get("context")
    user = context.get("user") if isinstance(context, dict) else None
    return user if isinstance(user, dict) else {}


def _moments(claims: Mapping[str, Any], at: float) -> list[Moment]:
    found = []
    for name in _TIMES:
        value = claims.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
            found.append(Moment(name, float(value), float(value) - at))
    return found


def _notes(decoded: Decoded, claims: Mapping[str, Any], node: str | None) -> list[str]:
    notes = [f"{shown(name)} stands twice; the last one counts." for name in decoded.repeated]
    if claims and claims.get("exp", False) is False:
        notes.append("It never expires: whoever has it keeps it.")
    for name in ("room", "sub"):
        if claims.get(name) == "*":
            what = "every room" if name == "room" else "every tenant"
            notes.append(f"{name} is *: it opens {what}.")
    context = claims.get("context")
    claimed = context.get("tenant") if isinstance(context, dict) else None
    tenant, _ = split_tenant(node or "")
    if isinstance(claimed, str) and tenant is not None and claimed.lower() != tenant.lower():
        notes.append(f"context.tenant is {shown(claimed)}, and the room's tenant is {shown(tenant)}.")
    for name, value in _person(claims).items():
        if value is None:
            notes.append(f'context.user.{shown(name)} is null, which others see as "userdata: (nil)".')
    if "moderator" in claims:
        notes.append("The moderator claim at the top is read by the old token_moderation plugin only.")
    listed = listed_features(claims)
    if listed is not None and _affiliation(claims) is Affiliation.OWNER and "recording" not in listed:
        notes.append("The features are listed without recording: this owner cannot record.")
    return notes + feature_notes(claims)
