"""The IQs a connection waits for: at most `ASKED` at a time, none for longer than `PATIENCE_S`, none beyond its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol
from xml.etree.ElementTree import Element

MOST = 32
"""IQs in flight at a time, a ping among them."""
ASKED = MOST - 1
"""Questions among them: there is always room for the ping."""
PATIENCE_S = 20.0
"""After this long an answer is not waited for any more."""

_STANZA_ERRORS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"

TIMED_OUT = "remote-server-timeout"
"""The condition of an answer that did not come (RFC 6120 §8.3.3.16 uses it for the same)."""


class Answer(NamedTuple):
    """What came of a question: the stanza of a result, or the condition of an error (RFC 6120 §8.3.3)."""

    stanza: Element | None
    condition: str = ""

    def child(self, name: str) -> Element | None:
        """The payload with this qualified name, of a result."""
        return None if self.stanza is None else self.stanza.find(name)


Told = Callable[[Answer], None]


class Asker(Protocol):
    """What asking needs of the link."""

    def ask(self, kind: str, to: str, set_or_get: str, payload: str, answered: Told, late: Told | None = None) -> bool:
        """Send an IQ; False where it cannot be sent now. No answer comes once the link is down.

        `late` is told of an answer that comes when it is not waited for any more.
        """

    def free(self) -> int:
        """How many may be asked now."""


class _Pending(NamedTuple):
    to: str
    answered: Told
    until: float
    late: Told | None


class Questions:
    """Who asked what, by the id of the IQ."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._number, self._newest = 0, ""
        self._pending: dict[str, _Pending] = {}
        self._given_up: dict[str, _Pending] = {}
        """Not waited for any more, but somebody wants to know should they be answered; the newest last."""

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def free(self) -> int:
        """How many may be asked now."""
        return ASKED - len(self._pending)

    def add(self, kind: str, to: str, answered: Told, late: Told | None = None) -> str:
        """The id for a new question to `to`; `answered` is called once, or never where the connection ends first.

        `late` is called where the answer came when it was not waited for any more.
        """
        self._number += 1
        name = f"{kind}:{self._number}"
        self._newest = name
        self._pending[name] = _Pending(to, answered, self._ticks() + PATIENCE_S, late)
        return name

    def take(self, xml: Element) -> bool:
        """Give an answer to who asked; False for one that nobody waits for, or that another address gave."""
        name = xml.get("id", "")
        pending = self._pending.get(name) or self._given_up.get(name)
        if pending is None or xml.get("from") != pending.to:
            return False
        answer = Answer(None, _condition(xml)) if xml.get("type") == "error" else Answer(xml)
        if self._pending.pop(name, None) is not None:
            pending.answered(answer)
        elif self._given_up.pop(name, None) is not None and pending.late is not None:
            pending.late(answer)
        return True

    @property
    def newest(self) -> str:
        """The id of the last question."""
        return self._newest

    def drop(self, name: str) -> None:
        """Wait no more for the answer to the question of this id."""
        self._pending.pop(name, None)

    def tick(self) -> None:
        """Give up on what has not been answered for too long."""
        now = self._ticks()
        late = [name for name, pending in self._pending.items() if pending.until <= now]
        for name in late:
            if pending := self._pending.pop(name, None):
                if pending.late is not None:
                    self._given_up[name] = pending
                pending.answered(Answer(None, TIMED_OUT))
        while len(self._given_up) > MOST:
            del self._given_up[next(iter(self._given_up))]

    def cancel(self) -> None:
        """Forget everything: the connection is over, and so is the world that was asked about."""
        self._pending.clear()
        self._given_up.clear()


def _condition(xml: Element) -> str:
    for child in xml:
        if child.tag.endswith("}error"):
            for condition in child:
                if condition.tag.startswith(_STANZA_ERRORS) and not condition.tag.endswith("}text"):
                    return condition.tag.removeprefix(_STANZA_ERRORS)
    return "undefined-condition"
