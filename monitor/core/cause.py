"""What WHY says of a finding: the likely cause, the fix in its flavours, and what follows."""

from __future__ import annotations

import msgspec


class Fix(msgspec.Struct, frozen=True):
    """What to type, on one kind of installation."""

    flavour: str
    lines: tuple[str, ...]


class Cause(msgspec.Struct, frozen=True):
    """Why it is so, as far as can be told."""

    likely: str
    fixes: tuple[Fix, ...] = ()
    first: str | None = None
    """What to know before the fix is applied."""
    so: str | None = None
    """What follows if nothing is done."""
    inferred: bool = False
    """True where nobody saw it happen."""
    restarts: str | None = None
    """The service that the fix restarts: jicofo or prosody."""
