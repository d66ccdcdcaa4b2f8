"""Signs test tokens as a portal does."""

import time
import uuid
from typing import Any

import jwt

from tests.live.server import Prosody


def token(
    server: Prosody,
    room: str,
    affiliation: str | None = None,
    name: str = "Somebody",
    minutes: float = 30,
    *,
    user: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    secret: str | None = None,
    **claims: Any,
) -> str:
    """Return a signed HS256 token for ROOM; a negative MINUTES makes it expired.

    user adds to context.user, context to context; claims replace top-level ones, and a claim
    given as None is left out.
    """
    now = int(time.time())
    person: dict[str, Any] = {"id": str(uuid.uuid4()), "name": name}
    if affiliation is not None:
        person["affiliation"] = affiliation
    payload: dict[str, Any] = {
        "iss": server.app_id,
        "aud": server.app_id,
        "sub": server.host,
        "room": room,
        "iat": now,
        "nbf": now - 60,
        "exp": int(now + minutes * 60),
        "jti": uuid.uuid4().hex,
        "context": {"user": person | (user or {}), **(context or {})},
    }
    payload = {key: value for key, value in (payload | claims).items() if value is not None}
    return jwt.encode(payload, secret or server.app_secret, algorithm="HS256")
