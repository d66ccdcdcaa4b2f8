"""The watch of one MUC host: asks the companion module, follows its batches, and watches anew when they break off.

A watch is in one of the states of `FeedState`. Everything the module sends is checked against the watch it belongs
to (`sub`) and its place (`seq`): a gap, another boot, silence for `SILENCE_S` or a batch that cannot be read all end
in the same way, by asking again. What is known stays, greyed, until the new snapshot is complete.
"""

from __future__ import annotations

from typing import Any, Protocol

from monitor.core.events import BatchHeard, FactsLearned, FeedChanged, HistoryTold, RoomSeen, SnapshotEnded
from monitor.core.room import RoomKey
from monitor.core.server import FeedState
from monitor.wire.decode import Undecodable, decode_batch, decode_facts, decode_history, room_kind
from monitor.wire.watched import Watched

NS = "urn:mucmon:feed:0"
NS_JSON = "urn:xmpp:json:0"
PROTOCOL = 0
WINDOW = 8
"""Batches the module may send before it hears from us."""
SILENCE_S = 12.0
"""The module speaks every 5 s; after this long without a word the data is stale."""
ANSWER_S = 10.0
"""How long the answer to a watch may take."""
SNAPSHOT_S = 30.0
"""How long a snapshot may stand still."""
SLOW_RETRY_S = 30.0
"""Between two tries where somebody has to change a setting first."""
QUICK_RETRY_S = 0.5
NO_MODULE = ("service-unavailable", "item-not-found", "feature-not-implemented")
"""Conditions with which a host answers that has no companion module (RFC 6120 §8.3.3)."""
NO_MUC = "no-muc"
"""The condition of a watch that was refused by a host which says itself that it is no MUC component."""


class Sender(Protocol):
    """What the watch needs of the link."""

    def send_watch(self, host: str, window: int) -> None:
        """Ask to watch a MUC host; the answer comes by `Watch.answered` or `Watch.refused`."""

    def send_ack(self, host: str, sub: str, seq: int) -> None:
        """Acknowledge a batch."""

    def send_history(self, host: str, node: str) -> None:
        """Ask for a room's past; the answer comes by `Watch.history_came`."""


class Watch:
    """The watch of one MUC host over a server's link."""

    def __init__(self, watched: Watched, sender: Sender) -> None:
        self._server, self.host, self._watcher, self._apply, self._clock, self._ticks = watched
        self._sender = sender
        self.state = FeedState.IDLE
        self._sub = ""
        self._seq = 0
        self._next_try_at: float | None = None
        self._heard_at = 0.0
        self._progress_at = 0.0
        self._retries = 0
        self._looked_at = ""

    def link_up(self) -> None:
        """The link came up: ask."""
        self._retries = 0
        self._ask()

    def link_down(self) -> None:
        """The link is gone, and the watch with it."""
        self._sub, self._next_try_at = "", None
        if self.state is not FeedState.REFUSED:
            self._become(FeedState.STALE)

    def look_at(self, node: str) -> None:
        """Ask for a room's past, and again whenever some of what happened was not told; "" for none."""
        self._looked_at = node
        self._ask_past()

    def tick(self) -> None:
        """Look at the clock: ask again when it is time, and when the module has gone silent."""
        now = self._ticks()
        if self._next_try_at is not None and now >= self._next_try_at:
            self._ask()
        elif self.state is FeedState.ASKED and now - self._heard_at > ANSWER_S:
            self._again("the server has not answered")
        elif self.state in (FeedState.SNAPSHOT, FeedState.LIVE) and now - self._heard_at > SILENCE_S:
            self._again(f"nothing heard for {SILENCE_S:.0f} s")
        elif self.state is FeedState.SNAPSHOT and now - self._progress_at > SNAPSHOT_S:
            self._again("the snapshot does not come to its end")

    def answered(self, sub: str, facts_json: str) -> None:
        """The module took the watch on."""
        if self.state is not FeedState.ASKED:
            return
        self._heard_at = self._progress_at = self._ticks()
        try:
            facts = decode_facts(facts_json)
        except Undecodable as error:
            self._again(f"the module's facts cannot be read ({error})")
            return
        if facts.get("protocol") != PROTOCOL:
            self._refuse(
                f"mod_muc_monitor on {self.host} speaks another version of the feed: "
                "install the one that came with this mucmon (mucmon prosody --install DIR)",
                "version",
            )
            return
        self._sub, self._seq = sub, 0
        self._learn(facts)
        self._become(FeedState.SNAPSHOT)

    def refused(self, condition: str) -> None:
        """The server answered the watch with an error condition (RFC 6120 §8.3.3)."""
        if self.state is not FeedState.ASKED:
            return
        self._refuse(
            _refusals.get(condition, _UNEXPECTED).format(host=self.host, watcher=self._watcher, condition=condition),
            condition,
        )

    def batch_came(self, json: str) -> None:
        """A batch came in. Never raises."""
        try:
            batch = decode_batch(json, self._server, self.host)
        except Undecodable as error:
            if self._sub:
                self._again(f"a batch could not be read ({error})")
            return
        if not self._sub or batch.sub != self._sub:
            return
        self._heard_at = self._ticks()
        if batch.seq != self._seq + 1:
            self._again(f"batches {self._seq + 1} to {batch.seq - 1} are missing")
            return
        self._seq = batch.seq
        self._apply(BatchHeard(self._server, self.host, self._clock(), batch.now, batch.health))
        if batch.facts is not None:
            self._learn(batch.facts)
        for event in batch.events:
            self._apply(event)
            if isinstance(event, RoomSeen):
                self._progress_at = self._heard_at
        missed = batch.lost > 0
        if batch.snapshot_ended:
            self._apply(SnapshotEnded(self._server, self.host, batch.sub))
            self._retries = 0
            missed = missed or self.state is FeedState.SNAPSHOT
            self._become(FeedState.LIVE)
        if missed:
            self._ask_past()
        if batch.bye:
            self._again("the module was unloaded")
            return
        if batch.resync:
            self._again("too much changed while this monitor was slow")
            return
        self._sender.send_ack(self.host, batch.sub, batch.seq)

    def faulted(self, error: Exception) -> None:
        """Something of ours went wrong over what the server sent: start over, and say so."""
        self._again(f"mucmon could not take in what it sent ({type(error).__name__}), please report this")

    def history_came(self, node: str, json: str) -> None:
        """A room's past was told. What cannot be read is left out: the room itself is known without it."""
        try:
            entries = decode_history(json)
        except Undecodable:
            return
        self._apply(HistoryTold(RoomKey(self._server, self.host, node), entries))

    def _ask_past(self) -> None:
        # Before the module has taken the watch on there may be nobody to ask; its snapshot ends with the question.
        if self._looked_at and self._sub:
            self._sender.send_history(self.host, self._looked_at)

    def _learn(self, facts: dict[str, Any]) -> None:
        kind = room_kind(facts.get("kind"))
        self._apply(FactsLearned(self._server, self.host, kind, facts))

    def _ask(self) -> None:
        self._sub, self._next_try_at, self._heard_at = "", None, self._ticks()
        if self.state is not FeedState.REFUSED:
            self._become(FeedState.ASKED)
        # A refused watch keeps its words on the screen while it quietly asks again.
        self.state = FeedState.ASKED
        self._sender.send_watch(self.host, WINDOW)

    def _again(self, words: str) -> None:
        self._sub = ""
        delay = min(QUICK_RETRY_S * 2**self._retries, SLOW_RETRY_S)
        self._retries += 1
        self._next_try_at = self._ticks() + delay
        self._become(FeedState.STALE, f"{self.host}: {words}; asking again")

    def _refuse(self, words: str, condition: str) -> None:
        self._sub, self._next_try_at = "", self._ticks() + SLOW_RETRY_S
        self._become(FeedState.REFUSED, words, condition)

    def _become(self, state: FeedState, words: str = "", condition: str = "") -> None:
        self.state = state
        self._apply(FeedChanged(self._server, self.host, state, self._clock(), words, condition))


_ABSENT = (
    "{host} does not answer as a watched MUC host: check that `rooms` names the server's MUC component, "
    'and that "muc_monitor" stands in its modules_enabled'
)
_ELSEWHERE = (
    "the server knows no MUC host {host}: set `rooms` to the name of its MUC component, "
    'the one in the line Component "…" "muc"'
)
_UNEXPECTED = "{host} refused the watch ({condition}): see Prosody's log"
_refusals = {
    "forbidden": (
        "{watcher} may not watch {host}: add it to muc_monitor_watchers of that MUC component "
        'in Prosody\'s configuration (muc_monitor_watchers = {{ "{watcher}" }}) and reload it'
    ),
    "service-unavailable": (
        'mod_muc_monitor is not loaded on {host}: put "muc_monitor" into modules_enabled of that MUC component '
        "and load it (mucmon prosody --print shows how)"
    ),
    "item-not-found": _ABSENT,
    "feature-not-implemented": _ABSENT,
    # The answer to a domain the server does not host: not-allowed where it does not talk to other servers at all.
    NO_MUC: (
        "{host} is no MUC component but a VirtualHost, or a component of another kind: set `rooms` to the name in the "
        'line Component "…" "muc" of Prosody\'s configuration; muc_monitor is of use there alone'
    ),
    "remote-server-not-found": _ELSEWHERE,
    "not-allowed": _ELSEWHERE,
}
