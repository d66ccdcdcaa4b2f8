import xml.etree.ElementTree as ET

from monitor.wire.questions import ASKED, MOST, PATIENCE_S, TIMED_OUT, Answer, Questions

ROOM = "alpha@conference.meet.test"


def answer(name: str, sender: str = ROOM, kind: str = "result", payload: str = "<query/>") -> ET.Element:
    return ET.fromstring(
        f"<iq xmlns='jabber:component:accept' type='{kind}' id='{name}' from='{sender}'>{payload}</iq>"
    )


def test_an_answer_goes_to_who_asked_and_only_once() -> None:
    questions, told = Questions(), list[Answer]()
    name = questions.add("people", ROOM, told.append)
    assert questions.free == ASKED - 1
    assert questions.take(answer(name))
    assert not questions.take(answer(name))
    assert [one.child("{jabber:component:accept}query") is not None for one in told] == [True]
    assert questions.free == ASKED


def test_an_answer_from_another_address_is_none() -> None:
    questions, told = Questions(), list[Answer]()
    name = questions.add("people", ROOM, told.append)
    assert not questions.take(answer(name, "beta@conference.meet.test"))
    assert told == []
    assert questions.take(answer(name))


def test_an_error_is_told_by_its_condition() -> None:
    questions, told = Questions(), list[Answer]()
    forbidden = "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    questions.take(answer(questions.add("people", ROOM, told.append), kind="error", payload=forbidden))
    questions.take(answer(questions.add("people", ROOM, told.append), kind="error", payload=""))
    assert [one.condition for one in told] == ["forbidden", "undefined-condition"]
    assert [one.child("query") for one in told] == [None, None]


def test_what_is_not_answered_is_given_up_in_time() -> None:
    now, told = 100.0, list[Answer]()
    questions = Questions(lambda: now)
    name = questions.add("people", ROOM, told.append)
    now += PATIENCE_S - 0.1
    questions.tick()
    assert told == []
    now += 0.2
    questions.tick()
    assert [one.condition for one in told] == [TIMED_OUT]
    assert not questions.take(answer(name))


def test_at_the_end_nobody_is_told_anything() -> None:
    questions, told = Questions(), list[Answer]()
    names = [questions.add("people", ROOM, told.append) for _ in range(ASKED)]
    assert questions.free == 0
    questions.cancel()
    assert [questions.take(answer(name)) for name in names] == [False] * ASKED
    assert told == []
    assert len(set(names)) == ASKED


def test_there_is_always_room_for_a_ping_beside_the_questions() -> None:
    questions = Questions()
    while questions.free:
        questions.add("people", ROOM, lambda _answer: None)
    assert len(questions) + 1 == MOST


def test_an_answer_that_comes_too_late_is_told_to_who_wants_to_know_and_only_once() -> None:
    now, told, late = 100.0, list[Answer](), list[Answer]()
    questions = Questions(lambda: now)
    names = [questions.add("rooms", ROOM, told.append, late.append) for _ in range(2)]
    questions.take(answer(names[0]))
    now += PATIENCE_S
    questions.tick()
    assert [one.condition for one in told] == ["", TIMED_OUT]
    assert questions.free == ASKED
    assert not questions.take(answer(names[1], "beta@conference.meet.test"))
    assert questions.take(answer(names[1]))
    assert not questions.take(answer(names[1]))
    assert [one.stanza is not None for one in late] == [True]
    assert len(told) == 2
