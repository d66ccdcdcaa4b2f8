"""How one MUC host is watched: by its companion module, or where that is missing by asking.

Under ``auto`` the module is asked first, and again every now and then while the host is polled: as soon as it answers,
it takes over.
"""

from __future__ import annotations

from typing import Literal, Protocol

from monitor.core.events import Event, FeedChanged
from monitor.core.server import FeedState
from monitor.wire.feed import NO_MODULE, Sender, Watch
from monitor.wire.poll import Poll
from monitor.wire.questions import Asker
from monitor.wire.watched import Watched

Mode = Literal["auto", "feed", "poll"]

_MISSING = (*NO_MODULE, "version")
"""Conditions of a refused watch that say that there is no module we can talk to."""
_ADDS = "claims, names, who changed what, the door and exact countdowns need mod_muc_monitor"
_HINTS = {
    "": f'vantage = "poll" is set: {_ADDS}',
    "version": f"the mod_muc_monitor there is of another version, so rooms are polled: {_ADDS}; "
    "install the one that came with this mucmon (mucmon prosody --install)",
}
_HINT = f"{_ADDS}: mucmon prosody --print shows how to load it"


class Line(Sender, Asker, Protocol):
    """What both need of the link."""


class Host:
    """One MUC host: whatever watches it now. Told by the link what comes for it."""

    def __init__(self, watched: Watched, line: Line, mode: Mode = "auto", cache_size: int | None = None) -> None:
        """`cache_size` is the server's ``muc_room_cache_size``, where it is known."""
        self.name = watched.host
        self._apply, self._mode = watched.apply, mode
        self.watch = Watch(watched._replace(apply=self._told_by_watch), line)
        self.poll = Poll(watched, line, cache_size)

    def link_up(self) -> None:
        """The link came up: begin."""
        if self._mode == "poll":
            self.poll.start(_HINTS[""])
        else:
            self.watch.link_up()

    def link_down(self) -> None:
        """The link is gone."""
        # In this order: where rooms were polled, what the watch makes of it is not told.
        if self._mode != "poll":
            self.watch.link_down()
        self.poll.link_down()

    def tick(self) -> None:
        """Look at the clock."""
        if self._mode != "poll":
            self.watch.tick()
        self.poll.tick()

    def look_at(self, node: str) -> None:
        """Somebody looks at this room; "" for none of this host's."""
        self.poll.look_at(node)
        self.watch.look_at(node)

    def faulted(self, error: Exception) -> None:
        """Something of ours went wrong over what the server sent: start over, and say so."""
        if self.poll.is_on:
            self.poll.faulted(error)
        else:
            self.watch.faulted(error)

    def _told_by_watch(self, event: Event) -> None:
        if not isinstance(event, FeedChanged):
            self._apply(event)
            return
        missing = event.state is FeedState.REFUSED and event.condition in _MISSING
        if missing and self._mode == "auto":
            hint = _HINTS.get(event.condition, _HINT)
            if self.poll.is_on:
                self.poll.hint(hint)
            else:
                self.poll.start(hint, event.words, event.condition)
        elif self.poll.is_on and event.state is FeedState.REFUSED:
            self.poll.hint(event.words)
        elif self.poll.is_on and event.state is FeedState.SNAPSHOT:
            self.poll.stop()
            self._apply(event)
        elif not self.poll.is_on:
            self._apply(event)
