"""A room's past, entry by entry: what happened stands there once, whoever tells it and however often."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from monitor.core.occupant import Occupant

HISTORY = 100
"""Entries kept of each room's past."""
_RETOLD_S = 5.0
"""Two tellings of the same thing are dated no further apart."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of a room's history."""

    at: float
    what: str
    """joined, left, renamed, affiliation, lost, back, armed or missed."""
    oid: int | None = None
    name: str | None = None
    was: str | None = None
    now: str | None = None
    by: str | None = None
    """The actor's address, or the kind of actor where there is none."""
    by_module: str | None = None
    detail: str | None = None
    """Why somebody left, the new nick, the reason given, when an armed timer fires or a lost connection is given up."""

    @property
    def identity(self) -> tuple[float | str | None, str, int | None]:
        """What two tellings of the same thing have in common."""
        if self.what in ("lost", "back"):
            # Told by the held connection's end: the moment itself is seen a little later here than there.
            return (self.detail, self.what, self.oid)
        about = None if self.what in ("armed", "missed") else self.oid
        return (round(self.at, 3), self.what, about)


def new_history() -> deque[Entry]:
    """An empty history of a room."""
    return deque(maxlen=HISTORY)


def remember(history: deque[Entry], entry: Entry) -> None:
    """Take in what has just happened, unless it is known already."""
    # The answer to a question for the past may have told it: it overtakes what waits to be sent.
    for known in reversed(history):
        if known.at < entry.at - _RETOLD_S:
            break
        if known.identity == entry.identity:
            return
    history.append(entry)


def recall(history: deque[Entry], entries: Iterable[Entry]) -> None:
    """Take in the past as it is told when somebody asks for it: what is not known already, in its place."""
    known = {entry.identity for entry in history}
    older = [entry for entry in entries if entry.identity not in known]
    merged = sorted((*older, *history), key=lambda entry: entry.at)
    history.clear()
    history.extend(merged)


def connections(before: Occupant, now: Occupant, at: float) -> Iterator[Entry]:
    """Which of somebody's connections were lost or came back between the two."""
    were = {session.jid: session.gone_at for session in before.sessions}
    for session in now.sessions:
        was = were.get(session.jid)
        if session.gone_at is not None and was is None:
            yield Entry(at, "lost", before.oid, before.called, detail=str(session.gone_at))
        elif session.gone_at is None and was is not None:
            yield Entry(at, "back", before.oid, before.called, detail=str(was))
