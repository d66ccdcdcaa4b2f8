from typing import Any

from hypothesis import given

from monitor.core.drift import LONGEST, MOST, Setup, drift, setup_of
from monitor.core.events import DriftSeen, FactsLearned
from monitor.core.findings import Severity
from monitor.core.query import server_lines
from monitor.core.room import RoomKind
from monitor.core.store import Store
from tests.wire.json_values import json_values

FACTS: dict[str, Any] = {
    "prosody_version": "0.12.3",
    "module_version": "0.1.0",
    "host": "conference.meet.test",
    "modules": ["muc", "muc_monitor", "token_affiliation"],
    "parent_host": "meet.test",
    "parent_modules": ["auth_token", "smacks"],
    "hosts": [{"host": "meet.test", "authentication": "token", "smacks_hibernation_time": 60.0}],
    "options": {"party_check_timeout": 60, "allow_empty_token": False, "app_id": None},
    "admins": ["focus@auth.meet.test"],
    "boot": "abc",
}


def setup(**changes: Any) -> Setup:
    found = setup_of({**FACTS, **changes}, 100.0)
    assert found is not None
    return found


def test_an_upgrade_says_which_releases_modules_and_options_are_others() -> None:
    after = setup(
        prosody_version="13.0.1",
        modules=["muc", "muc_monitor", "token_owner_party"],
        parent_modules=["auth_token", "smacks", "turn_external"],
        options={"party_check_timeout": 120, "allow_empty_token": False, "app_id": "jitsi"},
    )
    found = drift(setup(), after)
    assert found is not None
    assert found.since_at == 100.0
    assert found.changes == (
        "Prosody 0.12.3 → 13.0.1",
        "+ token_owner_party",
        "- token_affiliation",
        "+ turn_external on meet.test",
        'app_id: unset → "jitsi"',
        "party_check_timeout: 60 → 120",
    )


def test_what_tells_nothing_of_the_setup_is_no_change() -> None:
    after = setup(
        boot="another",
        admins=[],
        modules=["token_affiliation", "muc_monitor", "muc"],
        options={"allow_empty_token": False, "party_check_timeout": 60.0},
    )
    assert drift(setup(), after) is None


def test_a_host_that_was_not_told_of_before_is_no_crowd_of_new_modules() -> None:
    assert drift(setup(parent_modules=None), setup()) is None


def test_of_many_changes_the_first_are_told_and_the_rest_is_counted() -> None:
    found = drift(setup(), setup(modules=[f"module{number:03}" for number in range(100)]))
    assert found is not None
    assert len(found.changes) == 13
    assert found.changes[-1] == "and 91 more"


def test_no_facts_are_no_setup() -> None:
    assert setup_of({}, 1.0) is None


@given(json_values)
def test_whatever_the_facts_are_the_setup_is_bounded(value: Any) -> None:
    facts = {key: value for key in FACTS} | {"modules": [value] * 600, "options": {"x" * 999: value}}
    found = setup_of(facts, 1.0)
    assert found is not None
    assert all(len(names) <= MOST for names in found.modules.values())
    kept = [
        *found.releases.values(),
        *found.options,
        *found.options.values(),
        *(name for names in found.modules.values() for name in names),
    ]
    assert all(len(text) <= LONGEST for text in kept)
    assert drift(found, found) is None


def test_the_change_is_a_line_for_the_server_at_the_end_of_the_others() -> None:
    store = Store()
    store.apply(FactsLearned("meet", "conference.meet.test", RoomKind.MAIN, FACTS))
    store.apply(DriftSeen("meet", "conference.meet.test", drift(setup(), setup(prosody_version="13\x1b[2J"))))
    (line,) = server_lines(store, [])
    assert line.severity is Severity.INFORMATION
    assert line.before.endswith("changed since last seen: Prosody 0.12.3 → 13[2J")
    assert line.since_at == 100.0
    store.apply(DriftSeen("meet", "conference.meet.test", None))
    assert server_lines(store, []) == []
