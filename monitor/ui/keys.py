"""The one table of keys: bindings, footer and help are made from it, so none can name a key that does nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

Place = Literal[
    "app",
    "overview",
    "rooms",
    "deeper",
    "listed",
    "ended",
    "beneath",
    "scrolling",
    "filter",
    "help",
    "mint",
    "choice",
    "link",
    "inspector",
]
"""Where a key works: everywhere, in every view, in the rooms, in the panes of a room, in the rows of the other views,
in the rooms that are over, in the panes below those, in every pane, in the filter's line, in the help, in the form for
a link, in one of its choices, beside a link, or in the inspector."""

BOXES: tuple[Place, ...] = ("mint", "link", "inspector")
"""Those that lie over everything else, so that no other keys work."""


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
        "list rows with these words; !word leaves out; room: name: jid: server: claim: is: finding: sev:",
        footer=2,
        at_once=True,
    ),
    Key(
        "views",
        "overview",
        "1-5",
        tuple((str(at + 1), f"screen.view({at})") for at in range(5)),
        "views",
        "rooms, people, findings, door (who was turned away), history",
        2,
    ),
    Key(
        "problems",
        "overview",
        "m",
        (("m", "screen.problems"),),
        "problems",
        "list only what has a warning or worse; again: all",
        3,
    ),
    Key(
        "problem",
        "overview",
        "n N",
        (("n", "screen.problem(1)"), ("N", "screen.problem(-1)")),
        "next",
        "next row with a problem, the one before",
        3,
    ),
    Key(
        "mint",
        "overview",
        "t",
        (("t", "screen.mint"),),
        "mint",
        "make a link into the chosen room, for the chosen person or yourself",
        3,
        at_once=True,
    ),
    Key(
        "inspect",
        "overview",
        "i",
        (("i", "screen.inspect"),),
        "inspect",
        "what the chosen person's token says and what the server makes of it; or a token pasted",
        4,
        at_once=True,
    ),
    Key("open", "rooms", "enter", (("enter", "open"),), "people", "go to the people of the chosen room", 2),
    Key("back", "deeper", "esc", (("escape", "screen.back"),), "rooms", "back to the rooms", 2),
    Key(
        "clear",
        "rooms",
        "esc",
        (("escape", "screen.clear"),),
        "all",
        "in the rooms: clear the filter",
        2,
    ),
    Key(
        "visit",
        "listed",
        "enter",
        (("enter", "open"),),
        "room",
        "to the row's room and person",
        2,
    ),
    Key("detail", "ended", "enter", (("enter", "open"),), "detail", "in history: what is known of it", 2),
    Key("all", "listed", "esc", (("escape", "screen.leave"),), "back", "clear the filter; then back to the rooms", 2),
    Key("leave", "ended", "esc", (("escape", "screen.leave"),), "back", "clear the filter; then back to the rooms", 2),
    Key("above", "beneath", "esc", (("escape", "screen.back"),), "back", "from below: to the rows", 2),
    Key(
        "panes",
        "overview",
        "tab",
        (("tab", "screen.pane(1)"), ("shift+tab", "screen.pane(-1)")),
        "pane",
        "next pane of the view; shift+tab the one before",
        5,
    ),
    Key(
        "sort",
        "overview",
        "s S",
        (("s", "screen.sort"), ("S", "screen.reverse")),
        "sort",
        "sort the rows by the next column, the other way round",
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
    Key("keep", "filter", "enter", (("enter", "screen.keep"),), "keep", "keep the filter and go to the rows", 1),
    Key("drop", "filter", "esc", (("escape", "screen.clear"),), "clear", "clear the filter: list every row", 1),
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
        "make",
        "mint",
        "enter",
        (("enter", "screen.make"),),
        "make the link",
        "sign it, write it into the journal, and show the link",
        1,
    ),
    Key(
        "field",
        "mint",
        "tab ↑ ↓",
        (("down,tab", "app.focus_next"), ("up,shift+tab", "app.focus_previous")),
        "field",
        "next line of the form, the line before",
        3,
    ),
    Key(
        "choose",
        "choice",
        "space ← →",
        (("space,right", "choose(1)"), ("left", "choose(-1)")),
        "choose",
        "owner or member; with or without the old claim",
        2,
    ),
    Key("cancel", "mint", "esc", (("escape", "screen.dismiss"),), "cancel", "make no link", 1),
    Key("copy", "link", "c", (("c", "screen.copy"),), "copy", "copy the link through the terminal (OSC 52)", 1),
    Key("reveal", "link", "v", (("v", "screen.reveal"),), "reveal", "show the whole link, or hide it again", 1),
    Key(
        "plain",
        "link",
        "s",
        (("s", "screen.plain"),),
        "select",
        "the link alone, for the terminal's own selection; any key leads back",
        2,
    ),
    Key("code", "link", "o", (("o", "screen.code"),), "QR code", "show the link as a QR code, or hide it", 2),
    Key(
        "fragment",
        "link",
        "f",
        (("f", "screen.fragment"),),
        "#jwt= / ?jwt=",
        "put the token behind #jwt= or ?jwt=",
        3,
    ),
    Key("forget", "link", "esc", (("escape", "screen.dismiss"),), "forget", "forget the link", 1),
    Key(
        "look",
        "inspector",
        "enter",
        (("enter", "screen.look"),),
        "inspect",
        "inspect what was typed; what is pasted is inspected at once",
        2,
    ),
    Key(
        "part",
        "inspector",
        "tab",
        (("tab", "app.focus_next"), ("shift+tab", "app.focus_previous")),
        "field",
        "next part: the token, the room, what is said; shift+tab the one before",
        3,
    ),
    Key("leave", "inspector", "esc", (("escape", "screen.dismiss"),), "close", "close it and forget the token", 1),
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
    if pane == "mint":
        places: set[Place] = {"mint", "choice"}
    else:
        places = {pane} if pane == "filter" or pane in BOXES else {"app", "overview", pane}
    return [key for key in KEYS if key.footer and key.place in places and key.id not in absent]


def help_keys(absent: Collection[str]) -> list[Key]:
    """The keys the help explains: all but those `absent`, and what belongs to minting where that is."""
    places: set[Place] = {"mint", "choice", "link"} if "mint" in absent else set()
    return [key for key in KEYS if key.id not in absent and key.place not in places]
