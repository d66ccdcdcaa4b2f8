"""Files for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.private_file import write_anew


def test_a_new_file_is_never_written_over_an_old_one_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "rooms.tsv"
    before = os.umask(0)
    try:
        written = [write_anew(path, content) for content in (b"one", b"two", b"three")]
    finally:
        os.umask(before)
    assert [one.name for one in written] == ["rooms.tsv", "rooms-2.tsv", "rooms-3.tsv"]
    assert [one.read_bytes() for one in written] == [b"one", b"two", b"three"]
    assert {one.stat().st_mode & 0o777 for one in written} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "rooms.tsv", tmp_path / "elsewhere"
    path.symlink_to(elsewhere)
    assert write_anew(path, b"one").name == "rooms-2.tsv"
    assert not elsewhere.exists()


def test_what_cannot_be_written_whole_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> object:
        raise OSError(28, "No space left on device")

    path = tmp_path / "rooms.tsv"
    with monkeypatch.context() as patched:
        patched.setattr("monitor.private_file.os.fdopen", full)
        with pytest.raises(OSError, match="No space"):
            write_anew(path, b"one")
    assert not path.exists()
