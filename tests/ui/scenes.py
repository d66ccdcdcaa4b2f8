"""Stores for the tests of the screen and for looking at it, filled through events alone, at a fixed time."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from monitor.core.affiliation import ActorKind, Affiliation, Change, Role
from monitor.core.claims import Claims
from monitor.core.events import (
    AffiliationChanged,
    BatchHeard,
    ClosingChanged,
    Event,
    FactsLearned,
    FeedChanged,
    HistoryTold,
    JoinRefused,
    LinkChanged,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    OccupantRenamed,
    RoomDestroyed,
    RoomSeen,
    SnapshotEnded,
)
from monitor.core.history import Entry
from monitor.core.occupant import Exempt, Occupant, Session
from monitor.core.room import EndedRoom, OwnerGone, RoomKey, RoomKind, Timer, WasThere
from monitor.core.server import FeedState, LinkState, Refusal, Vantage
from monitor.core.store import Store
from monitor.tokens.claims import claims_of

NOW = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC, the server's and the monitor's time in every scene."""

SERVER = "meet"
HOST = "conference.meet.example"
FOCUS = "focus@auth.meet.example"

OWNER, MEMBER, NONE = Affiliation.OWNER, Affiliation.MEMBER, Affiliation.NONE


class Clock:
    """A clock that stands still until told otherwise."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def key(node: str, server: str = SERVER) -> RoomKey:
    """A room's key."""
    return RoomKey(server, HOST, node)


def person(
    oid: int,
    name: str,
    claimed: Affiliation | None = MEMBER,
    affiliation: Affiliation = MEMBER,
    *,
    ago_s: float = 600.0,
    exp: Any = NOW + 41 * 60 + 30,
    **other: Any,
) -> Occupant:
    """Somebody with a token that claims `claimed`; without a token where that is none."""
    tokenless = claimed in (NONE, None)
    fields: dict[str, Any] = {
        "oid": oid,
        "nick": f"n{oid}",
        "name": name,
        "sessions": (Session(f"u{oid}@meet.example/web"),),
        "role": Role.MODERATOR if affiliation in (OWNER, Affiliation.ADMIN) else Role.PARTICIPANT,
        "affiliation": affiliation,
        "joined_at": NOW - ago_s,
        "has_token": None if claimed is None else not tokenless,
        "claims": None if tokenless or claimed is None else Claims(claimed, exp=exp),
    }
    return Occupant(**{**fields, **other})


def applied(at: float, now: Affiliation) -> Change:
    """The change by which a plugin applies a token's claim."""
    return Change(at, NONE, now, None, ActorKind.MODULE, "mod_token_affiliation.lua")


def promoted(at: float) -> Change:
    """The change by which jicofo makes a member owner."""
    return Change(at, MEMBER, OWNER, f"{FOCUS}/focus", ActorKind.JICOFO)


def set_right(at: float) -> Change:
    """The change by which an operator takes back what jicofo gave a member."""
    return Change(at, OWNER, MEMBER, "admin@auth.meet.example/shell", ActorKind.OPERATOR)


def jane(oid: int = 1, ago_s: float = 2500.0) -> Occupant:
    """A member by token whom jicofo made owner: rule F1."""
    return person(oid, "Jane Doe", MEMBER, OWNER, ago_s=ago_s, change=promoted(NOW - ago_s + 0.2))


def focus(oid: int = 900) -> Occupant:
    """Jicofo in the room."""
    return person(
        oid,
        "",
        NONE,
        OWNER,
        nick="focus",
        exempt=Exempt.ADMIN,
        sessions=(Session(f"{FOCUS}/focus"),),
        ago_s=2520,
    )


def fine(oid: int, name: str, claimed: Affiliation = MEMBER) -> Occupant:
    """Somebody whose token's claim was applied on joining."""
    return person(oid, name, claimed, claimed, change=None if claimed is NONE else applied(NOW - 600, claimed))


def lost_owner(in_s: float, oid: int = 50) -> Occupant:
    """An owner whose connection is lost, and who counts as gone in so many seconds."""
    owner = fine(oid, "John Doe", OWNER)
    return structs.replace(owner, sessions=(Session("john@meet.example/web", NOW + in_s),))


def seen(
    node: str,
    *occupants: Occupant,
    open_s: float | None = 900,
    server: str = SERVER,
    kind: RoomKind = RoomKind.MAIN,
    **closing: Any,
) -> RoomSeen:
    """A room with these people; `open_s` None where it was there before the module looked."""
    return RoomSeen(
        key(node, server),
        "s1",
        kind,
        None,
        NOW - (open_s or 300),
        None if open_s is None else NOW - open_s,
        True,
        occupants,
        **closing,
    )


def timer(in_s: float, timeout_s: float = 60.0, cause: str = "Frau Keller") -> Timer:
    """A close timer that fires in so many seconds, or was missed."""
    return Timer(NOW + in_s - timeout_s, NOW + in_s, cause, missed=in_s <= -1)


def connected(
    server: str = SERVER, plugin: bool = True, party: bool = False, loaded: bool = True, timeout_s: float = 60
) -> list[Event]:
    """A server that is up and feeds, its rooms not named yet; with `party` it closes rooms without an owner."""
    modules = ["muc", *(["token_affiliation"] if plugin else []), *(["token_owner_party"] if party and loaded else [])]
    facts: dict[str, Any] = {"modules": modules}
    if party:
        facts |= {"modules_enabled": [*modules, "token_owner_party"], "options": {"party_check_timeout": timeout_s}}
    return [
        LinkChanged(server, LinkState.UP, NOW - 60),
        FactsLearned(server, HOST, RoomKind.MAIN, facts),
        FeedChanged(server, HOST, FeedState.LIVE, NOW - 59),
        BatchHeard(server, HOST, NOW - 0.2, NOW - 0.2),
    ]


def ended(server: str = SERVER) -> SnapshotEnded:
    """The end of the snapshot."""
    return SnapshotEnded(server, HOST, "s1")


def crowd(first: int, count: int, owners: int = 1) -> list[Occupant]:
    """So many people of whom nothing is wrong."""
    return [fine(first + at, f"Person {first + at}", OWNER if at < owners else MEMBER) for at in range(count)]


def overview_events() -> list[Event]:
    """The picture of the design: a few faulty rooms, the rest fine."""
    guest = person(21, "Ein Gast", NONE, OWNER)
    host = person(31, "Frau Müller", OWNER, MEMBER, exp=None)
    late = person(42, "Old Token", MEMBER, MEMBER, exp=NOW - 190)
    grant = person(
        43,
        "Promoted Pete",
        MEMBER,
        OWNER,
        change=Change(NOW - 60, MEMBER, OWNER, "u41@meet.example/web", ActorKind.PERSON),
    )
    tom = structs.replace(fine(2, "Tom Ford"), change=set_right(NOW - 560))
    nocheintest = [jane(), tom, fine(3, "Guest 7", NONE), focus()]
    return [
        *connected(),
        seen("nocheintest", *nocheintest, open_s=2520),
        seen("chemie-9", guest, *crowd(200, 10), focus(901), open_s=1080),
        seen("board-2031", host, *crowd(300, 5, 0), open_s=4080),
        seen("maths-7b", *(jane(oid, 700) for oid in range(400, 424)), open_s=720),
        seen("geschichte-10a", *crowd(500, 19), open_s=1860),
        seen("b%c3%bcro", fine(41, "Chef", OWNER), late, grant, open_s=540),
        seen("retro", *crowd(600, 6), open_s=480),
        seen("physik-8c", *crowd(700, 28, 2), open_s=1620),
        seen("日本語の部屋", *crowd(800, 17), open_s=960),
        seen("elternabend", *crowd(1000, 41, 3), open_s=3300),
        seen("sprechstunde-mueller", *crowd(1100, 2), open_s=None),
        seen("__jicofo-health-check-1", focus(1200), open_s=5),
        ended(),
    ]


def happened(node: str, *occupants: Occupant) -> list[Event]:
    """These people came into a room one after the other, as their `joined_at` says."""
    return [OccupantJoined(key(node), "s1", one.joined_at, one) for one in occupants]


def granted(node: str, someone: Occupant, change: Change) -> list[Event]:
    """Somebody's affiliation is changed, and with it their role, of which a server tells with a record of its own."""
    role = Role.MODERATOR if change.now is OWNER else Role.PARTICIPANT
    after = structs.replace(someone, affiliation=change.now, role=role, change=change)
    address = someone.bare_jid
    return [AffiliationChanged(key(node), someone.oid, address, change), OccupantChanged(key(node), change.at, after)]


def held_open_events(node: str = "nocheintest") -> list[Event]:
    """The seed of all this: John, the host, leaves, and the room stays because jicofo made Jane its owner.

    It made Tom one, too, and an operator has seen to that.
    """
    began = NOW - 2520
    john = person(5, "John Doe", OWNER, OWNER, joined_at=began + 2, change=applied(began + 1.9, OWNER))
    member = person(1, "Jane Doe", MEMBER, MEMBER, joined_at=began + 3.1)
    tom, guest = fine(2, "Tom Ford"), person(3, "Guest 7", NONE, NONE, joined_at=NOW - 300)
    tom = structs.replace(tom, joined_at=NOW - 600, change=applied(NOW - 600, MEMBER))
    gone_at = NOW - 19 * 60 - 12.2
    change = Change(began + 3.3, MEMBER, OWNER, f"{FOCUS}/focus", ActorKind.JICOFO)
    return [
        *happened(node, structs.replace(focus(), joined_at=began), john, member),
        *granted(node, member, change),
        OccupantLeft(key(node), gone_at, 5, ("333",), why="lost"),
        ClosingChanged(key(node), gone_at, (), OwnerGone(gone_at, 5, "John Doe", "lost"), True),
        *happened(node, tom),
        *granted(node, tom, promoted(NOW - 599.8)),
        *granted(node, tom, set_right(NOW - 560)),
        *happened(node, guest),
        OccupantRenamed(key(node), NOW - 120, 2, "tom"),
    ]


def calm_rooms() -> list[Event]:
    """Rooms of which nothing is wrong."""
    return [
        seen("retro", *crowd(600, 6), open_s=480),
        seen("physik-8c", *crowd(700, 28, 2), open_s=1620),
        seen("日本語の部屋", *crowd(800, 17), open_s=960),
        seen("elternabend", *crowd(1000, 41, 3), open_s=3300),
        seen("sprechstunde-mueller", *crowd(1100, 2), open_s=None),
    ]


def closing_events() -> list[Event]:
    """Rooms without an owner, each with another outlook."""
    chemie = [
        fine(201, "Ayşe Yılmaz", OWNER),
        *(structs.replace(one, joined_at=NOW - 500) for one in crowd(202, 4, 0)),
    ]
    left_at = NOW - 22.6
    first = Timer(left_at, left_at + 60, "Ayşe Yılmaz")
    return [
        *connected(party=True),
        *happened("chemie-9", *chemie),
        OccupantLeft(key("chemie-9"), left_at, 201, why="left"),
        ClosingChanged(key("chemie-9"), left_at, (first,), OwnerGone(left_at, 201, "Ayşe Yılmaz", "left"), True),
        seen("geschichte-10a", *crowd(500, 19, 0), open_s=1860, armed=(timer(291, 300),), owner_seen=True),
        seen("tagung", *crowd(540, 12, 0), open_s=7200, armed=(timer(5530, 7200),), owner_seen=True),
        seen("standup", *crowd(560, 9), open_s=180, armed=(timer(39.4),), owner_seen=True),
        seen("b%c3%bcro", *crowd(570, 2, 0), open_s=540, owner_seen=True),
        seen("nachtschicht", *crowd(580, 3, 0), open_s=None),
        *calm_rooms(),
        ended(),
    ]


BREAKOUT, LOBBY = "breakout.meet.example", "lobby.meet.example"


def beside(host: str, node: str, kind: RoomKind, *occupants: Occupant, title: str | None = None) -> RoomSeen:
    """A breakout room or a lobby of the main room chemie-9."""
    return RoomSeen(RoomKey(SERVER, host, node), "s1", kind, "chemie-9", NOW - 500, NOW - 500, False, occupants, title)


def school_events() -> list[Event]:
    """A teacher in a breakout room, people who wait, a class that dropped out together, a room without jicofo."""
    teacher = fine(201, "Ayşe Yılmaz", OWNER)
    left_at = NOW - 22.6
    first = Timer(left_at, left_at + 60, "Ayşe Yılmaz")
    class_10 = crowd(300, 14, 1)
    drops = [
        OccupantChanged(
            key("geschichte-10a"),
            NOW - 40 + at * 0.3,
            structs.replace(one, sessions=(Session(one.sessions[0].jid, NOW + 21 + at * 0.3),)),
        )
        for at, one in enumerate(class_10[1:9])
    ]
    siblings: list[Event] = [
        event
        for host, kind in ((BREAKOUT, RoomKind.BREAKOUT), (LOBBY, RoomKind.LOBBY))
        for event in (
            FactsLearned(SERVER, host, kind, {"main_muc": HOST}),
            FeedChanged(SERVER, host, FeedState.LIVE, NOW - 59),
            BatchHeard(SERVER, host, NOW - 0.2, NOW - 0.2),
            SnapshotEnded(SERVER, host, "s1"),
        )
    ]
    return [
        *connected(party=True),
        *siblings,
        *happened("chemie-9", focus(), teacher, *crowd(202, 4, 0)),
        OccupantLeft(key("chemie-9"), left_at, 201, why="switched"),
        ClosingChanged(key("chemie-9"), left_at, (first,), OwnerGone(left_at, 201, "Ayşe Yılmaz", "switched"), True),
        beside(BREAKOUT, "6d0f6cf1-0b5c", RoomKind.BREAKOUT, structs.replace(teacher, oid=1), title="Gruppe 2"),
        beside(BREAKOUT, "77c1b0aa-31f2", RoomKind.BREAKOUT, *crowd(400, 3, 0), title="Gruppe 1"),
        beside(LOBBY, "chemie-9", RoomKind.LOBBY, fine(1, "Tom Ford"), fine(2, "Jane Doe"), fine(3, "Ein Gast", NONE)),
        seen("geschichte-10a", *class_10, open_s=1860),
        *drops,
        *happened("verlassen", focus(901), *crowd(330, 4, 1)),
        OccupantLeft(key("verlassen"), NOW - 130, 901, why="lost"),
        *calm_rooms(),
        ended(),
    ]


def closes_too(node: str = "chemie-9", in_s: float = 36.4) -> list[Event]:
    """One room whose deadline is so far off, on a server that closes rooms."""
    return [*connected(party=True), seen(node, *crowd(1, 3, 0), armed=(timer(in_s),), owner_seen=True), ended()]


def overdue_events() -> list[Event]:
    """A server whose close plugin is configured and does not run."""
    return [
        *connected(party=True, loaded=False),
        seen("board-2031", *crowd(300, 6, 0), open_s=4080, armed=(timer(-72.4),), owner_seen=True),
        seen("chemie-9", *crowd(200, 10, 0), open_s=1080, armed=(timer(36.4),), owner_seen=True),
        *calm_rooms(),
        ended(),
    ]


def hostile_events() -> list[Event]:
    """Names that try to break the screen."""
    names = [
        "[/b]",
        "[@click=app.quit]x[/]",
        "\x1b[31mred\x1b]0;title\x07",
        "\u202eevil\u202c",
        "a\u200bb\u200b",
        "日本語の長い名前がここにあります、とても長い",
        "👨\u200d👩\u200d👧\u200d👦 family ❤\ufe0f 👍🏽",
        "🇩🇪 flag",
        "Z̷̡͎a̴l̵g̶o̸̢͚͛̕",
        "\x9b31mC1",
        "क्\u200dष हिन्दी",
        "x" * 500,
        "",
    ]
    people = [person(at, name, OWNER, MEMBER) for at, name in enumerate(names)]

    def newcomer(at: int, name: str) -> Occupant:
        return person(at, name, MEMBER, MEMBER, joined_at=NOW - 900 + at)

    rooms = [seen(name or "empty", *people) for name in names]
    past = [
        event
        for at, name in enumerate(names)
        for event in (
            *happened("past", newcomer(at, name)),
            OccupantRenamed(key("past"), NOW - 800 + at, at, name),
            *granted("past", newcomer(at, name), Change(NOW - 700 + at, MEMBER, OWNER, name, ActorKind.PERSON)),
        )
    ]
    gone = OwnerGone(NOW - 60, 99, "[b]\x1b[31m\u202ehost")
    held = ClosingChanged(key("past"), NOW - 60, (), gone, True)
    closes = seen("closes", *crowd(90, 2, 0), armed=(timer(30, cause="\x1b]0;x\x07[/b]\u202ewho"),), owner_seen=True)
    return [*connected(party=True), *past, held, closes, *rooms, ended()]


def weird_events() -> list[Event]:
    """Values nobody should send."""
    nan, inf = float("nan"), float("inf")
    people = [
        person(1, "nan", ago_s=nan, exp=nan),
        person(2, "inf", OWNER, MEMBER, ago_s=inf, exp=inf),
        person(3, "huge", ago_s=-1e300, exp=1e300),
        person(4, "list", exp=["a"], change=applied(nan, MEMBER)),
        person(5, "nobody", sessions=()),
        person(6, "nothing", None, OWNER, joined_exactly=False),
        person(7, "actor", MEMBER, OWNER, change=Change(-1e18, NONE, OWNER, "", ActorKind.PERSON)),
        person(8, "odd", claims=Claims(MEMBER, name=["x"], room=3, exp=True)),
        person(10, "digits", exp=10**400),
        person(9, "outcast", MEMBER, Affiliation.OUTCAST, change=promoted(inf)),
    ]
    return [
        *connected(),
        seen("weird", *people, open_s=nan),
        seen("far", *people, open_s=-1e200),
        seen("empty", open_s=1e18),
        ended(),
    ]


def weird_closing_events() -> list[Event]:
    """Timers and pasts nobody should send."""
    nan, inf = float("nan"), float("inf")
    events = connected(party=True, timeout_s=nan)
    for at, due in enumerate((nan, inf, -inf, 1e300, -1e300, 1e18)):
        node = f"due-{at}"
        odd = (Timer(due, due, None), Timer(due, due, "", missed=True))
        gone = OwnerGone(due, -1, None, "odd")
        events += [
            seen(node, *crowd(1, 3, 0), armed=odd[at % 2 :], owner_gone=gone, owner_seen=True),
            ClosingChanged(key(node), due, (*odd, timer(5)), gone, False),
            AffiliationChanged(key(node), 1, "", Change(due, OWNER, Affiliation.OUTCAST)),
            OccupantLeft(key(node), due, 2, ("x",), "why", "", "odd"),
            seen(f"held-{at}", jane(), jane(2), owner_gone=gone),
        ]
    told = (Entry(nan, "missed", detail="x"), Entry(inf, "odd"), Entry(-1e300, "affiliation", 7, None, "x", "y", "z/"))
    return [*events, HistoryTold(key("due-0"), told), ended()]


SCENES: dict[str, list[Event]] = {
    "overview": overview_events(),
    "hostile": hostile_events(),
    "weird": weird_events(),
    "weird-closing": weird_closing_events(),
    "held-open": [
        *connected(party=True),
        *held_open_events(),
        seen("maths-7b", *(jane(oid, 700) for oid in range(400, 424)), open_s=720),
        seen("geschichte-10a", *crowd(500, 19, 0), open_s=1860, armed=(timer(291, 300),), owner_seen=True),
        *calm_rooms(),
        ended(),
    ],
    "school": school_events(),
    "closing": closing_events(),
    "overdue": overdue_events(),
    "owner-back": [
        *connected(party=True),
        seen("standup", *crowd(1, 3), armed=(timer(39.4),), owner_seen=True),
        ended(),
    ],
    "owner-lost": [
        *connected(party=True),
        seen("standup", *crowd(1, 3, 0), lost_owner(in_s=47.2)),
        ended(),
    ],
    "no-timer": [*connected(party=True), seen("standup", *crowd(1, 3, 0), owner_seen=True), ended()],
    "unknown": [*connected(party=True), seen("standup", *crowd(1, 3, 0), open_s=None), ended()],
    "all-owners": [*connected(), seen("maths-7b", *(jane(oid) for oid in range(400, 424))), ended()],
    "closing-stale": [*closing_events(), FeedChanged(SERVER, HOST, FeedState.STALE, NOW)],
    "empty": [*connected(), ended()],
    "connecting": [],
    "reading": [*connected(), FeedChanged(SERVER, HOST, FeedState.SNAPSHOT, NOW)],
    "stale": [*overview_events(), FeedChanged(SERVER, HOST, FeedState.STALE, NOW)],
    "lost": [
        *overview_events(),
        LinkChanged(SERVER, LinkState.LOST, NOW, "The connection was lost; trying again in 4 s."),
    ],
    "stopped": [
        *overview_events(),
        LinkChanged(
            SERVER,
            LinkState.STOPPED,
            NOW,
            "Another monitor connected as monitor.meet.example and took this one's place: give each "
            "on-call person a component of their own, or press r to take it back.",
        ),
    ],
    "refused": [
        LinkChanged(
            SERVER,
            LinkState.REFUSED,
            NOW,
            "The server does not accept the secret of monitor.meet.example: compare secret_file with "
            "component_secret in the server's configuration.",
        )
    ],
    "feed-refused": [
        *connected(),
        FeedChanged(
            SERVER,
            HOST,
            FeedState.REFUSED,
            NOW,
            "conference.meet.example does not let monitor.meet.example watch: add it to muc_monitor_watchers.",
        ),
    ],
    "no-plugin": [
        *connected(plugin=False),
        seen("standup", jane(), person(10, "Tom Ford", OWNER, MEMBER), focus()),
        ended(),
    ],
    "settling": [*connected(), seen("standup", jane(ago_s=0.9), fine(2, "Tom Ford")), ended()],
    "several": [
        *overview_events(),
        *connected("school"),
        seen("klasse-5", jane(), *crowd(2000, 7), server="school"),
        ended("school"),
        LinkChanged("backup", LinkState.CONNECTING, NOW),
    ],
}
"""Scenes by name."""


def refused(
    ago_s: float, gate: str, node: str, name: str | None, words: str | None = None, /, **payload: Any
) -> JoinRefused:
    """Somebody was turned away so long ago; without a name no claims were sent."""
    user = {"id": f"u-{name}", "name": name, "affiliation": payload.pop("affiliation", "member")}
    payload = {"iss": "jitsi", "aud": "jitsi", "sub": "meet.example", "room": node, "exp": NOW + 1800, **payload}
    whole = {**payload, "context": {"user": user}}
    claims = None if name is None else claims_of(whole)
    at_door = gate in ("token",)
    return JoinRefused(
        SERVER,
        HOST,
        Refusal(
            NOW - ago_s,
            "connect" if at_door else "join",
            node,
            None if at_door else "a7@meet.example/web",
            None if name is None else f"id-{name}",
            claims,
            "not-allowed",
            words,
            gate,
        ),
    )


def door_events() -> list[Event]:
    """A morning at the door: pupils before their teacher, expired links, a clock ahead, a wrong room."""
    early = ("Lukas Wolf", "Mia Schulz", "Noah Becker", "Emma Hoffmann", "Ben Koch", "Lina Krüger", "Paul Richter")
    expired = "Not acceptable by exp (312 sec since expired)"
    return [
        *connected(party=True),
        *calm_rooms(),
        *(refused(540 - at * 37, "party", "chemie-9", early[at % 7]) for at in range(14)),
        refused(1900, "ban", "retro", "Somebody Banned"),
        refused(480, "token", "elternabend", "Opa Heinz", expired, exp=NOW - 792),
        refused(300, "token", "elternabend", "Opa Heinz", expired, exp=NOW - 792),
        refused(190, "token", "physik-8c", "Ahead of Time", "Not acceptable by nbf", nbf=NOW - 190 + 42),
        refused(120, "other_room", "klausur-bio", "Max Kern", None, room="klausur-mathe"),
        refused(45, "token", "retro", None, "Invalid signature"),
        refused(
            31, "token", "elternabend", "Opa Heinz", "Not acceptable by exp (761 sec since expired)", exp=NOW - 792
        ),
        refused(20, "lobby", "elternabend", "[/b]\x1b[31m\u202eevil", affiliation="owner"),
        ended(),
    ]


def over(
    ago_s: float, node: str, how: str, open_s: float = 1800, people: tuple[Any, ...] = (), **other: Any
) -> RoomDestroyed:
    """A room ended so long ago."""
    at = NOW - ago_s
    reason = "The meeting has been terminated" if how in ("timer", "moderator", "module") else None
    return RoomDestroyed(EndedRoom(key(node), at, reason, how, opened_at=at - open_s, people=people, **other))


def ended_events() -> list[Event]:
    """Rooms that ended in every way there is, and rooms with a past."""
    inside = (
        WasThere("Jane Doe", False, MEMBER, True),
        WasThere("Tom Ford", False, MEMBER, True),
        WasThere("Frau Keller", True, OWNER, True),
        WasThere("Ein Gast", False, OWNER, False),
    )
    return [
        *connected(party=True),
        *held_open_events("board-2031"),
        *calm_rooms(),
        over(5400, "morgenkreis", "last_left", 700),
        over(3100, "altlasten", "unknown", 9000, opened_exactly=False),
        over(1500, "probe-orchester", "module", 3600, inside[:2], by_module="mod_muc_max_age.lua"),
        over(900, "%1b%5b2j", "operator", 60, inside[1:2], by="admin@meet.example/shell"),
        over(420, "latein-6", "moderator", 2700, inside[2:], by="u9@meet.example/web"),
        over(190, "chemie-9", "timer", 1985, inside, by_module="mod_token_owner_party.lua"),
        ended(),
    ]


def polled_events(server: str = SERVER, lag_s: float = 5.0) -> list[Event]:
    """A server without the companion module: addresses and affiliations, and nothing of tokens."""
    hint = (
        "claims, names, who changed what, the door and exact countdowns need mod_muc_monitor: "
        "mucmon prosody --print shows how to load it"
    )

    def somebody(oid: int, affiliation: Affiliation = MEMBER, ago_s: float = 1500) -> Occupant:
        nick = f"{0x5EED1E * oid % 0xFFFFFFFF:08x}"
        address = (Session(f"{nick}-9b0c-4e7a-8d21-5f0c6d1a7e42@meet.example/web"),)
        here = person(-oid, "", None, affiliation, ago_s=ago_s, nick=nick, sessions=address, joined_exactly=False)
        return structs.replace(here, name=None)

    owner = structs.replace(somebody(5), affiliation=OWNER, change=Change(NOW - 95, MEMBER, OWNER), role=Role.MODERATOR)
    leaver = somebody(12, OWNER)
    return [
        LinkChanged(server, LinkState.UP, NOW - 1600),
        FeedChanged(server, HOST, FeedState.LIVE, NOW - 1599, "", "", Vantage.POLL, hint),
        BatchHeard(server, HOST, NOW - 1.2, NOW - 1.2, lag_s=lag_s),
        seen("lesson", focus(), leaver, *(somebody(oid) for oid in (13, 14)), open_s=None, server=server),
        seen("board", focus(), owner, *(somebody(oid) for oid in (6, 7)), open_s=None, server=server),
        seen("kitchen", focus(), *(somebody(oid) for oid in (21, 22, 23)), open_s=None, server=server),
        ended(server),
        OccupantLeft(key("lesson", server), NOW - 23.6, leaver.oid),
    ]


SCENES |= {"door": door_events(), "ended": ended_events(), "polled": polled_events()}


def store_of(events: list[Event]) -> Store:
    """A store that has seen these events."""
    store = Store()
    store.declare(SERVER, [HOST])
    for event in events:
        store.apply(event)
    return store


class FakeSources:
    """Sources that feed nothing and remember what they were asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.calls: list[str] = []
        self._failure = failure

    async def start(self) -> None:
        """Remember, or fail."""
        self.calls.append("start")
        if self._failure:
            raise self._failure

    async def stop(self) -> None:
        """Remember."""
        self.calls.append("stop")

    def reconnect(self, server: str) -> None:
        """Remember."""
        self.calls.append(f"reconnect {server}")

    def look_at(self, room: RoomKey) -> None:
        """Remember."""
        self.calls.append(f"look at {room.node}")

    def acknowledge(self, server: str, host: str) -> None:
        """Remember."""
        self.calls.append(f"acknowledge {server} {host}")
