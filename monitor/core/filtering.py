"""The language of the filter: words, and words about one thing, such as ``claim:owner``. Parsed once, asked of rows.

A row has to have every word. ``!`` before one leaves out the rows that have it. Case does not matter. ``"…"`` keeps
spaces together and stands for itself, colon and all: ``"a: b"``, ``room:"form 7"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from monitor.core.findings import RULES, Severity
from monitor.core.model import Affiliation, Role

_TOKEN = re.compile(r'!?(?:[^\W\d_]+:)?"[^"]*"?|\S+')

UNKNOWN = "unknown"
"""A claim that cannot be seen."""
CLAIMS = (Affiliation.OWNER.value, Affiliation.MEMBER.value, Affiliation.NONE.value, UNKNOWN)
SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "information",
    Severity.FINE: "fine",
    Severity.IDLE: "fine",
}

_CLOSED: dict[str, tuple[str, ...]] = {
    "claim": CLAIMS,
    "is": tuple(dict.fromkeys([*(one.value for one in Affiliation), *(one.value for one in Role)])),
    "sev": tuple(dict.fromkeys(SEVERITIES.values())),
    "finding": tuple(rule.id.lower() for rule in RULES),
}
"""Fields with so many values and no others."""

FIELDS = ("room", "name", "jid", "server", "claim", "is", "finding", "sev")
"""Everything that can be asked for; a view may know fewer."""


class Subject:
    """A row as the filter sees it; everything is in lower case, as `folded` makes it."""

    __slots__ = ("_fields", "_make", "text")

    def __init__(self, text: str, make: Callable[[], dict[str, tuple[str, ...]]]) -> None:
        """`text` is what a plain word may be in; `make` tells the fields once somebody asks for one."""
        self.text = text
        self._make = make
        self._fields: dict[str, tuple[str, ...]] | None = None

    @property
    def fields(self) -> dict[str, tuple[str, ...]]:
        """What words about one thing may be in, by field."""
        if self._fields is None:
            self._fields = self._make()
        return self._fields


class Term(msgspec.Struct, frozen=True):
    """One word of a filter; without a field it may be anywhere in the row's text."""

    word: str
    field: str = ""
    excluded: bool = False

    def holds(self, subject: Subject) -> bool:
        """Whether the row has the word, or has it not where it is excluded."""
        if not self.field:
            return (self.word in subject.text) is not self.excluded
        return any(self._is(value) for value in subject.fields.get(self.field, ())) is not self.excluded

    def _is(self, value: str) -> bool:
        closed = _CLOSED.get(self.field)
        if closed is None:
            return self.word in value
        # F1 is not F10, but own is on its way to owner.
        return value == self.word if self.word in closed else value.startswith(self.word)


class Query(msgspec.Struct, frozen=True):
    """A filter that has been read, or why it cannot be: then no row is accepted."""

    terms: tuple[Term, ...] = ()
    error: str = ""

    def accepts(self, subject: Subject) -> bool:
        """Whether a row has all the words."""
        return not self.error and all(term.holds(subject) for term in self.terms)


@lru_cache(maxsize=64)
def parse(words: str, fields: Sequence[str] = FIELDS) -> Query:
    """Read a filter; `fields` is a tuple of what may be asked for. Never raises: what is wrong is in `error`."""
    terms: list[Term] = []
    for token in _TOKEN.findall(words):
        term = _term(folded(token))
        if term.field and (error := _error(term, fields)):
            return Query(error=error)
        if term.word:
            terms.append(term)
    return Query(tuple(terms))


def folded(text: str) -> str:
    """Text as it is compared."""
    return text.casefold()


def _term(token: str) -> Term:
    excluded = token.startswith("!") and len(token) > 1
    rest = token[1:] if excluded else token
    head, colon, value = rest.partition(":")
    if not colon or not head.isalpha():
        return Term(_unquoted(rest), "", excluded)
    return Term(_unquoted(value), head, excluded)


def _unquoted(text: str) -> str:
    return text[1:].removesuffix('"') if text.startswith('"') else text


def _error(term: Term, fields: Sequence[str]) -> str:
    if term.field not in fields:
        there_are = " ".join(f"{field}:" for field in fields)
        known = "here" if term.field in FIELDS else "at all"
        return f'There is no {term.field}: {known}; there are {there_are}. In quotes it is a word: "{term.field}:…".'
    values = _CLOSED.get(term.field)
    if values is None or any(value.startswith(term.word) for value in values):
        return ""
    spelt = [rule.id for rule in RULES] if term.field == "finding" else values
    return f"{term.field}: takes one of {', '.join(spelt)}."
