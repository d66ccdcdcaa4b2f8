"""The footer: one line with the keys that do something now, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from monitor.ui.keymap import key_map_of
from monitor.ui.keys.key import Key
from monitor.ui.spans import GAP, Cell, flow, length, span, width_of
from monitor.ui.widgets.lines import Lines


class Footer(Lines):
    """Keys in the accent, what they do beside them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[Key, ...] = ()
        self._named: tuple[Key, ...] = ()

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Name these keys, the most important ones where not all fit."""
        self._keys = tuple(keys)
        self._choose()

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self._choose()

    def _choose(self) -> None:
        width = self.size.width
        kept = list(self._keys)
        while kept and length(flow(self._groups(kept))) > width:
            last = max(kept, key=lambda key: key.footer)
            kept.remove(last)
        self._named = tuple(kept)
        self.show([self._groups(kept)])

    async def on_click(self, event: events.Click) -> None:
        """Do what is written under the mouse, as its key would."""
        offset = event.get_content_offset(self)
        key = self._key_at(offset.x) if offset else None
        if key is not None:
            await self.app.run_action(key.commands[0].action, self.screen.focused or self.screen)

    def _key_at(self, x: int) -> Key | None:
        start = 0
        for key, group in zip(self._named, self._groups(self._named), strict=True):
            width = width_of(group)
            if start <= x < start + width:
                return key
            start += width + GAP
        return None

    def _groups(self, keys: Sequence[Key]) -> tuple[Cell, ...]:
        named = key_map_of(self.app)
        return tuple((span(named.shown(key)[0], "key"), span(key.label, "muted")) for key in keys)
