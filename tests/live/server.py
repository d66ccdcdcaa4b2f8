"""A real Prosody in a temporary folder, on free loopback ports, set up as a Jitsi server is."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.leaks import KNOWN_SECRETS, leaks
from tests.live.prosody_config import (
    AUTH_HOST,
    HOST,
    MUC_HOST,
    MUC_OPTIONS,
    STRANGER,
    WATCHERS,
    LuaValue,
    Options,
    Section,
    base_options,
    render,
)
from tests.live.releases import cache_folder, prosodies, release_of

__all__ = ["Prosody", "prosodies"]

_HERE = Path(__file__).resolve().parent
MODULE_FOLDER = _HERE.parents[1] / "monitor" / "prosody"
PLUGIN_FOLDER = _HERE / "plugins"
START_SECONDS = 15.0
STOP_SECONDS = 20.0


def free_ports(number: int) -> list[int]:
    """Return so many different loopback TCP ports nobody listens on now.

    They lie below the range the system takes outgoing ports from: a client that retries while
    the server is away could otherwise be given the very port and connect to itself.
    """
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < number:
            port = 20000 + secrets.randbelow(12000)
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            # Without listening, another bind with the same option would be let through.
            probe.listen()
            found.append(port)
        return found


class Prosody:
    """One server. `start()` returns when its ports accept, `stop()` when it has ended.

    muc_modules/host_modules/modules are loaded beside the ordinary ones on the MUC component,
    the user host and everywhere. Jitsi's own plugins, from $MUCMON_JITSI_PLUGINS, are found
    before the stand-ins of the same names. A bare server has neither mucmon's module nor any
    component that connects from outside.
    """

    def __init__(
        self,
        binary: Path,
        plugin_folders: Sequence[Path] = (),
        *,
        monitor_module: bool = True,
        bare: bool = False,
        muc_modules: Sequence[str] = (),
        host_modules: Sequence[str] = (),
        modules: Sequence[str] = (),
        muc_options: Options | None = None,
        host_options: Options | None = None,
        global_options: Options | None = None,
        components: Mapping[str, Options] | None = None,
        watchers: Sequence[str] | None = WATCHERS,
        hibernation_s: float = 5,
        party_check_timeout_s: float = 60,
        component_conflict_resolve: str | None = None,
        allow_empty_token: bool = True,
        debug: bool = False,
    ) -> None:
        """Choose ports and secrets and write the file; nothing runs yet."""
        self.binary = binary
        self.version = release_of(binary)
        self.host, self.auth_host, self.muc_host = HOST, AUTH_HOST, MUC_HOST
        self.secret = secrets.token_hex(16)
        self.app_id, self.app_secret = "mucmon-tests", secrets.token_hex(32)
        self.focus_password = secrets.token_hex(16)
        KNOWN_SECRETS.update({self.secret, self.app_secret, self.focus_password})
        self.http_port, self.component_port = free_ports(2)
        self.folder = Path(tempfile.mkdtemp(prefix="mucmon-prosody-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._plugin_folders = list(plugin_folders)
        self._jitsi = os.environ.get("MUCMON_JITSI_PLUGINS")
        self._bare, self._debug = bare, debug
        # Prosody opens the port with the first component that connects from outside.
        self._awaited_ports = [self.http_port, *([] if bare else [self.component_port])]

        everything = base_options(self.folder, self.http_port, self.component_port) | {
            "plugin_paths": [str(path) for path in self._plugin_paths()],
            "modules_enabled": ["disco", "saslauth", "websocket", "smacks", "ping", "admin_shell", *modules],
            "modules_disabled": ["s2s", "offline"],
            "smacks_hibernation_time": hibernation_s,
            "smacks_max_ack_delay": 5,
            "app_id": self.app_id,
            "app_secret": self.app_secret,
            "allow_empty_token": allow_empty_token,
            "component_secret": self.secret,
        }
        if self.version == "13":
            everything["component_admins_as_room_owners"] = True
        if component_conflict_resolve is not None:
            everything["component_conflict_resolve"] = component_conflict_resolve

        room_modules = ["token_verification", "token_affiliation", "mucmon_control", *muc_modules]
        rooms: dict[str, LuaValue] = {**MUC_OPTIONS, "party_check_timeout": party_check_timeout_s}
        if monitor_module and not bare:
            room_modules.append("muc_monitor")
            if watchers is not None:
                rooms["muc_monitor_watchers"] = list(watchers)
        rooms["modules_enabled"] = room_modules
        people: dict[str, LuaValue] = {
            "authentication": "token",
            "modules_enabled": list(host_modules),
        }
        self._global: Options = everything | dict(global_options or {})
        self._sections = [
            Section(f'VirtualHost "{HOST}"', people | dict(host_options or {})),
            Section(f'VirtualHost "{AUTH_HOST}"', {"authentication": "internal_hashed"}),
            Section(f'Component "{MUC_HOST}" "muc"', rooms | dict(muc_options or {})),
            *(Section(f'Component "{name}"') for name in (*WATCHERS, STRANGER) if not bare),
            *(Section(f"Component {name}", opts) for name, opts in (components or {}).items()),
        ]
        self._write_files()

    @property
    def websocket_url(self) -> str:
        """The RFC 7395 endpoint, without a query."""
        return f"ws://127.0.0.1:{self.http_port}/xmpp-websocket"

    @property
    def pid(self) -> int:
        """The running server's process id; RuntimeError when none runs."""
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError("Prosody does not run")
        return self.process.pid

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and remove the folder."""
        self.close()

    def start(self) -> None:
        """Start and wait for both ports; RuntimeError with the log's end when it will not."""
        environment = dict(os.environ)
        environment["LUA_PATH_5_4"] = f"{cache_folder() / 'lua'}/?.lua;;"
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [str(self.binary), "--config", str(self.folder / "prosody.cfg.lua"), "-F"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=environment,
            )
        deadline = time.monotonic() + START_SECONDS
        for port in self._awaited_ports:
            while not _accepts(port):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.kill9()
                    raise RuntimeError(f"Prosody did not start:\n{self.log_text()[-4000:]}")
                time.sleep(0.02)

    def stop(self) -> None:
        """End it by SIGTERM (by SIGKILL after 20 s) and wait; harmless when it does not run."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill9(self) -> None:
        """End it at once, as a crash does."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Stop and start on the same ports with the same secrets."""
        self.stop()
        self.start()

    def sigstop(self) -> None:
        """Freeze the process."""
        os.kill(self.pid, signal.SIGSTOP)

    def sigcont(self) -> None:
        """Let a frozen process run on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its folder."""
        # Not by SIGTERM: Prosody then saves its rooms, 10 s for 1,000, and nobody reads them.
        self.kill9()
        found = leaks(self.log_text())
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not found, f"Prosody's log must hold none of {found}"

    def shell(self, command: str) -> str:
        """Run a command in Prosody's own shell and return what it says; CalledProcessError when it fails."""
        control = self.binary.with_name("prosodyctl")
        config = str(self.folder / "prosody.cfg.lua")
        environment = {**os.environ, "LUA_PATH_5_4": ";;"}
        arguments = [str(control), "--root", "--config", config, "shell", command]
        done = subprocess.run(arguments, check=True, capture_output=True, text=True, env=environment)
        return done.stdout

    def add_account(self, user: str, password: str) -> None:
        """Make a user of the host whose users have passwords; works while the server runs too."""
        account = self.folder / "data" / "auth%2emeet%2etest" / "accounts" / f"{user}.dat"
        account.parent.mkdir(parents=True, exist_ok=True)
        # Prosody hashes a plain password at its first use; this saves a prosodyctl run.
        account.write_text(f'return {{ ["password"] = "{password}" }};\n')

    def log_text(self) -> str:
        """Return the server's log, and what it wrote to its terminal if anything."""
        texts = []
        for name in ("output.txt", "prosody.log"):
            path = self.folder / name
            if path.is_file():
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
        return "".join(texts)

    def _plugin_paths(self) -> list[Path]:
        jitsi = [Path(self._jitsi).resolve()] if self._jitsi else []
        return [
            *self._plugin_folders,
            *([] if self._bare else [MODULE_FOLDER]),
            *jitsi,
            PLUGIN_FOLDER,
        ]

    def _write_files(self) -> None:
        level = "debug" if self._debug else "info"
        log: dict[str, LuaValue] = {level: str(self.folder / "prosody.log")}
        config = render({**self._global, "log": log}, self._sections)
        (self.folder / "prosody.cfg.lua").write_text(config, encoding="utf-8")
        (self.folder / "certs").mkdir()
        self.add_account("focus", self.focus_password)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
