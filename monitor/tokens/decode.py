"""Takes a token apart as leniently, and as strictly, as a Jitsi server does (luajwtjitsi with cjson and basexx).

Padding is ignored, the last of two equal keys counts, empty segments do not count. What the server cannot read is
still read as far as it goes, so that there is something to look at.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from typing import Any

import msgspec

LIMIT = 65_536
"""Characters looked at. Servers and proxies take far less in the address of a request."""

_DEEPEST = 100
_FLOAT_FROM_DIGITS = 16  # longer integers are read as the server reads them: as floating-point numbers


class Unreadable(msgspec.Struct, frozen=True):
    """Where a server stops reading: in which part, with which words of its own ("" for none), and what that means."""

    part: str
    words: str
    meaning: str


class Decoded(msgspec.Struct, frozen=True):
    """A token's parts, each None where it could not be read."""

    header: dict[str, Any] | None = None
    claims: dict[str, Any] | None = None
    signing_input: bytes = b""
    signature: bytes | None = None
    repeated: tuple[str, ...] = ()
    """Keys that stand twice in one object; the last of each counts."""
    unreadable: Unreadable | None = None


def decode(text: str) -> Decoded:
    """Take `text` apart. Total."""
    if len(text) > LIMIT:
        words = f"it is {len(text)} characters long; no server takes a token above {LIMIT}"
        return Decoded(unreadable=Unreadable("token", "Invalid token", words))
    # The server splits at dots and at backslashes, and empty segments vanish.
    segments = [segment for segment in re.split(r"[.\\]", text) if segment]
    repeated: list[str] = []
    header, header_fault = _json_object(segments[0], "header", repeated) if segments else (None, None)
    claims, claims_fault = _json_object(segments[1], "body", repeated) if len(segments) > 1 else (None, None)
    signature = _unbase64(segments[2]) if len(segments) > 2 else None
    fault = header_fault or claims_fault
    if len(segments) != 3:
        fault = Unreadable("token", "Invalid token", _miscounted(len(segments)) if text else "there is no token")
    elif fault is None and signature is None:
        fault = Unreadable("signature", "Invalid signature", "the signature is not base64url")
    signing_input = ".".join(segments[:2]).encode("utf-8", "replace")
    return Decoded(header, claims, signing_input, signature, tuple(dict.fromkeys(repeated)), fault)


def _miscounted(parts: int) -> str:
    if parts > 3:
        return f"it has {parts:,} parts, and a token has three: header.payload.signature"
    return f"it has {parts or 'none'} of the three parts header.payload.signature"


def _unbase64(segment: str) -> bytes | None:
    plain = segment.replace("=", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", plain):
        return None
    # A single character left over holds no whole byte: the server drops it.
    usable = plain[: len(plain) - 1] if len(plain) % 4 == 1 else plain
    return base64.urlsafe_b64decode(usable + "=" * (-len(usable) % 4))


def _json_object(segment: str, part: str, repeated: list[str]) -> tuple[dict[str, Any] | None, Unreadable | None]:
    raw = _unbase64(segment)
    if raw is None:
        return None, Unreadable(part, f"Invalid {part}", f"the {part} is not base64url")

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return found

    try:
        value = json.loads(raw.decode("utf-8", "surrogateescape"), object_pairs_hook=object_of, parse_int=_number)
    except (ValueError, RecursionError):
        return None, Unreadable(part, f"Invalid {part}", f"the {part} is not JSON")
    if _is_deeper_than(value, _DEEPEST):
        return None, Unreadable(part, "", f"the {part} is nested too deeply to be looked at here")
    if isinstance(value, dict):
        return value, None
    if isinstance(value, list | str):
        # Lua finds no field in it, and goes on.
        return {}, None
    return None, Unreadable(part, "", f"the {part} is no object, on which the server fails with an error of its own")


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < _FLOAT_FROM_DIGITS else float(digits)


def _is_deeper_than(value: object, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        children: list[object] = []
        for item in level:
            if isinstance(item, dict):
                children.extend(item.values())
            elif isinstance(item, list):
                children.extend(item)
        if not children:
            return False
        level = children
    return True
