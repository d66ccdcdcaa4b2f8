"""Copying the address of what is chosen."""

from __future__ import annotations

import math

from textual.app import SuspendNotSupported

from monitor.core.text import Shown
from monitor.ui.handover import copy, hand_over
from monitor.ui.keymap import key_map_of
from monitor.ui.screens.stage import Stage
from monitor.ui.spans import clip

_AGAIN_S = 10.0
"""For so long the same key hands over the terminal, where it copied nothing."""
_HANDED_OVER_S = 600.0
_SHOWN_CELLS = 160


class CopyActs(Stage):
    """The action that copies a JID."""

    _asked: tuple[str, float] = ("", -math.inf)

    def action_jid(self) -> None:
        """Hand the JID to the terminal's clipboard; at once again, hand over the terminal to it alone."""
        topic = self._view.topic()
        if topic is None or self._wall.hidden:
            return
        address, now = topic.address, self._clock()
        if not address:
            self.app.notify("What is chosen has no address, or none that is shown to us.", timeout=4)
            return
        before, at = self._asked
        if address == before and 0 <= now - at <= _AGAIN_S:
            self._asked = ("", -math.inf)
            self.run_worker(self._show_alone(address), exclusive=True)
            return
        self._asked = (address, now)
        copy(self.app, address)
        again = f"Where nothing was copied, press {key_map_of(self.app).first('row.copy_jid')} again."
        words = f"The terminal was asked to copy {clip(address, _SHOWN_CELLS)}. {again}"
        self.app.notify(words, markup=False, timeout=_AGAIN_S)

    async def _show_alone(self, address: Shown) -> None:
        hint = "(Select it with the mouse. Any key leads back to mucmon.)"
        try:
            await hand_over(self.app, address, hint, _HANDED_OVER_S)
        except SuspendNotSupported:
            words = f"This terminal cannot be handed over; the address is {clip(address, _SHOWN_CELLS)}."
            self.app.notify(words, markup=False, timeout=_AGAIN_S)
