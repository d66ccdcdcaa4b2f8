"""The one table of keys: bindings, footer and help are made from it, so none can name a key that does nothing."""

from __future__ import annotations

from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

Place = Literal["app", "overview", "rooms", "people", "grid", "help"]
"""Where a key works: everywhere, on the overview, in one of its panes, in both, or in the help."""


class Key(msgspec.Struct, frozen=True):
    """One thing a key does."""

    id: str
    place: Place
    keys: str
    """As people read them."""
    bindings: tuple[tuple[str, str], ...]
    """Pairs of Textual's key names, separated by commas, and an action."""
    label: str
    """One word for the footer."""
    help: str
    footer: bool = False


KEYS: tuple[Key, ...] = (
    Key("help", "app", "? F1", (("question_mark,f1", "app.help"),), "help", "this help", True),
    Key(
        "open",
        "rooms",
        "enter",
        (("enter", "open"),),
        "people",
        "go to the people of the chosen room",
        True,
    ),
    Key(
        "back",
        "people",
        "esc",
        (("escape", "screen.back"),),
        "rooms",
        "back to the rooms",
        True,
    ),
    Key(
        "panes",
        "overview",
        "tab",
        (("tab", "app.focus_next"), ("shift+tab", "app.focus_previous")),
        "pane",
        "next pane; shift+tab the one before",
        True,
    ),
    Key(
        "reconnect",
        "overview",
        "r",
        (("r", "screen.reconnect"),),
        "reconnect",
        "connect again where the server refused us or another monitor took our place",
        True,
    ),
    Key(
        "move",
        "grid",
        "↑ ↓ j k",
        (("down,j", "move(1)"), ("up,k", "move(-1)")),
        "move",
        "next row, row before; the order is held for 3 s",
    ),
    Key(
        "page",
        "grid",
        "PgUp PgDn",
        (("pagedown", "page(1)"), ("pageup", "page(-1)")),
        "page",
        "a page on, a page back",
    ),
    Key(
        "ends",
        "grid",
        "g G Home End",
        (("g,home", "first"), ("G,end", "last")),
        "ends",
        "first row, last row",
    ),
    Key(
        "close",
        "help",
        "esc ? enter",
        (("escape,question_mark,f1,enter", "screen.dismiss"),),
        "close",
        "close this help",
    ),
    Key(
        "scroll",
        "help",
        "↑ ↓ j k PgUp PgDn",
        (("j", "screen.scroll_by(1)"), ("k", "screen.scroll_by(-1)")),
        "scroll",
        "scroll this help",
    ),
    Key(
        "commands",
        "app",
        "ctrl+p :",
        (("ctrl+p,colon", "app.command_palette"),),
        "commands",
        "commands, among them the choice of a theme: dark, light or one of Textual's",
        True,
    ),
    Key("quit", "app", "q ctrl+q", (("q,ctrl+q", "app.quit"),), "quit", "quit", True),
)


def bindings(*places: Place) -> list[BindingType]:
    """Textual bindings of these places' keys."""
    return [
        Binding(names, action, key.label, show=False)
        for key in KEYS
        if key.place in places
        for names, action in key.bindings
    ]


def footer_keys(pane: Place, can_reconnect: bool) -> list[Key]:
    """The keys the footer names while `pane` has the focus."""
    places: set[Place] = {"app", "overview", pane}
    return [key for key in KEYS if key.footer and key.place in places and (key.id != "reconnect" or can_reconnect)]


def help_keys(can_reconnect: bool) -> list[Key]:
    """The keys the help explains."""
    return [key for key in KEYS if key.id != "reconnect" or can_reconnect]
