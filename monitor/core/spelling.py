"""Whether the room a token names is the room it is used in.

The web client makes a room's node out of a name by percent-decoding, NFKC, lower-casing, percent-encoding and
lower-casing again; the server only lower-cases the ASCII letters of the claim before it compares the two.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote

# What JavaScript's encodeURIComponent leaves as it is, beside letters and digits.
_PLAIN = "-_.!~*'()"


class Grade(StrEnum):
    """How a token's room and a room's node compare, from identical to unrelated."""

    SAME = "same"
    CASE = "case"
    """Equal once ASCII letters are lower-cased: the server accepts it."""
    SPELLING = "spelling"
    """Equal only as the client writes it: the server refuses it at the next join."""
    OTHER = "other"
    WILDCARD = "wildcard"
    PATTERN = "pattern"
    """A Lua pattern, which is not evaluated here."""
    UNKNOWN = "unknown"
    """There is no claim, or it is no text."""


def grade(claim: object, node: str, pattern: bool = False) -> Grade:
    """Compare a token's room claim with a room's node; a ``[tenant]`` before the node is not part of the name."""
    if not isinstance(claim, str) or not claim:
        return Grade.UNKNOWN
    if claim == "*":
        return Grade.WILDCARD
    return Grade.PATTERN if pattern else _compare(claim, node)


@lru_cache(maxsize=8192)
def _compare(claim: str, node: str) -> Grade:
    _, name = split_tenant(node)
    if claim == name:
        return Grade.SAME
    if _ascii_lower(claim) == name:
        return Grade.CASE
    return Grade.SPELLING if normalised(claim) == normalised(name) else Grade.OTHER


def normalised(name: str) -> str:
    """The node that the web client makes of a name."""
    decoded = unicodedata.normalize("NFKC", unquote(name)).lower()
    return quote(decoded.encode("utf-8", "surrogatepass"), safe=_PLAIN).lower()


def split_tenant(node: str) -> tuple[str | None, str]:
    """Tenant and name of a node of the form ``[tenant]name``; no tenant where there is none."""
    if node.startswith("[") and "]" in node:
        tenant, _, name = node[1:].partition("]")
        return tenant, name
    return None, node


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)
