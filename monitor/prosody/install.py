"""Puts the companion module into a folder of Prosody's, and takes it out again. Nothing else there is touched."""

from __future__ import annotations

import os
import re
import tempfile
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from monitor.config import ConfigError, Secret, load
from monitor.prosody.errors import CannotDo

FILE = "mod_muc_monitor.lua"
_VERSION = re.compile(rb'^local VERSION = "([0-9A-Za-z.+-]{1,40})";', re.MULTILINE)
_MODE = 0o644


@lru_cache
def shipped() -> bytes:
    """Return the module that comes with this mucmon."""
    return (files("monitor.prosody") / FILE).read_bytes()


def version_of(module: bytes) -> str | None:
    """Return the version a copy of the module carries; None for one that carries none."""
    found = _VERSION.search(module)
    return found[1].decode() if found else None


def install(folder: Path) -> str:
    """Copy the module into `folder` and say what was there before. Raises `CannotDo`."""
    target = _target(folder)
    ours = version_of(shipped())
    try:
        before = target.read_bytes() if target.exists() else None
        if before == shipped():
            return f"{target} is already the one that came with this mucmon ({ours}); nothing was changed."
        _replace(target, shipped(), _MODE)
    except OSError as error:
        raise _refused(folder, error) from None
    if before is None:
        return f"{target} is installed ({ours})."
    theirs = version_of(before)
    older = f"version {theirs}" if theirs not in (None, ours) else "another one"
    return f"{target} is installed ({ours}) and replaces {older}; Prosody goes on with that until it is reloaded."


def uninstall(folder: Path) -> str:
    """Remove the module from `folder`. Raises `CannotDo`."""
    target = _target(folder)
    if not target.exists() and not target.is_symlink():
        return f"There is no {FILE} in {folder}; nothing was changed."
    try:
        target.unlink()
    except OSError as error:
        raise _refused(folder, error) from None
    return f'{target} is removed. Take "muc_monitor" out of modules_enabled too, before Prosody starts again.'


def saved_secret(config: Path, jid: str) -> Secret | None:
    """Return the secret that the configuration at `config` has for a component, or None if there is no such file.

    Raises `CannotDo` where the file does not tell it.
    """
    if not config.exists():
        return None
    try:
        found = [server.secret for server in load(config).servers if server.jid == jid]
    except ConfigError as error:
        raise CannotDo(f"{config} is there already and does not tell the secret: {error}") from None
    if not found:
        raise CannotDo(
            f"{config} is there already, has no server with the jid {jid}, and stays as it is; name another file, or "
            "print without --save and add the server by hand."
        )
    return found[0]


def save(config: Path, table: str, secret_file: str, secret: Secret) -> None:
    """Write mucmon's configuration, and the secret beside it, for the user alone. Raises `CannotDo`."""
    beside = config.parent / secret_file
    for path in (config, beside):
        if path.exists() or path.is_symlink():
            raise CannotDo(f"{path} is there already and stays as it is; name another file, or paste without --save.")
    try:
        config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(beside, f"{secret.reveal()}\n".encode(), 0o600)
        try:
            _replace(config, table.encode(), 0o600)
        except OSError:
            beside.unlink()
            raise
    except OSError as error:
        raise CannotDo(f"{config} cannot be written: {error.strerror}; name another file.") from None


def _target(folder: Path) -> Path:
    folder = folder.expanduser()
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise CannotDo(f"{folder} {what}; name a folder that stands in Prosody's plugin_paths.")
    target = folder / FILE
    if target.is_dir():
        raise CannotDo(f"{target} is a folder; remove it, or name another folder of Prosody's plugin_paths.")
    return target


def _replace(target: Path, content: bytes, mode: int) -> None:
    """Write a file so that whoever reads it finds the old one or the new one, whole."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _refused(folder: Path, error: OSError) -> CannotDo:
    remedy = "run the command as root" if isinstance(error, PermissionError) else "look at the folder"
    return CannotDo(f"{folder} cannot be changed: {error.strerror}; {remedy}.")
