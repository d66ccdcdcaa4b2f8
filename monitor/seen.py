"""What is kept between runs of how servers are set up, in one small file that only its owner can read.

Nothing that a room or a person is called stands in it. Whatever is wrong with it costs no more than its use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from monitor.core.drift import Setup, drift, setup_of
from monitor.core.events import BatchHeard, DriftSeen, Event, FactsLearned
from monitor.private_file import PATIENCE_S, alone_with, write_privately

MOST = 200
"""MUC hosts that are remembered; the ones not seen for longest are forgotten."""
_LARGEST = 8 * 1024 * 1024

Apply = Callable[[Event], object]


class Memory:
    """Compares what servers tell of themselves with what they told the last time, and keeps it for the next."""

    def __init__(self, path: Path, jids: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        """`jids` tells by a server's name as whom we are there: names change, and every tunnel ends on one port."""
        self._path, self._jids, self._clock = path, jids, clock
        self._before: dict[str, Setup] | None = None
        self._now: dict[str, Setup] = {}
        self._followed: set[str] = set()
        self._heard_at: dict[str, float] = {}
        """When a host that is set up so was last heard of."""
        self._apply: Apply | None = None
        self.failure: OSError | None = None
        """Why it could not be kept."""

    def around(self, apply: Apply) -> Apply:
        """`apply`, which is also told what has changed since last time."""

        def told(event: Event) -> object:
            result = apply(event)
            if isinstance(event, BatchHeard):
                name = self._name(event.server, event.host)
                if name in self._followed:
                    self._heard_at[name] = event.at
            elif isinstance(event, FactsLearned) and (seen := self._take(event)) is not None:
                apply(seen)
            return result

        self._apply = apply
        return told

    def acknowledge(self, server: str, host: str) -> None:
        """Somebody knows what has changed on a host: it is not told again, in this run or a later one.

        What changes next is compared with how the host is set up now.
        """
        name = self._name(server, host)
        if self._before is not None and name in self._now:
            self._before[name] = self._as_heard(name)
            self._keep()
        if self._apply is not None:
            self._apply(DriftSeen(server, host, None))

    def close(self) -> None:
        """Keep until when each host was seen as it is."""
        self._now = {name: self._as_heard(name) for name in self._now}
        self._keep()

    def _name(self, server: str, host: str) -> str:
        return f"{host} as {self._jids.get(server, server)}"

    def _as_heard(self, name: str) -> Setup:
        setup = self._now[name]
        return msgspec.structs.replace(setup, at=max(setup.at, self._heard_at.get(name, 0.0)))

    def _take(self, event: FactsLearned) -> DriftSeen | None:
        setup = setup_of(event.facts, self._clock())
        name = self._name(event.server, event.host)
        if setup is None:
            self._followed.discard(name)
            return None
        self._followed.add(name)
        if self._before is None:
            self._before = self._load()
        known = self._now.get(name)
        self._now[name] = setup
        if known is None or drift(known, setup) is not None:
            self._keep()
        before = self._before.get(name)
        return DriftSeen(event.server, event.host, drift(before, setup) if before else None)

    def _load(self) -> dict[str, Setup]:
        try:
            if self._path.stat().st_size > _LARGEST:
                return {}
            return _decoder.decode(self._path.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
            return {}

    def _keep(self) -> None:
        if not self._now:
            return
        try:
            # Whoever holds it up once is not waited for at every host.
            with alone_with(self._path, PATIENCE_S if self.failure is None else 0.0):
                # Another mucmon may have written about other servers meanwhile.
                newest = sorted((self._load() | self._now).items(), key=lambda item: item[1].at)[-MOST:]
                write_privately(self._path, msgspec.json.encode(dict(newest)))
        except OSError as error:
            self.failure = error
        else:
            self.failure = None


_decoder = msgspec.json.Decoder(dict[str, Setup])


def memory_path() -> Path:
    """Where it is kept: in the platform's directory for what a program keeps."""
    from platformdirs import user_state_path

    return user_state_path("mucmon") / "servers.json"
