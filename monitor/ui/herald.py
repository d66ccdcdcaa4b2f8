"""Tells of new critical findings: a line that passes over the screen, the bell, and a program of somebody's choice.

What comes within `GATHER_S` after something was told is told together, with a count.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable
from typing import Protocol

from monitor.core.disguise import Disguise, initials
from monitor.core.model import RoomKey
from monitor.core.naming import shown_name
from monitor.core.store import Store
from monitor.core.text import clean, room_name
from monitor.screen_settings import Alerts
from monitor.ui.alarm import News
from monitor.ui.spans import clip, steady

GATHER_S = 10.0
PATIENCE_S = 20.0
"""So long a program may run."""
_TOLD_S = 10.0
_NAME_CELLS, _ROOMS_NAMED = 40, 3


class Tell(Protocol):
    """Says something on the screen, for a while."""

    def __call__(self, words: str, *, title: str, serious: bool, seconds: float) -> None:
        """`words` and `title` are no markup."""


class Herald:
    """Holds what is yet to be told. `now` is the monitor's time throughout."""

    def __init__(self, alerts: Alerts, store: Store, disguise: Disguise, tell: Tell, ring: Callable[[], None]) -> None:
        """`store` is the one with names; `ring` rings the bell."""
        self._alerts, self._store, self._disguise = alerts, store, disguise
        self._tell, self._ring = tell, ring
        self._waiting: list[tuple[News, RoomKey]] = []
        self._told_at = float("-inf")
        self._running: asyncio.Task[None] | None = None
        self._failures: set[str] = set()

    def hear(self, new: list[News], real_key: Callable[[RoomKey], RoomKey], now: float) -> None:
        """Tell what is new, and what waited for its time. Called again and again, with nothing new too."""
        self._waiting += [(one, real_key(one.row.key)) for one in new]
        if not self._waiting or self._told_at <= now < self._told_at + GATHER_S:
            return
        waiting, self._waiting, self._told_at = self._waiting, [], now
        self._tell(
            _on_screen([one for one, _ in waiting]),
            title="× new critical finding" if len(waiting) == 1 else f"× {len(waiting):,} new critical findings",
            serious=True,
            seconds=_TOLD_S,
        )
        if self._alerts.bell:
            self._ring()
        if self._alerts.on_critical:
            self._run([self._filled(argument, waiting) for argument in self._alerts.on_critical])

    def forget(self) -> None:
        """Tell nothing of what waits: it is named as it was in another world."""
        self._waiting.clear()

    async def stop(self) -> None:
        """Leave no program behind."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def _filled(self, argument: str, waiting: list[tuple[News, RoomKey]]) -> str:
        values = self._values(waiting)
        filled = re.sub(r"{(\w+)}", lambda found: values[found[1]], argument)
        # What strangers called a room must not become an option of the program.
        return f"–{filled[1:]}" if filled.startswith("-") and not argument.startswith("-") else filled

    def _values(self, waiting: list[tuple[News, RoomKey]]) -> dict[str, str]:
        one, key = waiting[0]
        named = self._alerts.on_critical_names
        room = self._store.find_room(key)
        person = room.occupants.get(one.finding.oid) if room and one.finding.oid is not None else None
        name = shown_name(person) if person else ""
        who = clean(name if named else initials(name) or "")
        place = room_name(key.node if named else self._disguise.node(key.node))
        says = clean(one.finding.rule.says.replace("NAME", who or "Somebody"))
        more = f" (and {len(waiting) - 1:,} more)" if len(waiting) > 1 else ""
        return {
            "title": f"{one.finding.rule.id}: {says} Room {place} on {clean(key.server)}{more}",
            "rule": one.finding.rule.id,
            "room": place,
            "who": who,
            "server": clean(key.server),
            "count": str(len(waiting)),
        }

    def _run(self, command: list[str]) -> None:
        if self._running is not None and not self._running.done():
            self._say_failure("the last one still runs, so it was not started again")
            return
        self._running = asyncio.create_task(self._await_end(command))

    async def _await_end(self, command: list[str]) -> None:
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
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


def _on_screen(waiting: list[News]) -> str:
    told = dict.fromkeys(f"{clip(one.row.name, _NAME_CELLS)}: {one.finding.rule.name}" for one in waiting)
    more = f"; and {len(told) - _ROOMS_NAMED:,} more" if len(told) > _ROOMS_NAMED else ""
    return steady(clean("; ".join(list(told)[:_ROOMS_NAMED]) + more))
