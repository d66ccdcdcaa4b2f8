"""What cannot be done while names are hidden says so."""

from __future__ import annotations

from monitor.ui.keymap import key_map_of
from monitor.ui.screens.copy_acts import CopyActs
from monitor.ui.screens.export_acts import ExportActs
from monitor.ui.screens.note_acts import NoteActs
from monitor.ui.screens.silence_acts import SilenceActs
from monitor.ui.screens.token_acts import TokenActs

_TOLD_S = 4
_NAMING = frozenset({"note", "silence", "inspect", "mint", "jid", "export"})


class VeiledActs(TokenActs, NoteActs, SilenceActs, CopyActs, ExportActs):
    """The actions that would show or use names."""

    async def action_note(self, full_names: bool) -> None:
        """Copy the note, and show it."""
        if not self._says_veiled():
            await super().action_note(full_names)

    async def action_silence(self) -> None:
        """Ask why and for how long; or speak again of what is silenced."""
        if not self._says_veiled():
            await super().action_silence()

    async def action_mint(self) -> None:
        """Open the form for a link into the chosen room."""
        if not self._says_veiled():
            await super().action_mint()

    async def action_inspect(self) -> None:
        """Open the inspector."""
        if not self._says_veiled():
            await super().action_inspect()

    def action_jid(self) -> None:
        """Copy the address of what is chosen."""
        if not self._says_veiled():
            super().action_jid()

    def action_export(self) -> None:
        """Write what is listed into a file."""
        if not self._says_veiled():
            super().action_export()

    def _waits_for_names(self, action: str) -> bool:
        """Whether an action would be there if names were shown."""
        if not self._wall.hidden or action not in _NAMING:
            return False
        if action == "mint":
            key = self._view.chosen_room()
            return key is not None and self._tokens.can_mint(key.server)
        if action == "silence" and "silence" in self._view.absent():
            return False
        if action == "export":
            return bool(self._listed_here().rows)
        return action == "inspect" or self._view.has_topic()

    def _says_veiled(self) -> bool:
        if self._wall.hidden:
            shows = key_map_of(self.app).first("app.wall")
            self.app.notify(f"Names are hidden, and this needs them: {shows} shows them.", timeout=_TOLD_S)
        return self._wall.hidden
