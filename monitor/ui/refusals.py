"""The door: columns, the tally on top, and what is known of one refusal. Pure; `server_now` is the server's time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.core.door import RULE, Meaning, Tally, Turned, meaning_of
from monitor.core.findings import Severity
from monitor.core.server import Refusal
from monitor.core.text import clean
from monitor.ui.durations import spell, tally, time_of_day, zone_name
from monitor.ui.spans import Cell, Labelled, Line, Span, Style, Text, cell, clip, dimmed, span
from monitor.ui.table import Column, server_column
from monitor.ui.verdict import SEVERITY_GLYPHS

_ANY = 1000
_NAME_CELLS, _VALUE_CELLS, _MOST_CLAIMS = 40, 60, 40

DOOR_COLUMNS: tuple[Column, ...] = (
    Column(clean("time"), 8, 8, gap=0, drop=5, firm=True),
    Column(clean("ago"), 5, 5, right=True, drop=1),
    Column(clean("name"), 12, 30),
    Column(clean("room"), 10, 30),
    Column(clean("stage"), 7, 7, drop=2),
    Column(clean("gate"), 20, 20),
    Column(clean("server says"), 12, _ANY, drop=3),
    Column(clean("condition"), 14, 24, extra=True),
    Column(clean("address"), 20, 60, extra=True),
)

_STYLES: dict[str, Style] = {"token": "critical", "other_room": "critical", "party": "warning", "ban": "warning"}
_FIRST = ("name", "affiliation", "moderator", "room", "exp", "nbf", "iat", "iss", "aud", "sub", "id")
_TIMES = frozenset({"exp", "nbf", "iat"})


def door_columns(server_width: int) -> tuple[Column, ...]:
    """The columns of the door; the server's name is one where it has a width, as where there are several."""
    return (*DOOR_COLUMNS[:4], server_column(server_width, drop=4), *DOOR_COLUMNS[4:]) if server_width else DOOR_COLUMNS


def refusal_cells(turned: Turned, server_now: float, server: Cell, stale: bool) -> tuple[Cell, ...]:
    """A refusal's cells, in the order of `door_columns`."""
    one = turned.refusal
    cells: list[Cell] = [
        cell(time_of_day(one.at), "muted"),
        cell(tally(server_now - one.at), "muted"),
        ((turned.who, "text"),),
        ((turned.room, "text"),) if turned.room else cell("–", "muted"),
        cell(one.stage, "muted"),
        ((turned.gate, _STYLES.get(one.gate, "text")),),
        _words(one),
        cell(one.condition or "", "muted"),
        cell(one.jid or "", "muted"),
    ]
    if server:
        cells.insert(4, server)
    return tuple(dimmed(one) for one in cells) if stale else tuple(cells)


def tally_lines(tallies: Mapping[str, Sequence[Tally]], most: int, brief: bool = False) -> list[Line]:
    """What came how often in the last minutes, a line for each reason and server; at most so many lines.

    `brief` is for a narrow terminal.
    """
    several = len(tallies) > 1
    found = [(server, one) for server, some in tallies.items() for one in some]
    found.sort(key=lambda pair: -pair[1].number)
    if not found:
        return [((span("No refusal was told of in the last 10 minutes.", "muted"),),)]
    lines: list[Line] = []
    for server, one in found[:most]:
        glyph, style = SEVERITY_GLYPHS[one.severity]
        count: Cell = (span(glyph, style), span(f"{one.number:,} ×", style), (one.words, style))
        where = "" if brief else f"in {one.rooms:,} rooms" if one.rooms > 1 else "in one room"
        rule = RULE if one.severity >= Severity.WARNING and not brief else ""
        lines.append(
            (count, cell(f"on {server}" if several else "", "muted"), cell(where, "muted"), cell(rule, "muted"))
        )
    more = sum(one.number for _, one in found[most:])
    others = cell(f"+ {more:,} others" if more else "", "muted")
    return [*lines[:-1], (*lines[-1], others, cell("in 10 min" if brief else "in the last 10 minutes", "muted"))]


def refusal_lines(turned: Turned, server_now: float, several_servers: bool) -> list[Text]:
    """Which gate it was and what that means, what to do, and what the token said."""
    one = turned.refusal
    lines = refused_lines(turned, server_now, several_servers)
    if one.jid:
        lines.append(_entry("address", cell(one.jid, "muted")))
    return [*lines, Labelled(cell("token", "muted"), tuple(_claims(one)))]


def refused_lines(turned: Turned, server_now: float, several_servers: bool) -> list[Text]:
    """Who was turned away from where, at which gate, what that means, what to do, and the server's words."""
    one = turned.refusal
    meaning: Meaning = meaning_of(one)
    where = span(clip(turned.room, _NAME_CELLS), "strong") if turned.room else span("the server")
    zone = zone_name(one.at)
    at = f"at {time_of_day(one.at, server_now)}{f' ({zone})' if zone else ''}"
    style = _STYLES.get(one.gate, "text")
    head: Line = (
        (span(clip(turned.who, _NAME_CELLS), "strong"), span("was turned away from"), where, span(at)),
        (span(f"on {turned.server}", "muted"),) if several_servers else (),
    )
    return [
        head,
        _entry("gate", (span(f"{turned.gate}:", style), span(meaning.what))),
        _entry("do", cell(meaning.remedy)),
        Labelled(cell("said", "muted"), _answer(one)),
    ]


def _answer(one: Refusal) -> Line:
    stage = "on connecting" if one.stage == "connect" else "on joining"
    words = cell(f"“{one.words}”") if one.words else cell("no words", "muted")
    return (words, cell(one.condition or "", "muted"), cell(stage, "muted"))


def _words(one: Refusal) -> Cell:
    if one.words:
        return cell(one.words)
    return cell(one.condition or "–", "muted")


def _claims(one: Refusal) -> Iterator[Cell]:
    """Every claim that was sent, with the affiliation they come to before them."""
    if one.claims is None:
        yield cell("a token came; its claims were not sent" if one.token_id else "none was read", "muted")
        return
    yield (span("says", "muted"), span(one.claims.affiliation, "info"))
    found = sorted(_flat(one.claims.payload), key=lambda pair: _place(pair[0]))
    known = {path.rpartition(".")[2] for path, _ in found}
    # A source may have read the claims and kept no payload.
    for path, value in (("name", one.claims.name), ("room", one.claims.room), ("exp", one.claims.exp)):
        if value is not None and path not in known:
            found.append((path, value))
    for path, value in found[:_MOST_CLAIMS]:
        yield (span(path, "muted"), *_value(path, value, one.at))
    if len(found) > _MOST_CLAIMS:
        yield cell(f"and {len(found) - _MOST_CLAIMS:,} more", "muted")


def _flat(payload: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for name, value in payload.items():
        path = f"{above}.{name}" if above else str(name)
        if isinstance(value, dict) and value and depth < 4:
            yield from _flat(value, path, depth + 1)
        else:
            yield path, value


def _place(path: str) -> tuple[int, str]:
    name = path.rpartition(".")[2]
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), path)


def _value(path: str, value: Any, at: float) -> tuple[Span, ...]:
    if path in _TIMES and isinstance(value, int | float) and not isinstance(value, bool):
        return _moment(path, value, at)
    if value is None:
        return (span("null", "warning"),)
    words = value if isinstance(value, str) else repr(value)
    return (span(clip(clean(words) or clean("empty"), _VALUE_CELLS), "info"),)


def _moment(path: str, value: float, at: float) -> tuple[Span, ...]:
    try:
        moment = float(value)
    except OverflowError:
        moment = math.inf
    when = span(time_of_day(moment, at), "info")
    if path == "exp":
        expired = moment <= at
        words = f"expired {spell(at - moment)} before" if expired else f"{spell(moment - at)} left"
        return (when, span(words, "critical" if expired else "muted"))
    if moment > at:
        return (when, span(f"{spell(moment - at)} ahead of the server", "warning"))
    return (when,)


def _entry(label: str, words: Cell) -> Labelled:
    return Labelled(cell(label, "muted"), (words,))
