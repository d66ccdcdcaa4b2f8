"""What the configuration says of the screen: the keys that somebody chose, and what else is to tell of an alarm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from monitor.secret import ConfigError

PLACEHOLDERS: dict[str, str] = {
    "title": "one line: what is wrong, in which room, on which server",
    "rule": "the finding, such as F10",
    "room": "the room, or that it holds for the whole server",
    "who": "the person, where it is about one",
    "server": "the server's name in the configuration",
    "count": "how many findings are told of at once; the others speak of the worst",
}
"""What may stand in braces in an argument of `on_critical`."""


class AlertTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens beside the words on the screen when a critical finding is new, as it stands in the file."""

    bell: bool = False
    """Whether the terminal's bell rings."""
    on_critical: tuple[str, ...] = ()
    """A program and its arguments; none is run where there is nothing."""
    on_critical_names: bool = False
    """Whether the program is told names; otherwise marks and initials."""


ALERT_KEYS: tuple[str, ...] = AlertTable.__struct_fields__


class Alerts(AlertTable, frozen=True):
    """The same, ready to use."""

    withheld: frozenset[str] = frozenset()
    """Environment variables that hold secrets: the program is run without them."""


def check_alerts(alerts: AlertTable, path: Path, withheld: Iterable[str] = ()) -> Alerts:
    """The same, where a program can be run so; `withheld` names variables it must not see. Raises `ConfigError`."""
    where = f"{path}, [alerts]: `on_critical`"
    if alerts.on_critical and not alerts.on_critical[0].strip():
        raise ConfigError(f"{where}: the first of the list is the program, and it is empty.")
    for argument in alerts.on_critical:
        for name in re.findall(r"{(\w+)}", argument):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
                raise ConfigError(f"{where}: there is no {{{_plain(name)}}}; there are {known}.")
    if any("\0" in argument for argument in alerts.on_critical):
        raise ConfigError(f"{where}: an argument holds a null character; take it out.")
    return Alerts(**msgspec.structs.asdict(alerts), withheld=frozenset(withheld))


def read_keys(table: Mapping[str, Any], path: Path, above: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """The entries of ``[keys]``: a command's id and the keys for it. Without its quotes an id is tables in tables.

    Raises `ConfigError`.
    """
    for name, value in table.items():
        id = f"{above}{name}"
        if isinstance(value, dict):
            yield from read_keys(value, path, f"{id}.")
            continue
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not keys or not all(isinstance(one, str) and one.strip() for one in keys):
            raise ConfigError(
                f'{path}, [keys]: "{_plain(id)}": a key such as "o" is wanted, or a list of keys: ["o", "ctrl+o"].'
            )
        yield id, tuple(keys)


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:60])
