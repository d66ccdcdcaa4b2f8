"""The README's parts: its code blocks by language, its tables, its links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")


def blocks(language: str, text: str = README) -> list[str]:
    """The code blocks in a language."""
    return [body for named, body in _BLOCK.findall(text) if named == language]


def commands(text: str = README) -> list[str]:
    """Every command line: those of shell blocks, and those in a sentence that begin with mucmon or tests/."""
    lines = [line.partition("  #")[0].strip() for body in blocks("sh", text) for line in body.splitlines()]
    prose = _BLOCK.sub("", text)
    inline = [code for code in re.findall(r"`([^`]+)`", prose) if re.match(r"(mucmon|tests/\w+)( |$)", code)]
    return [line for line in (*lines, *inline) if line]


def demo_command() -> str:
    """The one line that installs mucmon on a fresh machine and runs the demo."""
    return next(line for line in commands() if line.endswith("mucmon demo") and "venv" in line)


def table(header: str) -> list[str]:
    """The first cells of the table whose first column has that title."""
    lines = README.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(line.split(" | ")[0].removeprefix("| "))
    return rows


def links(text: str = README) -> list[tuple[str, str]]:
    """Where it links to: file and heading."""
    return _LINK.findall(text)


def anchors(text: str) -> set[str]:
    """The headings of a text, as links name them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
