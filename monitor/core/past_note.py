"""An incident note on what is over: somebody who was turned away at the door, or a room that has ended.

The rules are those of `monitor.core.note`. With initials the server's words are left out too: nobody knows whose name
is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.core.disguise import initials
from monitor.core.door import Turned, meaning_of
from monitor.core.naming import claimed_words, how_words, module_name
from monitor.core.note import NoteLine, scrubbed, signed
from monitor.core.room import EndedRoom
from monitor.core.text import clean, room_name

_NAMED = 5
_NOBODY = "somebody without a name"


def refusal_note(
    turned: Turned, server_now: float, spell: Callable[[float], str], full_names: bool = False
) -> list[NoteLine]:
    """The lines about a refusal; `spell` writes a moment with date and zone, `server_now` is the server's time."""
    one, meaning = turned.refusal, meaning_of(turned.refusal)
    stage = "on connecting" if one.stage == "connect" else "on joining"
    where = f"{turned.room} @ {turned.host}, server {turned.server}"
    lines = [
        ("Room", where) if turned.room else ("Server", turned.server),
        ("What", f"turned away {stage}: {turned.gate}"),
        ("When", spell(one.at)),
        ("Who", _at_the_door(turned, full_names)),
    ]
    asked = one.claims.room if one.claims else None
    if one.gate == "other_room" and isinstance(asked, str) and asked:
        lines.append(("", f"the token is for the room {clean(asked)}"))
    lines += [("Cause", meaning.what), ("Fix", meaning.remedy)]
    said = [f"“{clean(one.words)}”" if full_names and one.words else "", clean(one.condition or "")]
    if any(said):
        lines.append(("Said", ", ".join(filter(None, said))))
    return scrubbed([*lines, signed(server_now, spell, full_names)])


def ended_note(
    ended: EndedRoom, server_now: float, spell: Callable[[float], str], full_names: bool = False
) -> list[NoteLine]:
    """The lines about a room that is over; `spell` and `server_now` are as for `refusal_note`."""
    since = "since" if ended.opened_exactly else "since before"
    lines = [
        ("Room", f"{room_name(ended.key.node)} @ {ended.key.host}, server {ended.key.server}"),
        ("", f"was open {since} {spell(ended.opened_at)}"),
        ("What", f"the room is over: {how_words(ended)}"),
        ("Ended", spell(ended.at)),
        *_by(ended, full_names),
        *_inside(ended, full_names),
        signed(server_now, spell, full_names),
    ]
    return scrubbed(lines)


def _at_the_door(turned: Turned, full_names: bool) -> str:
    claims, jid = turned.refusal.claims, (turned.refusal.jid or "").partition("/")[0]
    name = claims.name if claims and isinstance(claims.name, str) else ""
    shown = clean(name if full_names else initials(name) or "") or _NOBODY
    address = f" ({clean(jid)})" if full_names and jid else ""
    if claims is not None:
        return f"{shown}{address}: token says {claims.affiliation}"
    token = "a token whose claims were not sent" if turned.refusal.token_id else "no token was read"
    return f"{shown}{address}: {token}"


def _by(ended: EndedRoom, full_names: bool) -> Iterator[NoteLine]:
    by, module = (ended.by or "").partition("/")[0], module_name(ended.by_module)
    if by:
        yield "By", clean(by) if full_names else "somebody whose address is left out"
    elif module:
        yield "By", clean(module)
    if ended.reason and full_names:
        yield "Said", f"“{clean(ended.reason)}”"


def _inside(ended: EndedRoom, full_names: bool) -> Iterator[NoteLine]:
    if not ended.people:
        yield "Who", "nobody was left" if ended.how == "last_left" else "who was there is not known"
        return
    # Whoever owned the room by token or in fact is told first.
    people = sorted(ended.people, key=lambda one: (not one.claims_owner, one.affiliation != "owner"))
    for index, one in enumerate(people[:_NAMED]):
        shown = clean((one.name if full_names else initials(one.name)) or "") or _NOBODY
        yield "" if index else "Who", f"{shown}: {' '.join(claimed_words(one))}, room said {one.affiliation}"
    if len(people) > _NAMED:
        yield "", f"and {len(people) - _NAMED:,} more"
