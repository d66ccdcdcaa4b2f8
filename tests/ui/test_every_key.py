"""Every key of the table, in every view, at both sizes: what it does is asserted, or that it does nothing there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from monitor.core.events import Event
from monitor.tokens.journal import Journal
from monitor.ui.access import TokenAccess
from monitor.ui.keymap import COMMANDS
from monitor.ui.keys.places import TOGETHER, Place
from tests.tokens.samples import settings
from tests.ui import effects_on_findings
from tests.ui.effects import BOX_VIEW, CASES, QUITS, VIEWS, go, keys_of, name
from tests.ui.scenes import SCENES, SERVER
from tests.ui.screen import NARROW, WIDE, Running, running

PANES: dict[str, set[Place]] = {
    "rooms": {"rooms", "deeper", "inside"},
    "people": {"listed"},
    "findings": {"listed", "beneath"},
    "door": {"listed", "beneath"},
    "history": {"ended", "listed", "beneath"},
    "detail": {"detail"},
}
EVERYWHERE: set[Place] = {"app", "overview", "scrolling", "columns", "filter", "help", "chooser"}
BOXES: set[Place] = {"mint", "choice", "link", "inspector", "note", "silence"}


def everything() -> list[Event]:
    """Rooms with findings, people turned away, rooms that are over."""
    return [*SCENES["ended"], *SCENES["door"], *SCENES["overview"], *SCENES["held-open"]]


def works_in(id: str) -> list[str]:
    """The views in which a command's keys are heard."""
    place = COMMANDS[id][0].place
    if place in BOXES:
        return [BOX_VIEW]
    found = [view for view in VIEWS if place in EVERYWHERE or place in PANES[view]]
    # Nothing is filtered in the detail, so there is no line in which these keys could be heard.
    return [view for view in found if (place, view) != ("filter", "detail")]


def test_every_command_has_a_case_and_every_place_is_known() -> None:
    assert effects_on_findings.__doc__
    assert set(CASES) | set(QUITS) == set(COMMANDS)
    places = {place for here in TOGETHER for place in here}
    assert places == EVERYWHERE | BOXES | set().union(*PANES.values())
    assert all(works_in(id) and keys_of(id) for id in COMMANDS)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_every_key_does_what_it_says(size: tuple[int, int], view: str, tmp_path: Path) -> None:
    tokens = TokenAccess({SERVER: settings()}, Journal(tmp_path / "minted.jsonl"), "ann", "ann")
    async with running(everything(), size, tokens=tokens) as run:
        for id in [id for id in CASES if view in works_in(id)]:
            await go(run, view)
            await run.press("g")
            try:
                await CASES[id](run, keys_of(id))
            except BaseException as failure:
                failure.add_note(f"{id} {keys_of(id)} in the view {view} at {size}:\n{drawn(run)}")
                raise
            assert len(run.app.screen_stack) == 1, id
            run.app.clear_notifications()
            await run.pilot.pause()
            assert name(run) == view, id


def drawn(run: Running) -> str:
    """The screen, for whoever looks at a failure."""
    try:
        return "\n".join(strip.text for strip in run.app.screen._compositor.render_strips())
    except Exception:  # the screen may be gone
        return f"no screen ({sys.exc_info()[1]})"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("id", "key"), [(id, key) for id in QUITS for key in keys_of(id)])
async def test_what_quits_does_so_from_every_view(id: str, key: str, view: str) -> None:
    assert COMMANDS[id]
    async with running(everything(), NARROW) as run:
        await go(run, view)
        if COMMANDS[id][0].place == "help":
            await run.press("question_mark")
        assert not run.app._exit
        await run.press(key)
        assert run.app._exit
