"""`mucmon prosody --check`: connects as mucmon does, waits until every step is settled, and prints how they stand."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from monitor.config import ConfigError, ServerSettings, config_path, load
from monitor.core.events import Event
from monitor.prosody.guide import called
from monitor.prosody.install import shipped, version_of
from monitor.prosody.steps import OPEN, WRONG, Seen, Step, steps
from monitor.wire.sources import Links

WELL, TO_FIX, CANNOT = 0, 1, 2
"""Exit statuses: all is well, something is to be put right, the check could not begin."""
PATIENCE_S = 30.0
"""How long a server may take to tell all its rooms."""
_NAME_WIDTH = 10


def check(config: Path | None) -> int:
    """Print every step for every configured server; returns the exit status."""
    try:
        settings = load(config_path(config))
    except ConfigError as error:
        print(f"mucmon: {error}", file=sys.stderr)
        return CANNOT
    seen = asyncio.run(look(settings.servers))
    ours = version_of(shipped())
    first, again = "", f"{called(settings.path)} prosody --check"
    for one in seen:
        print(f"{one.settings.name} ({one.settings.jid} at {one.settings.host}:{one.settings.port})")
        for step in steps(one, ours):
            print(_line(step))
            if step.mark is WRONG and not first:
                first = f"Put this right first: the {step.name} of {one.settings.name}. Then check again: {again}"
        print()
    print(first or f"All is well. Watch these rooms: {called(settings.path)}")
    return TO_FIX if first else WELL


async def look(servers: Iterable[ServerSettings], patience_s: float = PATIENCE_S) -> list[Seen]:
    """Connect to every server and return what there is to see, at the latest after `patience_s`."""
    return list(await asyncio.gather(*(_look_at(server, patience_s) for server in servers)))


async def _look_at(server: ServerSettings, patience_s: float) -> Seen:
    seen, settled, is_over = Seen(server), asyncio.Event(), False

    def take(event: Event) -> None:
        # What ending the link ourselves does to it is no finding.
        if is_over or settled.is_set():
            return
        seen.take(event)
        if seen.is_settled:
            settled.set()

    # It is the module that is checked, whatever is to be shown without it.
    links = Links([replace(server, vantage="feed")], take)
    await links.start()
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(settled.wait(), patience_s)
    finally:
        is_over = True
        await links.stop()
    return seen


def _line(step: Step) -> str:
    head = f"  {step.mark} {step.name:<{_NAME_WIDTH}} "
    if step.mark is OPEN or not sys.stdout.isatty():
        return head + step.words
    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.fill(
        step.words, width, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )
