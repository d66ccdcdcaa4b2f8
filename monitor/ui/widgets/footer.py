"""The footer: one line with the keys that do something now."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.ui.keys import Key
from monitor.ui.spans import span
from monitor.ui.widgets.lines import Lines


class Footer(Lines):
    """Keys in the accent, what they do beside them."""

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Name these keys."""
        groups = tuple((span(key.keys.partition(" ")[0], "key"), span(key.label, "muted")) for key in keys)
        self.show([groups])
