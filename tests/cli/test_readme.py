"""Every example of the README, as far as it can be run without a server; tests/live runs the others."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from monitor.cli import app
from monitor.config import load
from monitor.core.findings import RULES
from monitor.ui.keymap import PLAIN
from monitor.ui.keys.places import BOXES
from monitor.ui.keys.table import KEYS
from tests.cli.readme import README, ROOT, anchors, blocks, commands, demo_command, links, table
from tests.cli.test_commands import run
from tests.readme_rules import renewed

SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""The base of what says that a command line is wrong; typer exports only this kind of it."""
MUCMON = [line for line in commands() if line.split()[0] == "mucmon"]


def test_the_readme_has_examples_of_every_kind() -> None:
    assert len(MUCMON) > 8
    assert blocks("toml")
    assert blocks("lua")
    assert len(links()) > 3


def parse(line: str) -> None:
    """Parse a command line as mucmon would, and run nothing but what `--version` prints."""
    arguments = shlex.split(line)[1:]
    group: Any = get_command(app)
    at = next((index for index, word in enumerate(arguments) if word in group.commands), len(arguments))
    with contextlib.suppress(typer.Exit):
        context = group.make_context("mucmon", [*arguments[:at], *arguments[at : at + 1]])
        for name in arguments[at : at + 1]:
            group.commands[name].make_context(name, arguments[at + 1 :], parent=context)


@pytest.mark.parametrize("line", [*MUCMON, *(one for one in commands(SECURITY) if one.startswith("mucmon"))])
def test_every_mucmon_command_parses(line: str) -> None:
    parse(line)


@pytest.mark.parametrize("line", ["mucmon --confg x", "mucmon demo --roms 4", "mucmon prosody --print windows"])
def test_a_wrong_example_would_be_seen(line: str) -> None:
    with pytest.raises(USAGE_ERROR):
        parse(line)


@pytest.mark.parametrize("line", [one for one in MUCMON if "--print" in one])
def test_every_text_to_paste_is_printed(line: str, tmp_path: Path) -> None:
    done = run(*shlex.split(line.replace("~", str(tmp_path)))[1:])
    assert done.returncode == 0, done.stderr
    assert load(tmp_path / ".config" / "mucmon" / "config.toml", {}).servers
    assert "component_secret" in done.stdout
    assert "WHERE YOU RUN MUCMON" in done.stdout


@pytest.mark.parametrize("line", [one for one in MUCMON if "install /" in one or "install ~" in one])
def test_every_folder_to_install_to_is_the_one_the_printed_text_names(line: str) -> None:
    kind = "docker" if "jitsi-meet-cfg" in line else "debian"
    folder = shlex.split(line)[-1].rstrip("/")
    assert f"mucmon prosody --install {folder}" in run("prosody", "--print", kind, "--host", "x.example").stdout


def test_the_other_commands_of_shell_blocks_are_known() -> None:
    others = {line.split()[0] for body in blocks("sh") for line in body.splitlines()} - {"mucmon"}
    assert others == {"python3", "scp", "ssh", "tests/run", "xclip"}
    assert (ROOT / "tests/run").stat().st_mode & 0o111
    assert demo_command().startswith("python3 -m venv .venv && .venv/bin/pip install -q .")


def test_the_module_is_copied_to_where_the_printed_text_copies_it() -> None:
    (line,) = [one for one in commands() if one.startswith("scp")]
    assert f"    {line}\n" in run("prosody", "--print", "debian", "--host", "meet.example").stdout


def test_the_tunnel_parses() -> None:
    line = next(one for one in commands() if one.startswith("ssh"))
    if shutil.which("ssh") is None:
        assert line == "ssh -N -L 5347:127.0.0.1:5347 meet.example"
        return
    # -G prints what ssh would do and connects to nothing.
    done = subprocess.run(["ssh", "-G", *line.split()[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "localforward 5347 [127.0.0.1]:5347" in done.stdout


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_configuration_loads_once_its_secrets_are_there(text: str, tmp_path: Path) -> None:
    # What stands below a server is shown alone.
    text = text if "[[server]]" in text else f"{blocks('toml')[0]}\n{text}"
    for server in tomllib.loads(text)["server"]:
        for table_ in (server, *(one for one in (server.get("tokens"),) if one)):
            secret = tmp_path / table_["secret_file"]
            secret.write_text("s3cret")
            secret.chmod(0o600)
    config = tmp_path / "config.toml"
    config.write_text(text)
    config.chmod(0o600)
    assert load(config, {}).servers[0].secret.reveal() == "s3cret"


@pytest.mark.parametrize("text", blocks("lua"))
def test_every_piece_of_lua_parses_and_is_what_is_printed(text: str) -> None:
    printed = run("prosody", "--print", "--host", "meet.example").stdout
    for line in text.replace("modules_enabled = {", "").replace("}\n", "").splitlines():
        assert re.sub(r'secret = ".*"| -- .*', "", line.strip()) in printed
    if lua := next((found for name in ("luac5.4", "luac5.3", "luac") if (found := shutil.which(name))), None):
        done = subprocess.run([lua, "-p", "-"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_keys_are_those_of_the_table_in_code() -> None:
    named = [word for row in table("key") for word in re.findall(r"`([^`]+)`", row)]
    # A box over the screen shows its own keys, all of them.
    assert set(named) == {word for key in KEYS if key.place not in (*BOXES, "choice") for word in PLAIN.shown(key)}
    assert len(named) == len(set(named))


def test_the_findings_are_those_of_the_rules() -> None:
    assert sorted(table("finding")) == sorted(rule.id for rule in RULES)
    assert renewed(README) == README
    assert renewed(README.replace("unclaimed owner", "owner unclaimed")) == README


@pytest.mark.parametrize(("text", "name"), [(README, "README.md"), (SECURITY, "SECURITY.md")])
def test_every_link_leads_somewhere(text: str, name: str) -> None:
    for file, heading in links(text):
        path = ROOT / (file or name)
        assert path.is_file(), file
        if heading:
            assert heading in anchors(path.read_text(encoding="utf-8")), heading


def test_every_option_named_in_the_text_is_one() -> None:
    root: Any = get_command(app)
    known = {
        option
        for command in (root, *root.commands.values())
        for one in command.params
        for option in (*one.opts, *one.secondary_opts)
    }
    named = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*\b", README + SECURITY))
    assert named <= known, named - known
