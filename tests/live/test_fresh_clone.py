"""The README's one command, word for word, in a copy of this tree on a machine that has Python and nothing of ours."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from tests.cli.readme import ROOT, demo_command
from tests.live.terminal import Terminal

INSTALL_S = 240
"""pip fetches some thirty packages where its cache is empty; with a full one it takes a fifth of a minute."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what a clone would hold, and nothing that was made here."""
    made_here = ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "build", ".import*")
    return Path(copytree(ROOT, tmp_path / "clone", ignore=made_here))


async def test_the_readmes_command_installs_and_shows_the_demo(clone: Path) -> None:
    script = clone.parent / "typed"
    script.write_text(f"cd {clone} || exit\nunset PYTHONPATH VIRTUAL_ENV\n{demo_command()}\n")
    async with Terminal(["bash", str(script)], environ={"PIP_DISABLE_PIP_VERSION_CHECK": "1"}) as terminal:
        text = await terminal.shows("DEMO", "critical", "token says", timeout_s=INSTALL_S)
        assert "room" in text.splitlines()[0]
        terminal.press("q")
        await terminal.until(lambda _text: terminal.is_over())
