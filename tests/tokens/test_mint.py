"""Minting: the claims, the warnings, the link; and that what is minted is what `inspect` lets in."""

import json
import multiprocessing
import os
import resource
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given, reject
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor.core.affiliation import Affiliation
from monitor.core.spelling import Grade, grade
from monitor.secret import Secret
from monitor.tokens.features import FEATURES
from monitor.tokens.inspect import inspect
from monitor.tokens.journal import Journal
from monitor.tokens.mint import Minted, MintError, Wish, claims_for, mint, page_for, warnings_for
from monitor.tokens.settings import ALGORITHMS, TokenSettings
from monitor.tokens.token import read_pasted
from tests.tokens.samples import APPLICATION, NOW, SECRET, jaas_settings, key_pair, settings, settings_for, signed

OWNER, MEMBER = Affiliation.OWNER, Affiliation.MEMBER


def wish(room: str = "alpha", affiliation: Affiliation = MEMBER, **changes: Any) -> Wish:
    return Wish(room=room, affiliation=affiliation, **changes)


def minted(folder: Path, wanted: Wish, server: TokenSettings | None = None, **changes: Any) -> Minted:
    values: dict[str, Any] = {"server": "meet", "os_user": "ann", "now": NOW} | changes
    return mint(wanted, server or settings(), Journal(folder / "minted.jsonl"), **values)


def refusal(wanted: Wish, server: TokenSettings | None = None) -> str:
    with pytest.raises(MintError) as caught:
        claims_for(wanted, server or settings(), now=NOW, jti="j")
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_claims_of_an_owner() -> None:
    wanted = wish("Alpha", OWNER, name="On-call: Ann", user_id="ann", email="ann@meet.example")
    assert claims_for(wanted, settings(), now=NOW + 0.9, jti="j") == {
        "iss": "jitsi",
        "aud": "jitsi",
        "sub": "meet.example",
        "room": "alpha",
        "iat": int(NOW),
        "nbf": int(NOW) - 60,
        "exp": int(NOW) + 1800,
        "jti": "j",
        "context": {
            "user": {
                "id": "ann",
                "name": "On-call: Ann",
                "email": "ann@meet.example",
                "affiliation": "owner",
                "moderator": "true",
            }
        },
    }


def test_a_member_claims_membership_and_nothing_more() -> None:
    claims = claims_for(wish(), settings(), now=NOW, jti="j")
    assert claims["context"] == {"user": {"affiliation": "member"}}
    assert "moderator" not in claims


def test_the_claim_of_the_old_plugin_is_a_truth_value_and_stands_at_the_top() -> None:
    assert claims_for(wish(affiliation=OWNER, moderator_claim=True), settings(), now=NOW, jti="j")["moderator"] is True
    assert claims_for(wish(moderator_claim=True), settings(), now=NOW, jti="j")["moderator"] is False


def test_features_are_left_out_unless_asked_for() -> None:
    assert "features" not in claims_for(wish(), settings(), now=NOW, jti="j")["context"]
    asked = claims_for(wish(features={"recording": False}), settings(), now=NOW, jti="j")
    assert asked["context"]["features"] == {"recording": False}


@pytest.mark.parametrize(
    ("room", "server", "node", "sub", "page"),
    [
        ("alpha", {}, "alpha", "meet.example", "https://meet.example/alpha"),
        (" Büro Eins ", {}, "b%c3%bcro%20eins", "meet.example", "https://meet.example/b%c3%bcro%20eins"),
        ("b%c3%bcro", {}, "b%c3%bcro", "meet.example", "https://meet.example/b%c3%bcro"),
        ("a/b?c#d", {}, "a%2fb%3fc%23d", "meet.example", "https://meet.example/a%2fb%3fc%23d"),
        ("alpha", {"tenant": "Acme", "sub": "acme"}, "alpha", "acme", "https://meet.example/acme/alpha"),
        ("[Other]alpha", {"tenant": "Acme", "sub": "acme"}, "alpha", "other", "https://meet.example/other/alpha"),
        ("[acme]alpha", {}, "alpha", "acme", "https://meet.example/acme/alpha"),
        ("[acme]alpha", {"sub": "*"}, "alpha", "*", "https://meet.example/acme/alpha"),
        ("*", {}, "*", "meet.example", None),
        ("x@conference.acme.meet.example", {}, "x", "acme", "https://meet.example/acme/x"),
        ("[acme]x@conference.meet.example", {}, "x", "acme", "https://meet.example/acme/x"),
        ("v1.2/b", {}, "v1.2%2fb", "meet.example", "https://meet.example/v1.2%2fb"),
        ("bob@home", {}, "bob%40home", "meet.example", "https://meet.example/bob%40home"),
        ("bob%40home.example", {}, "bob%40home.example", "meet.example", "https://meet.example/bob%40home.example"),
        ("meet.example", {}, "meet.example", "meet.example", "https://meet.example/meet.example"),
        ("alpha", {"url": "https://meet.example/base"}, "alpha", "meet.example", "https://meet.example/base/alpha"),
    ],
)
def test_the_room_the_sub_and_the_address(
    room: str, server: dict[str, Any], node: str, sub: str, page: str | None
) -> None:
    configured = settings(**server)
    claims = claims_for(wish(room), configured, now=NOW, jti="j")
    assert (claims["room"], claims["sub"]) == (node, sub)
    assert page_for(wish(room), configured) == page


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (wish(""), "The room has no name"),
        (wish("  "), "The room has no name"),
        (wish("[acme]"), "The room has no name"),
        (wish("."), "No address leads"),
        (wish(".."), "No address leads"),
        (wish("team-*"), "* stands for every room"),
        (wish("%2a"), "* stands for every room"),
        (wish("\uff0a"), "* stands for every room"),
        (wish("[acme]%2A"), "* stands for every room"),
        (wish("[a/b]x"), "no tenant's name"),
        (wish("[*]x"), "no tenant's name"),
        (wish("https://elsewhere.example/x"), "an address of another server than https://meet.example"),
        (wish("https://meet.example:8443/x"), "an address of another server than https://meet.example"),
        (wish("https://sub.meet.example/x"), "an address of another server than https://meet.example"),
        (wish("other.example/x"), "an address of another server than https://meet.example"),
        (wish("10.0.0.1/x"), "an address of another server than https://meet.example"),
        (wish("localhost:8080/x"), "an address of another server than https://meet.example"),
        (wish("x@conference.other.example"), "a JID of another server than meet.example"),
        (wish("x@evilmeet.example/nick"), "a JID of another server than meet.example"),
        (wish("xmpp:x@other"), "a JID of another server than meet.example"),
        (wish("xmpp:x"), "That xmpp: address names no room"),
        (wish("https://meet.example/"), "The address names no room"),
        (wish("https://[::1/x"), "The address names no room"),
        (wish("https://meet.example/*"), "An address opens one room"),
        (wish("https://meet.example/acme/%2a"), "An address opens one room"),
        (wish("x" * 1100), "too long"),
        (wish("ü" * 200), "too long"),
        (wish("a\x1b[31m"), "The room is not text"),
        (wish("a\udcff"), "The room is not text"),
        (wish(minutes=0), "must be a number above 0"),
        (wish(minutes=-5), "must be a number above 0"),
        (wish(minutes=float("nan")), "must be a number above 0"),
        (wish(minutes=float("inf")), "inf minutes are more than the 1440"),
        (wish(minutes=0.001), "must come to a second at least"),
        (wish(minutes=0.016), "must come to a second at least"),
        (wish(minutes=1441), "1441 minutes are more than the 1440 that max_minutes allows"),
        (wish(minutes=1e308), "more than the 1440"),
        (wish(name="x" * 201), "The name is longer"),
        (wish(name="a\nb"), "The name is not text"),
        (wish(email="\udc80"), "The email is not text"),
        (wish(user_id=signed({"room": "alpha"})), "The id looks like a token"),
        (wish(room=signed({"room": "alpha"})), "The room looks like a token"),
        (wish(affiliation=Affiliation.ADMIN), "owner or member"),
        (wish(features={"fly": True}), "There is no feature of that name"),
    ],
)
def test_what_cannot_be_minted_is_refused_in_one_sentence(wanted: Wish, words: str) -> None:
    assert words in refusal(wanted)


def test_the_most_minutes_are_the_servers_own() -> None:
    assert "more than the 5" in refusal(wish(minutes=6), settings(max_minutes=5))
    assert claims_for(wish(minutes=5), settings(max_minutes=5), now=NOW, jti="j")["exp"] == int(NOW) + 300


@pytest.mark.parametrize(("most", "usual"), [(10, 10), (0.5, 0.5), (30, 30), (1440, 30)])
def test_the_usual_minutes_are_never_more_than_the_most(most: float, usual: float) -> None:
    assert settings(max_minutes=most).usual_minutes == usual


def warned(wanted: Wish, closes_in_s: float | None = None, **server: Any) -> str:
    return " ".join(warnings_for(wanted, settings(**server), closes_in_s=closes_in_s))


def test_a_member_of_one_room_needs_no_warning() -> None:
    assert warned(wish()) == ""
    assert warned(wish(features={"lobby": True})) == ""
    assert warned(wish(), closes_in_s=20) == ""


def test_what_is_dangerous_is_warned_of() -> None:
    assert "every room" in warned(wish("*"))
    assert "every room" in warned(wish("[acme]*"))
    assert "every tenant" in warned(wish(), sub="*")
    assert "is owner of the room" in warned(wish(affiliation=OWNER))
    assert "without recording" in warned(wish(affiliation=OWNER, features={"lobby": True}))
    assert "without recording" in warned(wish(affiliation=OWNER, features={"recording": False}))
    assert "without recording" not in warned(wish(affiliation=OWNER, features={"recording": True}))
    assert "can be guessed" in warned(wish(), key=Secret("short"))


def test_a_closing_room_is_warned_of() -> None:
    assert "keeps it open" in warned(wish(affiliation=OWNER), closes_in_s=40)
    assert "likely too late" not in warned(wish(affiliation=OWNER), closes_in_s=20)
    assert "closes in 20 s" in warned(wish(affiliation=OWNER), closes_in_s=19.9)
    assert "closes any moment" in warned(wish(), closes_in_s=-3)
    assert warnings_for(wish(), settings(), closes_in_s=50, joining_takes_s=60) != []
    assert warnings_for(wish(), settings(), is_over=True) == [
        "The room is over: whoever comes by this link begins it anew."
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_minted_gets_in(tmp_path: Path, algorithm: str) -> None:
    server = settings_for(algorithm)
    made = minted(tmp_path, wish("Büro", OWNER, name="Ann"), server)
    inspection = inspect(made.token, {"meet": server}, "büro", at=NOW)
    assert inspection.verdict.gets_in
    assert inspection.verdict.is_signed
    assert inspection.affiliation is OWNER
    assert inspection.claims == made.claims
    assert (inspection.header or {}).get("kid") == server.kid


FEATURE_LISTS = st.none() | st.dictionaries(st.sampled_from(FEATURES), st.booleans())
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50)


@given(
    room=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    name=TEXTS,
    owner=st.booleans(),
    minutes=st.floats(0.02, 1440),
    features=FEATURE_LISTS,
    verifies=st.booleans(),
    tenant=st.none() | st.just("Acme"),
    later=st.floats(0, 1),
)
@hypothesis_settings(max_examples=300, deadline=None)
def test_mint_and_inspect_agree(
    tmp_path_factory: pytest.TempPathFactory,
    room: str,
    name: str | None,
    owner: bool,
    minutes: float,
    features: dict[str, bool] | None,
    verifies: bool,
    tenant: str | None,
    later: float,
) -> None:
    server = settings(domain_verification=verifies, tenant=tenant, sub=tenant.lower() if tenant else "meet.example")
    wanted = wish(room, OWNER if owner else MEMBER, name=name, minutes=minutes, features=features)
    assume(room.strip() != "*")
    try:
        page_for(wanted, server)
    except MintError:
        reject()
    made = minted(tmp_path_factory.getbasetemp(), wanted, server)
    assert made.page is not None
    token, linked, _ = read_pasted(made.link().reveal())
    assert token == made.token
    inspection = inspect(token, {"meet": server}, linked, at=NOW + later * (made.claims["exp"] - 1 - NOW))
    assert inspection.verdict.gets_in, inspection.verdict.failure
    assert inspection.verdict.doubts == ()
    assert inspection.affiliation is wanted.affiliation
    expected = None if features is None else tuple(one for one in FEATURES if features.get(one))
    assert inspection.features == expected
    assert grade(made.claims["room"], inspection.room or "") is Grade.SAME
    assert urlsplit(made.page).query == urlsplit(made.page).fragment == ""
    assert not inspect(token, {"meet": server}, linked, at=NOW + minutes * 60 + 1).verdict.gets_in


def test_the_journal_says_who_made_what_and_holds_no_token_and_no_secret(tmp_path: Path) -> None:
    made = minted(tmp_path, wish("[acme]Büro", OWNER), reason=f"host lost, see {signed({'a': 1})}")
    path = tmp_path / "minted.jsonl"
    text = path.read_text()
    assert json.loads(text) == {
        "time": "2027-01-15T08:00:00+00:00",
        "os_user": "ann",
        "server": "meet",
        "room": "[acme]b%c3%bcro",
        "affiliation": "owner",
        "exp": int(NOW) + 1800,
        "jti": made.claims["jti"],
        "reason": "host lost, see •••",
    }
    for part in made.token.reveal().split("."):
        assert part not in text
    assert SECRET not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_journal_grows_line_by_line_and_is_made_private_again(tmp_path: Path) -> None:
    first = minted(tmp_path, wish())
    (tmp_path / "minted.jsonl").chmod(0o644)
    second = minted(tmp_path, wish())
    lines = (tmp_path / "minted.jsonl").read_text().splitlines()
    assert [json.loads(line)["jti"] for line in lines] == [first.claims["jti"], second.claims["jti"]]
    assert first.claims["jti"] != second.claims["jti"]
    assert stat.S_IMODE((tmp_path / "minted.jsonl").stat().st_mode) == 0o600


def test_without_a_journal_nothing_is_minted(tmp_path: Path) -> None:
    (tmp_path / "minted.jsonl").mkdir()
    with pytest.raises(MintError) as caught:
        minted(tmp_path, wish())
    assert "cannot be written" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_what_cannot_be_signed_leaves_no_line_in_the_journal(tmp_path: Path) -> None:
    for server in (settings(key=Secret(key_pair()[1])), settings(algorithm="RS256", key=Secret("hunter2"), kid="k")):
        with pytest.raises(MintError) as caught:
            minted(tmp_path, wish(), server)
        assert "No token was made" in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None
    assert not (tmp_path / "minted.jsonl").exists()


def test_what_cannot_be_kept_is_not_minted(tmp_path: Path) -> None:
    for path, made in ((tmp_path / "pipe", os.mkfifo), (tmp_path / "null", lambda path: path.symlink_to("/dev/null"))):
        made(path)
        with pytest.raises(MintError, match="cannot be written"):
            mint(wish(), settings(), Journal(path), server="meet", os_user="ann", now=NOW)


def test_a_line_that_a_full_disk_cuts_off_is_said_and_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "minted.jsonl"
    minted(tmp_path, wish())
    whole = path.read_text()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 50, before[1]))
    try:
        with pytest.raises(MintError, match=r"No token was made: the journal .* cannot be written"):
            minted(tmp_path, wish())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(path.read_text()) == len(whole) + 50
    made = minted(tmp_path, wish())
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[2])["jti"] == made.claims["jti"]


def _mint_some(path: Path, number: int) -> None:
    for _ in range(number):
        mint(wish(), settings(), Journal(path), server="meet", os_user="ann", now=NOW, reason="x" * 5000)


def test_two_who_mint_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "minted.jsonl"
    writers = [multiprocessing.get_context("spawn").Process(target=_mint_some, args=(path, 40)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({entry["jti"] for entry in entries}) == len(entries) == 120


def test_a_token_for_jitsi_as_a_service_has_what_that_service_asks(tmp_path: Path) -> None:
    server = jaas_settings()
    made = minted(tmp_path, wish("Alpha", OWNER, name="Ann"), server)
    assert made.page == f"https://8x8.example/{APPLICATION}/alpha"
    assert {name: made.claims[name] for name in ("iss", "aud", "sub", "room")} == {
        "iss": "chat",
        "aud": "jitsi",
        "sub": APPLICATION,
        "room": "alpha",
    }
    assert made.claims["context"]["features"] == {}
    assert made.claims["context"]["user"]["moderator"] == "true"
    token, room, _ = read_pasted(made.link().reveal())
    for servers in ({"jaas": server}, {"other": settings(), "jaas": server}):
        found = inspect(token, servers, room, at=NOW).verdict
        assert (found.server, found.gets_in, found.is_signed, found.doubts) == ("jaas", True, True, ())
    with_recording = minted(tmp_path, wish(affiliation=OWNER, features={"recording": True}), server)
    assert with_recording.claims["context"]["features"] == {"recording": True}
    assert "no default features" in " ".join(warnings_for(wish(affiliation=OWNER), server))
    assert "other tenant" in refusal(wish("[acme]alpha"), server)


@pytest.mark.parametrize(
    "named",
    [
        "https://meet.example/B%C3%BCro",
        "HTTPS://MEET.example/büro?lang=de#config.x=1",
        "http://meet.example/büro/",
        "b%c3%bcro@conference.meet.example",
        "b%c3%bcro@meet.example",
        "b%c3%bcro@conference.meet.example/ann@home",
        "xmpp:b%c3%bcro@conference.meet.example?join",
        "xmpp://ann@meet.example/b%c3%bcro@conference.meet.example",
        "meet.example/büro",
        "https://meet.example:443/büro",
    ],
)
def test_a_room_may_be_named_by_its_address(named: str) -> None:
    claims = claims_for(wish(named), settings(), now=NOW, jti="j")
    assert claims["room"] == "b%c3%bcro"
    assert page_for(wish(named), settings()) == "https://meet.example/b%c3%bcro"


def test_an_address_names_its_tenant_and_nothing_above_it() -> None:
    based = settings(url="https://meet.example/base")
    for named, server in (("https://meet.example/Acme/x", settings()), ("https://meet.example/base/Acme/x", based)):
        assert claims_for(wish(named), server, now=NOW, jti="j")["sub"] == "acme"
    assert claims_for(wish("https://meet.example/base/x"), based, now=NOW, jti="j")["sub"] == "meet.example"


def test_a_token_for_every_room_has_no_link(tmp_path: Path) -> None:
    made = minted(tmp_path, wish("*"))
    with pytest.raises(MintError, match="has no link"):
        made.link()
    assert inspect(made.token, {"meet": settings()}, "whatever", at=NOW).verdict.gets_in


def test_nothing_minted_shows_the_signature_or_the_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    made = minted(tmp_path, wish())
    assert inspect(made.token, {"meet": settings(key=Secret("s3cret"))}, at=NOW).verdict.failure is not None
    logged = caplog.text + "".join(capfd.readouterr())
    assert made.token.reveal().rpartition(".")[2] not in logged
    assert SECRET not in logged
    signature = made.token.reveal().rpartition(".")[2]
    for text in (repr(made), str(made), repr(made.link()), f"{made.link(True)}", repr(settings())):
        assert signature not in text
        assert SECRET not in text
