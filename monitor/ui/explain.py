"""WHY: a sentence, claim and fact, since when and by whom, then the likely cause, the fix and what follows. Pure.

Times are absolute, in the local zone; `server_now` is the server's time.
"""

from __future__ import annotations

import math

from monitor.core.affiliation import ActorKind, Change
from monitor.core.closing import unclear_owners
from monitor.core.findings import Finding
from monitor.core.naming import module_name, shown_name
from monitor.core.occupant import Occupant
from monitor.core.room import Room
from monitor.core.server import Vantage
from monitor.ui.because import Case, because
from monitor.ui.columns import (
    NOT_TOLD,
    actor_words,
    change_behind,
    claim_of,
    exempt_words,
    expiry_of,
    lacks_rights,
)
from monitor.ui.countdowns import ABOUT
from monitor.ui.durations import spell_finely, time_of_day
from monitor.ui.roomfacts import room_facts
from monitor.ui.spans import Cell, Line, Span, Style, Text, span
from monitor.ui.verdict import SEVERITY_GLYPHS, Standpoint, Verdict, verdict_of

_AT_ONCE_S = 0.05


def why(person: Occupant, case: Case) -> list[Text]:
    """The lines of WHY for one occupant of a room."""
    finding = verdict_of(person, case.room, case.judgement, case.server_now).finding
    cause = case.cause_of(finding) if finding else None
    *lines, details = standing(person, case)
    if cause is not None:
        lines += [(), *because(cause, case)]
    return [*lines, details]


def standing(person: Occupant, case: Case) -> list[Text]:
    """What the token says beside what the room says, since when and by whom, in three lines at most."""
    verdict = verdict_of(person, case.room, case.judgement, case.server_now)
    lines: list[Text] = [_heading(person, verdict, case)]
    if not person.exempt:
        lines.append(_pair(person, verdict, case))
    return [*lines, _details(person, case)]


def proof(person: Occupant, case: Case) -> Line:
    """What shows that a finding is so: claim, fact, since when, by whom."""
    return _pair(person, verdict_of(person, case.room, case.judgement, case.server_now), case)


def why_room(finding: Finding, person: Occupant | None, case: Case) -> list[Text]:
    """The lines of WHY for what is wrong with the room and for `person`, where they have findings of their own.

    What is worse comes first, and the room where both are as bad.
    """
    cause = case.cause_of(finding)
    about = why(person, case) if person is not None and case.judgement.of(person.oid) else []
    lines = room_evidence(finding, case)
    # Where somebody's unclaimed rights are the cause, their own lines tell it, and once is enough.
    if cause is not None and not (about and person is not None and tells_cause(finding, person, case)):
        lines += [(), *because(cause, case)]
    if not about:
        return lines
    worst = case.judgement.findings[0]
    first, second = (about, lines) if worst.oid is not None else (lines, about)
    return [*first, (), *second]


def tells_cause(finding: Finding | None, person: Occupant, case: Case) -> bool:
    """Whether what is told of somebody is the cause of what is wrong with the room, too."""
    own = case.judgement.of(person.oid)
    if finding is None or own is None or own.rule.id not in ("F1", "F7"):
        return False
    return finding.rule.id == "F9" or (finding.rule.id == "F10c" and not unclear_owners(case.room))


def room_evidence(finding: Finding, case: Case) -> list[Text]:
    """What is so with the room as a whole, and what shows it."""
    glyph, style = SEVERITY_GLYPHS[finding.severity]
    loud: Style = "alarm" if style == "critical" else style
    head: Line = ((span(glyph, loud), span(finding.rule.says, loud)), (span(finding.rule.id, "muted"),))
    facts = room_facts(finding, case)
    return [head, facts] if facts else [head]


def _heading(person: Occupant, verdict: Verdict, case: Case) -> Line:
    name = shown_name(person)
    if verdict.finding is not None:
        rule = verdict.finding.rule
        glyph, style = SEVERITY_GLYPHS[verdict.finding.severity]
        loud: Style = "alarm" if style == "critical" else style
        return (
            (span(glyph, loud), span(rule.says.replace("NAME", name), loud)),
            (span(rule.id, "muted"),),
        )
    return ((span(_sentence(person, case.room, verdict, case.applied, case.server_now)),),)


def _sentence(person: Occupant, room: Room, verdict: Verdict, applied: bool, server_now: float) -> str:
    name, fact = shown_name(person), person.affiliation
    match verdict.standpoint:
        case Standpoint.EXEMPT:
            return f"{name} is not judged: {exempt_words(person.exempt)}."
        case Standpoint.WAITING:
            return f"{name} waits in the lobby until somebody who may lets them in."
        case Standpoint.UNKNOWN:
            return f"What the token of {name} says cannot be seen from here."
        case Standpoint.SETTLING:
            since = server_now - (person.change.at if person.change else person.joined_at)
            return f"settling: {name} became {fact} {spell_finely(since)} ago, which may change yet."
        case Standpoint.DIFFERS if not applied:
            return f"{name} is {fact}: no plugin applies the token's affiliation here."
        case Standpoint.DIFFERS:
            return f"{name} is {fact}, not what the token says; no rule calls that wrong."
        case _ if person.has_token is False:
            rights = "no rights" if lacks_rights(fact) else f"the rights of {fact}"
            return f"{name} came without a token and has {rights}."
    return f"{name} has what the token says: {fact}."


def _pair(person: Occupant, verdict: Verdict, case: Case) -> Line:
    fact: Style = "text"
    if verdict.finding is not None:
        fact = SEVERITY_GLYPHS[verdict.finding.severity][1]
    change = change_behind(person)
    other: Cell = ()
    if verdict.finding is not None and verdict.finding.rule.id == "F11" and person.claims is not None:
        other = (span("token is for", "muted"), span(str(person.claims.room), "info"))
    return (
        other,
        (span("token says", "muted"), claim_of(person)),
        (span("room says", "muted"), span(person.affiliation, fact)),
        _since(person, change, case),
        _by(change, case.room) if change else (),
    )


def _since(person: Occupant, change: Change | None, case: Case) -> Cell:
    if change is not None:
        after = change.at - person.joined_at
        if math.isnan(after) or not person.joined_exactly:
            aside = ""
        elif after < _AT_ONCE_S:
            aside = "(on joining)"
        else:
            aside = f"({spell_finely(after)} after joining)"
        spans = [span("since", "muted"), span(_seen_at(change.at, case))]
        return (*spans, span(aside, "muted")) if aside else tuple(spans)
    if person.joined_exactly:
        return (span("since joining at", "muted"), span(_seen_at(person.joined_at, case)))
    began = time_of_day(person.joined_at, case.server_now)
    return (span("already so when monitoring began at", "muted"), span(began))


def _by(change: Change, room: Room) -> Cell:
    bare = (change.actor or "").partition("/")[0]
    by = span("by", "muted")
    match change.actor_kind:
        case ActorKind.JICOFO:
            actor = room.find(bare) if bare else None
            return (by, span(actor.nick if actor else "focus"), span("= jicofo", "muted"))
        case ActorKind.MODULE:
            return (by, span(module_name(change.by_module) or "a server module"))
        case ActorKind.CREATOR:
            return (by, span("creation of the room"))
    words = actor_words(change, room)
    if not words:
        return (span(NOT_TOLD, "muted"),)
    aside: list[Span] = []
    if change.actor_kind is ActorKind.OPERATOR:
        aside = [span("= an operator", "muted")]
    elif words != bare:
        aside = [span(f"= {bare}", "muted")]
    return (by, span(words), *aside)


def _seen_at(at: float, case: Case) -> str:
    """When something was seen to be so: about then, where the host is only looked at now and again."""
    return f"{ABOUT if case.host.vantage is Vantage.POLL else ''}{time_of_day(at, case.server_now)}"


def _details(person: Occupant, case: Case) -> Line:
    server_now = case.server_now
    groups: list[Cell] = []
    at = None if person.exempt else expiry_of(person)
    if change_behind(person) is not None or person.exempt:
        if person.joined_exactly:
            groups.append((span("joined", "muted"), span(_seen_at(person.joined_at, case), "muted")))
        else:
            groups.append((span("here since before", "muted"), _moment(person.joined_at, server_now)))
    if at is not None:
        verb = "token expires" if at > server_now else "token expired"
        groups.append((span(verb, "muted"), _moment(at, server_now)))
    if person.bare_jid:
        groups.append((span("address", "muted"), span(person.bare_jid, "muted")))
    if len(person.sessions) > 1:
        groups.append((span(f"{len(person.sessions)} connections", "muted"),))
    if person.change is not None and person.change.reason:
        groups.append((span("reason given", "muted"), span(person.change.reason)))
    return tuple(groups)


def _moment(at: float, server_now: float) -> Span:
    return span(time_of_day(at, server_now), "muted")
