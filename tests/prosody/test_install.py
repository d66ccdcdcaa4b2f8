import os
import stat
from pathlib import Path

import pytest

from monitor import __version__
from monitor.config import Secret, load
from monitor.prosody import guide
from monitor.prosody.errors import CannotDo
from monitor.prosody.install import FILE, install, save, shipped, uninstall, version_of


def test_the_module_carries_the_version_of_the_mucmon_it_comes_with() -> None:
    assert version_of(shipped()) == __version__


def test_it_is_copied_whole_and_readable_for_prosody(tmp_path: Path) -> None:
    assert "is installed" in install(tmp_path)
    target = tmp_path / FILE
    assert target.read_bytes() == shipped()
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_installing_again_changes_nothing_and_says_so(tmp_path: Path) -> None:
    install(tmp_path)
    before = (tmp_path / FILE).stat()
    assert "already" in install(tmp_path)
    after = (tmp_path / FILE).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (b'local VERSION = "0.0.1"; -- x\n', "replaces version 0.0.1"),
        (b"-- no version\n", "replaces another one"),
        (b"\xff\x00", "replaces another one"),
        (shipped() + b"-- changed\n", "replaces another one"),
    ],
)
def test_what_it_replaces_is_said(tmp_path: Path, old: bytes, words: str) -> None:
    (tmp_path / FILE).write_bytes(old)
    assert words in install(tmp_path)
    assert (tmp_path / FILE).read_bytes() == shipped()


def test_a_failure_leaves_the_old_module_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CannotDo, match="No space left on device"):
        install(tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_folder_one_may_not_write_to_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(CannotDo, match="Permission denied; run the command as root"):
        install(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for act in (install, uninstall):
        with pytest.raises(CannotDo, match="is not a folder; name a folder that stands in Prosody's plugin_paths"):
            act(file)
        with pytest.raises(CannotDo, match="does not exist"):
            act(tmp_path / "nowhere")
    (tmp_path / FILE).mkdir()
    with pytest.raises(CannotDo, match="is a folder; remove it"):
        install(tmp_path)


def test_uninstalling_takes_the_module_alone_and_may_be_done_again(tmp_path: Path) -> None:
    (tmp_path / "mod_other.lua").touch()
    install(tmp_path)
    assert "is removed" in uninstall(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mod_other.lua"]
    assert "nothing was changed" in uninstall(tmp_path)


def test_the_saved_configuration_loads_with_the_secret_for_the_user_alone(tmp_path: Path) -> None:
    named = guide.names(guide.Kind.DEBIAN, "meet.example")
    config = tmp_path / "new" / "config.toml"
    save(config, guide.toml(named, guide.secret_file(named)), guide.secret_file(named), Secret("s3cret"))
    (server,) = load(config).servers
    assert server.secret == Secret("s3cret")
    assert stat.S_IMODE((config.parent / guide.secret_file(named)).stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["config.toml", "m.secret"])
def test_what_is_there_already_is_never_written_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(CannotDo, match="is there already and stays as it is"):
        save(tmp_path / "config.toml", "x", "m.secret", Secret("s3cret"))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_configuration_that_cannot_be_written_leaves_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, []

    def second_fails(source: str, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr("os.replace", second_fails)
    with pytest.raises(CannotDo, match="No space left on device"):
        save(tmp_path / "config.toml", "x", "m.secret", Secret("s3cret"))
    assert list(tmp_path.iterdir()) == []
