"""A link that was made: hidden until asked for, in whatever form, and gone after a minute without a trace."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.app import App

from monitor.ui.qr import code_of
from monitor.ui.screens import link as link_module
from monitor.ui.screens.link import SHOWN_S, LinkScreen
from monitor.ui.screens.overview import OverviewScreen
from tests.tokens.samples import SECRET
from tests.ui.minting import access, link_screen, rooms, token_of
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def joined(run: Running) -> str:
    """What is drawn, as one line without spaces."""
    return "".join("".join(run.lines()).split())


async def to_the_link(run: Running) -> str:
    await run.press("t", "enter")
    return token_of(run)


@SIZES
async def test_it_is_masked_until_it_is_revealed_and_hidden_again(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        token = await to_the_link(run)
        assert "https://meet.example/chemie-9?jwt=header.payload.•••" in run.text()
        assert not any(part in joined(run) for part in token.split("."))
        await run.press("v")
        assert f"https://meet.example/chemie-9?jwt={token}" in joined(run)
        await run.press("v")
        assert not any(part in joined(run) for part in token.split("."))
        assert "as owner of chemie-9" in run.text()
        assert "14:43:20 UTC, for 30 min" in run.text()


@SIZES
async def test_both_forms_say_what_they_expose(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        token = await to_the_link(run)
        assert "?jwt= is part of the request" in run.text()
        await run.press("f", "v")
        assert "#jwt= never leaves the browser in a request" in run.text()
        assert f"https://meet.example/chemie-9#jwt=%22{token}%22" in joined(run)
        await run.press("f")
        assert f"?jwt={token}" in joined(run)


@SIZES
async def test_copying_asks_the_terminal_and_keeps_nothing(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(App, "copy_to_clipboard", lambda _app, text: asked.append(text))
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        token = await to_the_link(run)
        await run.press("c", "f", "c")
        assert asked == [f"https://meet.example/chemie-9{mark}" for mark in (f"?jwt={token}", f"#jwt=%22{token}%22")]


async def test_textual_keeps_no_copy_of_what_was_copied(tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await to_the_link(run)
        await run.press("c")
        assert run.app.clipboard == ""


@SIZES
async def test_after_a_minute_it_is_gone_and_so_are_its_keys(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(300), size, tokens=access(tmp_path)) as run:
        token = await to_the_link(run)
        await run.press("v")
        assert "forgotten in 60 s" in run.text()
        await run.wait(SHOWN_S - 0.5)
        assert "forgotten in 1 s" in run.text()
        assert token in joined(run)
        await run.wait(0.5)
        assert "The link is forgotten after 60 s." in run.text()
        assert not any(part in joined(run) for part in token.split("."))
        assert "copy" not in run.lines()[-1]
        assert "esc forget" in run.text().splitlines()[-1]
        await run.press("v", "o", "c", "s", "f")
        assert not any(part in joined(run) for part in token.split("."))
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)


async def test_a_clock_set_back_keeps_no_link(tmp_path: Path) -> None:
    async with running(rooms(300), tokens=access(tmp_path)) as run:
        await to_the_link(run)
        await run.wait(-3600)
        assert link_screen(run)._minted is None


@SIZES
async def test_escape_forgets_it(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await to_the_link(run)
        screen = link_screen(run)
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)
        assert screen._minted is None


async def test_the_code_is_drawn_dark_on_light_in_both_themes_and_holds_the_link(tmp_path: Path) -> None:
    for theme in ("mucmon-dark", "mucmon-light"):
        async with running(rooms(), theme=theme, tokens=access(tmp_path)) as run:
            token = await to_the_link(run)
            assert "█" not in run.text()
            await run.press("o")
            drawn = [
                segment
                for strip in run.app.screen._compositor.render_strips()
                for segment in strip
                if set(segment.text) & set("█▀▄")
            ]
            expected = code_of(f"https://meet.example/chemie-9?jwt={token}", 172, 43)
            assert expected is not None
            assert len(expected.lines) > 30
            assert [segment.text for segment in drawn] == [line for line in expected.lines if line.strip()]
            for segment in drawn:
                assert segment.style is not None
                assert segment.style.color is not None
                assert segment.style.bgcolor is not None
                assert segment.style.color.triplet == (0, 0, 0)
                assert segment.style.bgcolor.triplet == (255, 255, 255)
            await run.press("o")
            assert "█" not in run.text()


async def test_where_the_code_does_not_fit_the_size_it_takes_is_said(tmp_path: Path) -> None:
    async with running(rooms(), NARROW, tokens=access(tmp_path)) as run:
        await to_the_link(run)
        await run.press("o")
        assert "█" not in run.text()
        assert "and the terminal has 80 and 24" in " ".join(run.text().split())


async def test_a_code_alone_fills_a_terminal_that_has_no_room_beside_it(tmp_path: Path) -> None:
    async with running(rooms(), (100, 50), tokens=access(tmp_path)) as run:
        await to_the_link(run)
        await run.press("o")
        assert "█" in run.text()
        assert "forgotten in 60 s" in run.text()
        await run.press("o")
        assert "as owner of chemie-9" in run.text()


def test_the_code_is_the_one_segno_makes() -> None:
    import segno

    made = segno.make("https://meet.example/alpha", error="l", micro=False)
    code = code_of("https://meet.example/alpha", 200, 100)
    assert code is not None
    rows: list[list[int]] = []
    for line in code.lines:
        rows.append([int(half in "█▀") for half in line])
        rows.append([int(half in "█▄") for half in line])
    assert rows[: code.width] == [list(row) for row in made.matrix_iter(border=4)]


def test_no_code_holds_more_than_a_code_can_hold() -> None:
    assert code_of("x" * 5000, 1000, 1000) is None


@SIZES
async def test_the_terminal_is_given_to_the_link_alone(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, float]] = []

    async def note(_app: object, text: str, _hint: str, timeout_s: float) -> None:
        given.append((text, timeout_s))

    monkeypatch.setattr(link_module, "hand_over", note)
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        token = await to_the_link(run)
        await run.wait(20)
        await run.press("s")
        assert given == [(f"https://meet.example/chemie-9?jwt={token}", SHOWN_S - 20)]


async def test_a_terminal_that_cannot_be_handed_over_says_so(tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await to_the_link(run)
        await run.press("s")
        assert [note.message for note in run.app._notifications] == [
            "This terminal cannot be handed over; v shows the link here."
        ]


@SIZES
async def test_nothing_that_is_kept_or_drawn_holds_the_token_or_the_secret_afterwards(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setattr("textual.constants.LOG_FILE", str(log))
    async with running(rooms(300), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        form = run.app.screen
        await run.press("enter")
        token = token_of(run)
        shown = repr(run.app.screen) + repr(vars(run.app.screen)) + repr(form)
        for key in ("v", "f", "o", "v", "c", "o"):
            await run.press(key)
            shown += repr(run.app.screen) + " ".join(str(widget.id) for widget in run.app.screen.query("*"))
        await run.press("v")
        await run.wait(SHOWN_S)
        kept = [run.app.export_screenshot(), "".join(run.lines()), repr(vars(run.app)), repr(vars(run.app.screen))]
        await run.press("escape")
        kept += [run.app.export_screenshot(), "".join(run.lines()), repr(vars(run.app))]
        kept += [repr(vars(widget)) for widget in run.app.screen.query("*")]
    kept += [shown, log.read_text(), (tmp_path / "minted.jsonl").read_text()]
    assert "LinkScreen" in log.read_text()
    signature = token.split(".")[2]
    for text in kept:
        assert token not in text
        assert signature not in "".join(text.split())
        assert SECRET not in text


async def test_the_backstop_does_not_need_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "SHOWN_S", 0.05)
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("t", "enter")
        async with asyncio.timeout(5):
            while isinstance(run.app.screen, LinkScreen) and run.app.screen._minted is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert "forgotten" in run.text()
