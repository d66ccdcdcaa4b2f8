"""Makes a token and a link out of who is to join which room, and with what rights.

`claims_for` and `warnings_for` are pure and cheap: a screen shows what they say while somebody still types. Nothing
is signed before `mint`, and `mint` gives nothing out before the journal has it.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.spelling import normalised, split_tenant
from monitor.tokens.features import FEATURES
from monitor.tokens.journal import Entry, Journal, JournalUnwritable
from monitor.tokens.place import WILDCARD, NoPlace, place_of
from monitor.tokens.settings import DEFAULT_MINUTES, TokenSettings
from monitor.tokens.signature import KeyUnusable, key_is_short, sign
from monitor.tokens.token import Link, Token, looks_like_a_token, without_tokens

EARLIER_S = 60
"""How long before now a token becomes valid: a server allows clocks no difference at all."""

JOINING_TAKES_S = 20.0
"""What it takes to pass a link on, open it and join."""

_LEAST_MINUTES = 1 / 60
_LONGEST_TEXT = 200

IN_QUERY = (
    "?jwt= is part of the request: the token stands in the logs of the web server and of every proxy, "
    "and in the browser's history."
)
IN_FRAGMENT = (
    "#jwt= never leaves the browser in a request: no log has it, but the browser's history does. "
    "Older clients do not read it."
)


class MintError(Exception):
    """No token was made. Its text is one sentence that names the remedy, without token or secret."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to join which room, and with what rights."""

    room: str
    """As people write it, ``[tenant]`` before it where it has one; ``*`` for every room."""
    affiliation: Affiliation
    name: str | None = None
    user_id: str | None = None
    email: str | None = None
    minutes: float = DEFAULT_MINUTES
    features: Mapping[str, bool] | None = None
    """None for the server's defaults; with a list, whatever it leaves out is off."""
    moderator_claim: bool = False
    """Whether to add the claim that the old token_moderation plugin reads."""

    @property
    def is_owner(self) -> bool:
        """Whether the token claims ownership."""
        return self.affiliation is Affiliation.OWNER


class Minted(msgspec.Struct, frozen=True):
    """A signed token, already in the journal."""

    token: Token
    claims: dict[str, Any]
    page: str | None
    """The address of the room; None for every room."""

    @property
    def good_for_s(self) -> float:
        """For how long it is good, from when it was signed."""
        return float(self.claims["exp"] - self.claims["iat"])

    def link(self, in_fragment: bool = False) -> Link:
        """The link to give out. Raises `MintError` for a token that names no room."""
        if self.page is None:
            raise MintError("A token for every room has no link; give out the token alone (--token).")
        return Link(self.page, self.token, in_fragment)


def new_jti() -> str:
    """A random name for a token."""
    return secrets.token_hex(16)


def claims_for(wish: Wish, settings: TokenSettings, *, now: float, jti: str) -> dict[str, Any]:
    """The claims that fulfil `wish` at the time `now` (seconds). Pure. Raises `MintError`."""
    tenant, node = _place(wish, settings)
    _require_minutes(wish.minutes, settings)
    issued = math.floor(now)
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": _sub(settings, tenant),
        "room": node,
        "iat": issued,
        "nbf": issued - EARLIER_S,
        "exp": issued + round(wish.minutes * 60),
        "jti": jti,
        "context": {"user": _user(wish)},
    }
    if wish.moderator_claim:
        claims["moderator"] = wish.is_owner
    features = _listed(wish, settings)
    if features is not None:
        claims["context"]["features"] = _features(features)
    return claims


def page_for(wish: Wish, settings: TokenSettings) -> str | None:
    """The address of the room, without a token; None for every room. Raises `MintError`."""
    tenant, node = _place(wish, settings)
    if node == WILDCARD:
        return None
    return f"{settings.url}/{normalised(tenant)}/{node}" if tenant else f"{settings.url}/{node}"


def warnings_for(
    wish: Wish,
    settings: TokenSettings,
    *,
    closes_in_s: float | None = None,
    is_over: bool = False,
    joining_takes_s: float = JOINING_TAKES_S,
) -> list[str]:
    """What to think of before signing, a sentence each.

    `closes_in_s` is the room's countdown, where one runs; `is_over` tells that the room ended since it was chosen.
    """
    found = []
    if split_tenant(wish.room.strip())[1] == WILDCARD:
        found.append("It opens every room of the server, not one.")
    if settings.sub == WILDCARD:
        found.append("Its sub is *: it is good for every tenant.")
    if wish.is_owner:
        found.append("Whoever has it is owner of the room: may mute and remove everybody, and make others owner.")
        if closes_in_s is not None:
            found.append("The room is about to close for want of an owner: an owner who joins in time keeps it open.")
        features = _listed(wish, settings)
        if wish.features is None and features is not None:
            found.append("Jitsi as a Service has no default features: none is on, recording neither, unless listed.")
        elif features is not None and not features.get("recording", False):
            found.append("The features are listed without recording: this owner cannot record.")
    if is_over:
        found.append("The room is over: whoever comes by this link begins it anew.")
    elif closes_in_s is not None and closes_in_s < joining_takes_s:
        when = f"in {math.ceil(closes_in_s)} s" if closes_in_s > 0 else "any moment"
        found.append(f"The room closes {when}, and joining takes about {joining_takes_s:.0f} s: likely too late.")
    if key_is_short(settings):
        found.append(f"The server's app_secret is shorter than {settings.algorithm} wants: it can be guessed.")
    return found


def mint(
    wish: Wish,
    settings: TokenSettings,
    journal: Journal,
    *,
    server: str,
    os_user: str,
    now: float,
    reason: str = "",
    jti: str | None = None,
) -> Minted:
    """Sign what `wish` asks for and enter it in the journal. Raises `MintError`, and then nothing was given out."""
    claims = claims_for(wish, settings, now=now, jti=jti or new_jti())
    try:
        token = sign(claims, settings)
        entry = Entry(
            at=now,
            os_user=os_user,
            server=server,
            room=_whole_node(wish, settings),
            affiliation=wish.affiliation.value,
            exp=claims["exp"],
            jti=claims["jti"],
            reason=without_tokens(reason),
        )
        journal.write(entry)
    except (KeyUnusable, JournalUnwritable) as error:
        raise MintError(f"No token was made: {error}") from None
    return Minted(token, claims, page_for(wish, settings))


def _place(wish: Wish, settings: TokenSettings) -> tuple[str | None, str]:
    """The tenant and the node of the room. Raises `MintError`."""
    _require_text("room", wish.room.strip())
    try:
        return place_of(wish.room, settings)
    except NoPlace as error:
        raise MintError(str(error)) from None


def _whole_node(wish: Wish, settings: TokenSettings) -> str:
    tenant, node = _place(wish, settings)
    return f"[{tenant.lower()}]{node}" if tenant else node


def _listed(wish: Wish, settings: TokenSettings) -> Mapping[str, bool] | None:
    """The features to list; None to leave the list out, which that service does not allow."""
    return {} if wish.features is None and settings.is_for_jaas else wish.features


def _sub(settings: TokenSettings, tenant: str | None) -> str:
    if settings.sub == WILDCARD or tenant is None or tenant == settings.tenant:
        return settings.sub
    return tenant.lower()


def _require_minutes(minutes: float, settings: TokenSettings) -> None:
    if math.isnan(minutes) or minutes <= 0:
        raise MintError("The minutes must be a number above 0.")
    if minutes < _LEAST_MINUTES:
        raise MintError("The minutes must come to a second at least, which is 1/60 of one.")
    if minutes > settings.max_minutes:
        raise MintError(f"{minutes:g} minutes are more than the {settings.max_minutes:g} that max_minutes allows.")


def _user(wish: Wish) -> dict[str, Any]:
    user: dict[str, Any] = {}
    for key, value in (("id", wish.user_id), ("name", wish.name), ("email", wish.email)):
        if value is not None:
            _require_text(key, value)
            user[key] = value
    if wish.affiliation not in (Affiliation.OWNER, Affiliation.MEMBER):
        raise MintError("A token makes somebody owner or member, and nothing else.")
    user["affiliation"] = wish.affiliation.value
    if wish.is_owner:
        # The text, not the truth value: it is accepted everywhere.
        user["moderator"] = "true"
    return user


def _features(wanted: Mapping[str, bool]) -> dict[str, bool]:
    for name in wanted:
        if name not in FEATURES:
            raise MintError(f"There is no feature of that name; there are {', '.join(FEATURES)}.")
    return dict(wanted)


def _require_text(what: str, text: str) -> None:
    if looks_like_a_token(text):
        raise MintError(f"The {what} looks like a token, which has no place in one.")
    if len(text) > _LONGEST_TEXT and what != "room":
        raise MintError(f"The {what} is longer than {_LONGEST_TEXT} characters.")
    if any("\ud800" <= char <= "\udfff" or (char < " ") for char in text):
        raise MintError(f"The {what} is not text: it has bytes that are not UTF-8, or control characters.")
