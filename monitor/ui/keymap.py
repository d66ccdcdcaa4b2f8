"""Which keys lead to which command: those of the table, and those that somebody chose in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from monitor.secret import ConfigError
from monitor.ui.keys.key import Command, Key
from monitor.ui.keys.places import TOGETHER, TYPED
from monitor.ui.keys.table import KEYS

if TYPE_CHECKING:
    from textual.app import App

_MODIFIERS = ("ctrl", "alt", "shift")
_NAMED = frozenset(
    {
        *("enter", "escape", "tab", "space", "backspace", "delete", "insert"),
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
        *(f"f{number}" for number in range(1, 25)),
    }
)
"""Textual's names of the keys that type no character."""
_ALSO = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert"}
_SENT_AS = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+[": "escape", "ctrl+h": "backspace"}
"""Keys that a terminal cannot tell from others."""
LINE_KEYS = frozenset(
    {
        *("left", "right", "shift+left", "shift+right", "ctrl+left", "ctrl+right"),
        *("ctrl+shift+left", "ctrl+shift+right", "home", "end", "shift+home", "shift+end"),
        *("backspace", "ctrl+backspace", "alt+backspace", "delete"),
        *(f"ctrl+{letter}" for letter in "acdekuvwx"),
        "ctrl+shift+a",
    }
)
"""What writes and moves in a line to type into; beside these ``space``."""
_READ = {"escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn"}
_LONGEST = 40

COMMANDS: dict[str, tuple[Key, Command]] = {command.id: (key, command) for key in KEYS for command in key.commands}
"""Every command by its id."""


class KeyMap(msgspec.Struct, frozen=True):
    """The keys of every command, each as it is written: a character, or a name such as ``enter`` or ``ctrl+p``."""

    chosen: dict[str, tuple[str, ...]] = {}
    """Keys by the id of the command, where they are others than those of the table."""

    def keys_of(self, command: Command) -> tuple[str, ...]:
        """The keys that lead to a command."""
        return self.chosen.get(command.id) or tuple(command.keys.split(","))

    def readable_keys(self, command: Command) -> tuple[str, ...]:
        """The same as people read them."""
        return tuple(readable(one) for one in self.keys_of(command))

    def first(self, id: str) -> str:
        """The key to name in a sentence, as people read it; `id` is a command's."""
        return readable(self.keys_of(COMMANDS[id][1])[0])

    def shown(self, key: Key) -> tuple[str, ...]:
        """All keys of a line of the table, as people read them; digits in a row are drawn together, as in 1-5."""
        found = [one for command in key.commands for one in self.readable_keys(command)]
        digits = "".join(found)
        if len(found) > 2 and digits.isdigit() and digits in "123456789":
            return (f"{found[0]}-{found[-1]}",)
        return tuple(found)

    def for_textual(self) -> dict[str, str]:
        """What Textual is to be told, by the ids of its bindings."""
        return {id: ",".join("comma" if one == "," else one for one in keys) for id, keys in self.chosen.items()}


PLAIN = KeyMap()
"""The keys of the table."""


def key_map_of(app: App[object]) -> KeyMap:
    """The key map of an app."""
    return getattr(app, "key_map", PLAIN)


def readable(key: str) -> str:
    """A key as people read it."""
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    shown = _READ.get(name) or (name.capitalize() if re.fullmatch(r"f\d+|home|end", name) else name)
    return "+".join((*modifiers, shown))


def key_map(chosen: Mapping[str, tuple[str, ...]], path: Path) -> KeyMap:
    """Read the configuration's keys: by the id of a command, each as people write it.

    Raises `ConfigError`, which names the file, the setting, what is wrong with it and what to write instead.
    """
    read = {id: tuple(_read(id, key, path) for key in keys) for id, keys in chosen.items() if _is_known(id, path)}
    found = KeyMap(read)
    for here in TOGETHER:
        taken: dict[str, str] = {}
        # Those that were chosen last, so that what is complained of is in the file.
        for command in sorted(_commands_at(here), key=lambda one: one.id in read):
            for key in found.keys_of(command):
                other = taken.setdefault(key, command.id)
                if other != command.id:
                    raise ConfigError(
                        f'{path}, [keys]: "{command.id}" = "{key}": {key} leads to {other} already, and both work '
                        f"in the same place; choose another key, or give {other} another one too."
                    )
    return found


def _commands_at(places: frozenset[str]) -> Iterator[Command]:
    return (command for key in KEYS if key.place in places for command in key.commands)


def _is_known(id: str, path: Path) -> bool:
    if id in COMMANDS:
        return True
    import difflib

    near = difflib.get_close_matches(id, COMMANDS, 1, 0.6)
    remedy = f'did you mean "{near[0]}"?' if near else "mucmon keys names them all."
    raise ConfigError(f'{path}, [keys]: there is no command "{_quoted(id)}"; {remedy}')


def _read(id: str, raw: str, path: Path) -> str:
    """The key as it is compared: lower case but for a single character, names as Textual spells them."""
    where = f'{path}, [keys]: "{id}" = "{_quoted(raw)}"'
    key = _spelt(raw.strip())
    if other := _SENT_AS.get(key):
        raise ConfigError(f'{where}: a terminal sends {key} as {other}; write "{other}" or choose another key.')
    if not _is_key(key):
        raise ConfigError(
            f'{where}: there is no such key. Write a character such as "o" or "O", a name (enter, esc, tab, space, up, '
            "pgdn, home, f1 …), or ctrl+ or alt+ with a letter."
        )
    if len(key) == 1 and COMMANDS[id][0].place in TYPED:
        raise ConfigError(f'{where}: there "{key}" is typed as text; choose a key such as "ctrl+o" or "f2".')
    if COMMANDS[id][0].place in TYPED and (key in LINE_KEYS or key == "space"):
        raise ConfigError(f'{where}: {key} writes and moves in the line there; choose a key such as "ctrl+o" or "f2".')
    return key


def _spelt(raw: str) -> str:
    if len(raw) <= 1:
        return raw
    *modifiers, name = raw.split("+") if not raw.endswith("++") else [*raw[:-2].split("+"), "+"]
    name = name if len(name) == 1 else name.lower()
    modifiers = [one.lower() for one in modifiers]
    if modifiers == ["shift"] and len(name) == 1 and name.isalpha():
        return name.upper()
    if modifiers and len(name) == 1:
        name = name.lower()
    return "+".join((*sorted(modifiers), _ALSO.get(name, name)))


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable() and not key.isspace()
    *modifiers, name = key.split("+")
    if len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return False
    return name in _NAMED or (len(name) == 1 and name.isalnum() and name.isascii() and modifiers not in ([], ["shift"]))


def _quoted(value: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in value[:_LONGEST])
