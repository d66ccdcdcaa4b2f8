"""Who was turned away: at which gate, what that means, what to do, and which reason comes again and again (rule F33).

The gates are those of the companion module. What a gate means is inferred from the token and the server's words, and
the evidence is named: the words of Prosody's token check are those of its own source (measured on 0.12 and 13).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from monitor.core.findings import Severity, grade_of
from monitor.core.query import ServerLine
from monitor.core.rules.tokens import ahead_s
from monitor.core.server import MucHost, Refusal, Server
from monitor.core.spelling import Grade, grade
from monitor.core.text import Shown, clean, room_name

RECENT_S = 600.0
"""So far back the tally counts."""
OFTEN = 3
"""From so many refusals for one reason on it is more than one person's bad luck."""
RULE, CLOCK = "F33", "F30"

GATES: dict[str, str] = {
    "token": "token refused",
    "other_room": "token for other room",
    "party": "party not started",
    "lobby": "lobby",
    "ban": "banned",
    "nick": "nick taken",
    "other": "refused",
}
"""A gate in two or three words."""

_NUMBERS = re.compile(r"\s*\([^)]*\)|\d+")


class Turned(msgspec.Struct, frozen=True):
    """A refusal with where it happened and what it is called."""

    server: str
    host: str
    refusal: Refusal
    who: Shown
    room: Shown
    gate: Shown
    reason: str
    """What refusals for the same reason have in common."""

    @property
    def key(self) -> tuple[object, ...]:
        """What no other refusal has in common with it."""
        one = self.refusal
        return (self.server, self.host, one.at, one.node, one.jid, one.token_id)


class Tally(msgspec.Struct, frozen=True):
    """How often people were turned away for one reason, of late."""

    reason: str
    gate: str
    number: int
    rooms: int
    words: Shown

    @property
    def severity(self) -> Severity:
        """A warning where it comes again and again."""
        return Severity.WARNING if self.number >= OFTEN else Severity.INFORMATION


class Meaning(msgspec.Struct, frozen=True):
    """What stands behind a refusal, and what to do about it."""

    what: str
    remedy: str


def turned_away(server: str, host: str, refusal: Refusal) -> Turned:
    """A refusal as it is listed."""
    room = room_name(refusal.node) if refusal.node else clean("")
    return Turned(server, host, refusal, who(refusal), room, clean(gate_words(refusal)), _reason(refusal))


def gate_words(refusal: Refusal) -> str:
    """The gate in two or three words; at the connection, that of the token, somebody may have brought none."""
    if refusal.gate == "token" and _brought_none(refusal):
        return "no token"
    return GATES.get(refusal.gate, "refused")


def who(refusal: Refusal) -> Shown:
    """What to call somebody: the token's name, else the address, else that it is not known."""
    claimed = refusal.claims.name if refusal.claims else None
    if isinstance(claimed, str) and (name := clean(claimed)):
        return name
    return clean((refusal.jid or "").partition("/")[0]) or clean("not known")


def tally(refusals: Iterable[Refusal], server_now: float) -> list[Tally]:
    """How often each reason came in the last `RECENT_S`, the most frequent first; `server_now` is the server's time."""
    found: dict[str, list[Refusal]] = defaultdict(list)
    for one in refusals:
        if server_now - one.at <= RECENT_S:
            found[_reason(one)].append(one)
    tallies = [
        Tally(reason, some[-1].gate, len(some), len({one.node for one in some}), clean(_why(some[-1])))
        for reason, some in found.items()
    ]
    return sorted(tallies, key=lambda one: (-one.number, one.reason))


def door_lines(servers: Iterable[Server], now: float) -> Iterator[ServerLine]:
    """Rule F33: a line for each reason that comes again and again; and F30, where a clock is what refused people.

    `now` is the monitor's time.
    """
    for server in servers:
        severity = grade_of(server, RULE)
        for one in server_tally(server, now) if severity > Severity.FINE else ():
            if one.severity >= Severity.WARNING:
                words = f"turned away in the last 10 minutes: {one.number:,} × {one.words}"
                yield ServerLine(server.name, severity, clean(words), rule=RULE)
        ahead = list(_clocks_ahead(server, now))
        severity = grade_of(server, CLOCK)
        if ahead and severity > Severity.FINE:
            words = f"the issuer's clock is ahead of the server's, by {math.ceil(max(ahead)):,} s"
            words += f": {len(ahead):,} turned away in the last 10 minutes"
            yield ServerLine(server.name, severity, clean(words), rule=CLOCK)


def _clocks_ahead(server: Server, now: float) -> Iterator[float]:
    for _, refusal in refusals_of(server):
        if now + offset_s(server) - refusal.at <= RECENT_S and refusal.gate == "token":
            by_s = clock_ahead_s(refusal)
            if by_s is not None:
                yield by_s


def server_tally(server: Server, now: float) -> list[Tally]:
    """The reasons of all MUC hosts of a server; a refused connection is told by each of them, and counts once."""
    return tally((one for _, one in refusals_of(server)), now + offset_s(server))


def offset_s(server: Server) -> float:
    """What to add to the monitor's clock to get the server's."""
    return next((host.offset_s for host in server.hosts.values() if host.offset_s is not None), 0.0)


def refusals_of(server: Server) -> Iterator[tuple[MucHost, Refusal]]:
    """Every refusal that is known, each once, in no order."""
    seen: set[tuple[object, ...]] = set()
    for host in server.hosts.values():
        for one in host.door:
            # The connection is refused by the server, before any MUC host: each that is watched tells of it.
            told = (round(one.at, 1), one.node, one.token_id, one.words) if one.stage == "connect" else ()
            if told in seen:
                continue
            if told:
                seen.add(told)
            yield host, one


def meaning_of(refusal: Refusal) -> Meaning:
    """What a refusal means and what to do."""
    match refusal.gate:
        case "party":
            return Meaning(
                "the meeting has not begun: nobody with an owner token has come, and token_owner_party lets no one "
                "else in before that",
                "wait for the host, or send them a link with an owner token; whoever was refused has to try again",
            )
        case "other_room":
            return _other_room(refusal)
        case "lobby":
            return Meaning(
                "the room has a lobby, and nobody has let them in",
                "somebody inside who may has to admit them; that is no fault",
            )
        case "ban":
            return Meaning(
                "the room has banned this address, or is closed to it",
                "an owner has to lift the ban; a new link with another user id is another person to the room",
            )
        case "nick":
            return Meaning("the nick is taken by somebody who is inside", "to load the page again gives another nick")
        case "token":
            return _token(refusal)
    return Meaning(
        "the room refused them, and neither the token nor the server's words say why",
        "look for the moment in prosody's log; a module at muc-occupant-pre-join may have its own rule",
    )


def _other_room(refusal: Refusal) -> Meaning:
    claims = refusal.claims
    asked = claims.room if claims else None
    if claims is not None and refusal.node and grade(asked, refusal.node) is Grade.SPELLING:
        return Meaning(
            "the token names the room in another spelling than the client makes of it, so the two do not match",
            "the issuer must write the room as the web client does: lower case, percent-encoded",
        )
    return Meaning(
        "the token is for another room than the one asked for",
        "they need a link whose token names this room; look whether the two got mixed up where links are made",
    )


def _token(refusal: Refusal) -> Meaning:
    words = (refusal.words or "").lower()
    claims, at = refusal.claims, refusal.at
    if _brought_none(refusal):
        return Meaning("no token came with the connection", "they need a link with a token")
    expires = claims.expires_at if claims else None
    if ("exp" in words and "sec since expired" in words) or (expires is not None and expires <= at):
        return Meaning("the token has expired, and there is no grace", "they need a new link")
    ahead = clock_ahead_s(refusal)
    if "nbf" in words or ahead is not None:
        by = f" by at least {math.ceil(ahead)} s" if ahead is not None else ""
        return Meaning(
            f"the token is not valid yet: the issuer's clock is ahead of the server's{by}, and nbf has no leeway",
            "set both clocks by NTP, or have the issuer write nbf 60 s into the past",
        )
    for part, meaning in _TOKEN_WORDS:
        if part in words:
            return meaning
    if claims is not None and claims.room is None:
        return _NO_ROOM
    return Meaning(
        "the server does not accept the token",
        "compare the server's words with app_id, app_secret and the accepted issuers and audiences",
    )


_NO_ROOM = Meaning("the token names no room", "the issuer must write a room claim, or * for every room")

_TOKEN_WORDS: tuple[tuple[str, Meaning], ...] = (
    (
        "signature",
        Meaning(
            "the signature is not that of this server's app_secret or key",
            "compare app_secret (or the public key) on the server with what the issuer signs with",
        ),
    ),
    (
        "alg",
        Meaning(
            "the token is signed by another algorithm than the server takes",
            "have the issuer sign with the server's signature_algorithm (HS256 unless set)",
        ),
    ),
    (
        "'iss'",
        Meaning(
            "the issuer named in the token is not one the server accepts",
            "make iss the server's app_id, or add it to asap_accepted_issuers",
        ),
    ),
    (
        "'aud'",
        Meaning(
            "the audience named in the token is not one the server accepts",
            "make aud the server's app_id, or add it to asap_accepted_audiences",
        ),
    ),
    ("'room'", _NO_ROOM),
    (
        "invalid",
        Meaning(
            "what came is no token the server can read: cut short in a mail or a chat, most likely",
            "have them open the whole link, or send it anew",
        ),
    ),
)


def clock_ahead_s(refusal: Refusal) -> float | None:
    """By how much the issuer's clock was ahead at the refusal (rule F30); None where it was not."""
    return ahead_s(refusal.claims, refusal.at)


def _brought_none(refusal: Refusal) -> bool:
    nothing = refusal.token_id is None and refusal.claims is None
    return nothing and (not refusal.words or "required" in refusal.words.lower())


def _reason(refusal: Refusal) -> str:
    if refusal.gate not in ("token", "other"):
        return refusal.gate
    return f"{refusal.gate} {_lasting_words(refusal)}"


def _lasting_words(refusal: Refusal) -> str:
    # How long a token has expired differs from one refusal to the next, the reason does not.
    return _NUMBERS.sub("", refusal.words or refusal.condition or "").strip()


def _why(refusal: Refusal) -> str:
    gate = gate_words(refusal)
    if refusal.gate == "party":
        return f"{gate}: nobody with an owner token has come"
    if refusal.gate in ("token", "other"):
        words = _lasting_words(refusal)
        return f"{gate}: {words}" if words else gate
    return gate
