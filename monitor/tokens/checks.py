"""What a Jitsi server checks of a token, in its own order and with its own words.

The order and the words were measured on a real server (Prosody with Jitsi's token modules of early 2026); where a
case was not measured it follows luajwtjitsi and token/util. Every check is made, also after one that failed: the
first failure is what the server says, the rest is what it would say next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from monitor.core.text import Shown, clean
from monitor.tokens.decode import Decoded
from monitor.tokens.settings import ALGORITHMS, TokenSettings
from monitor.tokens.signature import KeyUnusable, is_signed_by

_SENTENCE = 1000


class Stage(StrEnum):
    """When a server checks."""

    CONNECT = "connect"
    JOIN = "join"


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It depends on what is not known here."""


class Check(msgspec.Struct, frozen=True):
    """One check of a token."""

    about: str
    outcome: Outcome
    meaning: str
    """One phrase, fit to be drawn."""
    words: str = ""
    """What the server says when it refuses; "" where it fails with an error of its own and says nothing."""
    stage: Stage = Stage.CONNECT
    is_unasked: bool = False
    """Not known for the one reason that nobody named a room to compare with."""


def passed(about: str, meaning: str, stage: Stage = Stage.CONNECT) -> Check:
    """A check that lets the token through."""
    return Check(about, Outcome.PASSED, meaning, stage=stage)


def failed(about: str, words: str, meaning: str, stage: Stage = Stage.CONNECT) -> Check:
    """A check at which the server refuses."""
    return Check(about, Outcome.FAILED, meaning, words, stage)


def unknown(about: str, meaning: str, stage: Stage = Stage.CONNECT) -> Check:
    """A check that cannot be made here."""
    return Check(about, Outcome.UNKNOWN, meaning, stage=stage)


def unasked(about: str, meaning: str, stage: Stage) -> Check:
    """A check that needs a room, where nobody named one."""
    return Check(about, Outcome.UNKNOWN, meaning, stage=stage, is_unasked=True)


def shown(value: object, limit: int = 60) -> Shown:
    """A value of a claim, as JSON, fit to be drawn."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = "…"
    return clean(text, limit)


def connect_checks(decoded: Decoded, server: TokenSettings | None, at: float) -> Iterator[Check]:
    """The checks when a client connects. `server` is None where none is configured; `at` is in seconds. Total."""
    if decoded.unreadable is not None:
        fault = decoded.unreadable
        yield failed("form", fault.words, fault.meaning)
    else:
        yield passed("form", "three readable parts")
    header, claims = decoded.header, decoded.claims
    if header is not None:
        yield from _header_checks(header, server)
        yield _signature_check(decoded, header, server)
    if claims is not None:
        yield from claims_checks(claims, server, at)


def claims_checks(claims: dict[str, Any], server: TokenSettings | None, at: float) -> Iterator[Check]:
    """Those of the checks when a client connects that look at the claims. Total."""
    yield from _time_checks(claims, at)
    yield _party_check("iss", claims, server.accepted_issuers if server else None)
    yield _party_check("aud", claims, server.accepted_audiences if server else ("*",))
    yield from _presence_checks(claims, server)


def _header_checks(header: dict[str, Any], server: TokenSettings | None) -> Iterator[Check]:
    if server is not None and not server.uses_a_secret:
        yield kid_check(header, server)
    if header.get("typ") == "JWT":
        yield passed("typ", "JWT")
    else:
        yield failed("typ", "Invalid typ", f'typ must be exactly "JWT", and is {_what(header, "typ")}')
    alg = header.get("alg")
    if server is not None and alg != server.algorithm:
        meaning = f"the server takes {server.algorithm} only, and alg is {_what(header, 'alg')}"
        yield failed("alg", "Invalid or incorrect alg", meaning)
    elif not isinstance(alg, str) or alg not in ALGORITHMS:
        meaning = f"Jitsi takes {', '.join(ALGORITHMS)}, and alg is {_what(header, 'alg')}"
        yield failed("alg", "Invalid or incorrect alg", meaning)
    else:
        yield passed("alg", alg)


def kid_check(header: dict[str, Any], server: TokenSettings) -> Check:
    """Which key a server with a key server asks for; it looks for the SHA-256 of the kid (token/util)."""
    kid = header.get("kid")
    if "kid" not in header:
        return failed("kid", "'kid' claim is missing", "a key server is asked for the key by its name, the kid")
    if isinstance(kid, bool) or not isinstance(kid, str | int | float):
        meaning = f"kid is {shown(kid)} and no text, on which the server fails with an error of its own"
        return failed("kid", "", meaning)
    if kid != server.kid:
        # Whatever characters are in it: the server hashes the name before it makes an address of it.
        meaning = f"it names the key {shown(kid)}, and the configured one is {shown(server.kid)}"
        return unknown("kid", f"{meaning}: which key the server finds by that name, if any, is not known here")
    return passed("kid", f"it names the key {shown(kid)}")


def _signature_check(decoded: Decoded, header: dict[str, Any], server: TokenSettings | None) -> Check:
    if server is None:
        return unknown("signature", "not checked: no key is configured for it")
    if header.get("alg") != server.algorithm:
        return unknown("signature", "not checked: the algorithm is not the server's")
    if not decoded.signature:
        return failed("signature", "Invalid signature", "there is none")
    if server.key_fault:
        return unknown("signature", f"not checked: {clean(server.key_fault, _SENTENCE)}")
    try:
        good = is_signed_by(server.key.reveal(), server.algorithm, decoded.signing_input, decoded.signature)
    except KeyUnusable as error:
        return unknown("signature", f"not checked: {error}")
    if good:
        return passed("signature", "made with the configured key")
    if not server.uses_a_secret and header.get("kid") != server.kid:
        return unknown("signature", f"not checked: the key {shown(header.get('kid'))} is not the configured one")
    what = "app_secret" if server.uses_a_secret else f"key {shown(server.kid)}"
    return failed("signature", "Invalid signature", f"it was signed with something else than the configured {what}")


def _time_checks(claims: dict[str, Any], at: float) -> Iterator[Check]:
    now = math.floor(at)
    exp, nbf = _number(claims, "exp"), _number(claims, "nbf")
    for name, value in (("exp", exp), ("nbf", nbf)):
        if value is None and _counts(name, claims):
            yield failed(name, f"{name} must be number", f"{name} is {_what(claims, name)}")
    if exp is not None and now >= exp:
        yield failed("exp", f"Not acceptable by exp ({now - exp:.14g} sec since expired)", "it has expired")
    elif exp is not None:
        yield passed("exp", "not expired")
    elif not _counts("exp", claims):
        yield passed("exp", "there is none: it never expires")
    if nbf is not None and now < nbf:
        yield failed("nbf", "Not acceptable by nbf", "it is not valid yet, by the server's clock and to the second")
    elif nbf is not None:
        yield passed("nbf", "reached")
    elif not _counts("nbf", claims):
        yield passed("nbf", "there is none")


def _counts(name: str, claims: dict[str, Any]) -> bool:
    # To Lua, false is as good as nothing; null is not, for cjson makes a value of it.
    return name in claims and claims[name] is not False


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _party_check(name: str, claims: dict[str, Any], accepted: tuple[str, ...] | None) -> Check:
    """Check iss or aud against what is accepted; None where that is not known."""
    if name not in claims:
        return failed(name, f"'{name}' claim is missing", "the server requires it")
    value = claims[name]
    if accepted is None:
        return unknown(name, f"it is {shown(value)}; what the server accepts is not configured")
    if "*" in accepted:
        return passed(name, f"it is {shown(value)}, and any is accepted")
    if isinstance(value, str) and value in accepted:
        return passed(name, f"{shown(value)} is accepted")
    # A list is compared as one value, so it equals none of the accepted texts.
    return failed(name, f"invalid '{name}' claim", f"it is {shown(value)}, and accepted is {shown(list(accepted))}")


def _presence_checks(claims: dict[str, Any], server: TokenSettings | None) -> Iterator[Check]:
    if "room" not in claims:
        yield failed("room", "", "there is no room claim, on which the server fails with an error of its own")
    if "sub" not in claims and server is not None and server.domain_verification:
        yield failed("sub", "", "there is no sub claim, on which a server that verifies the domain fails with an error")
    context = claims.get("context", {})
    user = context.get("user", {}) if isinstance(context, dict) else {}
    for name, value in (("context", context), ("context.user", user)):
        is_readable = isinstance(value, dict | list) or (name == "context" and isinstance(value, str))
        if not is_readable:
            meaning = f"{name} is {shown(value)} and no object, on which the server fails with an error of its own"
            yield failed(name, "", meaning)


def _what(fields: dict[str, Any], name: str) -> str:
    return shown(fields[name]) if name in fields else "missing"
