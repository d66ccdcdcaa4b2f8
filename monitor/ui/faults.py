"""Everything that is wrong in a room, each with its WHY; what has one cause is told once. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.alike import alike
from monitor.core.cause import Cause
from monitor.core.findings import Finding
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.ui.because import Case, because
from monitor.ui.explain import proof, room_evidence, standing
from monitor.ui.spans import Labelled, Line, Style, Text, cell, clip, span, width_of
from monitor.ui.verdict import SEVERITY_GLYPHS

_NAME_CELLS = 24


def fault_lines(case: Case) -> list[Text]:
    """The lines about every finding of the room, worst first."""
    lines: list[Text] = []
    told: list[Cause] = []
    for group in alike(case.judgement.findings, case.cause_of):
        if lines:
            lines.append(())
        lines += _evidence(group, case)
        cause = case.cause_of(group[0])
        if cause in told:
            lines.append(Labelled(cell("likely", "muted"), (cell("the same as above", "muted"),)))
        elif cause is not None:
            lines += [(), *because(cause, case)]
            told.append(cause)
    return lines or [((span("✓", "good"), span("Nothing is wrong here: no rule finds anything.")),)]


def causes_in(case: Case) -> list[Cause]:
    """The causes that these lines tell."""
    found = (case.cause_of(group[0]) for group in alike(case.judgement.findings, case.cause_of))
    return [cause for cause in found if cause is not None]


def _evidence(group: list[Finding], case: Case) -> list[Text]:
    """What is so, and what shows it."""
    first = group[0]
    people = [(one, case.room.occupants[one.oid]) for one in group if one.oid in case.room.occupants]
    if not people:
        return room_evidence(first, case)
    if len(people) == 1:
        return standing(people[0][1], _about(first, case))
    names = [(clip(shown_name(person), _NAME_CELLS), finding, person) for finding, person in people]
    indent = max(width_of(((name, "text"),)) for name, _, _ in names) + 2
    rows = (Labelled(cell(name), proof(person, _about(finding, case)), indent) for name, finding, person in names)
    return [_heading(first, people[0][1], len(people)), *rows]


def _heading(finding: Finding, person: Occupant, count: int) -> Line:
    glyph, style = SEVERITY_GLYPHS[finding.severity]
    loud: Style = "alarm" if style == "critical" else style
    says = finding.rule.says.replace("NAME", clip(shown_name(person), _NAME_CELLS))
    others = f"and {count - 1:,} other{'s' if count > 2 else ''} alike"
    return ((span(glyph, loud), span(says, loud)), (span(others, loud),), (span(finding.rule.id, "muted"),))


def _about(finding: Finding, case: Case) -> Case:
    """Somebody may have several findings; these lines are about one."""
    return replace(case, judgement=replace(case.judgement, findings=(finding,)))
