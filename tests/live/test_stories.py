"""The stories, on a real server with real clients, asserted on the store and on what a terminal shows.

The wording of the screen is asserted where a person would look: the line of the person, the header, the notice.
"""

import asyncio
import re
import time
from pathlib import Path

import pytest

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.findings import SETTLING_S
from monitor.core.server import FeedState, LinkState
from monitor.wire.link import Policy
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.terminal import Terminal
from tests.live.tokens import token
from tests.live.watching import STRANGER, WATCHERS, config_file, screen, watching
from tests.live.xmpp_client import Client

RIGHT_WITHIN_S = 0.5
BACKGROUND = [f"background-{number}" for number in range(200)]
SIZES = pytest.mark.parametrize("size", [(172, 45), (80, 24)], ids=["172x45", "80x24"])


@pytest.mark.story("a")
async def test_three_people_join_and_their_rows_are_right_at_once(prosody: Prosody, tmp_path: Path) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("alpha", *BACKGROUND)
        crowd = await cast.person(token(prosody, "*", name="Crowd"), name="Crowd")
        await crowd.join_many(BACKGROUND)
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("201 rooms")
            terminal.press("/", *"alpha", "Enter")
            await terminal.shows("1 of 201")
            people = [
                ("John Doe", token(prosody, "alpha", "owner", name="John Doe"), "owner"),
                ("Jane Doe", token(prosody, "alpha", "member", name="Jane Doe"), "member"),
                ("Guest 7", None, "none"),
            ]
            for name, pass_, affiliation in people:
                client = await cast.person(pass_, name=name)
                await client.join("alpha")
                joined = time.monotonic()
                took = await monitor.until(lambda name=name: monitor.find("alpha", name) is not None)  # type: ignore[misc]
                assert took < RIGHT_WITHIN_S
                person = monitor.find("alpha", name)
                assert person is not None
                assert (person.claimed, person.affiliation) == (affiliation, affiliation)
                pair = re.compile(rf"{name}\s+{affiliation}\s+→\s+{affiliation}\s+✓")
                await terminal.until(lambda text, pair=pair: pair.search(text) is not None)  # type: ignore[misc]
                painted = time.monotonic() - joined
                assert painted < RIGHT_WITHIN_S + 0.3  # the screen is looked at every 20 ms, by another process
                print(f"join to store {took * 1000:.0f} ms, to painted row {painted * 1000:.0f} ms")
        await monitor.equals_the_server()
        assert monitor.host.health is not None
        assert monitor.host.health.errors == 0
        print(f"longest slice {monitor.host.health.slice_max_ms:.1f} ms")


@SIZES
@pytest.mark.story("b")
async def test_a_member_made_owner_by_focus_is_named_with_who_did_it(
    prosody: Prosody, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("nocheintest")
        _, jane_doe = await _john_and_jane(cast, "nocheintest")
        guest = await cast.person(name="Guest 7")
        await guest.join("nocheintest")
        await asyncio.sleep(0.2)
        await focus.promote("nocheintest", jane_doe.jid)
        await monitor.until(lambda: monitor.findings("nocheintest") == {"Jane Doe": "F1"}, SETTLING_S + 2)
        jane = monitor.find("nocheintest", "Jane Doe")
        assert jane is not None
        assert jane.change is not None
        assert (jane.change.actor_kind, jane.change.actor) == (ActorKind.JICOFO, "focus@auth.meet.test/focus")
        async with screen(config_file(tmp_path, prosody), size) as terminal:
            await terminal.shows("unclaimed owner", "Jane Doe has owner rights the token does not give.")
            line = terminal.line_with("member", "→", "owner", "×")
            assert "Jane Doe" in line
            assert "focus" in line
            assert re.search(r"by\s+focus", terminal.text()), terminal.text()


@pytest.mark.story("b")
async def test_a_member_made_owner_by_a_plugin_is_named_with_its_file(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = start_prosody(muc_modules=["mucmon_promoter"])
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("nocheintest")
        await _john_and_jane(cast, "nocheintest")
        guest = await cast.person(name="Guest 7")
        await guest.join("nocheintest")
        await monitor.until(lambda: monitor.findings("nocheintest") == {"Jane Doe": "F1"}, SETTLING_S + 2)
        jane = monitor.find("nocheintest", "Jane Doe")
        assert jane is not None
        assert jane.change is not None
        assert (jane.change.actor_kind, jane.change.by_module) == (ActorKind.MODULE, "mod_mucmon_promoter")
        john = monitor.find("nocheintest", "John Doe")
        assert john is not None
        assert john.change is not None
        assert john.change.by_module == "mod_token_affiliation"
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("unclaimed owner", "mod_mucmon_promoter")


@pytest.mark.story("b")
async def test_a_member_made_owner_by_the_owner_is_no_finding(prosody: Prosody, tmp_path: Path) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("nocheintest")
        john, jane = await _john_and_jane(cast, "nocheintest")
        await john.set_affiliation("nocheintest", jane.jid, "owner")

        def promoted() -> bool:
            found = monitor.find("nocheintest", "Jane Doe")
            return found is not None and found.affiliation is Affiliation.OWNER and found.change is not None

        await monitor.until(promoted)
        await asyncio.sleep(SETTLING_S + 0.2)
        assert monitor.findings("nocheintest") == {"Jane Doe": "F2"}
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("Jane Doe", "John Doe")
            line = terminal.line_with("Jane Doe", "member", "→", "owner")
            assert "×" not in line
            assert line.rpartition("owner")[2].count("John Doe") == 1


@pytest.mark.story("c")
async def test_a_restart_under_the_monitor_greys_the_rows_and_heals_by_itself(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = start_prosody()
    async with watching(prosody, Policy(first_s=0.2, cap_s=0.5)) as monitor, Cast(prosody) as before:
        await before.focus("old")
        await _john_and_jane(before, "old")
        async with screen(config_file(tmp_path, prosody)) as terminal:
            await terminal.shows("old", "Jane Doe")
            await asyncio.to_thread(prosody.stop)
            await terminal.shows("STALE", "old", "Jane Doe")
            assert monitor.host.stale_since_at is not None
            assert monitor.store.find_room(monitor.key("old")) is not None
            await asyncio.to_thread(prosody.start)
            async with Cast(prosody) as after:
                await after.focus("new")
                john = await after.person(token(prosody, "new", "owner"), name="John Again")
                await john.join("new")
                await monitor.until(lambda: monitor.is_live)
                await monitor.equals_the_server()
                assert [room.key.node for room in monitor.store.rooms()] == ["new"]
                await terminal.until(lambda text: "STALE" not in text and "John Again" in text, 20)


@pytest.mark.story("c")
async def test_a_reload_of_the_module_loses_nothing(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("reloaded")
        _, jane = await _john_and_jane(cast, "reloaded")
        await focus.promote("reloaded", jane.jid)

        def promoted() -> bool:
            found = monitor.find("reloaded", "Jane Doe")
            return found is not None and found.affiliation is Affiliation.OWNER and found.change is not None

        await monitor.until(promoted)
        boot = monitor.host.facts["boot"]
        known = monitor.find("reloaded", "Jane Doe")
        await truth.reload(prosody, "muc_monitor")
        await monitor.until(lambda: monitor.host.facts["boot"] != boot and monitor.is_live)
        await monitor.equals_the_server()
        after = monitor.find("reloaded", "Jane Doe")
        assert known is not None
        assert after is not None
        assert (after.claims, after.change, after.joined_at) == (known.claims, known.change, known.joined_at)
        await jane.leave("reloaded")
        await monitor.equals_the_server()


@pytest.mark.story("d")
async def test_a_component_that_may_not_watch_is_told_which_option_to_set(prosody: Prosody, tmp_path: Path) -> None:
    async with watching(prosody, jid=STRANGER) as monitor:
        await monitor.until(lambda: monitor.host.feed is FeedState.REFUSED)
        assert f'muc_monitor_watchers = {{ "{STRANGER}" }}' in monitor.host.words
        assert list(monitor.store.rooms()) == []
    async with screen(config_file(tmp_path, prosody, jid=STRANGER), (80, 24)) as terminal:
        await terminal.shows("muc_monitor_watchers")


@pytest.mark.story("d")
async def test_without_the_option_the_admins_may_watch_and_nobody_else(start_prosody: StartProsody) -> None:
    prosody = start_prosody(watchers=None, muc_options={"admins": ["focus@auth.meet.test", WATCHERS[0]]})
    async with watching(prosody) as monitor:
        assert monitor.is_live
    async with watching(prosody, jid=STRANGER) as other:
        await other.until(lambda: other.host.feed is FeedState.REFUSED)


@pytest.mark.story("e")
async def test_every_fault_of_the_setup_is_one_sentence_that_names_the_remedy(
    prosody: Prosody, start_prosody: StartProsody, tmp_path: Path
) -> None:
    bare = start_prosody(monitor_module=False)
    async with watching(prosody, jid=WATCHERS[1], timeout_s=30):
        faults: list[tuple[Prosody, dict[str, object], str]] = [
            (prosody, {"secret": "wrong"}, "the secret for monitor.meet.test is wrong"),
            (prosody, {"port": 1}, "nothing listens on 127.0.0.1:1"),
            (prosody, {"jid": WATCHERS[1]}, "another monitor is already connected as monitor2.meet.test"),
            (prosody, {"jid": "nobody.meet.test"}, 'add Component "nobody.meet.test"'),
            (prosody, {"rooms": "conference.nowhere.test"}, "the server knows no MUC host conference.nowhere.test"),
            (bare, {}, "mod_muc_monitor is not loaded on conference.meet.test"),
            (prosody, {"port": prosody.http_port}, "does not answer as an XMPP server"),
        ]
        for number, (server, changes, words) in enumerate(faults):
            folder = tmp_path / str(number)
            folder.mkdir()
            jid = str(changes.pop("jid", WATCHERS[0]))
            async with screen(config_file(folder, server, jid=jid, **changes)) as terminal:
                text = await terminal.until(lambda text, words=words: words in _joined(text), 15)  # type: ignore[misc]
                assert server.secret not in text


@pytest.mark.story("e")
async def test_a_broken_or_open_configuration_ends_at_once_with_the_remedy(prosody: Prosody, tmp_path: Path) -> None:
    config = config_file(tmp_path, prosody)
    (tmp_path / "meet.secret").chmod(0o644)
    await _refused(config, f"chmod 600 {tmp_path}/meet.secret")
    config.write_text("[[server]\n")
    await _refused(config, "is not valid TOML: look at line 1")


@pytest.mark.story("e")
async def test_a_monitor_that_is_replaced_stops_and_asks(start_prosody: StartProsody, tmp_path: Path) -> None:
    prosody = start_prosody(component_conflict_resolve="kick_old")
    async with screen(config_file(tmp_path, prosody)) as terminal:
        await terminal.shows("feed")
        async with watching(prosody, jid=WATCHERS[1]) as monitor:
            await terminal.until(lambda text: "press r to take it back" in _joined(text))
            await asyncio.sleep(1)
            assert monitor.is_live
            terminal.press("r")
            await monitor.until(lambda: monitor.store.servers["meet"].link.state is LinkState.STOPPED)


async def _refused(config: Path, words: str) -> None:
    async with Terminal([*_python(), "--config", str(config)], (200, 24)) as terminal:
        await terminal.until(lambda _: terminal.is_over())
        # What tmux says of the end pushes the first line off the screen.
        said = terminal.written().decode()
        assert words in said
        assert "Traceback" not in said


def _python() -> list[str]:
    from tests.live.terminal import mucmon

    return mucmon()


def _joined(text: str) -> str:
    """The screen's text with its line breaks undone, for sentences that wrap."""
    return re.sub(r"[\s│]+", " ", text)


async def _john_and_jane(cast: Cast, room: str) -> tuple[Client, Client]:
    john = await cast.person(token(cast.server, room, "owner", name="John Doe"), name="John Doe")
    await john.join(room)
    jane = await cast.person(token(cast.server, room, "member", name="Jane Doe"), name="Jane Doe")
    await jane.join(room)
    return john, jane
