"""The link to one server: connects, says what is wrong when it cannot, and tries again at a civil rate.

This is the only owner of a server's connection state. What a passing fault broke is retried quickly (0.5 s, then
doubling to 15 s, with jitter); what a person has to put right, slowly; what another monitor took over, not at all.
A connection over which nothing comes back is given up and made anew.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable

import msgspec

from monitor.core.events import Event, LinkChanged
from monitor.core.server import LinkState
from monitor.wire.component import Component, Ended
from monitor.wire.endings import Address, describe
from monitor.wire.questions import ASKED, Told
from monitor.wire.vantage import Host, Mode
from monitor.wire.watched import Watched

_TICK_S = 0.5
STEADY_S = 5.0
"""A link that lives this long is sound: one that breaks sooner is retried ever more slowly."""
ASLEEP_S = 5.0
"""When the clock has moved by so much more than we waited, the machine slept: what was connected may be so no more."""
AWAKE_ANSWER_S = 3.0
"""How long an answer may take then."""
HELD_S = 16 * 60.0
"""How long a server may take to notice that a connection is gone from which no farewell came."""


class Policy(msgspec.Struct, frozen=True):
    """How long to wait between attempts, and for signs of life."""

    first_s: float = 0.5
    cap_s: float = 15.0
    slow_s: float = 30.0
    jitter: float = 0.2
    """Share of the delay by which it varies, so that many monitors do not come back in step."""
    ping_s: float = 15.0
    answer_s: float = 10.0
    """After a ping: when nothing at all has come for so long, the connection is dead."""


class Link:
    """The link of one server with its MUC hosts. Listens to its `Component`."""

    def __init__(
        self,
        address: Address,
        secret: str,
        rooms: Iterable[str],
        apply: Callable[[Event], object],
        policy: Policy | None = None,
        clock: Callable[[], float] = time.time,
        mode: Mode = "auto",
        cache_size: int | None = None,
    ) -> None:
        """`mode` and `cache_size` are as in `monitor.wire.vantage.Host`."""
        self.address = address
        self._secret = secret
        self._apply, self._clock = apply, clock
        self._policy = policy or Policy()
        self._component: Component | None = None
        self._attempts = 0
        self._ticks = time.monotonic
        self._up_since: float | None = None
        self._was_up = False
        self._held_until = 0.0
        """Until when the server may hold a connection of ours that we have lost."""
        self._ping: tuple[float, float] = (0.0, 0.0)
        """When the last ping was sent, and until when something must have come."""
        self._pinging_from = 0.0
        self._state = LinkState.CONNECTING
        self._wake = asyncio.Event()
        self._hosts = {
            host: Host(Watched(address.name, host, address.jid, apply, clock), self, mode, cache_size) for host in rooms
        }

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

    def ask(self, kind: str, to: str, set_or_get: str, payload: str, answered: Told, late: Told | None = None) -> bool:
        """Send an IQ; False where too much is in flight or the link is down. No answer comes once it is."""
        return self._component is not None and self._component.ask(kind, to, set_or_get, payload, answered, late)

    def free(self) -> int:
        """How many IQs may be sent now."""
        return ASKED if self._component is None else self._component.questions.free

    def send_watch(self, host: str, window: int) -> None:
        """Ask a MUC host to be watched; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_watch(host, window)

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        """Acknowledge a batch; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_ack(host, sub, seq)

    def look_at(self, host: str, node: str) -> None:
        """A room is looked at: ask for its past, or look at it more often, as the vantage has it."""
        for known in self._hosts.values():
            known.look_at(node if known.name == host else "")

    def send_history(self, host: str, node: str) -> None:
        """Ask for a room's past; nothing is sent while the link is down."""
        if self._component is not None:
            self._component.send_history(host, node)

    def came_up(self) -> None:
        """The handshake was accepted."""
        self._up_since = self._ticks()
        self._was_up = True
        # What was heard last, the handshake's answer, is newer than any ping.
        self._ping = (0.0, 0.0)
        self._pinging_from = self._up_since + self._policy.ping_s
        self._became(LinkState.UP)
        for host in self._hosts.values():
            host.link_up()

    def batch_came(self, host: str, json: str) -> None:
        """A batch came from a MUC host."""
        self._guarded(host, lambda known: known.watch.batch_came(json))

    def watch_answered(self, host: str, sub: str, facts_json: str) -> None:
        """A watch was taken on."""
        self._guarded(host, lambda known: known.watch.answered(sub, facts_json))

    def watch_refused(self, host: str, condition: str) -> None:
        """A watch was refused."""
        self._guarded(host, lambda known: known.watch.refused(condition))

    def history_came(self, host: str, node: str, json: str) -> None:
        """A room's past was told."""
        self._guarded(host, lambda known: known.watch.history_came(node, json))

    def _guarded(self, host: str, act: Callable[[Host], None]) -> None:
        known = self._hosts.get(host)
        if known is None:
            return
        try:
            act(known)
        except Exception as error:
            # A fault of ours in one batch must neither end the screen nor answer the server with an error.
            known.faulted(error)

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
            for host in self._hosts.values():
                host.link_down()
        if self._up_since is not None:
            if self._ticks() - self._up_since >= STEADY_S:
                self._attempts = 0
            if ended.condition in ("", "dead"):
                self._held_until = self._ticks() + HELD_S
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
        state, words = describe(ended, self.address, self._was_up, self._ticks() < self._held_until)
        if state is LinkState.STOPPED:
            return state, words, None
        return state, words, policy.slow_s * jitter if state is LinkState.REFUSED else fast

    def _became(self, state: LinkState, words: str = "", condition: str = "") -> None:
        self._state = state
        self._apply(LinkChanged(self.address.name, state, self._clock(), words, condition))

    async def _tick(self) -> None:
        before, ticked = self._clock(), self._ticks()
        while True:
            await asyncio.sleep(_TICK_S)
            clock, now = self._clock(), self._ticks()
            if max(clock - before, now - ticked) > ASLEEP_S:
                self._awake(now)
            before, ticked = clock, now
            if self._component is None or not self._component.is_up:
                continue
            self._see_to_life(self._component, now)
            self._component.questions.tick()
            for host in self._hosts.values():
                try:
                    host.tick()
                except Exception as error:
                    host.faulted(error)

    def _see_to_life(self, component: Component, now: float) -> None:
        """Give a connection up over which nothing came since the last ping, and send the next one when it is time."""
        sent_at, until = self._ping
        if component.heard_at < sent_at:
            if now >= until:
                component.give_up()
        elif now >= self._pinging_from:
            self._send_ping(component, now, self._policy.answer_s)

    def _send_ping(self, component: Component, now: float, answer_s: float) -> None:
        component.send_ping()
        self._ping = (now, now + answer_s)
        self._pinging_from = now + self._policy.ping_s

    def _awake(self, now: float) -> None:
        """The machine has slept: find out at once what is left of the connection, or make it again."""
        if self._component is not None and self._component.is_up:
            self._send_ping(self._component, now, min(AWAKE_ANSWER_S, self._policy.answer_s))
        elif self._state in (LinkState.LOST, LinkState.STALE):
            self.reconnect()
