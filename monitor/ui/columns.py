"""The columns of the grids and the pure renderers of their rows."""

from __future__ import annotations

import math

import msgspec

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.findings import Judgement, Severity
from monitor.core.naming import module_name, shown_name
from monitor.core.occupant import Exempt, Occupant
from monitor.core.query import RoomRow
from monitor.core.room import Room, RoomKind
from monitor.core.text import clean
from monitor.ui.countdowns import STATE_WIDTH, state_words
from monitor.ui.durations import at_least, tally, time_of_day
from monitor.ui.spans import Cell, Span, Style, cell, dimmed, span
from monitor.ui.table import Column, server_column
from monitor.ui.verdict import SEVERITY_GLYPHS, WAITING_GLYPH, Standpoint, Verdict, mark_of, verdict_of

NOTHING = "–"
NOT_TOLD = "by whom is not told"
"""Stands where the actor of a change would."""
_ANY = 1000

ROOM_COLUMNS: tuple[Column, ...] = (
    Column(clean(""), 1, 1, gap=0, id="bar", guide=True),
    Column(clean("state"), STATE_WIDTH, STATE_WIDTH, gap=0),
    Column(clean("room"), 10, _ANY, gap=1),
    Column(clean("ppl"), 4, 4, gap=1, right=True, drop=3),
    Column(clean("own"), 4, 4, gap=1, right=True, drop=2),
    Column(clean("open"), 6, 6, gap=1, right=True, drop=1),
    Column(clean("waiting"), 7, 7, right=True, extra=True),
    Column(clean("since"), 8, 19, extra=True),
    Column(clean("address"), 20, _ANY, extra=True),
)

PEOPLE_COLUMNS: tuple[Column, ...] = (
    Column(clean("name"), 16, 28, gap=0),
    Column(clean("token says"), 10, 10),
    Column(clean(""), 1, 1, gap=1, id="arrow", guide=True),
    Column(clean("room says"), 9, 9, gap=1),
    Column(clean(""), 1, 1, gap=1, id="mark"),
    Column(clean("role"), 11, 11, drop=1),
    Column(clean("set by"), 14, 24, drop=3),
    Column(clean("expires"), 10, 12, drop=2),
    Column(clean("joined"), 8, 19, extra=True),
    Column(clean("address"), 20, 60, extra=True),
)

_EXEMPT_WORDS: dict[Exempt, str] = {
    Exempt.ADMIN: "server admin",
    Exempt.HIDDEN_DOMAIN: "hidden domain",
    Exempt.JIBRI: "recorder (jibri)",
    Exempt.JIGASI: "phone (jigasi)",
    Exempt.TRANSCRIBER: "transcriber",
    Exempt.VISITOR: "visitor",
}


def room_columns(server_width: int) -> tuple[Column, ...]:
    """The columns of the rooms; the server's name is one where it has a width, as where there are several."""
    if not server_width:
        return ROOM_COLUMNS
    return (*ROOM_COLUMNS[:3], server_column(server_width, drop=4), *ROOM_COLUMNS[3:])


class Around(msgspec.Struct, frozen=True):
    """What a room's cells depend on beside its row."""

    server: Cell = ()
    """The server's name, where there are several."""
    closes: bool = False
    """Whether something closes rooms without an owner here."""
    stale: bool = False
    gone: bool = False
    """Whether the room has ended since the rows were frozen."""


def room_cells(row: RoomRow, server_now: float, around: Around) -> tuple[Cell, ...]:
    """A room's cells, in the order of `room_columns`; `server_now` is the server's time."""
    lobby = row.kind is RoomKind.LOBBY
    glyph, style = WAITING_GLYPH if lobby and row.severity is Severity.FINE else SEVERITY_GLYPHS[row.severity]
    idle = row.severity is Severity.IDLE
    plain: Style = "muted" if idle else "text"
    loud = row.severity > Severity.INFORMATION
    words = clean("ended") if around.gone else state_words(row, server_now, around.stale)
    state = (span(glyph, style), (words, style)) if words else (span(glyph, style),)
    counts: Style = "text" if row.people and not idle else "muted"
    ownerless = around.closes and row.people > 0 and row.owners == 0 and not idle
    cells: list[Cell] = [
        cell("▌", style) if loud else (),
        state,
        ((row.name, plain),),
        cell(NOTHING if lobby else str(row.people), counts),
        cell(NOTHING if lobby else str(row.owners), "critical" if ownerless else counts),
        cell((tally if row.exactly else at_least)(server_now - row.since_at), "muted"),
        cell(f"{row.waiting:,}" if row.waiting else NOTHING, "muted"),
        cell(("" if row.exactly else "≥") + time_of_day(row.since_at, server_now), "muted"),
        cell(f"{row.key.node}@{row.key.host}", "muted"),
    ]
    if around.server:
        cells.insert(3, around.server)
    return tuple(dimmed(one) for one in cells) if around.stale or around.gone else tuple(cells)


def person_cells(
    person: Occupant, room: Room, judgement: Judgement, applied: bool, server_now: float
) -> tuple[Cell, ...]:
    """An occupant's cells, in the order of `PEOPLE_COLUMNS`.

    `applied` tells whether a plugin applies the token's affiliation here; `server_now` is the server's time.
    """
    verdict = verdict_of(person, room, judgement, server_now)
    exempt = bool(person.exempt)
    plain: Style = "muted" if exempt else "text"
    fact: Style = plain
    if verdict.finding is not None:
        fact = SEVERITY_GLYPHS[verdict.finding.severity][1]
    return (
        ((shown_name(person), plain),),
        (claim_of(person),),
        cell("→", "muted"),
        cell("waiting" if verdict.standpoint is Standpoint.WAITING else person.affiliation, fact),
        (mark_of(verdict, applied),),
        cell(person.role, plain),
        (_set_by(person, room, verdict),),
        (_expires(person, server_now),),
        cell(("" if person.joined_exactly else "≥") + time_of_day(person.joined_at, server_now), "muted"),
        cell(person.bare_jid, "muted"),
    )


def claim_of(person: Occupant) -> Span:
    """What the token says of somebody's affiliation."""
    if person.exempt:
        return span(NOTHING, "muted")
    if person.claimed is None:
        return span("unknown", "muted")
    return span(person.claimed, "info")


def exempt_words(exempt: Exempt) -> str:
    """Why somebody is not judged, in a word or two."""
    return _EXEMPT_WORDS.get(exempt, "exempt")


def change_behind(person: Occupant) -> Change | None:
    """The change that made the affiliation what it is, where one was seen."""
    change = person.change
    return change if change is not None and change.now == person.affiliation else None


def actor_words(change: Change, room: Room) -> str | None:
    """Who made a change, in a few words; None where nobody is known."""
    kind = change.actor_kind
    if kind is ActorKind.JICOFO:
        return "focus (jicofo)"
    if kind is ActorKind.MODULE:
        return module_name(change.by_module) or "a server module"
    if kind is ActorKind.CREATOR:
        return "created the room"
    bare = (change.actor or "").partition("/")[0]
    if kind is ActorKind.PERSON and bare and (actor := room.find(bare)) is not None:
        return shown_name(actor)
    return bare or None


def expiry_of(person: Occupant) -> float | None:
    """When somebody's token expires, on the server's clock; None where it does not say so in a number."""
    try:
        return person.claims.expires_at if person.claims else None
    except OverflowError:  # JSON may carry a number of four hundred digits
        return math.inf


def _set_by(person: Occupant, room: Room, verdict: Verdict) -> Span:
    if person.exempt:
        return span(exempt_words(person.exempt), "muted")
    change = change_behind(person)
    if change is not None:
        words = actor_words(change, room)
        return span(words or "not told", "muted" if not words or verdict.standpoint is Standpoint.EQUAL else "text")
    differs = person.claimed is not None and person.claimed != person.affiliation
    if differs and not person.joined_exactly:
        return span("before watching")
    return span(NOTHING, "muted")


def _expires(person: Occupant, server_now: float) -> Span:
    claims = person.claims
    if person.exempt or claims is None:
        return span(NOTHING, "muted")
    at = expiry_of(person)
    if at is None:
        return span("never" if claims.exp is None else "not a number", "muted")
    if at <= server_now:
        return span(f"{tally(server_now - at)} ago", "info")
    return span(f"in {tally(at - server_now)}")


def counts(room: Room, waiting: int = 0) -> str:
    """How many people a room holds, for a title, and how many wait in its lobby."""
    people = len(room.people())
    exempt = len(room.occupants) - people
    noun = "waiting" if room.kind is RoomKind.LOBBY else "people"
    lobby = f" · {waiting:,} waiting in the lobby" if waiting else ""
    return f"{noun} {people}" + (f" + {exempt} exempt" if exempt else "") + lobby


def lacks_rights(affiliation: Affiliation) -> bool:
    """Whether an affiliation gives no rights in a room."""
    return affiliation in (Affiliation.NONE, Affiliation.OUTCAST)
