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
    doubt: str = ""
    """What speaks against it, or how little for it, where it is a guess though it was seen who did it."""

    @property
    def how_sure(self) -> str:
        """How far it is to be trusted; empty where nothing speaks against it."""
        if self.inferred:
            return "; ".join(filter(None, ("inferred: nobody saw it happen", self.doubt)))
        return f"a guess: {self.doubt}" if self.doubt else ""
