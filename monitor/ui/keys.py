"""The one table of keys: bindings, footer and help are made from it, so none can name a key that does nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

Place = Literal["app", "overview", "rooms", "deeper", "scrolling", "filter", "help"]
"""Where a key works: everywhere, on the overview, in its rooms, in its other panes, in every pane, in the filter's
line, or in the help."""


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
    footer: int = 0
    """The footer names it: 1 first, bigger numbers only where there is room. 0 leaves it to the help."""
    at_once: bool = False
    """Whether it is heard before the keys typed after it, as what opens a line to type into must be."""


KEYS: tuple[Key, ...] = (
    Key("help", "app", "? F1", (("question_mark,f1", "app.help"),), "help", "this help", 1),
    Key(
        "reconnect",
        "overview",
        "r",
        (("r", "screen.reconnect"),),
        "reconnect",
        "connect again where the server refused us or another monitor took our place",
        1,
    ),
    Key(
        "filter",
        "overview",
        "/",
        (("slash", "screen.filter"),),
        "filter",
        "list rooms with these words in name, state, server or people; !word leaves them out",
        footer=2,
        at_once=True,
    ),
    Key(
        "problems",
        "overview",
        "m",
        (("m", "screen.problems"),),
        "problems",
        "list only rooms with a warning or worse; again: all",
        3,
    ),
    Key(
        "next",
        "overview",
        "n N",
        (("n", "screen.problem(1)"), ("N", "screen.problem(-1)")),
        "next",
        "next room with a problem, the one before",
        3,
    ),
    Key("open", "rooms", "enter", (("enter", "open"),), "people", "go to the people of the chosen room", 2),
    Key("back", "deeper", "esc", (("escape", "screen.back"),), "rooms", "back to the rooms", 2),
    Key("clear", "rooms", "esc", (("escape", "screen.clear"),), "all", "clear the filter: list every room", 2),
    Key(
        "panes",
        "overview",
        "tab",
        (("tab", "screen.pane(1)"), ("shift+tab", "screen.pane(-1)")),
        "pane",
        "next pane: rooms, people, why, timeline; shift+tab the one before",
        5,
    ),
    Key(
        "sort",
        "overview",
        "s S",
        (("s", "screen.sort"), ("S", "screen.reverse")),
        "sort",
        "sort the rooms by the next column, the other way round",
        6,
    ),
    Key(
        "flavour",
        "overview",
        "f",
        (("f", "screen.flavour"),),
        "other fix",
        "the fix for another kind of installation: Debian, docker",
        6,
    ),
    Key(
        "pause",
        "overview",
        "p",
        (("p", "screen.pause"),),
        "pause",
        "let the rows stand still, or go on; data comes in meanwhile",
        4,
    ),
    Key(
        "wall",
        "overview",
        "x",
        (("x", "screen.wall"),),
        "wall",
        "hide names as on a screen on the wall, or show them; with --wall, show them for a minute",
        8,
    ),
    Key(
        "move",
        "scrolling",
        "↑ ↓ j k",
        (("down,j", "move(1)"), ("up,k", "move(-1)")),
        "move",
        "next row, row before; the order is held for 3 s",
    ),
    Key(
        "page",
        "scrolling",
        "PgUp PgDn",
        (("pagedown", "page(1)"), ("pageup", "page(-1)")),
        "page",
        "a page on, a page back",
    ),
    Key("ends", "scrolling", "g G Home End", (("g,home", "first"), ("G,end", "last")), "ends", "first row, last row"),
    Key("keep", "filter", "enter", (("enter", "screen.keep"),), "keep", "keep the filter and go to the rooms", 1),
    Key("drop", "filter", "esc", (("escape", "screen.clear"),), "clear", "clear the filter: list every room", 1),
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
        7,
    ),
    Key("quit", "app", "q ctrl+q", (("q,ctrl+q", "app.quit"),), "quit", "quit", 1),
)


def bindings(*places: Place) -> list[BindingType]:
    """Textual bindings of these places' keys."""
    return [
        Binding(names, action, key.label, show=False, priority=key.at_once)
        for key in KEYS
        if key.place in places
        for names, action in key.bindings
    ]


def footer_keys(pane: Place, absent: Collection[str]) -> list[Key]:
    """The keys the footer may name while a pane of that place has the focus, without those that do nothing now."""
    places: set[Place] = {"filter"} if pane == "filter" else {"app", "overview", pane}
    return [key for key in KEYS if key.footer and key.place in places and key.id not in absent]


def help_keys(can_reconnect: bool) -> list[Key]:
    """The keys the help explains."""
    return [key for key in KEYS if key.id != "reconnect" or can_reconnect]
