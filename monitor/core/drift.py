"""How a server is set up, and what of that is otherwise than it was when somebody looked last. Pure.

A setup is taken from the companion module's facts: releases, modules, options. It is bounded, since it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

MOST = 500
"""So many names of each kind are kept."""
LONGEST = 200
"""Characters of a value that are kept."""
_TOLD = 12
"""So many changes are told one by one."""

_RELEASES = {"prosody_version": "Prosody", "module_version": "mod_muc_monitor"}


class Setup(msgspec.Struct, frozen=True):
    """How a MUC host was set up at a moment, on the monitor's clock."""

    at: float
    releases: dict[str, str] = {}
    modules: dict[str, list[str]] = {}
    """Names of the modules by the host they are loaded on; those of the MUC host itself under no name."""
    options: dict[str, str] = {}
    """Values as JSON."""


class Drift(msgspec.Struct, frozen=True):
    """What is otherwise than it was when this mucmon last saw it, at `since_at` on the monitor's clock."""

    since_at: float
    changes: tuple[str, ...]


def setup_of(facts: Mapping[str, Any], at: float) -> Setup | None:
    """The setup that these facts tell of; None where they tell of none."""
    if not facts:
        return None
    releases = {name: _cut(str(facts[key])) for key, name in _RELEASES.items() if isinstance(facts.get(key), str)}
    modules: dict[str, list[str]] = {}
    for where, key in (("", "modules"), (_cut(str(facts.get("parent_host") or "its parent")), "parent_modules")):
        loaded = facts.get(key)
        if isinstance(loaded, list):
            modules[where] = sorted({_cut(name) for name in loaded if isinstance(name, str)})[:MOST]
    options = facts.get("options")
    told = dict(options) if isinstance(options, dict) else {}
    hosts = facts.get("hosts")
    for one in hosts if isinstance(hosts, list) else ():
        if isinstance(one, dict) and isinstance(one.get("host"), str):
            for key in ("authentication", "smacks_hibernation_time"):
                told[f"{key} of {one['host']}"] = one.get(key)
    kept = sorted(item for item in told.items() if item[1] is not None)[:MOST]
    return Setup(at, releases, modules, {_cut(str(name)): _cut(_json(value)) for name, value in kept})


def drift(before: Setup, after: Setup) -> Drift | None:
    """What is otherwise after than before; None where nothing is."""
    found = list(_changes(before, after))
    if not found:
        return None
    more = len(found) - _TOLD
    return Drift(before.at, (*found[:_TOLD], f"and {more} more") if more > 0 else tuple(found))


def _changes(before: Setup, after: Setup) -> Iterator[str]:
    for name, now in after.releases.items():
        if (was := before.releases.get(name, "")) != now:
            yield f"{name} {was or '?'} → {now}"
    for host, names in after.modules.items():
        if host in before.modules:
            was_loaded, loaded = set(before.modules[host]), set(names)
            there = f" on {host}" if host else ""
            yield from (f"+ {name}{there}" for name in sorted(loaded - was_loaded))
            yield from (f"- {name}{there}" for name in sorted(was_loaded - loaded))
    for name in sorted(before.options.keys() | after.options.keys()):
        was, now = before.options.get(name, "unset"), after.options.get(name, "unset")
        if was != now:
            yield f"{name}: {was} → {now}"


def _json(value: object) -> str:
    # Whole numbers come as floats from some encoders and not from others.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _cut(text: str) -> str:
    return text[:LONGEST]
