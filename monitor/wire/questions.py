"""The IQs a connection waits for: at most `MOST` at a time, none for longer than `PATIENCE_S`, none beyond its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple
from xml.etree.ElementTree import Element

MOST = 32
"""IQs in flight at a time."""
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


class _Pending(NamedTuple):
    to: str
    answered: Callable[[Answer], None]
    until: float


class Questions:
    """Who asked what, by the id of the IQ."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._number, self._newest = 0, ""
        self._pending: dict[str, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def free(self) -> int:
        """How many may be asked now."""
        return MOST - len(self._pending)

    def add(self, kind: str, to: str, answered: Callable[[Answer], None]) -> str:
        """The id for a new question to `to`; `answered` is called once, or never where the connection ends first."""
        self._number += 1
        name = f"{kind}:{self._number}"
        self._newest = name
        self._pending[name] = _Pending(to, answered, self._ticks() + PATIENCE_S)
        return name

    def take(self, xml: Element) -> bool:
        """Give an answer to who asked; False for one that nobody waits for, or that another address gave."""
        name = xml.get("id", "")
        pending = self._pending.get(name)
        if pending is None or xml.get("from") != pending.to:
            return False
        del self._pending[name]
        pending.answered(Answer(None, _condition(xml)) if xml.get("type") == "error" else Answer(xml))
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
                pending.answered(Answer(None, TIMED_OUT))

    def cancel(self) -> None:
        """Forget everything: the connection is over, and so is the world that was asked about."""
        self._pending.clear()


def _condition(xml: Element) -> str:
    for child in xml:
        if child.tag.endswith("}error"):
            for condition in child:
                if condition.tag.startswith(_STANZA_ERRORS) and not condition.tag.endswith("}text"):
                    return condition.tag.removeprefix(_STANZA_ERRORS)
    return "undefined-condition"
