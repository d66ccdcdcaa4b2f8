"""The command palette: every command of the table with its key, and every room, person and server to go to.

What it lists is read through the screen's own store, so that there are no names while names are hidden. What
begins with what was typed, or has it as a whole, comes before a command that merely has these letters somewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from enum import IntEnum
from functools import partial
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING

from textual.command import Hit, Provider
from textual.content import Content

from monitor.core.filtering import folded
from monitor.core.naming import shown_name
from monitor.core.text import Shown, clean
from monitor.ui.keymap import key_map_of
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.spans import clip, fit, steady

if TYPE_CHECKING:
    from monitor.ui.screens.overview import Doing

PLACEHOLDER = "a command, or the name of a room, a person, a server"
_MOST = 40
"""So many rooms, and so many people, are listed at most."""
_LOOKED_AT = 2000
"""The best are chosen of so many that have the words."""
_NAME_CELLS = 30
_TITLE_CELLS = 40
_MUTED, _KEY = "$mucmon-muted", "bold $mucmon-accent"


class Meant(IntEnum):
    """How well something is what was meant; the better the more."""

    LETTERS = 0
    """A command has these letters in this order."""
    WORDS = 1
    """A place has these words."""
    INSIDE_COMMAND = 2
    """What was typed stands in it as a whole."""
    INSIDE_PLACE = 3
    FIRST_OF_PLACE = 4
    PLACE = 5
    """It is called just so."""
    FIRST_OF_COMMAND = 6
    COMMAND = 7

    def score(self, within: float = 0.0) -> float:
        """For the palette; `within`, from 0 on, tells apart what fits as well."""
        return self + within / (1.0 + within)


class Commands(Provider):
    """What can be done now, with the keys for it."""

    async def discover(self) -> AsyncIterator[Hit]:
        """All of it, in the order of the table."""
        for at, one in enumerate(self._doable()):
            yield self._hit(1.0 - at / 1000, one)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """What has these letters in its title, or is done by this very key."""
        matcher, keys = self.matcher(query), key_map_of(self.app)
        for one in self._doable():
            title, is_key = one.key.title(one.command), query in keys.keys_of(one.command)
            letters = matcher.match(title)
            if is_key or letters > 0:
                meant = Meant.COMMAND if is_key else _command_meant(title, query)
                yield self._hit(meant.score(letters), one)

    def _doable(self) -> Iterable[Doing]:
        return self.screen.doable() if isinstance(self.screen, OverviewScreen) else ()

    def _hit(self, score: float, one: Doing) -> Hit:
        keys, title = key_map_of(self.app), one.key.title(one.command)
        named = " ".join(keys.readable_keys(one.command))
        shown = Content.assemble((title.ljust(_TITLE_CELLS), ""), "  ", (steady(clean(named)), _KEY))
        run = partial(self.app.run_action, one.command.action, one.namespace)
        return Hit(score, shown, run, title)


class Places(Provider):
    """Rooms, people and servers to go to."""

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Those whose name has these words."""
        screen = self.screen
        if not isinstance(screen, OverviewScreen):
            return
        words = folded(query).split()
        for kind, found in (("server", _servers), ("room", _rooms), ("person", _people)):
            fitting = islice(found(screen, words), _LOOKED_AT)
            for name, aside, go in nlargest(_MOST, fitting, key=lambda one: _place_meant(one[0], query)):
                score = _place_meant(name, query).score()
                yield Hit(score, _shown(kind, name, aside), go, f"{kind} {name}")


Found = tuple[Shown, str, Callable[[], None]]


def _servers(screen: OverviewScreen, words: list[str]) -> Iterator[Found]:
    for server in screen.picture.store.servers:
        if _has(server, words):
            yield clean(server), "lists its rooms alone", partial(screen.go_to_server, server)


def _rooms(screen: OverviewScreen, words: list[str]) -> Iterator[Found]:
    for row in screen.picture.rows(screen.now()):
        if _has(row.name, words):
            people = "1 person" if row.people == 1 else f"{row.people:,} people"
            yield row.name, f"{people}  {row.state}", partial(screen.go_to_room, row.key)


def _people(screen: OverviewScreen, words: list[str]) -> Iterator[Found]:
    picture = screen.picture
    for row in picture.rows(screen.now()):
        room = picture.find_room(row.key)
        for one in room.people() if room else ():
            name = shown_name(one)
            if _has(name, words):
                yield name, f"in {clip(row.name, _NAME_CELLS)}", partial(screen.go_to_room, row.key, one.oid)


def _has(name: str, words: list[str]) -> bool:
    compared = folded(name)
    return bool(words) and all(word in compared for word in words)


def _place_meant(name: str, query: str) -> Meant:
    called, typed = folded(name), folded(query).strip()
    if called == typed:
        return Meant.PLACE
    if called.startswith(typed):
        return Meant.FIRST_OF_PLACE
    return Meant.INSIDE_PLACE if typed in called else Meant.WORDS


def _command_meant(title: str, query: str) -> Meant:
    """A title may begin with what the command is about, and a colon."""
    called, typed = folded(title), folded(query).strip()
    ways = (called, called.partition(": ")[2])
    if typed in ways:
        return Meant.COMMAND
    if any(way.startswith(typed) for way in ways):
        return Meant.FIRST_OF_COMMAND
    return Meant.INSIDE_COMMAND if typed in called else Meant.LETTERS


def _shown(kind: str, name: Shown, aside: str) -> Content:
    shown = "".join(text for text, _ in fit(((name, "text"),), _NAME_CELLS))
    return Content.assemble((f"{kind:<6}  ", _MUTED), (shown, ""), "  ", (steady(clean(aside)), _MUTED))
