"""What stands in the borders of the panes. Pure."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from monitor.core.countdown import close_policy
from monitor.core.happenings import Found
from monitor.core.query import RoomRow
from monitor.core.room import Room, RoomKind
from monitor.core.server import MucHost
from monitor.core.text import clean
from monitor.ui.columns import counts
from monitor.ui.durations import spell, time_of_day
from monitor.ui.listing import Listing
from monitor.ui.spans import steady

_MOST_SECONDS = 600


def view_title(number: int, name: str, paused: bool, more: str = "") -> Content:
    """Which view it is, by the key that leads to it."""
    return Content(steady(clean(f"{number} {name}{' · paused' if paused else ''}{more}")))


def list_subtitle(shown: int, everything: int, listing: Listing[Any]) -> Content:
    """How many rows of how many are listed, what narrows the list, and in which order."""
    return _subtitle(f"{shown:,} of {everything:,}", listing) if everything else Content("")


def events_subtitle(shown: int, found: Found, listing: Listing[Any]) -> Content:
    """The same of events; where there are more than are listed, that it is the newest."""
    if found.accepted > len(found.rows):
        return _subtitle(f"newest {shown:,} of {found.accepted:,}", listing)
    return list_subtitle(shown, found.total, listing)


def _subtitle(counted: str, listing: Listing[Any]) -> Content:
    parts = (counted, listing.narrowed_words(), listing.order_words())
    return Content(" · ".join(steady(clean(part)) for part in parts if part))


def room_title(row: RoomRow, several_servers: bool) -> str:
    """Which room it is, and where."""
    server = f" on {row.key.server}" if several_servers else ""
    where = clean(f"@ {row.key.host}{server}")
    return steady(f"{row.name} {where}")


def people_title(row: RoomRow, room: Room, several_servers: bool, named: bool, waiting: int = 0) -> Content:
    """How many are in the room or wait for it, and which room it is unless something else in sight says so."""
    words = counts(room, waiting)
    return Content(f"{room_title(row, several_servers)} · {words}" if named else words)


def people_subtitle(row: RoomRow, host: MucHost, server_now: float) -> Content:
    """How long the room is open, and what becomes of it without an owner."""
    least = "" if row.exactly else "at least "
    words = f"open {least}{spell(server_now - row.since_at)}"
    policy = close_policy(host)
    if host.kind is RoomKind.MAIN and policy.plugin is not None:
        loaded = "" if policy.loaded else ", which is not loaded"
        words += f" · closes by {policy.plugin}, {_timeout(policy.timeout_s)}{loaded}"
    return Content(words)


def _timeout(seconds: float) -> str:
    """A configured number of seconds, as it is configured."""
    return f"{seconds:g} s" if abs(seconds) < _MOST_SECONDS else spell(seconds)


def past_subtitle(fresh: bool, paused: bool, heard_at: float | None, now: float, lag_s: float = 0.0) -> Content:
    """Whether the past of a room goes on as it happens, or as it is seen so long after; times are the monitor's."""
    if paused:
        return Content("paused")
    if fresh:
        return Content("seen now and then" if lag_s else "live")
    return Content(f"as of {time_of_day(heard_at, now)}" if heard_at is not None else "")
