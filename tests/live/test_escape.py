"""Escape and the next key, however soon it comes, in a real terminal."""

import asyncio

import pytest

from tests.live.terminal import Terminal, mucmon


@pytest.mark.parametrize("pause_s", [None, 0.0, 0.03, 0.06, 0.09])
async def test_escape_and_the_next_key_are_both_heard(pause_s: float | None) -> None:
    async def press(*keys: str) -> None:
        if pause_s is None:
            terminal.press(*keys)
            return
        for key in keys:
            terminal.press(key)
            await asyncio.sleep(pause_s)

    async with Terminal(mucmon("--fresh", "demo")) as terminal:
        await terminal.shows("DEMO", "critical", "q quit", timeout_s=30)
        await asyncio.sleep(1)
        terminal.press("Enter")
        await terminal.shows("esc back")
        await press("Escape", "3")
        await terminal.shows("3 findings")
        terminal.press("Escape")
        await terminal.shows("1 rooms")
        terminal.press("/", "nowhere")
        await terminal.shows("No room has the words nowhere")
        await press("Escape", "2")
        await terminal.shows("2 people")
        terminal.press("1", "t")
        await terminal.shows("make the link")
        # The form is closed, and enter does not make a link.
        await press("Escape", "Enter")
        text = await terminal.shows("esc back")
        assert "forget" not in text
        terminal.press("q")
        await terminal.until(lambda _text: terminal.is_over())
