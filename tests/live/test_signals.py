"""The screen in a real terminal when a signal comes: it ends as with its key, and gives the terminal back."""

import asyncio
import os
import shlex
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.live.terminal import Terminal, mucmon

CLEAN = {"alternate_on": "0", "cursor_flag": "1", "mouse_any_flag": "0", "mouse_sgr_flag": "0", "keypad_flag": "0"}
SOON_S = 2.8
"""Less than the time after which the process ends whatever it waits for."""


class Shell:
    """A shell in a terminal that runs the program and says what became of it."""

    def __init__(self, folder: Path, *arguments: str, before: str = "", begin: str = "exec") -> None:
        """`before` is done first, and `begin` stands before the program's name."""
        self._pid, self._status = folder / "pid", folder / "status"
        run = f"(echo $BASHPID > {self._pid}; {begin} {shlex.join(mucmon(*arguments))})"
        told = f"echo $? > {self._status}; echo status $(cat {self._status})"
        script = f"{before} stty -a | md5sum; {run}; {told}; stty -a | md5sum; sleep 30"
        self.command = ["bash", "-c", shlex.quote(script)]

    def send(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(int(self._pid.read_text()), number)

    async def status(self, within_s: float = SOON_S) -> int:
        """The program's exit status; TimeoutError where it does not end in time."""
        deadline = time.monotonic() + within_s
        while not self._status.exists() or not (text := self._status.read_text()):
            if time.monotonic() > deadline:
                os.kill(int(self._pid.read_text()), signal.SIGKILL)
                raise TimeoutError(f"it has not ended within {within_s} s")
            await asyncio.sleep(0.02)
        return int(text)


async def assert_given_back(terminal: Terminal) -> None:
    """The terminal is as it was, and nothing but what the shell printed is on it."""
    text = await terminal.until(lambda text: text.count("  -") == 2)
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 3, text
    assert lines[0] == lines[2]
    assert terminal.modes() == CLEAN


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda one: one.name
)
async def test_a_signal_ends_it_as_the_key_for_it_does(tmp_path: Path, number: signal.Signals) -> None:
    shell = Shell(tmp_path, "demo")
    state = tmp_path / "state"
    async with Terminal(shell.command, environ={"XDG_STATE_HOME": str(state)}) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        terminal.press("m")
        await terminal.shows("problems only")
        shell.send(number)
        shell.send(number)
        assert await shell.status() == 128 + number
        await assert_given_back(terminal)
    assert '"problems_only": true' in (state / "mucmon" / "screen-demo.json").read_text()


async def test_a_signal_ends_it_while_it_begins(tmp_path: Path) -> None:
    for at, delay in enumerate((0.35, 0.5, 0.65, 0.8)):
        folder = tmp_path / str(at)
        folder.mkdir()
        shell = Shell(folder, "--fresh", "demo")
        async with Terminal(shell.command) as terminal:
            await terminal.shows("  -")
            await asyncio.sleep(delay)
            shell.send(signal.SIGTERM)
            assert await shell.status() == 143
            await terminal.shows("status 143")
            assert terminal.modes() == CLEAN


@pytest.mark.alone
@pytest.mark.parametrize("host", ["127.0.0.1", "nobody-answers-for-this-name.invalid"])
async def test_a_server_that_hangs_does_not_hold_the_end_up(tmp_path: Path, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        (tmp_path / "config.toml").write_text(
            f"[[server]]\nname = 'meet'\nhost = '{host}'\nport = {mute.getsockname()[1]}\n"
            "jid = 'monitor.meet.example'\nsecret = 'x'\nrooms = 'conference.meet.example'\n"
        )
        (tmp_path / "config.toml").chmod(0o600)
        shell = Shell(tmp_path, "--config", str(tmp_path / "config.toml"))
        async with Terminal(shell.command) as terminal:
            await terminal.shows("meet connecting", timeout_s=30)
            await asyncio.sleep(1)
            shell.send(signal.SIGTERM)
            assert await shell.status() == 143
            await assert_given_back(terminal)


@pytest.mark.parametrize(
    ("before", "begin"),
    [("trap : HUP;", "exec"), ("trap '' HUP;", "exec"), ("trap : HUP;", "exec setsid")],
    ids=["told", "told and the signal ignored before", "not told"],
)
async def test_a_terminal_that_goes_away_ends_it(tmp_path: Path, before: str, begin: str) -> None:
    shell = Shell(tmp_path, "demo", before=before, begin=begin)
    state = tmp_path / "state"
    async with Terminal(shell.command, environ={"XDG_STATE_HOME": str(state)}) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        terminal.press("m")
        await terminal.shows("problems only")
    assert await shell.status(within_s=SOON_S + 2) == 129
    assert '"problems_only": true' in (state / "mucmon" / "screen-demo.json").read_text()


async def test_a_link_that_has_the_terminal_to_itself_goes_with_the_program(tmp_path: Path) -> None:
    shell = Shell(tmp_path, "--fresh", "demo")
    async with Terminal(shell.command) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        terminal.press("t")
        await terminal.shows("make the link")
        terminal.press("Enter")
        await terminal.shows("esc forget")
        terminal.press("s")
        await terminal.shows("Any key leads back to mucmon.")
        shell.send(signal.SIGTERM)
        assert await shell.status() == 143
        await assert_given_back(terminal)


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP], ids=lambda one: one.name)
async def test_it_goes_on_after_it_was_stopped(tmp_path: Path, number: signal.Signals) -> None:
    shell = Shell(tmp_path, "--fresh", "demo")
    async with Terminal(shell.command) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        shell.send(number)
        await asyncio.sleep(0.5)
        assert terminal.modes()["alternate_on"] == ("0" if number == signal.SIGTSTP else "1")
        shell.send(signal.SIGCONT)
        # What is typed while the terminal is taken back is dropped.
        await asyncio.sleep(0.5)
        await terminal.shows("DEMO", "1 rooms", "q quit")
        terminal.press("2")
        await terminal.shows("2 people")
        terminal.press("q")
        assert await shell.status() == 0
        await assert_given_back(terminal)


async def test_a_terminal_that_stands_still_does_not_hold_the_end_up(tmp_path: Path) -> None:
    # Nobody reads what is drawn, as behind a connection that hangs.
    ours, theirs = os.openpty()
    os.set_inheritable(theirs, True)
    command = mucmon("--fresh", "demo", "--rooms", "40", "--rate", "200")
    environ = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path), "COLUMNS": "172", "LINES": "45"}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    )
    os.close(theirs)
    try:
        await asyncio.sleep(8)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == 143
    finally:
        os.close(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
