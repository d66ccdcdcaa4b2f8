"""How each server stands: its link, its feeds, how old the data is, and what to tell when something is wrong. Pure.

`now` is the monitor's time throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from monitor.core.query import ServerLine
from monitor.core.server import FeedState, LinkState, MucHost, Server, Vantage
from monitor.core.text import Shown, clean
from monitor.ui.durations import hour_and_minute, spell, spell_finely, time_of_day
from monitor.ui.keymap import PLAIN, KeyMap
from monitor.ui.spans import GAP, Cell, Line, Style, cell, clip, dimmed, span, width_of
from monitor.ui.verdict import SEVERITY_GLYPHS

SILENT_S = 12.0
"""A feed that says nothing for so long is taken for dead (it has a heartbeat every 5 s)."""

_WORDS_LIMIT = 2000

_REASONS = 3
"""So many servers say each for itself why there is no room."""

UP, TURNING, DOWN = "●", "◐", "○"
POLLED = "poll: no claims"

_COLOURS: dict[str, Style] = {
    "teal": "accent",
    "blue": "info",
    "green": "good",
    "amber": "warning",
    "red": "critical",
    "violet": "violet",
}

_LINK_WORDS = {
    LinkState.CONNECTING: "connecting",
    LinkState.STALE: "not answering",
    LinkState.LOST: "connection lost",
    LinkState.REFUSED: "refused",
    LinkState.STOPPED: "stopped",
}
_FALLBACKS = {
    LinkState.REFUSED: "The server refused the connection.",
    LinkState.STOPPED: "The connection was ended and stays so until you press r.",
}


class Standing(msgspec.Struct, frozen=True):
    """One server in the header."""

    name: Shown
    glyph: str
    style: Style
    note: Shown
    brief: Shown
    """What is left of the note where there is no room: STALE, or nothing."""
    fresh: bool
    """Whether its data is as it is on the server now; if not, its rows are greyed."""
    telling: bool
    """Whether the note says more than the age of good data."""
    kind: Shown = clean("")
    """The state alone, for counting servers of which many stand alike."""
    name_style: Style = "good"
    """The server's own colour, while nothing is wrong with it."""


def colour_of(server: Server) -> Style:
    """The style in which rows name their server."""
    return _COLOURS.get(server.colour, "muted")


def is_fresh(server: Server, host: MucHost, now: float) -> bool:
    """Whether what is known of a MUC host's rooms can be trusted to be so now."""
    return (
        server.link.state is LinkState.UP
        # Until a new snapshot is complete, rows of the world before it stand among the new ones.
        and host.stale_since_at is None
        and host.feed in (FeedState.LIVE, FeedState.SNAPSHOT)
        and host.heard_at is not None
        and not now - host.heard_at > SILENT_S + host.lag_s
    )


def stale_since(server: Server, now: float) -> float | None:
    """When data of this server was last heard that should be fresh and is not; None where none is stale."""
    stale = [
        host.heard_at if host.stale_since_at is None else host.stale_since_at
        for host in server.hosts.values()
        if host.heard_at is not None and host.feed is not FeedState.REFUSED and not is_fresh(server, host, now)
    ]
    return min(stale) if stale else None


def stand(server: Server, now: float) -> Standing:
    """How a server stands, for the header."""
    glyph, style, kind = _state(server)
    word = kind
    if kind and glyph == DOWN:
        # Over a link that is up every feed is refused: nothing is known since the last of them was.
        feeds = max((host.since_at for host in server.hosts.values()), default=server.link.since_at)
        since_at = feeds if server.link.state is LinkState.UP else server.link.since_at
        word = f"{kind} since {time_of_day(since_at, now)}"
    since = stale_since(server, now)
    fresh = since is None
    if since is not None:
        style = "warning" if style in ("good", "muted") else style
        glyph = TURNING if glyph == UP else glyph
        word = f"STALE since {time_of_day(since, now)}"
        kind = kind or "stale"
    elif not word:
        word = _age(server, now)
    telling = not (fresh and glyph == UP)
    brief = clean("" if fresh else "STALE")
    name_style = style if telling or not server.colour else colour_of(server)
    return Standing(clean(server.name), glyph, style, clean(word), brief, fresh, telling, clean(kind), name_style)


def _age(server: Server, now: float) -> str:
    """Where the data comes from and how old it is."""
    heard = [host.heard_at for host in server.hosts.values() if host.heard_at is not None]
    if not heard:
        return "waiting for data"
    polled = [host.lag_s for host in server.hosts.values() if host.vantage is Vantage.POLL]
    return f"{POLLED}, {spell(max(polled))}" if polled else f"feed {spell_finely(now - max(heard))}"


def _state(server: Server) -> tuple[str, Style, str]:
    """Glyph, style, and a word where the feed's age does not say it all."""
    state = server.link.state
    if state is LinkState.CONNECTING:
        return TURNING, "warning", _LINK_WORDS[state]
    if state is not LinkState.UP:
        return DOWN, "critical", _LINK_WORDS.get(state, "down")
    feeds = [host.feed for host in server.hosts.values()]
    if feeds and all(feed is FeedState.REFUSED for feed in feeds):
        polled = all(host.vantage is Vantage.POLL for host in server.hosts.values())
        return DOWN, "critical", "polling refused" if polled else "feed refused"
    if FeedState.STALE in feeds:
        stale = [host.vantage for host in server.hosts.values() if host.feed is FeedState.STALE]
        return TURNING, "warning", "feed stale" if Vantage.FEED in stale else "polling stale"
    if FeedState.SNAPSHOT in feeds:
        return TURNING, "warning", "snapshot"
    if FeedState.ASKED in feeds or not any(feed is FeedState.LIVE for feed in feeds):
        return TURNING, "warning", "asking for the rooms"
    return UP, "good", ""


def unless_told(nothing: str, what: str, servers: Iterable[Server]) -> Shown:
    """That there is nothing to list; and, where a host is polled, that nobody tells `what` there."""
    polled = [host.name for server in servers for host in server.hosts.values() if host.vantage is Vantage.POLL]
    if not polled:
        return clean(nothing)
    there = polled[0] if len(polled) == 1 else f"the {len(polled)} MUC hosts that are polled"
    return clean(f"{nothing} Of {there} {what} is not told: that needs mod_muc_monitor.")


def can_reconnect(server: Server) -> bool:
    """Whether the link waits for somebody to say so before it tries again."""
    return server.link.state in (LinkState.STOPPED, LinkState.REFUSED)


def notices(servers: Iterable[Server], failure: str | None = None, most: int = 100) -> list[Line]:
    """What to tell above the grids, whole sentences, one line for each source of trouble.

    At most so many lines, what a person has to put right first; the last names whom there was no room for.
    """
    lines = sorted(_troubles(servers), key=lambda line: line[0][0][1] != "critical")
    if failure:
        lines.insert(0, _notice("mucmon", failure, "critical"))
    if len(lines) <= most:
        return lines
    rest = lines[most - 1 :]
    style: Style = "critical" if rest[0][0][0][1] == "critical" else "warning"
    names = dict.fromkeys(line[0][1][0] for line in rest)
    more = _notice(f"+{len(rest)} more", f"also in trouble: {', '.join(names)}", style)
    return [*lines[: most - 1], more]


def _troubles(servers: Iterable[Server]) -> list[Line]:
    lines: list[Line] = []
    for server in servers:
        told: set[str] = set()
        link = server.link
        words = link.words or _FALLBACKS.get(link.state, "")
        if words:
            bad = link.state in (LinkState.REFUSED, LinkState.STOPPED)
            lines.append(_notice(server.name, words, "critical" if bad else "warning"))
            told.add(words)
        for host in server.hosts.values():
            words = host.words
            if not words and host.feed is FeedState.REFUSED:
                words = "The server refused the watch."
            if words and words not in told:
                told.add(words)
                bad = host.feed is FeedState.REFUSED
                lines.append(_notice(server.name, words, "critical" if bad else "warning"))
    return lines


def hints(servers: Iterable[Server]) -> list[Line]:
    """What another vantage would add, each sentence once, with the servers it is about."""
    names: dict[str, dict[str, None]] = {}
    for server in servers:
        for host in server.hosts.values():
            if host.hint and server.link.state is LinkState.UP:
                names.setdefault(host.hint, {})[server.name] = None
    return [
        ((span("i", "info"), span(", ".join(about), "info")), ((clean(words, _WORDS_LIMIT), "muted"),))
        for words, about in names.items()
    ]


def server_notices(
    lines: Sequence[ServerLine], servers: Mapping[str, Server], now: float, most: int, width: int
) -> list[Line]:
    """What holds for a whole server, worst first: at most so many lines of that width, and how many more there are."""
    shown: list[Line] = []
    for line in lines[:most]:
        glyph, style = SEVERITY_GLYPHS[line.severity]
        server = servers[line.server]
        since = ""
        if line.since_at is not None:
            since = f"since {hour_and_minute(line.since_at, now + _offset_s(server))}"
        more = f"+{len(lines) - most} more" if len(lines) > most and len(shown) == most - 1 else ""
        head: Cell = (span(glyph, style), span(line.server, style))
        tail: Line = (cell(since, "muted"), cell(more, "muted"))
        taken = width_of(head) + sum(width_of(one) + GAP for one in tail if one) + GAP
        whole: Line = (head, (span(clip(line.before, width - taken)),), *tail)
        stale = stale_since(server, now) is not None
        shown.append(tuple(dimmed(group) for group in whole) if stale else whole)
    return shown


def _offset_s(server: Server) -> float:
    return next((host.offset_s for host in server.hosts.values() if host.offset_s is not None), 0.0)


def pause_notice(since: float, now: float, key_map: KeyMap = PLAIN) -> Line:
    """That the rows stand still."""
    words = f"PAUSED since {time_of_day(since, now)}"
    aside = "the rows stand still, countdowns go on"
    return (
        (span(words, "key"),),
        (span(aside, "muted"),),
        (span(key_map.first("rows.pause"), "key"), span("goes on", "muted")),
    )


def _notice(name: str, words: str, style: Style) -> Line:
    glyph = "×" if style == "critical" else "!"
    return ((span(glyph, style), span(name, style)), ((clean(words, _WORDS_LIMIT), style),))


def why_empty(servers: Iterable[Server]) -> Shown:
    """Why there is no room to list."""
    known = list(servers)
    if not known:
        return clean("No server is configured.")
    reasons = [(server.name, _why_empty(server)) for server in known]
    if len(reasons) == 1:
        return clean(reasons[0][1])
    more = f" And {len(reasons) - _REASONS} servers more." if len(reasons) > _REASONS else ""
    return clean(" ".join(f"{name}: {reason}" for name, reason in reasons[:_REASONS]) + more)


def _why_empty(server: Server) -> str:
    state = server.link.state
    if state is LinkState.CONNECTING:
        return f"Connecting to {server.name} …"
    if state is LinkState.STALE:
        return f"Not connected: {server.name} does not answer."
    if state is LinkState.LOST:
        return f"Not connected: the connection to {server.name} was lost."
    if state is LinkState.REFUSED:
        return f"Not connected: {server.name} refused the connection."
    if state is LinkState.STOPPED:
        return f"Not connected: the connection to {server.name} was ended."
    hosts = list(server.hosts.values())
    if hosts and all(host.feed is FeedState.REFUSED for host in hosts):
        return f"{server.name} does not tell us about its rooms."
    if any(host.complete and host.feed is FeedState.LIVE for host in hosts):
        return f"No rooms: nobody is in a meeting on {server.name}."
    if any(host.feed is FeedState.STALE for host in hosts):
        return f"{server.name} has stopped telling us about its rooms."
    return f"Reading the rooms of {server.name} …"
