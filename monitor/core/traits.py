"""What the rules look at in a token besides its affiliation and its room, read once when the token is.

Everything here is foreign text or made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Traits(msgspec.Struct, frozen=True, gc=False):
    """What stands out in a token, or nothing."""

    tenant: str | None = None
    """``context.tenant`` in lower case."""
    sub: str | None = None
    """``sub`` in lower case, None for ``*``."""
    signed_at: float | None = None
    """What the issuer's clock said when it signed: ``iat``, or where there is none ``nbf``."""
    hides_recording: bool = False
    """Whether ``context.features`` is there and does not list ``recording`` as true."""
    odd_features: tuple[str, ...] = ()
    """What is invalid in ``context.features``, a few words each."""
    nulls: tuple[str, ...] = ()
    """The fields of ``context.user`` that are null."""
    contradiction: tuple[str, str] | None = None
    """The top-level ``moderator``, and what ``context.user`` says instead."""
    notable: bool = False
    """Whether any of the last four is there; a token without is not looked at again."""


def hides_recording(features: Mapping[str, Any] | None) -> bool:
    """Whether a list of features leaves recording off: what is not listed is off; without a list nothing is."""
    if features is None:
        return False
    recording = features.get("recording")
    return not (recording is True or recording == "true")
