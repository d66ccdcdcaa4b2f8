"""A signed token is a bearer credential: whoever has it is let in. So it does not show itself.

What looks like a token is found and blanked in any other text, since people paste them where they do not belong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

HIDDEN = "•••"

# Three segments of base64url, the first of which begins as every JSON object does: {" or, with a space, {⎵
_SEGMENT = r"[A-Za-z0-9_-]"
_TOKEN = re.compile(rf"ey[A-Za-z0-9_-]{{5,}}(?:\.|%2[eE]){_SEGMENT}{{5,}}(?:(?:\.|%2[eE]){_SEGMENT}*=*)?")
_THREE = re.compile(rf"({_SEGMENT}+\.{_SEGMENT}+)\.{_SEGMENT}*=*")

_AROUND = "\ufeff \t\r\n\"'<>`"
_HEADER = re.compile(r"(?i)^(authorization\s*:\s*)?bearer\s+")
_PARAMETER = re.compile(r"[?#&]?(jwt|token)=")
_QUOTING = re.compile(r"^\s*(?:>\s*)+")
_OWN = re.compile(r"\b(?:jwt|token)=\s*$")
_ESCAPED = re.compile(r"=3D(?=(?:%22)?ey)")
_NO_SCHEME = re.compile(r"[A-Za-z0-9.-]+(:\d+)?/[^\s?#]*[?#](.*&)?jwt=")
_USUAL_PORTS = {"https": ":443", "wss": ":443", "http": ":80", "ws": ":80"}
_CONNECTIONS = ("xmpp-websocket", "http-bind")
_SCHEMES = ("http", "https", "ws", "wss")


class Token:
    """A token that shows its header and payload but not its signature, until `reveal` is called."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The whole token, signature and all."""
        return self._text

    def __repr__(self) -> str:
        found = _THREE.fullmatch(self._text)
        return f"{found[1]}.{HIDDEN}" if found else HIDDEN

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Link:
    """The address that opens a room with a token; it shows the token's header and payload only."""

    __slots__ = ("_token", "in_fragment", "page")

    def __init__(self, page: str, token: Token, in_fragment: bool = False) -> None:
        self.page, self._token, self.in_fragment = page, token, in_fragment

    def reveal(self) -> str:
        """The whole link, ready to be given out."""
        return self._with(self._token.reveal())

    def _with(self, token: str) -> str:
        # The client reads a fragment's values as JSON: the quotes are wanted.
        return f"{self.page}#jwt=%22{token}%22" if self.in_fragment else f"{self.page}?jwt={token}"

    def __repr__(self) -> str:
        return self._with(repr(self._token))

    __str__ = __repr__


def looks_like_a_token(text: str) -> bool:
    """Whether a token, or a link with one, is somewhere in `text`."""
    return _TOKEN.search(text) is not None


def without_tokens(text: str) -> str:
    """`text` with everything that looks like a token blanked."""
    return _TOKEN.sub(HIDDEN, text)


class Pasted(NamedTuple):
    """What was pasted, a token or a whole link."""

    token: Token
    room: str | None
    """The room that the link opens, as ``[tenant]room``."""
    host: str | None
    """The host that the link leads to, as `host_of_address` gives it."""


def read_pasted(pasted: str) -> Pasted:
    """Take apart what was pasted. Total.

    Beside the link to a room that is the address of the connection itself (``…/xmpp-websocket?room=…&token=…``), and a
    header (``Authorization: Bearer …``). Neither token nor link has white space in it: mail programs break long lines,
    and put marks before and behind them.
    """
    text = "".join(_HEADER.sub("", _unmailed(pasted).strip(_AROUND)).split()).strip(_AROUND)
    is_parameter = _PARAMETER.match(text) is not None
    if is_parameter:
        text = f"https://none/?{text.lstrip('?#&')}"
    elif _NO_SCHEME.match(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        if parts.scheme not in _SCHEMES:
            return Pasted(Token(text), None, None)
        values = parse_qs(parts.query.replace("+", "%2B")) | parse_qs(parts.fragment.replace("+", "%2B"))
        room = _room_connected_to(text, values) or room_of_address(text)
        host = None if is_parameter else host_of_address(text)
    except ValueError:
        return Pasted(Token(text), None, None)
    found = values.get("jwt") or values.get("token")
    return Pasted(Token(found[0].strip(_AROUND) if found else ""), room, host)


def _unmailed(pasted: str) -> str:
    """`pasted` without what mail adds to lines: marks of quoting before them, the marks of quoted-printable in them."""
    lines = [_QUOTING.sub("", line) for line in pasted.strip().splitlines()]
    *before, last = lines or [""]
    # RFC 2045 §6.7: each line but the last ends in =. Behind jwt it is the link's own, unless that follows as =3D.
    broken = before and all(line.rstrip().endswith("=") for line in before)
    if broken:
        lines = [
            line if _OWN.search(line) and not after.startswith("=3D") else line.rstrip().removesuffix("=")
            for line, after in zip(before, lines[1:], strict=True)
        ] + [last]
        return _ESCAPED.sub("=", "".join(lines))
    return _ESCAPED.sub("=", "\n".join(lines))


def _room_connected_to(address: str, values: Mapping[str, list[str]]) -> str | None:
    *before, last = [part for part in urlsplit(address).path.split("/") if part] or [""]
    if last not in _CONNECTIONS or "room" not in values:
        return None
    return f"[{before[-1].lower()}]{values['room'][0]}" if before else values["room"][0]


def host_of_address(address: str) -> str:
    """The host of an address in lower case, with its port where that is not the usual one.

    Raises `ValueError` for what is no address.
    """
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(_USUAL_PORTS.get(parts.scheme.lower(), " "))


def room_of_address(address: str, below: str = "") -> str | None:
    """The room an address opens, as ``[tenant]room``; None where it opens none.

    `below` is the address that the server itself has. Raises `ValueError` for what is no address.
    """
    before = [part for part in urlsplit(below).path.split("/") if part]
    path = [part for part in urlsplit(address).path.split("/") if part]
    names = [unquote(part) for part in (path[len(before) :] if path[: len(before)] == before else path)]
    if not names:
        return None
    return f"[{names[-2].lower()}]{names[-1]}" if len(names) > 1 else names[-1]
