"""Gives the people of a scene names of their own and whole tokens, for pictures that people look at.

Where a scene says no more of a token than what it claims, it becomes one that the server of the scenes accepts.
"""

from __future__ import annotations

from typing import Any

from msgspec import structs

from monitor.core.claims import Claims
from monitor.core.events import Event, OccupantChanged, OccupantJoined, RoomSeen
from monitor.core.occupant import Occupant
from monitor.tokens.claims import claims_of

_NAMES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("Anna", "Jonas", "Greta", "Lukas", "Mila", "Emil"), ("Berger", "Scholz", "Krüger", "Weiß", "Lang")),
    (("Élodie", "Hugo", "Chloé", "Rémi", "Inès", "Noé"), ("Moreau", "Lefèvre", "Girard", "Blanc", "Faure")),
    (("Elif", "Deniz", "Zeynep", "Emre", "Ayla", "Can"), ("Yıldız", "Şahin", "Kaya", "Öztürk", "Arslan")),
    (("Zofia", "Jakub", "Agnieszka", "Michał", "Ola", "Piotr"), ("Zając", "Wójcik", "Lis", "Nowak", "Dąbrowska")),
    (("Олена", "Тарас", "Дарина", "Андрій", "Софія", "Богдан"), ("Коваль", "Мельник", "Шевченко", "Бойко", "Лисенко")),
    (("Ελένη", "Νίκος", "Μαρία", "Γιώργος", "Άννα", "Πέτρος"), ("Παππάς", "Λάμπρου", "Δήμου", "Ρήγα", "Σταύρου")),
    (("Lucía", "Mateo", "Inés", "Íñigo", "Noa", "Bruno"), ("Ortega", "Núñez", "Ibarra", "Peña", "Castro")),
    (("Aoife", "Oisín", "Niamh", "Cillian", "Saoirse", "Rory"), ("Byrne", "O'Shea", "Walsh", "Quinn", "Ní Bhriain")),
    (("Linh", "Minh", "Trang", "Khanh", "Mai", "Quân"), ("Lâm", "Đinh", "Ngô", "Hà", "Vu")),
    (("Amara", "Kwame", "Zainab", "Tunde", "Adjoa", "Sefu"), ("Okafor", "Mensah", "Adeyemi", "Diallo", "Mwangi")),
)


def name_of(number: int) -> str:
    """A name; different numbers below 300 have different ones."""
    given, family = _NAMES[number % len(_NAMES)]
    turn = number // len(_NAMES)
    return f"{given[turn % len(given)]} {family[(turn + turn // len(given)) % len(family)]}"


def cast(events: list[Event]) -> list[Event]:
    """The same events with everybody who comes up in them cast."""
    return [_cast(event) for event in events]


def _cast(event: Event) -> Event:
    match event:
        case RoomSeen():
            home = event.parent or event.key.node
            return structs.replace(event, occupants=tuple(_person(one, home) for one in event.occupants))
        case OccupantJoined() | OccupantChanged():
            return structs.replace(event, occupant=_person(event.occupant, event.key.node))
    return event


def _person(one: Occupant, home: str) -> Occupant:
    extra = one.name == "Jane Doe" and one.oid > 1
    name = name_of(one.oid) if extra or (one.name or "").startswith("Person ") else one.name
    return structs.replace(one, name=name, claims=one.claims and _whole(one.claims, one, name, home))


def _whole(claims: Claims, one: Occupant, name: str | None, home: str) -> Claims:
    if claims.payload:
        return claims
    payload: dict[str, Any] = {
        "iss": "jitsi",
        "aud": "jitsi",
        "sub": "meet.example",
        "room": home if claims.room is None else claims.room,
        "iat": int(one.joined_at) - 45,
        "context": {"user": {"id": f"u-{one.oid}", "name": name, "affiliation": claims.affiliation.value}},
    }
    return claims_of(payload if claims.exp is None else {**payload, "exp": int(claims.exp)})
