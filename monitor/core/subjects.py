"""What a filter may ask of a room, of a person, of somebody turned away, of a room that is over."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.filtering import SEVERITIES, UNKNOWN, Subject, folded
from monitor.core.findings import Finding, Severity
from monitor.core.model import EndedRoom, Occupant, Refusal, Room
from monitor.core.naming import shown_name
from monitor.core.query import RoomRow
from monitor.core.text import clean, room_name

ROOM_FIELDS = ("room", "name", "jid", "server", "claim", "is", "finding", "sev")
DOOR_FIELDS = ("room", "name", "jid", "server", "claim")
ENDED_FIELDS = ("room", "name", "server", "claim", "is")


def of_room(row: RoomRow, room: Room) -> Subject:
    """A room with everybody in it; plain words are looked for in its name, state, server and people."""
    people = list(room.occupants.values())
    names = tuple(folded(shown_name(one)) for one in people)
    return Subject(
        " ".join((folded(row.name), folded(row.key.server), folded(row.state), *names)),
        lambda: {
            "room": (folded(row.name), folded(row.key.node)),
            "name": names,
            "jid": tuple(_addresses(people)),
            "server": (folded(row.key.server),),
            "claim": tuple({claim_word(one) for one in people if not one.exempt}),
            "is": tuple({word for one in people if not one.exempt for word in (one.affiliation, one.role)}),
            "finding": tuple(finding.rule.id.lower() for finding in row.judgement.findings),
            "sev": (SEVERITIES[row.severity],),
        },
    )


def of_person(person: Occupant, row: RoomRow, findings: Iterable[Finding]) -> Subject:
    """Somebody in a room, with the findings about them."""
    found = list(findings)
    name, claim = folded(shown_name(person)), claim_word(person)
    worst = max((finding.severity for finding in found), default=Severity.FINE)
    states = (finding.rule.state for finding in found)
    text = (name, row.name, row.key.server, claim, person.affiliation, person.role, *states)
    return Subject(
        folded(" ".join(text)),
        lambda: {
            "room": (folded(row.name), folded(row.key.node)),
            "name": (name,),
            "jid": tuple(_addresses([person])),
            "server": (folded(row.key.server),),
            "claim": () if person.exempt else (claim,),
            "is": (person.affiliation, person.role),
            "finding": tuple(finding.rule.id.lower() for finding in found),
            "sev": (SEVERITIES[worst],),
        },
    )


def of_refusal(refusal: Refusal, server: str, name: str, gate: str) -> Subject:
    """Somebody who was turned away; `name` is what they are called and `gate` the gate's words."""
    room = room_name(refusal.node) if refusal.node else ""
    said = (clean(refusal.words or ""), refusal.condition or "", refusal.stage)
    return Subject(
        folded(" ".join((name, room, server, gate, *said))),
        lambda: {
            "room": (folded(room), folded(refusal.node or "")),
            "name": (folded(name),),
            "jid": (folded(refusal.jid or ""),),
            "server": (folded(server),),
            "claim": (refusal.claims.affiliation if refusal.claims else UNKNOWN,),
        },
    )


def of_ended(ended: EndedRoom, how: str) -> Subject:
    """A room that is over with who was in it; `how` are the words for how it ended."""
    room = room_name(ended.key.node)
    names = tuple(folded(clean(name or "")) for name, _, _ in ended.people)
    said = (how, clean(ended.reason or ""), clean(ended.by or ""), clean(ended.by_module or ""))
    return Subject(
        folded(" ".join((room, ended.key.server, *said, *names))),
        lambda: {
            "room": (folded(room), folded(ended.key.node)),
            "name": names,
            "server": (folded(ended.key.server),),
            # Of the others it is not kept whether they had a token.
            "claim": ("owner",) if any(owner for _, owner, _ in ended.people) else (),
            "is": tuple({affiliation for _, _, affiliation in ended.people}),
        },
    )


def claim_word(person: Occupant) -> str:
    """What a token claims, in a word."""
    return UNKNOWN if person.claimed is None else person.claimed.value


def _addresses(people: Iterable[Occupant]) -> Iterable[str]:
    return (folded(session.jid) for one in people for session in one.sessions)
