"""What the screen remembers from one run to the next: theme, filter, sorting and columns, in one private file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from monitor.core.text import clean
from monitor.private_file import write_privately

_MOST_BYTES = 65_536
_WORDS = 300


class Remembered(msgspec.Struct, frozen=True):
    """How somebody left the screen."""

    theme: str = ""
    filter: str = ""
    problems_only: bool = False
    wide: bool = False
    sorted: dict[str, tuple[str, bool]] = {}
    """By table: the column, and whether the other way round than it begins with."""
    columns: dict[str, tuple[str, ...]] = {}
    """By table: the columns that were chosen beside those that stay."""


NEW = Remembered()


class ScreenMemory:
    """The file. Nothing that goes wrong with it stops the screen: it is said in a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: str | None = None
        """What went wrong the last time, in one sentence."""

    def recall(self) -> Remembered:
        """What was remembered; what cannot be read counts as nothing, and `said` tells why."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(_MOST_BYTES + 1)
            found = msgspec.json.decode(raw, type=Remembered)
        except FileNotFoundError:
            return NEW
        except OSError as error:
            return self._as_new(error.strerror or "no reason given")
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return self._as_new("it is not what mucmon wrote")
        return msgspec.structs.replace(found, filter=clean(found.filter, _WORDS))

    def keep(self, remembered: Remembered) -> bool:
        """Write it, whole or not at all, for its owner alone; False where that failed, and `said` tells why."""
        try:
            write_privately(self.path, msgspec.json.format(msgspec.json.encode(remembered)))
        except OSError as error:
            self.said = (
                f"Theme, sorting and columns are not remembered: {self.path} cannot be written ({error.strerror})."
            )
            return False
        return True

    def _as_new(self, why: str) -> Remembered:
        self.said = f"The screen starts as new: {self.path} cannot be read ({why}). It is written anew."
        return NEW


def screen_memory_path(name: str) -> Path:
    """Where the file of that name is: in the platform's directory for what a program keeps."""
    from platformdirs import user_state_path

    return user_state_path("mucmon") / f"{name}.json"
