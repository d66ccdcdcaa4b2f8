"""The vantage without the companion module: asks a stock MUC component, again and again, who is where.

Needs the component among the `admins` of that MUC host. No room is joined. Reading the list makes Prosody bring stored
rooms back, and where there are more than ``muc_room_cache_size`` drop others for them: so it is read every `LIST_S` at
most, and what comes near the size is warned of. Tokens are not seen: what they claim is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from monitor.core.events import Event, FactsLearned, RoomUntold, SnapshotEnded
from monitor.core.room import RoomKey, RoomKind
from monitor.core.server import FeedState
from monitor.wire.listing import RoomList
from monitor.wire.polled_feed import PolledFeed
from monitor.wire.queries import COMMAND, PEOPLE, ROLES, Seen, list_role, read_list, read_people
from monitor.wire.questions import TIMED_OUT, Answer, Asker, Told
from monitor.wire.remarks import PASSING, list_failed, list_refused, near, owners_only, untold
from monitor.wire.rounds import Rounds
from monitor.wire.sightings import Sighting, numbers
from monitor.wire.watched import Watched

LIST_S = 10.0
"""The list of rooms is read this often at most."""
SILENCE_S = 12.0
"""Answers outstanding and nothing heard for so long: what is known is stale."""
RETRY_S = 30.0
"""Between two tries where somebody has to change a setting first."""
_RESERVE = 2
"""IQs left for others on the same link: its watches, and the list."""


class _Look:
    """The questions to one room that are out, and what came of them so far."""

    def __init__(self, again: bool) -> None:
        self.again, self.left = again, len(ROLES)
        self.seen: list[Seen] = []
        self.condition = ""


class Poll:
    """Polls one MUC host of a server."""

    def __init__(self, watched: Watched, asker: Asker, cache_size: int | None = None) -> None:
        """`cache_size` is the server's ``muc_room_cache_size``, where it is known."""
        self._server, self.host, self._watcher, self._apply, self._clock, self._ticks = watched
        self._feed = PolledFeed(watched)
        self._asker, self._cache_size, self._number = asker, cache_size, numbers()
        self._kind = kind_of(self.host)
        self.is_on = False
        self._missing = self._condition = self._why_failed = ""
        self._watches = 0
        self._sub = ""
        self._rooms: dict[str, Sighting] = {}
        self._chosen = ""
        self._list = RoomList(self.host, asker, self._ticks)
        self._failed: dict[str, int] = {}
        """How often in succession no look into a room has come to anything, over whatever watch."""
        self._begin_anew()

    def _begin_anew(self) -> None:
        now = self._ticks()
        self._rounds = Rounds(now)
        self._rounds.chosen = self._chosen
        self._heard_at = self._idle_at = now
        self._feed.begin_anew()
        self._named = False
        """Whether all rooms there are have been named since this began."""
        self._list.forget()
        self._listed_once = self._allowed = self._forbidden = False
        self._unseen = set(self._rooms)
        """Rooms that were there when this began and that no look has shown since: nobody came into them just now."""

    def start(self, hint: str, missing: str = "", condition: str = "") -> None:
        """Begin: the link is up. `hint` tells what another vantage would add.

        `missing` and `condition` say why the companion module is not used, for where polling is refused too.
        """
        self._watches += 1
        self.is_on, self._sub = True, f"poll:{self._watches}"
        self._missing, self._condition = missing, condition
        self._begin_anew()
        # Where the list has to wait, what is known is looked at meanwhile.
        self._rounds.listed(self._rooms)
        self._apply(FactsLearned(self._server, self.host, self._kind, {}))
        self._feed.asked(hint)
        self._list_when_due(LIST_S)
        self._pump()

    def stop(self) -> None:
        """End: the companion module answers."""
        self.is_on, self._sub, self._feed.state = False, "", FeedState.IDLE

    def link_down(self) -> None:
        """The link is gone, and with it whatever was asked."""
        if self.is_on:
            self.is_on, self._sub = False, ""
            if self._feed.state is not FeedState.REFUSED:
                self._feed.become(FeedState.STALE)

    def faulted(self, error: Exception) -> None:
        """Something of ours went wrong over what the server sent: start over with the next list, and say so."""
        self._begin_anew()
        self._feed.become(
            FeedState.STALE,
            f"{self.host}: mucmon could not take in what it sent ({type(error).__name__}), please report this",
        )

    def hint(self, words: str) -> None:
        """Tell from now on what keeps the companion module from being used."""
        if self.is_on:
            self._feed.hint(words)

    def look_at(self, node: str) -> None:
        """This room is the one that somebody looks at now; "" for none."""
        self._chosen = self._rounds.chosen = node
        self._pump()

    def tick(self) -> None:
        """Look at the clock: what is due is asked, and silence is noticed."""
        self._list.close_forms()
        if not self.is_on:
            return
        now = self._ticks()
        waiting = self._list.is_awaited or bool(self._rounds.under_way)
        if not waiting:
            self._idle_at = now
        self._list_when_due(RETRY_S if self._feed.state is FeedState.REFUSED else LIST_S)
        self._tell_age()
        followed = self._feed.state in (FeedState.ASKED, FeedState.SNAPSHOT, FeedState.LIVE)
        if waiting and followed and now - max(self._heard_at, self._idle_at) > SILENCE_S:
            self._feed.become(FeedState.STALE, f"{self.host} has not answered for {SILENCE_S:.0f} s; asking on")
        self._pump()

    def _list_when_due(self, after_s: float) -> None:
        self._list.ask(after_s, self._guarded(self._listed))

    def _listed(self, answer: Answer) -> None:
        if answer.condition == TIMED_OUT:
            return
        command = answer.child(COMMAND)
        nodes = None if command is None else read_list(command, self.host)
        if nodes is not None:
            self._are_listed(nodes)
        elif command is not None:
            self._refuse(f"{self.host} lists its rooms in a form that this mucmon does not know", "form")
        elif answer.condition in PASSING:
            self._heard_at = self._ticks()
            # The rooms that are known go on telling; only new ones are not known of.
            told = self._feed.state in (FeedState.SNAPSHOT, FeedState.LIVE)
            words = list_failed(self.host, answer.condition, LIST_S)
            self._feed.become(self._feed.state if told else FeedState.STALE, words)
        else:
            words = list_refused(self.host, self._watcher, answer.condition, self._missing)
            self._refuse(words, answer.condition)

    def _are_listed(self, listed: Sequence[str]) -> None:
        """These rooms exist, and no others."""
        self._heard_at = self._ticks()
        now, nodes = self._clock(), set(listed)
        if not self._listed_once:
            self._listed_once = True
            self._unseen |= nodes - self._rooms.keys()
        for node in [node for node in self._rooms if node not in nodes]:
            self._is_over(node)
        for node in nodes - self._rooms.keys():
            self._rooms[node] = Sighting(RoomKey(self._server, self.host, node), self._kind, self._number, now)
        self._rounds.listed(listed)
        self._say_of_list(len(nodes))
        self._pump()

    def _say_of_list(self, number: int) -> None:
        """How it stands with so many rooms listed."""
        failing = self._again_and_again()
        untold_words = untold(self.host, failing, self._why_failed)
        if failing and failing == number:
            self._feed.become(FeedState.STALE, untold_words)
            return
        words = near(self.host, number, self._cache_size) or untold_words
        self._heard()
        if self._feed.state in (FeedState.ASKED, FeedState.REFUSED):
            self._feed.become(FeedState.SNAPSHOT, words)
        elif words != self._feed.words and self._feed.state is not FeedState.STALE:
            self._feed.become(self._feed.state, words)

    def _again_and_again(self) -> int:
        """How many rooms have told nothing more than once in succession."""
        return sum(times > 1 for times in self._failed.values())

    def _name_rooms(self) -> None:
        """All rooms there are have been named: what else is shown, of an earlier watch, is no more."""
        self._named = True
        self._apply(SnapshotEnded(self._server, self.host, self._sub, frozenset(self._unseen)))

    def _pump(self) -> None:
        """Ask whatever is due and may be asked now."""
        if not self.is_on or self._feed.state is FeedState.REFUSED:
            return
        if self._forbidden and not self._allowed:
            # One room may be closed to us for reasons of its own: it takes all that were asked to be closed.
            if not self._rounds.under_way:
                self._refuse(owners_only(self.host, len(self._rooms)), "forbidden")
            return
        while self._asker.free() >= len(ROLES) + _RESERVE and (due := self._rounds.next(self._ticks())):
            look = _Look(due.again)
            for role in ROLES:
                took = self._guarded(partial(self._took, due.node, look))
                self._asker.ask("people", f"{due.node}@{self.host}", "get", list_role(role), took)
        if self._feed.state is FeedState.SNAPSHOT and not self._rounds.is_first:
            self._name_rooms()
            self._feed.live()
            self._tell_age()

    def _took(self, node: str, look: _Look, answer: Answer) -> None:
        if (query := answer.child(PEOPLE)) is not None:
            look.seen += read_people(query)
        else:
            look.condition = answer.condition or "undefined-condition"
        look.left -= 1
        if look.left == 0 and node in self._rounds.under_way:
            self._looked_at(node, look)
            self._pump()

    def _looked_at(self, node: str, look: _Look) -> None:
        room = self._rooms[node]
        unsure = not look.condition and not look.again and room.lacks(look.seen)
        self._rounds.done(node, self._ticks(), again=unsure)
        if look.condition != TIMED_OUT:
            self._heard_at = self._ticks()
        match look.condition:
            case "":
                self._heard()
                self._has_told(room, look.seen, unsure)
            case "item-not-found":
                self._heard()
                self._is_over(node)
            case condition:
                self._has_told_nothing(room, condition)

    def _has_told(self, room: Sighting, seen: Sequence[Seen], unsure: bool) -> None:
        node = room.key.node
        self._allowed = True
        if self._failed.pop(node, 0) > 1:
            self._apply(RoomUntold(room.key, None, self._clock()))
        self._feed.let_in()
        if not unsure:
            unseen = node in self._unseen
            self._unseen.discard(node)
            self._tell(room.take(seen, self._sub, self._clock(), not unseen), unseen)

    def _has_told_nothing(self, room: Sighting, condition: str) -> None:
        """What is known of the room stays, and its turn comes again."""
        node = room.key.node
        self._forbidden = self._forbidden or condition == "forbidden"
        self._failed[node] = self._failed.get(node, 0) + 1
        self._why_failed = condition
        if self._failed[node] == 2:
            self._apply(RoomUntold(room.key, room.looked_at))

    def _is_over(self, node: str) -> None:
        unseen = node in self._unseen
        self._rounds.drop(node)
        self._unseen.discard(node)
        self._failed.pop(node, None)
        if (room := self._rooms.pop(node, None)) is not None:
            self._tell(room.over(self._sub, self._clock()), unseen)

    def _tell(self, events: Sequence[Event], unseen: bool) -> None:
        """Tell what happened in a room; one that ended `unseen` may be shown still as an earlier watch told it."""
        for event in events:
            self._apply(event)
        if unseen and not events and self._named:
            self._name_rooms()

    def _guarded(self, answered: Told) -> Told:
        sub = self._sub

        def taken(answer: Answer) -> None:
            try:
                if sub == self._sub:
                    answered(answer)
            except Exception as error:
                # A fault of ours over one answer must neither end the screen nor answer the server with an error.
                self.faulted(error)

        return taken

    def _heard(self) -> None:
        self._heard_at = self._ticks()
        self._feed.is_fresh()
        if self._feed.state is FeedState.STALE:
            before = FeedState.SNAPSHOT if self._listed_once else FeedState.ASKED
            self._feed.become(FeedState.LIVE if self._feed.has_lived else before)

    def _tell_age(self) -> None:
        self._feed.tell_age(self._rounds.lag_s(self._ticks()))

    def _refuse(self, words: str, condition: str) -> None:
        self._begin_anew()
        self._feed.refused(words, self._condition or condition)


def kind_of(host: str) -> RoomKind:
    """What the rooms of a MUC host are for, by the names that Jitsi gives its own."""
    first = host.partition(".")[0]
    return RoomKind(first) if first in (RoomKind.BREAKOUT, RoomKind.LOBBY) else RoomKind.MAIN
