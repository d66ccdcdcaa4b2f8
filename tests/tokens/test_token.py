import pytest

from monitor.tokens.token import HIDDEN, Link, Token, looks_like_a_token, read_pasted, without_tokens
from tests.tokens.samples import claims, signed

TEXT = signed(claims())
HEAD, _, SIGNATURE = TEXT.rpartition(".")


def test_a_token_shows_header_and_payload_but_no_signature() -> None:
    assert f"{Token(TEXT)}" == repr(Token(TEXT)) == f"{HEAD}.{HIDDEN}"
    assert Token(TEXT).reveal() == TEXT


@pytest.mark.parametrize("text", ["", "hunter2", "a.b", "a.b.c.d", "a b.c.d", "\x1b[31m.b.c", "x" * 1000])
def test_what_is_no_token_shows_nothing_at_all(text: str) -> None:
    assert str(Token(text)) == HIDDEN


def test_tokens_are_compared_by_what_they_hide() -> None:
    assert Token(TEXT) == Token(TEXT)
    assert Token(TEXT) != Token(TEXT + "x")
    assert len({Token(TEXT), Token(TEXT)}) == 1


@pytest.mark.parametrize("in_fragment", [False, True])
def test_a_link_shows_no_signature_and_is_found_again_in_what_it_reveals(in_fragment: bool) -> None:
    link = Link("https://meet.example/acme/b%c3%bcro", Token(TEXT), in_fragment)
    assert SIGNATURE not in f"{link} {link!r}"
    assert f"{link}".startswith("https://meet.example/acme/b%c3%bcro" + ("#jwt=%22" if in_fragment else "?jwt="))
    token, room, _ = read_pasted(f"  {link.reveal()}\n")
    assert token.reveal() == TEXT
    assert room == "[acme]büro"


@pytest.mark.parametrize(
    ("pasted", "token", "room"),
    [
        (TEXT, TEXT, None),
        ("https://meet.example/a", "", "a"),
        ("https://meet.example/?jwt=x.y.z&a=b", "x.y.z", None),
        ("https://meet.example/a?lang=de&jwt=x.y.z#config.x=1", "x.y.z", "a"),
        ("https://[::1/a?jwt=x", "https://[::1/a?jwt=x", None),
        ("", "", None),
        (f"\ufeff{TEXT}\r\n", TEXT, None),
        (f'"{TEXT}"', TEXT, None),
        (f"{TEXT[:40]}\n  {TEXT[40:]}", TEXT, None),
        (f"Bearer {TEXT}", TEXT, None),
        (f"authorization: bearer\t{TEXT}", TEXT, None),
        (f"jwt={TEXT}", TEXT, None),
        (f"?jwt={TEXT}&a=b", TEXT, None),
        (f"meet.example/a?jwt={TEXT}", TEXT, "a"),
        (f"meet.example:8443/acme/a#jwt=%22{TEXT}%22", TEXT, "[acme]a"),
        (f"<https://meet.example/a?jwt={TEXT[:40]}\n{TEXT[40:]}>", TEXT, "a"),
        (f"wss://meet.example/xmpp-websocket?room=b%c3%bcro&token={TEXT}", TEXT, "büro"),
        (f"https://meet.example/Acme/http-bind?token={TEXT}&room=a", TEXT, "[acme]a"),
        (f"> {TEXT[:40]}\n> {TEXT[40:]}", TEXT, None),
        (f"> > https://meet.example/a?jwt={TEXT[:40]}\n>> {TEXT[40:]}\n> ", TEXT, "a"),
        (f"{TEXT[:40]}=\n{TEXT[40:80]}=\r\n{TEXT[80:]}", TEXT, None),
        (f"> {TEXT[:40]}=\n> {TEXT[40:]}", TEXT, None),
        (f"https://meet.example/a?jwt=3D{TEXT[:40]}=\n{TEXT[40:]}", TEXT, "a"),
        (f"https://meet.example/a?jwt=\n=3D{TEXT[:40]}=\n{TEXT[40:]}", TEXT, "a"),
        (f"https://meet.example/a#jwt=3D%22{TEXT[:40]}=\n{TEXT[40:]}%22", TEXT, "a"),
        (f"https://meet.example/a?jwt=\n{TEXT}", TEXT, "a"),
        (f"https://meet.example/a?jwt=\n{TEXT[:40]}\n{TEXT[40:]}", TEXT, "a"),
        (f"{TEXT}=", f"{TEXT}=", None),
        ("mailto:a@b?jwt=x", "mailto:a@b?jwt=x", None),
    ],
)
def test_a_link_is_taken_apart(pasted: str, token: str, room: str | None) -> None:
    found, where, _ = read_pasted(pasted)
    assert (found.reveal(), where) == (token, room)


@pytest.mark.parametrize(
    ("pasted", "host"),
    [
        (TEXT, None),
        (f"?jwt={TEXT}", None),
        (f"https://Meet.example/a?jwt={TEXT}", "meet.example"),
        (f"meet.example/a?jwt={TEXT}", "meet.example"),
        (f"https://meet.example:443/a#jwt=%22{TEXT}%22", "meet.example"),
        (f"wss://meet.example:8443/xmpp-websocket?room=a&token={TEXT}", "meet.example:8443"),
        (f"https://ann:x@evil.example/a?jwt={TEXT}", "evil.example"),
        (f"https://[::1/a?jwt={TEXT}", None),
    ],
)
def test_a_link_has_a_host(pasted: str, host: str | None) -> None:
    assert read_pasted(pasted).host == host


def test_tokens_are_seen_in_other_text() -> None:
    for text in (TEXT, f"see https://x/a?jwt={TEXT}!", f"x{TEXT}", HEAD, TEXT.replace(".", "%2E")):
        assert looks_like_a_token(text)
        assert SIGNATURE not in without_tokens(text)
        assert HIDDEN in without_tokens(text)


@pytest.mark.parametrize("text", ["", "alpha", "token.txt", "the host cannot get in", "eyes.open.wide", "ey.e.e"])
def test_ordinary_words_are_no_tokens(text: str) -> None:
    assert not looks_like_a_token(text)
    assert without_tokens(text) == text
