"""The rules on a real server: what people, tokens and connections have to be like for each to speak."""

import asyncio
import time

import pytest

from monitor.core.causes import cause_of
from monitor.core.countdown import Outlook, forecast
from monitor.core.door import door_lines
from monitor.core.findings import SETTLING_S, Judgement, Severity, judge
from monitor.core.rules.persons import TOGETHER_S
from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import Watching, watching
from tests.live.xmpp_client import Client, JoinRefused

PROSODY = {"muc_modules": ["token_owner_party"], "party_check_timeout_s": 30, "hibernation_s": 20}
EXACT_S = 0.25
SETTLED_S = SETTLING_S + 3
"""Within this a finding is there, on a busy machine."""


def judged(monitor: Watching, node: str, later_s: float = 0) -> Judgement:
    """What is said of a room now, or would be after so long if nothing moved."""
    room = monitor.store.find_room(monitor.key(node))
    if room is None:
        return Judgement()
    return judge(room, monitor.host, time.time() + (monitor.host.offset_s or 0) + later_s)


def said(monitor: Watching, node: str, later_s: float = 0) -> set[tuple[str, str | None]]:
    """The rules that speak, each with the name of whom they are about."""
    room = monitor.store.find_room(monitor.key(node))
    if room is None:
        return set()
    names = {oid: one.name for oid, one in room.occupants.items()}
    found = judged(monitor, node, later_s).findings
    return {(one.rule.id, names.get(one.oid) if one.oid is not None else None) for one in found}


async def until_said(monitor: Watching, node: str, wanted: set[tuple[str, str | None]], later_s: float = 0) -> None:
    """Return once just these findings are there, and every one of them has a cause."""
    try:
        await monitor.until(lambda: said(monitor, node, later_s) == wanted, SETTLED_S)
    except TimeoutError:
        assert said(monitor, node, later_s) == wanted
    room = monitor.store.find_room(monitor.key(node))
    assert room is not None
    found = judged(monitor, node, later_s)
    for finding in found.findings:
        assert cause_of(finding, room, monitor.host, found) is not None, finding.rule.id


async def comes(cast: Cast, node: str, name: str, pass_: str | None = None) -> Client:
    client = await cast.person(pass_, name=name)
    await client.join(node)
    return client


async def host_comes(cast: Cast, node: str, name: str = "John Doe") -> Client:
    return await comes(cast, node, name, token(cast.server, node, "owner", name=name))


@pytest.mark.story("rules a")
async def test_what_a_token_says_is_judged_as_the_server_tells_it(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("lesson")
        await host_comes(cast, "lesson")
        now = int(time.time())
        for name, pass_ in {
            "Every Room": token(prosody, "*"),
            "Capital": token(prosody, "LESSON"),
            "Odd Feature": token(prosody, "lesson", context={"features": {"recordings": True, "lobby": "yes"}}),
            "Two Minds": token(prosody, "lesson", "member", moderator=True),
            "Early Clock": token(prosody, "lesson", iat=now + 90),
            "Nil": token(prosody, "lesson", user={"avatar": None, "name": None}),
            "Tenant": token(prosody, "lesson", context={"tenant": "acme"}),
            "Plain": token(prosody, "lesson"),
        }.items():
            await comes(cast, "lesson", name, pass_)
        quiet = token(prosody, "lesson", "owner", context={"features": {"livestreaming": True}})
        await comes(cast, "lesson", "Unrecorded", quiet)
        wanted: set[tuple[str, str | None]] = {
            ("F14", "Every Room"),
            ("F13", "Capital"),
            ("F21", "Odd Feature"),
            ("F26", "Two Minds"),
            ("F30", "Early Clock"),
            ("F27", "Nil"),
            ("F19", "Tenant"),
            ("F20", "Unrecorded"),
        }
        await until_said(monitor, "lesson", wanted)


@pytest.mark.story("rules a")
async def test_a_token_that_runs_out_inside_is_told_before_and_after(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("short")
        minutes = (SETTLED_S + 2) / 60
        await comes(cast, "short", "John Doe", token(prosody, "short", "owner", minutes=minutes))
        pupil = await comes(cast, "short", "Jane Doe", token(prosody, "short", minutes=minutes))
        await until_said(monitor, "short", {("F17", "John Doe")})
        await monitor.until(lambda: ("F16", "John Doe") in said(monitor, "short"), SETTLED_S + 5)
        await until_said(monitor, "short", {("F16", "John Doe"), ("F16", "Jane Doe")})
        bad = {one.severity for one in judged(monitor, "short").findings if one.rule.id == "F16"}
        assert bad == {Severity.WARNING, Severity.INFORMATION}
        # It is as the rule says: nobody is removed, and nobody comes back.
        assert pupil.connected
        assert len((await truth.rooms(prosody))["short"]) == 3


@pytest.mark.story("rules b")
async def test_one_link_in_several_hands_and_one_person_by_two_links(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("shared")
        host = token(prosody, "shared", "owner", name="John Doe")
        await comes(cast, "shared", "John Doe", host)
        await comes(cast, "shared", "Somebody Else", host)
        for device in ("Laptop", "Telephone"):
            await comes(cast, "shared", device, token(prosody, "shared", user={"id": "u7"}))
        await comes(cast, "shared", "Plain", token(prosody, "shared"))
        await monitor.until(lambda: monitor.find("shared", "Plain") is not None)
        assert said(monitor, "shared", later_s=SETTLING_S) == set()
        wanted: set[tuple[str, str | None]] = {
            *(("F25", name) for name in ("John Doe", "Somebody Else")),
            *(("F24", name) for name in ("Laptop", "Telephone")),
        }
        await until_said(monitor, "shared", wanted, later_s=TOGETHER_S)
        worst = judged(monitor, "shared", TOGETHER_S).findings[0]
        assert (worst.rule.id, worst.severity) == ("F25", Severity.WARNING)


@pytest.mark.story("rules c")
async def test_rights_that_no_token_gives(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("rights")
        john = await host_comes(cast, "rights")
        jane = await comes(cast, "rights", "Jane Doe", token(prosody, "rights", name="Jane Doe"))
        guest = await comes(cast, "rights", "Guest 7")
        for client in (jane, guest):
            await focus.promote("rights", client.jid)
        await until_said(monitor, "rights", {("F9", None), ("F1", "Jane Doe"), ("F7", "Guest 7")})
        tom = await comes(cast, "rights", "Tom Ford", token(prosody, "rights", name="Tom Ford"))
        await john.set_affiliation("rights", tom.jid, "owner")
        await comes(cast, "rights", "Plain", token(prosody, "rights"))
        await until_said(monitor, "rights", {("F1", "Jane Doe"), ("F7", "Guest 7"), ("F2", "Tom Ford")})
        # Whom somebody without a claim promotes is one of them, and stays so.
        ann = await comes(cast, "rights", "Ann", token(prosody, "rights", name="Ann"))
        await jane.set_affiliation("rights", ann.jid, "owner")
        await monitor.until(lambda: ("F1", "Ann") in said(monitor, "rights"), SETTLED_S)
        await jane.leave("rights")
        await until_said(monitor, "rights", {("F1", "Ann"), ("F7", "Guest 7"), ("F2", "Tom Ford")})


@pytest.mark.story("rules c")
async def test_rights_that_a_token_gives_and_the_room_does_not(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("lost")
        await host_comes(cast, "lost")
        demoted = await host_comes(cast, "lost", "Demoted")
        await focus.set_affiliation("lost", demoted.jid, "member")
        await truth.unload(prosody, "token_affiliation")
        try:
            await host_comes(cast, "lost", "Ignored")
        finally:
            await truth.load(prosody, "token_affiliation")
        for name, role in (("Unused", "participant"), ("For Now", "moderator")):
            claim = "owner" if name == "Unused" else "member"
            client = await comes(cast, "lost", name, token(prosody, "lost", claim, name=name))
            nicks = {one["jid"]: one["nick"].rpartition("/")[2] for one in (await truth.rooms(prosody))["lost"]}
            await truth.do(prosody, "set_role", room="lost", nick=nicks[client.jid], role=role)
        wanted: set[tuple[str, str | None]] = {
            ("F3", "Ignored"),
            ("F4", "Demoted"),
            ("F5", "Unused"),
            ("F6", "For Now"),
        }
        await until_said(monitor, "lost", wanted)


@pytest.mark.story("rules d")
async def test_a_token_for_another_room_or_in_another_spelling_where_nothing_compares_them(
    start_prosody: StartProsody,
) -> None:
    prosody = start_prosody()
    node = "b%c3%bcro"
    await truth.unload(prosody, "token_verification")
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus(node)
        await host_comes(cast, node)
        await comes(cast, node, "Elsewhere", token(prosody, "physik"))
        await monitor.until(lambda: ("F11", "Elsewhere") in said(monitor, node), 1)
        await comes(cast, node, "Speller", token(prosody, "Büro"))
        await until_said(monitor, node, {("F11", "Elsewhere"), ("F12", "Speller")})


@pytest.mark.story("rules d")
async def test_somebody_without_a_token_where_the_server_wants_one_since(start_prosody: StartProsody) -> None:
    prosody = start_prosody()
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("strict")
        await host_comes(cast, "strict")
        await comes(cast, "strict", "Guest 7")
        await monitor.until(lambda: monitor.find("strict", "Guest 7") is not None)
        assert said(monitor, "strict", later_s=SETTLING_S) == set()
        await truth.do(prosody, "config", host="*", option="allow_empty_token", value=False, fire=True)
        await until_said(monitor, "strict", {("F28", "Guest 7")})


@pytest.mark.story("rules e")
async def test_lost_connections_of_the_owner_and_of_many(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("dropped")
        john = await host_comes(cast, "dropped")
        pupils = [
            await comes(cast, "dropped", f"Pupil {at}", token(prosody, "dropped", name=f"Pupil {at}"))
            for at in range(5)
        ]
        await john.drop()
        await monitor.until(lambda: ("F29", None) in said(monitor, "dropped"), 8)
        gone_at = judged(monitor, "dropped").forecast.at
        assert gone_at is not None
        await asyncio.gather(*(one.drop() for one in pupils))
        await monitor.until(lambda: ("F32", None) in said(monitor, "dropped"), 8)
        await john.resume()
        await monitor.until(lambda: ("F29", None) not in said(monitor, "dropped"), 8)
        await until_said(monitor, "dropped", {("F32", None)})


@pytest.mark.story("rules e")
async def test_a_room_that_jicofo_has_left_and_a_door_that_stays_shut(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("unfocused", "shut")
        await host_comes(cast, "unfocused")
        await focus.leave("unfocused")
        await until_said(monitor, "unfocused", {("F31", None)})
        for at in range(3):
            early = await cast.person(token(prosody, "shut", name=f"Early {at}"), name=f"Early {at}")
            with pytest.raises(JoinRefused):
                await early.join("shut")
        await monitor.until(lambda: len(monitor.host.door) >= 3)
        (line,) = door_lines(monitor.store.servers.values(), time.time())
        assert (line.rule, line.severity) == ("F33", Severity.WARNING)
        assert "3 × party not started" in line.before


@pytest.mark.story("rules f")
async def test_owner_restricted_closes_at_the_very_moment_that_was_shown(start_prosody: StartProsody) -> None:
    timeout_s = 5.0
    prosody = start_prosody(muc_modules=["owner_restricted"], muc_options={"role_timeout": timeout_s})

    def closes_at(monitor: Watching, node: str) -> float | None:
        room = monitor.store.find_room(monitor.key(node))
        if room is None:
            return None
        offset_s = monitor.host.offset_s or 0
        coming = forecast(room, monitor.host, time.time() + offset_s)
        return coming.at - offset_s if coming.outlook is Outlook.CLOSES and coming.at is not None else None

    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("early", "again")
        # The first who comes starts the timer where no owner is, and who follows does not put it off.
        started = time.time()
        jane = await comes(cast, "early", "Jane Doe", token(prosody, "early", name="Jane Doe"))
        await monitor.until(lambda: closes_at(monitor, "early") is not None)
        shown = closes_at(monitor, "early")
        assert shown is not None
        assert abs(shown - started - timeout_s) < 1
        # An owner leaves, is back and leaves again: the latest timer counts.
        john = await host_comes(cast, "again")
        tom = await comes(cast, "again", "Tom Ford", token(prosody, "again", name="Tom Ford"))
        await john.leave("again")
        await monitor.until(lambda: closes_at(monitor, "again") is not None)
        first = closes_at(monitor, "again")
        await john.join("again")
        await asyncio.sleep(1)
        await john.leave("again")
        await monitor.until(lambda: (at := closes_at(monitor, "again")) is not None and at != first)
        latest = closes_at(monitor, "again")
        assert first is not None
        assert latest is not None
        assert latest > first + 1
        for client, node, due in ((jane, "early", shown), (tom, "again", latest)):
            address = f"{client.room_jid(node)}/{client.nicks[node]}"
            gone = await client.wait_for(
                lambda one, address=address: one.sender == address and one.xml.get("type") == "unavailable",  # type: ignore[misc]
                timeout_s=timeout_s + 3,
            )
            print(f"{node}: shown deadline against the server's destroy {(gone.at - due) * 1000:+.0f} ms")
            assert abs(gone.at - due) <= EXACT_S
