"""Secrets that do not show themselves, and where they are read from: a file, the environment, the configuration.

A file that others can read is refused. No sentence in here repeats a secret, nor a value that may be one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

_FILE_NAME = re.compile(r"[\w .-]+\.(?:\w*secret|key|pem|txt|passwd|password)")
"""What is more likely a file's name than a secret."""


class ConfigError(Exception):
    """The configuration cannot be used. Its text is one sentence that names the remedy, and never holds a secret."""


class Unreachable(ConfigError):
    """What the configuration names as a secret's or a key's place is not there, or cannot be read."""


class Secret:
    """A shared secret or a private key that does not show itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the handshake or the signature."""
        return self._value

    def __repr__(self) -> str:
        return "•••"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class SecretPlaces(Protocol):
    """A table of the configuration that names a secret in one of three ways."""

    @property
    def secret_file(self) -> str | None:
        """The file that holds it, relative to the configuration."""

    @property
    def secret_env(self) -> str | None:
        """The environment variable that holds it."""

    @property
    def secret(self) -> str | None:
        """The secret itself."""


def read_secret(raw: SecretPlaces, where: str, path: Path, environ: Mapping[str, str], meaning: str) -> Secret:
    """Read the secret that `raw` names. `meaning` says what it is on the server. Raises `ConfigError`."""
    given = [key for key in ("secret_file", "secret_env", "secret") if getattr(raw, key) is not None]
    if len(given) != 1:
        many = "only one of them is wanted" if given else "one of them is wanted"
        raise ConfigError(f"{where}: `secret_file`, `secret_env` or `secret`: {many}.")
    if raw.secret_env is not None:
        value = environ.get(raw.secret_env, "")
        if not value:
            name = _variable(raw.secret_env)
            raise Unreachable(f"{where}: the environment variable {name} is not set or empty; set it, and start again.")
    elif raw.secret is not None:
        require_private(path, where)
        value = raw.secret
    else:
        file = path.parent / Path(raw.secret_file or "").expanduser()
        require_private(file, where)
        value = read_text(file, where).strip()
    if not value:
        raise ConfigError(f"{where}: the secret is empty; it is {meaning}.")
    return Secret(value)


def read_text(file: Path, where: str, key: str = "secret_file") -> str:
    """Read a file that the configuration names under `key`. Raises `ConfigError`, `Unreachable` without the file."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreachable(file, where, key, error) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: {_called(file, key)} is not UTF-8 text; `{key}` names a text file.") from None
    except ValueError:
        raise ConfigError(f"{where}: no file can be called what `{key}` says; correct it.") from None


def require_private(file: Path, where: str, key: str = "secret_file") -> None:
    """Raise `ConfigError` unless `file` is a file that only its owner can read, `Unreachable` where there is none."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise _unreachable(file, where, key, error) from None
    except ValueError:
        raise ConfigError(f"{where}: no file can be called what `{key}` says; correct it.") from None
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{where}: {file} is not a file; `{key}` names a file that holds the secret alone.")
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"{where}: others can read the secret in {file}; run: chmod 600 {file}")


def _unreachable(file: Path, where: str, key: str, error: OSError) -> Unreachable:
    what = "the secret" if key == "secret_file" else "the key"
    remedy = f"put {what} there, or correct `{key}`"
    if isinstance(error, PermissionError):
        remedy = "let whoever runs mucmon read it"
    return Unreachable(f"{where}: {_called(file, key)} cannot be read ({error.strerror}); {remedy}.")


def _called(file: Path, key: str) -> str:
    """What to call a file that the configuration names under `key`: by its path, unless that may be the secret itself.

    Somebody may have put the secret under the wrong key, or the key itself where its file is to be named.
    """
    try:
        path = file.expanduser().absolute()
        is_file = path.is_file() or _FILE_NAME.fullmatch(path.name) is not None
    except (OSError, RuntimeError, ValueError):
        return f"the file named by `{key}`"
    if is_file and str(path).isprintable():
        return str(path)
    return f"the file named by `{key}` in {path.parent if path.parent.is_dir() else 'its folder'}"


def _variable(name: str) -> str:
    # What does not look like a variable's name may be the secret itself, put under the wrong key.
    return name if re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", name) else "named by `secret_env`"
