"""Files that mucmon keeps between runs: for their owner alone, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_privately(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is there, in one step. Raises `OSError`."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with mode 600, in the same folder so that it can take the old one's place.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        written.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            written.unlink()
        raise
