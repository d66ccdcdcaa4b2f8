"""The server's half of the feed: watches, snapshots in slices, batches in sequence, and the window.

It behaves as ``mod_muc_monitor.lua`` does towards a watcher; what a watch is told comes from the world's events.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from monitor.core.server import Health
from monitor.demo.people import DOMAIN, FOCUS, MUC, OPERATOR
from monitor.demo.rooms import Room
from monitor.demo.world import HIBERNATION_S, PARTY_TIMEOUT_S, World
from monitor.wire.feed import PROTOCOL
from monitor.wire.records import BatchRecord, EventRecord, RoomRecord

HEARTBEAT_S = 5.0
PATIENCE_S = 120.0
"""How long a watcher may acknowledge nothing before its watch ends."""
_SLICE = 5
"""Parts of rooms told in one go of a snapshot."""
_CHANGED = 10_000
_WINDOW, _WINDOW_MOST = 8, 64
_MODULES = ("muc", "muc_meeting_id", "muc_monitor", "polls", "token_affiliation", "token_owner_party")


class _Batch(BatchRecord, frozen=True, omit_defaults=True):
    """A batch as it is sent: without what is not in it."""


class _Watch:
    """One watcher's place in the feed."""

    def __init__(self, send: Callable[[str], None], window: int, now: float) -> None:
        self.send, self.window = send, window
        self.sub = str(uuid.uuid4())
        self.seq = self.acked = self.lost = 0
        self.heard_at = now
        self.queue: list[EventRecord] = []
        self.unwritten: set[Room] = set()
        """Rooms the snapshot has still to tell: what happens in them needs no telling before."""
        self.changed: dict[Room, None] = {}
        """Rooms in which something happened while the window was full: told whole when it opens."""
        self.todo: Iterator[RoomRecord] | None = None
        """What is left of the snapshot, or of what has to be told whole."""
        self.resync = False

    @property
    def is_open(self) -> bool:
        return self.seq - self.acked < self.window

    def take(self, room: Room | None, event: EventRecord) -> None:
        """Queue an event, or put its room off where the watcher does not keep up."""
        if room in self.unwritten:
            return
        if room not in self.changed and self.is_open:
            self.queue.append(event)
            return
        self.lost += 1
        if room is not None:
            self.changed[room] = None
            self.resync = self.resync or len(self.changed) > _CHANGED


class Feed:
    """The watches of the demo's one MUC host."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        """`clock` dates the batches."""
        self._world, self._clock = world, clock
        self._watches: dict[str, _Watch] = {}
        self._boot = str(uuid.uuid4())
        self._beat_at = 0.0
        world.tell = self._told

    def watch(self, watcher: str, window: int | None, send: Callable[[str], None]) -> tuple[str, str]:
        """Take a watch on, in place of an older one of the same JID; returns its `sub` and the facts as JSON."""
        size = _WINDOW if window is None or window < 1 else min(window, _WINDOW_MOST)
        watch = self._watches[watcher] = _Watch(send, size, self._clock())
        rooms = list(self._world.rooms.values())
        watch.unwritten.update(rooms)
        watch.todo = self._write(watch, rooms)
        return watch.sub, msgspec.json.encode(self._facts()).decode()

    def begin(self, watcher: str) -> None:
        """Send the first slices, as many as the window takes; the answer to the watch has to come before them."""
        if watch := self._watches.get(watcher):
            self._slices(watch)

    def end(self, watcher: str) -> None:
        """End a watch."""
        self._watches.pop(watcher, None)

    def ack(self, watcher: str, sub: str, seq: int) -> None:
        """Take an acknowledgement, and go on where the window had been full."""
        watch = self._watches.get(watcher)
        if watch is None or watch.sub != sub or seq > watch.seq:
            return
        watch.heard_at = self._clock()
        was_open = watch.is_open
        watch.acked = max(watch.acked, seq)
        if watch.is_open and not was_open:
            self._catch_up(watch)

    def history(self, node: str) -> str | None:
        """A room's past as JSON, or None where there is no such room."""
        room = self._world.rooms.get(node)
        return None if room is None else msgspec.json.encode(list(room.history)).decode()

    def flush(self) -> None:
        """Send what has gathered, and a heartbeat when it is time."""
        now = self._clock()
        beat = now - self._beat_at >= HEARTBEAT_S
        if beat:
            self._beat_at = now
        health = self._health() if beat else None
        for watcher, watch in list(self._watches.items()):
            if watch.is_open and (watch.queue or health is not None):
                self._send(watch, events=_drained(watch), health=health)
            elif beat and not watch.is_open and now - watch.heard_at > PATIENCE_S:
                self.end(watcher)

    def bye(self) -> None:
        """Tell every watcher that the module is unloaded."""
        for watch in self._watches.values():
            self._send(watch, events=_drained(watch), bye=self._clock())
        self._watches.clear()

    def _told(self, room: Room | None, event: EventRecord) -> None:
        for watch in self._watches.values():
            watch.take(room, event)

    def _write(self, watch: _Watch, rooms: list[Room]) -> Iterator[RoomRecord]:
        """The records of these rooms, each as it stands when its turn comes."""
        for room in rooms:
            put_off = room in watch.changed
            watch.changed.pop(room, None)
            watch.unwritten.discard(room)
            if room.over is None:
                yield from room.parts(self._clock())
            elif put_off:
                watch.queue.append(room.over)

    def _slices(self, watch: _Watch) -> None:
        while watch.todo is not None and watch.is_open:
            parts = list(itertools.islice(watch.todo, _SLICE))
            if len(parts) == _SLICE:
                self._send(watch, rooms=parts, events=_drained(watch), snapshot="more")
                continue
            watch.todo = self._write(watch, list(watch.changed)) if watch.changed else None
            end = watch.todo is None
            lost, watch.lost = (watch.lost, 0) if end else (0, watch.lost)
            self._send(
                watch,
                rooms=parts or None,
                events=_drained(watch),
                door=list(self._world.door) if end else None,
                ended=list(self._world.ended) if end else None,
                snapshot="end" if end else "more",
                lost=lost,
                health=self._health() if end else None,
            )

    def _catch_up(self, watch: _Watch) -> None:
        if watch.resync:
            self._send(watch, resync=True)
            return
        if watch.todo is None and (watch.changed or watch.lost):
            watch.todo = self._write(watch, list(watch.changed))
        self._slices(watch)

    def _send(self, watch: _Watch, **fields: Any) -> None:
        watch.seq += 1
        batch = _Batch(watch.sub, watch.seq, self._clock(), **fields)
        watch.send(msgspec.json.encode(batch).decode())

    def _health(self) -> Health:
        rooms = self._world.rooms.values()
        return Health(
            uptime_s=self._world.now - self._world.began_at,
            slice_max_ms=1.4,
            slice_collected_max_ms=3.1,
            rooms=len(rooms),
            occupants=sum(len(room.people) for room in rooms),
            watchers=len(self._watches),
        )

    def _facts(self) -> dict[str, Any]:
        return {
            "protocol": PROTOCOL,
            "boot": self._boot,
            "now": self._clock(),
            "loaded_at": self._world.began_at,
            "host": MUC,
            "kind": "main",
            "prosody_version": "demo",
            "modules": _MODULES,
            "modules_enabled": _MODULES,
            "parent_host": DOMAIN,
            "parent_modules": ("jitsi_session", "smacks", "websocket"),
            "hosts": [
                {"host": DOMAIN, "authentication": "token", "smacks_hibernation_time": HIBERNATION_S},
                {"host": MUC, "authentication": None, "smacks_hibernation_time": None},
            ],
            "admins": [FOCUS, OPERATOR.actor],
            "options": {
                "party_check_timeout": PARTY_TIMEOUT_S,
                "allow_empty_token": True,
                "enable_domain_verification": False,
                "app_id": "demo",
                "muc_mapper_domain_base": DOMAIN,
            },
        }


def _drained(watch: _Watch) -> list[EventRecord] | None:
    queue, watch.queue = watch.queue, []
    return queue or None
