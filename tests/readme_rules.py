"""The README's table of findings, written from the rules: python -m tests.readme_rules [--check]."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from monitor.core.filtering import SEVERITIES
from monitor.core.rules.rule import Rule, Severity
from monitor.core.rules.table import BY_NUMBER

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"^\| finding \|.*\n(?:\|.*\n)+", re.MULTILINE)


def table() -> str:
    """The table as it should be, in the order of the rules' numbers."""
    head = ("finding", "name", "severity", "says", "fix")
    lines = [_line(head), "|---" * len(head) + "|\n", *(_line(_row(rule)) for rule in BY_NUMBER)]
    return "".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _row(rule: Rule) -> tuple[str, ...]:
    severity = SEVERITIES[rule.severity] if rule.severity > Severity.FINE else "off"
    depends = f"; {rule.depends}" if rule.depends else ""
    return rule.id, rule.name, severity + depends, rule.says.replace("NAME", "Somebody"), rule.fix


def renewed(readme: str) -> str:
    """A README with the table as it should be. AssertionError where it has none."""
    text, number = _TABLE.subn(lambda _: table(), readme)
    assert number == 1, "README.md has no table of findings"
    return text


def main(check: bool) -> int:
    """Write the table, or say whether it is as it should be."""
    known = README.read_text(encoding="utf-8")
    text = renewed(known)
    if text == known:
        return 0
    if check:
        print("README.md: the table of findings is not that of the rules; run python -m tests.readme_rules")
        return 1
    README.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
