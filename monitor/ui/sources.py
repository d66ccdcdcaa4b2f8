"""What the screen asks of whatever feeds the store."""

from __future__ import annotations

from typing import Protocol

from monitor.core.room import RoomKey


class Sources(Protocol):
    """What feeds the store."""

    async def start(self) -> None:
        """Begin to feed the store; called once, after the first paint."""

    async def stop(self) -> None:
        """End what `start` began; called once, at exit, also where `start` failed."""

    def reconnect(self, server: str) -> None:
        """Try again to connect to a server whose link was refused or stopped."""

    def look_at(self, room: RoomKey) -> None:
        """Ask for the past of a room that somebody looks at."""

    def acknowledge(self, server: str, host: str) -> None:
        """Tell no more of what has changed in how a MUC host is set up, until something else does."""
