"""What stands in the borders of the panes. Pure."""

from __future__ import annotations

from textual.content import Content

from monitor.core.findings import applies_claims
from monitor.core.model import MucHost, Room, RoomKind
from monitor.core.query import RoomRow
from monitor.core.text import clean
from monitor.ui.columns import counts
from monitor.ui.durations import spell
from monitor.ui.spans import steady

NOT_APPLIED = "no plugin applies the token's affiliation here"


def rooms_subtitle(rooms: int) -> Content:
    """How many rooms of how many are listed, and in which order."""
    return Content(f"{rooms:,} of {rooms:,} · worst first" if rooms else "")


def people_title(row: RoomRow, room: Room, several_servers: bool) -> Content:
    """Which room it is and how many are in it."""
    server = f" on {row.key.server}" if several_servers else ""
    where = clean(f"@ {row.key.host}{server}")
    return Content(steady(f"{row.name} {where} · {counts(room)}"))


def people_subtitle(row: RoomRow, host: MucHost, server_now: float) -> Content:
    """How long the room is open, and what to know about its server before reading the pairs."""
    least = "" if row.exactly else "at least "
    words = f"open {least}{spell(server_now - row.since_at)}"
    has_tokens = any(person.has_token for person in host.rooms[row.key.node].people())
    if host.kind is RoomKind.MAIN and has_tokens and not applies_claims(host):
        words = f"{NOT_APPLIED} · {words}"
    return Content(words)
