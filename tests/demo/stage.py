"""The demo without sockets and without a clock of its own: watchers of our own on the played feed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from monitor.core.occupant import Occupant
from monitor.core.room import OwnerGone, Timer
from monitor.core.server import MucHost
from monitor.core.store import Store
from monitor.demo.feed import Feed
from monitor.demo.people import MUC
from monitor.demo.player import Cue, Player
from monitor.demo.story import story
from monitor.demo.world import World
from monitor.wire.feed import WINDOW, Watch
from monitor.wire.watched import Watched

NOW = 1_790_000_000.0
SERVER = "demo"
Picture = dict[str, tuple[dict[int, Occupant], tuple[Timer, ...], OwnerGone | None]]


class Watcher:
    """A watch and its store, fed by the played feed; `deaf` lets everything wait."""

    def __init__(self, feed: Feed, jid: str, clock: Callable[[], float], window: int = WINDOW) -> None:
        self._feed, self._jid, self._window = feed, jid, window
        self.store = Store()
        self.store.declare(SERVER, [MUC])
        self.batches: list[str] = []
        self.deaf = False
        self._waiting: deque[Callable[[], None]] = deque()
        self.watch = Watch(Watched(SERVER, MUC, jid, self.store.apply, clock, clock), self)

    @property
    def host(self) -> MucHost:
        return self.store.servers[SERVER].hosts[MUC]

    def send_watch(self, host: str, window: int) -> None:
        sub, facts = self._feed.watch(self._jid, self._window, self._came)
        self._waiting.append(lambda: self.watch.answered(sub, facts))
        self._waiting.append(lambda: self._feed.begin(self._jid))

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        self._waiting.append(lambda: self._feed.ack(self._jid, sub, seq))

    def send_history(self, host: str, node: str) -> None:
        raise AssertionError("nobody looks at a room here")

    def _came(self, json: str) -> None:
        self.batches.append(json)
        self._waiting.append(lambda: self.watch.batch_came(json))

    def listen(self, most: int = 10_000) -> None:
        """Take in what was sent, and what that brings."""
        while self._waiting and not self.deaf and most > 0:
            self._waiting.popleft()()
            most -= 1

    def picture(self) -> Picture:
        """What is known of the rooms, to compare."""
        rooms = self.host.rooms
        return {node: (room.occupants, _dated(room.armed), room.owner_gone) for node, room in sorted(rooms.items())}


def _dated(timers: Iterable[Timer]) -> tuple[Timer, ...]:
    return tuple(Timer(one.at, round(one.due_at, 3), one.cause, one.missed) for one in timers)


class Stage:
    """The played server at an injected time."""

    def __init__(self, sequences: Iterable[Iterator[Cue]] | None = None, step_s: float = 0.5) -> None:
        self.now, self._step_s = NOW, step_s
        self.world = World(NOW - 7200)
        tales = (tale.cues(NOW) for tale in story())
        self._player = Player(self.world, tales if sequences is None else sequences)
        self._player.advance_to(NOW)
        self.feed = Feed(self.world, lambda: self.now)
        self._watchers: list[Watcher] = []

    def watcher(self, jid: str = "monitor.meet.example", hears: int = 10_000, **settings: Any) -> Watcher:
        """Somebody who watches from now on, and takes in so much at first."""
        watcher = Watcher(self.feed, jid, lambda: self.now, **settings)
        self._watchers.append(watcher)
        watcher.watch.link_up()
        watcher.listen(hears)
        return watcher

    def play(self, seconds: float) -> Iterator[float]:
        """Let time pass; yields after each step."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + self._step_s, end)
            self._player.advance_to(self.now)
            self.feed.flush()
            for watcher in self._watchers:
                watcher.listen()
            yield self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        for _ in self.play(seconds):
            pass
