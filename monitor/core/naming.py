"""What people and rooms are called on the screen."""

from __future__ import annotations

from typing import Any

from monitor.core.occupant import Occupant
from monitor.core.room import EndedRoom, Room, RoomKind, WasThere
from monitor.core.text import Shown, clean, room_name

_ENDINGS = {
    "timer": "closed by its timer",
    "moderator": "ended by a moderator",
    "operator": "ended by an operator",
    "module": "ended by a server module",
    "last_left": "the last one left",
}


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


def module_name(by_module: Any) -> str:
    """A plugin's name as administrators write it, from the name of its file."""
    if not isinstance(by_module, str):
        return ""
    return by_module.rpartition("/")[2].removesuffix(".lua")


def claimed_words(one: WasThere) -> tuple[str, str]:
    """What the token of somebody who was in a room says of owner rights: what is spoken of, and what is so."""
    if one.claims_owner:
        return "token says", "owner"
    if one.has_token is None:
        return "token", "not seen"
    return ("token says", "no owner") if one.has_token else ("no", "token")


def how_words(ended: EndedRoom) -> str:
    """How a room ended, for a sentence."""
    return _ENDINGS.get(ended.how, "nothing says how")
