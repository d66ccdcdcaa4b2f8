"""Tales of small faults: what issuers write amiss, roles that do not fit, one link in two rooms, no jicofo."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from monitor.demo.cast import host, passing_host, pupils
from monitor.demo.people import Visitor
from monitor.demo.tale import (
    Tale,
    arrivals,
    has_role,
    jicofo_leaves,
    jicofo_returns,
    joins,
    leaves,
    opens,
    reloads,
)

HEAD = Visitor("Schulleitung", "owner", room="*", token_s=None, link="schulleitung")
"""Somebody whose one link opens every room, and who is in two of them now and then."""


def oddities() -> list[Tale]:
    """Every tale of this kind, in no order."""
    return [features(), tenants(), roles(), two_devices(), no_focus(), one_link()]


def features() -> Tale:
    """An issuer that has its own idea of a token: features, empty values, capitals, a room for everybody."""
    owner = _saying(host("Noemi Castelli"), context={"features": {"livestreaming": True, "transcription": True}})
    players = [
        _saying(Visitor("Piotr Zając", token_s=None), context={"features": {"recordings": True, "recording": True}}),
        _saying(Visitor("Aoife Byrne", token_s=None), user={"avatar": None}),
        Visitor("Zeynep Arslan", room="Musikschule", token_s=None),
        Visitor("Tove Nyström", room="*", token_s=None),
    ]
    others = pupils(3, 5)
    opening = [(0.0, opens()), *arrivals([owner, *players, *others])]
    return Tale("musikschule", opening, reloads(others, 18, 60), 210, aged_s=2900)


def tenants() -> Tale:
    """One after the other comes with a token for another tenant, one that contradicts itself, one from a fast clock."""

    def of(tenant: str, visitor: Visitor, **payload: Any) -> Visitor:
        return _saying(replace(visitor, room="planung"), context={"tenant": tenant}, **payload)

    chair = of("nord", host("Siobhán Kelly"))
    team = [of("nord", one) for one in pupils(4, 11)]
    other, torn = of("sued", Visitor("Matteo Ricci")), of("nord", Visitor("Agnieszka Lis"), moderator=True)
    early = replace(of("nord", Visitor("Kwame Mensah")), ahead_s=38.0)
    opening = [(0.0, opens()), *arrivals([chair, *team])]
    course = [
        (10.0, joins(other)),
        (80.0, leaves(other.name)),
        (100.0, joins(torn)),
        (160.0, leaves(torn.name)),
        (190.0, joins(early)),
        (250.0, leaves(early.name)),
        *reloads(team, 85, 48),
    ]
    return Tale("[nord]planung", opening, course, 300, begins_s=16, aged_s=1500)


def roles() -> Tale:
    """The only owner's token runs out soon; a member moderates for a visit; a deputy owner acts as participant."""
    chair, deputy = Visitor("Ruth Amsel", "owner", token_s=430), passing_host("Tuomas Virtanen")
    team = _for_long(pupils(5, 20))
    opening = [(0.0, opens()), *arrivals([chair, *team])]
    course = [
        (5.0, joins(deputy)),
        (9.0, leaves(chair.name)),
        (12.0, joins(chair)),
        (16.0, leaves(deputy.name)),
        (150.0, has_role(team[0].name, "moderator")),
        (205.0, has_role(team[0].name, "participant")),
        (240.0, joins(deputy)),
        (241.0, has_role(deputy.name, "participant")),
        (295.0, leaves(deputy.name)),
    ]
    return Tale("betriebsrat", opening, course, 330, begins_s=40, aged_s=60)


def two_devices() -> Tale:
    """A pupil is there on the laptop and on the phone for a while."""
    teacher, class_5 = host("Mr. Adebayo"), _for_long(pupils(9, 50))
    phone = Visitor(f"{class_5[3].name} (Handy)", user=class_5[3].name)
    opening = [(0.0, opens()), *arrivals([teacher, *class_5])]
    course = [(20.0, joins(phone)), (190.0, leaves(phone.name)), *reloads(class_5[4:], 30, 33)]
    return Tale("erdkunde-5", opening, course, 260, begins_s=0, aged_s=1100)


def no_focus() -> Tale:
    """Jicofo drops out of a room and is back a little later."""
    reader, others = host("Ilse Krüger"), pupils(5, 33)
    opening = [(0.0, opens()), *arrivals([reader, *others])]
    course = [(150.0, jicofo_leaves()), (178.0, jicofo_returns()), *reloads(others, 200, 18)]
    return Tale("lesekreis", opening, course, 410, begins_s=60, aged_s=900)


def one_link() -> Tale:
    """The head of the school looks into a second room by the link they are in another one with."""
    leader, team = host("Bohdan Kovalenko"), pupils(3, 165)
    opening = [(0.0, opens()), *arrivals([leader, *team])]
    course = [(20.0, joins(HEAD)), (150.0, leaves(HEAD.name)), *reloads(team, 160, 20)]
    return Tale("jour-fixe", opening, course, 240, begins_s=45, aged_s=1250)


def _for_long(visitors: list[Visitor]) -> list[Visitor]:
    """The same with tokens that do not expire, since they stay."""
    return [replace(one, token_s=None) for one in visitors]


def _saying(visitor: Visitor, context: dict[str, Any] | None = None, user: Any = None, **payload: Any) -> Visitor:
    """The same with more in their token."""
    says = {**payload, "context": {**(context or {}), "user": user or {}}}
    return replace(visitor, says=says)
