"""`mucmon prosody`: prints what to paste, installs the module, and checks the way from here to the rooms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.config import config_path
from monitor.prosody import guide, install
from monitor.prosody.errors import CannotDo
from monitor.prosody.guide import Kind, Saved

WRONG = 2
"""Exit status when what is asked for cannot be done."""


def prosody(
    context: typer.Context,
    kind: Annotated[
        Kind | None,
        typer.Argument(
            help="Server for --print: debian (Jitsi's packages), docker (docker-jitsi-meet), or live (Debian, without a"
            " restart). Default: debian."
        ),
    ] = None,
    show: Annotated[
        bool,
        typer.Option("--print", help="Print the configuration to paste, with a new secret each time unless --save."),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option("--install", metavar="DIR", help="Copy the module into a folder of Prosody's plugin_paths."),
    ] = None,
    out_of: Annotated[
        Path | None, typer.Option("--uninstall", metavar="DIR", help="Remove the module from that folder.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Go from here to the rooms step by step, and say what to put right first.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(metavar="DOMAIN", help="Print: the domain of your Jitsi Meet; docker: XMPP_DOMAIN, meet.jitsi."),
    ] = None,
    rooms: Annotated[
        str | None,
        typer.Option(metavar="DOMAIN", help="Print: the MUC component; conference.HOST, docker: muc.HOST."),
    ] = None,
    jid: Annotated[
        str | None,
        typer.Option(metavar="DOMAIN", help="Print: your own component; monitor.HOST. One for each person."),
    ] = None,
    port: Annotated[int | None, typer.Option(help=f"Print: the port for components; {guide.PORT}.")] = None,
    breakout: Annotated[bool, typer.Option("--breakout", help="Print: watch breakout.HOST too.")] = False,
    lobby: Annotated[bool, typer.Option("--lobby", help="Print: watch lobby.HOST too.")] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Print: write mucmon's configuration to FILE, the secret beside it; where it is, use its secret.",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", metavar="FILE", help="Check: the configuration to use.")
    ] = None,
) -> None:
    """Bring the companion module onto a Prosody, and see whether it works.

    Example: mucmon prosody --print debian --host meet.example --save ~/.config/mucmon/config.toml

    Example: mucmon prosody --install /usr/share/jitsi-meet/prosody-plugins/

    Example: mucmon prosody --uninstall /usr/share/jitsi-meet/prosody-plugins/

    Example: mucmon --config FILE prosody --check

    Prosody's own configuration is never touched.
    The check connects as your component: a mucmon that runs as the same one loses its link.
    """
    actions = {"--print": show, "--install": into, "--uninstall": out_of, "--check": check}
    chosen = [name for name, given in actions.items() if given]
    extra = _given(host=host, rooms=rooms, jid=jid, port=port, breakout=breakout, lobby=lobby, save=save)
    try:
        if len(chosen) > 1:
            raise CannotDo(f"{chosen[0]} and {chosen[1]} cannot be had at once; give one of them.")
        if (kind or extra) and not show:
            raise CannotDo(f"{kind or extra[0]} goes with --print: mucmon prosody --print {kind or Kind.DEBIAN}")
        if into is not None:
            print(install.install(into))
        elif out_of is not None:
            print(install.uninstall(out_of))
        elif show:
            at = guide.PORT if port is None else port
            named = guide.names(kind or Kind.DEBIAN, host, rooms, jid, at, breakout=breakout, lobby=lobby)
            _print(named, save, config or context.obj)
        elif check:
            from monitor.prosody.check import check as run_check

            raise typer.Exit(run_check(config or context.obj))
        else:
            print(context.get_help())
    except CannotDo as error:
        print(f"mucmon: {error}", file=sys.stderr)
        raise typer.Exit(WRONG) from None


def _print(named: guide.Names, save: Path | None, config: Path | None) -> None:
    # What is typed next may be typed in another folder.
    path = (save or config_path(config)).expanduser().absolute()
    before = install.saved_secret(path, named.jid) if save else None
    secret, saved = (before, Saved.BEFORE) if before else (guide.new_secret(), Saved.NOW if save else Saved.NOT)
    if saved is Saved.NOW:
        beside = guide.secret_file(named)
        install.save(path, guide.toml(named, beside), beside, secret)
    print(guide.text(named, secret, path, saved), end="")


def _given(**options: object) -> list[str]:
    return [f"--{name}" for name, value in options.items() if value not in (None, False)]
