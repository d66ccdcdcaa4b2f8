"""What a token turns on beside what the session has, and who granted the difference. Pure.

Jitsi copies the features of an owner who promotes somebody into the session of who was promoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.occupant import Occupant
from monitor.core.room import Room
from monitor.core.text import clean
from monitor.tokens.checks import shown
from monitor.tokens.features import FEATURES, listed_features
from monitor.ui.columns import actor_words, change_behind
from monitor.ui.durations import time_of_day
from monitor.ui.spans import Cell, Labelled, Line, Span, Text, cell, span

_NAME_LIMIT = 40
_ABSENT = object()


def feature_lines(person: Occupant, room: Room, server_now: float) -> list[Text]:
    """One line for each feature that the token or the session names; `server_now` is the server's time."""
    listed = listed_features(person.claims.payload) if person.claims else None
    held = person.features
    if held is None:
        if listed is None:
            words = "the server's defaults: the token lists none" if person.claims else "the server's defaults"
            return [Labelled(cell("features", "muted"), (cell(words, "muted"),))]
        held = dict(listed)
    token = dict(listed or {})
    head: Line = (cell("token → session", "muted"), _granted(person, room, server_now) if held != token else ())
    lines: list[Text] = [Labelled(cell("features", "muted"), head)]
    return lines + [_row(name, token.get(name, _ABSENT), held.get(name, _ABSENT)) for name in _names(token, held)]


def _names(token: Iterable[str], held: Iterable[str]) -> list[str]:
    named = {*token, *held}
    return [name for name in FEATURES if name in named] + sorted(named.difference(FEATURES))


def _row(name: str, token: Any, held: Any) -> Labelled:
    odd = [shown(value, _NAME_LIMIT) for value in (token, held) if _mark(value)[0] == "?"]
    note: Cell = cell(f"neither true nor false: {odd[0]}", "warning") if odd else ()
    if _mark(token)[0] != _mark(held)[0]:
        note = note or cell("not the token's" if _mark(held)[0] == "✓" else "the token has it", "warning")
    if name not in FEATURES:
        note = note or cell("not known to Jitsi", "muted")
    return Labelled(cell(clean(name, _NAME_LIMIT)), ((_mark(token), span("→", "muted"), _mark(held)), note))


def _mark(value: Any) -> Span:
    if value is _ABSENT:
        return span("–", "muted")
    if value is True or value == "true":
        return span("✓", "good")
    if value is False or value == "false":
        return span("×", "text")
    return span("?", "warning")


def _granted(person: Occupant, room: Room, server_now: float) -> Cell:
    change = change_behind(person)
    if change is None or change.now is not Affiliation.OWNER or change.actor_kind is not ActorKind.PERSON:
        return (span("differ, and nobody saw who granted them", "warning"),)
    who = actor_words(change, room) or "somebody"
    when = span(f"at {time_of_day(change.at, server_now)}", "muted")
    return (span("granted by", "muted"), span(who), when)
