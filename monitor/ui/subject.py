"""Whose token is looked at without having it, and what a server makes of what is known of it. Pure."""

from __future__ import annotations

import msgspec

from monitor.core.claims import Claims
from monitor.core.door import Turned
from monitor.tokens.inspect import Inspection, inspect_claims
from monitor.tokens.settings import TokenSettings
from monitor.ui.spans import Line, line, span


class Subject(msgspec.Struct, frozen=True):
    """Whose token it is, as far as it is known without having it."""

    who: str
    server: str
    claims: Claims | None
    has_token: bool | None = True
    """None where that cannot be seen."""
    turned: Turned | None = None
    """How they were turned away; None where they are in the room."""


def said_of(
    subject: Subject, settings: TokenSettings | None, node: str | None, at: float
) -> tuple[Line, Inspection | None]:
    """What is said of somebody in a room: a sentence, and the inspection of their claims, None without claims.

    It is as of `at` (seconds), for joining `node`.
    """
    who = span(subject.who, "strong")
    if subject.has_token is False:
        return line(who, span("came without a token.")), None
    if subject.claims is None:
        words = (
            "has a token, and the server's module sends none of its claims (muc_monitor_claims)."
            if subject.has_token
            else "may have a token: that cannot be seen from here."
        )
        return line(who, span(words)), None
    words = "is inside, and stays: who is in is not checked again. At the next connect:"
    found = inspect_claims(subject.claims.payload, subject.server, settings, node, at=at)
    return line(who, span(words, "muted")), found
