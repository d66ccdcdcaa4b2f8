"""What a token claims beside what the room made of it, for one occupant, in a word. Pure."""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from monitor.core.findings import Finding, Judgement, Severity, settles_at
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKind
from monitor.ui.spans import Span, Style, span


class Standpoint(Enum):
    """How claim and fact relate."""

    FOUND = auto()
    SETTLING = auto()
    EQUAL = auto()
    DIFFERS = auto()
    EXEMPT = auto()
    UNKNOWN = auto()
    WAITING = auto()


class Verdict(msgspec.Struct, frozen=True):
    """How claim and fact relate, with the finding where there is one."""

    standpoint: Standpoint
    finding: Finding | None = None


SEVERITY_GLYPHS: dict[Severity, tuple[str, Style]] = {
    Severity.CRITICAL: ("×", "critical"),
    Severity.WARNING: ("!", "warning"),
    Severity.INFORMATION: ("i", "info"),
    Severity.FINE: ("✓", "good"),
    Severity.IDLE: ("·", "muted"),
}

WAITING_GLYPH: tuple[str, Style] = ("◐", "muted")

_GLYPHS: dict[Standpoint, tuple[str, Style]] = {
    Standpoint.SETTLING: ("…", "muted"),
    Standpoint.EQUAL: ("✓", "good"),
    Standpoint.DIFFERS: ("i", "info"),
    Standpoint.EXEMPT: ("·", "muted"),
    Standpoint.UNKNOWN: ("·", "muted"),
    Standpoint.WAITING: WAITING_GLYPH,
}


def verdict_of(person: Occupant, room: Room, judgement: Judgement, server_now: float) -> Verdict:
    """Relate claim and fact; `server_now` is the server's time."""
    if person.exempt:
        return Verdict(Standpoint.EXEMPT)
    finding = judgement.of(person.oid)
    if finding is not None:
        return Verdict(Standpoint.FOUND, finding)
    if room.kind is RoomKind.LOBBY:
        return Verdict(Standpoint.WAITING)
    if person.claimed is None:
        return Verdict(Standpoint.UNKNOWN)
    if person.claimed == person.affiliation:
        return Verdict(Standpoint.EQUAL)
    if settles_at(person) > server_now:
        return Verdict(Standpoint.SETTLING)
    return Verdict(Standpoint.DIFFERS)


def mark_of(verdict: Verdict, applied: bool) -> Span:
    """The glyph beside the pair; where no plugin applies claims, a difference is no news and stays muted."""
    if verdict.finding is not None:
        return span(*SEVERITY_GLYPHS[verdict.finding.severity])
    glyph, style = _GLYPHS[verdict.standpoint]
    if verdict.standpoint is Standpoint.DIFFERS and not applied:
        style = "muted"
    return span(glyph, style)
