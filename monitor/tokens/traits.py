"""From a token's payload to `Traits`: what an issuer wrote that people will stumble over."""

from __future__ import annotations

from typing import Any

from monitor.core.claims import LAST_SECOND
from monitor.core.text import clean
from monitor.core.traits import Traits, hides_recording
from monitor.tokens.features import feature_notes, listed_features

_LIMIT = 40


def traits_of(payload: dict[str, Any], owner: bool) -> Traits:
    """Read a payload of whatever shape; `owner` is whether ``context.user`` claims an owner."""
    context = _table(payload.get("context"))
    user = _table(context.get("user"))
    hides = hides_recording(listed_features(payload))
    odd = tuple(feature_notes(payload))
    nulls = tuple(name for name, value in user.items() if value is None)
    contradiction = _contradiction(payload.get("moderator"), user, owner)
    return Traits(
        tenant=_lower(context.get("tenant")),
        sub=None if payload.get("sub") == "*" else _lower(payload.get("sub")),
        signed_at=_moment(payload["iat"] if "iat" in payload else payload.get("nbf")),
        hides_recording=hides,
        odd_features=odd,
        nulls=nulls,
        contradiction=contradiction,
        notable=bool(hides or odd or nulls or contradiction),
    )


def _contradiction(moderator: object, user: dict[str, Any], owner: bool) -> tuple[str, str] | None:
    # The old token_moderation reads the top level alone, token_affiliation context.user alone.
    said = [name for name in ("affiliation", "moderator") if user.get(name) is not None]
    word = _SWITCH.get(moderator) if isinstance(moderator, bool | str) else None
    if not said or word is None or word is owner:
        return None
    return f"moderator: {_spelt(moderator)}", ", ".join(f"context.user.{name}: {_spelt(user[name])}" for name in said)


_SWITCH: dict[object, bool] = {True: True, "true": True, False: False, "false": False}


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{clean(value, _LIMIT)}"' if isinstance(value, str) else "neither text nor true nor false"


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lower(value: object) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def _moment(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) < LAST_SECOND else None  # type: ignore[arg-type]
