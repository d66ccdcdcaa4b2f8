"""What was seen of a room the last time it was looked at, and what must have happened since.

Between two looks nobody watches: who came is dated at the look that found them, who is gone at the last look that
did, since the server's close timer may run from then on. People are known by their address, which a change of nick
leaves as it is; they are numbered downwards, so that no number is also one of the companion module's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from monitor.core.affiliation import Change
from monitor.core.countdown import owner_present
from monitor.core.events import (
    AffiliationChanged,
    Event,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomDestroyed,
    RoomSeen,
)
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import EndedRoom, RoomKey, RoomKind, WasThere
from monitor.wire.queries import Seen, exemption


def numbers() -> Callable[[], int]:
    """Gives a number to everybody who is new."""
    counter = itertools.count(1)
    return lambda: -next(counter)


class Sighting:
    """One room as it was last seen. Every `now` is the monitor's time, in seconds since the epoch."""

    def __init__(self, key: RoomKey, kind: RoomKind, number: Callable[[], int], now: float) -> None:
        """The room was listed at `now`, and nobody has looked at it yet."""
        self.key, self._kind, self._number = key, kind, number
        self.people: dict[int, Occupant] = {}
        self._first_seen_at = self.looked_at = now
        self._owner_seen = False
        self._sub = ""

    def lacks(self, seen: Iterable[Seen]) -> bool:
        """Whether somebody who was here last time is not among those seen.

        Who changes roles between the questions for each of them is on none of the lists.
        """
        found = {known.oid for _, known in self._paired(seen) if known is not None}
        return not found >= self.people.keys()

    def take(self, seen: Iterable[Seen], sub: str, now: float, watched: bool) -> list[Event]:
        """Take in who is here now, and return what that says has happened.

        A room that the watch `sub` has not told yet is told whole; where rooms were `watched` already it is a new one,
        and its people came since.
        """
        pairs = self._paired(seen)
        if not pairs:
            # A room that is only kept, or not open yet, or over.
            return self.over(sub, now)
        events: list[Event] = []
        if self._sub != sub:
            self._sub = sub
            people = [] if watched else [self._now(one, known, now, came=False) for one, known in pairs]
            self.people = {one.oid: one for one in people}
            events.append(self._whole(people, now))
            pairs = self._paired([one for one, _ in pairs])
        stay: dict[int, Occupant] = {}
        # Changes and arrivals first: a new owner who is there when the old one goes keeps a timer from starting.
        for one, known in pairs:
            person = self._now(one, known, now, came=True)
            events += self._changes(known, person, now) if known else [OccupantJoined(self.key, sub, now, person)]
            stay[person.oid] = person
        events += [OccupantLeft(self.key, self.looked_at, oid, by=now) for oid in self.people if oid not in stay]
        self.people, self.looked_at = stay, now
        self._owner_seen = self._owner_seen or owner_present(stay.values())
        return events

    def over(self, sub: str, now: float) -> list[Event]:
        """Nobody is there any more: return what there is to tell of that."""
        told, people = self._sub == sub, self.people.values()
        ended = EndedRoom(self.key, now, None, "unknown", None, None, self._first_seen_at, False, _were(people))
        self._sub, self.people, self._owner_seen = "", {}, False
        self._first_seen_at = self.looked_at = now
        return [RoomDestroyed(ended)] if told else []

    def _paired(self, seen: Iterable[Seen]) -> list[tuple[Seen, Occupant | None]]:
        """Everybody who is seen, each once, with who that was last time."""
        # The later answer counts, of two about one nick and of two about one session.
        once = {one.jid or one.nick: one for one in {one.nick: one for one in seen}.values()}.values()
        by_jid = {session.jid: one for one in self.people.values() for session in one.sessions}
        by_nick = {one.nick: one for one in self.people.values()}
        taken = {known.oid for one in once if (known := by_jid.get(one.jid)) is not None}
        pairs: list[tuple[Seen, Occupant | None]] = []
        for one in once:
            known = by_jid.get(one.jid)
            if known is None and (same := by_nick.get(one.nick)) is not None and same.bare_jid == one.bare_jid:
                # Another of their sessions stands for them now, unless the one that did has another nick.
                known = None if same.oid in taken else same
            pairs.append((one, known))
        return pairs

    def _whole(self, people: Sequence[Occupant], now: float) -> RoomSeen:
        focus = any(one.nick == "focus" and one.exempt is Exempt.ADMIN for one in people)
        owner = self._owner_seen or owner_present(people)
        return RoomSeen(
            self.key,
            self._sub,
            self._kind,
            None,
            self._first_seen_at,
            None,
            focus,
            tuple(people),
            owner_seen=owner,
            at=now,
        )

    def _now(self, seen: Seen, known: Occupant | None, now: float, came: bool) -> Occupant:
        """Who this is now; of somebody who is not known, `came` tells whether they were not there at the last look."""
        change = known.change if known else None
        if known is not None and known.affiliation is not seen.affiliation:
            change = Change(now, known.affiliation, seen.affiliation)
        return Occupant(
            oid=known.oid if known else self._number(),
            nick=seen.nick,
            name=None,
            sessions=(Session(seen.jid),) if seen.jid else (),
            role=seen.role,
            affiliation=seen.affiliation,
            joined_at=known.joined_at if known else now,
            joined_exactly=known.joined_exactly if known else came,
            exempt=exemption(seen.bare_jid, seen.affiliation),
            change=change,
        )

    def _changes(self, known: Occupant, person: Occupant, now: float) -> Iterator[Event]:
        if person.nick != known.nick:
            yield OccupantRenamed(self.key, self.looked_at, known.oid, person.nick)
        if person.change is not None and person.change is not known.change:
            yield AffiliationChanged(self.key, known.oid, person.bare_jid, person.change)
        if replace(person, nick=known.nick, affiliation=known.affiliation, change=known.change) != known:
            yield OccupantChanged(self.key, now, person)


def _were(people: Iterable[Occupant]) -> tuple[WasThere, ...]:
    return tuple(WasThere(one.called, False, one.affiliation) for one in people if not one.exempt)
