"""The second door: what a server compares when somebody with a token joins a room (mod_token_verification)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor.core.spelling import Grade, grade, normalised, split_tenant
from monitor.tokens.checks import Check, Outcome, Stage, failed, passed, shown, unasked, unknown
from monitor.tokens.settings import TokenSettings

_VERIFYING = "Room and token mismatched"
_NOT_VERIFYING = "Room does not match the room from token"


def node_of(room: str) -> str:
    """The node of a room that somebody named, with the ``[tenant]`` before it where there is one."""
    tenant, name = split_tenant(room)
    return f"[{tenant.lower()}]{normalised(name)}" if tenant is not None else normalised(name)


def join_checks(claims: dict[str, Any], server: TokenSettings | None, room: str | None) -> Iterator[Check]:
    """The checks at the join of `room`, a node; None where no room is asked about. Total."""
    verifies = server.domain_verification if server else None
    if "room" in claims:
        yield _room_check(claims, room, verifies)
    if "sub" in claims:
        yield _sub_check(claims["sub"], server, room)


def _room_check(claims: dict[str, Any], room: str | None, verifies: bool | None) -> Check:
    claim = claims["room"]
    if claim == "*":
        return passed("room", "any room", Stage.JOIN)
    if not isinstance(claim, str | int | float) or isinstance(claim, bool):
        meaning = f"room is {shown(claim)} and no text, on which the server fails with an error of its own"
        return failed("room", "", meaning, Stage.JOIN)
    is_pattern = _is_pattern(claims)
    if is_pattern and verifies is not False:
        meaning = f"a Lua pattern, {shown(claim)}, not evaluated here: it gets in where the whole room's name matches"
        return unknown("room", meaning, Stage.JOIN)
    text = claim if isinstance(claim, str) else f"{claim:.14g}"
    if room is not None:
        return _compared(text, room, is_pattern, verifies)
    # The best that can be asked about is the room of that very name, whose node the client spells in its own way.
    best = _compared(text, normalised(text), is_pattern, verifies)
    if best.outcome is Outcome.FAILED:
        return best
    return unasked("room", f"no room was named to compare it with; the token names {shown(claim)}", Stage.JOIN)


def _compared(claim: str, room: str, is_pattern: bool, verifies: bool | None) -> Check:
    words = _VERIFYING if verifies else _NOT_VERIFYING
    match grade(claim, room):
        case Grade.SAME:
            return passed("room", f"{shown(claim)}, exactly", Stage.JOIN)
        case Grade.CASE:
            return passed("room", f"{shown(claim)}; the server lower-cases it", Stage.JOIN)
        case Grade.SPELLING:
            meaning = f"the room is {shown(room)}: the token must spell it so, and says {shown(claim)}"
            return failed("room", words, meaning, Stage.JOIN)
    if is_pattern:
        meaning = f"{shown(claim)} is a pattern, which counts only where the domain is verified"
        return failed("room", words, meaning, Stage.JOIN)
    return failed("room", words, f"the token is for {shown(claim)}, not for {shown(room)}", Stage.JOIN)


def _is_pattern(claims: dict[str, Any]) -> bool:
    context = claims.get("context")
    flags = context.get("room") if isinstance(context, dict) else None
    regex = flags.get("regex") if isinstance(flags, dict) else None
    return regex is True or regex == "true"


def _sub_check(sub: object, server: TokenSettings | None, room: str | None) -> Check:
    if server is None:
        return unknown("sub", f"{shown(sub)}; whether the server looks at it is not configured", Stage.JOIN)
    if not server.domain_verification:
        return passed("sub", f"{shown(sub)}; the server does not look at it", Stage.JOIN)
    if sub == "*":
        return passed("sub", "any domain", Stage.JOIN)
    tenant, _ = split_tenant(room or "")
    wanted = (tenant or server.domain).lower()
    if isinstance(sub, str) and sub.lower() == wanted:
        return passed("sub", f"{shown(sub)} is the {'tenant' if tenant else 'domain'}", Stage.JOIN)
    if isinstance(sub, str) and room is None:
        return unknown("sub", f"{shown(sub)}: right for a room of that tenant only", Stage.JOIN)
    meaning = f"sub is {shown(sub)}, and {shown(wanted)} is wanted"
    return failed("sub", _VERIFYING if isinstance(sub, str) else "", meaning, Stage.JOIN)
