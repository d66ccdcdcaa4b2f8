"""What somebody typed into the form for a link: what it comes to, and what is to be said before it is signed. Pure."""

from __future__ import annotations

import math
import re
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from monitor.core.affiliation import Affiliation
from monitor.core.claims import Claims
from monitor.core.occupant import Occupant
from monitor.core.spelling import normalised, split_tenant
from monitor.core.text import clean, room_name
from monitor.tokens.inspect import Moment
from monitor.tokens.mint import MintError, Wish, claims_for, page_for, warnings_for
from monitor.tokens.place import is_taken_for_an_address
from monitor.tokens.settings import DEFAULT_MINUTES, TokenSettings
from monitor.ui.durations import clock
from monitor.ui.inspection import aligned, field_rows
from monitor.ui.spans import Labelled, cell

_TIMES = ("iat", "nbf", "exp")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it stands."""

    room: str
    name: str
    user_id: str
    email: str = ""
    owner: bool = False
    minutes: str | None = None
    """None for the server's usual."""
    features: str = ""
    """Names of features to turn on; nothing for the server's defaults, ``none`` for not one."""
    moderator_claim: bool = False
    reason: str = ""


class RoomState(NamedTuple):
    """What has become of the room that a link is for."""

    closes_in_s: float | None = None
    """How long until it closes for want of an owner, or for how long that is overdue; None where nothing closes it."""
    is_over: bool = False
    """Whether it ended since it was chosen."""

    @property
    def words(self) -> str:
        """The same for a title; nothing where there is nothing to say."""
        if self.is_over:
            return "the room is over"
        if self.closes_in_s is None:
            return ""
        return f"closes in {clock(math.ceil(self.closes_in_s))}" if self.closes_in_s > 0 else "closes any moment"


class Preview(NamedTuple):
    """What a draft comes to: the lines of its claims, or why there can be no link; and the warnings."""

    claims: tuple[Labelled, ...]
    warnings: tuple[str, ...]
    refusal: str | None


def draft_for(node: str, person: Occupant | None, has_owner: bool, asking: str) -> Draft:
    """The form for a room, for `person` or else for whoever asks. A room without an owner is to get one."""
    if person is None or person.exempt:
        return Draft(room=typed_name(node), name=f"On-call: {asking}", user_id=f"on-call-{asking}", owner=not has_owner)
    owner = not has_owner or person.claimed is Affiliation.OWNER
    return draft_of(node, person.claims, person.called, owner)


def draft_of(node: str, claims: Claims | None, name: str, owner: bool) -> Draft:
    """The form for a room, for somebody with these claims; `name` is what they are called where no claim says it."""
    context = claims.payload.get("context") if claims else None
    user = context.get("user") if isinstance(context, dict) else None
    email = user.get("email") if isinstance(user, dict) else None
    return Draft(
        room=typed_name(node),
        name=_text(claims.name if claims else None) or clean(name),
        user_id=_text(claims.user_id if claims else None),
        email=_text(email),
        owner=owner,
    )


def typed_name(node: str) -> str:
    """What to type to get to the room of that node: its name where the name leads there, else the node itself."""
    tenant, inner = split_tenant(node)
    name = room_name(inner)
    if normalised(name) != inner:
        name = clean(quote(inner, safe="%"))
    elif is_taken_for_an_address(name):
        name = clean(inner)
    return f"[{clean(tenant)}]{name}" if tenant is not None else name


def typed_minutes(draft: Draft, settings: TokenSettings) -> str:
    """What stands in the form for the minutes."""
    if draft.minutes is not None:
        return draft.minutes
    usual = settings.usual_minutes
    return f"{usual:.0f}" if usual == int(usual) else f"{usual}"


def wish_of(draft: Draft, settings: TokenSettings) -> Wish:
    """What the form asks for. Raises `MintError`."""
    return Wish(
        room=draft.room,
        affiliation=Affiliation.OWNER if draft.owner else Affiliation.MEMBER,
        name=draft.name.strip() or None,
        user_id=draft.user_id.strip() or None,
        email=draft.email.strip() or None,
        minutes=_minutes(typed_minutes(draft, settings)),
        features=_features(draft.features),
        moderator_claim=draft.moderator_claim,
    )


def preview(draft: Draft, settings: TokenSettings, now: float, jti: str, room: RoomState) -> Preview:
    """What the form comes to at the time `now` (seconds). Total."""
    try:
        wish = wish_of(draft, settings)
    except MintError as error:
        return Preview((), (), str(error))
    if settings.key_fault:
        return Preview((), (), f"No token was made: {settings.key_fault}")
    warnings = tuple(warnings_for(wish, settings, closes_in_s=room.closes_in_s, is_over=room.is_over))
    try:
        claims = claims_for(wish, settings, now=now, jti=jti)
        require_link(wish, settings)
    except MintError as error:
        return Preview((), warnings, str(error))
    moments = tuple(Moment(name, float(claims[name]), float(claims[name] - claims["iat"])) for name in _TIMES)
    rows = list(field_rows(claims, moments))
    if "features" not in claims["context"]:
        rows.append(Labelled(cell("context.features", "muted"), (cell("left out: the server's defaults", "muted"),)))
    return Preview(aligned(rows), warnings, None)


def require_link(wish: Wish, settings: TokenSettings) -> None:
    """Raise `MintError` for a token that would open every room: it has no link."""
    if page_for(wish, settings) is None:
        raise MintError(
            "A token for every room has no link; name one room here, or make it on the command line: "
            "mucmon mint '*' --token."
        )


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MintError(f"The minutes are a number, such as {DEFAULT_MINUTES}.") from None


def _features(text: str) -> dict[str, bool] | None:
    names = [name for name in re.split(r"[\s,]+", text.strip()) if name]
    if not names:
        return None
    return {} if names == ["none"] else dict.fromkeys(names, True)


def _text(value: object) -> str:
    return clean(value, 200) if isinstance(value, str) else ""
