"""Does to a live server what the text of `mucmon prosody --print` says, with nothing but that text to go by."""

import asyncio
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.live.prosody_config import MUC_HOST
from tests.live.server import Prosody


def mucmon(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [sys.executable, "-m", "monitor", *arguments]
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=variables, timeout=90)


def blocks(text: str) -> list[str]:
    """Return what is indented to be pasted, block by block."""
    found = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.MULTILINE)
    return ["".join(line[4:] or "\n" for line in block.splitlines(keepends=True)) for block in found]


def block_with(text: str, words: str) -> str:
    """Return the one block that has WORDS; ValueError where there is another number of them."""
    (found,) = [block for block in blocks(text) if words in block]
    return found


class Setup:
    """A bare server that includes ``conf.d`` as Debian's and docker's do, and a person with a text to follow."""

    def __init__(self, server: Prosody, plugins: Path, kind: str, *options: str) -> None:
        self.server, self.plugins, self.home = server, plugins, server.folder / "home"
        self.config = self.home / "mucmon" / "config.toml"
        (server.folder / "conf.d").mkdir()
        # Read last of all: the address docker's text listens on is not for a test.
        (server.folder / "loopback.lua").write_text('component_interfaces = { "127.0.0.1" }\n')
        with self._server_file.open("a") as file:
            file.write('\nInclude "conf.d/*.cfg.lua"\nInclude "loopback.lua"\n')
        self.text = self.print(kind, "--save", str(self.config), *options)

    @property
    def _server_file(self) -> Path:
        return self.server.folder / "prosody.cfg.lua"

    def print(self, kind: str, *options: str) -> str:
        """Return the text of KIND for this server."""
        arguments = ("--host", self.server.host, "--port", str(self.server.component_port), *options)
        done = mucmon("prosody", "--print", kind, *arguments, home=self.home)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def install(self) -> str:
        """Copy the module into the folder of plugins, as step 1 says."""
        (line, elsewhere) = [block for block in blocks(self.text) if "--install" in block]
        assert line.startswith("mucmon prosody --install ")
        assert elsewhere.splitlines()[1].startswith("scp mod_muc_monitor.lua root@")
        done = mucmon("prosody", "--install", str(self.plugins), home=self.home)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def paste_lua(self) -> None:
        """Make the file of step 2."""
        lua = block_with(self.text, "component_secret")
        self.lua_file.write_text(lua)

    @property
    def lua_file(self) -> Path:
        """The file of step 2."""
        return self.server.folder / "conf.d" / "mucmon.cfg.lua"

    def enable(self, module: str, component: str = f'Component "{MUC_HOST}" "muc"') -> None:
        """Add a line, as printed, to modules_enabled of a component whose heading is as printed too."""
        head, muc, rest = self._server_file.read_text().partition(component)
        assert muc
        begin = "modules_enabled = {"
        assert begin in rest
        self._server_file.write_text(head + muc + rest.replace(begin, f"{begin} {module}", 1))

    async def type_shell_commands(self, words: str) -> list[str]:
        """Run the prosodyctl shell commands of the text's block with WORDS and return what Prosody said to each."""
        lines = block_with(self.text, words).splitlines()
        commands = [shlex.split(line)[2:] for line in lines]
        return [await asyncio.to_thread(self.server.shell, command) for (command,) in commands]

    async def check(self, config: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run mucmon prosody --check with the configuration that was written, unless another is given."""
        path = str(config or self.config)
        return await asyncio.to_thread(mucmon, "--config", path, "prosody", "--check", home=self.home)
