import itertools
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor import __version__, cli
from monitor.__main__ import Asked, screen_asked
from monitor.screen_settings import read_keys
from monitor.ui.keymap import COMMANDS, PLAIN, key_map
from monitor.watch import Showing


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *arguments]
    variables = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "COLUMNS": "100", **environ}
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=variables)


def test_the_version_is_printed_both_ways() -> None:
    assert run("--version").stdout == f"mucmon {__version__}\n"
    assert run("--version", "--config", "x").stdout == f"mucmon {__version__}\n"


def test_help_shows_every_option_and_an_example() -> None:
    said = run("--help").stdout
    assert "mucmon --config meet.toml" in said
    assert "--version" in said
    assert "demo" in said


def test_without_a_configuration_it_says_where_to_write_one_and_how() -> None:
    done = run()
    assert done.returncode == 2
    assert "There is no configuration at" in done.stderr
    assert "[[server]]" in done.stderr
    assert done.stdout == ""


def test_the_screen_is_not_drawn_into_a_pipe(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[server]]\njid = "m.x"\nrooms = "c.x"\nsecret = "hunter2"\n')
    config.chmod(0o600)
    done = run("--config", str(config))
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "hunter2" not in done.stderr


def test_the_help_says_which_silences_are_kept() -> None:
    assert "sorting, columns and silences." in words_of(run("--help").stdout)
    assert "A demo never keeps silences." in words_of(run("demo", "--help").stdout)


def words_of(help: str) -> str:
    """A help without its frames."""
    return " ".join(help.replace("│", " ").split())


def test_a_misspelt_option_is_named() -> None:
    done = run("--confg", "x")
    assert done.returncode == 2
    assert "--confg" in done.stderr


WORDS = (
    "--ascii",
    "--no-ascii",
    "--wall",
    "--fresh",
    "--config",
    "-c",
    "--config=y",
    "x",
    "demo",
    "prosody",
    "--version",
)


def read_by_the_library(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    asked: list[Asked] = []

    def watch(config: Path | None, showing: Showing) -> int:
        asked.append(Asked(False, str(config) if config else None, *showing))
        return 0

    def demo(*arguments: Any) -> int:
        asked.append(Asked(True, None, *arguments[-1]))
        return 0

    monkeypatch.setattr("monitor.cli.watch", watch)
    monkeypatch.setattr("monitor.demo.show.demo", demo)
    cli.app(arguments, standalone_mode=False)
    return asked


def test_a_screen_is_asked_for_in_the_same_words_with_and_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for length in range(4) for line in itertools.product(WORDS, repeat=length)]
    read = {line: asked for line in lines if (asked := screen_asked(line)) is not None}
    assert len(read) > 100
    for line, asked in read.items():
        # The demo has a configuration of its own.
        expected = asked._replace(config=None) if asked.demo else asked
        assert read_by_the_library(list(line), monkeypatch) == [expected], line


@pytest.mark.parametrize(
    "line",
    [
        *(["--config"], ["--config", ""], ["--config", "--wall"], ["demo", "--config", "x"], ["demo", "demo"]),
        *(["--wall=1"], ["x"], ["--version"], ["demo", "--rooms", "4"], ["--config", "eyJhbGciOi.eyJpc3MiOi.c2ln"]),
    ],
)
def test_every_other_line_is_left_to_the_library(line: list[str]) -> None:
    assert screen_asked(line) is None


def test_a_token_in_place_of_a_file_is_not_repeated() -> None:
    done = run("--config", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqaXRzaSJ9.c2lnbmF0dXJl")
    assert done.returncode == 2
    assert "eyJ" not in done.stdout + done.stderr


def test_the_printed_keys_are_a_table_that_loads_and_changes_nothing(tmp_path: Path) -> None:
    printed = run("keys", MUCMON_CONFIG=str(tmp_path / "none.toml")).stdout
    chosen = dict(read_keys(tomllib.loads(printed)["keys"], tmp_path))
    assert {id: PLAIN.keys_of(command) for id, (_, command) in COMMANDS.items()} == chosen
    assert key_map(chosen, tmp_path).keys_of(COMMANDS["app.quit"][1]) == ("q", "ctrl+q")


PRINTING = (
    ["--help"],
    ["--version"],
    ["keys"],
    ["inspect", "token.txt"],
    ["inspect", "--json", "token.txt"],
    ["prosody"],
    ["prosody", "--help"],
    ["prosody", "--print", "--host", "meet.example"],
    ["prosody", "--check"],
    ["prosody", "--install", "."],
    ["demo", "--serve"],
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a token nobody trusts, and the configuration of a server that is not there."""
    (tmp_path / "token.txt").write_text("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln")
    config = tmp_path / "config.toml"
    config.write_text('[[server]]\njid = "m.x"\nrooms = "c.x"\nsecret = "hunter2"\nport = 1\n')
    config.chmod(0o600)
    return tmp_path


def shell(home: Path, script: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", script, "bash", sys.executable, "-m", "monitor", *arguments]
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "COLUMNS": "100",
        "MUCMON_CONFIG": str(home / "config.toml"),
    }
    return subprocess.run(command, capture_output=True, text=True, env=variables | environ, cwd=home, timeout=60)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_what_a_full_disk_does_not_take_is_one_sentence_and_a_status_of_its_own(
    home: Path, arguments: list[str], unbuffered: str
) -> None:
    done = shell(home, 'exec "$@" >/dev/full', *arguments, PYTHONUNBUFFERED=unbuffered)
    assert done.stderr == "mucmon: It cannot be printed: No space left on device.\n"
    assert done.returncode == 74


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_reader_that_went_away_ends_a_command_quietly(home: Path, arguments: list[str], unbuffered: str) -> None:
    script = '"$@" | (exec <&-; sleep 0.1); exit ${PIPESTATUS[0]}'
    done = shell(home, script, *arguments, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (141, "")


def test_printing_as_usual_is_as_before(home: Path) -> None:
    assert shell(home, '"$@" | cat; exit ${PIPESTATUS[0]}', "inspect", "token.txt").returncode == 1
    assert shell(home, 'exec "$@"', "keys").stdout.startswith("[keys]\n")


@pytest.mark.parametrize("term", ["dumb", "unknown", "DUMB"])
@pytest.mark.parametrize("words", [("demo",), ("--ascii", "demo", "--rooms", "2")])
def test_the_screen_is_not_drawn_where_the_terminal_says_it_can_show_none(term: str, words: tuple[str, ...]) -> None:
    outer, inner = pty.openpty()
    try:
        command = [sys.executable, "-m", "monitor", *words]
        done = subprocess.run(
            command, stdin=inner, stdout=inner, stderr=subprocess.PIPE, env={**os.environ, "TERM": term}, timeout=20
        )
    finally:
        os.close(outer)
        os.close(inner)
    said = done.stderr.decode()
    assert done.returncode == 2
    assert f"TERM={term} says that this terminal can show no screen" in said
    assert "TERM=xterm-256color mucmon" in said
    assert said.count("\n") == 1
