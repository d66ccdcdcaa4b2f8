"""The command line: joins configuration, wire and screen. The only module that knows all of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.config import ConfigError, Settings, config_path, load

app = typer.Typer(
    name="mucmon",
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mucmon {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, no_args_is_help=False)
def watch(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Configuration to use instead of $MUCMON_CONFIG or the platform's config directory.",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Watch who is in which room of a Jitsi Meet server, and with what rights.

    Shows every room and everybody in it with what their token says next to what the room made of them.

    Example:  mucmon --config ~/.config/mucmon/config.toml
    """
    try:
        settings = load(config_path(config))
    except ConfigError as error:
        print(f"mucmon: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("mucmon: the screen needs a terminal; run it without a pipe.", file=sys.stderr)
        raise typer.Exit(2)
    raise typer.Exit(_run(settings))


def _run(settings: Settings) -> int:
    from monitor.core.store import Store
    from monitor.ui.app import MonitorApp
    from monitor.wire.sources import Links

    store = Store()
    for server in settings.servers:
        store.declare(server.name, server.rooms)
    screen = MonitorApp(store, Links(settings.servers, store.apply))
    screen.run()
    return screen.return_code or 0


def main() -> None:
    """The entry point ``mucmon``."""
    if sys.argv[1:] == ["--version"]:
        print(f"mucmon {__version__}")
        return
    app()
