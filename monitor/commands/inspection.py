"""An inspection as lines for a terminal, and as a document for other programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.text import Text

from monitor.tokens.checks import Check
from monitor.tokens.inspect import Inspection, Verdict
from monitor.ui.inspection import Section, sections, verdict_lines
from monitor.ui.spans import GAP, Cell, Style, width_of

_COLOURS: dict[Style, str] = {
    "alarm": "bold red",
    "good": "bold green",
    "warning": "bold yellow",
    "info": "cyan",
    "strong": "bold",
    "muted": "dim",
}


class Line(NamedTuple):
    """A line for the terminal; what does not fit on it goes on below, `indent` cells in."""

    text: Text
    indent: int = 0


def lines(inspection: Inspection) -> Iterator[Line]:
    """What there is to say, the verdict first. Every line is clean."""
    for verdict in verdict_lines(inspection):
        yield Line(_text(*verdict))
    for section in sections(inspection):
        yield from _section(section)


def _section(section: Section) -> Iterator[Line]:
    yield Line(Text.assemble("\n", (section.title, "bold")))
    for row in section.rows:
        indent = row.indent or 0
        gap = " " * max(indent - width_of(row.label), 2)
        yield Line(Text.assemble("  ", _text(row.label), gap, _text(*row.rest)), indent + 2)


def _text(*cells: Cell) -> Text:
    drawn = [Text(" ").join(Text(words, _COLOURS.get(style, "")) for words, style in one) for one in cells if one]
    return Text(" " * GAP).join(drawn)


def document(inspection: Inspection) -> dict[str, Any]:
    """The same for a program: JSON types only, without the signature."""
    return {
        "gets_in": inspection.verdict.gets_in,
        "readable": inspection.is_readable,
        "at": inspection.at,
        "room": inspection.room,
        "servers": [_verdict_document(verdict) for verdict in inspection.verdicts],
        "affiliation": inspection.affiliation,
        "features": list(inspection.features) if inspection.features is not None else None,
        "header": _finite(inspection.header),
        "claims": _finite(inspection.claims),
        "times": {
            moment.name: {"at": _finite(moment.at), "in_s": _finite(moment.in_s)} for moment in inspection.moments
        },
        "notes": list(inspection.notes),
    }


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    failure = verdict.failure
    return {
        "server": verdict.server,
        "gets_in": verdict.gets_in,
        "signature_checked": verdict.is_signed,
        "link_leads_to": verdict.elsewhere or None,
        "refused": _check_document(failure) if failure else None,
        "checks": [_check_document(check) for check in verdict.checks],
    }


def _check_document(check: Check) -> dict[str, str]:
    return {
        "check": check.about,
        "stage": check.stage,
        "outcome": check.outcome,
        "words": check.words,
        "meaning": check.meaning,
    }


def _finite(value: Any) -> Any:
    """`value` without the numbers that JSON does not have; those become text."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
