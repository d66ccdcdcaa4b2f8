"""What `inspect` says, beyond the recorded verdicts; and that nothing makes it raise."""

import base64
import json
import math
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor.secret import Secret
from monitor.tokens.checks import Outcome
from monitor.tokens.inspect import Inspection, Verdict, inspect, inspect_claims
from monitor.tokens.settings import TokenSettings
from tests.tokens.samples import (
    APPLICATION,
    HEADER,
    NOW,
    SECRET,
    claims,
    jaas_settings,
    key_pair,
    raw_token,
    segment,
    settings,
    signed,
)

SERVER = {"meet": settings()}


def refusal(token: str | bytes, server: TokenSettings | None = None, room: str | None = "alpha") -> tuple[str, str]:
    """Stage and words of the first failure; both "" where the token gets in."""
    failure = inspect(token, {"meet": server or settings()}, room, at=NOW).verdict.failure
    return (failure.stage.value, failure.words) if failure else ("", "")


def outcome(inspection: Inspection, about: str) -> Outcome:
    return next(check.outcome for check in inspection.verdict.checks if check.about == about)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "Invalid token"),
        ("...", "Invalid token"),
        ("a.b", "Invalid token"),
        ("a.b.c.d", "Invalid token"),
        (b"\xff\xfe.\x00.\x80", "Invalid header"),
        ("\ud800.b.c", "Invalid header"),
        ("ä.b.c", "Invalid header"),
        (f"{segment('[' * 90_000)}.b.c", "Invalid token"),
        (f"{segment('[' * 9_000)}.b.c", "Invalid header"),
        (f"{segment(HEADER)}.{segment('not JSON')}.c", "Invalid body"),
        (f"{segment(HEADER)}.{segment(claims())}.+", "Invalid signature"),
        ("x" * 1_000_000, "Invalid token"),
        (f"{segment(HEADER)}.{segment(claims())}.", "Invalid token"),
    ],
)
def test_what_is_no_token_is_refused_at_connect(token: str | bytes, words: str) -> None:
    assert refusal(token) == ("connect", words)


@pytest.mark.parametrize("payload", [5, True, None])
def test_a_body_that_lua_cannot_look_into_is_refused_without_a_word(payload: object) -> None:
    assert refusal(raw_token(HEADER, payload)) == ("connect", "")


@pytest.mark.parametrize("depth", [150, 900, 9_000])
def test_claims_nested_beyond_all_reason_are_not_looked_at(depth: int) -> None:
    nested = json.dumps(claims())[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}"
    inspection = inspect(raw_token(HEADER, nested), SERVER, "alpha", at=NOW)
    assert inspection.claims is None
    assert inspection.verdict.stage == "connect"
    assert repr(inspection)


@pytest.mark.parametrize("payload", ["text", [1, 2]])
def test_a_body_in_which_lua_finds_nothing_has_no_issuer(payload: object) -> None:
    assert refusal(raw_token(HEADER, json.dumps(payload))) == ("connect", "'iss' claim is missing")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exp": int(NOW)}, "Not acceptable by exp (0 sec since expired)"),
        ({"exp": int(NOW) - 61}, "Not acceptable by exp (61 sec since expired)"),
        ({"exp": "1"}, "exp must be number"),
        ({"exp": True}, "exp must be number"),
        ({"exp": []}, "exp must be number"),
        ({"nbf": int(NOW) + 1}, "Not acceptable by nbf"),
        ({"nbf": {}}, "nbf must be number"),
        ({"exp": "1", "nbf": "1"}, "exp must be number"),
        ({"exp": 1, "nbf": "1"}, "nbf must be number"),
        ({"exp": 1, "iss": "other"}, "Not acceptable by exp (1799999999 sec since expired)"),
        ({"iss": ["jitsi"]}, "invalid 'iss' claim"),
        ({"iss": "Jitsi"}, "invalid 'iss' claim"),
        ({"iss": "other", "aud": None}, "invalid 'iss' claim"),
        ({"aud": None}, "'aud' claim is missing"),
        ({"aud": 7}, ""),
        ({"exp": False}, ""),
        ({"exp": 1e300}, ""),
        ({"nbf": int(NOW)}, ""),
    ],
)
def test_the_order_and_the_words_are_the_servers(changes: dict[str, Any], expected: str) -> None:
    stage, words = refusal(signed(claims(**changes)))
    assert words == expected
    assert stage == ("connect" if expected else "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".", "it has none of the three parts header.payload.signature"),
        ("a.b", "it has 2 of the three parts header.payload.signature"),
        ("a.b.c.d", "it has 4 parts, and a token has three: header.payload.signature"),
        ("", "there is no token"),
    ],
)
def test_how_many_parts_there_are_is_said_rightly(text: str, words: str) -> None:
    failure = inspect(text, SERVER, at=NOW).verdict.failure
    assert failure is not None
    assert failure.meaning == words


def test_a_null_time_is_no_number_to_the_server() -> None:
    assert refusal(raw_token(HEADER, claims() | {"exp": None})) == ("connect", "exp must be number")


def test_a_list_of_audiences_is_compared_as_one_value() -> None:
    strict = settings(accepted_audiences=("jitsi", "other"))
    assert refusal(signed(claims(aud="other")), strict) == ("", "")
    assert refusal(signed(claims(aud=["jitsi"])), strict) == ("connect", "invalid 'aud' claim")


def test_any_issuer_may_be_accepted() -> None:
    assert refusal(signed(claims(iss="whoever")), settings(accepted_issuers=("*",))) == ("", "")
    assert refusal(signed(claims(iss=None)), settings(accepted_issuers=("*",)))[1] == "'iss' claim is missing"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "ES256", "PS256", "HS1", None, 7, ["HS256"]])
def test_no_algorithm_but_the_servers_is_taken(alg: object) -> None:
    token = raw_token({"typ": "JWT", "alg": alg}, claims())
    assert refusal(token) == ("connect", "Invalid or incorrect alg")
    unconfigured = inspect(token, at=NOW).verdict.failure
    assert unconfigured is not None
    assert unconfigured.words == "Invalid or incorrect alg"


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    public = key_pair()[1]
    forged = raw_token({"typ": "JWT", "alg": "HS256", "kid": "k"}, claims(), key=public)
    with_public = settings(algorithm="RS256", key=Secret(public), kid="k")
    assert refusal(forged, with_public) == ("connect", "Invalid or incorrect alg")
    # Even were the server set up wrongly, with the public key as its shared secret, nothing is called good here.
    confused = inspect(forged, {"meet": settings(key=Secret(public))}, at=NOW)
    assert outcome(confused, "signature") is Outcome.UNKNOWN
    assert not confused.verdict.is_signed


def test_a_key_server_wants_a_kid_and_an_unknown_one_is_a_doubt_not_a_fault() -> None:
    private, public = key_pair()
    server = settings(algorithm="RS256", key=Secret(public), kid="jitsi/meet")
    assert refusal(signed(claims(), "RS256", private), server) == ("connect", "'kid' claim is missing")
    good = signed(claims(), "RS256", private, kid="jitsi/meet")
    assert refusal(good, server) == ("", "")
    broken = good.rpartition(".")[0] + ".AAAA"
    assert refusal(broken, server) == ("connect", "Invalid signature")
    other = signed(claims(), "RS256", private, kid="../../etc/passwd\x1b[31m")
    assert refusal(other, server) == ("", "")
    foreign = other.rpartition(".")[0] + ".AAAA"
    doubts = inspect(foreign, {"meet": server}, "alpha", at=NOW).verdict.doubts
    assert [check.about for check in doubts] == ["kid", "signature"]
    assert not any("\x1b" in doubt.meaning for doubt in doubts)


@pytest.mark.parametrize("kid", ["other", "../../../etc/passwd", "a\0b", "", "JITSI/meet", 5, 5.5])
def test_the_right_key_under_another_name_is_a_doubt(kid: object) -> None:
    private, public = key_pair()
    server = settings(algorithm="RS256", key=Secret(public), kid="jitsi/meet")
    found = inspect(with_kid(kid, private), {"meet": server}, "alpha", at=NOW).verdict
    assert found.gets_in
    assert found.is_signed
    [doubt] = found.doubts
    assert doubt.about == "kid"
    assert 'the configured one is "jitsi/meet": which key the server finds by that name' in doubt.meaning


@pytest.mark.parametrize("kid", [None, True, False, ["jitsi/meet"], {"jitsi/meet": 1}])
def test_a_kid_that_is_no_name_is_where_the_server_fails(kid: object) -> None:
    private, public = key_pair()
    server = settings(algorithm="RS256", key=Secret(public), kid="jitsi/meet")
    assert refusal(with_kid(kid, private), server) == ("connect", "")


def test_where_there_is_no_key_server_nobody_looks_at_a_kid() -> None:
    found = inspect(signed(claims(), kid="../../etc/passwd"), SERVER, "alpha", at=NOW).verdict
    assert (found.gets_in, found.doubts) == (True, ())
    assert "kid" not in {check.about for check in found.checks}


def test_another_key_of_an_application_is_a_doubt() -> None:
    private, public = key_pair()
    payload = claims(sub=APPLICATION, aud="jitsi", iss="chat", context={"features": {}})
    token = signed(payload, "RS256", private, kid=f"{APPLICATION}/other")
    found = inspect(token, {"jaas": jaas_settings(key=Secret(public))}, f"[{APPLICATION}]alpha", at=NOW).verdict
    assert [doubt.about for doubt in found.doubts] == ["kid"]


def with_kid(kid: object, private: str) -> str:
    """A token with any kid, signed well: the library that signs takes text alone."""
    signing_input = f"{segment({'typ': 'JWT', 'alg': 'RS256', 'kid': kid})}.{segment(claims())}"
    algorithm = jwt.get_algorithm_by_name("RS256")
    signature = algorithm.sign(signing_input.encode(), algorithm.prepare_key(private))
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("room", "asked", "expected"),
    [
        ("ALPHA", "alpha", ""),
        ("*", "alpha", ""),
        ("", "alpha", "Room does not match the room from token"),
        ("a b", "a b", "Room does not match the room from token"),
        ("a%20b", "a b", ""),
        ("alpha", "[acme]alpha", ""),
        ("тест", "тест", "Room does not match the room from token"),
        (5, "5", ""),
        (True, "alpha", ""),
        (["alpha"], "alpha", ""),
    ],
)
def test_the_room_of_the_token_and_the_room_to_join(room: object, asked: str, expected: str) -> None:
    stage, words = refusal(signed(claims(room=room)), room=asked)
    assert words == expected
    assert (stage == "join") == (bool(expected) or isinstance(room, bool | list))


@pytest.mark.parametrize("room", ["alpha", "ALPHA", "a%20b", 5])
@pytest.mark.parametrize("asked", [None, ""])
def test_without_a_room_to_join_nothing_is_compared(room: object, asked: str | None) -> None:
    found = inspect(signed(claims(room=room)), SERVER, asked, at=NOW)
    assert outcome(found, "room") is Outcome.UNKNOWN
    [doubt] = found.verdict.doubts
    assert doubt.meaning == f"no room was named to compare it with; the token names {json.dumps(room)}"
    assert doubt.is_unasked
    assert found.verdict.gets_in


def test_what_no_room_can_be_is_refused_without_one_too() -> None:
    assert refusal(signed(claims(room="a b")), room=None)[0] == "join"
    assert refusal(signed(claims(room="")), room=None)[0] == "join"
    anywhere = inspect(signed(claims(room="*")), SERVER, at=NOW)
    assert (outcome(anywhere, "room"), anywhere.verdict.doubts) == (Outcome.PASSED, ())


def test_a_domain_is_verified_against_the_tenant_of_the_room_or_else_the_domain() -> None:
    strict = settings(domain_verification=True)
    assert refusal(signed(claims(sub="MEET.example")), strict) == ("", "")
    assert refusal(signed(claims(sub="Acme")), strict, "[acme]alpha") == ("", "")
    assert refusal(signed(claims(sub="acme")), strict) == ("join", "Room and token mismatched")
    assert refusal(signed(claims()), strict, "[acme]alpha") == ("join", "Room and token mismatched")
    assert refusal(signed(claims(sub="*")), strict, "[acme]alpha") == ("", "")
    assert refusal(signed(claims(sub=None)), strict) == ("connect", "")


def test_a_pattern_is_a_doubt_where_it_counts_and_a_mismatch_where_it_does_not() -> None:
    pattern = signed(claims(room="al.*", context={"room": {"regex": "true"}}))
    verified = inspect(pattern, {"meet": settings(domain_verification=True)}, "alpha", at=NOW)
    assert verified.verdict.gets_in
    assert [check.about for check in verified.verdict.doubts] == ["room"]
    assert refusal(pattern) == ("join", "Room does not match the room from token")


def test_without_a_configuration_only_what_any_server_refuses_is_refused() -> None:
    inspection = inspect(signed(claims(iss="whoever"), key="x" * 32), room="alpha", at=NOW)
    assert inspection.verdict.gets_in
    assert {check.about for check in inspection.verdict.doubts} == {"signature", "iss", "sub"}
    assert not inspect(signed(claims(exp=1)), at=NOW).verdict.gets_in


def test_the_server_that_signed_it_comes_first() -> None:
    servers = {"other": settings(key=Secret("y" * 64)), "meet": settings()}
    inspection = inspect(signed(claims()), servers, "alpha", at=NOW)
    assert [verdict.server for verdict in inspection.verdicts] == ["meet", "other"]
    assert inspection.verdict.gets_in
    late = inspect(signed(claims(exp=1)), servers, "alpha", at=NOW)
    assert [verdict.server for verdict in late.verdicts] == ["meet", "other"]
    assert late.verdict.is_signed


def jaas(header: dict[str, Any] | None = None, **changes: Any) -> tuple[bool, set[str]]:
    sub = "vpaas-magic-cookie-0123"
    good = claims(sub=sub, aud="jitsi", iss="chat", context={"features": {"recording": "true"}})
    heading = {"kid": f"{sub}/abc"} | (header or {})
    payload = {key: value for key, value in (good | changes).items() if value is not None}
    inspection = inspect(signed(payload, "RS256", key_pair()[0], **heading), SERVER, "alpha", at=NOW)
    verdict = inspection.verdict
    assert verdict.server == "JaaS"
    return verdict.gets_in, {check.about for check in verdict.checks if check.outcome is Outcome.FAILED}


def test_a_token_for_jaas_is_held_against_the_rules_of_that_service() -> None:
    assert jaas() == (True, set())
    assert jaas({"kid": "vpaas-magic-cookie-9999/abc"}) == (False, {"kid"})
    assert jaas({"kid": None}) == (False, {"kid"})
    assert jaas(aud="meet", iss="jitsi") == (False, {"aud", "iss"})
    assert jaas(context={}) == (False, {"features"})
    assert jaas(exp=1) == (False, {"exp"})


def test_a_token_of_an_application_whose_key_is_known_is_checked_with_it() -> None:
    private, public = key_pair()
    server = {"jaas": jaas_settings(key=Secret(public))}
    payload = claims(sub=APPLICATION, aud="jitsi", iss="chat", context={"features": {}})
    good = signed(payload, "RS256", private, kid=f"{APPLICATION}/abc")

    def verdict(token: str, room: str) -> Verdict:
        [found] = inspect(token, server, room, at=NOW).verdicts
        return found

    assert verdict(good, f"[{APPLICATION}]alpha").is_signed
    assert verdict(good, f"[{APPLICATION}]alpha").gets_in
    broken = verdict(good.rpartition(".")[0] + ".AAAA", "alpha").failure
    assert broken is not None
    assert (broken.about, broken.words) == ("signature", "Invalid signature")
    other = verdict(signed(claims(), "RS256", private, kid=f"{APPLICATION}/abc"), "alpha")
    assert {check.about for check in other.checks if check.outcome is Outcome.FAILED} >= {"kid", "iss", "sub"}
    assert [one.server for one in inspect(good, {"meet": settings()}, "alpha", at=NOW).verdicts] == ["JaaS", "meet"]
    elsewhere = inspect(good, room="[vpaas-magic-cookie-9]alpha", at=NOW).verdict.failure
    assert elsewhere is not None
    assert (elsewhere.about, elsewhere.stage) == ("sub", "join")


def test_many_repeated_keys_are_each_named_once() -> None:
    body = ",".join(f'"{number:x}":1,"{number:x}":2' for number in range(2500))
    notes = inspect(raw_token(HEADER, f"{{{body}}}"), SERVER, at=NOW).notes
    assert len([note for note in notes if "stands twice" in note]) == 2500


@pytest.mark.parametrize("connected", [True, False])
def test_of_claims_alone_the_signature_is_known_only_once_they_have_connected(connected: bool) -> None:
    found = inspect_claims(claims(), "meet", settings(), "alpha", at=NOW, connected=connected).verdict
    assert [check.about for check in found.doubts] == ([] if connected else ["signature"])


@pytest.mark.parametrize(
    ("features", "on", "notes"),
    [
        (None, None, 0),
        ({}, (), 1),
        ({"recording": True, "lobby": "true", "flip": False, "branding": "false"}, ("recording", "lobby"), 0),
        ({"recording": 1, "lobby": "True", "fly": True}, (), 3),
        ([], None, 1),
    ],
)
def test_what_is_not_listed_true_is_off(features: object, on: tuple[str, ...] | None, notes: int) -> None:
    context = {"user": {"affiliation": "owner"}} | ({"features": features} if features is not None else {})
    inspection = inspect(signed(claims(context=context)), SERVER, "alpha", at=NOW)
    assert inspection.features == on
    assert len(inspection.notes) == notes


def test_what_is_worth_knowing_is_said() -> None:
    text = json.dumps(claims(room="*", sub="*") | {"moderator": True, "exp": False})
    odd = text[:-1] + ', "room": "*", "context": {"user": {"name": null}, "tenant": "other"}}'
    notes = " ".join(inspect(raw_token(HEADER, odd), SERVER, "[acme]x", at=NOW).notes)
    for words in ('"room" stands twice', "never expires", "opens every room", "opens every tenant", "(nil)"):
        assert words in notes
    assert "token_moderation" in notes
    assert 'context.tenant is "other"' in notes


def test_the_times_are_told_as_moments_and_distances() -> None:
    inspection = inspect(signed(claims(nbf=int(NOW) - 60, exp=int(NOW) + 600, iat="x")), at=NOW)
    assert {moment.name: moment.in_s for moment in inspection.moments} == {"nbf": -60, "exp": 600}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["iss", "aud", "sub", "room", "exp", "nbf", "iat", "jti", "context", "moderator"])
INNER = st.sampled_from(
    ["user", "features", "tenant", "room", "regex", "affiliation", "moderator", "recording", "name"]
)
CLAIMS = st.dictionaries(NAMES, JSON | st.dictionaries(INNER, JSON | st.dictionaries(INNER, JSON)), max_size=10)
ROOMS = st.none() | st.text(max_size=20) | st.sampled_from(["alpha", "[acme]alpha", "*", "[", "[]", "%", "%ff"])
SERVER_SETTINGS = st.sampled_from(
    [settings(), settings(domain_verification=True, accepted_audiences=("jitsi",)), jaas_settings()]
)


@given(st.text() | st.binary(), ROOMS)
@hypothesis_settings(max_examples=300, deadline=None)
def test_no_text_and_no_bytes_make_it_raise(token: str | bytes, room: str | None) -> None:
    assert inspect(token, SERVER, room, at=NOW).verdict is not None
    assert not inspect(token, room=room, at=NOW).verdict.is_signed


@given(CLAIMS | JSON, st.just(HEADER) | JSON, ROOMS, SERVER_SETTINGS, st.floats(-1e12, 1e12))
@hypothesis_settings(max_examples=400, deadline=None)
def test_no_claims_make_it_raise_and_every_drawn_word_is_clean(
    payload: object, header: object, room: str | None, server: TokenSettings, at: float
) -> None:
    token = raw_token(json.dumps(header), json.dumps(payload))
    inspection = inspect(token, {"meet": server}, room, at=at)
    assert repr(inspection)
    said = [check.meaning for check in inspection.verdict.checks] + list(inspection.notes)
    assert all(text.isprintable() for text in said)


@given(CLAIMS, ROOMS, st.none() | SERVER_SETTINGS, st.floats(-1e12, 1e12))
@hypothesis_settings(max_examples=200, deadline=None)
def test_no_claims_that_a_server_sends_make_it_raise(
    payload: dict[str, Any], room: str | None, server: TokenSettings | None, at: float
) -> None:
    assert inspect_claims(payload, "meet", server, room, at=at).verdict.checks


@given(st.text("eyJ0.-_=\\", max_size=60))
def test_no_shape_of_segments_makes_it_raise(token: str) -> None:
    assert inspect(token, SERVER, at=NOW).verdict.failure is not None


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 5000, "-0", "1e-999"])
def test_numbers_beyond_every_measure_are_looked_at_calmly(number: str) -> None:
    text = json.dumps(claims())[:-1] + f', "exp": {number}, "nbf": {number}, "room": {number}, "iat": {number}}}'
    inspection = inspect(raw_token(HEADER, text), SERVER, "alpha", at=NOW)
    assert inspection.claims is not None
    assert inspection.verdict.failure is not None
    assert all(not math.isnan(moment.at) for moment in inspection.moments)


def test_a_token_keeps_itself_to_itself() -> None:
    token = signed(claims())
    signature = token.rpartition(".")[2]
    inspection = inspect(token, SERVER, at=NOW)
    for text in (repr(inspection), str(inspection.token), f"{inspection.token}", repr([inspection.token])):
        assert signature not in text
        assert SECRET not in text
    assert inspection.token.reveal() == token
