"""mucmon on a live server: its links and store in this process, and its whole self in a terminal."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.config import Secret, ServerSettings
from monitor.core.events import Event
from monitor.core.findings import judge
from monitor.core.occupant import Occupant
from monitor.core.room import RoomKey
from monitor.core.server import FeedState, LinkState, MucHost
from monitor.core.store import Store
from monitor.wire.link import Link, Policy
from monitor.wire.sources import Links
from tests.live import truth
from tests.live.prosody_config import STRANGER, WATCHERS
from tests.live.server import Prosody
from tests.live.terminal import Terminal, mucmon

__all__ = ["STRANGER", "WATCHERS", "Watching", "config_file", "screen", "watching"]

NAME = "meet"
Row = tuple[str, str, str, str]
"""Nick, address, role and affiliation of one session of an occupant."""


class Watching:
    """A store that follows a live server, and questions to it."""

    def __init__(
        self,
        server: Prosody,
        policy: Policy | None = None,
        jid: str = WATCHERS[0],
        beside: Sequence[str] = (),
        name: str = NAME,
        also: Callable[[Event], object] | None = None,
        **changes: Any,
    ) -> None:
        """`changes` are settings of the server beside those that are always the same; `also` is told every event."""
        self.server, self.jid, self.name, self._also = server, jid, name, also
        self.hosts = (server.muc_host, *beside)
        self.store = Store()
        self.store.declare(name, self.hosts)
        self.events: list[tuple[float, Event]] = []
        port = changes.pop("port", server.component_port)
        settings = ServerSettings(name, "127.0.0.1", port, jid, Secret(server.secret), self.hosts, **changes)
        self.links = Links([settings], self._apply, policy)
        self.heard: list[str] = []
        """The JSON of every batch and of the facts, as they came over the wire."""

    def _apply(self, event: Event) -> None:
        self.events.append((time.time(), event))
        self.store.apply(event)
        if self._also is not None:
            self._also(event)

    def listen(self) -> None:
        """Keep what comes over the wire, beside what is made of it."""
        link = self.link
        batch_came, answered = link.batch_came, link.watch_answered

        def batch(host: str, json: str) -> None:
            self.heard.append(json)
            batch_came(host, json)

        def facts(host: str, sub: str, facts_json: str) -> None:
            self.heard.append(facts_json)
            answered(host, sub, facts_json)

        link.batch_came, link.watch_answered = batch, facts  # type: ignore[method-assign]

    @property
    def link(self) -> Link:
        """The link to the server."""
        return self.links._links[self.name]

    @property
    def host(self) -> MucHost:
        """What is known of the MUC host."""
        return self.store.servers[self.name].hosts[self.server.muc_host]

    @property
    def is_live(self) -> bool:
        """Whether every host is followed live over a link that is up."""
        server = self.store.servers[self.name]
        return server.link.state is LinkState.UP and all(
            server.hosts[name].feed is FeedState.LIVE for name in self.hosts
        )

    def key(self, node: str) -> RoomKey:
        """Return the key of a room, named by its node on the main MUC host or by its JID."""
        name, _, host = node.partition("@")
        return RoomKey(self.name, host or self.server.muc_host, name)

    def find(self, node: str, name: str) -> Occupant | None:
        """Return the occupant with this display name or nick, if there is one."""
        room = self.store.find_room(self.key(node))
        people = room.occupants.values() if room else ()
        return next((one for one in people if name in (one.name, one.nick)), None)

    def findings(self, node: str) -> dict[str, str]:
        """Return rule ids by the display name they are about."""
        room = self.store.find_room(self.key(node))
        if room is None:
            return {}
        server_now = time.time() + (self.host.offset_s or 0)
        judged = judge(room, self.host, server_now).findings
        about = ((found.oid, found.rule.id) for found in judged)
        return {str(room.occupants[oid].name): rule for oid, rule in about if oid is not None}

    def picture(self) -> dict[str, set[Row]]:
        """Return all rooms with (nick, jid, role, affiliation) of everybody in them."""
        return {
            room.key.node: {
                (one.nick, session.jid, one.role.value, one.affiliation.value)
                for one in room.occupants.values()
                for session in one.sessions
            }
            for room in self.store.rooms()
        }

    async def equals_the_server(self, timeout_s: float = 5) -> None:
        """Return when the store holds exactly what the server's own list does; AssertionError otherwise."""
        deadline = time.monotonic() + timeout_s
        while True:
            listed = await truth.rooms(self.server)
            true = {
                node: {(one["nick"], one["jid"], one["role"], one["affiliation"]) for one in people}
                for node, people in listed.items()
            }
            seen = self.picture()
            if seen == true:
                return
            if time.monotonic() > deadline:
                raise AssertionError(_differences(seen, true))
            await asyncio.sleep(0.05)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10) -> float:
        """Return how many seconds it took until CONDITION held; TimeoutError after TIMEOUT_S."""
        started = time.monotonic()
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 - the store is polled by the screen in just this way
                await asyncio.sleep(0.01)
        return time.monotonic() - started


def _differences(seen: Mapping[str, set[Row]], true: Mapping[str, set[Row]]) -> str:
    lines = []
    for node in sorted({*seen, *true}):
        here, there = seen.get(node, set()), true.get(node, set())
        if here != there or (node in seen) != (node in true):
            lines.append(
                f"{node}: shown and not there {sorted(here - there)}, there and not shown {sorted(there - here)}"
            )
    return "the store is not as the server:\n" + "\n".join(lines[:20])


@contextlib.asynccontextmanager
async def watching(
    server: Prosody,
    policy: Policy | None = None,
    jid: str = WATCHERS[0],
    beside: Sequence[str] = (),
    timeout_s: float = 10,
    **changes: Any,
) -> AsyncIterator[Watching]:
    """Follow SERVER for the time of the block; begins once the first snapshot is complete where JID may watch.

    BESIDE are further MUC hosts of it, CHANGES settings of mucmon's own.
    """
    follower = Watching(server, policy, jid, beside, **changes)
    await follower.links.start()
    follower.listen()
    try:
        if jid in WATCHERS:
            await follower.until(lambda: follower.is_live, timeout_s)
        yield follower
    finally:
        await follower.links.stop()


def config_file(folder: Path, server: Prosody, jid: str = WATCHERS[1], **changes: object) -> Path:
    """Write a configuration for SERVER with its secret in a file of its own, and return its path."""
    secret = folder / "meet.secret"
    secret.write_text(str(changes.pop("secret", server.secret)))
    secret.chmod(0o600)
    values: dict[str, object] = {
        "name": NAME,
        "host": "127.0.0.1",
        "port": server.component_port,
        "jid": jid,
        "secret_file": secret.name,
        "rooms": server.muc_host,
        **changes,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    path = folder / "config.toml"
    path.write_text("[[server]]\n" + "\n".join(lines) + "\n")
    return path


@contextlib.asynccontextmanager
async def screen(
    config: Path, size: tuple[int, int] = (172, 45), environ: Mapping[str, str] | None = None
) -> AsyncIterator[Terminal]:
    """Run mucmon in a terminal for the time of the block."""
    async with Terminal(mucmon("--config", str(config)), size, environ) as terminal:
        yield terminal
