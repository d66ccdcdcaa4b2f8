"""The program in a real terminal: tmux runs it, types, and says what the screen shows and which bytes it got."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class Terminal:
    """A tmux server of its own with one pane that runs a command. Ends with the `async with` block."""

    def __init__(
        self, command: list[str], size: tuple[int, int] = (172, 45), environ: Mapping[str, str] | None = None
    ) -> None:
        if shutil.which("tmux") is None:
            raise RuntimeError("there is no tmux: run tests/live/install as root")
        self._socket = f"mucmon-{uuid.uuid4().hex[:12]}"
        self._folder = Path(tempfile.mkdtemp(prefix="mucmon-terminal-"))
        self._command, self.size = command, size
        # What the program keeps between runs, it keeps in here.
        state = {"XDG_STATE_HOME": str(self._folder / "state")}
        self._environ = {"TERM": "tmux-256color", "COLORTERM": "truecolor", **state, **(environ or {})}

    async def __aenter__(self) -> Self:
        """Start the command."""
        (self._folder / "bytes").touch()
        columns, rows = self.size
        settings = [f"{key}={value}" for key, value in self._environ.items()]
        pipe = f"cat >> {self._folder}/bytes"
        # The pane waits for the pipe, so that no byte of the program is missed.
        gate = self._folder / "go"
        # And for its size, since a program that starts amid a change of it may draw for the old one.
        ready = f'[ -e {gate} ] && [ "$(stty size)" = "{rows} {columns}" ]'
        script = f"until {ready}; do sleep 0.02; done; exec env {' '.join(settings)} {' '.join(self._command)}"
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), script)
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        # From here on tmux never works the size out again by itself.
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self._tmux("pipe-pane", "-O", pipe)
        gate.touch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever still runs in it."""
        command = ["tmux", "-L", self._socket, "kill-server"]
        await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def text(self) -> str:
        """Return what the screen shows, line by line."""
        return self._tmux("capture-pane", "-p")

    def coloured(self) -> str:
        """Return what the screen shows with the escapes for its colours."""
        return self._tmux("capture-pane", "-p", "-e")

    def modes(self) -> dict[str, str]:
        """Return what the program has asked of the terminal: another screen, mouse, cursor."""
        names = ("alternate_on", "cursor_flag", "mouse_any_flag", "mouse_sgr_flag", "keypad_flag")
        values = self._tmux("display-message", "-p", " ".join(f"#{{{name}}}" for name in names)).split()
        return dict(zip(names, values, strict=True))

    def written(self) -> bytes:
        """Return every byte the program has written so far."""
        return (self._folder / "bytes").read_bytes()

    def press(self, *keys: str) -> None:
        """Type keys by their tmux names, such as j, Enter, Escape."""
        self._tmux("send-keys", *keys)

    def send(self, data: bytes) -> None:
        """Send bytes as if somebody typed them, whatever they are."""
        (self._folder / "sent").write_bytes(data)
        self._tmux("load-buffer", str(self._folder / "sent"))
        self._tmux("paste-buffer", "-d")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self.size = columns, rows

    def places_of(self, character: str) -> list[tuple[int, int]]:
        """Return the (column, row) of every CHARACTER shown, in cells as the terminal itself counts them."""
        self._tmux("set-option", "-gw", "mode-keys", "vi")
        self._tmux("copy-mode")
        self._tmux("send-keys", "-X", "top-line")
        self._tmux("send-keys", "-X", "start-of-line")
        places: list[tuple[int, int]] = []
        for _ in range(self.text().count(character)):
            found = self._tmux(
                *("send-keys", "-X", "search-forward-text", character, ";"),
                *("display-message", "-p", "#{copy_cursor_x} #{copy_cursor_y}"),
            ).split()
            places.append((int(found[0]), int(found[1])))
        self._tmux("send-keys", "-X", "cancel")
        return sorted(set(places))

    def is_over(self) -> bool:
        """Whether the program has ended."""
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

    async def until(self, condition: Callable[[str], bool], timeout_s: float = 10) -> str:
        """Return the screen's text as soon as CONDITION holds of it; AssertionError with the screen otherwise."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not condition(text := await asyncio.to_thread(self.text)):
            if asyncio.get_running_loop().time() > deadline:
                size = self._tmux("display-message", "-p", "#{pane_width}×#{pane_height}").strip()
                tty = self._tmux("display-message", "-p", "#{pane_tty}").strip()
                ask = ["stty", "-F", tty, "size"]
                told = await asyncio.to_thread(subprocess.run, ask, check=False, capture_output=True, text=True)
                size = f"{size} (rows and columns by its tty: {told.stdout.strip()})"
                raise AssertionError(f"the {size} screen does not come to show that within {timeout_s} s:\n{text}")
            await asyncio.sleep(0.02)
        return text

    async def shows(self, *words: str, timeout_s: float = 10) -> str:
        """Return the screen's text as soon as it shows all WORDS; AssertionError with the screen otherwise."""
        return await self.until(lambda text: all(word in text for word in words), timeout_s)

    def line_with(self, *words: str) -> str:
        """Return the screen's first line that has all WORDS; AssertionError when there is none."""
        for line in self.text().splitlines():
            if all(word in line for word in words):
                return line
        raise AssertionError(f"no line has {words}:\n{self.text()}")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", os.devnull, *arguments], check=True, capture_output=True
        )
        return done.stdout.decode(errors="replace")


def mucmon(*arguments: str) -> list[str]:
    """Return the command line that runs the program from this environment."""
    return [sys.executable, "-m", "monitor", *arguments]
