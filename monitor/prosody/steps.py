"""The steps between mucmon and the rooms of a server, judged from what its links told: what works, what does not.

The words for what goes wrong are those of the link and the feed (`monitor.wire`); they stand there alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from monitor.config import ServerSettings
from monitor.core.events import Event, FeedChanged, LinkChanged
from monitor.core.server import FeedState, LinkState, MucHost
from monitor.core.store import Store
from monitor.core.text import clean
from monitor.wire.feed import NO_MODULE

GOOD, WRONG, NOTE, OPEN = "✓", "×", "i", "·"
"""Works; must be put right; is good to know; was not reached."""

_CLOSED = ("refused", "hung-up")
"""Conditions of a link to a port behind which nobody listens."""


class Step(NamedTuple):
    """One step, how it stands, and one sentence that says so or names the remedy."""

    mark: str
    name: str
    words: str


class Seen:
    """What the links told so far of one server; applies it to a store of its own."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.store = Store()
        self.store.declare(settings.name, settings.rooms)
        self.was_up = False
        self.link: LinkChanged | None = None
        self.feeds: dict[str, FeedChanged] = {}

    def take(self, event: Event) -> None:
        """Take in an event about this server."""
        self.store.apply(event)
        if isinstance(event, LinkChanged):
            self.link = event
            self.was_up = self.was_up or event.state is LinkState.UP
        elif isinstance(event, FeedChanged):
            self.feeds[event.host] = event

    @property
    def broke(self) -> LinkChanged | None:
        """The end of the link, if it came to one."""
        over = self.link and self.link.state not in (LinkState.CONNECTING, LinkState.UP)
        return self.link if over else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to be learnt by waiting."""
        settled = (FeedState.LIVE, FeedState.REFUSED)
        feeds = (self.feeds.get(host) for host in self.settings.rooms)
        return self.broke is not None or all(feed is not None and feed.state in settled for feed in feeds)

    def host(self, name: str) -> MucHost:
        """What is known of a MUC host."""
        return self.store.servers[self.settings.name].hosts[name]


def steps(seen: Seen, shipped: str | None) -> list[Step]:
    """Judge every step for a server, in the order in which they are put right; `shipped` is our module's version."""
    told = list(_link(seen))
    is_up = told[-1].mark is GOOD
    for host in seen.settings.rooms:
        told += _feed(seen, host, shipped) if is_up else [Step(OPEN, "MUC host", f"{host}: not reached")]
    return told


def _link(seen: Seen) -> Iterator[Step]:
    at, broke = seen.settings, seen.broke
    port, shake = f"{at.host}:{at.port} accepts connections", f"{at.jid} is known there, and the secret is right"
    if broke is not None and broke.state is LinkState.LOST and not seen.was_up:
        yield Step(WRONG, "port", broke.words + (_opens(at.jid) if broke.condition in _CLOSED else ""))
    elif seen.link is None or (broke is None and not seen.was_up):
        yield Step(WRONG, "port", f"{at.host}:{at.port} has not answered in time")
    else:
        yield Step(GOOD, "port", port)
        yield Step(WRONG, "handshake", broke.words) if broke else Step(GOOD, "handshake", shake)


def _opens(jid: str) -> str:
    return (
        f'. Prosody opens the port with its first component: once Component "{jid}" is in its configuration, restart '
        f"it, or have it loaded: prosodyctl shell 'config:reload()', then prosodyctl shell 'host:activate(\"{jid}\")'"
    )


def _feed(seen: Seen, host: str, shipped: str | None) -> Iterator[Step]:
    feed = seen.feeds.get(host)
    condition = feed.condition if feed else ""
    if feed is None or feed.state not in (FeedState.LIVE, FeedState.REFUSED):
        words = feed.words if feed else ""
        yield Step(WRONG, "MUC host", clean(words) or f"{host} has not told all its rooms in time")
        return
    if feed.state is FeedState.REFUSED and condition not in (*NO_MODULE, "forbidden", "version"):
        yield Step(WRONG, "MUC host", clean(feed.words))
        return
    yield Step(GOOD, "MUC host", f"{host} answers")
    if condition in NO_MODULE:
        yield Step(WRONG, "module", clean(feed.words))
        return
    known = seen.host(host)
    release = clean(str(known.facts.get("prosody_version") or ""), 40)
    yield Step(GOOD, "module", "mod_muc_monitor is loaded" + (f" in Prosody {release}" if release else ""))
    if condition == "version":
        yield Step(WRONG, "version", clean(feed.words))
    elif condition == "forbidden":
        yield Step(WRONG, "watcher", clean(feed.words))
    else:
        yield _watcher(seen.settings.jid, known)
        yield _version(known, shipped)
        yield from _rooms(known)


def _watcher(jid: str, host: MucHost) -> Step:
    operators = host.facts.get("admins")
    if isinstance(operators, list) and jid in operators:
        return Step(
            NOTE, "watcher", f"{jid} stands in `admins`, which it does not need: muc_monitor_watchers is enough"
        )
    return Step(GOOD, "watcher", f"{jid} may watch, and has no other right there")


def _version(host: MucHost, shipped: str | None) -> Step:
    told = host.facts.get("module_version")
    loaded = clean(told, 40) if isinstance(told, str) else None
    if loaded == shipped:
        return Step(GOOD, "version", f"the module is the one that came with this mucmon ({shipped})")
    is_newer = _numbers(loaded) > _numbers(shipped)
    remedy = (
        f"install mucmon {loaded} here"
        if is_newer
        else "mucmon prosody --install DIR on the server, then "
        f'prosodyctl shell \'module:reload("muc_monitor", "{host.name}")\' or a restart'
    )
    return Step(
        WRONG, "version", f"version {loaded or 'unknown'} is loaded, and this mucmon came with {shipped}: {remedy}"
    )


def _numbers(version: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in (version or "").split(".") if part.isascii() and part.isdigit())


def _rooms(host: MucHost) -> Iterator[Step]:
    people = [person for room in host.rooms.values() for person in room.people()]
    if not host.rooms:
        yield Step(GOOD, "rooms", "no room is open; one that opens is seen, hidden or not")
    else:
        yield Step(
            GOOD,
            "rooms",
            f"{_count(len(host.rooms), 'room')}, hidden ones too, with {_count(len(people), 'person', 'people')}",
        )
    options = host.facts.get("options")
    setting = options.get("muc_monitor_claims") if isinstance(options, dict) else None
    holders = [person for person in people if person.has_token]
    told = sum(person.claims is not None for person in holders)
    if setting == "none":
        yield Step(NOTE, "claims", 'they stay on the server: muc_monitor_claims = "none" is set there')
    elif not people:
        yield Step(GOOD, "claims", "nobody is here yet whose token could be read")
    elif not holders:
        yield Step(NOTE, "claims", f"none of {_count(len(people), 'person', 'people')} has a token")
    elif told < len(holders):
        words = f"of {_count(len(holders), 'person', 'people')} with a token, only {told} have claims that can be read"
        yield Step(NOTE, "claims", words)
    else:
        yield Step(
            GOOD, "claims", f"{len(holders)} with a token, {len(people) - len(holders)} without; all claims are read"
        )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
