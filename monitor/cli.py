"""The command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.prosody.command import prosody
from monitor.watch import watch

app = typer.Typer(
    name="mucmon",
    subcommand_metavar="[COMMAND]",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mucmon {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def mucmon(
    context: typer.Context,
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

    Shows every room and everybody in it, with what their token says next to what the room made of them.

    Example: mucmon --config meet.toml
    """
    context.obj = config
    if context.invoked_subcommand is None:
        raise typer.Exit(watch(config))


app.command()(prosody)
