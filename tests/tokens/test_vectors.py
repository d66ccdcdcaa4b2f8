"""What a real server did with three dozen tokens, twice: `inspect` says the same of every one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.secret import Secret
from monitor.tokens.inspect import inspect
from monitor.tokens.settings import TokenSettings

FOLDER = Path(__file__).with_name("vectors")
CASES = [
    pytest.param(record["server"], record["recorded_at"], case, id=f"{case['case']}, {path.stem[15:]}")
    for path in sorted(FOLDER.glob("*.json"))
    for record in [json.loads(path.read_text(encoding="utf-8"))]
    for case in record["cases"]
]


def words_of(error: str) -> str:
    """The text in the stanza the client got; "" where the server failed and said nothing."""
    found = re.search(r"<ns\d:text>(.*?)</ns\d:text>", error)
    return found[1] if found else ""


def test_both_recordings_are_here() -> None:
    assert len(CASES) == 72


@pytest.mark.parametrize(("server", "at", "case"), CASES)
def test_the_recorded_verdict(server: dict[str, Any], at: int, case: dict[str, Any]) -> None:
    settings = TokenSettings(
        url="https://meet.test",
        app_id=server["app_id"],
        algorithm=server["signature_algorithm"],
        key=Secret(server["app_secret"]),
        domain=server["sub"],
        sub=server["sub"],
        accepted_issuers=(server["app_id"],),
        domain_verification=server["domain_verification"],
    )
    inspection = inspect(case["token"], {"meet": settings}, case["room"], at=at)
    verdict = inspection.verdict
    if case["verdict"] == "in":
        assert verdict.gets_in, verdict.failure
        assert verdict.is_signed
        assert inspection.affiliation == case["affiliation"]
    else:
        assert verdict.failure is not None
        assert f"refused at {verdict.stage}" == case["verdict"]
        assert verdict.failure.words == words_of(case["error"])
