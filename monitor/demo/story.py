"""The story of the demo: some twenty rooms, each with a tale of its own, so that there is always something to see."""

from __future__ import annotations

from urllib.parse import quote

from monitor.demo.cast import host, name_of, passing_host, pupil, pupils, stranger
from monitor.demo.oddities import HEAD, oddities
from monitor.demo.people import Visitor
from monitor.demo.tale import (
    Tale,
    arrivals,
    is_granted,
    is_kicked,
    is_promoted_by_jicofo,
    is_refused,
    is_set_right,
    joins,
    leaves,
    loses,
    opens,
    reloads,
    resumes,
    takes_nick,
)
from monitor.demo.world import HIBERNATION_S, PARTY_TIMEOUT_S


def story() -> list[Tale]:
    """Every tale, in no order."""
    return [
        *(held_open(), all_owners(), guest_owner(), claim_ignored(), other_room(), forged()),
        *closes(),
        *(owner_back(), overdue(), owner_lost(), promoted_and_demoted(), party_not_started()),
        *(hostile_names(), far_away(), crowded(), dropped_together(), long_name(), expired(), calm(), health_check()),
        *oddities(),
    ]


def held_open() -> Tale:
    """The host left, and a member whom jicofo made owner keeps the room; the host looks in and leaves again.

    Another whom jicofo made owner has been set right by an operator.
    """
    john, jane = passing_host("John Doe"), pupil("Jane Doe")
    tom, guest = pupil("Tom Ford"), stranger("Guest 7")
    gone_s = 1380.0
    opening = [
        (0.0, opens()),
        (2.0, joins(john)),
        (3.1, joins(jane)),
        (3.3, is_promoted_by_jicofo(jane.name)),
        (gone_s - HIBERNATION_S - 1, loses(john.name)),
        (1900.0, joins(tom)),
        (1900.2, is_promoted_by_jicofo(tom.name)),
        (1941.0, is_set_right(tom.name, "member")),
        (2200.0, joins(guest)),
    ]
    course = [
        *reloads([guest], 20, 1, away_s=14),
        (60.0, loses(tom.name)),
        (75.0, resumes(tom.name)),
        (150.0, joins(john)),
        *reloads([jane], 165, 1, promoted=True),
        (185.0, leaves(john.name)),
        *reloads([tom], 200, 1, promoted=True),
        (216.0, is_set_right(tom.name, "member")),
    ]
    return Tale("board-2031", opening, course, 240, aged_s=2520)


def closes() -> list[Tale]:
    """Two rooms by turns: the teacher leaves, the room is closed under those who stayed, and soon opens anew."""
    chemistry = _lesson("chemie-9", passing_host("Ayşe Yılmaz"), pupils(10, 0), 68, 960)
    return [chemistry, _lesson("latein-6", passing_host("Herr Marquardt"), pupils(7, 168), 156.5, 0)]


def _lesson(node: str, teacher: Visitor, pupils: list[Visitor], closes_in_s: float, aged_s: float) -> Tale:
    left_s = 45.0
    end_s = left_s + PARTY_TIMEOUT_S
    opening = [(0.0, opens()), *arrivals([teacher, *pupils], gap_s=1.3)]
    course = [
        *reloads(pupils[2:3], 25, 1),
        (left_s, leaves(teacher.name)),
        (left_s + 66, leaves(pupils[4].name)),
        (left_s + 95, leaves(pupils[6].name)),
    ]
    return Tale(node, opening, course, end_s + 12, begins_s=end_s - closes_in_s, aged_s=aged_s, ends=True)


def owner_back() -> Tale:
    """The teacher leaves and is back while the timer still runs."""
    teacher, class_10 = passing_host("Herr Brandt"), pupils(18, 10)
    opening = [(0.0, opens()), *arrivals([teacher, *class_10])]
    course = [
        (10.0, leaves(teacher.name)),
        (62.0, joins(teacher)),
        *reloads(class_10, 70, 14),
    ]
    return Tale("geschichte-10a", opening, course, 340, begins_s=38, aged_s=1800)


def overdue() -> Tale:
    """The close plugin fails: nobody is removed, and in the end people leave by themselves."""
    editor, team = passing_host("Nadia Haddad"), pupils(5, 28)
    left_s = 40.0
    overdue_s = left_s + PARTY_TIMEOUT_S
    opening = [(0.0, opens(closes=False)), *arrivals([editor, *team])]
    course = [(left_s, leaves(editor.name))]
    course += [(overdue_s + 55 + place * 9, leaves(one.name)) for place, one in enumerate(team)]
    return Tale("redaktion", opening, course, overdue_s + 110, begins_s=left_s + 25, aged_s=3900, ends=True)


def owner_lost() -> Tale:
    """The owner's connection breaks and comes back; the next time it does not, and the owner joins anew."""
    owner, team = passing_host("Lena Park"), pupils(8, 33)
    opening = [(0.0, opens()), *arrivals([owner, *team])]
    course = [
        (5.0, loses(owner.name)),
        (48.0, resumes(owner.name)),
        *reloads(team, 55, 8),
        (130.0, loses(owner.name)),
        (130.0 + HIBERNATION_S + 20, joins(owner)),
    ]
    return Tale("standup", opening, course, 320, begins_s=18, aged_s=170)


def all_owners() -> Tale:
    """Jicofo makes every pupil an owner as they come."""
    teacher, class_7 = host("Herr Novak"), pupils(23, 41)
    opening = [(0.0, opens()), *arrivals([teacher])]
    opening += arrivals(class_7, first_s=3, gap_s=1.1, promoted=True)
    return Tale("maths-7b", opening, reloads(class_7, 16, 31, promoted=True), 740, aged_s=700)


def guest_owner() -> Tale:
    """The host reloads the page, jicofo makes a guest owner of the room that has none, and the guest leaves later."""
    owner, guest, others = passing_host("Dr. Weiß"), stranger("Ein Gast"), pupils(4, 64)
    opening = [(0.0, opens()), *arrivals([owner, *others])]
    course = [
        (1.0, joins(guest)),
        (6.0, leaves(owner.name)),
        (6.25, is_promoted_by_jicofo(guest.name)),
        (14.0, joins(owner)),
        (262.0, leaves(guest.name)),
        *reloads(others, 266, 10),
    ]
    # The close timer that the host's leaving started has fired when somebody begins to watch.
    return Tale("offene-sprechstunde", opening, course, 305, begins_s=6 + PARTY_TIMEOUT_S + 9, aged_s=1000)


def claim_ignored() -> Tale:
    """A host comes in without host rights, until an operator puts that right."""
    chair = Visitor("Frau Müller", "owner", applied=False)
    owner, others = host("Dr. Okafor"), pupils(5, 68)
    opening = [(0.0, opens()), *arrivals([owner, *others])]
    course = [
        (1.0, joins(chair)),
        (92.0, is_set_right(chair.name, "owner")),
        *reloads(others, 100, 14),
        (176.0, leaves(chair.name)),
    ]
    return Tale("vorstand", opening, course, 190, begins_s=22, aged_s=2400)


def other_room() -> Tale:
    """Somebody comes in with a token for another room, and is shown the door."""
    teacher, class_11 = host("Frau Abel"), pupils(12, 73)
    wrong = Visitor("Max Kern", room="klausur-mathe")
    opening = [(0.0, opens()), *arrivals([teacher, *class_11])]
    course = [
        (10.0, joins(wrong)),
        (74.0, is_kicked(wrong.name, teacher.name)),
        *reloads(class_11, 85, 7),
    ]
    return Tale("klausur-bio", opening, course, 185, begins_s=129, aged_s=1300)


def forged() -> Tale:
    """Somebody without a token shows an identity."""
    teacher, others = host("Señora Ortiz"), pupils(7, 85)
    rector = Visitor("Rektorat", None, identity=True)
    opening = [(0.0, opens()), *arrivals([teacher, *others])]
    course = [(8.0, joins(rector)), (58.0, leaves(rector.name)), *reloads(others, 65, 11)]
    return Tale("sprachkurs", opening, course, 155, begins_s=88, aged_s=800)


def promoted_and_demoted() -> Tale:
    """One owner grants rights to a member and takes those of another owner away for a while."""
    chief, deputy, pete = host("Chef"), host("Ida Lund"), Visitor("Promoted Pete", room="Büro")
    opening = [(0.0, opens()), *arrivals([chief, deputy, pete])]
    course = [
        (5.0, is_granted(pete.name, "owner", chief.name)),
        (80.0, is_granted(deputy.name, "member", chief.name)),
        (135.0, is_granted(deputy.name, "owner", chief.name)),
        (190.0, is_granted(pete.name, "member", chief.name)),
        *reloads([pete], 197, 1),
    ]
    return Tale(quote("büro").lower(), opening, course, 210, begins_s=20, aged_s=500)


def party_not_started() -> Tale:
    """A pupil knocks before the teacher is there; then they meet, and both leave."""
    teacher, early = passing_host("Herr Schneider"), pupil("Lukas Wolf")
    opening = [
        (0.0, is_refused(early, "party")),
        (9.0, is_refused(early, "party")),
        (15.0, opens()),
        (16.0, joins(teacher)),
        (18.0, joins(early)),
    ]
    course = [(66.0, leaves(early.name)), (70.0, leaves(teacher.name))]
    return Tale("sprechstunde", opening, course, 96, begins_s=30, ends=True)


def hostile_names() -> Tale:
    """A room and people named to break a screen; nothing else is wrong with them."""
    names = [
        "[/b]",
        "[@click=app.quit]press me[/]",
        "\x1b[31mred\x1b]0;title\x07",
        "\u202eevil\u202c",
        "zero\u200bwidth\u200b",
        "\x9b31mC1",
        "Z̷̡͎a̴l̵g̶o̸̢͚͛̕",
    ]
    owner, *others = host("Robert'); DROP TABLE"), *map(pupil, names)
    opening = [(0.0, opens()), *arrivals([owner, *others])]
    course = [
        *reloads(others, 12, 24, away_s=6),
        (190.0, takes_nick(others[0].name, "[reverse]\x1b[2J")),
        (200.0, leaves(others[0].name)),
        (203.0, joins(others[0])),
    ]
    return Tale("%1b%5b2j", opening, course, 210, aged_s=450)


def far_away() -> Tale:
    """Names in wide characters, in a room that has one."""
    names = [
        *("田中さくら", "佐藤健", "鈴木一郎", "高橋結衣", "渡辺蓮", "김민준", "이서연", "박도윤"),
        *("최지우", "王小明", "李娜", "張偉", "劉洋", "陳靜"),
    ]
    owner, *others = host("山本先生"), *map(pupil, names)
    opening = [(0.0, opens()), *arrivals([owner, *others])]
    return Tale(quote("日本語の部屋").lower(), opening, reloads(others, 21, 16), 260, aged_s=930)


def crowded() -> Tale:
    """A parents' evening: many people, families among them, and names without end."""
    families = ["👨‍👩‍👧‍👦 Familie Roth", "Oma & Opa ❤️", "🇵🇱 Kowalski", "👩🏽‍🏫 Klassenleitung"]
    long = ["Maximiliane Philippa Charlotte von Hohenstein-Löwenberg zu Altenburg und Neuhaus", "w" * 180]
    owners = [host("Frau Keller"), host("Herr Aydın"), HEAD]
    parents = [*map(pupil, [*families, *long]), *pupils(32, 92)]
    opening = [(0.0, opens()), *arrivals([*owners, *parents], gap_s=0.7)]
    return Tale("elternabend", opening, reloads(parents, 9, 17, away_s=5), 670, aged_s=3250)


def dropped_together() -> Tale:
    """Twelve people lose their connections at once and have them back a little later."""
    teachers, class_8 = [host("Frau Lindqvist"), host("Mr Adeyemi")], pupils(26, 124)
    opening = [(0.0, opens()), *arrivals([*teachers, *class_8])]
    course = reloads(class_8, 10, 22)
    for place, one in enumerate(class_8[8:20]):
        course += [(600 + place * 0.12, loses(one.name)), (614 + place * 0.5, resumes(one.name))]
    return Tale("physik-8c", opening, course, 640, begins_s=557, aged_s=1600)


def long_name() -> Tale:
    """A room whose name is longer than any column."""
    owner, others = host("Sofia Rossi"), pupils(5, 150)
    node = "projektwoche-2031-nachhaltige-energie-und-mobilität-in-der-region-abschlusspräsentation"
    opening = [(0.0, opens()), *arrivals([owner, *others])]
    return Tale(quote(node).lower(), opening, reloads(others, 14, 29), 190, aged_s=2000)


def expired() -> Tale:
    """A quiet room with a token that expired inside, and at its door one that expired before."""
    owner, late, others = host("Mira Kovač"), Visitor("Old Token", token_s=240), pupils(3, 155)
    opening = [(0.0, opens()), *arrivals([owner, late, *others])]
    words = "Not acceptable by exp (312 sec since expired)"
    course = [
        (40.0, is_refused(Visitor("Yesterday's Link", token_s=-267), "token", words)),
        *reloads([*others, late], 100, 100),
    ]
    return Tale("bibliothek", opening, course, 480, aged_s=430)


def calm() -> Tale:
    """A room in which nothing is wrong; it was there before anybody looked."""
    owner, *others = host(name_of(158)), *pupils(5, 159)
    opening = [(0.0, opens(exactly=False)), *arrivals([owner, *others])]
    return Tale("retro", opening, reloads(others, 31, 41), 306, begins_s=9, aged_s=480)


def health_check() -> Tale:
    """Jicofo looks every now and then whether it can make a room."""
    opening, course = [(0.0, opens())], [(3.0, leaves("focus"))]
    return Tale("__jicofo-health-check-7f3a", opening, course, 55, begins_s=20, ends=True)
