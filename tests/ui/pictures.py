"""Writes the README's pictures from fixed scenes: python -m tests.ui.pictures [--check].

With --check nothing is written; it fails, naming each picture that is not what the code draws now.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from monitor.ui.app import MonitorApp
from monitor.ui.theme import DARK, LIGHT
from tests.ui.scenes import SCENES, Clock, FakeSources, store_of

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
    "stale": ("closing-stale", DARK, WIDE, ()),
    "not-allowed": ("feed-refused", DARK, NARROW, ()),
    "help": ("overview", DARK, NARROW, ("question_mark",)),
}


async def draw(name: str) -> str:
    """The picture of that name as SVG."""
    scene, theme, size, keys = PICTURES[name]
    app = MonitorApp(store_of(SCENES[scene]), FakeSources(), Clock(), theme=theme)
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
