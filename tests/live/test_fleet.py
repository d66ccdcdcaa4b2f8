"""Several servers at once: one that is down takes nothing with it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.config import Secret, ServerSettings
from monitor.core.events import Event, FeedChanged, LinkChanged
from monitor.core.server import FeedState, LinkState
from monitor.core.store import Store
from monitor.demo.people import MUC
from monitor.demo.server import OWN_JID
from monitor.ui.app import MonitorApp
from monitor.ui.widgets.grid import Grid
from monitor.wire.sources import Links
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.demos import demos
from tests.live.proxy import Proxy
from tests.live.server import free_ports
from tests.live.tokens import token
from tests.live.watching import config_file, screen

SERVERS = 20
DEAD, SLOW, WRONG, PLODDING = "shard-3", "shard-7", "shard-11", "shard-15"
SLOW_S = 3.0
PLODDING_S = 1.2


@pytest.mark.story("fleet a")
async def test_of_two_servers_one_is_killed_and_the_other_goes_on(start_prosody: StartProsody, tmp_path: Path) -> None:
    one, other = start_prosody(), start_prosody()
    texts = []
    for name, server in (("north", one), ("south", other)):
        folder = tmp_path / name
        folder.mkdir()
        text = config_file(folder, server, name=name, colour="teal").read_text()
        texts.append(text.replace("meet.secret", f"{name}/meet.secret"))
    config = tmp_path / "config.toml"
    config.write_text("\n".join(texts))
    async with Cast(one) as there, Cast(other) as here:
        await there.focus("arctic")
        focus = await here.focus("pampa")
        john = await here.person(token(other, "*", "owner", name="John Doe"), name="John Doe")
        async with screen(config) as terminal:
            await terminal.shows("● north", "● south", "arctic", "pampa")
            one.kill9()
            await terminal.shows("○ north", "nothing listens on")
            assert "north" in terminal.line_with("arctic")
            await focus.join("andes")
            await john.join("andes")
            text = await terminal.shows("andes", "● south", "arctic")
            assert "STALE since" in text
            terminal.press("/")
            for key in "server:south":
                terminal.press(key)
            await terminal.until(lambda text: "andes" in text and "arctic" not in text)
            terminal.press("Escape")
            one.start()
            await terminal.until(lambda text: "● north" in text and "arctic" not in text, 20)


@pytest.mark.alone
async def test_of_twenty_servers_a_dead_two_slow_and_a_locked_one_hold_up_no_other() -> None:
    async with fleet() as settings:
        store, events = Store(), list[tuple[float, Event]]()
        for one in settings:
            store.declare(one.name, one.rooms)

        def apply(event: Event) -> None:
            events.append((time.monotonic(), event))
            store.apply(event)

        shown: dict[str, float] = {}
        app = MonitorApp(store, Links(settings, apply))
        async with app.run_test(size=(172, 45)) as pilot:
            deadline = time.monotonic() + 15
            while not len(shown) == len(answers(events)) == SERVERS - 2 and time.monotonic() < deadline:
                await pilot.pause(0.02)
                for name in listed(app):
                    shown.setdefault(name, time.monotonic())
            lines = "".join(strip.text for strip in app.screen._compositor.render_strips())
            await pilot.pause()
            assert app.is_running
        assert set(shown) == {one.name for one in settings} - {DEAD, WRONG}
        answered = answers(events)
        waits = {name: shown[name] - answered[name] for name in shown}
        print(f"shown after their own answer: at most {max(waits.values()):.2f} s")
        assert max(waits.values()) <= 1
        brisk = max(answered[name] for name in shown if name not in (SLOW, PLODDING))
        assert brisk < answered[SLOW]
        # The handshake, the answer to the watch and the snapshot: each took its time, and it is shown all the same.
        assert answered[PLODDING] - brisk >= 2 * PLODDING_S
        ends = {event.server: event for _, event in events if isinstance(event, LinkChanged)}
        assert (ends[DEAD].state, ends[WRONG].state) == (LinkState.LOST, LinkState.REFUSED)
        assert "nothing listens on" in lines
        assert "the secret for" in lines


def answers(events: list[tuple[float, Event]]) -> dict[str, float]:
    """When each server had answered: the last word of its answer is the end of its snapshot."""
    return {
        event.server: at for at, event in events if isinstance(event, FeedChanged) and event.state is FeedState.LIVE
    }


def listed(app: MonitorApp) -> set[str]:
    """The servers of which rooms are listed on the screen, in sight or further down."""
    grid = app.screen.query_one("#rooms", Grid)
    return {row.key.server for row in grid._rows}


@asynccontextmanager
async def fleet() -> AsyncIterator[list[ServerSettings]]:
    """Played servers, and how to reach them.

    One not at all, one over a line that is slow to open, one that answers whatever is asked slowly, and one not with
    this secret.
    """
    async with demos(SERVERS) as played:
        doors = {f"shard-{number}": door for number, door in enumerate(played)}
        doors[DEAD] = (free_ports(1)[0], "any")
        doors[WRONG] = (doors[WRONG][0], "another")
        async with Proxy(doors[SLOW][0]) as line, Proxy(doors[PLODDING][0]) as plodding:
            line.weather.wait_s, plodding.weather.lag_s = SLOW_S, PLODDING_S
            for name, proxy in ((SLOW, line), (PLODDING, plodding)):
                doors[name] = (proxy.port, doors[name][1])
            yield [
                ServerSettings(name, "127.0.0.1", port, OWN_JID, Secret(secret), (MUC,))
                for name, (port, secret) in doors.items()
            ]
