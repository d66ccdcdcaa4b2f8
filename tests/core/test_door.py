"""Who was turned away: tallies, rule F33, and what each refusal means."""

from __future__ import annotations

import pytest

from monitor.core.door import (
    GATES,
    clock_ahead_s,
    door_lines,
    gate_words,
    meaning_of,
    refusals_of,
    tally,
    turned_away,
)
from monitor.core.events import BatchHeard, JoinRefused
from monitor.core.findings import Severity
from monitor.core.server import Refusal
from monitor.tokens.claims import claims_of
from tests.core.scenes import HOST, NOW, SERVER, live_store

EXPIRED = "Not acceptable by exp (%s sec since expired)"


def refusal(
    gate: str, words: str | None = None, *, ago_s: float = 0, node: str | None = "r", **payload: object
) -> Refusal:
    """Somebody with a token was turned away."""
    claims = claims_of({"room": node, "context": {"user": {"name": "Jane"}}, **payload})
    stage = "connect" if gate == "token" else "join"
    return Refusal(NOW - ago_s, stage, node, "a@b/c", "id", claims, "not-allowed", words, gate)


def test_reasons_are_counted_over_ten_minutes_the_most_frequent_first() -> None:
    door = [
        *(refusal("party", ago_s=100 * at, node=f"r{at % 2}") for at in range(8)),
        *(refusal("token", EXPIRED % at, ago_s=at) for at in range(2)),
        refusal("token", "Invalid signature"),
    ]
    found = tally(door, NOW)
    assert [(one.number, one.rooms, one.words) for one in found] == [
        (7, 2, "party not started: nobody with an owner token has come"),
        (2, 1, "token refused: Not acceptable by exp"),
        (1, 1, "token refused: Invalid signature"),
    ]
    assert [one.severity for one in found] == [Severity.WARNING, Severity.INFORMATION, Severity.INFORMATION]
    assert tally(door, NOW + 2000) == []


def test_the_third_refusal_for_one_reason_is_a_warning_until_it_is_ten_minutes_old() -> None:
    store = live_store()
    for at in range(3):
        assert list(door_lines(store.servers.values(), NOW)) == []
        store.apply(JoinRefused(SERVER, HOST, refusal("party", ago_s=at)))
    (line,) = door_lines(store.servers.values(), NOW)
    assert (line.rule, line.severity) == ("F33", Severity.WARNING)
    assert line.before == (
        "turned away in the last 10 minutes: 3 × party not started: nobody with an owner token has come"
    )
    assert list(door_lines(store.servers.values(), NOW + 599)) == []
    assert len(list(door_lines(store.servers.values(), NOW + 597))) == 1


def test_the_ten_minutes_are_the_servers() -> None:
    store = live_store()
    store.apply(BatchHeard(SERVER, HOST, NOW - 3600, NOW))
    for _ in range(3):
        store.apply(JoinRefused(SERVER, HOST, refusal("ban")))
    assert len(list(door_lines(store.servers.values(), NOW - 3600))) == 1
    assert list(door_lines(store.servers.values(), NOW)) == []


def test_a_refused_connection_that_several_muc_hosts_tell_of_counts_once() -> None:
    store = live_store()
    for host in (HOST, "breakout.meet.test"):
        store.apply(JoinRefused(SERVER, host, refusal("token", "Invalid signature")))
        store.apply(JoinRefused(SERVER, host, refusal("party")))
    kinds = sorted(one.gate for _, one in refusals_of(store.servers[SERVER]))
    assert kinds == ["party", "party", "token"]


@pytest.mark.parametrize(
    ("one", "what", "remedy"),
    [
        (refusal("party"), "nobody with an owner token has come", "wait for the host"),
        (refusal("other_room", room="elsewhere"), "for another room", "a link whose token names this room"),
        (refusal("other_room", node="b%c3%bcro", room="Büro"), "in another spelling", "percent-encoded"),
        (refusal("lobby"), "has a lobby", "admit them"),
        (refusal("ban"), "has banned", "lift the ban"),
        (refusal("nick"), "nick is taken", "load the page again"),
        (refusal("other"), "neither the token nor the server's words", "prosody's log"),
        (refusal("unheard of"), "neither the token nor the server's words", "prosody's log"),
        (refusal("token", EXPIRED % 3), "has expired", "new link"),
        (refusal("token", "?", exp=NOW - 1), "has expired", "new link"),
        (refusal("token", "Not acceptable by nbf", nbf=NOW + 41.2), "ahead of the server's by at least 42 s", "NTP"),
        (refusal("token", "Not acceptable by nbf"), "ahead of the server's, and nbf", "NTP"),
        (refusal("token", "Invalid signature"), "signature", "app_secret"),
        (refusal("token", "Invalid or incorrect alg"), "algorithm", "signature_algorithm"),
        (refusal("token", "invalid 'iss' claim"), "issuer", "asap_accepted_issuers"),
        (refusal("token", "'aud' claim is missing"), "audience", "asap_accepted_audiences"),
        (refusal("token", "Invalid token"), "cut short", "whole link"),
        (refusal("token", node=None), "names no room", "room claim"),
        (refusal("token", "odd"), "does not accept", "compare"),
        (Refusal(NOW, "connect", "r", None, None, None, None, None, "token"), "no token came", "link with a token"),
        (
            Refusal(NOW, "connect", "r", None, None, None, None, "token required", "token"),
            "no token came",
            "link with a token",
        ),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(one: Refusal, what: str, remedy: str) -> None:
    meaning = meaning_of(one)
    assert what in meaning.what
    assert remedy in meaning.remedy


def test_a_refusal_is_called_by_the_tokens_name_else_by_the_address() -> None:
    assert turned_away(SERVER, HOST, refusal("party")).who == "Jane"
    for jid, name in (("a@b/c", "a@b"), (None, "not known")):
        plain = Refusal(NOW, "join", "b%c3%bcro", jid, None, None, None, None, "party")
        turned = turned_away(SERVER, HOST, plain)
        assert (turned.who, turned.room, turned.gate) == (name, "büro", "party not started")
    assert gate_words(Refusal(NOW, "connect", None, None, None, None, None, "Bad", "token")) == GATES["token"]
    assert gate_words(Refusal(NOW, "connect", None, None, None, None, None, None, "token")) == "no token"


@pytest.mark.parametrize(
    "value", [None, "soon", True, float("nan"), float("inf"), pytest.param(10**400, id="huge"), NOW - 1]
)
def test_a_clock_is_only_ahead_where_a_number_says_so(value: object) -> None:
    assert clock_ahead_s(refusal("token", nbf=value, iat=NOW + 5)) == 5
    assert clock_ahead_s(refusal("token", nbf=value)) is None
