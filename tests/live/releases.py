"""The Prosody executables the live tests run on, and how a release is told from its files."""

import os
import re
from pathlib import Path

_SOURCE_FOLDER = re.compile(r"^CFG_SOURCEDIR *= *['\"](.*)['\"];*$", re.MULTILINE)


def cache_folder() -> Path:
    """Return the folder `tests/live/install` fills when it is given none."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mucmon-tests"


def release_of(binary: Path) -> str:
    """Return "0.12" or "13"; ValueError for another release or a file that is no Prosody."""
    try:
        text = binary.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ValueError(f"{binary} cannot be read: {error.strerror}") from error
    match = _SOURCE_FOLDER.search(text)
    mark = Path(match[1]) / "prosody.version" if match else None
    number = mark.read_text(encoding="utf-8").strip() if mark and mark.is_file() else ""
    if number.startswith("0.12"):
        return "0.12"
    if number.startswith("13."):
        return "13"
    raise ValueError(f"{binary} is not Prosody 0.12 or 13 (it says {number or 'nothing'!r})")


def prosodies() -> dict[str, Path]:
    """Map release to executable: MUCMON_PROSODY alone if set, else those `install` left."""
    chosen = os.environ.get("MUCMON_PROSODY")
    if chosen:
        binary = Path(chosen)
        return {release_of(binary): binary}
    found: dict[str, Path] = {}
    candidates = [
        Path("/usr/bin/prosody"),
        *sorted(cache_folder().glob("prosody-*/usr/bin/prosody")),
    ]
    for binary in candidates:
        try:
            found.setdefault(release_of(binary), binary)
        except ValueError:
            continue
    return found


if __name__ == "__main__":
    for release, executable in sorted(prosodies().items()):
        print(release, executable)
