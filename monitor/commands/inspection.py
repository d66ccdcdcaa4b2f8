"""An inspection as lines for a terminal, and as a document for other programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.text import Text

from monitor.core.text import Shown, clean
from monitor.tokens.checks import Check, Outcome, shown
from monitor.tokens.inspect import Inspection, Moment, Verdict
from monitor.ui.durations import find_local, spell

_MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("×", "bold red"),
    Outcome.UNKNOWN: ("?", "yellow"),
}
_LONG = 200
_CHECK_INDENT = 17
_MOST_INDENT = 40


class Line(NamedTuple):
    """A line for the terminal; what does not fit on it goes on below, `indent` cells in."""

    text: Text
    indent: int = 0


def lines(inspection: Inspection) -> Iterator[Line]:
    """What there is to say, the verdict first. Every line is clean."""
    for verdict in inspection.verdicts:
        yield from _verdict(verdict, inspection)
    yield from _checks(inspection.verdict)
    yield from _fields("Header", inspection.header, inspection.moments)
    yield from _fields("Claims", inspection.claims, inspection.moments)
    yield from _rights(inspection)
    if inspection.notes:
        yield _heading("Notes")
        for note in inspection.notes:
            yield Line(Text.assemble(("  i ", "cyan"), clean(note)), 4)


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


def refusal(check: Check) -> Shown:
    """Why a server refuses: its own words first."""
    said = f'"{clean(check.words)}": ' if check.words else "without a word: "
    return clean(said + check.meaning)


def _verdict(verdict: Verdict, inspection: Inspection) -> Iterator[Line]:
    who = f" {clean(verdict.server)}" if verdict.server else ""
    if not inspection.is_readable and verdict.failure is not None:
        yield Line(Text.assemble(("Not a readable token", "bold red"), f": {clean(verdict.failure.meaning)}."))
    elif verdict.failure is not None:
        place = f"Refused at {verdict.failure.stage.value}"
        yield Line(Text.assemble((place, "bold red"), f" by{who or ' the server'}, {refusal(verdict.failure)}."))
    else:
        colour = "bold green" if not verdict.doubts else "bold yellow"
        words = "Gets in" if not verdict.doubts else "Nothing that could be checked refuses it"
        rank = f" as {inspection.affiliation.value}" if inspection.affiliation else ""
        yield Line(Text.assemble((words, colour), f"{' at' if who else ''}{who}{rank}."))
        for doubt in verdict.doubts:
            yield Line(Text.assemble(("  ? ", "yellow"), f"{doubt.about}: {clean(doubt.meaning)}"), 4)


def _checks(verdict: Verdict) -> Iterator[Line]:
    yield _heading("Checks, in the server's order")
    for check in verdict.checks:
        mark, style = _MARKS[check.outcome]
        words = refusal(check) if check.outcome is Outcome.FAILED else clean(check.meaning)
        yield Line(Text.assemble((f"  {mark} ", style), (f"{check.about:<12} ", "bold"), words), _CHECK_INDENT)


def _fields(title: str, fields: dict[str, Any] | None, moments: tuple[Moment, ...]) -> Iterator[Line]:
    if fields is None:
        return
    yield _heading(title)
    at = {moment.name: moment for moment in moments} if title == "Claims" else {}
    flat = list(_flat(fields))
    width = min(max((len(name) for name, _ in flat), default=0), 32)
    for name, value in flat:
        words = f"{value}  {_spelled(at[name])}" if name in at else value
        yield Line(Text.assemble("    ", (f"{name:<{width}}  ", "dim"), words), min(width + 6, _MOST_INDENT))


def _flat(fields: dict[str, Any], before: str = "") -> Iterator[tuple[Shown, Shown]]:
    for name, value in fields.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield clean(path, _LONG), shown(value, _LONG)


def _spelled(moment: Moment) -> str:
    local = find_local(moment.at)
    if local is None:
        return "(no date)"
    length = spell(abs(moment.in_s))
    return f"{local:%Y-%m-%d %H:%M:%S %Z}, {f'in {length}' if moment.in_s > 0 else f'{length} ago'}"


def _rights(inspection: Inspection) -> Iterator[Line]:
    if inspection.affiliation is None:
        return
    yield _heading("Rights, once in")
    features = "the server's defaults" if inspection.features is None else ", ".join(inspection.features) or "none"
    for name, words in (("affiliation", inspection.affiliation.value), ("features", features)):
        yield Line(Text.assemble("    ", (f"{name:<11}  ", "dim"), words), _CHECK_INDENT)


def _heading(title: str) -> Line:
    return Line(Text.assemble("\n", (title, "bold")))


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    failure = verdict.failure
    return {
        "server": verdict.server,
        "gets_in": verdict.gets_in,
        "signature_checked": verdict.is_signed,
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
