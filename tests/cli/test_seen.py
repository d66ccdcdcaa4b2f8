import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.core.events import BatchHeard, DriftSeen, Event, FactsLearned
from monitor.core.room import RoomKind
from monitor.private_file import alone_with
from monitor.seen import MOST, Memory
from tests.core.test_drift import FACTS
from tests.wire.json_values import json_values

HOST = "conference.meet.test"


class Run:
    """One run of mucmon, as far as it keeps what it sees."""

    def __init__(self, path: Path, now: float = 100.0, jid: str = "monitor.meet.test") -> None:
        self.now = now
        self.events: list[Event] = []
        self.memory = Memory(path, {"meet": jid}, lambda: self.now)
        self.apply = self.memory.around(self.events.append)

    def hear(self, at: float) -> None:
        """The host speaks at a moment."""
        self.apply(BatchHeard("meet", HOST, at, at))

    def learn(self, **changes: Any) -> tuple[str, ...] | None:
        """What has changed, as far as the server's telling says so."""
        self.apply(FactsLearned("meet", HOST, RoomKind.MAIN, {**FACTS, **changes}))
        seen = self.events[-1]
        assert isinstance(seen, DriftSeen)
        return seen.drift.changes if seen.drift else None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "servers.json"


def test_what_changed_between_two_runs_is_told_in_the_second_and_not_in_the_third(path: Path) -> None:
    first = Run(path)
    assert first.learn() is None
    first.hear(500.0)
    first.now = 505.0
    first.memory.close()
    second = Run(path, 900.0)
    assert second.learn(prosody_version="13.0.1") == ("Prosody 0.12.3 → 13.0.1",)
    seen = second.events[-1]
    assert isinstance(seen, DriftSeen)
    assert seen.drift is not None
    assert seen.drift.since_at == 500.0
    # Reloads go on being compared with the last run.
    assert second.learn(prosody_version="13.0.2") == ("Prosody 0.12.3 → 13.0.2",)
    assert second.learn() is None
    assert second.learn(prosody_version="13.0.2") is not None
    second.memory.close()
    assert Run(path, 1000.0).learn(prosody_version="13.0.2") is None


def test_a_file_that_another_run_holds_is_written_the_next_time(path: Path) -> None:
    run = Run(path)
    with alone_with(path):
        run.learn()
        assert run.memory.failure is not None
        assert run.memory.failure.strerror == "another mucmon does not let go of it"
        assert not path.exists()
    run.memory.close()
    assert run.memory.failure is None
    assert Run(path, 900.0).learn(prosody_version="13.0.1") is not None


def since(run: Run) -> float | None:
    """When the setup that the last drift is told against was last seen."""
    seen = run.events[-1]
    assert isinstance(seen, DriftSeen)
    assert seen.drift is not None
    return seen.drift.since_at


def test_a_host_that_is_down_was_last_seen_when_it_last_spoke(path: Path) -> None:
    first = Run(path)
    first.learn()
    first.hear(300.0)
    first.now = 9000.0
    first.memory.close()
    second = Run(path, 10_000.0)
    second.learn(prosody_version="13.0.1")
    assert since(second) == 300.0


def test_a_host_that_is_only_polled_tells_nothing_of_its_setup(path: Path) -> None:
    first = Run(path)
    first.learn()
    first.hear(300.0)
    first.apply(FactsLearned("meet", HOST, RoomKind.MAIN, {}))
    first.hear(400.0)
    first.memory.close()
    second = Run(path, 10_000.0)
    second.learn(prosody_version="13.0.1")
    assert since(second) == 300.0


def test_what_somebody_knows_is_told_no_more_until_something_else_changes(path: Path) -> None:
    Run(path).learn()
    run = Run(path, 900.0)
    assert run.learn(prosody_version="13.0.1") == ("Prosody 0.12.3 → 13.0.1",)
    run.hear(950.0)
    run.memory.acknowledge("meet", HOST)
    assert run.events[-1] == DriftSeen("meet", HOST, None)
    # Another reload tells the same setup again.
    assert run.learn(prosody_version="13.0.1") is None
    assert run.learn(prosody_version="13.0.1", module_version="9") == ("mod_muc_monitor 0.1.0 → 9",)
    told = run.events[-1]
    assert isinstance(told, DriftSeen)
    assert told.drift is not None
    assert told.drift.since_at == 950.0


def test_what_somebody_knows_is_not_told_in_the_next_run_either_though_this_one_is_killed(path: Path) -> None:
    Run(path).learn()
    run = Run(path)
    assert run.learn(prosody_version="13.0.1") is not None
    run.memory.acknowledge("meet", HOST)
    again = Run(path)
    assert again.learn(prosody_version="13.0.1") is None
    assert again.learn() == ("Prosody 13.0.1 → 0.12.3",)


def test_knowing_of_what_never_changed_does_no_harm(path: Path) -> None:
    run = Run(path)
    run.memory.acknowledge("meet", "elsewhere")
    assert run.events == [DriftSeen("meet", "elsewhere", None)]
    assert not path.exists()


def test_a_run_that_is_killed_has_kept_what_it_saw(path: Path) -> None:
    Run(path).learn()
    assert Run(path).learn(module_version="0.2.0") == ("mod_muc_monitor 0.1.0 → 0.2.0",)


def test_only_its_owner_can_read_it_and_no_name_of_a_person_stands_in_it(path: Path) -> None:
    before = os.umask(0)
    try:
        Run(path).learn()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "focus@" not in path.read_text()
    assert {one.name for one in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


def test_another_mucmon_on_other_servers_loses_nothing(path: Path) -> None:
    one, other = Run(path), Run(path, jid="monitor.school.test")
    one.learn()
    other.learn(prosody_version="13.0.1")
    one.memory.close()
    assert Run(path).learn() is None
    assert Run(path, jid="monitor.school.test").learn(prosody_version="13.0.1") is None


def test_without_facts_nothing_is_kept_or_compared(path: Path) -> None:
    run = Run(path)
    run.apply(FactsLearned("meet", HOST, RoomKind.MAIN, {}))
    assert [type(event) for event in run.events] == [FactsLearned]
    run.memory.close()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a": 3}', b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_as_none(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    run = Run(path)
    assert run.learn() is None
    assert json.loads(path.read_bytes())
    assert run.memory.failure is None


def test_a_place_that_cannot_be_written_costs_no_more_than_its_use(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    run = Run(tmp_path / "state" / "servers.json")
    assert run.learn() is None
    run.memory.close()
    assert isinstance(run.memory.failure, OSError)


def test_it_does_not_grow_without_end(path: Path) -> None:
    for number in range(MOST + 5):
        Run(path, float(number), f"monitor{number}.test").learn()
    assert len(json.loads(path.read_bytes())) == MOST
    assert Run(path, 1e6, "monitor0.test").learn(prosody_version="new") is None
    assert Run(path, 1e6, f"monitor{MOST + 4}.test").learn(prosody_version="new") is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(json_values)
def test_whatever_a_server_tells_is_taken_in(path: Path, value: Any) -> None:
    run = Run(path)
    run.learn(options={"odd": value}, modules=value, prosody_version=value, hosts=value, parent_host=value)
    run.memory.close()
    again = Run(path)
    assert (
        again.learn(options={"odd": value}, modules=value, prosody_version=value, hosts=value, parent_host=value)
        is None
    )
