"""What opening a detail, copying, writing rows and silencing a finding do: more cases of `tests.ui.effects`."""

from __future__ import annotations

from typing import Any

from tests.ui.effects import ROOM, case, does_nothing, focus, go, main, name, opens, overview, top, view
from tests.ui.screen import Running


def detail(run: Running) -> Any:
    """The detail, which is shown."""
    assert name(run) == "detail"
    return view(run)


@case("rooms.open")
async def _open(run: Running, keys: list[str]) -> None:
    for key in keys:
        wanted = main(run).cursor_key
        await run.press(key)
        assert detail(run).key == wanted
        await run.press("escape")
        assert main(run).cursor_key == wanted


@case("person.open")
async def _person(run: Running, keys: list[str]) -> None:
    people = run.grid("people")
    for key in keys:
        await focus(run, people)
        await run.press("j")
        wanted = people.cursor_key
        await run.press(key)
        assert detail(run).people.cursor_key == wanted
        await run.press("escape")


@case("detail.leave")
async def _leave(run: Running, keys: list[str]) -> None:
    for key in keys:
        for pane in range(5):
            await focus(run, detail(run).panes[pane])
            await run.press(key)
            assert name(run) == "rooms"
            assert run.room() == ROOM
            await run.press("enter")


@case("detail.next", "detail.previous")
async def _next(run: Running, keys: list[str]) -> None:
    rooms = overview(run)._rooms.main
    listed = [row.key for row in rooms._rows]
    at = [key.node for key in listed].index(ROOM)
    for key in keys:
        by = 1 if key == "right_square_bracket" else -1
        await run.press(key)
        assert detail(run).key == listed[(at + by) % len(listed)]
        await run.press("escape")
        assert rooms.cursor_key == listed[(at + by) % len(listed)]
        await go(run, "detail")


@case("row.visit")
async def _visit(run: Running, keys: list[str]) -> None:
    here = name(run)
    listed: list[Any] = [pane for pane in view(run).panes if view(run).place_of(pane) == "listed"]
    assert len(listed) == 1
    for key in keys:
        await focus(run, listed[0])
        await run.press("G", "k")
        wanted = view(run).room_of(listed[0].cursor_key)
        assert wanted is not None
        await run.press(key)
        if run.store.find_room(wanted) is not None:
            assert detail(run).key == wanted
            await run.press("escape")
        else:
            assert "is not open" in str([one.message for one in run.app._notifications])
        assert name(run) == here
        await focus(run, main(run))


@case("note.copy", "note.copy_names")
async def _note(run: Running, keys: list[str]) -> None:
    await opens(run, keys, "NoteScreen")


async def _copied(run: Running) -> list[str]:
    copied: list[str] = []
    run.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
    await run.press("y")
    assert top(run) == "NoteScreen"
    return copied


@case("note.names")
async def _names(run: Running, keys: list[str]) -> None:
    for key in keys:
        copied = await _copied(run)
        await run.press(key)
        assert "people as initials" in copied[0]
        assert "names in full" in copied[1]
        await run.press("escape")


@case("note.again")
async def _again(run: Running, keys: list[str]) -> None:
    for key in keys:
        copied = await _copied(run)
        await run.press(key)
        assert copied[1] == copied[0]
        await run.press("escape")


@case("note.select")
async def _select(run: Running, keys: list[str]) -> None:
    for key in keys:
        await _copied(run)
        run.app.clear_notifications()
        await run.press(key)
        await run.pilot.pause(0.05)
        assert "cannot be handed over" in str([one.message for one in run.app._notifications])
        await run.press("escape")


@case("note.close")
async def _close(run: Running, keys: list[str]) -> None:
    for key in keys:
        await _copied(run)
        await run.press(key)
        assert top(run) == "OverviewScreen"


@case("row.copy_jid")
async def _jid(run: Running, keys: list[str]) -> None:
    for key in keys:
        copied: list[str] = []
        run.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
        run.app.clear_notifications()
        await run.press(key)
        (said,) = [one.message for one in run.app._notifications]
        if copied:
            assert "@" in copied[0]
            assert f"asked to copy {copied[0]}." in said
        else:
            topic = view(run).topic()
            assert topic is not None
            assert not topic.address
            assert "has no address" in said


@case("rows.export")
async def _export(run: Running, keys: list[str]) -> None:
    for key in keys:
        run.app.clear_notifications()
        await run.press(key)
        (said,) = [one.message for one in run.app._notifications]
        number = len(main(run).rows)
        assert said.startswith(f"{number:,} rows are in " if number > 1 else "1 row is in ")


@case("finding.silence")
async def _silence(run: Running, keys: list[str]) -> None:
    if name(run) in ("door", "history"):
        return await does_nothing(run, keys)
    await opens(run, keys, "SilenceScreen")


@case("findings.silenced")
async def _silenced(run: Running, keys: list[str]) -> None:
    here = name(run)
    for key in keys:
        await run.press(key)
        assert name(run) == "findings"
        findings: Any = view(run)
        assert findings.reports.shows_silenced
        assert "Nothing is silenced." in str([one.message for one in run.app._notifications])
        await run.press(key)
        assert not findings.reports.shows_silenced
    await go(run, here)


@case("silence.make")
async def _make(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("z", key)
        assert top(run) == "OverviewScreen"
        (silence,) = run.store.silences.active(run.clock.now)
        run.store.silences.lift(silence.about)
        await run.wait(4)


@case("silence.next", "silence.previous")
async def _fields(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("z")
        chain = run.app.screen.focus_chain
        at = chain.index(run.app.focused) if run.app.focused else 0
        by = -1 if key in ("up", "shift+tab") else 1
        await run.press(key)
        assert run.app.focused is chain[(at + by) % len(chain)], key
        await run.press("escape")


@case("silence.cancel")
async def _cancel(run: Running, keys: list[str]) -> None:
    for key in keys:
        await run.press("z")
        assert top(run) == "SilenceScreen"
        await run.press(key)
        assert top(run) == "OverviewScreen"
        assert run.store.silences.active(run.clock.now) == []
