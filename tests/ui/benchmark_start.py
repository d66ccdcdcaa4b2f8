"""How long it takes until something is on the screen: python -m tests.ui.benchmark_start [--check].

Prints three ratios. With --check it fails where one is over its bound. Each figure is the least of several runs that
take turns, since whatever else the machine does only ever adds to it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROUNDS = 7
SIZE = (45, 172)
PATIENCE_S = 30.0

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App[None]):
    def compose(self):
        yield Static("ready")
Bare().run()
"""
CONFIG = '[[server]]\njid = "m.x.example"\nrooms = "c.x.example"\nsecret = "s"\nport = 1\n'

BOUNDS = {"screen": 1.25, "version": 3.0, "demo": 1.5}


def until_painted(command: list[str], marker: bytes) -> float:
    """Seconds from the start of a command in a terminal of its own until it has written MARKER; then it is ended."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        os.execvpe(command[0], command, environ)
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        seen = b""
        while marker not in seen:
            if not select.select([terminal], [], [], PATIENCE_S)[0]:
                raise TimeoutError(f"{command} has not written {marker!r} within {PATIENCE_S} s")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - began
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def until_ended(command: list[str]) -> float:
    """Seconds a command takes."""
    began = time.perf_counter()
    pid = os.spawnvp(os.P_NOWAIT, "env", ["env", "--", *command])
    os.waitpid(pid, 0)
    return time.perf_counter() - began


def measure(config: Path) -> dict[str, float]:
    """The least time of each command, in seconds."""
    python = sys.executable
    figures: dict[str, float] = {}
    for _round in range(ROUNDS):
        times = {
            "bare": until_painted([python, "-c", BARE], b"ready"),
            "screen": until_painted([python, "-m", "monitor", "--config", str(config)], b"rooms"),
            "demo": until_painted([python, "-m", "monitor", "demo"], b"rooms"),
            "demo's rooms": until_painted([python, "-m", "monitor", "demo"], b"maths-7b"),
            "pass": until_ended([python, "-c", "pass"]),
            "version": until_ended([python, "-m", "monitor", "--version"]),
        }
        for name, seconds in times.items():
            figures[name] = min(seconds, figures.get(name, seconds))
    return figures


def main() -> int:
    """Print the figures and ratios; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG)
        config.chmod(0o600)
        figures = measure(config)
    for name, seconds in figures.items():
        print(f"{name:14}{seconds:7.3f} s")
    ratios = {
        "screen": figures["screen"] / figures["bare"],
        "demo": figures["demo"] / figures["bare"],
        "version": figures["version"] / figures["pass"],
    }
    against = {"version": "python -c pass", "screen": "a bare Textual app", "demo": "a bare Textual app"}
    for name, ratio in ratios.items():
        print(f"{name:14}{ratio:7.2f} × {against[name]} (at most {BOUNDS[name]})")
    over = [name for name, ratio in ratios.items() if ratio > BOUNDS[name]]
    return int(bool(over) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
