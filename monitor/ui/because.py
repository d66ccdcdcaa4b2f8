"""The lower half of WHY: the likely cause, what to know first, the fix to copy and what follows. Pure."""

from __future__ import annotations

import msgspec

from monitor.core.cause import Cause, Fix
from monitor.core.causes import cause_of
from monitor.core.findings import Finding, Judgement, applies_claims
from monitor.core.related import Elsewhere
from monitor.core.room import Room
from monitor.core.server import MucHost
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.spans import Cell, Labelled, Line, Style, Text, cell, span

LABEL_WIDTH = 8
"""Terminal cells for the labels, with the space after them."""

_FLAVOURS = {"Debian": "on Debian", "docker": "on docker"}


class Case(msgspec.Struct, frozen=True):
    """A room with what WHY needs to know around it."""

    room: Room
    host: MucHost
    judgement: Judgement
    server_now: float
    """The server's time."""
    rooms: int = 0
    people: int = 0
    """What a restart of something on that server interrupts."""
    flavour: str | None = None
    """The kind of installation whose fixes somebody asked for."""
    key_map: KeyMap = PLAIN
    elsewhere: tuple[Elsewhere, ...] = ()
    """Who owns the room and is in one of its breakout rooms."""

    @property
    def applied(self) -> bool:
        """Whether a plugin applies the token's affiliation here."""
        return applies_claims(self.host)

    def cause_of(self, finding: Finding) -> Cause | None:
        """The likely cause of a finding in this room."""
        return cause_of(finding, self.room, self.host, self.judgement, self.elsewhere)


class Whole(msgspec.Struct, frozen=True):
    """What WHY needs to know around what holds for a whole server; as in `Case`."""

    rooms: int = 0
    people: int = 0
    flavour: str | None = None
    key_map: KeyMap = PLAIN


def because(cause: Cause, case: Case | Whole) -> list[Text]:
    """The lines about a cause."""
    how_sure: Line = ((span(f"({cause.how_sure})", "muted"),),) if cause.how_sure else ()
    lines: list[Text] = [_entry("likely", cause.likely, "text", how_sure)]
    if cause.first:
        lines.append(_entry("first", cause.first, "warning"))
    if fix := chosen_fix(cause, case.flavour):
        aside = _aside(cause, fix, case)
        rows: list[Line] = [aside] if aside else []
        rows += [((span(words, "accent"),),) for words in fix.lines]
        lines += [Labelled(cell("" if index else "fix", "muted"), row) for index, row in enumerate(rows)]
    if cause.so:
        lines.append(_entry("so", cause.so))
    return lines


def chosen_fix(cause: Cause, flavour: str | None) -> Fix | None:
    """The fix of the flavour asked for, or the first there is."""
    return next((fix for fix in cause.fixes if fix.flavour == flavour), cause.fixes[0] if cause.fixes else None)


def next_flavour(cause: Cause | None, flavour: str | None) -> str | None:
    """Which flavour of the fix comes after the one shown; None where there is no other."""
    if cause is None or len(cause.fixes) < 2:
        return None
    shown = chosen_fix(cause, flavour)
    at = next((index for index, fix in enumerate(cause.fixes) if fix is shown), 0)
    return cause.fixes[(at + 1) % len(cause.fixes)].flavour


def restarts_words(cause: Cause, case: Case | Whole) -> str:
    """What a restart interrupts, or nothing where the fix needs none."""
    if cause.restarts is None:
        return ""
    rooms = f"{case.rooms:,} room{'' if case.rooms == 1 else 's'}"
    people = f"{case.people:,} {'person' if case.people == 1 else 'people'}"
    return f"a restart of {cause.restarts} interrupts {rooms}, {people}"


def _aside(cause: Cause, fix: Fix, case: Case | Whole) -> Line:
    groups: list[Cell] = []
    if words := _FLAVOURS.get(fix.flavour):
        groups.append(cell(words, "muted"))
    if words := restarts_words(cause, case):
        groups.append(cell(words, "warning"))
    if other := next_flavour(cause, case.flavour):
        groups.append((span(case.key_map.first("finding.other_fix"), "key"), span(other, "muted")))
    return tuple(groups)


def _entry(label: str, words: str, style: Style = "text", more: Line = ()) -> Labelled:
    return Labelled(cell(label, "muted"), (cell(words, style), *more))
