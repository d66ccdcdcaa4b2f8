"""The help: every key that works and every sign that is drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from monitor.core.findings import RULES, SETTLING_S
from monitor.ui.keymap import PLAIN, KeyMap, key_map_of
from monitor.ui.keys.key import Key
from monitor.ui.keys.places import Place
from monitor.ui.keys.table import bindings, help_keys
from monitor.ui.spans import Labelled, Style, Text, cell, span
from monitor.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

_SECTIONS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("in every view", ("app",)),
    ("the rooms and the chosen room", ("scrolling", "columns", "rooms", "deeper", "inside", "overview")),
    ("the detail of a room", ("detail",)),
    ("the other views", ("listed", "ended", "beneath")),
    ("while a filter is typed", ("filter",)),
    ("the choice of columns", ("chooser",)),
    ("the form for a link", ("mint", "choice")),
    ("a link", ("link",)),
    ("the inspector of tokens", ("inspector",)),
    ("an incident note", ("note",)),
    ("silencing a finding", ("silence",)),
    ("this help", ("help",)),
)

_SIGNS: tuple[tuple[str, Style, str], ...] = (
    (
        "×",
        "critical",
        "critical: somebody has rights the token does not give, or lacks those it gives",
    ),
    ("!", "warning", "warning"),
    ("i", "info", "for information; or the room differs from the token, and no rule calls that wrong"),
    ("✓", "good", "the room made of the token what it says"),
    ("…", "muted", f"settling: changed less than {SETTLING_S:.0f} s ago, not judged yet"),
    ("·", "muted", "not judged: a server admin, a recorder, or the token cannot be seen"),
    ("●", "good", "server connected, data comes in"),
    (
        "◐",
        "warning",
        "connecting, reading the rooms, or STALE: rows are greyed and may be out of date",
    ),
    ("○", "critical", "not connected"),
    ("▼", "critical", "rooms that close unless an owner comes back"),
    ("~", "muted", "about: the data this countdown rests on may be out of date"),
)


_INDENT = 20


class Here(NamedTuple):
    """Where somebody asks for help."""

    words: str
    places: tuple[Place, ...]
    """The places whose keys work there, the nearest first."""


NOWHERE = Here("", ())


def help_lines(absent: Collection[str], key_map: KeyMap = PLAIN, here: Here = NOWHERE) -> list[Text]:
    """The help's text, one line for each key and sign: first the keys that work here; without those `absent`."""
    keys = help_keys(absent)
    lines: list[Text] = []
    elsewhere = [(words, tuple(place for place in places if place not in here.places)) for words, places in _SECTIONS]
    for words, places in [here, *elsewhere]:
        mine = [key for place in places for key in keys if key.place == place]
        if not mine:
            continue
        lines += [(), ((span(words, "strong"),),)]
        lines += [_entry(names, "key", words) for names, words in _by_keys(mine, key_map)]
    lines += [(), ((span("signs", "strong"),),)]
    lines += [_entry(sign, style, words) for sign, style, words in _SIGNS]
    lines += [(), ((span("findings", "strong"),),)]
    lines += [_entry(rule.id, "muted", rule.says.replace("NAME", "Somebody")) for rule in RULES]
    return lines[1:]


def _by_keys(keys: Iterable[Key], key_map: KeyMap) -> Iterator[tuple[str, str]]:
    """One line for what has the same name in several panes."""
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(" ".join(key_map.shown(key)), []).append(key.help)
    return ((names, "; ".join(dict.fromkeys(words))) for names, words in found.items())


def _entry(name: str, style: Style, words: str) -> Labelled:
    return Labelled(cell(name, style), (cell(words),))


class HelpBox(VerticalScroll, inherit_bindings=False):
    """The box; its keys are the screen's."""


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """A box over the overview; esc closes it."""

    BINDINGS = bindings("help")

    def __init__(self, absent: Collection[str], here: Here = NOWHERE) -> None:
        """`absent` names the keys that do nothing on this machine; `here` is where somebody asks."""
        super().__init__()
        self._keys_absent, self._here = absent, here

    def compose(self) -> ComposeResult:
        """A scrolling box with the text."""
        with HelpBox(id="help") as box:
            box.border_title = Content("help")
            box.border_subtitle = Content(f"{key_map_of(self.app).first('help.close')} closes")
            yield Lines(indent=_INDENT)

    def on_mount(self) -> None:
        """Fill the box and let the keys scroll it."""
        self.query_one(Lines).show(help_lines(self._keys_absent, key_map_of(self.app), self._here))
        self.query_one("#help").focus()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll the text by so many lines."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def action_page_by(self, pages: int) -> None:
        """Scroll the text by so many pages."""
        self.action_scroll_by(pages * max(self.query_one("#help").size.height - 1, 1))
