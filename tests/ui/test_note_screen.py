"""The incident note from every view: what is shown is what is copied, and nobody's name without being asked for."""

from __future__ import annotations

import pytest

from monitor.ui.handover import _fits
from monitor.ui.screens import note as note_module
from monitor.ui.screens.note import NoteScreen
from monitor.ui.screens.overview import OverviewScreen
from tests.ui.scenes import over
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def words(run: Running) -> str:
    """What is drawn, in one line."""
    assert isinstance(run.app.screen, NoteScreen)
    return " ".join(run.text().split())


def said(run: Running) -> str:
    """What was told in passing."""
    return " ".join(str(one.message) for one in run.app._notifications)


@SIZES
async def test_y_copies_the_note_on_the_room_with_initials_and_shows_it(
    size: tuple[int, int], copied: list[str]
) -> None:
    async with running("held-open", size) as run:
        assert ("y note" in run.lines()[-1]) == (size == WIDE)
        await run.press("j", "y")
        text = words(run)
        assert "incident note people as initials copied, if the terminal does that; else s" in text
        assert len(copied) == 1
        assert copied[0].startswith("Room:   nocheintest @ conference.meet.example, server meet\n")
        assert "What:   critical, held open (F10c): The host left; the room stays open." in copied[0]
        assert "Who:    J. D. left at 2026-09-21 13:54:07 UTC" in copied[0]
        assert "people as initials; from mucmon, 2026-09-21 14:13:20 UTC" in copied[0]
        assert "Jane" not in copied[0] + text
        assert run.app._clipboard == ""
        for line in copied[0].splitlines()[:8]:
            assert " ".join(line[8:].split())[:40] in text
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)
        assert run.room() == "nocheintest"


@SIZES
async def test_y_again_or_shift_gives_full_names_and_says_so(size: tuple[int, int], copied: list[str]) -> None:
    async with running("held-open", size) as run:
        await run.press("j", "y", "y")
        assert "incident note names in full" in words(run)
        assert "Jane Doe has owner rights the token does not give." in copied[1]
        assert "names in full; from mucmon" in copied[1]
        await run.press("y")
        assert "people as initials" in words(run)
        assert copied[2] == copied[0]
        await run.press("escape", "Y")
        assert copied[3] == copied[1]
        await run.press("c")
        assert copied[4] == copied[1]
        assert "The terminal was asked to copy the note." in said(run)


@SIZES
async def test_the_note_is_about_whoever_and_whatever_is_chosen(size: tuple[int, int], copied: list[str]) -> None:
    async with running("overview", size) as run:
        await run.press("tab", "y", "escape")
        assert "What:   critical, claim ignored (F3): F. M. is the host by token" in copied[-1]
        await run.press("j", "y", "escape")
        assert "What:   no finding" in copied[-1]
        assert "Who:    P. 3.: token says member, room says member since 2026-09-21 14:03:20 UTC" in copied[-1]
        await run.press("2", "y", "escape")
        assert "What:   critical, guest owner (F7): E. G. came without a token and owns the room." in copied[-1]
        await run.press("3", "G", "y", "escape")
        assert copied[-1].count("What:") == 1
        await run.press("g", "y", "escape")
        assert copied[-1].startswith("Server: meet\nWhat:   critical (F1): made owner by focus")
        await run.press("1", "g", "enter", "y", "escape")
        assert copied[-1].startswith("Room:   board-2031")
        assert copied[-1].count("What:") >= 1
        await run.press("j", "y", "escape")
        assert "What:   no finding" in copied[-1]
        await run.press("tab", "tab", "y")
        assert "(F3)" in copied[-1]


@SIZES
async def test_a_note_on_a_room_that_closes_has_its_deadline(size: tuple[int, int], copied: list[str]) -> None:
    async with running("closing", size) as run:
        await run.press("y")
        assert "Closes: 2026-09-21 14:13:57 UTC (in 37 s), unless an owner is present" in copied[0]
        assert "Who:    A. Y. left at 2026-09-21 14:12:57 UTC" in copied[0]


@SIZES
async def test_a_note_on_a_room_that_is_over_says_how_it_ended(size: tuple[int, int], copied: list[str]) -> None:
    async with running("closing", size) as run:
        await run.press("enter")
        await run.apply(over(0, "chemie-9", "timer"))
        await run.press("y")
        assert "Ended:  2026-09-21 14:13:20 UTC, closed by its timer" in copied[0]


@SIZES
async def test_where_there_is_nothing_to_tell_about_there_is_no_note(size: tuple[int, int], copied: list[str]) -> None:
    for scene, keys in (("empty", ("4",)), ("empty", ("5",)), ("empty", ()), ("empty", ("3",)), ("empty", ("2",))):
        async with running(scene, size) as run:
            await run.press(*keys, "y", "Y")
            assert isinstance(run.app.screen, OverviewScreen)
            assert "note" not in run.lines()[-1].split()
    async with running("overview", size, wall=True) as run:
        await run.press("y", "Y")
        assert isinstance(run.app.screen, OverviewScreen)
        await run.press("slash", "y", "Y")
        assert isinstance(run.app.screen, OverviewScreen)
    assert copied == []


async def test_what_comes_to_pass_meanwhile_does_not_change_the_note(copied: list[str]) -> None:
    async with running("closing") as run:
        await run.press("y")
        await run.wait(20)
        await run.press("y", "y")
        assert copied[2] == copied[0]


@SIZES
async def test_s_gives_the_terminal_to_the_note_alone(
    size: tuple[int, int], copied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, bool]] = []

    async def hand_over(_app: object, text: str, _hint: str, _timeout_s: float, *, may_stay: bool) -> None:
        given.append((text, may_stay))

    monkeypatch.setattr(note_module, "hand_over", hand_over)
    async with running("held-open", size) as run:
        await run.press("j", "y", "s")
        await run.pilot.pause()
        assert given == [(copied[0], True)]
        await run.press("y", "s")
        await run.pilot.pause()
        assert given[1] == (copied[1], True)
    async with running("held-open", size) as run:
        monkeypatch.undo()
        await run.press("j", "y", "s")
        await run.pilot.pause()
        assert "This terminal cannot be handed over" in said(run)


def test_a_text_fits_with_its_hint_where_the_terminal_wraps_it() -> None:
    assert _fits("a\nb", 80, 5)
    assert not _fits("a\nb", 80, 4)
    assert _fits("x" * 81, 80, 5)
    assert not _fits("x" * 161, 80, 5)
    assert not _fits("日" * 41, 80, 4)
