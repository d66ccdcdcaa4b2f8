"""What is loaded when: the contract of pyproject.toml, seen at run time."""

import subprocess
import sys

import pytest

LIBRARIES = ("textual", "rich", "slixmpp", "jwt", "cryptography", "segno", "typer")


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*[name for name in {LIBRARIES!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", ["server", "events", "store", "findings", "query", "text"])
def test_the_core_loads_no_library_but_msgspec(module: str) -> None:
    assert loaded_after(f"import monitor.core.{module}") == set()


def test_the_screen_loads_nothing_of_the_wire() -> None:
    assert loaded_after("import monitor.ui.app") <= {"textual", "rich"}


def test_what_runs_before_the_first_paint_loads_no_xmpp() -> None:
    code = "import monitor.watch, monitor.ui.app, monitor.ui.screens.overview, monitor.wire.sources"
    assert loaded_after(code).isdisjoint({"slixmpp", "jwt", "cryptography", "segno", "typer"})
    code = "import monitor.demo.show, monitor.demo.server, monitor.wire.sources"
    assert loaded_after(code).isdisjoint({"slixmpp", "jwt", "cryptography", "segno", "typer", "textual"})


def test_asking_for_the_version_loads_nothing_at_all() -> None:
    code = "sys.argv = ['mucmon', '--version']\nfrom monitor.__main__ import main\nmain()"
    assert loaded_after(code) == set()


def test_a_preview_of_a_link_loads_no_cryptography() -> None:
    code = "import monitor.tokens.mint, monitor.tokens.inspect, monitor.tokens.journal, monitor.config"
    assert loaded_after(code) == set()


def test_the_command_line_loads_no_cryptography_before_it_signs_or_checks() -> None:
    assert loaded_after("import monitor.cli").isdisjoint({"slixmpp", "jwt", "cryptography", "segno", "textual"})


@pytest.mark.parametrize(
    "line", [["--config", "x"], ["--wall", "--ascii", "-c", "x"], ["--config=x", "demo", "--wall"]]
)
def test_a_screen_loads_no_command_line_library(line: list[str]) -> None:
    code = f"sys.argv = ['mucmon', *{line!r}]\nfrom monitor.__main__ import main\ntry: main()\nexcept SystemExit: pass"
    assert loaded_after(code) == set()
