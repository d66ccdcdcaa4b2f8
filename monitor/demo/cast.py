"""The cast of the demo: names by number, hosts, pupils and strangers."""

from __future__ import annotations

from monitor.demo.people import Visitor

NAMES = 180
"""How many numbers have names of their own."""

_GIVEN = (
    *("Anna", "Ben", "Chiara", "David", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kaya", "Liam", "Mia", "Noah", "Olga", "Paul", "Rosa", "Samir", "Tilda", "Yusuf"),
)
_FAMILY = ("Berg", "Costa", "Dietz", "Ernst", "Frank", "Günther", "Hahn", "Iqbal", "Jansen")


def name_of(number: int) -> str:
    """A name; the same number gives the same one, and different numbers below `NAMES` different ones."""
    return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number % len(_FAMILY)]}"


def host(name: str) -> Visitor:
    """Somebody whose token says owner, and does not expire: they may be in their room for as long as the demo runs."""
    return Visitor(name, "owner", token_s=None)


def passing_host(name: str) -> Visitor:
    """Somebody whose token says owner, and who comes and goes."""
    return Visitor(name, "owner")


def pupil(name: str) -> Visitor:
    """Somebody whose token says member."""
    return Visitor(name)


def pupils(count: int, first: int) -> list[Visitor]:
    """So many members, by name from that number on, with tokens of different length."""
    return [Visitor(name_of(number), token_s=5000 + number * 379 % 5400) for number in range(first, first + count)]


def stranger(name: str) -> Visitor:
    """Somebody without a token."""
    return Visitor(name, None)
