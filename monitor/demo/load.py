"""The load generator: many rooms with many people, and so many joins and leaves per second, evenly spread."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from monitor.demo.cast import NAMES, name_of
from monitor.demo.people import Visitor
from monitor.demo.player import Act, Cue
from monitor.demo.world import World

_FULL_BEFORE_S = 600.0


def load(rooms: int, people: int, rate: float, start: float, seed: int = 1) -> Iterator[Cue]:
    """Fill `rooms` rooms with `people` each before `start`, and from then on have `rate` leave or join per second.

    Everybody who leaves is back with the next cue, so the numbers hold. The first in each room owns it and stays.
    """
    began = start - _FULL_BEFORE_S
    for number in range(rooms):
        yield Cue(began + number / max(rooms, 1), _filling(_node(number), people))
    if rate <= 0 or rooms == 0 or people < 2:
        return
    dice = random.Random(seed)
    for turn in itertools.count():
        node, person = _node(dice.randrange(rooms)), _visitor(dice.randrange(1, people))
        yield Cue(start + (2 * turn + 1) / rate, _leaving(node, person.name))
        yield Cue(start + (2 * turn + 2) / rate, _joining(node, person))


def _node(number: int) -> str:
    return f"load-{number + 1:04}"


def _visitor(place: int) -> Visitor:
    name = name_of(place % NAMES)
    again = place // NAMES
    return Visitor(f"{name} {again + 1}" if again else name, "member" if place else "owner")


def _filling(node: str, people: int) -> Act:
    def fill(world: World) -> None:
        world.open(node)
        for place in range(people):
            world.join(node, _visitor(place))

    return fill


def _leaving(node: str, name: str) -> Act:
    return lambda world: world.leave(node, name)


def _joining(node: str, visitor: Visitor) -> Act:
    return lambda world: world.join(node, visitor)
