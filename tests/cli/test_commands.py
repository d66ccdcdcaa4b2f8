import subprocess
import sys
import tomllib
from pathlib import Path

from monitor import __version__
from monitor.screen_settings import read_keys
from monitor.ui.keymap import COMMANDS, PLAIN, key_map


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


def test_a_misspelt_option_is_named() -> None:
    done = run("--confg", "x")
    assert done.returncode == 2
    assert "--confg" in done.stderr


def test_the_printed_keys_are_a_table_that_loads_and_changes_nothing(tmp_path: Path) -> None:
    printed = run("keys", MUCMON_CONFIG=str(tmp_path / "none.toml")).stdout
    chosen = dict(read_keys(tomllib.loads(printed)["keys"], tmp_path))
    assert {id: PLAIN.keys_of(command) for id, (_, command) in COMMANDS.items()} == chosen
    assert key_map(chosen, tmp_path).keys_of(COMMANDS["app.quit"][1]) == ("q", "ctrl+q")
