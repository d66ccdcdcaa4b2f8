"""Tells of new critical findings: a line that passes over the screen, the bell, and a program of somebody's choice.

What comes within `GATHER_S` after something was told is told together, with a count. What comes while the program still
runs waits for its end and is told in one call.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable
from typing import Protocol

import msgspec

from monitor.core.disguise import Disguise, initials
from monitor.core.naming import full_name, shown_name
from monitor.core.store import Store
from monitor.core.text import Shown, clean, room_name
from monitor.screen_settings import Alerts
from monitor.ui.alarm import News
from monitor.ui.spans import clip, steady

GATHER_S = 10.0
PATIENCE_S = 20.0
"""So long a program may run."""
_TOLD_S = 10.0
_NAME_CELLS, _LINE_CELLS, _ROOMS_NAMED = 40, 120, 3
_WHOLE_SERVER = "whole server"


class _Told(msgspec.Struct, frozen=True):
    """News with the names there were when it came: who leaves meanwhile is told of nonetheless."""

    news: News
    room: Shown
    who: Shown


class Tell(Protocol):
    """Says something on the screen, for a while."""

    def __call__(self, words: str, *, title: str, serious: bool, seconds: float) -> None:
        """`words` and `title` are no markup."""


class Herald:
    """Holds what is yet to be told. `now` is the monitor's time throughout."""

    def __init__(
        self,
        alerts: Alerts,
        store: Store,
        disguise: Disguise,
        tell: Tell,
        ring: Callable[[], None],
        hides_names: Callable[[], bool],
    ) -> None:
        """`store` is the one with names; `ring` rings the bell; `hides_names` is about the screen alone."""
        self._alerts, self._store, self._disguise = alerts, store, disguise
        self._tell, self._ring, self._hides_names = tell, ring, hides_names
        self._waiting: list[_Told] = []
        self._told_at = float("-inf")
        self._for_program: list[_Told] = []
        self._ran_at = float("-inf")
        self._running: asyncio.Task[None] | None = None
        self._failures: set[str] = set()

    def hear(self, new: list[News], now: float) -> None:
        """Tell what is new, and what waited for its time. Called again and again, with nothing new too."""
        self._waiting += [self._named(one) for one in new]
        if self._waiting and not _is_soon(self._told_at, now):
            waiting, self._waiting, self._told_at = self._waiting, [], now
            self._show(waiting)
            if self._alerts.bell:
                self._ring()
            if self._alerts.on_critical:
                self._for_program += waiting
        runs = self._running is not None and not self._running.done()
        if self._for_program and not runs and not _is_soon(self._ran_at, now):
            told, self._for_program, self._ran_at = self._for_program, [], now
            command = [self._filled(argument, told) for argument in self._alerts.on_critical]
            self._running = asyncio.create_task(self._await_end(command))

    async def stop(self) -> None:
        """Leave no program behind."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def _named(self, news: News) -> _Told:
        room = self._store.find_room(news.room) if news.room is not None else None
        person = room.occupants.get(news.oid) if room is not None and news.oid is not None else None
        place = full_name(room) if room is not None else room_name(news.room.node) if news.room else clean("")
        return _Told(news, place, shown_name(person) if person is not None else clean(""))

    def _place(self, one: _Told, named: bool) -> Shown:
        key = one.news.room
        if key is None:
            return clean(_WHOLE_SERVER)
        return one.room if named else room_name(self._disguise.node(key.node))

    def _show(self, waiting: list[_Told]) -> None:
        told = dict.fromkeys(self._on_screen(one, not self._hides_names()) for one in waiting)
        more = f"; and {len(told) - _ROOMS_NAMED:,} more" if len(told) > _ROOMS_NAMED else ""
        self._tell(
            steady(clean("; ".join(list(told)[:_ROOMS_NAMED]) + more)),
            title="× new critical finding" if len(waiting) == 1 else f"× {len(waiting):,} new critical findings",
            serious=True,
            seconds=_TOLD_S,
        )

    def _on_screen(self, one: _Told, named: bool) -> str:
        news = one.news
        if news.room is not None:
            return f"{clip(self._place(one, named), _NAME_CELLS)}: {news.rule.name}"
        # The words may be the server's own, and nobody knows whose name is in them.
        words = clip(news.words, _LINE_CELLS) if named else news.rule.name
        return f"{clip(clean(news.server), _NAME_CELLS)}: {words}"

    def _filled(self, argument: str, told: list[_Told]) -> str:
        values = self._values(told)
        filled = re.sub(r"{(\w+)}", lambda found: values[found[1]], argument)
        # What strangers called a room must not become an option of the program.
        return f"–{filled[1:]}" if filled.startswith("-") and not argument.startswith("-") else filled

    def _values(self, told: list[_Told]) -> dict[str, str]:
        one, news = told[0], told[0].news
        named = self._alerts.on_critical_names
        who = clean(one.who if named else initials(one.who) or "")
        place, server = self._place(one, named), clean(news.server)
        if news.room is None:
            says = news.words if named else clean(f"{news.rule.says.replace('NAME', 'Somebody')}")
            where = f"On the {place} {server}"
        else:
            says = clean(news.rule.says.replace("NAME", who or "Somebody"))
            where = f"Room {place} on {server}"
        more = f" (and {len(told) - 1:,} more)" if len(told) > 1 else ""
        return {
            "title": f"{news.rule.id}: {says} {where}{more}",
            "rule": news.rule.id,
            "room": place,
            "who": who,
            "server": server,
            "count": str(len(told)),
        }

    async def _await_end(self, command: list[str]) -> None:
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in self._alerts.withheld},
            )
        except (OSError, ValueError) as failure:
            why = failure.strerror if isinstance(failure, OSError) else "its arguments cannot be passed on"
            self._say_failure(f"it cannot be run: {why}")
            return
        try:
            status = await asyncio.wait_for(process.wait(), PATIENCE_S)
        except (TimeoutError, asyncio.CancelledError) as end:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            if isinstance(end, asyncio.CancelledError):
                raise
            self._say_failure(f"it ran for more than {PATIENCE_S:.0f} s and was ended")
            return
        if status:
            self._say_failure(f"it ended with {status}")

    def _say_failure(self, why: str) -> None:
        if why not in self._failures:
            self._failures.add(why)
            program = clip(clean(self._alerts.on_critical[0]), _NAME_CELLS)
            words = f"{program}: {why}. The screen goes on; look at on_critical in the configuration."
            self._tell(words, title="on_critical", serious=False, seconds=_TOLD_S)


def _is_soon(before: float, now: float) -> bool:
    """Whether the last time is less than `GATHER_S` ago; a clock that was set back holds nothing up."""
    return before <= now < before + GATHER_S
