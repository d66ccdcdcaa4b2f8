"""What a token says."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.traits import Traits

LAST_SECOND = 253_402_300_800
"""The end of the year 9999: the most a date can show."""


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What a token says, as far as mucmon reads it. Values keep the type the issuer gave them."""

    affiliation: Affiliation
    """The affiliation claimed, after the rule of Jitsi's token_affiliation plugin: owner or member."""
    room: Any = None
    exp: Any = None
    user_id: Any = None
    name: Any = None
    payload: dict[str, Any] = {}
    """Everything that left the server, unread."""
    traits: Traits = Traits()
    """What stands out in it."""

    @property
    def room_is_pattern(self) -> bool:
        """Whether the room claim is a Lua pattern (``context.room.regex``)."""
        context = self.payload.get("context")
        room = context.get("room") if isinstance(context, dict) else None
        return isinstance(room, dict) and room.get("regex") in (True, "true")

    @property
    def expires_at(self) -> float | None:
        """When the token expires, or None where it does not or does not say so in a number."""
        exp = self.exp
        if type(exp) is not int and type(exp) is not float:
            return None
        # An integer may be too big for a float; a year with four digits is the most a date can show.
        return float(exp) if -LAST_SECOND < exp < LAST_SECOND else None
