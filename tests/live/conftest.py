"""Runs every live test on each Prosody release, and accounts for the stories that ran."""

import fcntl
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.live.releases import prosodies
from tests.live.server import Prosody

REQUIRED_STORIES = {
    **{"a": 1, "b": 4, "c": 2, "d": 2, "e": 3},
    **{"closing a": 2, "closing b": 1, "closing c": 1, "closing d": 1, "closing e": 3},
    **{"prosody a": 1, "prosody b": 1, "prosody c": 1, "prosody d": 1},
    **{"stress b": 1, "stress c": 1, "stress d": 5, "stress f": 4, "stress g": 1},
    **{"closing f": 1, "closing g": 1, "closing h": 2, "closing i": 2},
    **{"stress a": 1, "stress e": 3},
    **{"tokens a": 2, "tokens b": 3},
    **{"rules a": 2, "rules b": 1, "rules c": 2, "rules d": 2, "rules e": 2, "rules f": 1},
    **{"poll a": 1, "poll b": 1, "poll c": 1, "poll d": 1, "poll e": 1},
    **{"link a": 1, "link b": 2, "link c": 1, "link d": 2, "link e": 2, "link f": 1},
    **{"fleet a": 1, "drift a": 1},
}
"""How many tests tell each story, on each release."""

Binary = tuple[str, Path]
StartProsody = Callable[..., Prosody]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of live runs; they are known when tests/live is named to pytest."""
    group = parser.getgroup("live")
    group.addoption("--long", action="store_true", help="also run the live tests of minutes")
    group.addoption(
        "--require-stories",
        action="store_true",
        help="fail when a live test is skipped, or a required story did not run on a release",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers and the run's account."""
    config.addinivalue_line("markers", "story(letter): a live story that must run everywhere")
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")
    config.addinivalue_line("markers", "alone: measures time; no other live test runs beside it")
    # What tests report that run in other processes comes to this one.
    if not hasattr(config, "workerinput"):
        config.stash[_ACCOUNT] = Account()
        config.pluginmanager.register(config.stash[_ACCOUNT])


class Account:
    """What ran: stories by release, how many live tests passed or failed, which were skipped."""

    def __init__(self) -> None:
        self.stories: dict[str, Counter[str]] = defaultdict(Counter)
        self.ran = 0
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what ran, by release."""
        told: tuple[str, list[str]] | None = dict[str, Any](report.user_properties).get(_TOLD)
        if told is None:
            return
        if report.skipped:
            self.skipped.append(report.nodeid)
        elif report.when == "call":
            self.ran += 1
            release, stories = told
            self.stories[release].update(stories)

    def complaints(self, releases: set[str]) -> list[str]:
        """Return why this run does not count; empty when it does."""
        found = [f"skipped: {name}" for name in self.skipped]
        if not self.ran:
            found.append("no live test ran")
        for release in sorted(releases):
            told = self.stories[release]
            if missing := [story for story, tests in REQUIRED_STORIES.items() if told[story] < tests]:
                found.append(f"Prosody {release} did not run all of: {', '.join(missing)}")
        return found


_ACCOUNT = pytest.StashKey[Account]()
_TOLD = "live"
"""Under this name a report says which release it is of and which stories it tells."""


def _expected_releases() -> set[str]:
    return set(prosodies()) if os.environ.get("MUCMON_PROSODY") else {"0.12", "13"}


def _binaries() -> list[Binary]:
    return sorted(prosodies().items()) or [("none", Path())]


@pytest.fixture(scope="module", params=_binaries(), ids=lambda binary: binary[0])
def prosody_binary(request: pytest.FixtureRequest) -> Path:
    """Give the executable of one release after the other."""
    release, binary = request.param
    if release == "none":
        pytest.fail("there is no Prosody: run tests/live/install as root", pytrace=False)
    assert isinstance(binary, Path)
    return binary


@pytest.fixture(scope="module")
def prosody(request: pytest.FixtureRequest, prosody_binary: Path) -> Iterator[Prosody]:
    """Start the server a module's tests share; its global PROSODY holds the arguments."""
    arguments = getattr(request.module, "PROSODY", {})
    with Prosody(prosody_binary, **arguments) as server:
        yield server


@pytest.fixture
def start_prosody(prosody_binary: Path) -> Iterator[StartProsody]:
    """Give a function that starts a server for one test, with Prosody's keyword arguments."""
    with ExitStack() as stack:
        yield lambda **arguments: stack.enter_context(Prosody(prosody_binary, **arguments))


@pytest.fixture(autouse=True)
def company(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let several tests run at once, in several processes, but nothing beside one that is to be alone."""
    how = fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH
    base = Path(tempfile.gettempdir()) / f"mucmon-live-{os.getuid()}"
    with base.with_suffix(".gate").open("w") as gate, base.with_suffix(".room").open("w") as room:
        # Whoever waits to be alone waits in the gate, so that nobody else gets in.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, how)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the long tests out unless asked for: left out, not skipped. Those to be alone come last."""
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)
    if config.getoption("--long", default=False):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have the report of a live test say which stories it tells, on which release."""
    report = yield
    if Path(__file__).parent in item.path.parents:
        callspec = getattr(item, "callspec", None)
        release = callspec.params.get("prosody_binary", ("",))[0] if callspec else ""
        stories = [story for mark in item.iter_markers("story") for story in mark.args]
        report.user_properties.append((_TOLD, (release, stories)))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make a run that does not count fail."""
    account = session.config.stash.get(_ACCOUNT, None)
    if account is None or not session.config.getoption("--require-stories", default=False):
        return
    if account.complaints(_expected_releases()):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the stories each release ran, and what is missing."""
    account = config.stash[_ACCOUNT]
    if not account.ran and not account.skipped:
        return
    terminalreporter.section("live stories")
    for release in sorted(_expected_releases() | set(account.stories) - {""}):
        stories = ", ".join(sorted(account.stories[release])) or "none"
        terminalreporter.line(f"Prosody {release}: {stories}")
    if config.getoption("--require-stories", default=False):
        for complaint in account.complaints(_expected_releases()):
            terminalreporter.line(f"FAILED: {complaint}", red=True)
