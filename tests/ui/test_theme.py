"""Colours: high contrast is one, and no colour carries a meaning alone."""

from __future__ import annotations

import pytest
from textual.color import Color

from monitor.ui.theme import CONTRAST, PALETTES, Palette
from tests.ui.screen import NARROW, WIDE, running

INKS = ("text", "muted", "accent", "critical", "warning", "good", "info", "violet")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.1)."""
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(colour).normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("ink", INKS)
def test_high_contrast_is_one_on_the_background_and_on_the_chosen_row(ink: str) -> None:
    palette = PALETTES[CONTRAST]
    assert contrast(getattr(palette, ink), palette.background) >= 7
    assert contrast(getattr(palette, ink), palette.selection) >= 4.5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_theme_of_ours_can_be_read(palette: Palette) -> None:
    for ink in INKS:
        assert contrast(getattr(palette, ink), palette.background) >= (3.8 if ink == "muted" else 4.5), ink


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_without_colours_only_greys_are_drawn_and_every_sign_has_its_word(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running("held-open", size) as run:
        assert run.app.no_color
        for view in "12345":
            await run.press(view)
            for strip in run.app.screen._compositor.render_strips():
                for segment in (
                    strip.apply_filter(run.app._filters[0], Color.parse("black")) if run.app._filters else strip
                ):
                    style = segment.style
                    for colour in (style.color, style.bgcolor) if style else ():
                        if colour is not None and colour.triplet is not None:
                            assert len(set(colour.triplet)) == 1, segment
        await run.press("1")
        assert "× held open" in run.text()
        assert "▼ 1 closing" in run.text()
