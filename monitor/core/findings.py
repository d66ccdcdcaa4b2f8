"""Applies the rules to a room and everybody in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.countdown import Forecast, Outlook, close_policy, forecast
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKind
from monitor.core.rules import persons, rights, rooms, tokens
from monitor.core.rules.rights import applies_claims, fits, settles_at
from monitor.core.rules.rule import SETTLING_S, Rule, Scene, Scope, Severity
from monitor.core.rules.table import BY_ID, ORDER, RULES
from monitor.core.server import MucHost, Server
from monitor.core.spelling import split_tenant

__all__ = [
    "HEALTH_CHECK",
    "RULES",
    "SETTLING_S",
    "Finding",
    "Judgement",
    "Rule",
    "Severity",
    "applies_claims",
    "grade_of",
    "is_health_check",
    "judge",
    "scene_of",
    "settles_at",
]

HEALTH_CHECK = "__jicofo-health-check"
"""How jicofo's own test rooms begin (reference.conf, ``room-name-prefix``)."""


class Finding(msgspec.Struct, frozen=True):
    """A rule that holds, for somebody or for the room as a whole."""

    rule: Rule
    severity: Severity
    oid: int | None = None


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say of a room, worst first, and when to ask again though nothing changed."""

    findings: tuple[Finding, ...] = ()
    forecast: Forecast = Forecast(Outlook.STAYS)
    ask_again_at: float | None = None
    silenced: tuple[Finding, ...] = ()
    """Findings that somebody does not want to hear of for now; `findings` has the others."""

    @property
    def severity(self) -> Severity:
        """The worst of it."""
        return self.findings[0].severity if self.findings else Severity.FINE

    def of(self, oid: int) -> Finding | None:
        """The worst finding about one occupant."""
        return next((finding for finding in self.findings if finding.oid == oid), None)

    def of_room(self, *ids: str) -> Finding | None:
        """The worst finding about the room as a whole, of these rules where any are named."""
        about = (finding for finding in self.findings if finding.oid is None)
        return next((finding for finding in about if not ids or finding.rule.id in ids), None)


def judge(room: Room, host: MucHost, now: float) -> Judgement:
    """Apply every rule to the room and everybody in it; `now` is the server's time."""
    if is_health_check(room.key.node):
        return Judgement()
    scene = scene_of(room, host, now)
    spoken = _spoken(room.kind, scene.applied, tuple(host.grades.items()))
    found: list[Finding] = []
    waits: list[float] = []
    for rule in spoken[Scope.ROOM]:
        if rule.holds_for_room is not None and rule.holds_for_room(scene):
            found.append(Finding(rule, _severity(rule, scene, None)))
    for person in scene.people:
        for scope, is_clear in PERSONAL:
            if is_clear(scene, person):
                continue
            for rule in spoken[scope]:
                if rule.holds is None or not rule.holds(scene, person):
                    continue
                settled = settles_at(person)
                if settled > now and not rule.at_once:
                    waits.append(settled)
                else:
                    found.append(Finding(rule, _severity(rule, scene, person), person.oid))
    found.sort(key=_worst_first)
    waits += (at for at in _turning_points(scene) if at > now)
    return Judgement(tuple(found), scene.forecast, min(waits, default=None))


def grade_of(server: Server, rule: str) -> Severity:
    """How bad a rule about a whole server is there."""
    grades = next((host.grades for host in server.hosts.values()), {})
    return Severity(grades.get(rule, BY_ID[rule].severity))


def is_health_check(node: str) -> bool:
    """Whether a room is one that jicofo makes to test itself."""
    return node.startswith(HEALTH_CHECK)


def scene_of(room: Room, host: MucHost, now: float) -> Scene:
    """What the rules are told of a room; `now` is the server's time."""
    people = room.people()
    home = room.parent if room.kind is RoomKind.BREAKOUT else room.key.node
    tenant, title = split_tenant(home or "")
    return Scene(
        room=room,
        host=host,
        people=people,
        owners=[one for one in people if one.affiliation is Affiliation.OWNER],
        home=home,
        tenant=None if tenant is None else tenant.lower(),
        title=title,
        applied=applies_claims(host),
        policy=close_policy(host),
        forecast=forecast(room, host, now),
        users=_alike(people, _user_id),
        links=_alike(people, _token_id),
        now=now,
    )


def _user_id(person: Occupant) -> str | None:
    user_id = person.claims.user_id if person.claims else None
    return user_id if isinstance(user_id, str) and user_id else None


def _token_id(person: Occupant) -> str | None:
    return person.token_id


def _alike(people: list[Occupant], what: Callable[[Occupant], str | None]) -> Mapping[str | None, list[Occupant]]:
    told = [value for one in people if (value := what(one)) is not None]
    if len(set(told)) == len(told):
        return _NONE_ALIKE
    groups: dict[str | None, list[Occupant]] = {}
    for one in people:
        if (value := what(one)) is not None:
            groups.setdefault(value, []).append(one)
    return {value: some for value, some in groups.items() if len(some) > 1}


_NONE_ALIKE: Mapping[str | None, list[Occupant]] = {}

PERSONAL: tuple[tuple[Scope, Callable[[Scene, Occupant], bool]], ...] = (
    (Scope.RIGHTS, fits),
    (Scope.TOKEN, tokens.is_plain),
    (Scope.PERSON, persons.is_alone),
)
"""What is asked first of everybody: where the answer is yes, no rule of the scope holds."""


@lru_cache(maxsize=64)
def _spoken(kind: RoomKind, applied: bool, grades: tuple[tuple[str, int], ...]) -> Mapping[Scope, tuple[Rule, ...]]:
    """The rules that speak in a kind of room, graded as the configuration says, by scope."""
    regraded = dict(grades)
    rules: dict[Scope, list[Rule]] = {scope: [] for scope in Scope}
    for rule in RULES:
        severity = regraded.get(rule.id)
        if severity is not None:
            rule = msgspec.structs.replace(rule, severity=Severity(severity), graded=None)
        meant = rule.severity > Severity.FINE and (applied or not rule.needs_plugin)
        if meant and (kind is RoomKind.MAIN or rule.everywhere):
            rules[rule.scope].append(rule)
    return {scope: tuple(some) for scope, some in rules.items()}


def _severity(rule: Rule, scene: Scene, person: Occupant | None) -> Severity:
    return rule.severity if rule.graded is None else rule.graded(scene, person)


def _worst_first(finding: Finding) -> tuple[int, bool, int, int]:
    # What ends or holds open the whole room says more in the list than one person's row.
    return (-finding.severity, finding.oid is not None, ORDER[finding.rule.id], finding.oid or 0)


def _turning_points(scene: Scene) -> Iterator[float]:
    asked = [rooms, tokens, persons, *((rights,) if scene.applied else ())]
    return chain.from_iterable(topic.turning_points(scene) for topic in asked)
