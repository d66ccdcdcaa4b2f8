"""The list of a MUC host's rooms: asked for now and then, and the form it comes in is closed in any case."""

from __future__ import annotations

import math
from collections.abc import Callable

from monitor.wire.queries import COMMAND, OPEN_LIST, cancel_list, open_form
from monitor.wire.questions import Answer, Asker, Told


class RoomList:
    """Asks one MUC host for its rooms."""

    def __init__(self, host: str, asker: Asker, ticks: Callable[[], float]) -> None:
        self._host, self._asker, self._ticks = host, asker, ticks
        self._asked_at = -math.inf
        """Over whatever link: what asking does to the server does not end with it."""
        self._awaited = 0
        self._number = 0
        self._open: list[str] = []
        """Forms that are still to be closed, there was no room for asking it."""

    @property
    def is_awaited(self) -> bool:
        """Whether an answer is waited for."""
        return self._awaited != 0

    def forget(self) -> None:
        """Wait for no answer any more; the form is closed all the same."""
        self._awaited = 0

    def ask(self, after_s: float, listed: Told) -> None:
        """Ask for the list, but never sooner than so long after the last time; `listed` is told what came."""
        self.close_forms()
        now = self._ticks()
        if self.is_awaited or now - self._asked_at < after_s:
            return
        number = self._number = self._number + 1

        def answered(answer: Answer) -> None:
            self._close(answer)
            if self._awaited == number:
                self._awaited = 0
                listed(answer)

        if self._asker.ask("rooms", self._host, "set", OPEN_LIST, answered, self._close):
            self._asked_at, self._awaited = now, number

    def _close(self, answer: Answer) -> None:
        if session := open_form(answer.child(COMMAND)):
            self._open.append(session)
            self.close_forms()

    def close_forms(self) -> None:
        """Close the forms that are still open, as far as there is room for asking it."""
        while self._open and self._asker.ask(
            "cancel", self._host, "set", cancel_list(self._open[0]), lambda _answer: None
        ):
            del self._open[0]
