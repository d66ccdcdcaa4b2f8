"""What is done with tokens: a link into the chosen room, and a look at the chosen person's token."""

from __future__ import annotations

from monitor.ui.screens.stage import Stage


class TokenActs(Stage):
    """The actions that open the screens for tokens."""

    def can_mint(self) -> bool:
        """Whether a link into the chosen room can be made here."""
        key = None if self._wall.hidden else self._view.chosen_room()
        return key is not None and self._tokens.can_mint(key.server)

    async def action_mint(self) -> None:
        """Open the form for a link into the chosen room."""
        order = self._view.order(self._clock, self._tokens.asking) if self.can_mint() else None
        if order is not None:
            from monitor.ui.screens.mint import MintScreen

            self._view.main.touched = True
            await self.app.push_screen(MintScreen(self._tokens, order, self._clock))

    async def action_inspect(self) -> None:
        """Open the inspector: on the chosen person's token, on that of a refusal, or on one to be pasted."""
        from monitor.ui.screens.tokens import inspector_on

        screen = self._view.inspector(self._tokens, self._clock) or inspector_on(None, None, self._tokens, self._clock)
        await self.app.push_screen(screen)
