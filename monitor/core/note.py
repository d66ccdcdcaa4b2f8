"""An incident note, ready to paste: what is wrong, since when, who, the likely cause, the fix, when the room closes.

People are their initials unless somebody asked for names, and their addresses are left out then. Rooms keep their
names. Nothing of a token is in it but what it says of affiliation and room; what looks like a token is taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Change
from monitor.core.alike import alike
from monitor.core.cause import Cause
from monitor.core.causes import cause_of
from monitor.core.claims import Claims
from monitor.core.closes import closes_words
from monitor.core.disguise import FOCUS, Disguise
from monitor.core.export import without_tokens
from monitor.core.filtering import SEVERITIES
from monitor.core.findings import Finding, Judgement
from monitor.core.naming import full_name, how_words, module_name, shown_name
from monitor.core.occupant import Occupant
from monitor.core.related import Elsewhere
from monitor.core.reports import Report, since_at
from monitor.core.room import EndedRoom, Room
from monitor.core.rules.table import BY_ID
from monitor.core.server import MucHost, Vantage
from monitor.core.text import clean

_NAMED = 5
LONGEST = 600
"""Characters of a line."""

NoteLine = tuple[str, str]
"""A label, empty where the line goes on with what the one before is about, and words."""


class Incident(msgspec.Struct, frozen=True):
    """A room with what is to be told of it."""

    room: Room
    host: MucHost
    judgement: Judgement
    server_now: float
    """The server's time."""
    findings: tuple[Finding, ...]
    """Those that are told, worst first."""
    person: Occupant | None = None
    """Whom it is about where it is about one person."""
    elsewhere: tuple[Elsewhere, ...] = ()
    over: EndedRoom | None = None
    flavour: str | None = None
    """The kind of installation whose fixes are wanted; the first there is without it."""


class Veil(Disguise):
    """People are their initials and have no addresses; rooms keep their names."""

    def __init__(self, salt: bytes) -> None:
        super().__init__(salt)
        self._numbers: dict[str, int] = {}

    def node(self, node: str) -> str:
        """The room's own."""
        return node

    def address(self, jid: str | None) -> str | None:
        """A number, by which nobody is known and each is told from the others; it is no part of a command either."""
        if not jid:
            return jid
        bare = jid.partition("/")[0]
        number = self._numbers.setdefault(bare, len(self._numbers) + 1)
        return FOCUS if bare.partition("@")[0] == FOCUS else f"(hidden: {number})"

    def claims(self, claims: Claims, node: str | None, domain: str = "") -> Claims:
        """The room that a token names is no person."""
        return replace(super().claims(claims, node, domain), room=claims.room)


def note(incident: Incident, spell: Callable[[float], str], full_names: bool = False) -> list[NoteLine]:
    """The lines of the note; `spell` writes a moment with date and zone."""
    known = incident if full_names else _veiled(incident)
    lines = [*_head(incident, spell), ("Closes" if known.over is None else "Ended", _end(known, spell))]
    told: list[Cause] = []
    for group in alike(known.findings, lambda finding: _cause(finding, known)):
        lines += _about(group, known, incident, spell)
        cause = _cause(group[0], known)
        if cause in told:
            lines.append(("Cause", "the same as above"))
        elif cause is not None:
            lines += _because(cause, known.flavour)
            told.append(cause)
    if not known.findings:
        lines.append(("What", "no rule finds anything wrong here" if known.person is None else "no finding"))
        if known.person is not None:
            lines.append(("Who", _standing(known.person, known, incident, spell)))
    lines.append(signed(known.server_now, spell, full_names))
    return scrubbed(lines)


def line_note(report: Report, now: float, spell: Callable[[float], str]) -> list[NoteLine]:
    """The note about something that holds for a whole server; `now` is when it is written."""
    rule = f" ({report.rule})" if report.rule else ""
    fix = BY_ID[report.rule].fix if report.rule in BY_ID else ""
    lines = [
        ("Server", report.server),
        ("What", f"{SEVERITIES[report.severity]}{rule}: {report.says}"),
        ("Since", "not known" if report.since_at is None else spell(report.since_at)),
        *([("Fix", fix)] if fix else []),
        *([] if report.cause is None else _because(report.cause, None)),
        ("Note", f"from mucmon, {spell(now)}; no tokens"),
    ]
    return scrubbed(lines)


def signed(server_now: float, spell: Callable[[float], str], full_names: bool) -> NoteLine:
    """The last line: how people are named, where the note is from, and when it was written."""
    names = "names in full" if full_names else "people as initials"
    return "Note", f"{names}; from mucmon, {spell(server_now)}; no tokens"


def plain(lines: list[NoteLine]) -> str:
    """The note as text, one line for each."""
    width = len("Closes: ")
    return "\n".join(f"{f'{label}:' if label else '':{width}}{words}" for label, words in lines)


def scrubbed(lines: list[NoteLine]) -> list[NoteLine]:
    """The same without what looks like a token, and with no line longer than `LONGEST`."""
    return [(label, without_tokens(clean(words, LONGEST))) for label, words in lines]


def _head(real: Incident, spell: Callable[[float], str]) -> Iterator[NoteLine]:
    room, people = real.room, real.room.people()
    owners = sum(one.affiliation == "owner" for one in people)
    since = room.created_at if room.created_at is not None else room.first_seen_at
    opened = f"open {'since' if room.created_at is not None else 'since before'} {spell(since)}"
    count = (
        f"{len(people):,} {'person' if len(people) == 1 else 'people'}, {owners:,} owner{'' if owners == 1 else 's'}"
    )
    # A title of a breakout room is what somebody wrote; that of the address is what the server knows.
    yield "Room", f"{full_name(room)} @ {room.key.host}, server {room.key.server}"
    yield "", f"{opened}; {count}"


def _about(group: list[Finding], known: Incident, real: Incident, spell: Callable[[float], str]) -> Iterator[NoteLine]:
    first = group[0]
    people = [(one, known.room.occupants[one.oid]) for one in group if one.oid in known.room.occupants]
    name = shown_name(people[0][1]) if people else ""
    says = first.rule.says.replace("NAME", name or "Somebody")
    others = f" And {len(group) - 1:,} more alike." if len(group) > 1 else ""
    yield "What", f"{SEVERITIES[first.severity]}, {first.rule.name} ({first.rule.id}): {says}{others}"
    at = min((at for one in group if (at := since_at(one, real.judgement, real.room)) is not None), default=None)
    yield "Since", "not known" if at is None else spell(at)
    for index, (_, person) in enumerate(people[:_NAMED]):
        yield "" if index else "Who", _standing(person, known, real, spell)
    if len(people) > _NAMED:
        yield "", f"and {len(people) - _NAMED:,} more"
    if not people and known.room.owner_gone is not None and first.rule.id in ("F10", "F10c"):
        gone = known.room.owner_gone
        yield "Who", f"{clean(gone.name or '') or 'the host'} left at {spell(gone.at)}"


def _because(cause: Cause, flavour: str | None) -> Iterator[NoteLine]:
    yield "Cause", cause.likely + (f" ({cause.how_sure})" if cause.how_sure else "")
    if cause.first:
        yield "First", cause.first
    fix = next((one for one in cause.fixes if one.flavour == flavour), cause.fixes[0] if cause.fixes else None)
    if fix is not None:
        where = f"on {fix.flavour}: " if fix.flavour in ("Debian", "docker") else ""
        for index, words in enumerate(fix.lines):
            yield ("", words) if index else ("Fix", f"{where}{words}")
    if cause.so:
        yield "So", cause.so


def _standing(person: Occupant, known: Incident, real: Incident, spell: Callable[[float], str]) -> str:
    claimed = person.claimed
    token = "no token" if person.has_token is False else f"token says {'unknown' if claimed is None else claimed}"
    words = f"{shown_name(person)}: {token}, room says {person.affiliation}"
    change = real.room.occupants[person.oid].change if person.oid in real.room.occupants else person.change
    about = "about " if real.host.vantage is Vantage.POLL else ""
    if change is None or change.now != person.affiliation:
        verb = f"joined {about}".rstrip() if person.joined_exactly else "there since before"
        return f"{words}, {verb} {spell(person.joined_at)}"
    by = _actor(change, known, real)
    return f"{words} since {about}{spell(change.at)}, {f'set by {by}' if by else 'by whom is not told'}"


def _actor(change: Change, known: Incident, real: Incident) -> str:
    match change.actor_kind:
        case ActorKind.JICOFO:
            return "focus (jicofo)"
        case ActorKind.MODULE:
            return clean(module_name(change.by_module)) or "a server module"
        case ActorKind.CREATOR:
            return "creation of the room"
        case ActorKind.OPERATOR:
            return "an operator"
        case ActorKind.PERSON:
            actor = real.room.find((change.actor or "").partition("/")[0])
            shown = known.room.occupants.get(actor.oid) if actor is not None else None
            return shown_name(shown) if shown is not None else "somebody who is not here any more"
    return ""


def _cause(finding: Finding, known: Incident) -> Cause | None:
    return cause_of(finding, known.room, known.host, known.judgement, known.elsewhere)


def _end(known: Incident, spell: Callable[[float], str]) -> str:
    if known.over is not None:
        return f"{spell(known.over.at)}, {how_words(known.over)}"
    return closes_words(known.room, known.host, known.judgement.forecast, known.server_now, spell)


def _veiled(incident: Incident) -> Incident:
    veil = Veil(b"note")
    room = incident.room
    inside = {oid: veil.occupant(one, room) for oid, one in room.occupants.items()}
    # Who is not there any more has an own oid, and is none of those inside.
    person = None if incident.person is None else veil.occupant(incident.person, room)
    elsewhere = tuple(Elsewhere(veil.occupant(one.person, room), one.title) for one in incident.elsewhere)
    shown = replace(veil.room(room, inside), title=room.title)
    return replace(incident, room=shown, person=person, elsewhere=elsewhere)
