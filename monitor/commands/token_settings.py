"""Which configured servers have tokens, for the commands that make or look at them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.config import ConfigError, config_path, load
from monitor.tokens.place import leads_there, room_named
from monitor.tokens.settings import TOKEN_SAMPLE, TokenSettings


def token_servers(config: Path | None, environ: Mapping[str, str] = os.environ) -> dict[str, TokenSettings]:
    """The token settings of each server that has some, by its name. Raises `ConfigError`."""
    settings = load(config_path(config, environ), environ)
    return {server.name: server.tokens for server in settings.servers if server.tokens is not None}


def chosen_server(config: Path | None, name: str | None, room: str) -> tuple[str, TokenSettings]:
    """The server to mint for: the named one, the one whose address `room` is, or the only one with tokens.

    Raises `ConfigError`, and `NoPlace` for an address that is none of theirs.
    """
    path = config_path(config)
    servers = token_servers(config)
    if not servers:
        raise ConfigError(
            f"No server in {path} has tokens, so none can be minted. Add below its [[server]], for example:\n\n"
            f"{TOKEN_SAMPLE}"
        )
    if name is None and len(servers) == 1:
        return next(iter(servers.items()))
    known = ", ".join(servers)
    if name is None:
        theirs = [one for one, settings in servers.items() if leads_there(room, settings)]
        if len(theirs) == 1:
            return theirs[0], servers[theirs[0]]
        # Whichever was chosen, an address of none of them would be refused.
        room_named(room, servers.values())
        raise ConfigError(f"Several servers have tokens; choose one with --server: {known}.")
    if name not in servers:
        raise ConfigError(f"No server of that name has tokens in {path}; there is {known}.")
    return name, servers[name]
