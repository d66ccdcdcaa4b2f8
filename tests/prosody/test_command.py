"""The command line of `mucmon prosody`."""

import asyncio
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.prosody.install import FILE, shipped
from tests.cli.test_commands import run
from tests.wire.acceptor import SECRET, Acceptor, Peer


def test_alone_it_explains_itself_with_an_example() -> None:
    done = run("prosody")
    assert done.returncode == 0
    assert "mucmon prosody --print debian --host meet.example" in done.stdout
    for option in ("--install", "--uninstall", "--check", "--save", "--breakout"):
        assert option in done.stdout


def test_debian_is_what_it_prints_by_default() -> None:
    done = run("prosody", "--print", "--host", "meet.example")
    named = run("prosody", "--print", "debian", "--host", "meet.example")

    def without(secret: str) -> str:
        return re.sub(r"[0-9a-f]{48}", "", secret)

    assert done.returncode == 0
    assert without(done.stdout) == without(named.stdout)
    assert done.stdout != named.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--print"], "name the domain of your Jitsi Meet: mucmon prosody --print debian --host meet.example"),
        (["docker"], "docker goes with --print: mucmon prosody --print docker"),
        (["--host", "meet.example"], "--host goes with --print"),
        (["--check", "--lobby"], "--lobby goes with --print"),
        (["--print", "--check"], "--print and --check cannot be had at once"),
        (["--install", "a", "--uninstall", "b"], "--install and --uninstall cannot be had at once"),
        (["--print", "nixos"], "nixos"),
        (["--install", "/nowhere"], "/nowhere does not exist"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_status_two(arguments: list[str], words: str) -> None:
    done = run("prosody", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_installing_and_uninstalling(tmp_path: Path) -> None:
    assert run("prosody", "--install", str(tmp_path)).returncode == 0
    assert (tmp_path / FILE).read_bytes() == shipped()
    assert run("prosody", "--uninstall", str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


def secret_in(text: str) -> str:
    (secret,) = re.findall(r'component_secret = "([0-9a-f]+)"', text)
    return str(secret)


def test_saving_writes_both_files_and_a_second_time_prints_the_same_secret(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    command = ("prosody", "--print", "docker", "--save", str(config))
    secret = secret_in(run(*command).stdout)
    assert (tmp_path / "monitor.meet.jitsi.secret").read_text().strip() == secret
    before = {path: (path.read_text(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    again = run(*command)
    assert (again.returncode, again.stderr) == (0, "")
    assert secret_in(again.stdout) == secret
    assert f"{config}\n   was there and stays as it is" in again.stdout
    assert {path: (path.read_text(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_a_configuration_of_something_else_is_neither_written_over_nor_given_a_secret(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    run("prosody", "--print", "--host", "meet.example", "--save", str(config))
    other = run("prosody", "--print", "--host", "meet.example", "--jid", "ada.meet.example", "--save", str(config))
    assert (other.returncode, other.stdout) == (2, "")
    assert "has no server with the jid ada.meet.example, and stays as it is; name another file" in other.stderr
    (tmp_path / "monitor.meet.example.secret").unlink()
    lost = run("prosody", "--print", "--host", "meet.example", "--save", str(config))
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "does not tell the secret" in lost.stderr


def test_what_is_saved_in_this_folder_is_named_so_that_it_is_found_from_any(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor", "prosody", "--print", "docker", "--save", "meet.toml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert f"mucmon --config {tmp_path}/meet.toml prosody --check" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.endswith("prosody --check")]
    said = run(*shlex.split(line)[1:])
    assert said.returncode == 1
    assert said.stdout.endswith(f"Then check again: mucmon --config {tmp_path}/meet.toml prosody --check\n")


def test_without_save_it_says_where_mucmon_looks_for_its_configuration() -> None:
    said = run("prosody", "--print", "--host", "meet.example", MUCMON_CONFIG="/etc/mucmon/meet.toml").stdout
    assert "/etc/mucmon/meet.toml" in said
    assert "cat > /etc/mucmon/monitor.meet.example.secret" in said


def test_a_check_without_a_configuration_cannot_begin() -> None:
    done = run("prosody", "--check")
    assert done.returncode == 2
    assert "There is no configuration at" in done.stderr


def _config(folder: Path, port: int) -> str:
    path = folder / "config.toml"
    path.write_text(f'[[server]]\njid = "m.meet.test"\nrooms = "c.meet.test"\nport = {port}\nsecret = "{SECRET}"\n')
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("after", [True, False])
async def test_a_check_of_a_server_that_is_no_xmpp_server_ends_with_status_one(tmp_path: Path, after: bool) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say("220 mail.example ESMTP\r\n")

    async with Acceptor(talk) as acceptor:
        config = _config(tmp_path, acceptor.port)
        given = ["prosody", "--check", "--config", config] if after else ["--config", config, "prosody", "--check"]
        done = await asyncio.to_thread(run, *given)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"meet.test (m.meet.test at 127.0.0.1:{acceptor.port})"
    assert lines[1].startswith("  × port ")
    assert "does not answer as an XMPP server" in lines[1]
    assert lines[2].startswith("  · MUC host ")
    again = f"mucmon --config {config} prosody --check"
    assert lines[-1] == f"Put this right first: the port of meet.test. Then check again: {again}"
    assert SECRET not in done.stdout + done.stderr
