"""The room that somebody names when a token is made: tenant and node. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.core.spelling import normalised, split_tenant
from monitor.tokens.settings import TokenSettings
from monitor.tokens.token import room_of_address

WILDCARD = "*"

_LONGEST_NODE = 1023  # bytes, RFC 7622 §3.3
_ADDRESS = re.compile(r"(?i)https?://")


class NoPlace(Exception):
    """No token can be for that room. Its text is one sentence that names the remedy."""


def place_of(named: str, settings: TokenSettings) -> tuple[str | None, str]:
    """Tenant and node of the room `named`: by its name, its address in a browser, or its JID. Raises `NoPlace`."""
    tenant, name = split_tenant(_plain_name(named.strip(), settings))
    tenant = settings.tenant if tenant is None else tenant
    node = WILDCARD if name == WILDCARD else normalised(name.strip())
    if not node:
        raise NoPlace("The room has no name; name the room, as it stands in its address.")
    if node in (".", ".."):
        raise NoPlace("No address leads to a room of that name; name another.")
    if tenant is not None and not re.fullmatch(r"[^\s/\\?#*\[\]]+", tenant):
        raise NoPlace("The tenant in brackets before the room is no tenant's name; write [tenant]room.")
    if settings.is_for_jaas and tenant != settings.tenant:
        raise NoPlace("Jitsi as a Service knows no other tenant than the application id; leave the tenant out.")
    if len(node) > _LONGEST_NODE:
        raise NoPlace(f"The room's name is too long: its node has {len(node)} bytes, and {_LONGEST_NODE} are allowed.")
    if WILDCARD in node and name != WILDCARD:
        # Also what only becomes a star, such as %2a: whoever means every room types the star itself.
        raise NoPlace("* stands for every room, and is no part of a name; name one room, or * alone.")
    return tenant, node


def is_taken_for_an_address(name: str) -> bool:
    """Whether `name`, typed as it is, may be taken for an address or a JID, and not for the name of a room."""
    return _ADDRESS.match(name) is not None or "@" in name


def _plain_name(named: str, settings: TokenSettings) -> str:
    if _ADDRESS.match(named):
        return _name_in(named, settings)
    name, _, host = named.rpartition("@")
    # The client turns an @ into %40, so with the server's own domain behind it this is no name but a JID.
    is_jid = name and (host.lower() == settings.domain or host.lower().endswith(f".{settings.domain}"))
    return name if is_jid else named


def _name_in(address: str, settings: TokenSettings) -> str:
    try:
        if urlsplit(address).netloc.lower() != urlsplit(settings.url).netloc.lower():
            raise NoPlace(f"That is an address of another server than {settings.url}; name the room alone.")
        room = room_of_address(address, settings.url)
    except ValueError:
        room = None
    if room is None:
        raise NoPlace("The address names no room; name the room alone.")
    if split_tenant(room)[1] == WILDCARD:
        raise NoPlace("An address opens one room; for a token for every room type * alone.")
    return room
