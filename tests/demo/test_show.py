"""The command: the real screen on the demo, and what it says where it cannot begin."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config import ConfigError, load
from monitor.demo.acceptor import listen
from monitor.demo.server import DemoServer, Load
from monitor.demo.show import BADGE, DemoSources, connected
from monitor.ui.app import MonitorApp

COMMAND = [sys.executable, "-m", "monitor", "demo"]
SIZES = pytest.mark.parametrize("size", [(172, 45), (80, 24)])


def lines(app: MonitorApp) -> list[str]:
    return [" ".join(strip.text.split()) for strip in app.screen._compositor.render_strips()]


async def until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def begin() -> tuple[MonitorApp, DemoServer]:
    server = DemoServer(listen(), Load())
    store, sources = connected(server)
    return MonitorApp(store, sources, badge=BADGE), server


@SIZES
async def test_the_screen_says_demo_first_and_shows_a_room_held_open(size: tuple[int, int]) -> None:
    app, _ = begin()
    async with app.run_test(size=size):
        assert lines(app)[0].startswith("DEMO ")
        await until(lambda: any("held open board-2031" in line for line in lines(app)))
        await until(lambda: lines(app)[0].startswith("DEMO mucmon ● demo"))
        await until(lambda: any("HELD OPEN the host left 19 min ago" in line for line in lines(app)))


@SIZES
async def test_a_server_that_goes_away_leaves_stale_rows_and_the_badge(size: tuple[int, int]) -> None:
    app, server = begin()
    async with app.run_test(size=size):
        await until(lambda: any("held open board-2031" in line for line in lines(app)))
        await server.stop()
        await until(lambda: "STALE" in lines(app)[0])
        assert lines(app)[0].startswith("DEMO ")
        await until(lambda: any("nothing listens" in line for line in lines(app)))
        assert any("board-2031" in line for line in lines(app))


async def test_without_a_badge_the_header_is_as_ever() -> None:
    server = DemoServer(listen(), Load())
    store, sources = connected(server)
    assert isinstance(sources, DemoSources)
    app = MonitorApp(store, sources)
    async with app.run_test(size=(172, 45)):
        assert lines(app)[0].startswith("mucmon")


def test_it_needs_a_terminal_and_says_so() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_more_people_than_can_be_played_are_refused() -> None:
    command = [*COMMAND, "--serve", "--rooms", "1001", "--people", "100"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "100,100 people are too many; at most 100,000" in done.stderr


def test_a_port_that_is_taken_is_named() -> None:
    with listen() as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--serve", "--port", port], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"port {port} cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("precious")
    done = subprocess.run([*COMMAND, "--serve", "--share", str(file)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "name a new file" in done.stderr
    assert file.read_text() == "precious"


def test_served_alone_it_shares_a_private_configuration_until_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "demo.toml"
    with subprocess.Popen([*COMMAND, "--serve", "--share", str(file)], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert "mucmon --config" in running.stdout.readline()
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert load(file).servers[0].name == "DEMO"
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    assert not file.exists()


def test_what_is_printed_to_be_kept_says_how_to_keep_it(tmp_path: Path) -> None:
    file = tmp_path / "demo.toml"
    file.touch(0o644)
    with file.open("w") as output, subprocess.Popen([*COMMAND, "--serve"], stdout=output) as running:
        try:
            for _ in range(200):
                if "rooms = " in file.read_text():
                    break
                time.sleep(0.05)
            told = file.read_text()
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    assert "nobody else may read it: chmod 600" in told
    with pytest.raises(ConfigError, match="chmod 600"):
        load(file)
    file.chmod(0o600)
    assert load(file).servers[0].name == "DEMO"
    said = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"})
    assert "umask 077" in said.stdout


def test_help_says_what_the_load_is_and_shows_an_example() -> None:
    environ = {**os.environ, "COLUMNS": "100", "TERM": "dumb"}
    said = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, env=environ).stdout
    assert "mucmon demo --rooms 400" in said
    assert "beside those of the story" in said
