"""The one table of keys: bindings, footer, help and palette are made from it, so none can name a key that does nothing.

Which keys lead to a command may be configured (`monitor.ui.keymap`); what is here is what holds otherwise.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
from msgspec.structs import replace
from textual.binding import Binding, BindingType

Place = Literal[
    "app",
    "overview",
    "rooms",
    "deeper",
    "inside",
    "detail",
    "listed",
    "ended",
    "beneath",
    "scrolling",
    "columns",
    "chooser",
    "filter",
    "help",
    "mint",
    "choice",
    "link",
    "inspector",
    "note",
    "silence",
]
"""Where a key works: everywhere, in every view, in the rooms, in the panes of a room, among its people, in the detail
of a room, in the rows of the other views, in the rooms that are over, in the panes below those, in every pane, in every
table, where columns are chosen, in the filter's line, in the help, in the form for a link, in one of its choices,
beside a link, in the inspector, beside a note, or in the form for a silence."""

BOXES: tuple[Place, ...] = ("mint", "link", "inspector", "chooser", "note", "silence")
"""Those that lie over everything else, so that no other keys work."""

TYPED: tuple[Place, ...] = ("filter", "mint", "inspector", "silence")
"""Where letters are typed, so that a command needs a key that types none."""

_IN_VIEWS: tuple[Place, ...] = ("app", "overview", "scrolling", "columns")

TOGETHER: tuple[frozenset[Place], ...] = (
    frozenset((*_IN_VIEWS, "rooms")),
    frozenset((*_IN_VIEWS, "deeper", "inside")),
    frozenset((*_IN_VIEWS, "detail")),
    frozenset((*_IN_VIEWS, "listed")),
    frozenset((*_IN_VIEWS, "ended")),
    frozenset((*_IN_VIEWS, "beneath")),
    frozenset(("app", "overview", "filter")),
    frozenset(("help",)),
    frozenset(("scrolling", "columns", "chooser")),
    frozenset(("mint", "choice")),
    frozenset(("link",)),
    frozenset(("inspector",)),
    frozenset(("note", "scrolling")),
    frozenset(("silence", "choice")),
)
"""The places whose keys work at the same time: there a key leads to one command only."""


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


def _one(id: str, keys: str, action: str, title: str = "") -> tuple[Command]:
    return (Command(id, keys, action, title),)


KEYS: tuple[Key, ...] = (
    Key("help", "app", _one("app.help", "?,f1", "app.help", "help"), "help", "this help", 1),
    Key(
        "reconnect",
        "overview",
        _one("servers.reconnect", "r", "screen.reconnect", "reconnect"),
        "reconnect",
        "connect again where the server refused us or another monitor took our place",
        1,
    ),
    Key(
        "filter",
        "overview",
        _one("rows.filter", "/", "screen.filter", "filter the rows"),
        "filter",
        "list rows with these words; !word leaves out; room: name: jid: server: claim: is: finding: sev:",
        footer=2,
    ),
    Key(
        "views",
        "overview",
        tuple(
            Command(f"view.{name}", str(at + 1), f"screen.view({at})", f"view: {name}{more}")
            for at, (name, more) in enumerate(
                (("rooms", ""), ("people", ""), ("findings", ""), ("door", ", who was turned away"), ("history", ""))
            )
        ),
        "views",
        "rooms, people, findings, door (who was turned away), history",
        2,
    ),
    Key(
        "problems",
        "overview",
        _one("rows.problems", "m", "screen.problems", "problems only, or all"),
        "problems",
        "list only what has a warning or worse; again: all",
        3,
    ),
    Key(
        "problem",
        "overview",
        (
            Command("rows.next_problem", "n", "screen.problem(1)", "next problem"),
            Command("rows.previous_problem", "N", "screen.problem(-1)", "previous problem"),
        ),
        "next",
        "next row with a problem, the one before; from a view without any to the findings",
        3,
    ),
    Key(
        "mint",
        "overview",
        _one("room.mint", "t", "screen.mint", "mint a link into the chosen room"),
        "mint",
        "make a link into the room of the row, for the person it is about or yourself",
        3,
    ),
    Key(
        "inspect",
        "overview",
        _one("person.inspect", "i", "screen.inspect", "inspect a token"),
        "inspect",
        "what the chosen person's token says and what the server makes of it; or a token pasted",
        4,
    ),
    Key(
        "note",
        "overview",
        (
            Command("note.copy", "y", "screen.note(False)", "copy an incident note"),
            Command("note.copy_names", "Y", "screen.note(True)", "copy an incident note with names"),
        ),
        "note",
        "copy an incident note on the chosen row, whatever it is, people as initials; with names in full",
        4,
    ),
    Key(
        "silence",
        "overview",
        _one("finding.silence", "z", "screen.silence", "silence a finding, or speak of it again"),
        "silence",
        "be silent about the chosen finding for a while, with a reason; where it is silenced, speak of it again",
        6,
    ),
    Key(
        "silenced",
        "overview",
        _one("findings.silenced", "Z", "screen.silenced"),
        "silenced",
        "show what is silenced among the findings, or leave it out again",
    ),
    Key("open", "rooms", _one("rooms.open", "enter", "open"), "detail", "everything about the chosen room", 2),
    Key("person", "inside", _one("person.open", "enter", "open"), "detail", "everything about the chosen person", 2),
    Key("home", "detail", _one("detail.leave", "escape", "screen.back"), "back", "back to where it was opened", 1),
    Key(
        "room",
        "detail",
        (
            Command("detail.next", "]", "screen.room(1)", "next room of the list"),
            Command("detail.previous", "[", "screen.room(-1)", "previous room of the list"),
        ),
        "room",
        "the next room of the list, the one before",
        3,
    ),
    Key("back", "deeper", _one("room.back", "escape", "screen.back"), "rooms", "back to the rooms", 2),
    Key("clear", "rooms", _one("rooms.clear", "escape", "screen.clear"), "all", "in the rooms: clear the filter", 2),
    Key(
        "visit",
        "listed",
        _one("row.visit", "enter", "open"),
        "detail",
        "the room of the row in detail",
        2,
    ),
    Key("detail", "ended", _one("ended.open", "enter", "open"), "detail", "in history: what is known of it", 2),
    Key(
        "all",
        "listed",
        _one("row.leave", "escape", "screen.leave"),
        "back",
        "clear the filter; then back to the rooms",
        2,
    ),
    Key(
        "leave",
        "ended",
        _one("ended.leave", "escape", "screen.leave"),
        "back",
        "clear the filter; then back to the rooms",
        2,
    ),
    Key("above", "beneath", _one("pane.back", "escape", "screen.back"), "back", "from below: to the rows", 2),
    Key(
        "panes",
        "overview",
        (
            Command("pane.next", "tab", "screen.pane(1)", "next pane"),
            Command("pane.previous", "shift+tab", "screen.pane(-1)", "previous pane"),
        ),
        "pane",
        "next pane of the view, the one before",
        5,
    ),
    Key(
        "sort",
        "overview",
        (
            Command("rows.sort", "s", "screen.sort", "sort by the next column"),
            Command("rows.reverse", "S", "screen.reverse", "sort the other way round"),
        ),
        "sort",
        "sort the rows by the next column, the other way round",
        6,
    ),
    Key(
        "wide",
        "overview",
        _one("columns.wide", "w", "screen.wide", "all columns, or the usual ones"),
        "wide",
        "every column there is, or the usual ones; where they do not fit, the rest lies to the right",
        7,
    ),
    Key("columns", "overview", _one("columns.choose", "v", "screen.columns"), "columns", "choose the columns", 8),
    Key(
        "sideways",
        "columns",
        (
            Command("columns.right", "right", "shift(1)", "columns further right"),
            Command("columns.left", "left", "shift(-1)", "columns further left"),
        ),
        "columns",
        "with every column: those further right, further left",
    ),
    Key(
        "toggle",
        "chooser",
        _one("columns.toggle", "space,enter", "open"),
        "show or hide",
        "show the column, or hide it",
        1,
    ),
    Key("usual", "chooser", _one("columns.usual", "u", "screen.usual"), "usual ones", "the columns of old", 2),
    Key("closed", "chooser", _one("columns.close", "escape,v", "screen.dismiss"), "close", "close the columns", 1),
    Key(
        "flavour",
        "overview",
        _one("finding.other_fix", "f", "screen.flavour"),
        "other fix",
        "the fix for another kind of installation: Debian, docker",
        6,
    ),
    Key(
        "pause",
        "overview",
        _one("rows.pause", "p", "screen.pause", "pause, or go on"),
        "pause",
        "let the rows stand still, or go on; data comes in meanwhile",
        4,
    ),
    Key(
        "wall",
        "overview",
        _one("app.wall", "x", "screen.wall", "hide names, or show them"),
        "wall",
        "hide names as on a screen on the wall, or show them; with --wall, show them for a minute",
        8,
    ),
    Key(
        "move",
        "scrolling",
        (
            Command("move.down", "down,j", "move(1)", "down"),
            Command("move.up", "up,k", "move(-1)", "up"),
        ),
        "move",
        "next row, row before; the order is held for 3 s",
    ),
    Key(
        "page",
        "scrolling",
        (
            Command("move.page_down", "pagedown", "page(1)", "a page down"),
            Command("move.page_up", "pageup", "page(-1)", "a page up"),
        ),
        "page",
        "a page on, a page back",
    ),
    Key(
        "ends",
        "scrolling",
        (
            Command("move.first", "g,home", "first", "to the first row"),
            Command("move.last", "G,end", "last", "to the last row"),
        ),
        "ends",
        "first row, last row",
    ),
    Key("keep", "filter", _one("filter.keep", "enter", "screen.keep"), "keep", "keep the filter and go to the rows", 1),
    Key(
        "drop", "filter", _one("filter.clear", "escape", "screen.clear"), "clear", "clear the filter: list every row", 1
    ),
    Key(
        "close",
        "help",
        _one("help.close", "escape,?,f1,enter", "screen.dismiss"),
        "close",
        "close this help",
    ),
    Key(
        "scroll",
        "help",
        (
            Command("help.down", "down,j", "screen.scroll_by(1)"),
            Command("help.up", "up,k", "screen.scroll_by(-1)"),
        ),
        "scroll",
        "scroll this help",
    ),
    Key(
        "leaf",
        "help",
        (
            Command("help.page_down", "pagedown,space", "screen.page_by(1)"),
            Command("help.page_up", "pageup", "screen.page_by(-1)"),
        ),
        "page",
        "a page on, a page back",
    ),
    Key(
        "tips",
        "help",
        (
            Command("help.first", "g,home", "screen.page_by(-99)"),
            Command("help.last", "G,end", "screen.page_by(99)"),
        ),
        "ends",
        "to its beginning, to its end",
    ),
    Key(
        "make",
        "mint",
        _one("mint.make", "enter", "screen.make"),
        "make the link",
        "sign it, write it into the journal, and show the link",
        1,
    ),
    Key(
        "field",
        "mint",
        (
            Command("mint.next", "tab,down", "app.focus_next"),
            Command("mint.previous", "shift+tab,up", "app.focus_previous"),
        ),
        "field",
        "next line of the form, the line before",
        3,
    ),
    Key(
        "choose",
        "choice",
        (Command("mint.choose", "space,right", "choose(1)"), Command("mint.choose_back", "left", "choose(-1)")),
        "choose",
        "owner or member; with or without the old claim",
        2,
    ),
    Key("cancel", "mint", _one("mint.cancel", "escape", "screen.dismiss"), "cancel", "make no link", 1),
    Key(
        "copy", "link", _one("link.copy", "c", "screen.copy"), "copy", "copy the link through the terminal (OSC 52)", 1
    ),
    Key(
        "reveal",
        "link",
        _one("link.reveal", "v", "screen.reveal"),
        "reveal",
        "show the whole link, or hide it again",
        1,
    ),
    Key(
        "plain",
        "link",
        _one("link.select", "s", "screen.plain"),
        "select",
        "the link alone, for the terminal's own selection; any key leads back",
        2,
    ),
    Key(
        "code",
        "link",
        _one("link.code", "o", "screen.code"),
        "QR code",
        "show the link as a QR code, or hide it",
        2,
    ),
    Key(
        "fragment",
        "link",
        _one("link.fragment", "f", "screen.fragment"),
        "#jwt= / ?jwt=",
        "put the token behind #jwt= or ?jwt=",
        3,
    ),
    Key("forget", "link", _one("link.forget", "escape", "screen.dismiss"), "forget", "forget the link", 1),
    Key(
        "look",
        "inspector",
        _one("inspector.look", "enter", "screen.look"),
        "inspect",
        "inspect what was typed; what is pasted is inspected at once",
        2,
    ),
    Key(
        "part",
        "inspector",
        (
            Command("inspector.next", "tab", "app.focus_next"),
            Command("inspector.previous", "shift+tab", "app.focus_previous"),
        ),
        "field",
        "next part: the token, the room, what is said; the one before",
        3,
    ),
    Key(
        "shut",
        "inspector",
        _one("inspector.close", "escape", "screen.dismiss"),
        "close",
        "close it and forget the token",
        1,
    ),
    Key(
        "names",
        "note",
        _one("note.names", "y", "screen.names"),
        "initials or names",
        "copy it with names in full, or with initials again",
        1,
    ),
    Key(
        "again",
        "note",
        _one("note.again", "c", "screen.copy"),
        "copy",
        "copy it once more through the terminal (OSC 52)",
        2,
    ),
    Key(
        "alone",
        "note",
        _one("note.select", "s", "screen.plain"),
        "select",
        "the note alone, for the terminal's own selection; any key leads back",
        2,
    ),
    Key("done", "note", _one("note.close", "escape", "screen.dismiss"), "close", "close the note", 1),
    Key("hush", "silence", _one("silence.make", "enter", "screen.hush"), "silence", "be silent from now on", 1),
    Key(
        "line",
        "silence",
        (
            Command("silence.next", "tab,down", "app.focus_next"),
            Command("silence.previous", "shift+tab,up", "app.focus_previous"),
        ),
        "field",
        "to the next line of it, to the one before",
        3,
    ),
    Key("speak", "silence", _one("silence.cancel", "escape", "screen.dismiss"), "cancel", "silence nothing", 1),
    Key(
        "commands",
        "app",
        _one("app.commands", "ctrl+p,:", "app.command_palette"),
        "commands",
        "every command by name; go to a room, a person, a server; themes",
        7,
    ),
    Key("theme", "app", _one("app.theme", "ctrl+t", "app.change_theme"), "theme", "choose the colours", 8),
    Key(
        "interrupt",
        "app",
        _one("app.interrupt", "ctrl+c", "app.interrupted", "how to quit"),
        "interrupt",
        "says how to quit: nothing is ended by mistake",
    ),
    Key("quit", "app", _one("app.quit", "q,ctrl+q", "app.quit"), "quit", "quit", 1),
)


def bindings(*places: Place) -> list[BindingType]:
    """Textual bindings of these places' keys; their ids are those of the commands."""
    return [
        Binding(command.keys, command.action, key.label, show=False, id=command.id)
        for key in KEYS
        if key.place in places
        for command in key.commands
    ]


def places_at(pane: Place) -> set[Place]:
    """The places whose keys work while a pane of that place has the focus, without those that only scroll."""
    if pane in ("mint", "silence"):
        return {pane, "choice"}
    if pane == "inside":
        return {"app", "overview", "deeper", pane}
    return {pane} if pane == "filter" or pane in BOXES else {"app", "overview", pane}


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
