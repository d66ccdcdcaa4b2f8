"""What holds in several rooms of a server has one cause, and is said once: of how many people, in how many rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core.rules.rule import Rule, Scope
from monitor.core.rules.table import ORDER

SEVERAL_ROOMS, SEVERAL_PEOPLE = 2, 3


def patterns(counts: Iterable[Iterable[tuple[Rule, int]]], rooms: int) -> Iterator[tuple[Rule, str]]:
    """The rules with a pattern, in the table's order, each with a sentence.

    `counts` has the findings of each room by rule; `rooms` is how many rooms there are.
    """
    found: dict[str, tuple[Rule, int, int]] = {}
    for room in counts:
        for rule, number in room:
            _, people, several = found.get(rule.id, (rule, 0, 0))
            found[rule.id] = (rule, people + number, several + 1)
    for rule, people, several in sorted(found.values(), key=lambda one: ORDER[one[0].id]):
        if not rule.many or several < SEVERAL_ROOMS:
            continue
        if rule.scope is Scope.ROOM:
            yield rule, f"{several:,} of {rooms:,} rooms {rule.many}"
        elif people >= SEVERAL_PEOPLE:
            yield rule, f"{people:,} people in {several:,} rooms {rule.many}"
