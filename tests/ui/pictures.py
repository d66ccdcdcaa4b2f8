"""Writes the README's pictures from fixed scenes: python -m tests.ui.pictures [--check].

With --check nothing is written; it fails, naming each picture that is not what the code draws now.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from unittest.mock import patch

from monitor.secret import Secret
from monitor.tokens.journal import Entry, Journal
from monitor.ui.access import TokenAccess
from monitor.ui.app import MonitorApp
from monitor.ui.theme import DARK, LIGHT
from tests.tokens.samples import settings
from tests.ui.minting import rooms
from tests.ui.scenes import SCENES, SERVER, Clock, FakeSources, store_of

FOLDER = Path(__file__).parents[2] / "screenshots"
WIDE, NARROW = (172, 45), (80, 24)
PICTURES: dict[str, tuple[str, str, tuple[int, int], tuple[str, ...]]] = {
    "overview-dark": ("overview", DARK, WIDE, ()),
    "overview-light": ("overview", LIGHT, WIDE, ()),
    "overview-80x24": ("overview", DARK, NARROW, ()),
    "held-open-dark": ("held-open", DARK, WIDE, ("j",)),
    "held-open-light": ("held-open", LIGHT, WIDE, ("j",)),
    "held-open-80x24": ("held-open", DARK, NARROW, ("j",)),
    "closing-dark": ("closing", DARK, WIDE, ()),
    "closing-light": ("closing", LIGHT, WIDE, ()),
    "closing-80x24": ("closing", DARK, NARROW, ()),
    "overdue-dark": ("overdue", DARK, WIDE, ()),
    "overdue-light": ("overdue", LIGHT, WIDE, ()),
    "overdue-80x24": ("overdue", DARK, NARROW, ()),
    "breakout-dark": ("school", DARK, WIDE, ("j",)),
    "breakout-80x24": ("school", DARK, NARROW, ("j",)),
    "people-dark": ("held-open", DARK, WIDE, ("2",)),
    "findings-dark": ("held-open", DARK, WIDE, ("3", "j")),
    "door-dark": ("door", DARK, WIDE, ("4",)),
    "door-80x24": ("door", DARK, NARROW, ("4", "j")),
    "ended-dark": ("ended", DARK, WIDE, ("5",)),
    "polled-dark": ("polled", DARK, WIDE, ()),
    "polled-80x24": ("polled", DARK, NARROW, ()),
    "stale": ("closing-stale", DARK, WIDE, ()),
    "not-allowed": ("feed-refused", DARK, NARROW, ()),
    "help": ("overview", DARK, NARROW, ("question_mark",)),
    "mint-dark": ("closing", DARK, WIDE, ("t",)),
    "mint-light": ("closing", LIGHT, WIDE, ("t",)),
    "mint-80x24": ("closing", DARK, NARROW, ("t",)),
    "link-dark": ("closing", DARK, WIDE, ("t", "enter", "o")),
    "link-light": ("closing", LIGHT, WIDE, ("t", "enter", "o")),
    "inspector-dark": ("tokens", DARK, WIDE, ("j", "enter", "i")),
    "inspector-light": ("tokens", LIGHT, WIDE, ("j", "enter", "i")),
}


class Unwritten(Journal):
    """A journal that looks like anybody's and is nobody's."""

    def write(self, entry: Entry) -> None:
        """Write nothing."""


def made_up() -> TokenAccess:
    """Token settings with a secret that opens nothing: what is drawn of a token is an example."""
    secret = Secret("a made-up secret for the pictures in the README")
    return TokenAccess(
        {SERVER: settings(key=secret)}, Unwritten(Path("~/.local/state/mucmon/minted.jsonl")), "ann", "ann"
    )


async def draw(name: str) -> str:
    """The picture of that name as SVG."""
    scene, theme, size, keys = PICTURES[name]
    events = rooms() if scene == "tokens" else SCENES[scene]
    app = MonitorApp(store_of(events), FakeSources(), Clock(), theme=theme, tokens=made_up())
    # A picture is the same each time it is drawn, so the token in it has a fixed name.
    with patch("monitor.ui.screens.mint.new_jti", lambda: "00000000000000000000000000example"):
        return await _drawn(app, name, size, keys)


async def _drawn(app: MonitorApp, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(0.3)
        return app.export_screenshot(title=f"mucmon: {name}")


def main() -> int:
    """Write every picture, or say which differ; returns the exit status."""
    os.environ.update(TZ="UTC", TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    differ = []
    for name in PICTURES:
        svg, path = asyncio.run(draw(name)), FOLDER / f"{name}.svg"
        if "--check" not in sys.argv[1:]:
            path.write_text(svg, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != svg:
            differ.append(path.name)
    if differ:
        print(f"pictures that are not what the code draws: {', '.join(differ)}; run python -m tests.ui.pictures")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
