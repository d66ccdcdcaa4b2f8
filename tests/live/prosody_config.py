"""Renders a Prosody configuration file from Python values."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

LuaValue: TypeAlias = str | int | float | bool | Sequence["LuaValue"] | Set[str] | Mapping[str, "LuaValue"]
Options: TypeAlias = Mapping[str, "LuaValue"]

HOST = "meet.test"
AUTH_HOST = f"auth.{HOST}"
MUC_HOST = f"conference.{HOST}"
FOCUS = f"focus@{AUTH_HOST}"
WATCHERS = (f"monitor.{HOST}", f"monitor2.{HOST}")
STRANGER = f"stranger.{HOST}"


def lua(value: LuaValue) -> str:
    """Return a Lua literal; TypeError for a value Lua cannot hold."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value == float("inf"):
            return "1e400"
        case int() | float():
            return repr(value)
        case str():
            return '"' + "".join(_escaped(byte) for byte in value.encode()) + '"'
        case Mapping():
            pairs = (f"[{lua(key)}] = {lua(item)}" for key, item in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case Set():
            return "{ " + ", ".join(lua(item) for item in sorted(value)) + " }"
        case Sequence():
            return "{ " + ", ".join(lua(item) for item in value) + " }"
    raise TypeError(f"no Lua literal for {type(value).__name__}")


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b'"\\'
    return chr(byte) if plain else f"\\{byte:03d}"


@dataclass(frozen=True, slots=True)
class Section:
    """One host of the file: its heading, as written, and its options."""

    heading: str
    options: Options = field(default_factory=dict)

    def text(self) -> str:
        """Return the section's lines."""
        return "\n".join([self.heading, *(f"\t{k} = {lua(v)}" for k, v in self.options.items())])


def render(global_options: Options, sections: Sequence[Section]) -> str:
    """Return a whole configuration file."""
    head = "\n".join(f"{key} = {lua(value)}" for key, value in global_options.items())
    return "\n\n".join([head, *(section.text() for section in sections)]) + "\n"


def base_options(folder: Path, http_port: int, component_port: int) -> dict[str, LuaValue]:
    """Return the global options that let a Prosody live in FOLDER on loopback only."""
    return {
        "run_as_root": True,
        "data_path": str(folder / "data"),
        "pidfile": str(folder / "prosody.pid"),
        "interfaces": ["127.0.0.1"],
        "component_interfaces": ["127.0.0.1"],
        "http_interfaces": ["127.0.0.1"],
        "c2s_ports": [],
        "c2s_direct_tls_ports": [],
        "s2s_ports": [],
        "https_ports": [],
        "http_ports": [http_port],
        "component_ports": [component_port],
        "http_default_host": HOST,
        "consider_websocket_secure": True,
        "allow_unencrypted_plain_auth": True,
        "c2s_require_encryption": False,
        "s2s_require_encryption": False,
        "storage": "internal",
        "muc_mapper_domain_base": HOST,
        # As Jitsi's own images set it: Prosody's default collects all garbage at every 5 % of growth.
        "gc": {"mode": "incremental", "threshold": 400, "speed": 250, "step_size": 13},
    }


MUC_OPTIONS: Options = {
    "storage": "memory",
    "muc_room_locking": False,
    "muc_room_default_public_jids": True,
    "muc_tombstones": False,
    "muc_room_allow_persistent": False,
    "muc_room_cache_size": 10000,
    "restrict_room_creation": True,
    "admins": [FOCUS],
}
