"""The command palette: every command with its key, and rooms, people and servers to go to."""

from __future__ import annotations

import pytest
from textual.command import CommandList

from monitor.ui.keymap import COMMANDS, PLAIN
from tests.ui.scenes import connected, ended, jane, person, seen
from tests.ui.screen import NARROW, WIDE, Running, running
from tests.ui.test_wall import names_in

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


async def ask(run: Running, words: str) -> str:
    """Open the palette, type, and read it."""
    await run.press("ctrl+p", *("space" if char == " " else char for char in words))
    for _ in range(20):
        await run.pilot.pause(0.02)
        if run.app.screen.query("CommandList.--visible"):
            break
    await run.pilot.pause(0.05)
    return run.text()


async def choose(run: Running, words: str) -> None:
    """Open the palette, type, and take the first it names."""
    await ask(run, words)
    await run.press("enter")
    await run.press("enter") if len(run.app.screen_stack) > 1 else None
    await run.pilot.pause(0.05)


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_it_names_every_command_that_works_here_with_its_key(key: str) -> None:
    async with running("overview", (172, 110)) as run:
        await run.press(key)
        await run.pilot.pause(0.3)
        lines = [" ".join(line.split()) for line in run.lines()]
        works = {one.command.id for one in run.app.screen_stack[0].doable()}  # type: ignore[attr-defined]
        assert {"rows.sort", "view.door", "rooms.open", "app.theme", "app.quit", "move.down"} <= works
        assert not {"room.mint", "servers.reconnect", "rooms.clear", "row.visit", "mint.make"} & works
        for id in works:
            row, command = COMMANDS[id]
            assert f"│ {row.title(command)} {' '.join(PLAIN.readable_keys(command))}" in " \n".join(lines), id


@SIZES
async def test_a_command_is_done_where_the_focus_was(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await choose(run, "history")
        assert "5 history" in run.text()
        await choose(run, "view: rooms")
        await choose(run, "to the last row")
        assert run.grid("rooms")._index == len(run.grid("rooms")._rows) - 1
        await choose(run, "next pane")
        assert run.app.focused is run.grid("people")


@SIZES
async def test_it_leads_to_a_room_and_to_a_person_from_any_view(size: tuple[int, int]) -> None:
    async with running("overview", size) as run:
        await run.press("5")
        assert "room maths-7b" in await ask(run, "maths-7b")
        await run.press("enter")
        await run.pilot.pause(0.05)
        assert run.room() == "maths-7b"
        await choose(run, "person 300")
        assert run.app.focused is run.grid("people")
        assert "Person 300 has what the token says" in run.text()


NAMED = [
    seen("vorst-overleg", person(1, "Dora")),
    seen("door", person(2, "Quitterie")),
    seen("de-vorst", person(3, "Sort")),
    seen("next-level", person(4, "Ann")),
    seen("all of us", person(5, "Ed Ward")),
]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        # A place whose name has it as a whole comes before a command that has its letters here and there.
        ("vorst", "room vorst-overleg"),
        ("VORST-O", "room vorst-overleg"),
        ("-vorst", "room de-vorst"),
        ("dora", "person Dora"),
        ("ed w", "person Ed Ward"),
        ("ward", "person Ed Ward"),
        ("all of us", "room all of us"),
        # A command that is called so, or begins so, or is done by this key, comes before every place.
        ("door", "View: door"),
        ("view: do", "View: door"),
        ("quit", "Quit"),
        ("next", "Next "),
        ("q", "Quit"),
        ("sort", "Sort"),
        # And where no place is called so, the letters alone lead to a command as before.
        ("vdoor", "View: door"),
        ("ward ed", "person Ed Ward"),
    ],
)
async def test_the_first_is_what_was_meant(typed: str, first: str) -> None:
    async with running([*connected(), *NAMED, ended()], (120, 60)) as run:
        await ask(run, typed)
        options = run.app.screen.query_one(CommandList)
        for _ in range(50):
            if options.option_count:
                break
            await run.pilot.pause(0.02)
        shown = " ".join(str(options.get_option_at_index(0).prompt).split())
        assert shown.startswith(first), shown


async def test_enter_goes_to_the_room_that_was_typed() -> None:
    async with running([*connected(), *NAMED, ended()]) as run:
        await choose(run, "vorst")
        assert run.room() == "vorst-overleg"
        assert "1 rooms" in run.text()


async def test_a_room_called_just_so_is_named_however_many_are_called_alike() -> None:
    many = [seen(f"a-vorst-{at:02}", person(100 + at, f"P{at}")) for at in range(60)]
    async with running([*connected(), *many, seen("vorst", person(1, "Dora")), ended()]) as run:
        await choose(run, "vorst")
        assert run.room() == "vorst"


async def test_it_leads_to_a_server() -> None:
    async with running("several") as run:
        assert "server school" in await ask(run, "school")
        await run.press("enter")
        await run.pilot.pause(0.05)
        assert "/server:school" in run.text()
        assert not any(row.key.server != "school" for row in run.grid("rooms")._rows)  # type: ignore[attr-defined]


async def test_names_are_no_markup() -> None:
    evil = "[red]x[/red] \x1b[31m[@click=app.quit]go[/]"
    async with running([*connected(), seen("[bold]room", person(1, evil), jane(2))]) as run:
        text = await ask(run, "go")
        assert "[red]x[/red]" in text
        assert "[@click" in text
        assert "[bold]room" in text


async def test_there_are_no_names_while_names_are_hidden() -> None:
    async with running("overview", wall=True) as run:
        names = names_in(run.store)
        for words in ("jane", "maths", "o", "j"):
            lowered = (await ask(run, words)).casefold()
            assert [one for one in names if one in lowered and one != words] == []
            await run.press("escape")
        assert "room room-" in await ask(run, "room-")


async def test_typing_into_the_filter_keeps_the_colon() -> None:
    async with running("overview") as run:
        await run.press("slash", *"room", "colon", "m")
        assert "room:m" in run.text()
        assert len(run.app.screen_stack) == 1
