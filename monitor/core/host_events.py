"""What is told of a server or a MUC host as a whole: how link and feed stand, its clock, its facts, its past."""

from __future__ import annotations

from monitor.core.events import BatchHeard, DriftSeen, FactsLearned, FeedChanged, JoinRefused, LinkChanged, PastTold
from monitor.core.server import FeedState, Link, MucHost, Server

_OFFSET_EASE = 0.1
_STEP_S = 2.0
"""A clock that seems set back by more than this was: no batch is that late for long."""


def link_changed(server: Server, event: LinkChanged) -> None:
    """How the link stands, and since when it does."""
    since = server.link.since_at if server.link.state == event.state else event.at
    server.link = Link(event.state, since, event.words)


def feed_changed(host: MucHost, event: FeedChanged) -> None:
    """How the feed stands; what is known goes stale with it, from the last word that came over it."""
    if host.feed != event.state:
        host.feed, host.since_at = event.state, event.at
    if event.state is FeedState.LIVE:
        host.stale_since_at = None
    elif host.complete and host.stale_since_at is None:
        host.stale_since_at = event.at if host.heard_at is None else host.heard_at
    host.words, host.vantage, host.hint = event.words, event.vantage, event.hint


def batch_heard(host: MucHost, event: BatchHeard) -> None:
    """When that was, and where the server's clock stands."""
    host.heard_at, host.lag_s = event.at, event.lag_s
    # Delay only ever makes the server look behind, so the largest difference is nearest the truth.
    offset = event.server_now - event.at
    if host.offset_s is None or offset > host.offset_s or host.offset_s - offset > _STEP_S:
        host.offset_s = offset
    else:
        host.offset_s += (offset - host.offset_s) * _OFFSET_EASE
    if event.health is not None:
        host.health = event.health


def facts_learned(host: MucHost, event: FactsLearned) -> None:
    """What the host is set up as; the modules that are loaded are one of the facts."""
    host.facts, host.kind = event.facts, event.kind
    loaded = event.facts.get("modules")
    names = loaded if isinstance(loaded, list) else []
    host.modules = frozenset(name for name in names if isinstance(name, str))


def drift_seen(host: MucHost, event: DriftSeen) -> None:
    """In what the host is set up otherwise than in the last run."""
    host.drift = event.drift


def join_refused(host: MucHost, event: JoinRefused) -> None:
    """One more was turned away at the door."""
    host.door.append(event.refusal)


def past_told(host: MucHost, event: PastTold) -> None:
    """Who was refused and which rooms ended before, without what is known already."""
    known = {(one.at, one.node) for one in host.door}
    host.door.extend(one for one in event.door if (one.at, one.node) not in known)
    over = {(one.at, one.key): one for one in host.ended}
    # Told to a slow watcher one by one, a room's end comes without its people; this knows them.
    over.update({(one.at, one.key): one for one in event.ended})
    host.ended.clear()
    host.ended.extend(sorted(over.values(), key=lambda one: one.at))
