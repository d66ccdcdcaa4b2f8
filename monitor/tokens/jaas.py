"""Tokens of Jitsi as a Service, which has rules of its own (developer.8x8.com/jaas)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor.core.spelling import split_tenant
from monitor.tokens.checks import Check, Stage, failed, kid_check, passed, shown
from monitor.tokens.settings import JAAS_AUDIENCE, JAAS_ISSUER, JAAS_PREFIX, TokenSettings

NAME = "JaaS"
"""What the service is called where servers are listed."""


def is_for_jaas(claims: dict[str, Any] | None) -> bool:
    """Whether a token's sub is an application id of that service."""
    sub = (claims or {}).get("sub")
    return isinstance(sub, str) and sub.startswith(JAAS_PREFIX)


def jaas_checks(
    header: dict[str, Any], claims: dict[str, Any], server: TokenSettings | None, node: str | None
) -> Iterator[Check]:
    """What that service asks beside the ordinary checks, for joining `node`; its words of refusal are not known. Total.

    `server` holds the settings of the application, where there are some.
    """
    kid, sub = header.get("kid"), claims.get("sub")
    if header.get("alg") != "RS256":
        yield failed("alg", "", f"the service takes RS256 only, and alg is {shown(header.get('alg'))}")
    if not isinstance(kid, str):
        yield failed("kid", "", "the service wants a kid in the header: the application id, a slash, and the key's id")
    elif kid.partition("/")[0] != sub or "/" not in kid:
        yield failed("kid", "", f"the kid {shown(kid)} does not begin with the sub and a slash")
    elif server is not None and kid != server.kid:
        yield kid_check(header, server)
    else:
        yield passed("kid", "it begins with the sub")
    for name, wanted in (("aud", JAAS_AUDIENCE), ("iss", JAAS_ISSUER)):
        if claims.get(name) == wanted:
            yield passed(name, f'"{wanted}"')
        else:
            yield failed(name, "", f'the service wants {name} "{wanted}", and it is {shown(claims.get(name))}')
    context = claims.get("context")
    if isinstance(context, dict) and isinstance(context.get("features"), dict):
        yield passed("features", "there are some")
    else:
        yield failed("features", "", "the service requires context.features")
    yield _sub_check(sub, server, node)


def _sub_check(sub: object, server: TokenSettings | None, node: str | None) -> Check:
    """Check the application against the settings, else against the tenant of the room, which is the application too."""
    tenant, _ = split_tenant(node or "")
    wanted = server.sub if server else tenant
    if wanted is None or (isinstance(sub, str) and sub.lower() == wanted.lower()):
        return passed("sub", "the application id", Stage.JOIN)
    return failed("sub", "", f"sub is {shown(sub)}, and the application is {shown(wanted)}", Stage.JOIN)
