"""Run the screen on a scene, to look at it: python -m tests.ui.show SCENE [THEME]."""

from __future__ import annotations

import sys

from monitor.ui.app import MonitorApp
from monitor.ui.theme import DARK
from tests.ui.scenes import SCENES, Clock, FakeSources, store_of


def main() -> None:
    """Show a scene by name."""
    scene = sys.argv[1] if len(sys.argv) > 1 else "overview"
    theme = sys.argv[2] if len(sys.argv) > 2 else DARK
    MonitorApp(store_of(SCENES[scene]), FakeSources(), Clock(), theme=theme).run()


if __name__ == "__main__":
    main()
