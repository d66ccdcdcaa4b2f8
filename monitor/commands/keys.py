"""``mucmon keys``: the keys of every command, as a table to paste into the configuration."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from monitor.config import ConfigError, config_path, load
from monitor.ui.keymap import COMMANDS, PLAIN, KeyMap, key_map

WRONG = 2


def run(config: Path | None) -> int:
    """Print the table; returns the exit status. Without a configuration the keys are those of the program."""
    path = config_path(config)
    try:
        settings = load(path) if config is not None or path.exists() else None
        keys = PLAIN if settings is None else key_map(settings.keys, settings.path)
    except ConfigError as error:
        print(f"mucmon: {error}", file=sys.stderr)
        return WRONG
    for line in lines(keys):
        print(line)
    return 0


def lines(keys: KeyMap) -> Iterator[str]:
    """The table as TOML, a line for each command, with what it does."""
    yield "[keys]"
    written = {id: f'"{id}" = {_toml(keys.keys_of(command))}' for id, (_, command) in COMMANDS.items()}
    width = max(len(line) for line in written.values())
    for id, (key, command) in COMMANDS.items():
        title = key.title(command)
        yield f"{written[id]:<{width}}  # {title[:1].lower()}{title[1:]}"


def _toml(keys: tuple[str, ...]) -> str:
    quoted = [f'"{_escaped(key)}"' for key in keys]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"


def _escaped(key: str) -> str:
    return f"\\{key}" if key in ("\\", '"') else key
