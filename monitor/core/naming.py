"""What people and rooms are called on the screen."""

from __future__ import annotations

from monitor.core.model import Occupant, Room, RoomKind
from monitor.core.text import Shown, clean, room_name


def shown_name(person: Occupant) -> Shown:
    """What to call somebody: the display name, else the token's name, else the nick."""
    claimed = person.claims.name if person.claims else None
    for candidate in (person.name, claimed, person.nick):
        if isinstance(candidate, str) and (name := clean(candidate)):
            return name
    return clean(f"occupant {person.oid}")


def own_name(room: Room) -> Shown:
    """What a room is called beside its main room."""
    if room.kind is RoomKind.LOBBY:
        return clean("lobby")
    return clean(room.title or "") or room_name(room.key.node)


def full_name(room: Room) -> Shown:
    """What a room is called: the main room's name comes first, so that they stand together."""
    if room.kind is RoomKind.MAIN or room.parent is None:
        return room_name(room.key.node)
    return clean(f"{room_name(room.parent)} / {own_name(room)}")
