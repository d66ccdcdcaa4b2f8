"""What every command of the key table does, for a test that presses each of its keys in each view.

A case presses the command's keys, asserts what they do, and leaves the screen as it found it. Where a command does
nothing in a view, that nothing happens is its effect there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.widget import Widget

from monitor.core.events import BatchHeard, FeedChanged, LinkChanged
from monitor.core.findings import Severity
from monitor.core.room import RoomKey
from monitor.core.server import FeedState, LinkState
from monitor.core.text import room_name
from monitor.ui.keymap import COMMANDS
from monitor.ui.keys.table import bindings
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.views.view import BodyView
from monitor.ui.widgets.grid import Grid
from monitor.ui.widgets.scrolling import Scrolling
from tests.ui.scenes import HOST, SERVER
from tests.ui.screen import Running

Case = Callable[[Running, list[str]], Awaitable[None]]
CASES: dict[str, Case] = {}

VIEWS = ("rooms", "people", "findings", "door", "history", "detail")
"""The five to which numbers lead, and the detail of a room."""
ROOM = "nocheintest"
"""Whose detail it is: a room that is held open, with people, findings, and fixes for several installations."""

QUITS = ("app.quit", "help.quit")
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


async def go(run: Running, where: str) -> None:
    """Show a view, or the detail of `ROOM`."""
    if where != "detail":
        return await run.press(str(VIEWS.index(where) + 1))
    await run.press("1")
    assert main(run).go_to_first(lambda key: isinstance(key, RoomKey) and key.node == ROOM)
    await run.press("enter")
    assert name(run) == "detail"


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
    assert "r reconnect" not in run.lines()[-1]
    await run.apply(LinkChanged(SERVER, LinkState.STOPPED, now))
    assert "r reconnect" in run.text()
    for at, key in enumerate(keys, 1):
        await run.press(key)
        assert run.sources.calls.count(f"reconnect {SERVER}") >= at
    await run.apply(LinkChanged(SERVER, LinkState.UP, now), FeedChanged(SERVER, HOST, FeedState.LIVE, now))
    await run.apply(BatchHeard(SERVER, HOST, now, now))


@case("rows.filter")
async def _filter(run: Running, keys: list[str]) -> None:
    if name(run) == "detail":
        return await does_nothing(run, keys)
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
    here = name(run)
    for key in keys:
        await run.press(key)
        assert name(run) == VIEWS[int(key) - 1]
        assert f"{key} {name(run)}" in run.text()
        if here == "detail" and key == "1":
            # Whoever was chosen there is chosen here.
            assert run.room() == ROOM
            assert run.app.focused is run.grid("people")
        else:
            assert run.app.focused is main(run)
        await go(run, here)
        await run.press("g")


@case("rows.problems")
async def _problems(run: Running, keys: list[str]) -> None:
    if name(run) in ("door", "history", "detail"):
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
    here = name(run)
    for key in keys:
        if here in ("door", "history"):
            # Nothing there is a problem by itself: the next one is among the findings.
            await run.press(key)
            assert name(run) == "findings"
            rows = main(run)._rows
            wanted = [row for row in rows if view(run).listing.is_problem(row)][0 if key == "n" else -1]
            assert main(run).row is wanted
            await go(run, here)
            continue
        if here == "detail":
            listed = [row for row in overview(run)._rooms.main._rows if row.severity >= Severity.WARNING]
            at = [row.key.node for row in listed].index(ROOM)
            await run.press(key)
            assert detail_key(run) == listed[(at + (1 if key == "n" else -1)) % len(listed)].key
            await go(run, here)
            continue
        await run.press("g", key)
        assert main(run)._index > 0
        assert main(run).row is not None
        assert view(run).listing.is_problem(main(run).row)
        await run.press("g")


def detail_key(run: Running) -> Any:
    """The room of the detail, which is shown."""
    shown: Any = view(run)
    assert shown.NAME == "detail"
    return shown.key


@case("room.mint")
async def _mint(run: Running, keys: list[str]) -> None:
    if name(run) == "history":
        return await does_nothing(run, keys)
    if name(run) == "findings":
        # The first holds for a whole server, and is in no room.
        await does_nothing(run, keys)
        await run.press("G")
    for key in keys:
        room = view(run).chosen_room()
        assert room is not None
        await run.press(key)
        assert top(run) == "MintScreen"
        assert room_name(room.node) in run.text()
        await run.press("escape")
        assert top(run) == "OverviewScreen"


@case("person.inspect")
async def _inspect(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "InspectorScreen")


@case("room.back")
async def _back(run: Running, keys: list[str]) -> None:
    assert len(view(run).panes) > 1
    for key in keys:
        for pane in view(run).panes[1:]:
            await focus(run, pane)
            await run.press(key)
            assert run.app.focused is main(run)


@case("pane.back")
async def _above(run: Running, keys: list[str]) -> None:
    beneath = [pane for pane in view(run).panes[1:] if view(run).place_of(pane) == "beneath"]
    assert beneath
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
        for grid in [pane for pane in view(run).panes if view(run).place_of(pane) in ("rooms", "listed", "ended")]:
            await focus(run, grid)
            await run.press(key)
            assert name(run) == "rooms"
            assert run.app.is_running
            await go(run, here)


@case("ended.open")
async def _ended(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert str(run.app.focused.id if run.app.focused else "") == "ending"
        await run.press("escape")


@case("pane.next", "pane.previous")
async def _panes(run: Running, keys: list[str]) -> None:
    panes = view(run).panes
    if len(panes) == 1:
        return await does_nothing(run, keys)
    for key in keys:
        by = -1 if key.startswith("shift") else 1
        for step in range(1, len(panes) + 1):
            await run.press(key)
            assert run.app.focused is panes[by * step % len(panes)]


@case("rows.sort")
async def _sort(run: Running, keys: list[str]) -> None:
    if name(run) == "detail":
        return await does_nothing(run, keys)
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
    if name(run) == "detail":
        return await does_nothing(run, keys)

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
        hidden = {column.name for column in main(run).columns} - set(before)
        await run.press(key)
        assert overview(run)._wide
        shown, (_, more) = set(main(run).shown_columns), main(run)._placement.beyond
        # What was not in sight is now, or lies to the right, where a mark says so.
        assert hidden
        assert hidden & shown or more
        assert ("›" in run.text()) == more
        await run.press(key)
        assert not overview(run)._wide
        assert main(run).shown_columns == before


@case("columns.right", "columns.left")
async def _sideways(run: Running, keys: list[str]) -> None:
    await does_nothing(run, keys)
    await run.press("w")
    there = main(run)._placement.beyond[1]
    assert there or set(main(run).shown_columns) == {column.name for column in main(run).columns}
    for key in keys:
        for _ in range(12 if key == "left" else 0):
            await run.press("right")
        before, more = main(run).shown_columns, main(run)._placement.beyond
        assert (more[1] if key == "right" else more[0]) == there
        await run.press(key)
        assert (main(run).shown_columns != before) == there
        for _ in range(12):
            await run.press("left")
    await run.press("w")


@case("columns.choose")
async def _columns(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "ColumnsScreen")


@case("columns.toggle")
async def _toggle(run: Running, keys: list[str]) -> None:
    grid = main(run)
    choosable = [column.name for column in grid.columns if not column.stays and not column.extra]
    for key in keys:
        # One that is in sight, where there is one.
        wanted = next((one for one in choosable if one in grid.shown_columns), choosable[0])
        before = grid.shown_columns
        await run.press("v")
        choices = run.app.screen.query_one("#choices", Grid)
        while choices.cursor_key != wanted:
            await run.press("j")
        assert f"● {wanted}" in run.text()
        await run.press(key)
        assert f"○ {wanted}" in run.text()
        assert wanted not in grid.shown_columns
        assert wanted not in overview(run)._chosen_columns[grid.id]
        await run.press(key)
        assert f"● {wanted}" in run.text()
        # As they were of old, nothing is chosen any more.
        assert overview(run)._chosen_columns == {}
        await run.press("escape")
        assert grid.shown_columns == before


@case("columns.usual")
async def _usual(run: Running, keys: list[str]) -> None:
    for key in keys:
        before = main(run).shown_columns
        await run.press("v", "G", "space", "k", "space")
        assert overview(run)._chosen_columns != {}
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
    if name(run) in ("people", "door", "history"):
        return await does_nothing(run, keys)
    if name(run) != "detail":
        for _ in main(run)._rows:
            if "flavour" not in view(run).absent():
                break
            await does_nothing(run, keys)
            await run.press("j")
    for key in keys:
        said = _pane_words(run)
        await run.press(key)
        assert _pane_words(run) != said
        await run.press(key)
        assert _pane_words(run) == said


def _pane_words(run: Running) -> str:
    panes: list[Any] = [pane for pane in view(run).panes if hasattr(pane, "_lines")]
    return " ".join(str(pane._lines) for pane in panes)


@case("rows.pause")
async def _pause(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press(key)
        assert "PAUSED since 14:13:20" in run.text()
        assert "paused" in run.text() or name(run) == "detail"
        assert overview(run).picture.pause is not None
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
        assert last > 0 or grid is not main(run)
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
    for pane in [pane for pane in view(run).panes if isinstance(pane, Scrolling) and not isinstance(pane, Grid)]:
        await focus(run, pane)
        for key in keys:
            await _scrolled(run, key, pane)
    await focus(run, main(run))


async def _scrolled(run: Running, key: str, pane: Scrolling) -> None:
    upwards = key in ("up", "k", "pageup", "g", "home")
    await run.press("G" if upwards else "g")
    before, end = pane.scroll_y, pane.max_scroll_y
    await run.press(key)
    # What fits into its pane stays where it is.
    assert (pane.scroll_y != before) == (end > 0), (key, pane.id)
    assert (pane.scroll_y <= before) if upwards else (pane.scroll_y >= before)
    await run.press("g")


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
