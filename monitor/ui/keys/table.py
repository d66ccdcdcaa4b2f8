"""The one table of keys, and what bindings, footer and help take from it."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from monitor.ui.keys.boxes import IN_BOXES
from monitor.ui.keys.key import Key, only
from monitor.ui.keys.places import Place, places_at
from monitor.ui.keys.views import IN_VIEWS

KEYS: tuple[Key, ...] = (
    Key("help", "app", only("app.help", "?,f1", "app.help", "help"), "help", "this help", 1),
    *IN_VIEWS,
    *IN_BOXES,
    Key(
        "commands",
        "app",
        only("app.commands", "ctrl+p,:", "app.command_palette"),
        "commands",
        "every command by name; go to a room, a person, a server; themes",
        7,
    ),
    Key("theme", "app", only("app.theme", "ctrl+t", "app.change_theme"), "theme", "choose the colours", 8),
    Key(
        "interrupt",
        "app",
        only("app.interrupt", "ctrl+c", "app.interrupted", "how to quit"),
        "interrupt",
        "says how to quit: nothing is ended by mistake",
    ),
    Key("quit", "app", only("app.quit", "q,ctrl+q", "app.quit"), "quit", "quit", 1),
)


def bindings(*places: Place) -> list[BindingType]:
    """Textual bindings of these places' keys; their ids are those of the commands."""
    return [
        Binding(command.keys, command.action, key.label, show=False, id=command.id)
        for key in KEYS
        if key.place in places
        for command in key.commands
    ]


def footer_keys(pane: Place, absent: Collection[str]) -> list[Key]:
    """The keys the footer may name while a pane of that place has the focus, without those that do nothing now."""
    places = places_at(pane)
    named = [key for key in KEYS if key.footer and key.place in places and key.id not in absent]
    # Where it is narrow the detail shows one pane at a time: how to get to the others must be in sight.
    return [replace(key, footer=2) if pane == "detail" and key.id == "panes" else key for key in named]


def help_keys(absent: Collection[str]) -> list[Key]:
    """The keys the help explains: all but those `absent`, and what belongs to minting where that is."""
    places: set[Place] = {"mint", "choice", "link"} if "mint" in absent else set()
    return [key for key in KEYS if key.id not in absent and key.place not in places]
