"""The command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.prosody.command import prosody
from monitor.watch import Showing, watch

_SHOWING = "mucmon.showing"
"""Under this name a command finds what was asked before its own name, as in mucmon --ascii demo."""

app = typer.Typer(
    name="mucmon",
    subcommand_metavar="[COMMAND]",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


Ascii = Annotated[
    bool | None,
    typer.Option(
        "--ascii/--no-ascii",
        show_default=False,
        help="Draw with ASCII alone, or with any character; without it, as the locale says (LC_ALL, LC_CTYPE, LANG).",
    ),
]

Wall = Annotated[
    bool,
    typer.Option("--wall", help="Show initials for people and marks for rooms; x shows names, for a minute."),
]


Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh", help="Begin as new: neither read nor write remembered theme, sorting, columns and silences."
    ),
]


FreshDemo = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Begin as new: neither read nor write remembered theme, sorting and columns. A demo never keeps silences.",
    ),
]


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
    ascii_only: Ascii = None,
    wall: Wall = False,
    fresh: Fresh = False,
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
    context.meta[_SHOWING] = showing = Showing(ascii_only, wall, fresh)
    if context.invoked_subcommand is None:
        raise typer.Exit(watch(config, showing))


app.command()(prosody)


@app.command()
def demo(
    context: typer.Context,
    rooms: Annotated[int, typer.Option(min=0, max=10_000, help="Rooms to add beside those of the story.")] = 0,
    people: Annotated[int, typer.Option(min=1, max=1_000, help="People in each of these rooms.")] = 12,
    rate: Annotated[float, typer.Option(min=0, max=5_000, help="Joins and leaves per second in these rooms.")] = 5,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Loopback port to listen on; 0 takes a free one.")] = 0,
    share: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a configuration with which a second mucmon watches the same demo."),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Show no screen; print that configuration instead. A file that it goes into must be yours alone: "
            "umask 077 before, or chmod 600; --share sees to that itself.",
        ),
    ] = False,
    ascii_only: Ascii = None,
    wall: Wall = False,
    fresh: FreshDemo = False,
) -> None:
    """Try mucmon on a played server: nothing to configure, nobody real.

    A server inside mucmon, on a loopback port, speaks the companion module's
    feed and plays a story that never ends: rooms held open, closing, overdue,
    people with rights their token does not give. With --rooms it is a load
    generator as well: its rooms come beside those of the story.

    Example: mucmon demo --rooms 400 --people 12 --rate 50
    """
    from monitor.demo.show import demo as show

    before: Showing = context.meta[_SHOWING]
    showing = Showing(before.ascii if ascii_only is None else ascii_only, wall or before.wall, fresh or before.fresh)
    raise typer.Exit(show(rooms, people, rate, port, share, serve, showing))


@app.command()
def mint(
    context: typer.Context,
    room: Annotated[str, typer.Argument(help="The room, by name, address or JID; with a tenant: \\[tenant]room.")],
    server: Annotated[str | None, typer.Option(help="The server's name in the configuration.")] = None,
    owner: Annotated[bool, typer.Option("--owner", help="Make them owner of the room; without it a member.")] = False,
    name: Annotated[str | None, typer.Option(help="Whom others see; default: On-call: and your user's name.")] = None,
    id: Annotated[str | None, typer.Option(help="The user's id; default: your user's name.")] = None,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="How long it is good for; default: 30, or max_minutes where that is less.")
    ] = None,
    feature: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=true|false", help="Once for each; without any, the server's defaults."),
    ] = None,
    moderator_claim: Annotated[
        bool, typer.Option("--moderator-claim", help="Add what the old token_moderation plugin reads.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
    fragment: Annotated[bool, typer.Option("--fragment", help="A #jwt= link, which no server's log keeps.")] = False,
    token: Annotated[bool, typer.Option("--token", help="Print the token alone.")] = False,
    qr: Annotated[bool, typer.Option("--qr", help="Print the link as a QR code.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print link, token, claims and warnings as JSON.")] = False,
) -> None:
    """Make a link that lets somebody into a room, good for half an hour.

    The link alone goes to standard output. What was made is written into a journal, without the token.

    Example: mucmon mint alpha --owner --reason "the host cannot get in"
    """
    from monitor.commands.mint import Person, Rights, run

    person = Person(name, id, email)
    rights = Rights(owner, minutes, feature or [], moderator_claim)
    outputs = [word for word, wanted in (("token", token), ("qr", qr), ("json", json)) if wanted]
    raise typer.Exit(run(context.obj, room, person, rights, server, reason, fragment, outputs))


@app.command()
def keys(context: typer.Context) -> None:
    """Print the keys of every command, as a table to paste into the configuration.

    What the configuration says of keys is in it already.

    Example: mucmon keys
    """
    from monitor.commands.keys import run

    raise typer.Exit(run(context.obj))


@app.command()
def inspect(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|-", help="Holds the token or the link; without it you are asked.")
    ] = None,
    room: Annotated[
        str | None, typer.Option(help="The room they want to join, by name, address or JID; a link names it itself.")
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="As of when; default: now.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, without the signature.")] = False,
) -> None:
    """Say what a token claims, and whether a server lets it in: exit status 0 in, 1 refused, 2 unreadable.

    Never give the token as an argument: others could read it in the list of processes.

    Example: mucmon inspect --room alpha token.txt
    """
    from monitor.commands.inspect import run

    raise typer.Exit(run(context.obj, file, room, at, json))
