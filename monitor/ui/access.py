"""What the screens may do with tokens: which servers' they can sign and check, and who is asking."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from monitor.tokens.journal import Journal, asking_person, os_user
from monitor.tokens.settings import TokenSettings


class TokenAccess(msgspec.Struct, frozen=True):
    """The token settings of each server that has some, and where what is minted is written down."""

    servers: Mapping[str, TokenSettings] = {}
    journal: Journal | None = None
    """None where nothing is to be minted."""
    asking: str = "somebody"
    """By which name whoever asks is recognised in a room."""
    os_user: str = "somebody"
    """Who asks, for the journal."""

    def can_mint(self, server: str | None) -> bool:
        """Whether a link into a room of this server can be made here; a public key only checks.

        Where the key is missing, the form is where that is said.
        """
        settings = self.servers.get(server or "")
        return self.journal is not None and settings is not None and (settings.can_sign or bool(settings.key_fault))


NO_TOKENS = TokenAccess()
"""Where nothing is configured: tokens can be inspected, but none signed and no signature checked."""


def token_access(servers: Mapping[str, TokenSettings | None], journal: Journal) -> TokenAccess:
    """The access of whoever runs this, to those servers that have token settings."""
    known = {name: settings for name, settings in servers.items() if settings is not None}
    return TokenAccess(known, journal, asking_person(), os_user())
