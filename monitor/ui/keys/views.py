"""The keys of the views, of their rows, columns and panes, and of the filter."""

from __future__ import annotations

from monitor.ui.keys.key import Command, Key, only

IN_VIEWS: tuple[Key, ...] = (
    Key(
        "reconnect",
        "overview",
        only("servers.reconnect", "r", "screen.reconnect", "reconnect"),
        "reconnect",
        "connect again where the server refused us or another monitor took our place",
        1,
    ),
    Key(
        "filter",
        "overview",
        only("rows.filter", "/", "screen.filter", "filter the rows"),
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
        only("rows.problems", "m", "screen.problems", "problems only, or all"),
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
        only("room.mint", "t", "screen.mint", "mint a link into the chosen room"),
        "mint",
        "make a link into the room of the row, for the person it is about or yourself",
        3,
    ),
    Key(
        "inspect",
        "overview",
        only("person.inspect", "i", "screen.inspect", "inspect a token"),
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
        only("finding.silence", "z", "screen.silence", "silence a finding, or speak of it again"),
        "silence",
        "be silent about the chosen finding for a while, with a reason; where it is silenced, speak of it again",
        6,
    ),
    Key(
        "silenced",
        "overview",
        only("findings.silenced", "Z", "screen.silenced"),
        "silenced",
        "show what is silenced among the findings, or leave it out again",
    ),
    Key("open", "rooms", only("rooms.open", "enter", "open"), "detail", "everything about the chosen room", 2),
    Key("person", "inside", only("person.open", "enter", "open"), "detail", "everything about the chosen person", 2),
    Key("home", "detail", only("detail.leave", "escape", "screen.back"), "back", "back to where it was opened", 1),
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
    Key("back", "deeper", only("room.back", "escape", "screen.back"), "rooms", "back to the rooms", 2),
    Key("clear", "rooms", only("rooms.clear", "escape", "screen.clear"), "all", "in the rooms: clear the filter", 2),
    Key(
        "visit",
        "listed",
        only("row.visit", "enter", "open"),
        "detail",
        "the room of the row in detail",
        2,
    ),
    Key("detail", "ended", only("ended.open", "enter", "open"), "detail", "in history: what is known of it", 2),
    Key(
        "all",
        "listed",
        only("row.leave", "escape", "screen.leave"),
        "back",
        "clear the filter; then back to the rooms",
        2,
    ),
    Key(
        "leave",
        "ended",
        only("ended.leave", "escape", "screen.leave"),
        "back",
        "clear the filter; then back to the rooms",
        2,
    ),
    Key("above", "beneath", only("pane.back", "escape", "screen.back"), "back", "from below: to the rows", 2),
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
        only("columns.wide", "w", "screen.wide", "all columns, or the usual ones"),
        "wide",
        "every column there is, or the usual ones; where they do not fit, the rest lies to the right",
        7,
    ),
    Key("columns", "overview", only("columns.choose", "v", "screen.columns"), "columns", "choose the columns", 8),
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
        only("columns.toggle", "space,enter", "open"),
        "show or hide",
        "show the column, or hide it",
        1,
    ),
    Key("usual", "chooser", only("columns.usual", "u", "screen.usual"), "usual ones", "the columns of old", 2),
    Key("closed", "chooser", only("columns.close", "escape,v", "screen.dismiss"), "close", "close the columns", 1),
    Key(
        "flavour",
        "overview",
        only("finding.other_fix", "f", "screen.flavour"),
        "other fix",
        "the fix for another kind of installation: Debian, docker",
        6,
    ),
    Key(
        "pause",
        "overview",
        only("rows.pause", "p", "screen.pause", "pause, or go on"),
        "pause",
        "let the rows stand still, or go on; data comes in meanwhile",
        4,
    ),
    Key(
        "wall",
        "overview",
        only("app.wall", "x", "screen.wall", "hide names, or show them"),
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
    Key("keep", "filter", only("filter.keep", "enter", "screen.keep"), "keep", "keep the filter and go to the rows", 1),
    Key(
        "drop", "filter", only("filter.clear", "escape", "screen.clear"), "clear", "clear the filter: list every row", 1
    ),
)
