"""Colours: our three themes, and the look of every style name under whatever theme is active.

Colour never carries a meaning alone: a glyph and a word always stand beside it, so NO_COLOR stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style as RichStyle
from textual.color import Color
from textual.theme import Theme

from monitor.ui.spans import Style

if TYPE_CHECKING:
    from textual.app import App

DARK = "mucmon-dark"
LIGHT = "mucmon-light"
CONTRAST = "mucmon-contrast"


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as Textual spells them."""

    background: str
    text: str
    muted: str
    line: str
    selection: str
    accent: str
    critical: str
    warning: str
    good: str
    info: str
    violet: str


PALETTES: dict[str, Palette] = {
    DARK: Palette(
        background="#0e1116",
        text="#d7dee9",
        muted="#6f7d92",
        line="#263041",
        selection="#1b2636",
        accent="#5fd7c5",
        critical="#ff6b6b",
        warning="#f2b75b",
        good="#7ccf8a",
        info="#6fb3ff",
        violet="#c19bff",
    ),
    LIGHT: Palette(
        background="#fbfaf7",
        text="#22272e",
        muted="#7a7f87",
        line="#d9d6cd",
        selection="#e8efec",
        accent="#0b7f73",
        critical="#c2272d",
        warning="#9a6200",
        good="#1f7a3a",
        info="#1b63b3",
        violet="#7440b8",
    ),
    CONTRAST: Palette(
        background="#000000",
        text="#ffffff",
        muted="#c4c4c4",
        line="#8a8a8a",
        selection="#103a5c",
        accent="#5fffff",
        critical="#ff8a8a",
        warning="#ffd75f",
        good="#87ff87",
        info="#9fd7ff",
        violet="#d9b8ff",
    ),
}


@dataclass(frozen=True)
class Look:
    """The active theme as cells need it."""

    styles: Mapping[Style, RichStyle]
    selected: RichStyle
    palette: Palette


def themes() -> list[Theme]:
    """Our palettes as Textual themes."""
    return [_theme(name, palette, name != LIGHT) for name, palette in PALETTES.items()]


def _theme(name: str, palette: Palette, dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.info,
        accent=palette.accent,
        warning=palette.warning,
        error=palette.critical,
        success=palette.good,
        foreground=palette.text,
        background=palette.background,
        surface=palette.selection,
        panel=palette.selection,
        dark=dark,
        variables={
            "border": palette.accent,
            "border-blurred": palette.line,
            "block-cursor-background": palette.selection,
            "block-cursor-foreground": palette.accent,
            "scrollbar": palette.line,
            "scrollbar-hover": palette.muted,
            "scrollbar-active": palette.accent,
            "scrollbar-background": palette.background,
            "scrollbar-background-hover": palette.background,
            "scrollbar-background-active": palette.background,
            "scrollbar-corner-color": palette.background,
        },
    )


def palette_of(theme: Theme) -> Palette:
    """A theme's palette: ours as it stands, another's derived from its own variables."""
    if theme.name in PALETTES:
        return PALETTES[theme.name]
    colours = {**theme.to_color_system().generate(), **theme.variables}
    background, text = colours["background"], colours["foreground"]
    return Palette(
        background=background,
        text=text,
        muted="ansi_bright_black" if theme.ansi else _mix(background, text, 0.55),
        line="ansi_bright_black" if theme.ansi else _mix(background, text, 0.2),
        selection=background if theme.ansi else _mix(background, colours["primary"], 0.25),
        accent=colours["accent"] if theme.ansi else colours["text-accent"],
        critical=colours["error"] if theme.ansi else colours["text-error"],
        warning=colours["warning"] if theme.ansi else colours["text-warning"],
        good=colours["success"] if theme.ansi else colours["text-success"],
        info=colours["primary"] if theme.ansi else colours["text-primary"],
        violet="ansi_magenta" if theme.ansi else _mix(colours["text-primary"], colours["text-error"], 0.5),
    )


def css_variables(theme: Theme) -> dict[str, str]:
    """The variables our style sheet uses, for any theme."""
    palette = palette_of(theme)
    return {
        "mucmon-text": palette.text,
        "mucmon-muted": palette.muted,
        "mucmon-line": palette.line,
        "mucmon-selection": palette.selection,
        "mucmon-accent": palette.accent,
        "mucmon-critical": palette.critical,
        "mucmon-warning": palette.warning,
        "mucmon-info": palette.info,
    }


def look_of(app: App[object]) -> Look:
    """The look of the app's active theme; without colours, the chosen row is reversed."""
    theme = app.current_theme
    key = (theme.name, app.no_color)
    if key not in _looks:
        _looks[key] = _look(palette_of(theme), app.no_color, theme.ansi)
    return _looks[key]


_looks: dict[tuple[str, bool], Look] = {}


def _look(palette: Palette, no_color: bool, ansi: bool) -> Look:
    # Red turns into a grey darker than plain text where colours are taken out: what is wrong is bold instead.
    critical = palette.text if no_color else palette.critical
    warning = palette.text if no_color else palette.warning
    loud = True if no_color else None
    styles: dict[Style, RichStyle] = {
        "text": _ink(palette.text),
        "strong": _ink(palette.text, bold=True),
        "muted": _ink(palette.muted),
        "accent": _ink(palette.accent),
        "key": _ink(palette.accent, bold=True),
        "critical": _ink(critical, bold=loud),
        "alarm": _ink(critical, bold=True),
        "warning": _ink(warning, bold=loud),
        "good": _ink(palette.good),
        "info": _ink(palette.info),
        "violet": _ink(palette.violet),
        "badge": _ink(warning, bold=True) + RichStyle(reverse=True),
    }
    selection = Color.parse(palette.selection).rich_color
    selected = RichStyle(bgcolor=selection)
    if no_color or ansi:
        selected = RichStyle(
            color=styles["text"].color,
            bgcolor=Color.parse(palette.background).rich_color,
            reverse=True,
        )
    return Look(styles, selected, palette)


def _ink(colour: str, bold: bool | None = None) -> RichStyle:
    return RichStyle(color=Color.parse(colour).rich_color, bold=bold)


def _mix(under: str, over: str, part: float) -> str:
    return Color.parse(under).blend(Color.parse(over), part).hex6
