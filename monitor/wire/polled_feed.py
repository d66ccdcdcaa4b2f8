"""What is told of how polling one MUC host stands: its state with words to it, and how old what is known may be."""

from __future__ import annotations

from monitor.core.events import BatchHeard, FeedChanged
from monitor.core.server import FeedState, Vantage
from monitor.wire.watched import Watched


class PolledFeed:
    """The feed that polling makes of a MUC host."""

    def __init__(self, watched: Watched) -> None:
        self._server, self._host, _, self._apply, self._clock, self._ticks = watched
        self.state = FeedState.IDLE
        self.words = self._hint = ""
        self._is_quiet = False
        """Whether the screen still shows that polling was refused, while it is tried again."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nothing has been told yet of how old what is known may be."""
        self._fresh_at = self._ticks()
        """When something was told last of who is where, rather than that it is not told."""
        self._told_at = 0.0

    @property
    def has_lived(self) -> bool:
        """Whether it has been live since it began."""
        return self._told_at != 0.0

    def asked(self, hint: str) -> None:
        """The host is asked; `hint` tells what another vantage would add."""
        self._hint, self._is_quiet = hint, False
        self.become(FeedState.ASKED)

    def hint(self, words: str) -> None:
        """Tell from now on what another vantage would add."""
        if words != self._hint:
            self._hint = words
            self.become(self.state, self.words)

    def refused(self, words: str, condition: str) -> None:
        """It has to wait for somebody to change a setting: that stays said while it is tried again."""
        self.become(FeedState.REFUSED, words, condition)
        self._is_quiet = True

    def let_in(self) -> None:
        """It is refused no more."""
        if self._is_quiet:
            self._is_quiet = False
            self.become(self.state, self.words)

    def live(self) -> None:
        """Every room has been looked at."""
        self._is_quiet = False
        self.become(FeedState.LIVE, self.words)

    def become(self, state: FeedState, words: str = "", condition: str = "") -> None:
        """Stand so from now on."""
        self.state, self.words = state, words
        if self._is_quiet and state is not FeedState.REFUSED:
            return
        at, hint = self._clock(), self._hint if state is not FeedState.REFUSED else ""
        self._apply(FeedChanged(self._server, self._host, state, at, words, condition, Vantage.POLL, hint))

    def is_fresh(self) -> None:
        """Something was told of who is where just now."""
        self._fresh_at = self._ticks()

    def tell_age(self, lag_s: float) -> None:
        """Tell once in a while how old what is known may be, rather than with every room."""
        if self.state is FeedState.LIVE and self._fresh_at > self._told_at:
            self._told_at = self._fresh_at
            now = self._clock() - (self._ticks() - self._fresh_at)
            self._apply(BatchHeard(self._server, self._host, now, now, lag_s=lag_s))
