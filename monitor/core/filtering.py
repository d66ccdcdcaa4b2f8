"""The language of the filter: words, and words about one thing, such as ``claim:owner``. Parsed once, asked of rows.

A row has to have every word. ``!`` before one leaves out the rows that have it. Case does not matter. ``"…"`` keeps
spaces together and stands for itself, colon and all: ``"a: b"``, ``room:"form 7"``. A server's name in quotes is the
whole name: ``server:"shard-1"`` is not shard-12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from monitor.core.affiliation import Affiliation, Role
from monitor.core.findings import RULES, Severity
from monitor.core.rules.table import BY_NUMBER

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
    """A row as the filter sees it: made for one question, since there are many rows and nothing of it is kept.

    Everything is in lower case, as `folded` makes it.
    """

    __slots__ = ("_text", "_text_of", "values")

    def __init__(self, text_of: Callable[[], str], values: Callable[[str], Iterable[str]]) -> None:
        """`text_of` tells what a plain word may be in, `values` what a word about one thing may be, by field."""
        self._text_of, self._text = text_of, ""
        self.values = values

    @property
    def text(self) -> str:
        """What a plain word may be in."""
        if not self._text:
            self._text = self._text_of()
        return self._text


class Term(msgspec.Struct, frozen=True):
    """One word of a filter; without a field it may be anywhere in the row's text."""

    word: str
    field: str = ""
    excluded: bool = False
    whole: bool = False
    """Whether it has to be all there is of a value."""

    def holds(self, subject: Subject) -> bool:
        """Whether the row has the word, or has it not where it is excluded."""
        if not self.field:
            return (self.word in subject.text) is not self.excluded
        return any(self._is(value) for value in subject.values(self.field)) is not self.excluded

    def _is(self, value: str) -> bool:
        closed = _CLOSED.get(self.field)
        if closed is None:
            return self.word == value if self.whole else self.word in value
        # F1 is not F10, but own is on its way to owner.
        return value == self.word if self.word in closed else value.startswith(self.word)


class Query(msgspec.Struct, frozen=True):
    """A filter that has been read, or why it cannot be: then no row is accepted."""

    terms: tuple[Term, ...] = ()
    error: str = ""

    def accepts(self, subject: Subject) -> bool:
        """Whether a row has all the words."""
        if self.error:
            return False
        for term in self.terms:  # noqa: SIM110  a loop asks thousands of rows in half the time
            if not term.holds(subject):
                return False
        return True


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
    whole = head == "server" and len(value) > 2 and value.startswith('"') and value.endswith('"')
    return Term(_unquoted(value), head, excluded, whole)


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
    spelt = [rule.id for rule in BY_NUMBER] if term.field == "finding" else values
    return f"{term.field}: takes one of {', '.join(spelt)}."
