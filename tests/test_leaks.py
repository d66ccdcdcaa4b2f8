"""That the search for tokens and secrets finds them; and that no picture of the screen shows one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import leaks, leaks_in_files
from tests.tokens.samples import SECRET, claims, key_pair, signed

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "screenshots"


def test_it_finds_what_it_looks_for(tmp_path: Path) -> None:
    token = signed(claims())
    head = token.rpartition(".")[0]
    assert leaks(f"GET /a?jwt={token} HTTP/1.1") == ["a token"]
    assert leaks(f"Token({head}.•••)") == []
    assert leaks(f"<text>{token[:40]}</text>", drawn=True) == ["a token"]
    assert leaks(f"secret {SECRET}!") == [f"a secret of {len(SECRET)} characters"]
    assert leaks(key_pair()[0]) == ["a private key"]
    assert leaks(f"{key_pair()[1]} {token[:40]} https://meet.example/a?jwt=header.payload.•••") == []
    path = tmp_path / "output.txt"
    path.write_text(token)
    assert leaks_in_files([path, tmp_path / "nowhere"]) == [f"{path}: a token"]


CARELESS = """
import logging
from tests.tokens.samples import SECRET, claims, signed

def test_printing():
    print(signed(claims()))

def test_logging():
    logging.warning("with %s", SECRET)

def test_writing(tmp_path):
    (tmp_path / "minted.jsonl").write_text(signed(claims()))

def test_keeping_still(tmp_path):
    print(signed(claims()).rpartition(".")[0])
    (tmp_path / "token.txt").write_text(signed(claims()))
"""


def test_a_test_that_prints_logs_or_writes_a_token_fails(tmp_path: Path) -> None:
    (tmp_path / "test_careless.py").write_text(CARELESS)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-rA", "--basetemp", str(tmp_path / "of-it")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    for name in ("test_printing", "test_logging", "test_writing"):
        assert re.search(f"^FAILED .*::{name}( - .*)?$", done.stdout, re.MULTILINE)
    assert re.search("^PASSED .*::test_keeping_still$", done.stdout, re.MULTILINE)
    assert done.stdout.count("There must be no such thing") >= 3
    shutil.rmtree(tmp_path / "of-it")


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.stem)
def test_no_picture_shows_a_token_or_a_secret(picture: Path) -> None:
    assert leaks_in_files([picture], drawn=True) == []


def test_there_are_pictures_of_all_that_shows_tokens() -> None:
    names = {path.stem for path in PICTURES.glob("*.svg")}
    assert names >= {"mint-dark", "mint-light", "link-dark", "link-light", "inspector-dark", "inspector-light"}
