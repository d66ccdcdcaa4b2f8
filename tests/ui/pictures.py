"""Writes the README's pictures from fixed scenes: python -m tests.ui.pictures [--check].

With --check nothing is written; it fails, naming each picture that is not what the code draws now.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path
from unittest.mock import patch

from monitor.core.events import Event
from monitor.secret import Secret
from monitor.tokens.journal import Entry, Journal
from monitor.ui.access import TokenAccess
from monitor.ui.app import MonitorApp
from monitor.ui.theme import CONTRAST, DARK, LIGHT
from tests.tokens.samples import settings
from tests.ui.casting import cast
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
    "detail-dark": ("held-open", DARK, WIDE, ("j", "enter")),
    "detail-light": ("closing", LIGHT, WIDE, ("enter",)),
    "detail-claims": ("tokens", DARK, WIDE, ("j", "enter", "tab")),
    "detail-80x24": ("closing", DARK, NARROW, ("enter",)),
    "detail-timers-80x24": ("closing", DARK, NARROW, ("enter", "tab", "tab", "tab")),
    "note-dark": ("held-open", DARK, WIDE, ("j", "y")),
    "silence-80x24": ("held-open", DARK, NARROW, ("3", "j", "z")),
    "silenced-dark": ("held-open", DARK, WIDE, ("3", "j", "z", "enter", "Z", "G")),
    "stale": ("closing-stale", DARK, WIDE, ()),
    "not-allowed": ("feed-refused", DARK, NARROW, ()),
    "help": ("overview", DARK, NARROW, ("question_mark",)),
    "mint-dark": ("closing", DARK, WIDE, ("t",)),
    "mint-light": ("closing", LIGHT, WIDE, ("t",)),
    "mint-80x24": ("closing", DARK, NARROW, ("t",)),
    "link-dark": ("closing", DARK, WIDE, ("t", "enter", "o")),
    "link-light": ("closing", LIGHT, WIDE, ("t", "enter", "o")),
    "inspector-dark": ("tokens", DARK, WIDE, ("j", "tab", "i")),
    "inspector-light": ("tokens", LIGHT, WIDE, ("j", "tab", "i")),
    "palette-80x24": ("overview", DARK, NARROW, ("ctrl+p", *"ma")),
    "columns-80x24": ("overview", DARK, NARROW, ("v", "j", "j", "j", "space")),
    "wide-dark": ("overview", DARK, WIDE, ("w",)),
    "closing-60x20": ("closing", DARK, (60, 20), ()),
    "closing-40x15": ("closing", DARK, (40, 15), ()),
}
NO_COLOR = "no-color"
"""No theme, but the environment variable."""
VIEWS = {"rooms": "1", "people": "2", "findings": "3", "door": "4", "history": "5"}
LOOKS = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, NO_COLOR: NO_COLOR}
PICTURES |= {
    f"views/{view}-{look}-{size[0]}x{size[1]}": ("day", theme, size, (key, "j"))
    for view, key in VIEWS.items()
    for look, theme in LOOKS.items()
    for size in (WIDE, NARROW)
}
"""Every view in every look at both sizes, to be looked at before it is released."""
PICTURES |= {
    f"views/detail-{look}-{size[0]}x{size[1]}": ("day", theme, size, ("j", "enter"))
    for look, theme in LOOKS.items()
    for size in (WIDE, NARROW)
}
"""And the detail of a room."""


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


def day() -> list[Event]:
    """A bad day: something to see in every view."""
    return [*SCENES["ended"], *SCENES["door"], *SCENES["closing"], *SCENES["held-open"]]


async def draw(name: str) -> str:
    """The picture of that name as SVG."""
    scene, theme, size, keys = PICTURES[name]
    events = rooms() if scene == "tokens" else day() if scene == "day" else SCENES[scene]
    os.environ.pop("NO_COLOR", None)
    if theme == NO_COLOR:
        os.environ["NO_COLOR"], theme = "1", DARK
    app = MonitorApp(store_of(cast(events)), FakeSources(), Clock(), theme=theme, tokens=made_up())
    # A picture is the same each time it is drawn, so the token in it has a fixed name.
    with patch("monitor.ui.screens.mint.new_jti", lambda: "00000000000000000000000000example"):
        return await _drawn(app, name, size, keys)


async def _drawn(app: MonitorApp, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(0.3)
        return slim(app.export_screenshot(title=f"mucmon: {name}"))


_RECT = r'<rect fill="[^"]*" x="[^"]*" y="[^"]*" width="[^"]*" height="[^"]*" shape-rendering="crispEdges"/>'


def _joined(rectangles: str) -> str:
    found: list[list[str]] = []
    for fill, x, y, width, height in re.findall(
        r'fill="([^"]*)" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"', rectangles
    ):
        last = found[-1] if found else None
        if last and (last[0], last[2]) == (fill, y) and abs(float(last[1]) + float(last[3]) - float(x)) < 0.1:
            last[3] = f"{float(x) + float(width) - float(last[1]):.1f}"
        else:
            found.append([fill, x, y, width, height])
    return "".join(
        f'<rect fill="{fill}" x="{x}" y="{y}" width="{width}" height="{height}" shape-rendering="crispEdges"/>'
        for fill, x, y, width, height in found
    )


def slim(svg: str) -> str:
    """The same picture in a third of the bytes: what touches is one rectangle, and no line needs a clip of its own."""
    svg = re.sub(rf"(?:{_RECT})+", lambda run: _joined(run[0]), svg)
    svg = re.sub(r'<clipPath id="terminal-\d+-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#terminal-\d+-line-\d+\)"', "", svg)
    svg = re.sub(r"terminal-\d+-", "t-", svg).replace("&#160;", "\u00a0")
    return re.sub(r"\n\s+", "\n", svg)


def main() -> int:
    """Write every picture, or say which differ; returns the exit status."""
    os.environ.update(TZ="UTC", TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    differ = []
    for name in PICTURES:
        svg, path = asyncio.run(draw(name)), FOLDER / f"{name}.svg"
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(svg, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != svg:
            differ.append(path.name)
    if differ:
        print(f"pictures that are not what the code draws: {', '.join(differ)}; run python -m tests.ui.pictures")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
