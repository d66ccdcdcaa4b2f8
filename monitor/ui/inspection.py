"""What there is to say about a token, in lines of coloured text: the screen and the command line say the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from monitor.core.text import Shown, clean
from monitor.tokens.checks import Check, Outcome, shown
from monitor.tokens.inspect import Inspection, Moment, Verdict
from monitor.ui.durations import find_local, spell
from monitor.ui.spans import Cell, Labelled, Line, Style, Text, cell, line, span, width_of

_MARKS: dict[Outcome, tuple[str, Style]] = {
    Outcome.PASSED: ("✓", "good"),
    Outcome.FAILED: ("×", "alarm"),
    Outcome.UNKNOWN: ("?", "warning"),
}
_LONG = 200
_CHECKS, _CLAIMS = "Checks, in the server's order", "Claims"
_WIDEST_LABEL = 34


class Section(NamedTuple):
    """Lines that belong together, each with its label."""

    title: str
    rows: tuple[Labelled, ...]


def verdict_lines(inspection: Inspection) -> Iterator[Line]:
    """What each server makes of it, and what could not be checked."""
    for verdict in inspection.verdicts:
        yield from _verdict(verdict, inspection)


def told(inspection: Inspection) -> list[Text]:
    """All there is to say, the verdict first."""
    return [*verdict_lines(inspection), *explained(inspection)]


def explained(inspection: Inspection) -> list[Text]:
    """The same without the verdict."""
    return list(_spread(sections(inspection)))


def told_by_claim(inspection: Inspection) -> list[Text]:
    """The same with each check beside the claim it looks at."""
    kept = [section for section in sections(inspection) if section.title not in (_CHECKS, _CLAIMS)]
    claims = Section("Claims, and what the server makes of each", aligned(_checked_claims(inspection)))
    return [*verdict_lines(inspection), *_spread([claims, *kept])]


def sections(inspection: Inspection) -> Iterator[Section]:
    """Everything else there is to say; what is not there is left out."""
    yield Section(_CHECKS, aligned(_checks(inspection.verdict)))
    if inspection.header is not None:
        yield Section("Header", aligned(field_rows(inspection.header)))
    if inspection.claims is not None:
        yield Section(_CLAIMS, aligned(field_rows(inspection.claims, inspection.moments)))
    if inspection.affiliation is not None:
        yield Section("Rights, once in", aligned(_rights(inspection)))
    if inspection.notes:
        yield Section("Notes", aligned(Labelled(cell("i", "info"), (cell(note),)) for note in inspection.notes))


def aligned(rows: Iterable[Labelled]) -> tuple[Labelled, ...]:
    """These lines with their labels in one column, no wider than the widest needs."""
    known = tuple(rows)
    indent = min(max((width_of(row.label) for row in known), default=0), _WIDEST_LABEL) + 2
    return tuple(Labelled(row.label, row.rest, indent) for row in known)


def field_rows(fields: Mapping[str, Any], moments: tuple[Moment, ...] = ()) -> Iterator[Labelled]:
    """One line for each claim, nested ones by their path; a time also as a date and as how long until then."""
    at = {moment.name: moment for moment in moments}
    for name, value in _flat(fields):
        words = f"{value}  {_spelled(at[name])}" if name in at else value
        yield Labelled(cell(name, "muted"), (cell(words),))


def refusal(check: Check) -> Shown:
    """Why a server refuses: its own words first."""
    said = f'"{clean(check.words)}": ' if check.words else "without a word: "
    return clean(said + check.meaning)


def _verdict(verdict: Verdict, inspection: Inspection) -> Iterator[Line]:
    who = clean(verdict.server)
    if not inspection.is_readable and verdict.failure is not None:
        yield line(span("Not a readable token:", "alarm"), span(f"{verdict.failure.meaning}."))
    elif verdict.failure is not None:
        place = f"× Refused at {verdict.failure.stage.value}"
        yield line(span(place, "alarm"), span(f"by {who or 'the server'}, {refusal(verdict.failure)}."))
    else:
        words, style = _let_in(verdict, inspection)
        rank = f"as {inspection.affiliation.value}" if inspection.affiliation else ""
        place = f"at {who}" if who else ""
        yield line(span(words, style), span(f"{' '.join(part for part in (place, rank) if part) or 'here'}."))
        if verdict.elsewhere:
            words = f"the link leads to {clean(verdict.elsewhere, _LONG)}, which is not {who}'s address"
            yield line(span("!", "warning"), span(f"{words}: what that host makes of the token is not known"))
        for doubt in verdict.doubts:
            yield line(span(" ?", "warning"), span(f"{doubt.about}: {doubt.meaning}"))


def _let_in(verdict: Verdict, inspection: Inspection) -> tuple[str, Style]:
    if any(not doubt.is_unasked for doubt in verdict.doubts):
        return "? Nothing that could be checked refuses it", "warning"
    if not verdict.doubts:
        return "✓ Gets in", "good"
    # What the token names is known, and nothing was compared with it.
    return f"✓ Gets into {clean(str((inspection.claims or {}).get('room')), _LONG)}", "good"


def _checks(verdict: Verdict) -> Iterator[Labelled]:
    for check in verdict.checks:
        mark, style = _MARKS[check.outcome]
        words = refusal(check) if check.outcome is Outcome.FAILED else clean(check.meaning)
        first: Cell = (span("← refused here", "alarm"),) if check is verdict.failure else ()
        yield Labelled((span(mark, style), span(check.about, "strong")), (cell(words), first))


def _checked_claims(inspection: Inspection) -> Iterator[Labelled]:
    checks: dict[str, Check] = {}
    for check in inspection.verdict.checks:
        if check.about not in checks or check.outcome is Outcome.FAILED:
            checks[check.about] = check
    claims = inspection.claims or {}
    named = {name for name, _ in _flat(claims)}
    for about, check in checks.items():
        if about not in named:
            yield _checked(about, (), check)
    for row in field_rows(claims, inspection.moments):
        name = row.label[0][0]
        yield _checked(name, row.rest[0], checks.get(name))


def _checked(name: str, value: Cell, check: Check | None) -> Labelled:
    if check is None:
        return Labelled((span("·", "muted"), span(name, "muted")), (value,))
    mark, style = _MARKS[check.outcome]
    is_refused = check.outcome is Outcome.FAILED
    words = span(refusal(check) if is_refused else clean(check.meaning), style if is_refused else "muted")
    return Labelled((span(mark, style), span(name, "strong")), (value, (words,)))


def _spread(sections: Iterable[Section]) -> Iterator[Text]:
    for section in sections:
        yield ()
        yield line(span(section.title, "strong"))
        yield from section.rows


def _flat(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[Shown, Shown]]:
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


def _rights(inspection: Inspection) -> Iterator[Labelled]:
    features = "the server's defaults" if inspection.features is None else ", ".join(inspection.features) or "none"
    affiliation = inspection.affiliation.value if inspection.affiliation else ""
    for name, words in (("affiliation", affiliation), ("features", features)):
        yield Labelled(cell(name, "muted"), (cell(words),))
