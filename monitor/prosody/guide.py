"""What somebody pastes to bring the companion module onto their server: the Lua, the commands, the configuration.

The prose stands in ``texts/``; here are the names that go into it and the parts that depend on them. Blocks to paste
are indented by four spaces, which Lua, TOML, YAML, .env files and shells all take.
"""

from __future__ import annotations

import re
import secrets
import shlex
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import NamedTuple

from monitor.config import Secret, config_path, is_domain
from monitor.prosody.errors import CannotDo

SECRET_BYTES = 24
"""Random bytes of a component's secret."""
PORT = 5347
"""Prosody's own default of component_ports."""


class Kind(StrEnum):
    """The kind of server the text is for."""

    DEBIAN = "debian"
    DOCKER = "docker"
    LIVE = "live"


_PLUGINS = {
    Kind.DEBIAN: "/usr/share/jitsi-meet/prosody-plugins/",
    Kind.DOCKER: "~/.jitsi-meet-cfg/prosody/prosody-plugins-custom/",
}
_LUA_FILE = {
    Kind.DEBIAN: "/etc/prosody/conf.avail/mucmon.cfg.lua",
    Kind.DOCKER: "~/.jitsi-meet-cfg/prosody/config/conf.d/mucmon.cfg.lua",
}


_LOOPBACK = {
    Kind.DEBIAN: "Prosody's own choice unless component_interfaces is set",
    Kind.DOCKER: "step 4 sees to that",
}


class Names(NamedTuple):
    """The names of a server's parts, checked: each is a domain, and none has two meanings."""

    kind: Kind
    host: str
    rooms: str
    jid: str
    port: int
    breakout: str | None
    lobby: str | None

    @property
    def muc_hosts(self) -> tuple[str, ...]:
        """The MUC components to watch, the main one first."""
        return tuple(name for name in (self.rooms, self.breakout, self.lobby) if name)


def names(
    kind: Kind,
    host: str | None,
    rooms: str | None = None,
    jid: str | None = None,
    port: int = PORT,
    *,
    breakout: bool = False,
    lobby: bool = False,
) -> Names:
    """Fill in what was not given from what Jitsi's own files call it. Raises `CannotDo`."""
    docker = kind is Kind.DOCKER
    if host is None and not docker:
        raise CannotDo(f"name the domain of your Jitsi Meet: mucmon prosody --print {kind} --host meet.example")
    host = _domain("--host", host or "meet.jitsi")
    rooms = _domain("--rooms", rooms or f"{'muc' if docker else 'conference'}.{host}")
    jid = _domain("--jid", jid or f"monitor.{host}")
    if not 0 < port < 65536:
        raise CannotDo(f"--port must be from 1 to 65535, not {port}.")
    named = Names(
        kind, host, rooms, jid, port, f"breakout.{host}" if breakout else None, f"lobby.{host}" if lobby else None
    )
    if jid in (host, *named.muc_hosts):
        raise CannotDo(f"--jid must name a new component, such as monitor.{host}: {jid} is there already.")
    if rooms == host:
        raise CannotDo(f"--rooms must name the MUC component, such as conference.{host}: {host} is the whole server.")
    return named


def called(config: Path) -> str:
    """Return how mucmon is called so that it uses the configuration at `config`, in shell's words."""
    return "mucmon" if config == config_path(None) else f"mucmon --config {_in_shell(config)}"


def new_secret() -> Secret:
    """Return a random component_secret of 192 bits."""
    return Secret(secrets.token_hex(SECRET_BYTES))


def lua(named: Names, secret: Secret) -> str:
    """Return the file of Prosody's configuration that makes the component and lets it watch."""
    head = []
    if named.kind is Kind.DOCKER or named.port != PORT:
        head.append(f"component_ports = {{ {named.port} }}")
    if named.kind is Kind.DOCKER:
        head.append('component_interfaces = { "*" }')
    return "\n".join(
        [
            *head,
            f'muc_monitor_watchers = {{ "{named.jid}" }}',
            "",
            f'Component "{named.jid}"',
            f"    component_secret = {_lua_string(secret.reveal())}",
            '    component_conflict_resolve = "kick_old"',
            "",
        ]
    )


def toml(named: Names, secret_file: str) -> str:
    """Return the server's table in mucmon's configuration."""
    rooms = ", ".join(f'"{name}"' for name in named.muc_hosts)
    port = [] if named.port == PORT else [f"port = {named.port}"]
    return "\n".join(
        [
            "[[server]]",
            f'name = "{named.host}"',
            *port,
            f'jid = "{named.jid}"',
            f'secret_file = "{secret_file}"',
            f"rooms = [{rooms}]" if len(named.muc_hosts) > 1 else f"rooms = {rooms}",
            "",
        ]
    )


def secret_file(named: Names) -> str:
    """Return the name of the file that holds the secret, beside the configuration."""
    return f"{named.jid}.secret"


class Saved(StrEnum):
    """What was done about mucmon's own configuration."""

    NOT = "not"
    NOW = "now"
    BEFORE = "before"
    """It was there, and the secret is the one it has."""


def text(named: Names, secret: Secret, config: Path, saved: Saved) -> str:
    """Return all there is to do, for mucmon's configuration at `config`."""
    place = Kind.DOCKER if named.kind is Kind.DOCKER else Kind.DEBIAN
    parts = {
        Kind.DEBIAN: ("debian", "restart", "watcher"),
        Kind.LIVE: ("debian", "live", "watcher"),
        Kind.DOCKER: ("docker", "watcher"),
    }
    other = next(name for name in (f"ada.{named.host}", f"bob.{named.host}") if name != named.jid)
    values = {
        **{"host": named.host, "jid": named.jid, "port": str(named.port)},
        **{"plugins": _PLUGINS[place], "lua_file": _LUA_FILE[place]},
        "remote_plugins": _PLUGINS[place].removeprefix("~/"),
        "loopback": _LOOPBACK[place],
        "live_secret": "it has another secret"
        if saved is Saved.NOT
        else "with the same --save\n   it has the same secret",
        "jitsi_file": f"/etc/prosody/conf.avail/{named.host}.cfg.lua",
        "lua": _block(lua(named, secret)),
        "components": _block("\n".join(f'Component "{name}" "muc"' for name in named.muc_hosts)),
        "commands": _block("\n".join(_live_commands(named))),
        "variables": _block("\n".join(_variables(named))),
        "address": "meet.example" if place is Kind.DOCKER else named.host,
        "other": other,
        "again": _block("\n".join(_again(named, other))),
        **_watcher_values(named, config, saved),
    }
    return "".join(Template(_text(part)).substitute(values) for part in parts[named.kind])


def _watcher_values(named: Names, config: Path, saved: Saved) -> dict[str, str]:
    step = 6 if named.kind is Kind.DOCKER else 5
    table = _block(toml(named, secret_file(named)))
    if saved is Saved.NOW:
        here = f"{step}. {_shown(config)} is written, and beside it the secret:\n\n{table}\n"
    elif saved is Saved.BEFORE:
        here = (
            f"{step}. {_shown(config)}\n   was there and stays as it is; the secret of step 2 is the one it has."
            f" Compare\n   `rooms` and, where there is no tunnel, `port`:\n\n{table}\n"
        )
    else:
        folder, secret = _in_shell(config.parent), _in_shell(config.parent / secret_file(named))
        here = (
            f"{step}. Put the secret, the component_secret of step 2, into a file of its own:\n"
            "   type this, paste the secret, then press Enter and Ctrl+D. (With --save FILE\n"
            "   this and the next step are done for you. Without it, each text that is\n"
            "   printed has another secret: go on with the one you pasted.)\n\n"
            f"{_block(f'(umask 077 && mkdir -p {folder} && cat > {secret})')}\n\n"
            f"{step + 1}. Put this into {_shown(config)}:\n\n{table}\n"
        )
        step += 1
    return {"here": here, "b": str(step + 1), "c": str(step + 2), "mucmon": called(config)}


def _again(named: Names, other: str) -> list[str]:
    match named.kind:
        case Kind.DOCKER:
            return ["docker compose restart prosody"]
        case Kind.DEBIAN:
            return ["systemctl restart prosody"]
    return _shell("config:reload()", f'host:activate("{other}")')


def _shell(*commands: str) -> list[str]:
    return [f"prosodyctl shell '{command}'" for command in commands]


def _shown(path: Path) -> str:
    home = f"{Path.home()}/"
    return f"~/{str(path).removeprefix(home)}" if str(path).startswith(home) else str(path)


def _in_shell(path: Path) -> str:
    # Within quotes a ~ would not be expanded.
    shown = _shown(path)
    return shown if re.fullmatch(r"[~/\w.+@-]+", shown, re.ASCII) else shlex.quote(str(path))


def _live_commands(named: Names) -> list[str]:
    load = (f'module:load("muc_monitor", "{name}")' for name in named.muc_hosts)
    return _shell("config:reload()", f'host:activate("{named.jid}")', *load)


def _variables(named: Names) -> list[str]:
    kinds = (("XMPP_MUC", named.rooms), ("XMPP_BREAKOUT_MUC", named.breakout), ("XMPP_LOBBY_MUC", named.lobby))
    return [f"{kind}_MODULES=muc_monitor" for kind, name in kinds if name]


def _domain(option: str, given: str) -> str:
    # Domains are compared as the server writes them: in lower case (RFC 7622 §3.2).
    domain = given.lower()
    if not is_domain(domain):
        shown = "".join(char if char.isprintable() else "?" for char in given[:60])
        raise CannotDo(f'{option} must name a domain such as meet.example, not "{shown}".')
    return domain


def _lua_string(text: str) -> str:
    # A secret that was there before may hold anything; Lua's decimal escapes have three digits.
    escaped = re.sub(r'["\\\x00-\x1f\x7f]', lambda found: f"\\{ord(found[0]):03d}", text)
    return f'"{escaped}"'


def _text(name: str) -> str:
    return (files("monitor.prosody") / "texts" / f"{name}.txt").read_text(encoding="utf-8")


def _block(content: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in content.rstrip("\n").split("\n"))
