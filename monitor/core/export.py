"""Rows as a file that other programs read: tab-separated values with a header, and nothing in them that acts.

Names come from strangers, and a spreadsheet takes a cell that begins with one of a few signs for a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from monitor.core.text import clean

_FORMULA = re.compile(r"""(^|[;,|])([\s"]*)(?=[=+\-@＝＋－＠])""")
"""Where a formula begins, also for a program that is told other separators than the file's."""
_LONGEST = 4096
"""Characters of a cell: longer than any JID (RFC 7622: 3,071 bytes)."""
_TOKEN = re.compile(r"eyJ[\w.=-]{12,}…?")


def without_tokens(words: str) -> str:
    """The same with what looks like a token left out."""
    return _TOKEN.sub("(token left out)", words)


def harmless(words: str) -> str:
    """The words as a cell that no spreadsheet works out: one line, no control characters, no token."""
    return _FORMULA.sub(r"\1\2'", without_tokens(clean(words, _LONGEST)))


def tab_separated(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The text of the file: a line of names, then one for each row, all as `harmless` makes them."""
    text = io.StringIO()
    lines = csv.writer(text, "excel-tab", lineterminator="\n")
    lines.writerow([harmless(name) for name in header])
    lines.writerows([harmless(words) for words in row] for row in rows)
    return text.getvalue()
