"""Who is in which room by which token: finds a token that is used in several rooms without a look into all of them.

Each coming and going costs a look-up, however many people a server has and however many rooms share one token: where a
token is known in one room alone, that room is all that is kept; of the others, how many people use it in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from monitor.core.naming import full_name
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKey, Spread


class Links:
    """The tokens of everybody connected, by server; a token's id means nothing to another server."""

    def __init__(self, find_room: Callable[[RoomKey], Room | None]) -> None:
        self._find_room = find_room
        self._by: dict[str, dict[str, RoomKey | Spread]] = {}

    def move(self, room: Room, before: Occupant | None, after: Occupant | None) -> Iterable[Room]:
        """Somebody came (`before` is None), left (`after` is) or changed; the rooms that share other tokens now."""
        was, now = _token(before), _token(after)
        if was == now:
            return ()
        touched: list[Room] = []
        if was is not None:
            touched += self._drop(room, was)
        if now is not None and after is not None:
            touched += self._put(room, now, after.joined_at)
        return touched

    def forget(self, room: Room) -> list[Room]:
        """A room is over."""
        return [other for one in room.occupants.values() for other in self.move(room, one, None)]

    def _put(self, room: Room, token: str, joined_at: float) -> Iterator[Room]:
        tokens = self._by.setdefault(room.key.server, {})
        known = tokens.get(token)
        if known is None:
            tokens[token] = room.key
            return
        if not isinstance(known, Spread):
            other = self._find_room(known)
            name = full_name(other) if other is not None else ""
            known = tokens[token] = Spread(people=1, counts={known: 1}, rooms={known: name})
        known.people += 1
        known.counts[room.key] = known.counts.get(room.key, 0) + 1
        known.rooms[room.key] = full_name(room)
        if known.counts[room.key] > 1:
            return
        if len(known.counts) == 2:
            other = self._find_room(next(key for key in known.counts if key != room.key))
            there = other.occupants.values() if other is not None else ()
            earliest = min((one.joined_at for one in there if _token(one) == token), default=joined_at)
            known.since_at = max(joined_at, earliest)
            if other is not None:
                yield _with(other, token, known)
        yield _with(room, token, known)

    def _drop(self, room: Room, token: str) -> Iterator[Room]:
        tokens = self._by.get(room.key.server, {})
        known = tokens.get(token)
        if not isinstance(known, Spread):
            if known == room.key:
                del tokens[token]
            return
        known.people -= 1
        known.counts[room.key] = known.counts.get(room.key, 0) - 1
        if known.counts[room.key] > 0:
            return
        del known.counts[room.key]
        known.rooms.pop(room.key, None)
        yield from _without(room, token)
        if len(known.counts) == 1:
            (last,) = known.counts
            if (other := self._find_room(last)) is not None:
                yield from _without(other, token)
        if not known.counts:
            del tokens[token]


def _token(person: Occupant | None) -> str | None:
    """The token somebody uses who counts; whose connection is lost uses none."""
    return None if person is None or person.exempt or person.is_held else person.token_id


def _with(room: Room, token: str, spread: Spread) -> Room:
    room.shared = {**room.shared, token: spread}
    return room


def _without(room: Room, token: str) -> Iterator[Room]:
    if token in room.shared:
        room.shared = {known: spread for known, spread in room.shared.items() if known != token}
        yield room
