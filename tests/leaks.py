"""Finds tokens and secrets where none may be: in logs, in what a test printed, in journals, in pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.tokens.samples import SECRET

_WHOLE = re.compile(r"ey[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}")
_BEGUN = re.compile(r"eyJ[A-Za-z0-9_-]{12,}")
"""On a picture a token is broken over lines."""
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")

KNOWN_SECRETS = {SECRET}
"""What stands in no text; whoever makes another secret adds it."""


def leaks(text: str, *, drawn: bool = False) -> list[str]:
    """What of it `text` holds, in words that do not repeat it. `drawn` is for what may break a token over lines."""
    found = []
    if (_BEGUN if drawn else _WHOLE).search(text):
        found.append("a token")
    if _KEY.search(text):
        found.append("a private key")
    return found + [f"a secret of {len(one)} characters" for one in KNOWN_SECRETS if one in text]


def leaks_in_files(files: Iterable[Path], *, drawn: bool = False) -> list[str]:
    """The same of files, each with its name."""
    return [
        f"{path}: {what}"
        for path in sorted(files)
        if path.is_file()
        for what in leaks(path.read_text(encoding="utf-8", errors="replace"), drawn=drawn)
    ]
