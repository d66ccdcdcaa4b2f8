"""Which rooms belong to which: a main room, its lobby, its breakout rooms, and who went from one to the other.

A lobby room has the name of its main room. A main room lists its breakout rooms; the companion module tells which.
Somebody who goes into a breakout room leaves the main room, and counts as gone there.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.naming import own_name
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKind
from monitor.core.store import Store
from monitor.core.text import Shown


class Elsewhere(msgspec.Struct, frozen=True):
    """An owner of a main room who is in one of its breakout rooms."""

    person: Occupant
    title: Shown
    """What that room is called."""


def main_node(room: Room) -> str:
    """The room whose name a token has to bear: for breakout rooms and lobbies that of their main room."""
    return room.parent or room.key.node


def belongs(store: Store, main: Room, kind: RoomKind) -> Iterator[Room]:
    """The breakout rooms of a main room, or its lobby."""
    if main.kind is not RoomKind.MAIN:
        return
    for host in store.servers[main.key.server].hosts.values():
        parent = host.facts.get("main_muc")
        if host.kind is not kind or parent not in (None, main.key.host):
            continue
        for room in host.rooms.values():
            if room.parent == main.key.node:
                yield room


def owners_elsewhere(store: Store, main: Room) -> tuple[Elsewhere, ...]:
    """Who owns the room, by token or in fact, and is in one of its breakout rooms instead; by token first."""
    found = [
        Elsewhere(person, own_name(room))
        for room in belongs(store, main, RoomKind.BREAKOUT)
        for person in room.people()
        if Affiliation.OWNER in (person.claimed, person.affiliation)
    ]
    return tuple(sorted(found, key=lambda one: one.person.claimed is not Affiliation.OWNER))


def waiting(store: Store, main: Room) -> int:
    """How many people wait in the room's lobby."""
    return sum(len(room.people()) for room in belongs(store, main, RoomKind.LOBBY))
