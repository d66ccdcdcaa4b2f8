"""A MUC host that is watched: by whom, where what is seen of it goes, and by which clocks that is dated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from monitor.core.events import Event


class Watched(NamedTuple):
    """One MUC host of a server, and who watches it."""

    server: str
    host: str
    watcher: str
    """The component's own address."""
    apply: Callable[[Event], object]
    """Is told what happens there."""
    clock: Callable[[], float] = time.time
    """Dates what is told."""
    ticks: Callable[[], float] = time.monotonic
    """Measures waiting, since clocks are set back now and then."""
