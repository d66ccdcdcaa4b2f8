"""What a key is: the commands it leads to, and what footer, help and palette say of them. Pure."""

from __future__ import annotations

import msgspec

from monitor.ui.keys.places import Place


class Command(msgspec.Struct, frozen=True):
    """One thing that can be done."""

    id: str
    """Its name in the configuration; it stays."""
    keys: str
    """Characters or Textual's names of keys, separated by commas."""
    action: str
    title: str = ""
    """What the palette calls it; that of the `Key` where nothing is said."""


class Key(msgspec.Struct, frozen=True):
    """Commands that belong together: one line of the help."""

    id: str
    place: Place
    commands: tuple[Command, ...]
    label: str
    """One word for the footer."""
    help: str
    footer: int = 0
    """The footer names it: 1 first, bigger numbers only where there is room. 0 leaves it to the help."""

    def title(self, command: Command) -> str:
        """What the palette calls a command of these."""
        title = command.title or self.help.partition(";")[0]
        return title[:1].upper() + title[1:]


def only(id: str, keys: str, action: str, title: str = "") -> tuple[Command]:
    """The commands of a `Key` that has one alone."""
    return (Command(id, keys, action, title),)
