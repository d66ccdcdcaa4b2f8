"""The footer: one line with the keys that do something now, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.ui.keymap import key_map_of
from monitor.ui.keys import Key
from monitor.ui.spans import Cell, flow, length, span
from monitor.ui.widgets.lines import Lines


class Footer(Lines):
    """Keys in the accent, what they do beside them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[Key, ...] = ()

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
        self.show([self._groups(kept)])

    def _groups(self, keys: Sequence[Key]) -> tuple[Cell, ...]:
        named = key_map_of(self.app)
        return tuple((span(named.shown(key)[0], "key"), span(key.label, "muted")) for key in keys)
