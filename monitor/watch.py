"""Runs the screen on the configured servers: where configuration, wire and ui meet."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from monitor.config import ConfigError, config_path, load

if TYPE_CHECKING:
    from monitor.core.store import Store
    from monitor.ui.access import TokenAccess
    from monitor.ui.app import MonitorApp
    from monitor.ui.sources import Sources

WRONG = 2
"""Exit status when it cannot begin: wrong configuration, or no terminal."""


class Showing(NamedTuple):
    """How somebody wants the screen to be drawn."""

    ascii: bool | None = None
    """Nothing but ASCII; None leaves it to what the locale says of the terminal."""

    wall: bool = False
    """Without names, for a screen on the wall."""


AS_USUAL = Showing()


def watch(config: Path | None, showing: Showing = AS_USUAL) -> int:
    """Show the screen until it is quit; returns the exit status. What stops it is said on standard error."""
    try:
        settings = load(config_path(config))
    except ConfigError as error:
        print(f"mucmon: {error}", file=sys.stderr)
        return WRONG
    if not has_terminal():
        return WRONG
    from monitor.core.store import Store
    from monitor.seen import Memory, memory_path
    from monitor.tokens.journal import Journal, journal_path
    from monitor.ui.access import token_access
    from monitor.wire.sources import Links

    store = Store()
    for server in settings.servers:
        store.declare(
            server.name,
            server.rooms,
            server.close_policy,
            server.close_timeout_s,
            server.grades,
            server.colour or "",
            server.production,
        )
    tokens = token_access({server.name: server.tokens for server in settings.servers}, Journal(journal_path()))
    memory = Memory(memory_path(), {server.name: server.jid for server in settings.servers})
    links = Links(settings.servers, memory.around(store.apply))
    status = run(screen_on(store, links, showing, tokens=tokens))
    memory.close()
    if memory.failure is not None:
        why = memory.failure.strerror or type(memory.failure).__name__
        print(f"mucmon: how the servers are set up could not be kept in {memory_path()} ({why}).", file=sys.stderr)
    return status


def has_terminal() -> bool:
    """Whether the screen can be shown here; where it cannot, that is said on standard error."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    print("mucmon: the screen needs a terminal; run it without a pipe.", file=sys.stderr)
    return False


def screen_on(
    store: Store, sources: Sources, showing: Showing, badge: str = "", tokens: TokenAccess | None = None
) -> MonitorApp:
    """The screen on a store and what feeds it; without `tokens` no link can be made."""
    from monitor.ui.access import NO_TOKENS
    from monitor.ui.app import MonitorApp
    from monitor.ui.ascii import speaks_ascii_only

    ascii_only = speaks_ascii_only(os.environ) if showing.ascii is None else showing.ascii
    return MonitorApp(store, sources, badge=badge, tokens=tokens or NO_TOKENS, ascii_only=ascii_only, wall=showing.wall)


def run(screen: MonitorApp) -> int:
    """Show the screen until it is quit; returns the exit status."""
    screen.run()
    if screen.stop_failure is not None:
        print(f"mucmon: the links did not close cleanly ({type(screen.stop_failure).__name__}).", file=sys.stderr)
    return screen.return_code or 0
