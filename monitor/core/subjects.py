"""What a filter may ask of a room, of a person, of somebody turned away, of a room that is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.core.filtering import SEVERITIES, UNKNOWN, Subject, folded
from monitor.core.findings import Finding, Severity
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow
from monitor.core.room import EndedRoom, Room
from monitor.core.server import Refusal
from monitor.core.text import clean, room_name

ROOM_FIELDS = ("room", "name", "jid", "server", "claim", "is", "finding", "sev")
DOOR_FIELDS = ("room", "name", "jid", "server", "claim")
ENDED_FIELDS = ("room", "name", "server", "claim", "is")


def of_room(row: RoomRow, room: Room) -> Subject:
    """A room with everybody in it; plain words are looked for in its name, state, server and people."""
    return Subject(lambda: _room_text(row, room), lambda field: _room_values(field, row, room))


def of_person(person: Occupant, name: str, row: RoomRow, findings: Sequence[Finding]) -> Subject:
    """Somebody in a room with what they are called and the findings about them."""
    return Subject(
        lambda: _person_text(person, name, row, findings),
        lambda field: _person_values(field, person, name, row, findings),
    )


def of_refusal(refusal: Refusal, server: str, name: str, gate: str) -> Subject:
    """Somebody who was turned away; `name` is what they are called and `gate` the gate's words."""
    room = room_name(refusal.node) if refusal.node else ""
    said = (clean(refusal.words or ""), refusal.condition or "", refusal.stage)
    fields = {
        "room": (folded(room), folded(refusal.node or "")),
        "name": (folded(name),),
        "jid": (folded(refusal.jid or ""),),
        "server": (folded(server),),
        "claim": (refusal.claims.affiliation if refusal.claims else UNKNOWN,),
    }
    return Subject(lambda: folded(" ".join((name, room, server, gate, *said))), lambda field: fields.get(field, ()))


def of_ended(ended: EndedRoom, how: str) -> Subject:
    """A room that is over with who was in it; `how` are the words for how it ended."""
    room = room_name(ended.key.node)
    names = tuple(folded(clean(name or "")) for name, *_ in ended.people)
    said = (how, clean(ended.reason or ""), clean(ended.by or ""), clean(ended.by_module or ""))
    fields = {
        "room": (folded(room), folded(ended.key.node)),
        "name": names,
        "server": (folded(ended.key.server),),
        # Of the others it is not kept whether they had a token.
        "claim": ("owner",) if any(one.claims_owner for one in ended.people) else (),
        "is": tuple({one.affiliation for one in ended.people}),
    }
    return Subject(
        lambda: folded(" ".join((room, ended.key.server, *said, *names))), lambda field: fields.get(field, ())
    )


def claim_word(person: Occupant) -> str:
    """What a token claims, in a word."""
    return person.claimed or UNKNOWN


def place_values(field: str, row: RoomRow) -> Iterable[str]:
    """Where something is."""
    return (folded(row.name), folded(row.key.node)) if field == "room" else (folded(row.key.server),)


def _room_text(row: RoomRow, room: Room) -> str:
    names = [shown_name(one) for one in room.occupants.values()]
    return folded(" ".join((row.name, row.key.server, row.state, *names)))


def _room_values(field: str, row: RoomRow, room: Room) -> Iterable[str]:
    people = room.occupants.values()
    match field:
        case "room" | "server":
            return place_values(field, row)
        case "name":
            return (folded(shown_name(one)) for one in people)
        case "jid":
            return (folded(session.jid) for one in people for session in one.sessions)
        case "claim":
            return (claim_word(one) for one in people if not one.exempt)
        case "is":
            return (word for one in people if not one.exempt for word in (one.affiliation, one.role))
        case "finding":
            return (finding.rule.id.lower() for finding in row.judgement.findings)
        case "sev":
            return (SEVERITIES[row.severity],)
    return ()


def _person_text(person: Occupant, name: str, row: RoomRow, findings: Sequence[Finding]) -> str:
    # There are thousands, and a word is looked for in all of them with every key.
    words = (name, row.name, row.key.server, claim_word(person), person.affiliation, person.role)
    states = [finding.rule.name for finding in findings]
    return " ".join((*words, *states)).casefold()


def _person_values(field: str, person: Occupant, name: str, row: RoomRow, findings: Sequence[Finding]) -> Iterable[str]:
    match field:
        case "room" | "server":
            return place_values(field, row)
        case "name":
            return (folded(name),)
        case "jid":
            return (folded(session.jid) for session in person.sessions)
        case "claim":
            return () if person.exempt else (claim_word(person),)
        case "is":
            return (person.affiliation, person.role)
        case "finding":
            return (finding.rule.id.lower() for finding in findings)
        case "sev":
            worst = max((finding.severity for finding in findings), default=Severity.FINE)
            return (SEVERITIES[worst],)
    return ()
