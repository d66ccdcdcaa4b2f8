"""Runs the screen on the configured servers: where configuration, wire and ui meet."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from monitor.config import ConfigError, config_path, load

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.core.store import Store
    from monitor.screen_settings import Alerts
    from monitor.ui.access import TokenAccess
    from monitor.ui.app import MonitorApp
    from monitor.ui.keymap import KeyMap
    from monitor.ui.memory import ScreenMemory
    from monitor.ui.silence_memory import SilenceMemory
    from monitor.ui.sources import Sources

WRONG = 2
"""Exit status when it cannot begin: wrong configuration, or no terminal."""

_NO_SCREEN = ("dumb", "unknown")
"""Terminals that can write one line after another, and no more."""


class Showing(NamedTuple):
    """How somebody wants the screen to be drawn."""

    ascii: bool | None = None
    """Nothing but ASCII; None leaves it to what the locale says of the terminal."""

    wall: bool = False
    """Without names, for a screen on the wall."""

    fresh: bool = False
    """As new: what was remembered of the screen, and what was silenced, is neither read nor written.

    A demo keeps no silences either way: nobody in it is real.
    """


class Options(TypedDict, total=False):
    """What the screen may be given beside a store and what feeds it."""

    tokens: TokenAccess
    key_map: KeyMap
    alerts: Alerts
    memory: ScreenMemory
    silences: SilenceMemory


AS_USUAL = Showing()


def watch(config: Path | None, showing: Showing = AS_USUAL) -> int:
    """Show the screen until it is quit; returns the exit status. What stops it is said on standard error."""
    try:
        settings = load(config_path(config))
        keys = _key_map(settings)
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
    jids = {server.name: server.jid for server in settings.servers}
    memory = Memory(memory_path(), jids)
    links = Links(settings.servers, memory.around(store.apply), acknowledge=memory.acknowledge)
    options = Options(tokens=tokens, key_map=keys, alerts=settings.alerts)
    if not showing.fresh:
        from monitor.ui.silence_memory import SilenceMemory, silence_memory_path

        options["silences"] = SilenceMemory(silence_memory_path(), jids)
    status = run(screen_on(store, links, showing, **options))
    memory.close()
    if memory.failure is not None:
        why = memory.failure.strerror or type(memory.failure).__name__
        print(f"mucmon: how the servers are set up could not be kept in {memory_path()} ({why}).", file=sys.stderr)
    return status


def _key_map(settings: Settings) -> KeyMap:
    from monitor.ui.keymap import key_map

    return key_map(settings.keys, settings.path)


def has_terminal() -> bool:
    """Whether the screen can be shown here; where it cannot, that is said on standard error."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("mucmon: the screen needs a terminal; run it without a pipe.", file=sys.stderr)
        return False
    if (term := os.environ.get("TERM", "")).lower() in _NO_SCREEN:
        remedy = "where it can, set another before the command: TERM=xterm-256color mucmon"
        print(f"mucmon: TERM={term} says that this terminal can show no screen; {remedy}.", file=sys.stderr)
        return False
    return True


def screen_on(
    store: Store, sources: Sources, showing: Showing, badge: str = "", **options: Unpack[Options]
) -> MonitorApp:
    """The screen on a store and what feeds it; without tokens among the options no link can be made.

    What it remembers of the last run has the badge in its name: a demo is no server.
    """
    from monitor.ui.app import MonitorApp
    from monitor.ui.ascii import speaks_ascii_only

    ascii_only = speaks_ascii_only(os.environ) if showing.ascii is None else showing.ascii
    if not showing.fresh:
        from monitor.ui.memory import ScreenMemory, screen_memory_path

        options["memory"] = ScreenMemory(screen_memory_path(f"screen-{badge.lower()}" if badge else "screen"))
    return MonitorApp(store, sources, badge=badge, ascii_only=ascii_only, wall=showing.wall, **options)


def run(screen: MonitorApp) -> int:
    """Show the screen until it is quit, or a signal ends it; returns the exit status: 128 and the signal's number."""
    asyncio.run(_show(screen))
    if screen.stop_failure is not None:
        print(f"mucmon: the links did not close cleanly ({type(screen.stop_failure).__name__}).", file=sys.stderr)
    return screen.return_code or 0


async def _show(screen: MonitorApp) -> None:
    from monitor.ui.signals import end_on_signals

    end_on_signals(screen.end)
    await screen.run_async()
