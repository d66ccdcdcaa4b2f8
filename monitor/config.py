"""The configuration file: TOML into typed, frozen settings, and one clear sentence where that fails.

Nothing in here touches the network or the screen. Secrets are read with the rest and wrapped in `Secret`, whose
repr shows nothing.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from monitor.core.rules.rule import Severity
from monitor.core.rules.table import BY_ID, BY_NUMBER
from monitor.screen_settings import ALERT_KEYS, Alerts, AlertTable, check_alerts, read_keys
from monitor.secret import ConfigError, Secret, read_secret
from monitor.tokens.settings import TOKEN_KEYS, TokenSettings, TokenTable, token_settings

__all__ = ["SERVER_KEYS", "ConfigError", "Secret", "ServerSettings", "Settings", "config_path", "load"]

ClosePolicyName = Literal["auto", "token_owner_party", "owner_restricted", "none"]
VantageName = Literal["auto", "feed", "poll"]
Colour = Literal["teal", "blue", "green", "amber", "red", "violet", "grey"]

GRADES = {
    "off": Severity.FINE,
    "info": Severity.INFORMATION,
    "warning": Severity.WARNING,
    "critical": Severity.CRITICAL,
}
"""What `[server.rules]` may make of a rule."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "close_policy": get_args(ClosePolicyName),
    "vantage": get_args(VantageName),
    "colour": get_args(Colour),
}

_LABEL = 63
"""Bytes a label of a domain may have (RFC 1035 §2.3.4)."""

SAMPLE = """\
[[server]]
name = "meet"
jid = "monitor.meet.example"
secret_file = "meet.secret"
rooms = "conference.meet.example"
"""


class ServerSettings(msgspec.Struct, frozen=True):
    """One server to watch, ready to use."""

    name: str
    host: str
    port: int
    jid: str
    secret: Secret
    rooms: tuple[str, ...]
    close_policy: ClosePolicyName = "auto"
    close_timeout_s: float | None = None
    """None is the plugin's own default."""
    vantage: VantageName = "auto"
    room_cache_size: int | None = None
    """The server's ``muc_room_cache_size``, for where it cannot tell."""
    colour: Colour | None = None
    """In which the screen draws the server's name."""
    production: bool = False
    """Whether the screen is framed, so that nobody takes it for a test server's."""
    tokens: TokenSettings | None = None
    """What is needed to sign tokens; without it minting is absent."""
    grades: Mapping[str, Severity] = {}
    """How bad a rule is on this server, by its id, where that is not as in the table of rules."""


class Settings(msgspec.Struct, frozen=True):
    """Everything the configuration says."""

    path: Path
    servers: tuple[ServerSettings, ...]
    keys: dict[str, tuple[str, ...]] = {}
    """What `[keys]` says: keys by the id of a command, as they are written; the screen makes sense of them."""
    alerts: Alerts = Alerts()


class _Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    jid: str
    rooms: str | list[str]
    name: str | None = None
    host: str = "127.0.0.1"
    port: int = 5347
    secret_file: str | None = None
    secret_env: str | None = None
    secret: str | None = None
    close_policy: ClosePolicyName = "auto"
    close_timeout_s: float | None = None
    vantage: VantageName = "auto"
    room_cache_size: int | None = None
    colour: Colour | None = None
    production: bool = False
    tokens: TokenTable | None = None
    rules: dict[str, Any] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    server: list[_Server]
    keys: dict[str, Any] = {}
    alerts: AlertTable = AlertTable()


SERVER_KEYS: tuple[str, ...] = _Server.__struct_fields__


def config_path(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is: as given, else ``$MUCMON_CONFIG``, else the platform's config directory."""
    if given is not None:
        return given
    if named := environ.get("MUCMON_CONFIG"):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("mucmon") / "config.toml"


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the configuration at `path`. Raises `ConfigError`."""
    text = _read(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {_without_content(error)}.") from None
    try:
        raw = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explained(str(error), document)}") from None
    if not raw.server:
        raise ConfigError(f"{path} names no server; add for example:\n\n{SAMPLE}")
    servers = tuple(_server(one, number, path, environ) for number, one in enumerate(raw.server, 1))
    names = [server.name for server in servers]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f'{path}: two servers are called "{name}"; give each its own `name`.')
    _check_components(servers, path)
    alerts = check_alerts(raw.alerts, path, _secret_variables(raw))
    return Settings(path, servers, dict(read_keys(raw.keys, path)), alerts)


def _check_components(servers: Sequence[ServerSettings], path: Path) -> None:
    """Prosody holds one connection of a component: a second one ends the first, or is refused."""
    taken: dict[tuple[str, str, int], str] = {}
    for one in servers:
        host = one.host.strip().lower()
        address = (one.jid, "127.0.0.1" if host == "localhost" else host, one.port)
        if other := taken.get(address):
            raise ConfigError(
                f'{path}: the servers "{other}" and "{one.name}" are the same component, {one.jid} at {one.host} port '
                f"{one.port}, and each of their connections would end the other's; name the MUC components of both in "
                "the `rooms` of one of them, or give each its own `jid` or address."
            )
        taken[address] = one.name


def _secret_variables(raw: _File) -> Iterator[str]:
    """The environment variables that hold a secret."""
    for server in raw.server:
        for table in (server, server.tokens):
            if table is not None and table.secret_env:
                yield table.secret_env


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"There is no configuration at {path}. Write one, for example:\n\n{SAMPLE}\n"
            "or have mucmon prosody --print write it with --save, or name another file with --config or $MUCMON_CONFIG."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _server(raw: _Server, number: int, path: Path, environ: Mapping[str, str]) -> ServerSettings:
    where = f"{path}, server {number}"
    # Domains are compared as the server writes them: in lower case (RFC 7622 §3.2).
    jid = raw.jid.lower()
    rooms = tuple(one.lower() for one in ([raw.rooms] if isinstance(raw.rooms, str) else raw.rooms))
    for key, values in (("jid", (jid,)), ("rooms", rooms)):
        for value in values:
            if not is_domain(value):
                raise ConfigError(
                    f'{where}: `{key}` must name a domain such as "conference.meet.example", not {_quoted(value)}.'
                )
    if twice := next((one for at, one in enumerate(rooms) if one in rooms[:at]), None):
        raise ConfigError(f"{where}: `rooms` names {_quoted(twice)} twice; name each MUC component once.")
    if not rooms:
        raise ConfigError(f"{where}: `rooms` is empty; name the MUC component to watch.")
    if not 0 < raw.port < 65536:
        raise ConfigError(f"{where}: `port` must be from 1 to 65535, not {raw.port}.")
    if raw.close_timeout_s is not None and not 0 < raw.close_timeout_s < math.inf:
        raise ConfigError(f"{where}: `close_timeout_s` must be a number of seconds above 0.")
    if raw.room_cache_size is not None and raw.room_cache_size < 1:
        raise ConfigError(f"{where}: `room_cache_size` must be the number in Prosody's muc_room_cache_size.")
    if not raw.host.strip():
        raise ConfigError(f'{where}: `host` is empty; use "127.0.0.1" for this machine or a tunnel.')
    secret = read_secret(raw, where, path, environ, "the component_secret in Prosody's configuration")
    tokens = token_settings(raw.tokens, f"{where}, tokens", path, environ, rooms[0]) if raw.tokens else None
    return ServerSettings(
        name=raw.name or jid.partition(".")[2] or jid,
        host=raw.host,
        port=raw.port,
        jid=jid,
        secret=secret,
        rooms=rooms,
        close_policy=raw.close_policy,
        close_timeout_s=raw.close_timeout_s,
        vantage=raw.vantage,
        room_cache_size=raw.room_cache_size,
        colour=raw.colour,
        production=raw.production,
        tokens=tokens,
        grades=_grades(raw.rules, where),
    )


def _grades(rules: Mapping[str, object], where: str) -> dict[str, Severity]:
    known = {rule.upper(): rule for rule in BY_ID}
    grades: dict[str, Severity] = {}
    for name, word in rules.items():
        rule = known.get(name.upper())
        if rule is None:
            known_ids = ", ".join(one.id for one in BY_NUMBER)
            raise ConfigError(f"{where}, rules: there is no rule {_quoted(name)}; there are {known_ids}.")
        if not isinstance(word, str) or word not in GRADES:
            said = _quoted(word) if isinstance(word, str) else "that"
            words = ", ".join(f'"{one}"' for one in GRADES)
            raise ConfigError(f"{where}, rules: `{rule}` must be one of {words}, not {said}.")
        grades[rule] = GRADES[word]
    return grades


def is_domain(text: str) -> bool:
    """Whether `text` can name a host of Prosody: labels of letters, digits and hyphens, with dots between them."""
    labels = text.split(".")
    return all(re.fullmatch(r"[^\W_](?:[\w-]*[^\W_])?", label) and len(label.encode()) <= _LABEL for label in labels)


def _explained(message: str, document: dict[str, object]) -> str:
    """msgspec's message in the words of the file: which server, which key, what is wrong with it."""
    problem, _, path = message.partition(" - at `")
    found = re.match(r"\$\.server\[(\d+)\](?:\.(\w+))?(?:\.(\w+))?", path)
    in_tokens = bool(found) and "tokens" in path
    place = f"server {int(found[1]) + 1}: " if found else ""
    key = f"`{'.'.join(filter(None, found.groups()[1:]))}`: " if found and found[2] else ""
    if not found and (top := re.match(r"\$\.([\w.]+)", path)) and top[1] != "server":
        key = f"`{top[1]}`: "
    if unknown := re.search(r"unknown field `(.*)`", problem):
        in_alerts = path.startswith("$.alerts")
        keys = TOKEN_KEYS if in_tokens else ALERT_KEYS if in_alerts else SERVER_KEYS
        known = ", ".join(keys) if found or in_alerts else "[[server]] tables, [keys] and [alerts]"
        table = " in [server.tokens]" if in_tokens else " in [alerts]" if in_alerts else ""
        return f"{place}there is no setting `{unknown[1]}`{table}; there are {known}."
    if missing := re.search(r"missing required field `(.*)`", problem):
        if missing[1] == "server":
            return f"no server is named; add for example:\n\n{SAMPLE}"
        return f"{place}the setting `{'tokens.' if in_tokens else ''}{missing[1]}` is missing."
    if not found and isinstance(document.get("server"), dict):
        return "write [[server]] with two brackets, since there may be several."
    if found and found[2] in _CHOICES and problem.startswith("Invalid enum value"):
        return f"{place}{key}one of {', '.join(_CHOICES[found[2]])} is wanted."
    wanted = re.match(r"Expected `(.*)`, got `(.*)`", problem)
    if wanted is None:
        return f"{place}{key}{problem}."
    return f"{place}{key}a {_plainly(wanted[1])} is wanted, not a {_plainly(wanted[2])}."


def _plainly(kinds: str) -> str:
    names = {
        "str": "text",
        "int": "number",
        "float": "number",
        "array": "list",
        "object": "table",
        "bool": "true or false",
    }
    words = [names.get(kind.strip(), kind.strip()) for kind in kinds.split("|") if kind.strip() != "null"]
    return " or ".join(dict.fromkeys(words)) or "nothing"


def _without_content(error: tomllib.TOMLDecodeError) -> str:
    # The text of a value may be quoted in it, and a value may be a secret: the place is enough.
    place = re.search(r"\(at ([^()]*)\)\s*$", str(error))
    return f"look at {place[1]}" if place else "look for a missing quote or bracket"


def _quoted(value: str) -> str:
    return '"' + "".join(char if char.isprintable() else "?" for char in value[:60]) + '"'
