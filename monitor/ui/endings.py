"""How a room ended, in words, and who was there. Pure; `server_now` is the server's time."""

from __future__ import annotations

from monitor.core.affiliation import Affiliation
from monitor.core.naming import claimed_words, how_words, module_name
from monitor.core.room import EndedRoom, WasThere
from monitor.core.text import clean, room_name
from monitor.ui.durations import at_least, spell, tally, time_of_day, zone_name
from monitor.ui.spans import Cell, Labelled, Style, Text, cell, clip, dimmed, span
from monitor.ui.table import Column, server_column

_NAME_CELLS = 40
_SHORT = {
    "timer": "timer",
    "moderator": "moderator",
    "operator": "operator",
    "module": "module",
    "last_left": "last one left",
}
_ANY = 1000

ENDED_COLUMNS: tuple[Column, ...] = (
    Column(clean("ended"), 8, 8, gap=0),
    Column(clean("how"), 13, 13, gap=1),
    Column(clean("room"), 10, _ANY, gap=1),
    Column(clean("open"), 6, 6, gap=1, right=True, drop=2),
    Column(clean("ppl"), 4, 4, gap=1, right=True, drop=1),
    Column(clean("by"), 10, 26, gap=1, drop=3),
    Column(clean("since"), 8, 19, extra=True),
    Column(clean("words"), 12, _ANY, extra=True),
)


def ended_columns(server_width: int) -> tuple[Column, ...]:
    """The columns of the rooms that are over; the server's name is one where it has a width."""
    return (
        (*ENDED_COLUMNS[:3], server_column(server_width, drop=4), *ENDED_COLUMNS[3:]) if server_width else ENDED_COLUMNS
    )


def ended_cells(ended: EndedRoom, server_now: float, server: Cell, stale: bool) -> tuple[Cell, ...]:
    """The cells of a room that is over, in the order of `ended_columns`."""
    cells: list[Cell] = [
        cell(time_of_day(ended.at), "muted"),
        how_cell(ended),
        ((room_name(ended.key.node), "text"),),
        cell((tally if ended.opened_exactly else at_least)(ended.at - ended.opened_at), "muted"),
        cell(str(len(ended.people)) if ended.people or ended.how == "last_left" else "–", "muted"),
        cell(by_words(ended) or "–", "muted"),
        cell(("" if ended.opened_exactly else "≥") + time_of_day(ended.opened_at, ended.at), "muted"),
        cell(ended.reason or "", "muted"),
    ]
    if server:
        cells.insert(3, server)
    return tuple(dimmed(one) for one in cells) if stale else tuple(cells)


def how_cell(ended: EndedRoom) -> Cell:
    """How it ended, for a column; what the server did by itself to people inside stands out."""
    style: Style = {"timer": "warning", "unknown": "warning"}.get(ended.how, "text")  # type: ignore[assignment]
    return cell(_SHORT.get(ended.how, "unknown"), style)


def by_words(ended: EndedRoom) -> str:
    """Who or what ended it; empty where that is not known."""
    return (ended.by or "").partition("/")[0] or module_name(ended.by_module)


def ending(ended: EndedRoom, server_now: float) -> list[Text]:
    """What is known of a room that is over."""
    name = clip(room_name(ended.key.node), _NAME_CELLS)
    zone = zone_name(ended.at)
    at = f"{time_of_day(ended.at, server_now)}{f' ({zone})' if zone else ''}"
    lines: list[Text] = [((span(name, "strong"), span(f"ended at {at}: {how_words(ended)}.")),)]
    if by := by_words(ended):
        lines.append(_entry("by", cell(by)))
    if ended.reason:
        lines.append(_entry("words", cell(ended.reason)))
    least = "" if ended.opened_exactly else "at least "
    opened = f"since {time_of_day(ended.opened_at, ended.at)}" if ended.opened_exactly else "there before watching"
    lines.append(_entry("open", (span(f"{least}{spell(ended.at - ended.opened_at)}"), span(opened, "muted"))))
    if not ended.people:
        words = "nobody was left" if ended.how == "last_left" else "who was there is not known"
        return [*lines, _entry("inside", cell(words, "muted"))]
    lines += [
        _entry("" if at else "inside", _person(person)) for at, person in enumerate(sorted(ended.people, key=_rank))
    ]
    return lines


def _person(one: WasThere) -> Cell:
    shown = clip(clean(one.name or "") or clean("no name"), _NAME_CELLS)
    about, claim = claimed_words(one)
    # Where no token could be seen nothing is known to differ.
    seen = one.claims_owner or one.has_token is not None
    odd = seen and one.claims_owner is not (one.affiliation is Affiliation.OWNER)
    return (
        span(shown),
        span(about, "muted"),
        span(claim, "info" if one.claims_owner else "muted"),
        span("→ room says", "muted"),
        span(one.affiliation, "warning" if odd else "text"),
    )


def _rank(one: WasThere) -> tuple[bool, bool, str]:
    return (not one.claims_owner, one.affiliation is not Affiliation.OWNER, (one.name or "").casefold())


def _entry(label: str, words: Cell) -> Labelled:
    return Labelled(cell(label, "muted"), (words,))
