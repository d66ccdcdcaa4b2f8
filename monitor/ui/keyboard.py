"""What is typed, in the order it is typed.

Textual hands a key to what has the focus and asks for its binding when it comes back, through one queue after another:
behind keys that were typed since. On a line that delivers several at once, a key then falls on what the one before it
has just left.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.events import Event, Key, Paste
from textual.keys import key_to_character
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.dom import DOMNode

_PATIENCE_S = 1.0
"""So long a key waits at most for what the one before it brought about."""


class Keyboard(App[None], inherit_bindings=False):
    """An app that is done with a key before it hears the next."""

    async def on_event(self, event: Event) -> None:
        """Wait until what a key or a paste brings about is there."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded or not self.screen_stack:
            return await super().on_event(event)
        before = self.screen
        await super().on_event(event)
        if self.screen is not before:
            await self._settle(self.screen)
        elif isinstance(event, Paste) or isinstance(self.focused, Input):
            await self._settle(self.focused or self.screen)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what a key is for before anything else hears of it, unless it is text to a line that takes text."""
        # Of what comes back from what has the focus all has been asked: meanwhile it could mean something else.
        if not priority:
            return False
        if await super()._check_bindings(key, priority=True):
            return True
        line = self.focused
        if isinstance(line, Input) and line.check_consume_key(key, key_to_character(key)):
            return False
        return await super()._check_bindings(key)

    async def _settle(self, node: DOMNode) -> None:
        """Wait until what was handed to a node has come up through all that it stands in.

        Twice: with the event comes what it brings about, such as that a line has changed.
        """
        chain: list[Any] = [one for one in node.ancestors_with_self if one is not self]
        for one in chain * 2:
            done = asyncio.Event()
            if not one.call_later(done.set):
                return
            try:
                await asyncio.wait_for(done.wait(), _PATIENCE_S)
            except TimeoutError:
                return
