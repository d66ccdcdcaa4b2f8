"""``mucmon mint``: the link alone on standard output, everything said about it on standard error."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

from monitor.commands.token_settings import chosen_server
from monitor.core.affiliation import Affiliation
from monitor.core.text import clean, room_name
from monitor.printing import print_whole, require_output, tell
from monitor.secret import ConfigError
from monitor.tokens.features import FEATURES
from monitor.tokens.journal import Journal, asking_person, journal_path, os_user
from monitor.tokens.mint import IN_FRAGMENT, IN_QUERY, Minted, MintError, Wish, mint, page_for, warnings_for
from monitor.tokens.place import NoPlace
from monitor.ui.durations import spell, time_of_day, zone_name
from monitor.ui.qr import code_of

_INK = "█▀▄"
_INVERTED = str.maketrans(" █▀▄", "█ ▄▀")
"""For a dark ground, where no colours can be asked for."""
_DARK_ON_LIGHT = "\x1b[38;5;16;48;5;231m"

FAILED = 2
"""Exit status when no token was made."""


class Person(NamedTuple):
    """Who is to join; what is None gets a value by which they are recognised."""

    name: str | None
    user_id: str | None
    email: str | None


class Rights(NamedTuple):
    """What they may do, and for how long; features as they were typed."""

    owner: bool
    minutes: float | None
    """None for the server's usual."""
    features: list[str]
    moderator_claim: bool


def run(
    config: Path | None,
    room: str,
    person: Person,
    rights: Rights,
    server: str | None,
    reason: str,
    in_fragment: bool,
    outputs: list[str],
) -> int:
    """Mint and print; returns the exit status. What goes wrong is said in one sentence on standard error.

    `outputs` names what to print instead of the link: at most one of token, qr and json.
    """
    try:
        if len(outputs) > 1:
            raise MintError(f"--{outputs[0]} and --{outputs[1]} print different things; choose one.")
        features = read_features(rights.features)
        name, settings = chosen_server(config, server, room)
        minutes = settings.usual_minutes if rights.minutes is None else rights.minutes
        wish = wish_for(room, person, rights, minutes, features)
        if "token" not in outputs and "json" not in outputs and page_for(wish, settings) is None:
            raise MintError("A token for every room has no link; ask for the token alone with --token.")
        warnings = warnings_for(wish, settings)
        # Before the journal has it: what cannot be given out is not made.
        require_output(_INK if "qr" in outputs else "")
        journal = Journal(journal_path())
        minted = mint(wish, settings, journal, server=name, os_user=os_user(), now=time.time(), reason=reason)
        printed = _printed(outputs[0] if outputs else "link", minted, in_fragment, warnings)
    except (ConfigError, MintError, NoPlace) as error:
        print(f"mucmon: {error}", file=sys.stderr)
        return FAILED
    notes = _notes(minted, wish)
    if minted.page is not None and "token" not in outputs:
        notes.append(IN_FRAGMENT if in_fragment else IN_QUERY)
    notes.append(f"In the journal {journal.path} as {minted.claims['jti']}.")
    for line in [f"warning: {words}" for words in warnings] + notes:
        tell(_folded(line))
    print_whole(f"{printed}\n")
    return 0


def wish_for(room: str, person: Person, rights: Rights, minutes: float, features: dict[str, bool] | None) -> Wish:
    """What was asked for, with whoever asks as the person unless another is named."""
    asking = asking_person()
    return Wish(
        room=room,
        affiliation=Affiliation.OWNER if rights.owner else Affiliation.MEMBER,
        name=person.name if person.name is not None else f"On-call: {asking}",
        user_id=person.user_id if person.user_id is not None else f"on-call-{asking}",
        email=person.email,
        minutes=minutes,
        features=features,
        moderator_claim=rights.moderator_claim,
    )


def read_features(given: list[str]) -> dict[str, bool] | None:
    """``NAME=true`` and ``NAME=false`` as a table; None without any. Raises `MintError`."""
    found: dict[str, bool] = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in FEATURES or value not in ("true", "false"):
            raise MintError(f"--feature wants NAME=true or NAME=false, and the names are {', '.join(FEATURES)}.")
        if found.setdefault(name, value == "true") != (value == "true"):
            raise MintError(f"--feature says both {name}=true and {name}=false; say one of them.")
    return found or None


def _printed(output: str, minted: Minted, in_fragment: bool, warnings: list[str]) -> str:
    if output == "token":
        return minted.token.reveal()
    link = minted.link(in_fragment).reveal() if minted.page is not None else None
    if output == "json":
        document = {
            "link": link,
            "token": minted.token.reveal(),
            "claims": minted.claims,
            "warnings": warnings,
            "exposes": (IN_FRAGMENT if in_fragment else IN_QUERY) if link else None,
        }
        return json.dumps(document, indent=2)
    return _qr(link or "") if output == "qr" else link or ""


def _qr(link: str) -> str:
    code = code_of(link, sys.maxsize, sys.maxsize)
    if code is None:
        raise MintError("The link is too long for a QR code; leave --qr out.")
    if sys.stdout.isatty():
        # Dark on light whatever the terminal's colours: not every telephone reads it the other way round.
        return "\n".join(f"{_DARK_ON_LIGHT}{line}\x1b[0m" for line in code.lines)
    return "\n".join(line.translate(_INVERTED) for line in code.lines)


def _folded(line: str) -> str:
    if sys.stderr is None or not sys.stderr.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _notes(minted: Minted, wish: Wish) -> list[str]:
    exp = float(minted.claims["exp"])
    until = f"{time_of_day(exp, time.time())} {zone_name(exp)}".strip()
    room = "every room" if minted.page is None else f"the room {room_name(minted.claims['room'])}"
    who = clean(wish.name or "") or "somebody without a name"
    length = spell(minted.good_for_s)
    return [f"For {who}, as {wish.affiliation.value} of {room}, for {length}: until {until}."]
