import pytest

from monitor.core.spelling import Grade, grade, normalised, split_tenant


@pytest.mark.parametrize(
    ("claim", "node", "expected"),
    [
        ("nocheintest", "nocheintest", Grade.SAME),
        ("NochEinTest", "nocheintest", Grade.CASE),
        ("ТЕСТ", "%d1%82%d0%b5%d1%81%d1%82", Grade.SPELLING),
        ("a b", "a%20b", Grade.SPELLING),
        ("büro", "b%c3%bcro", Grade.SPELLING),
        ("Bu\u0308ro", "b%c3%bcro", Grade.SPELLING),
        ("other", "nocheintest", Grade.OTHER),
        ("*", "nocheintest", Grade.WILDCARD),
        ("", "nocheintest", Grade.UNKNOWN),
        (None, "nocheintest", Grade.UNKNOWN),
        (["nocheintest"], "nocheintest", Grade.UNKNOWN),
        ("lesson", "[school]lesson", Grade.SAME),
        ("[school]lesson", "[school]lesson", Grade.OTHER),
    ],
)
def test_a_token_is_compared_with_the_room_as_client_and_server_do(claim: object, node: str, expected: Grade) -> None:
    assert grade(claim, node) is expected


def test_a_pattern_is_not_evaluated() -> None:
    assert grade("lesson%-.*", "lesson-1", pattern=True) is Grade.PATTERN
    assert grade("*", "lesson-1", pattern=True) is Grade.WILDCARD


def test_a_name_is_normalised_as_the_web_client_does_it() -> None:
    assert normalised("Noch Ein Test!") == "noch%20ein%20test!"
    assert normalised("\ud800") == normalised("\ud800")


def test_a_tenant_stands_in_brackets_before_the_name() -> None:
    assert split_tenant("[school]lesson") == ("school", "lesson")
    assert split_tenant("lesson") == (None, "lesson")
    assert split_tenant("[lesson") == (None, "[lesson")
