"""The link to one server: connects, says what is wrong when it cannot, and tries again at a civil rate.

This is the only owner of a server's connection state. What a passing fault broke is retried quickly (0.5 s, then
doubling to 15 s, with jitter); what a person has to put right, slowly; what another monitor took over, not at all.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable

import msgspec

from monitor.core.events import Event, LinkChanged
from monitor.core.model import LinkState
from monitor.wire.component import Component, Ended
from monitor.wire.feed import Watch

_TICK_S = 0.5
STEADY_S = 5.0
"""A link that lives this long is sound: one that breaks sooner is retried ever more slowly."""


class Policy(msgspec.Struct, frozen=True):
    """How long to wait between attempts."""

    first_s: float = 0.5
    cap_s: float = 15.0
    slow_s: float = 30.0
    jitter: float = 0.2
    """Share of the delay by which it varies, so that many monitors do not come back in step."""


class Address(msgspec.Struct, frozen=True):
    """Where the component connects, and as whom."""

    name: str
    host: str
    port: int
    jid: str


class Link:
    """The link of one server with the watches of its MUC hosts. Listens to its `Component`."""

    def __init__(
        self,
        address: Address,
        secret: str,
        rooms: Iterable[str],
        apply: Callable[[Event], object],
        policy: Policy | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.address = address
        self._secret = secret
        self._apply, self._clock = apply, clock
        self._policy = policy or Policy()
        self._component: Component | None = None
        self._attempts = 0
        self._ticks = time.monotonic
        self._up_since: float | None = None
        self._wake = asyncio.Event()
        self._watches = {host: Watch(address.name, host, address.jid, apply, self, clock) for host in rooms}

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        ticking = asyncio.ensure_future(self._tick())
        try:
            while True:
                await self._once()
        finally:
            ticking.cancel()

    def reconnect(self) -> None:
        """Try again now, whatever the link was waiting for."""
        self._attempts = 0
        self._wake.set()

    def send_watch(self, host: str, window: int) -> None:
        """Ask a MUC host to be watched; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_watch(host, window)

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        """Acknowledge a batch; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_ack(host, sub, seq)

    def look_at(self, host: str, node: str) -> None:
        """A room is looked at: ask for its past, now and whenever some of it was missed."""
        for watch in self._watches.values():
            watch.look_at(node if watch.host == host else "")

    def send_history(self, host: str, node: str) -> None:
        """Ask for a room's past; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_history(host, node)

    def came_up(self) -> None:
        """The handshake was accepted."""
        self._up_since = self._ticks()
        self._became(LinkState.UP)
        for watch in self._watches.values():
            watch.link_up()

    def batch_came(self, host: str, json: str) -> None:
        """A batch came from a MUC host."""
        self._guarded(host, lambda watch: watch.batch_came(json))

    def watch_answered(self, host: str, sub: str, facts_json: str) -> None:
        """A watch was taken on."""
        self._guarded(host, lambda watch: watch.answered(sub, facts_json))

    def watch_refused(self, host: str, condition: str) -> None:
        """A watch was refused."""
        self._guarded(host, lambda watch: watch.refused(condition))

    def history_came(self, host: str, node: str, json: str) -> None:
        """A room's past was told."""
        self._guarded(host, lambda watch: watch.history_came(node, json))

    def _guarded(self, host: str, act: Callable[[Watch], None]) -> None:
        watch = self._watches.get(host)
        if watch is None:
            return
        try:
            act(watch)
        except Exception as error:
            # A fault of ours in one batch must neither end the screen nor answer the server with an error.
            watch.faulted(error)

    async def _once(self) -> None:
        if self._attempts == 0:
            self._became(LinkState.CONNECTING)
        at = self.address
        self._up_since = None
        try:
            self._component = Component(at.jid, self._secret, at.host, at.port, self)
            ended = await self._component.run()
        except Exception as error:
            # Whatever the stream library may throw, the other servers and the screen go on.
            ended = Ended(type(error).__name__)
        finally:
            self._component = None
            for watch in self._watches.values():
                watch.link_down()
        if self._up_since is not None and self._ticks() - self._up_since >= STEADY_S:
            self._attempts = 0
        state, words, delay = self._verdict(ended)
        self._became(state, words, ended.condition)
        self._attempts += 1
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), delay)
        except TimeoutError:
            pass

    def _verdict(self, ended: Ended) -> tuple[LinkState, str, float | None]:
        policy, jitter = self._policy, 1 + self._policy.jitter * random.uniform(-1, 1)
        fast = min(policy.first_s * 2 ** min(self._attempts, 10) * jitter, policy.cap_s)
        state, words = describe(ended, self.address)
        if state is LinkState.STOPPED:
            return state, words, None
        return state, words, fast if state is LinkState.LOST else policy.slow_s * jitter

    def _became(self, state: LinkState, words: str = "", condition: str = "") -> None:
        self._apply(LinkChanged(self.address.name, state, self._clock(), words, condition))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            if self._component is not None and self._component.is_up:
                for watch in self._watches.values():
                    try:
                        watch.tick()
                    except Exception as error:
                        watch.faulted(error)


def describe(ended: Ended, at: Address) -> tuple[LinkState, str]:
    """What the end of a connection means, and one sentence that names the remedy."""
    where = f"{at.host}:{at.port}"
    match ended.condition:
        case "refused":
            return LinkState.LOST, (
                f"nothing listens on {where}: start Prosody there, set component_ports in its configuration, "
                "or open the SSH tunnel to it"
            )
        case "hung-up":
            return LinkState.LOST, (
                f"{where} closes every connection at once, as an SSH tunnel does when nothing listens at its far end: "
                "start Prosody there"
            )
        case "unreachable":
            why = f" ({ended.text})" if ended.text else ""
            return LinkState.LOST, (
                f"{where} cannot be reached{why}: check `host` and `port`, and that the tunnel is open"
            )
        case "silent" | "not-xmpp":
            return LinkState.LOST, (
                f"{where} accepts connections and does not answer as an XMPP server: "
                "check that `port` is the one in component_ports"
            )
        case "not-authorized":
            return LinkState.REFUSED, (
                f"the secret for {at.jid} is wrong: make `secret_file` hold the component_secret "
                "of that Component in Prosody's configuration"
            )
        case "host-unknown":
            return LinkState.REFUSED, (
                f'the server knows no component {at.jid}: add Component "{at.jid}" with a component_secret '
                "to Prosody's configuration and restart it (mucmon prosody --print shows how), or correct `jid`"
            )
        case "conflict" if "eplaced" in ended.text:
            return LinkState.STOPPED, (
                f"another monitor has taken over {at.jid}: press r to take it back, "
                "or give each person a component of their own"
            )
        case "conflict":
            return LinkState.REFUSED, (
                f"another monitor is already connected as {at.jid}: use a component of your own, "
                'or set component_conflict_resolve = "kick_old" for it'
            )
        case "":
            return LinkState.LOST, f"the link to {where} broke; connecting again"
    return LinkState.LOST, f"the server closed the link ({ended.condition}); connecting again"
