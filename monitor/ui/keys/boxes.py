"""The keys of the boxes that lie over the views: help, form and link, inspector, note, silence."""

from __future__ import annotations

from monitor.ui.keys.key import Command, Key, only

IN_BOXES: tuple[Key, ...] = (
    Key(
        "close",
        "help",
        only("help.close", "escape,?,f1,enter", "screen.dismiss"),
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
        only("mint.make", "enter", "screen.make"),
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
    Key("cancel", "mint", only("mint.cancel", "escape", "screen.dismiss"), "cancel", "make no link", 1),
    Key(
        "copy", "link", only("link.copy", "c", "screen.copy"), "copy", "copy the link through the terminal (OSC 52)", 1
    ),
    Key(
        "reveal",
        "link",
        only("link.reveal", "v", "screen.reveal"),
        "reveal",
        "show the whole link, or hide it again",
        1,
    ),
    Key(
        "plain",
        "link",
        only("link.select", "s", "screen.plain"),
        "select",
        "the link alone, for the terminal's own selection; any key leads back",
        2,
    ),
    Key(
        "code",
        "link",
        only("link.code", "o", "screen.code"),
        "QR code",
        "show the link as a QR code, or hide it",
        2,
    ),
    Key(
        "fragment",
        "link",
        only("link.fragment", "f", "screen.fragment"),
        "#jwt= / ?jwt=",
        "put the token behind #jwt= or ?jwt=",
        3,
    ),
    Key("forget", "link", only("link.forget", "escape", "screen.dismiss"), "forget", "forget the link", 1),
    Key(
        "look",
        "inspector",
        only("inspector.look", "enter", "screen.look"),
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
        only("inspector.close", "escape", "screen.dismiss"),
        "close",
        "close it and forget the token",
        1,
    ),
    Key(
        "names",
        "note",
        only("note.names", "y", "screen.names"),
        "initials or names",
        "copy it with names in full, or with initials again",
        1,
    ),
    Key(
        "again",
        "note",
        only("note.again", "c", "screen.copy"),
        "copy",
        "copy it once more through the terminal (OSC 52)",
        2,
    ),
    Key(
        "alone",
        "note",
        only("note.select", "s", "screen.plain"),
        "select",
        "the note alone, for the terminal's own selection; any key leads back",
        2,
    ),
    Key("done", "note", only("note.close", "escape", "screen.dismiss"), "close", "close the note", 1),
    Key("hush", "silence", only("silence.make", "enter", "screen.hush"), "silence", "be silent from now on", 1),
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
    Key("speak", "silence", only("silence.cancel", "escape", "screen.dismiss"), "cancel", "silence nothing", 1),
)
