"""The server's own account of its rooms, and orders to it, through mod_mucmon_control."""

import asyncio
import http.client
import json
from typing import Any, TypedDict

from tests.live.server import Prosody


class TrueOccupant(TypedDict):
    """An occupant as the server has it, once for each session; jid is the full real JID."""

    nick: str
    jid: str
    role: str
    affiliation: str


class OrderRefused(Exception):
    """The server did not carry out an order; the text is its own."""


async def rooms(server: Prosody, timeout_s: float = 30) -> dict[str, list[TrueOccupant]]:
    """Return the rooms that have occupants, by node; OSError when it does not answer."""
    found: dict[str, list[TrueOccupant]] = await asyncio.to_thread(_request, server, "GET", "/rooms", None, timeout_s)
    return found


async def do(server: Prosody, order: str, *, timeout_s: float = 60, **fields: object) -> dict[str, Any]:
    """Carry out ORDER (see mod_mucmon_control.lua); OrderRefused with the server's words."""
    body = json.dumps({"do": order, **fields})
    result: dict[str, Any] = await asyncio.to_thread(_request, server, "POST", "/do", body, timeout_s)
    return result


async def reload(server: Prosody, module: str, host: str | None = None) -> None:
    """Reload MODULE, on the MUC component unless HOST is given."""
    await do(server, "reload", host=host or server.muc_host, module=module)


async def load(server: Prosody, module: str, host: str | None = None) -> None:
    """Load MODULE, on the MUC component unless HOST is given."""
    await do(server, "load", host=host or server.muc_host, module=module)


async def unload(server: Prosody, module: str, host: str | None = None) -> None:
    """Unload MODULE, from the MUC component unless HOST is given."""
    await do(server, "unload", host=host or server.muc_host, module=module)


async def memory_kb(server: Prosody) -> float:
    """Return Lua's memory in kilobytes after a full collection."""
    return float((await do(server, "gc"))["kb"])


def _request(server: Prosody, method: str, path: str, body: str | None, timeout_s: float) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=timeout_s)
    try:
        connection.request(method, path, body, {"Host": server.muc_host})
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    if response.status == 200:
        return json.loads(text)
    try:
        words = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        words = text
    raise OrderRefused(f"{method} {path}: {response.status} {words}")
