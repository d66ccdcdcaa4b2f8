"""WHY and the timeline: what a tired person reads first, and what strangers' names cannot do to it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.core.affiliation import ActorKind, Affiliation, Change
from monitor.core.cause import Cause, Fix
from monitor.core.claims import Claims
from monitor.core.events import FactsLearned, HistoryTold, OccupantLeft
from monitor.core.findings import Judgement, judge
from monitor.core.history import Entry
from monitor.core.occupant import Occupant
from monitor.core.room import OwnerGone, Room, RoomKind, Timer
from monitor.core.server import MucHost
from monitor.ui.banner import banner_of
from monitor.ui.because import Case, because, next_flavour
from monitor.ui.explain import why, why_room
from monitor.ui.glance import Glance
from monitor.ui.spans import Labelled, Line, Text, crop, flow, length
from monitor.ui.timeline import timeline
from tests.ui.scenes import (
    FOCUS,
    HOST,
    MEMBER,
    NONE,
    NOW,
    OWNER,
    SERVER,
    connected,
    crowd,
    ended,
    fine,
    focus,
    happened,
    jane,
    key,
    person,
    seen,
)
from tests.ui.screen import NARROW, WIDE, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def text_of(line: Text) -> str:
    """A line's text."""
    groups: Line = (line.label, *line.rest) if isinstance(line, Labelled) else line
    return "".join(text for text, _ in flow(groups))


def case_of(*people: Occupant, **room: Any) -> Case:
    """A room of a server that applies claims and closes rooms."""
    host = MucHost(HOST, modules=frozenset({"token_affiliation", "token_owner_party"}))
    one = Room(key("r"), occupants={person.oid: person for person in people}, **room)
    return Case(one, host, judge(one, host, NOW), NOW, 12, 3204)


async def test_held_open_reads_from_what_is_wrong_to_what_to_type() -> None:
    async with running("held-open") as run:
        await run.press("j")
        text = run.text()
        lines = [
            "× The host left; the room stays open. F10c",
            "the host John Doe left at 13:54:07 (connection lost)",
            "× Jane Doe has owner rights the token does not give. F1",
            "token says member room says owner since 13:31:23 (0.2 s after joining) by focus = jicofo",
            "likely jicofo authentication is on: everybody who logs in becomes owner, whatever the token says",
            "fix on Debian a restart of jicofo interrupts 8 rooms, 140 people f docker",
            "hocon -f /etc/jitsi/jicofo/jicofo.conf set jicofo.authentication.enabled false",
            "systemctl restart jicofo",
            "so the room stays open when the host leaves: token_owner_party counts them as its owner",
        ]
        places = [text.index(line) for line in lines]
        assert places == sorted(places)
        assert text.count("likely") == 1


@SIZES
async def test_f_shows_the_fix_of_another_installation_and_keeps_to_it(size: tuple[int, int]) -> None:
    async with running("held-open", size) as run:
        await run.press("tab", "tab", "f")
        assert "on docker" in run.text()
        assert "in .env: JICOFO_ENABLE_AUTH=0" in run.text()
        assert "systemctl" not in run.text()
        await run.press("escape", "j", "tab", "tab")
        assert "on docker" in run.text()
        await run.press("f")
        assert "on Debian" in run.text()


async def test_f_is_named_only_where_there_is_another_fix() -> None:
    async with running("closing") as run:
        before = run.text()
        assert "fix make somebody present an owner" in before
        assert "other fix" not in run.lines()[-1]
        await run.press("f")
        assert run.text() == before


async def test_f_shows_how_to_load_what_closes_rooms_on_another_installation() -> None:
    async with running("overdue") as run:
        assert "token_owner_party is configured and not loaded, so nothing closes rooms here" in run.text()
        assert "have mod_token_owner_party.lua in plugin_paths" in run.text()
        assert "other fix" in run.lines()[-1]
        await run.press("f")
        assert "have mod_token_owner_party.lua in prosody-plugins-custom" in run.text()


async def test_the_people_panes_cursor_chooses_whom_why_is_about() -> None:
    async with running("closing") as run:
        assert "× Nobody here owns the room. F10" in run.text()
        await run.press("tab")
        assert "Person 202 has what the token says: member." in run.text()
        await run.press("j")
        assert "Person 203 has what the token says: member." in run.text()
        await run.press("tab")
        assert "Person 203 has what the token says: member." in run.text()
        await run.press("escape")
        assert "× Nobody here owns the room. F10" in run.text()


@SIZES
async def test_why_is_about_the_person_whose_row_is_marked(size: tuple[int, int]) -> None:
    late = structs.replace(jane(1, 700), name="Ben Günther")
    early = structs.replace(jane(9, 500), name="Anna Hahn")
    async with running([*connected(party=True), seen("maths-7b", late, early, fine(5, "Max")), ended()], size) as run:
        people = run.grid("people")
        assert people.cursor_key == 9
        assert "Anna Hahn has owner rights the token does not give. F1" in run.text()
        assert "Ben Günther has owner rights" not in run.text()


@SIZES
async def test_why_of_a_room_with_a_fault_is_about_the_person_whose_row_is_marked(size: tuple[int, int]) -> None:
    late = structs.replace(jane(1, 700), name="Ben Günther")
    early = structs.replace(jane(9, 500), name="Anna Hahn")
    async with running([*connected(party=True), seen("maths-7b", late, early), ended()], size) as run:
        assert run.grid("people").cursor_key == 9
        text = run.text()
        assert "Everybody here is an owner. F9" in text or "ALL OWNERS" in text
        assert "× Anna Hahn has owner rights the token does not give. F1" in text
        assert "× Ben Günther has owner rights" not in text


async def test_what_is_worse_comes_first_in_why() -> None:
    events = [*connected(party=True), seen("r", person(1, "Frau Müller", OWNER, MEMBER), *crowd(5, 2, 0)), ended()]
    async with running(events) as run:
        text = run.text()
        assert text.index("Frau Müller is the host by token") < text.index("! Nobody here owns the room. F10")


def test_what_to_know_first_stands_before_the_fix_and_what_nobody_saw_is_marked() -> None:
    cause = Cause("something is on", (Fix("any", ("do this", "then that")),), "look", "it stays", True, "prosody")
    lines = [" ".join(text_of(line).split()) for line in because(cause, case_of())]
    assert lines == [
        "likely something is on (inferred: nobody saw it happen)",
        "first look",
        "fix a restart of prosody interrupts 12 rooms, 3,204 people",
        "do this",
        "then that",
        "so it stays",
    ]
    assert next_flavour(cause, None) is None
    assert next_flavour(None, None) is None


def test_owner_rights_from_before_are_said_to_be_so_since_monitoring_began() -> None:
    someone = person(1, "Jane Doe", MEMBER, OWNER, joined_exactly=False)
    lines = [text_of(line) for line in why(someone, case_of(someone))]
    assert "already so when monitoring began at 14:03:20" in lines[1]
    assert any("(inferred: nobody saw it happen)" in line for line in lines)


def test_a_token_for_another_room_is_named() -> None:
    someone = person(1, "Tom", claims=Claims(MEMBER, room="kl[b]asse\x1b"))
    assert "token is for kl[b]asse" in text_of(why(someone, case_of(someone))[1])


def test_every_kind_of_past_has_its_line() -> None:
    entries = [
        Entry(NOW - 100, "joined", 9, "focus", "none", "owner"),
        Entry(NOW - 99, "joined", 5, "John Doe", "owner", "owner", by_module="mod_token_affiliation"),
        Entry(NOW - 98, "joined", 1, "Jane Doe", "member", "member"),
        Entry(NOW - 97.69, "affiliation", 1, "Jane Doe", "member", "owner", f"{FOCUS}/focus"),
        Entry(NOW - 96, "affiliation", 2, "Tom Ford", "member", "owner", "u5@meet.example/web"),
        Entry(NOW - 95, "affiliation", 7, "Eve", "none", "owner", "module", "mod_muc_allowners"),
        Entry(NOW - 94, "renamed", 2, "Tom Ford", detail="tom"),
        Entry(NOW - 93, "affiliation", 5, "John Doe", "owner", "member", "u1@meet.example/web", detail="spam"),
        Entry(NOW - 92, "left", 5, "John Doe", "member", by="u1@meet.example/web", detail="kicked"),
        Entry(NOW - 91, "left", 8, None, "owner", detail="lost"),
        Entry(NOW - 90, "armed", name="John Doe", detail=str(NOW - 30)),
        Entry(NOW - 29, "missed", detail=str(NOW - 30)),
        Entry(NOW - 28, "joined", 6, "Late", None, "none"),
        Entry(NOW - 27, "joined", 3, "Guest 7", "none", "owner"),
    ]
    room = Room(key("r"), occupants={1: jane(), 2: fine(2, "Tom Ford"), 9: focus(9), 5: fine(5, "John Doe", OWNER)})
    room.history.extend(entries)
    drawn = timeline(room, True, NOW)
    assert [" ".join(text_of(line).split()) for line in drawn] == [
        "14:11:40.000 → focus joined jicofo",
        "14:11:41.000 → John Doe joined owner by token, set by mod_token_affiliation",
        "14:11:42.000 → Jane Doe joined member by token",
        "14:11:42.310 ▲ Jane Doe member → owner by focus (jicofo)",
        "14:11:44.000 ▲ Tom Ford member → owner by John Doe",
        "14:11:45.000 ▲ Eve none → owner by mod_muc_allowners",
        "14:11:46.000 · Tom Ford took the nick tom",
        "14:11:47.000 ▼ John Doe owner → member by Jane Doe: spam",
        "14:11:48.000 ← John Doe left removed (307) by Jane Doe",
        "14:11:49.000 ← somebody left owner; connection lost (333)",
        "14:11:50.000 ~ close timer started fires at 14:12:50: John Doe left, no other owner is here",
        "14:12:51.000 × a close was missed due 14:12:50: nobody was removed",
        "14:12:52.000 → Late joined token not seen",
        "14:12:53.000 → Guest 7 joined no token, owner in the room",
    ]
    styles = [line[0][1][1] for line in drawn]
    assert [styles[at] for at in (0, 3, 4, 7, 10, 11, 13)] == [
        "muted",
        "critical",
        "text",
        "warning",
        "warning",
        "critical",
        "critical",
    ]
    asked = timeline(room, True, NOW, polled=True)
    assert [text_of(line)[:11] for line in asked[:2]] == ["~14:11:40 →", "~14:11:41 →"], "the times of looks"


def test_a_members_rights_are_no_news_where_no_plugin_applies_claims() -> None:
    room = Room(key("r"), occupants={1: jane()})
    room.history.append(Entry(NOW, "affiliation", 1, "Jane Doe", "member", "owner", f"{FOCUS}/focus"))
    assert timeline(room, False, NOW)[0][0][1][1] == "text"


async def test_the_timeline_goes_on_at_its_end_and_stays_where_somebody_scrolled() -> None:
    people = [person(at, f"Person {at}", joined_at=NOW - 900 + at) for at in range(60)]
    async with running([*connected(), *happened("r", *people), ended()]) as run:
        assert "→ Person 59 joined" in run.text()
        await run.apply(OccupantLeft(key("r"), NOW, 3, why="left"))
        await run.tick()
        assert "← Person 3 left" in run.text()
        await run.press("tab", "tab", "tab", "g")
        assert "→ Person 0 joined" in run.text()
        await run.apply(OccupantLeft(key("r"), NOW, 4, why="left"))
        await run.tick()
        assert "→ Person 0 joined" in run.text()
        await run.press("j", "j", "k", "pagedown", "pageup", "G")
        assert "← Person 4 left" in run.text()


async def test_a_narrow_terminal_shows_the_timeline_when_tab_reaches_it() -> None:
    async with running("held-open", NARROW) as run:
        assert "timeline" not in run.text()
        await run.press("j", "tab", "tab", "tab")
        assert "▲ Jane Doe member → owner" in run.text()
        assert "× no owner by token is left no close: Jane Doe counts as" in run.text()
        assert "HELD OPEN" in run.text()
        await run.press("tab")
        assert "timeline" not in run.text()
        assert "name token says room says" in run.text()


class Later:
    """Calls what it was given when told to."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call, self.stopped = call, False

    def stop(self) -> None:
        """Remember."""
        self.stopped = True


def test_a_past_is_asked_for_once_where_somebody_lingers_and_again_when_the_feed_is_live_anew() -> None:
    asked: list[str] = []
    waiting: list[Later] = []

    def later(_seconds: float, call: Callable[[], None]) -> Later:
        waiting.append(Later(call))
        return waiting[-1]

    glance = Glance(lambda room: asked.append(room.node), later)
    for node in ("a", "b", "c", "c"):
        glance.rest_on((key(node), NOW))
    assert [one.stopped for one in waiting] == [True, True, False]
    waiting[-1].call()
    assert asked == ["c"]
    for looked in ((key("a"), NOW), (key("c"), NOW), None, (key("c"), NOW)):
        glance.rest_on(looked)
    assert len(waiting) == 4  # c is asked for once
    glance.rest_on((key("c"), NOW + 5))
    waiting[-1].call()
    assert asked == ["c", "c"]


async def test_the_past_of_the_chosen_room_is_told_when_it_comes() -> None:
    async with running([*connected(), seen("room", *crowd(1, 3)), ended()]) as run:
        await run.pilot.pause(0.4)
        assert run.sources.calls == ["start", "look at room"]
        await run.apply(HistoryTold(key("room"), (Entry(NOW - 5, "joined", 1, "Old Friend", "member", "member"),)))
        assert "→ Old Friend joined" in run.text()


async def test_hostile_names_stay_words_in_banner_why_and_timeline() -> None:
    async with running("hostile") as run:
        for node in ("past", "closes"):
            while run.room() != node:
                await run.pilot.press("j" if node == "past" else "k")
            await run.press("tab", "tab", "tab", "g", "escape")
            drawn = "".join(run.lines())
            assert not {char for char in drawn if unicodedata.category(char) in ("Cc", "Cf", "Cs")}
        assert "when ]0;x[/b]who left" in run.text()


def test_names_too_long_for_a_line_leave_its_columns_straight() -> None:
    room = Room(key("r"), occupants={1: person(1, "語" * 300, MEMBER, OWNER)}, owner_gone=OwnerGone(NOW - 60, 2, "x"))
    room.history.append(Entry(NOW, "affiliation", 1, "語" * 300, "member", "owner", "語" * 300))
    for line in timeline(room, True, NOW):
        assert length(crop(flow(line), 90)) <= 90
        assert text_of(line).index("▲") == 13
    host = MucHost(HOST, modules=frozenset({"token_affiliation", "token_owner_party"}))
    banner = banner_of(room, judge(room, host, NOW), NOW, False)
    assert banner is not None
    assert text_of(banner.line).endswith("counts as owner")
    assert length(flow(banner.line)) < 108


async def test_one_cause_over_many_rooms_is_said_once_for_the_server() -> None:
    rooms = [seen(f"r{at}", *(jane(at * 10 + one) for one in range(3)), open_s=2520) for at in range(5)]
    facts = {"modules": ["muc", "token_affiliation"], "modules_enabled": ["token_owner_party"]}
    learned = FactsLearned(SERVER, HOST, RoomKind.MAIN, facts)
    async with running([*connected(), learned, *rooms, ended()]) as run:
        lines = run.text().splitlines()
        assert lines[1] == ("× meet made owner by focus: 15 of 15 members by token, in 5 rooms since 13:31")
        assert "token_owner_party is configured and not loaded, so no room is closed" in lines[2]
        await run.pilot.resize_terminal(*NARROW)
        await run.tick()
        await run.tick()
        assert "+1 more" in run.text().splitlines()[1]
        assert run.text().splitlines()[2].startswith("╭─ 1 rooms")


_times = st.floats()
_words = st.none() | st.text(max_size=9) | st.sampled_from(["owner", "member", "none", "jicofo", "module", FOCUS])
_entries = st.builds(
    Entry,
    at=_times,
    what=st.sampled_from(["joined", "left", "renamed", "affiliation", "armed", "missed", "odd"]),
    oid=st.none() | st.integers(0, 3),
    name=_words,
    was=_words,
    now=_words,
    by=_words,
    by_module=_words,
    detail=_words | _times.map(str),
)
_timers = st.builds(Timer, _times, _times, _words, st.booleans())
_gone = st.none() | st.builds(OwnerGone, _times, st.integers(), _words, _words)
_people = [jane(0), fine(1, "Tom", OWNER), person(2, "Guest", NONE, OWNER), focus(3)]


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(_entries, max_size=4), st.lists(_timers, max_size=2), _gone, st.sets(st.integers(0, 3)), _times)
def test_any_room_at_any_time_can_be_explained(
    past: list[Entry], armed: list[Timer], gone: OwnerGone | None, here: set[int], now: float
) -> None:
    case = case_of(*(_people[at] for at in here), armed=tuple(armed), owner_gone=gone)
    case.room.history.extend(past)
    judgement = _judged(case, now)
    case = structs.replace(case, judgement=judgement, server_now=now)
    for line in timeline(case.room, True, now, held_open=True):
        assert text_of(line).isprintable()
    banner_of(case.room, judgement, now, True)
    for finding in judgement.findings:
        about = case.room.occupants.get(finding.oid) if finding.oid is not None else None
        words: list[Text] = why(about, case) if about else why_room(finding, None, case)
        assert all(text_of(one).isprintable() for one in words)


def _judged(case: Case, now: float) -> Judgement:
    return judge(case.room, case.host, now)


def test_a_change_by_a_person_names_them() -> None:
    change = Change(NOW - 60, MEMBER, OWNER, "u2@meet.example/web", ActorKind.PERSON)
    someone = person(1, "Tom", MEMBER, OWNER, change=change)
    lines = [text_of(line) for line in why(someone, case_of(someone, fine(2, "Chef", OWNER)))]
    assert lines[0].startswith("i Tom was promoted to owner.")
    assert "by Chef = u2@meet.example" in lines[1]
    assert Affiliation.OWNER in lines[1]


@SIZES
async def test_the_line_about_a_plugin_that_is_not_loaded_tells_the_fix_and_f_the_other(size: tuple[int, int]) -> None:
    facts = {"modules": ["muc", "token_affiliation"], "modules_enabled": ["token_owner_party"]}
    events = [*connected(), seen("alpha", *crowd(1, 2)), ended(), FactsLearned(SERVER, HOST, RoomKind.MAIN, facts)]
    async with running(events, size) as run:
        await run.press("3", "g")
        assert "token_owner_party is configured and not loaded" in run.text()
        await run.press("tab")
        assert "prosodyctl shell module load" in run.text()
        await run.press("f")
        assert "docker compose exec prosody" in run.text()
