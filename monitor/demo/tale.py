"""How a room's part of the story is written down: steps at so many seconds, a course that repeats for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from monitor.demo.people import JICOFO, OPERATOR, Visitor
from monitor.demo.player import Cue
from monitor.demo.world import World

Verb = Callable[[World, str], None]
"""Something that happens in the room of that node."""
Steps = list[tuple[float, Verb]]
"""What happens when, in seconds."""


class Tale(msgspec.Struct, frozen=True):
    """What happens in one room: how it comes to be, and then a course that leaves it as it found it."""

    node: str
    opening: Steps
    """Played once, or, where the room ends in the course, before each course."""
    course: Steps
    period_s: float
    begins_s: float = 0.0
    """How far the course has come when somebody begins to watch."""
    aged_s: float = 0.0
    """By how much the first opening lies further back than its steps say."""
    ends: bool = False

    def cues(self, start: float) -> Iterator[Cue]:
        """Everything that happens, without end; somebody begins to watch at `start`."""
        zero = start - self.begins_s
        yield from self._dated(self.opening, zero - self.aged_s)
        while True:
            yield from self._dated(self.course, zero)
            zero += self.period_s
            if self.ends:
                yield from self._dated(self.opening, zero)

    def _dated(self, steps: Steps, zero: float) -> Iterator[Cue]:
        for second, verb in sorted(steps, key=lambda step: step[0]):
            yield Cue(zero + second, _in(verb, self.node))


def _in(verb: Verb, node: str) -> Callable[[World], None]:
    return lambda world: verb(world, node)


def opens(closes: bool = True, exactly: bool = True) -> Verb:
    """Jicofo comes into a new room; see `World.open`."""
    return lambda world, node: world.open(node, closes, exactly)


def joins(visitor: Visitor) -> Verb:
    """Somebody comes in."""
    return lambda world, node: world.join(node, visitor)


def leaves(name: str) -> Verb:
    """Somebody goes."""
    return lambda world, node: world.leave(node, name)


def loses(name: str) -> Verb:
    """Somebody's connection breaks."""
    return lambda world, node: world.lose(node, name)


def resumes(name: str) -> Verb:
    """Somebody's connection is back."""
    return lambda world, node: world.resume(node, name)


def takes_nick(name: str, nick: str) -> Verb:
    """Somebody takes another nick."""
    return lambda world, node: world.rename(node, name, nick)


def is_kicked(name: str, by: str) -> Verb:
    """Somebody is removed by another."""
    return lambda world, node: world.kick(node, name, by)


def is_granted(name: str, affiliation: str, by: str) -> Verb:
    """Somebody's affiliation is changed by another who is here."""
    return lambda world, node: world.grant(node, name, affiliation, by)


def is_promoted_by_jicofo(name: str) -> Verb:
    """Jicofo makes somebody owner."""
    return lambda world, node: world.set_affiliation(node, name, "owner", JICOFO)


def is_set_right(name: str, affiliation: str) -> Verb:
    """An operator gives somebody the affiliation they should have."""
    return lambda world, node: world.set_affiliation(node, name, affiliation, OPERATOR)


def has_role(name: str, role: str) -> Verb:
    """Somebody's role is changed, and their affiliation is not."""
    return lambda world, node: world.set_role(node, name, role)


def jicofo_leaves() -> Verb:
    """Jicofo drops out of a room where people are."""
    return lambda world, node: world.leave(node, "focus", "lost", ["333"])


def jicofo_returns() -> Verb:
    """Jicofo comes into the room again."""
    return lambda world, node: world.join_focus(node)


def is_refused(visitor: Visitor, gate: str, words: str | None = None) -> Verb:
    """Somebody is turned away at the door."""
    return lambda world, node: world.refuse(node, visitor, gate, words)


def arrivals(visitors: Iterable[Visitor], first_s: float = 1.0, gap_s: float = 1.0, promoted: bool = False) -> Steps:
    """People come in one after the other; `promoted` where jicofo makes each an owner."""
    steps: Steps = []
    for place, visitor in enumerate(visitors):
        # Nobody comes by the clock.
        at = first_s + (place + 0.6 * (place * 0.377 % 1)) * gap_s
        steps.append((at, joins(visitor)))
        if promoted:
            steps.append((at + 0.18 + place % 5 * 0.011, is_promoted_by_jicofo(visitor.name)))
    return steps


def reloads(
    visitors: Iterable[Visitor], first_s: float, gap_s: float, away_s: float = 4.0, promoted: bool = False
) -> Steps:
    """One after the other, people leave and come again, as when a page is loaded anew."""
    steps: Steps = []
    for place, visitor in enumerate(visitors):
        at = first_s + place * gap_s
        steps.append((at, leaves(visitor.name)))
        steps += arrivals([visitor], at + away_s, promoted=promoted)
    return steps
