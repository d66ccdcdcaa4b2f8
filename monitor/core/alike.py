"""Findings that have one cause, put together so that it is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.core.cause import Cause
from monitor.core.findings import Finding


def alike(findings: Iterable[Finding], cause_of: Callable[[Finding], Cause | None]) -> list[list[Finding]]:
    """The findings in their order; those about people, of one rule, as bad and with one cause stand together."""
    groups: list[tuple[object, list[Finding]]] = []
    for finding in findings:
        kind = (finding.rule.id, finding.severity, cause_of(finding)) if finding.oid is not None else None
        known = next((group for which, group in groups if kind is not None and which == kind), None)
        if known is None:
            groups.append((kind, [finding]))
        else:
            known.append(finding)
    return [group for _, group in groups]
