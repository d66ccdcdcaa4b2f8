"""The past of a room, one line for each thing that happened, the newest last. Pure.

Times are the server's, shown in the local zone. Colour is for what matters: rights nobody's token gives, closing.
"""

from __future__ import annotations

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.history import Entry
from monitor.core.naming import module_name, shown_name
from monitor.core.occupant import Exempt
from monitor.core.room import Room
from monitor.core.text import clean
from monitor.ui.columns import NOT_TOLD
from monitor.ui.countdowns import ABOUT
from monitor.ui.durations import hour_and_minute, time_of_day, time_of_day_ms
from monitor.ui.spans import Cell, Line, Style, clip, span

_NAME_CELLS = 40
_FOCUS = "focus"
_RANK = {
    Affiliation.OUTCAST: 0,
    Affiliation.NONE: 1,
    Affiliation.MEMBER: 2,
    Affiliation.ADMIN: 3,
    Affiliation.OWNER: 4,
}
_LEFT = {
    "left": "",
    "switched": "to a breakout room or back",
    "lost": "connection lost (333)",
    "kicked": "removed (307)",
    "banned": "banned (301)",
    "affiliation": "removed: the affiliation changed (321)",
    "removed": "removed",
    "destroyed": "the room was ended",
}
_KINDS = {
    ActorKind.JICOFO: "focus (jicofo)",
    ActorKind.OPERATOR: "an operator",
    ActorKind.CREATOR: "creation of the room",
    ActorKind.PERSON: "somebody",
}


def timeline(room: Room, applied: bool, server_now: float, held_open: bool = False, polled: bool = False) -> list[Line]:
    """The lines of a room's past.

    `applied` tells whether a plugin applies the token's affiliation here, `held_open` whether the host has left and
    the room stays because of somebody else, `polled` whether the room is only looked at now and again: its times are
    those of the looks.
    """
    gone = room.owner_gone if held_open else None
    if not room.history and gone is None:
        began = hour_and_minute(room.first_seen_at, server_now)
        return [((span(f"No change has been seen here since {began}.", "muted"),),)]
    claims = {entry.oid: entry.was for entry in room.history if entry.what == "joined"}
    lines = [_line(entry, room, applied, claims, polled) for entry in room.history]
    if gone is not None:
        after = sum(entry.at > gone.at for entry in room.history)
        lines.insert(len(lines) - after, _held(gone.at, room, polled))
    return lines


def _moment(at: float, polled: bool) -> str:
    return f"{ABOUT}{time_of_day(at)}" if polled else time_of_day_ms(at)


def _held(at: float, room: Room, polled: bool) -> Line:
    owners = [one for one in room.people() if one.affiliation is Affiliation.OWNER]
    first = min(owners, key=lambda one: (shown_name(one).casefold(), one.oid), default=None)
    name = clip(shown_name(first), _NAME_CELLS) if first else "somebody"
    head = (span(_moment(at, polled), "muted"), span("×", "critical"), span("no owner by token is left", "critical"))
    return (head, (span(f"no close: {name} counts as owner", "muted"),))


def _line(entry: Entry, room: Room, applied: bool, claims: dict[int | None, str | None], polled: bool) -> Line:
    glyph, style, words, aside = told(entry, room, applied, claims)
    head: Cell = (span(_moment(entry.at, polled), "muted"), span(glyph, style), span(words, style))
    return (head, (span(aside, "muted"),)) if aside else (head,)


def told(entry: Entry, room: Room, applied: bool, claims: dict[int | None, str | None]) -> tuple[str, Style, str, str]:
    """An entry as glyph, style, words and what stands beside them; `claims` are those of who joined, by oid."""
    match entry.what:
        case "joined":
            glyph, style, words, aside = _joined(entry, room, applied)
        case "left":
            glyph, style, words, aside = "←", "text", f"{_name(entry)} left", left_words(entry, room)
        case "renamed":
            glyph, style, words, aside = "·", "muted", f"{_name(entry)} took the nick {entry.detail or '?'}", ""
        case "affiliation":
            glyph, style, words, aside = _affiliation(entry, room, applied, claims)
        case "lost":
            glyph, style, words = "~", "warning", f"{_name(entry)} lost the connection"
            aside = f"counts as gone at {_due(entry)}"
        case "back":
            glyph, style, words, aside = "→", "text", f"{_name(entry)} is connected again", ""
        case "armed":
            glyph, style, words = "~", "warning", "close timer started"
            who = f": {_name(entry)} left, no other owner is here" if entry.name else ""
            aside = f"fires at {_due(entry)}{who}"
        case "missed":
            due = f"due {_due(entry)}: " if entry.detail else ""
            glyph, style, words, aside = "×", "critical", "a close was missed", f"{due}nobody was removed"
        case _:
            glyph, style, words, aside = "·", "muted", entry.what, entry.detail or ""
    return glyph, style, words, aside


def _joined(entry: Entry, room: Room, applied: bool) -> tuple[str, Style, str, str]:
    words = f"{_name(entry)} joined"
    if _is_machinery(entry, room):
        return "→", "muted", words, "jicofo" if entry.name == _FOCUS else "not judged"
    setter = module_name(entry.by_module)
    by = f", set by {setter}" if setter else ""
    claim = {None: "token not seen", "none": "no token"}.get(entry.was, f"{entry.was} by token")
    if entry.now in (None, entry.was) or entry.was is None:
        return "→", "text", words, f"{claim}{by}"
    style: Style = "critical" if _is_unclaimed(entry.was, entry.now, applied) else "text"
    return "→", style, words, f"{claim}, {entry.now} in the room{by}"


def _affiliation(
    entry: Entry, room: Room, applied: bool, claims: dict[int | None, str | None]
) -> tuple[str, Style, str, str]:
    up = _RANK.get(_known(entry.now), 0) >= _RANK.get(_known(entry.was), 0)
    words = f"{_name(entry)} {entry.was or '?'} → {entry.now or '?'}"
    by, by_person = _actor(entry, room)
    aside = (f"by {by}" if by else NOT_TOLD) + (f": {entry.detail}" if entry.detail else "")
    person = room.occupants.get(entry.oid) if entry.oid is not None else None
    claim = person.claimed if person else claims.get(entry.oid)
    style: Style = "text"
    if _is_machinery(entry, room):
        style = "muted"
    elif up and not by_person and _is_unclaimed(claim, entry.now, applied):
        style = "critical"
    elif not up and entry.was == Affiliation.OWNER and claim == Affiliation.OWNER and applied:
        style = "warning"
    return ("▲" if up else "▼"), style, words, aside


def _actor(entry: Entry, room: Room) -> tuple[str, bool]:
    """Who changed an affiliation, "" where nobody tells, and whether that was a person, whose grant is no fault."""
    if module := module_name(entry.by_module):
        return module, False
    by = entry.by or ""
    if not by:
        return "", False
    if by in ActorKind.__members__.values():
        kind = ActorKind(by)
        return _KINDS.get(kind, "a server module"), kind in (ActorKind.PERSON, ActorKind.OPERATOR)
    bare = by.partition("/")[0]
    actor = room.find(bare) if bare else None
    if (actor is not None and actor.exempt is Exempt.ADMIN) or bare.partition("@")[0] == _FOCUS:
        return "focus (jicofo)", False
    if actor is not None:
        return clip(shown_name(actor), _NAME_CELLS), True
    return bare, bool(bare)


def left_words(entry: Entry, room: Room) -> str:
    """How somebody left, as what and by whom."""
    was = entry.was if entry.was in ("owner", "admin", "outcast") and not _is_machinery(entry, room) else ""
    how = _LEFT.get(entry.detail or "", entry.detail or "")
    who, _ = _actor(entry, room)
    by = f"by {who}" if who else ""
    return "; ".join(part for part in (was, " ".join(part for part in (how, by) if part)) if part)


def _is_unclaimed(claim: str | None, now: str | None, applied: bool) -> bool:
    """Whether owner rights came that the token does not give; a member's are only a fault where claims are applied."""
    return now == Affiliation.OWNER and (claim == Affiliation.NONE or (applied and claim == Affiliation.MEMBER))


def _is_machinery(entry: Entry, room: Room) -> bool:
    person = room.occupants.get(entry.oid) if entry.oid is not None else None
    return bool(person.exempt) if person else entry.name == _FOCUS


def _known(word: str | None) -> Affiliation:
    return next((one for one in Affiliation if one == word), Affiliation.NONE)


def _name(entry: Entry) -> str:
    return clip(clean(entry.name or ""), _NAME_CELLS) or "somebody"


def _due(entry: Entry) -> str:
    try:
        return time_of_day(float(entry.detail or "nan"))
    except ValueError:
        return "?"
