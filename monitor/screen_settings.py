"""What the configuration says of the screen: the keys that somebody chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monitor.secret import ConfigError


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
