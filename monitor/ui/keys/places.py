"""Where a key works, and which of these places go together. Pure."""

from __future__ import annotations

from typing import Literal

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


def places_at(pane: Place) -> set[Place]:
    """The places whose keys work while a pane of that place has the focus, without those that only scroll."""
    if pane in ("mint", "silence"):
        return {pane, "choice"}
    if pane == "inside":
        return {"app", "overview", "deeper", pane}
    return {pane} if pane == "filter" or pane in BOXES else {"app", "overview", pane}
