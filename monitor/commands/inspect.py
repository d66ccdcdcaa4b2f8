"""``mucmon inspect``: reads a token, from wherever it does not show, and says what a server makes of it.

A token never comes as an argument: it would stand in the list of processes and in the shell's history.
"""

from __future__ import annotations

import codecs
import json
import sys
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from monitor.commands.inspection import Line, document, lines
from monitor.commands.prompt import ask_unseen
from monitor.commands.token_settings import token_servers
from monitor.config import config_path
from monitor.core.claims import LAST_SECOND
from monitor.printing import print_whole, sayable
from monitor.secret import ConfigError
from monitor.tokens.inspect import Inspection, inspect
from monitor.tokens.place import NoPlace, room_named
from monitor.tokens.settings import TokenSettings
from monitor.tokens.token import read_pasted

GETS_IN, REFUSED, UNREADABLE = 0, 1, 2
"""Exit statuses; the last also where the command itself cannot begin."""

_MOST_BYTES = 1_000_000


class CannotInspect(Exception):
    """There is nothing to look at. Its text is one sentence that names the remedy, and repeats nothing given."""


def run(config: Path | None, source: str | None, room: str | None, at: str | None, as_json: bool) -> int:
    """Read a token, print what there is to say, and return the exit status."""
    try:
        moment = _moment(at)
        servers = _servers(config)
        token, from_link, host = read_pasted(_read(source))
        asked = room_named(room, servers.values()) if room else from_link
        inspection = inspect(token, servers, asked, at=moment, host=host)
    except (ConfigError, CannotInspect, NoPlace) as error:
        print(f"mucmon: {error}", file=sys.stderr)
        return UNREADABLE
    print_whole(_printed(inspection, as_json))
    return _status(inspection)


def _printed(inspection: Inspection, as_json: bool) -> str:
    if as_json:
        return json.dumps(document(inspection), indent=2, allow_nan=False) + "\n"
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as drawn:
        for line in lines(inspection):
            _draw(line, console)
    return sayable(drawn.get())


def _draw(line: Line, console: Console) -> None:
    if not console.is_terminal:
        console.print(line.text, soft_wrap=True)
        return
    start, rest = line.text[: line.indent], line.text[line.indent :]
    for number, part in enumerate(rest.wrap(console, max(console.width - line.indent, 20)) or [rest]):
        console.print(start + part if number == 0 else Text(" " * line.indent) + part, soft_wrap=True)


def _status(inspection: Inspection) -> int:
    if not inspection.is_readable:
        return UNREADABLE
    return GETS_IN if inspection.verdict.gets_in else REFUSED


def _servers(config: Path | None) -> dict[str, TokenSettings]:
    # A token can be read by anybody, so a machine without any configuration is good enough.
    if config is None and not config_path(None).exists():
        return {}
    return token_servers(config)


def _moment(at: str | None) -> float:
    if at is None:
        return time.time()
    try:
        moment = float(at)
    except ValueError:
        try:
            moment = datetime.fromisoformat(at).timestamp()
        except (ValueError, OverflowError, OSError):
            moment = float("nan")
    if not abs(moment) < LAST_SECOND:
        raise CannotInspect("--at wants a time such as 2026-03-01T13:20:00 or seconds since 1970.")
    return moment


def _read(source: str | None) -> str:
    is_asked = source is None or source == "-"
    if is_asked and sys.stdin is None:
        raise CannotInspect("Standard input is closed: give a file that holds the token.")
    if is_asked and sys.stdin.isatty():
        return _typed()
    try:
        if source is None or is_asked:
            raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file can be called so"
        raise CannotInspect(f"The file to inspect cannot be read: {why}.") from None
    if len(raw) > _MOST_BYTES:
        raise CannotInspect("That is longer than a megabyte, and no token.")
    text = _decoded(raw)
    if not text:
        raise CannotInspect("There is no token: give a file that holds it, or pipe it in.")
    return text


def _decoded(raw: bytes) -> str:
    # PowerShell's > writes UTF-16, and says so in the first two bytes.
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return raw.decode(encoding).strip()
    except UnicodeDecodeError:
        raise CannotInspect("That is not text in UTF-8, and no token.") from None


def _typed() -> str:
    try:
        raw = ask_unseen("Token or link (it is not shown): ", _MOST_BYTES)
    except (EOFError, KeyboardInterrupt):
        raise CannotInspect("No token was given.") from None
    if len(raw) > _MOST_BYTES:
        raise CannotInspect("That is longer than a megabyte, and no token.")
    text = _decoded(raw)
    if not text:
        raise CannotInspect("No token was given.")
    return text
