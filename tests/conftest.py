"""No test passes that lets a token or a secret out: into a log, onto the terminal, into a journal."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.leaks import leaks, leaks_in_files


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look through what was printed and logged, and what was written into logs and journals."""
    report = yield
    said = [(title, text) for title, text in report.sections if title.endswith(str(report.when))]
    found = [f"{title}: {what}" for title, text in said for what in leaks(text)]
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None and report.when == "call":
        found += leaks_in_files(path for end in ("log", "jsonl", "tsv") for path in folder.rglob(f"*.{end}"))
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"There must be no such thing in {'; '.join(found)}."
    return report
