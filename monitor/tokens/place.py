"""The room that somebody names when a token is made or looked at: by its name, its address, or its JID. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from monitor.core.spelling import normalised, split_tenant
from monitor.tokens.settings import TokenSettings
from monitor.tokens.token import host_of_address, room_of_address

WILDCARD = "*"

_LONGEST_NODE = 1023  # bytes, RFC 7622 §3.3
_ADDRESS = re.compile(r"(?i)https?://")
_XMPP = re.compile(r"(?i)xmpp:(?://[^/]*/)?")  # RFC 5122 §2.2: an account may stand before the address itself
_JID = re.compile(r"(.+?)@([^@/\s]+)(?:/.*)?", re.DOTALL)
_BARE = re.compile(r"([^\s/@?#\[\]]+)/.*", re.DOTALL)
# What is most likely a host: the last label is of letters, as no version or date has it, or a port follows.
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d+)?|[\w.-]+:\d+|\d+(?:\.\d+){3}")


class NoPlace(Exception):
    """There is no such room. Its text is one sentence that names the remedy."""


class _Reading(NamedTuple):
    """How something that was typed can be taken: as the address or the JID of a room on a host."""

    host: str
    name: str = ""
    """The room, where it is a JID."""
    address: str = ""
    """The address, with its scheme, where it is one."""

    def is_on(self, server: TokenSettings) -> bool:
        """Whether that host is one of this server's."""
        return is_address_of(self.host, server) if self.address else _is_domain_of(self.host, server)


def place_of(named: str, settings: TokenSettings) -> tuple[str | None, str]:
    """Tenant and node of the room `named`: by its name, its address in a browser, or its JID. Raises `NoPlace`."""
    tenant, name = split_tenant(room_named(named, [settings]))
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


def room_named(named: str, servers: Iterable[TokenSettings]) -> str:
    """The room `named`, as ``[tenant]room``, on one of `servers`; any server's where there are none.

    Raises `NoPlace` for an address that is none of these servers', and for one that opens no room.
    """
    known = list(servers)
    reading = _reading_of(named.strip(), known)
    if reading is None:
        return named.strip()
    server = next((one for one in known if reading.is_on(one)), None)
    if known and server is None:
        raise NoPlace(_elsewhere(reading, known))
    if reading.address:
        return _room_of_address(reading.address, server.url if server else "")
    return _room_of_jid(reading, server)


def leads_there(named: str, settings: TokenSettings) -> bool:
    """Whether `named` is an address or a JID on this server; False for the name of a room."""
    reading = _reading_of(named.strip(), [settings])
    return reading is not None and reading.is_on(settings)


def is_taken_for_an_address(name: str) -> bool:
    """Whether `name`, typed as it is, may be taken for an address or a JID, and not for the name of a room."""
    return "@" in name or "/" in name or _XMPP.match(name) is not None


def is_address_of(host: str, server: TokenSettings) -> bool:
    """Whether the `host` of an address, with its port where that is not the usual one, is this server's."""
    return host.lower() == host_of_address(server.url)


def _reading_of(named: str, servers: list[TokenSettings]) -> _Reading | None:
    """How `named` can be taken for an address; None where it is the name of a room."""
    if _ADDRESS.match(named):
        try:
            return _Reading(host_of_address(named), address=named)
        except ValueError:
            raise NoPlace("The address names no room; name the room alone.") from None
    is_uri = _XMPP.match(named)
    if is_uri:
        named = re.split(r"[?#]", named[is_uri.end() :])[0]
    jid = _JID.fullmatch(named)
    if jid and (is_uri or _is_host(jid[2]) or any(_is_domain_of(jid[2], one) for one in servers)):
        return _Reading(jid[2], name=jid[1])
    if is_uri:
        raise NoPlace("That xmpp: address names no room; write it as xmpp:ROOM@HOST, or name the room alone.")
    bare = _BARE.fullmatch(named)
    if bare is None:
        return None
    # A room may well be called a.b, but a slash after it is one of an address.
    if _is_host(bare[1]) or any(is_address_of(bare[1], one) for one in servers):
        return _Reading(host_of_address(f"https://{named}"), address=f"https://{named}")
    return None


def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _is_domain_of(host: str, server: TokenSettings) -> bool:
    """Whether the host of a JID is this server's: a component's, the domain itself, or the public name for it."""
    domains = (server.domain.lower(), (urlsplit(server.url).hostname or "").lower())
    return any(f".{host.lower()}".endswith(f".{domain}") for domain in domains if domain)


def _elsewhere(reading: _Reading, servers: list[TokenSettings]) -> str:
    ours = " or ".join(dict.fromkeys(one.url for one in servers))
    if reading.address:
        return f"That is an address of another server than {ours}; name the room alone."
    domains = " or ".join(dict.fromkeys(one.domain for one in servers))
    return f"That is a JID of another server than {domains}; name the room alone, and an @ in its name as %40."


def _room_of_jid(reading: _Reading, server: TokenSettings | None) -> str:
    # The server maps room@conference.TENANT.domain to [tenant]room@conference.domain.
    before = reading.host.lower().removesuffix(f".{server.domain}").split(".") if server else []
    if server is not None and len(before) == 2 and reading.host.lower().endswith(f".{server.domain}"):
        return f"[{before[1]}]{reading.name}"
    return reading.name


def _room_of_address(address: str, below: str) -> str:
    try:
        room = room_of_address(address, below)
    except ValueError:
        room = None
    if room is None:
        raise NoPlace("The address names no room; name the room alone.")
    if split_tenant(room)[1] == WILDCARD:
        raise NoPlace("An address opens one room; for a token for every room type * alone.")
    return room
