"""What every command of the key table does, for a test that presses each of its keys in each view.

A case presses the command's keys, asserts what they do, and leaves the screen as it found it. Where a command does
nothing in a view, that nothing happens is its effect there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.widget import Widget

from monitor.core.events import BatchHeard, FeedChanged, LinkChanged
from monitor.core.model import FeedState, LinkState
from monitor.ui.keymap import COMMANDS
from monitor.ui.keys import bindings
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid
from tests.ui.scenes import HOST, SERVER
from tests.ui.screen import Running

Case = Callable[[Running, list[str]], Awaitable[None]]
CASES: dict[str, Case] = {}

QUITS = ("app.quit",)
"""These end the program: each is pressed in a program of its own."""


def case(*ids: str) -> Callable[[Case], Case]:
    """The case of these commands; it is given the keys of each in turn."""

    def register(one: Case) -> Case:
        for id in ids:
            assert id in COMMANDS, id
            assert id not in CASES, id
            CASES[id] = one
        return one

    return register


def keys_of(id: str) -> list[str]:
    """The keys of a command, as they are pressed."""
    key, _ = COMMANDS[id]
    return [one.key for one in _bound(key.place) if getattr(one, "id", None) == id]


def _bound(place: Any) -> list[Any]:
    from textual.binding import Binding

    return list(Binding.make_bindings(bindings(place)))


def overview(run: Running) -> OverviewScreen:
    """The screen at the bottom."""
    screen = run.app.screen_stack[0]
    assert isinstance(screen, OverviewScreen)
    return screen


def view(run: Running) -> BodyView:
    """The view that is shown."""
    return overview(run)._view


def name(run: Running) -> str:
    """Its name."""
    return view(run).NAME


def main(run: Running) -> Grid[Any]:
    """Its rows."""
    return view(run).main


def top(run: Running) -> str:
    """What kind of screen lies on top."""
    return type(run.app.screen).__name__


async def opens(run: Running, keys: list[str], kind: str) -> None:
    """Each key opens a screen of that kind, which escape closes."""
    for key in keys:
        await run.press(key)
        await run.pilot.pause(0.05)
        assert top(run) == kind, key
        await run.press("escape")
        await run.pilot.pause(0.05)
        assert top(run) == "OverviewScreen", key


async def does_nothing(run: Running, keys: list[str]) -> None:
    """The keys change nothing that can be seen."""
    before, focused = run.text(), run.app.focused
    await run.press(*keys)
    assert run.text() == before
    assert run.app.focused is focused


async def focus(run: Running, widget: Widget) -> None:
    """Give a pane the focus."""
    widget.display = True
    run.app.screen.set_focus(widget)
    await run.pilot.pause()
    await run.pilot.pause()


@case("app.help")
async def _help(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "HelpScreen")


@case("app.commands", "app.theme")
async def _palette(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "CommandPalette")


@case("app.interrupt")
async def _interrupt(run: Running, keys: list[str]) -> None:
    for key in keys:
        run.app.clear_notifications()
        await run.press(key)
        assert [one.message for one in run.app._notifications] == ["q quits."]
        assert run.app.is_running


@case("servers.reconnect")
async def _reconnect(run: Running, keys: list[str]) -> None:
    await does_nothing(run, keys)
    now = run.clock.now
    await run.apply(LinkChanged(SERVER, LinkState.STOPPED, now))
    for at, key in enumerate(keys, 1):
        await run.press(key)
        assert run.sources.calls.count(f"reconnect {SERVER}") >= at
    await run.apply(LinkChanged(SERVER, LinkState.UP, now), FeedChanged(SERVER, HOST, FeedState.LIVE, now))
    await run.apply(BatchHeard(SERVER, HOST, now, now))


@case("rows.filter")
async def _filter(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert str(run.app.focused.id if run.app.focused else "") == "words"
        await run.press("e")
        assert "/e" in run.text()
        await run.press("escape")
        assert "/e ·" not in run.text()
        assert run.app.focused is main(run)


@case("filter.keep")
async def _keep(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("slash", "e", key)
        assert "/e ·" in run.text()
        assert run.app.focused is main(run)
        await run.press("slash", "escape")


@case("filter.clear")
async def _drop(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("slash", "e", key)
        assert "/e ·" not in run.text()
        assert run.app.focused is main(run)


@case("view.rooms", "view.people", "view.findings", "view.door", "view.history")
async def _views(run: Running, keys: list[str]) -> None:
    before = overview(run)._views.index(view(run))
    for key in keys:
        await run.press(key)
        assert overview(run)._views.index(view(run)) == int(key) - 1
        assert f"{key} {name(run)}" in run.text()
        assert run.app.focused is main(run)
    await run.press(str(before + 1))


@case("rows.problems")
async def _problems(run: Running, keys: list[str]) -> None:
    if name(run) in ("door", "history"):
        return await does_nothing(run, keys)
    for key in keys:
        rows = len(main(run)._rows)
        await run.press(key)
        assert "problems only" in run.text()
        assert 0 < len(main(run)._rows) < rows
        await run.press(key)
        assert len(main(run)._rows) == rows


@case("rows.next_problem", "rows.previous_problem")
async def _problem(run: Running, keys: list[str]) -> None:
    if name(run) in ("door", "history"):
        return await does_nothing(run, keys)
    for key in keys:
        await run.press("g")
        await run.press(key)
        row = main(run)._rows[main(run)._index]
        assert main(run)._index > 0
        assert view(run).listing.is_problem(row)
        await run.press("g")


@case("room.mint")
async def _mint(run: Running, keys: list[str]) -> None:
    if name(run) == "rooms":
        return await opens(run, keys, "MintScreen")
    await does_nothing(run, keys)


@case("person.inspect")
async def _inspect(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "InspectorScreen")


@case("room.back")
async def _back(run: Running, keys: list[str]) -> None:
    for key in keys:
        for pane in view(run).panes[1:]:
            await focus(run, pane)
            await run.press(key)
            assert run.app.focused is main(run)


@case("pane.back")
async def _above(run: Running, keys: list[str]) -> None:
    beneath = [pane for pane in view(run).panes[1:] if view(run).place_of(pane) == "beneath"]
    for key in keys:
        for pane in beneath:
            await focus(run, pane)
            await run.press(key)
            assert run.app.focused is main(run)


@case("rooms.clear", "row.leave", "ended.leave")
async def _leave(run: Running, keys: list[str]) -> None:
    here = name(run)
    for key in keys:
        await run.press("slash", "e", "enter", key)
        assert "/e ·" not in run.text()
        assert name(run) == here
        await run.press(key)
        assert name(run) == "rooms"
        assert run.app.is_running
        await run.press(str([one.NAME for one in overview(run)._views].index(here) + 1))


@case("ended.open")
async def _ended(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert str(run.app.focused.id if run.app.focused else "") == "ending"
        await run.press("escape")


@case("pane.next", "pane.previous")
async def _panes(run: Running, keys: list[str]) -> None:
    panes = view(run).panes
    for key in keys:
        by = -1 if key.startswith("shift") else 1
        for step in range(1, len(panes) + 1):
            await run.press(key)
            assert run.app.focused is panes[by * step % len(panes)]


@case("rows.sort")
async def _sort(run: Running, keys: list[str]) -> None:
    first = view(run).listing.order_words()
    for key in keys:
        await run.press(key)
        assert view(run).listing.order_words() != first
        assert view(run).listing.order_words()[:12] in run.text()
        for _ in range(20):
            if view(run).listing.order_words() == first:
                break
            await run.press(key)
        assert view(run).listing.order_words() == first


@case("rows.reverse")
async def _reverse(run: Running, keys: list[str]) -> None:
    def ranks() -> list[Any]:
        # Rows that are alike keep their order among themselves.
        return [view(run).listing.kind.orders[0].key(row) for row in main(run)._rows]

    for key in keys:
        before = ranks()
        await run.press(key)
        assert ranks() == sorted(before)[::-1]
        assert ranks() != before
        await run.press(key)
        assert ranks() == before


@case("columns.wide")
async def _wide(run: Running, keys: list[str]) -> None:
    for key in keys:
        before = main(run).shown_columns
        await run.press(key)
        assert overview(run)._wide
        hidden = main(run)._beyond[1]
        assert (
            len(main(run).shown_columns) > len(before)
            or hidden
            or set(before) == {column.name for column in main(run).columns}
        )
        await run.press(key)
        assert main(run).shown_columns == before


@case("columns.right", "columns.left")
async def _sideways(run: Running, keys: list[str]) -> None:
    await does_nothing(run, keys)
    await run.press("w")
    for key in keys:
        for _ in range(12 if key == "left" else 0):
            await run.press("right")
        before, more = main(run).shown_columns, main(run)._beyond
        await run.press(key)
        assert (main(run).shown_columns != before) == (more[1] if key == "right" else more[0])
        for _ in range(12):
            await run.press("left")
    await run.press("w")


@case("columns.choose")
async def _columns(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "ColumnsScreen")


@case("columns.toggle")
async def _toggle(run: Running, keys: list[str]) -> None:
    choosable = [column.name for column in main(run).columns if not column.stays and not column.extra]
    wide = run.app.size.width > 100
    for key in keys if choosable and wide else []:
        before = main(run).shown_columns
        await run.press("v")
        grid = run.app.screen.query_one("#choices", Grid)
        while grid.cursor_key != choosable[0]:
            await run.press("j")
        await run.press(key)
        assert choosable[0] not in main(run).shown_columns
        await run.press(key, "escape")
        assert main(run).shown_columns == before


@case("columns.usual")
async def _usual(run: Running, keys: list[str]) -> None:
    for key in keys:
        before = main(run).shown_columns
        await run.press("v", "G", "space", "k", "space")
        await run.press(key, "escape")
        assert main(run).shown_columns == before
        assert overview(run)._chosen_columns == {}


@case("columns.close")
async def _close_columns(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("v")
        assert top(run) == "ColumnsScreen"
        await run.press(key)
        assert top(run) == "OverviewScreen"


@case("finding.other_fix")
async def _flavour(run: Running, keys: list[str]) -> None:
    await run.press("g")
    if "flavour" in view(run).absent():
        return await does_nothing(run, keys)
    for key in keys:
        said = _pane_words(run)
        await run.press(key)
        assert _pane_words(run) != said


def _pane_words(run: Running) -> str:
    panes: list[Any] = [pane for pane in view(run).panes if hasattr(pane, "_lines")]
    return " ".join(str(pane._lines) for pane in panes)


@case("rows.pause")
async def _pause(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert "PAUSED since 14:13:20" in run.text()
        assert "paused" in run.text()
        await run.press(key)
        assert "PAUSED" not in run.text()


@case("app.wall")
async def _wall(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert "WALL" in run.lines()[0]
        await run.press(key)
        assert "WALL" not in run.lines()[0]


async def _moved(run: Running, key: str, grid: Grid[Any], start: str, expected: int) -> None:
    await run.press(start, key)
    assert grid._index == expected, key


@case("move.down", "move.up", "move.page_down", "move.page_up", "move.first", "move.last")
async def _move(run: Running, keys: list[str]) -> None:
    for grid in [pane for pane in view(run).panes if isinstance(pane, Grid)]:
        await focus(run, grid)
        last = len(grid._rows) - 1
        page = max(grid.size.height - 2, 1)
        effects: dict[str, tuple[str, int]] = {
            **dict.fromkeys(("j", "down"), ("g", min(1, last))),
            **dict.fromkeys(("k", "up"), ("G", max(last - 1, 0))),
            "pagedown": ("g", min(page, last)),
            "pageup": ("G", max(last - page, 0)),
            **dict.fromkeys(("g", "home"), ("G", 0)),
            **dict.fromkeys(("G", "end"), ("g", last)),
        }
        for key in keys:
            await _moved(run, key, grid, *effects[key])
        await run.press("g")
    await focus(run, main(run))


@case("help.close")
async def _close_help(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("f1")
        assert top(run) == "HelpScreen"
        await run.press(key)
        assert top(run) == "OverviewScreen", key


@case("help.down", "help.up", "help.page_down", "help.page_up", "help.first", "help.last")
async def _scroll_help(run: Running, keys: list[str]) -> None:
    await run.press("f1")
    box = run.app.screen.query_one("#help")
    for key in keys:
        upwards = key in ("up", "k", "pageup", "g", "home")
        box.scroll_to(y=box.max_scroll_y if upwards else 0, animate=False, force=True)
        await run.pilot.pause()
        before = box.scroll_y
        await run.press(key)
        assert box.max_scroll_y > 0
        assert (box.scroll_y < before) if upwards else (box.scroll_y > before), key
    await run.press("escape")


BOX_VIEW = "rooms"
"""Boxes over the screen are the same from any view: their keys are pressed from this one."""


@case("mint.make")
async def _make(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("t", key)
        assert top(run) == "LinkScreen"
        await run.press("escape")


@case("mint.next", "mint.previous")
async def _fields(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("t")
        before = run.app.focused
        chain = run.app.screen.focus_chain
        at = chain.index(before) if before else 0
        by = -1 if key in ("up", "shift+tab") else 1
        await run.press(key)
        assert run.app.focused is chain[(at + by) % len(chain)], key
        await run.press("escape")


@case("mint.choose", "mint.choose_back")
async def _choose(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("t")
        choice: Any = run.app.screen.query_one("#affiliation")
        run.app.screen.set_focus(choice)
        before = choice.chosen
        await run.press(key)
        assert choice.chosen != before
        await run.press("escape")


@case("mint.cancel")
async def _cancel(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("t")
        assert top(run) == "MintScreen"
        await run.press(key)
        assert top(run) == "OverviewScreen"


async def _link(run: Running) -> Any:
    await run.press("t", "enter")
    assert top(run) == "LinkScreen"
    return run.app.screen


@case("link.copy")
async def _copy(run: Running, keys: list[str]) -> None:
    for key in keys:
        await _link(run)
        copied: list[str] = []
        run.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
        await run.press(key)
        assert len(copied) == 1
        assert copied[0].startswith("https://")
        await run.press("escape")


@case("link.reveal")
async def _reveal(run: Running, keys: list[str]) -> None:
    for key in keys:
        screen = await _link(run)
        await run.press(key)
        assert screen._is_revealed
        await run.press(key)
        assert not screen._is_revealed
        await run.press("escape")


@case("link.select")
async def _select(run: Running, keys: list[str]) -> None:
    for key in keys:
        await _link(run)
        run.app.clear_notifications()
        await run.press(key)
        await run.pilot.pause(0.05)
        # No terminal of its own can be handed over in a test, and that is said.
        assert "cannot be handed over" in str([one.message for one in run.app._notifications])
        await run.press("escape")


@case("link.code")
async def _code(run: Running, keys: list[str]) -> None:
    for key in keys:
        screen = await _link(run)
        await run.press(key)
        assert screen._has_code
        assert run.app.screen.query_one("#code").display or "QR code takes" in run.text()
        await run.press(key)
        assert not screen._has_code
        await run.press("escape")


@case("link.fragment")
async def _fragment(run: Running, keys: list[str]) -> None:
    for key in keys:
        await _link(run)
        assert "?jwt=" in run.text()
        await run.press(key)
        assert "#jwt=" in run.text()
        await run.press("escape")


@case("link.forget")
async def _forget(run: Running, keys: list[str]) -> None:
    for key in keys:
        screen = await _link(run)
        await run.press(key)
        assert top(run) == "OverviewScreen"
        assert screen._minted is None


@case("inspector.look")
async def _look(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("i")
        run.app.screen.set_focus(run.app.screen.query_one("#token"))
        await run.press(*"nonsense", key)
        assert "nonsense" not in run.text()
        await run.press("escape")


@case("inspector.next", "inspector.previous")
async def _parts(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("i")
        chain = run.app.screen.focus_chain
        at = chain.index(run.app.focused) if run.app.focused else 0
        by = -1 if key == "shift+tab" else 1
        await run.press(key)
        assert run.app.focused is chain[(at + by) % len(chain)]
        await run.press("escape")


@case("inspector.close")
async def _close_inspector(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("i")
        assert top(run) == "InspectorScreen"
        await run.press(key)
        assert top(run) == "OverviewScreen"
