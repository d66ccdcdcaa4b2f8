"""Pins what the screen would take from its surroundings."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="module")
def seldom_collected() -> Iterator[None]:
    """Every app leaves many objects behind: look for garbage between the modules instead of all the time."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """UTC, colours, a terminal whatever runs the tests, and a folder of its own for what is kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    # Textual's pilot looks every 20 ms whether the app is idle; most of the time of a test goes there.
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.005)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0005)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is asked to copy."""
    asked: list[str] = []
    monkeypatch.setattr("textual.app.App.copy_to_clipboard", lambda _self, text: asked.append(text))
    return asked
