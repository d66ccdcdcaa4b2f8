"""The language of the filter, by itself and on rooms, people, refusals and rooms that are over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.affiliation import ActorKind
from monitor.core.claims import Claims
from monitor.core.everybody import people_in
from monitor.core.filtering import FIELDS, Subject, parse
from monitor.core.findings import Severity
from monitor.core.occupant import Exempt
from monitor.core.query import Overview, RoomRow, ServerLine
from monitor.core.reports import reports_of, server_reports
from monitor.core.room import EndedRoom, WasThere
from monitor.core.server import Refusal
from monitor.core.store import Store
from monitor.core.subjects import DOOR_FIELDS, of_ended, of_refusal, of_room
from monitor.core.text import clean
from tests.core.scenes import FOCUS, MEMBER, NONE, NOW, OWNER, focus, join, key, live_store, person, promotion

LATER = NOW + 5

WORDS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.builds(
            lambda no, field, value: f"{no}{field}:{value}",
            st.sampled_from(["", "!", "!!"]),
            st.sampled_from([*FIELDS, "foo", ""]),
            st.one_of(st.sampled_from(["owner", "F1", "cri", '"a b', '""', ""]), st.text(max_size=6)),
        ),
    ),
    max_size=6,
).map(" ".join)


def a_subject(text: str = "", **fields: str) -> Subject:
    return Subject(lambda: text, lambda field: fields[field].split("|") if field in fields else ())


def accepts(words: str, subject: Subject) -> bool:
    query = parse(words)
    assert not query.error
    return query.accepts(subject)


@given(WORDS, st.text(max_size=20))
def test_whatever_is_typed_nothing_is_raised_and_an_error_accepts_nothing(words: str, text: str) -> None:
    query = parse(words)
    found = query.accepts(a_subject(text.casefold(), name="jane", **{"is": "owner"}))
    assert not (query.error and found)
    assert parse(words, DOOR_FIELDS).accepts(a_subject(text)) in (True, False)


@given(st.text(st.characters(exclude_characters='"'), min_size=1, max_size=10), st.text(max_size=20))
def test_in_quotes_everything_is_a_word(word: str, text: str) -> None:
    assert accepts(f'"{word}"', a_subject(text.casefold())) is (word.casefold() in text.casefold())
    assert accepts(f'!"{word}"', a_subject(text.casefold())) is (word.casefold() not in text.casefold())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("  ", True),
        ("!", False),
        ("Jane", True),
        ("jane tom", False),
        ("jane !tom", True),
        ("!jane", False),
        ("room:mat", True),
        ("ROOM:Mat", True),
        ("room:jane", False),
        ("!room:mat", False),
        ("room:", True),
        ('room:"a b"', True),
        ('room:"a  b"', False),
        ('"a b', True),
        ("name:jane name:doe", True),
        ("claim:owner", False),
        ("claim:mem", True),
        ("!claim:owner", True),
        ("is:owner", True),
        ("is:moderator", True),
        ("finding:f1", True),
        ("finding:F10", True),
        ("finding:F10c", False),
        ("finding:F9", False),
        ("sev:crit", True),
        ("sev:warning", False),
        ("12:30", False),
    ],
)
def test_words_and_words_about_one_thing(words: str, found: bool) -> None:
    of_one = {"room": "maths a b", "name": "jane doe", "claim": "member", "sev": "critical", "finding": "f1|f10"}
    subject = a_subject("jane doe in a b", **of_one, **{"is": "owner|moderator"})
    assert accepts(words, subject) is found


def test_f1_is_not_every_rule_that_begins_with_it() -> None:
    assert not accepts("finding:F1", a_subject(finding="f10|f11"))
    assert accepts("!finding:F1", a_subject(finding="f10|f11"))
    assert accepts("finding:F", a_subject(finding="f10|f11"))


@pytest.mark.parametrize(
    ("words", "fields", "said"),
    [
        ("foo:x", FIELDS, "There is no foo: at all; there are room: name: jid: server: claim: is: finding: sev:."),
        ("!foo:x", FIELDS, "There is no foo: at all"),
        ("a finding:F1", DOOR_FIELDS, "There is no finding: here; there are room: name: jid: server: claim:."),
        ("claim:boss", FIELDS, "claim: takes one of owner, member, none, unknown."),
        ("sev:bad", FIELDS, "sev: takes one of critical, warning, information, fine."),
        (
            "finding:F99",
            FIELDS,
            "finding: takes one of F1, F2, F3, F4, F5, F6, F7, F9, F10, F10b, F10c, F10d, F11, F12,",
        ),
        ("is:king", FIELDS, "is: takes one of owner, admin, member, none, outcast, moderator"),
    ],
)
def test_what_cannot_be_asked_says_what_can(words: str, fields: tuple[str, ...], said: str) -> None:
    query = parse(words, fields)
    assert query.error.startswith(said)
    assert not query.accepts(a_subject(words))


def row_of_room(*people: object) -> tuple[RoomRow, Store]:
    store = live_store()
    join(store, "maths", *people)  # type: ignore[arg-type]
    return Overview(store).rows(LATER)[0], store


def test_a_room_has_what_anybody_in_it_has() -> None:
    jane = person(1, MEMBER, OWNER, name="Jane", change=promotion(FOCUS, ActorKind.JICOFO))
    row, store = row_of_room(jane, person(2, None, NONE, name="Tom"), person(3, None, OWNER, exempt=Exempt.JIBRI))
    room = store.find_room(key("maths"))
    assert room is not None
    subject = of_room(row, room)
    for words in ("jane tom", "name:tom", "jid:user2@", "claim:member", "claim:none", "is:owner", "finding:F1"):
        assert accepts(words, subject), words
    for words in ("jid:nobody", "claim:owner", "finding:F3", "sev:fine", "user2@", "!finding:F1"):
        assert not accepts(words, subject), words


def test_a_person_has_what_is_theirs_alone() -> None:
    jane = person(1, MEMBER, OWNER, name="Jane", change=promotion(FOCUS, ActorKind.JICOFO))
    row, store = row_of_room(jane, person(2, OWNER, OWNER, name="Tom"))
    rows = {one.name: one.subject for one in people_in(row, store.find_room(key("maths")))}
    assert accepts("room:maths claim:member is:owner sev:critical finding:f1 jane", rows[clean("Jane")])
    assert accepts("claim:owner sev:fine !finding:f1", rows[clean("Tom")])
    assert not accepts("claim:none", rows[clean("focus")])


def test_a_finding_has_its_rule_its_room_and_whom_it_is_about() -> None:
    jane = person(1, MEMBER, OWNER, name="Jane", change=promotion(FOCUS, ActorKind.JICOFO))
    row, store = row_of_room(focus(), jane)
    found = list(reports_of(row, store.find_room(key("maths"))))
    assert [one.rule for one in found] == ["F1"]
    assert accepts("finding:F1 name:jane room:maths server:meet sev:critical rights", found[0].subject)
    line = server_reports([ServerLine("meet", Severity.WARNING, clean("jicofo is missing"), rule="F31")])[0]
    assert accepts("finding:F31 sev:warning server:meet jicofo !room:maths", line.subject)


def test_a_refusal_and_an_ended_room_have_what_was_kept_of_them() -> None:
    refusal = Refusal(NOW, "join", "maths", "a@b/c", "id", Claims(OWNER, name="Zoë"), "not-allowed", None, "party")
    subject = of_refusal(refusal, "meet", "Zoë", "party not started")
    assert accepts("zoë party room:maths jid:a@b claim:owner server:meet not-allowed", subject)
    nothing = of_refusal(Refusal(NOW, "connect", None, None, None, None, None, "Bad", "token"), "meet", "?", "no token")
    assert accepts("claim:unknown bad", nothing)
    over = EndedRoom(
        key("maths"), NOW, "by\x1b[2J", "timer", people=(WasThere("Jane", True, MEMBER), WasThere(None, False, OWNER))
    )
    assert accepts("timer jane name:jane claim:owner is:owner is:member", of_ended(over, "closed by its timer"))
    assert not accepts("claim:member", of_ended(over, "closed by its timer"))


def test_a_servers_name_in_quotes_is_the_whole_name() -> None:
    def on(server: str) -> Subject:
        return Subject(lambda: server, lambda field: (server,) if field == "server" else ())

    assert [parse("server:shard-1").accepts(on(name)) for name in ("shard-1", "shard-12")] == [True, True]
    assert [parse('server:"shard-1"').accepts(on(name)) for name in ("shard-1", "shard-12")] == [True, False]
    assert [parse('!server:"shard-1"').accepts(on(name)) for name in ("shard-1", "shard-12")] == [False, True]
    # What is still being typed is not taken for whole.
    assert parse('server:"shard').accepts(on("shard-12"))
