"""Minted links on a real server, and `inspect` beside what that server does with two dozen tokens."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest

from monitor.core.affiliation import Affiliation
from monitor.secret import Secret
from monitor.tokens.inspect import inspect
from monitor.tokens.settings import TokenSettings
from monitor.tokens.token import read_pasted
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import LuaValue
from tests.live.server import Prosody
from tests.live.watching import config_file, screen, watching
from tests.live.xmpp_client import MUC_USER, AuthRefused, Client, JoinRefused
from tests.tokens.samples import raw_token

SILENCE_S = 5.0
"""After so long without an answer, the server has failed with an error of its own."""

ROOM = "alpha"
UMLAUT = "b%c3%bcro"
TENANT_ROOM = "[acme]alpha"


def mint_config(folder: Path, server: Prosody, **tokens: object) -> Path:
    """A configuration for SERVER that can mint."""
    path = config_file(folder, server)
    secret = folder / "meet.app_secret"
    secret.write_text(server.app_secret)
    secret.chmod(0o600)
    values = {"url": "https://meet.test", "app_id": server.app_id, "secret_file": secret.name, **tokens}
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    path.write_text(f"{path.read_text()}\n[server.tokens]\n{table}")
    return path


async def mucmon(config: Path, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Run a command; return its status and what it printed and said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "--config", str(config), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "HOME": str(config.parent)},
    )
    printed, said = await process.communicate(typed.encode())
    assert process.returncode is not None
    return process.returncode, printed.decode(), said.decode()


@pytest.mark.story("tokens a")
@pytest.mark.parametrize("verifies", [False, True], ids=["domain not verified", "domain verified"])
async def test_minted_links_let_an_owner_and_a_member_in_and_their_claims_are_seen(
    start_prosody: StartProsody, tmp_path: Path, verifies: bool
) -> None:
    prosody = start_prosody(global_options={"enable_domain_verification": verifies})
    config = mint_config(tmp_path, prosody, domain_verification=verifies)
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus(UMLAUT)
        people = [("On-call: Ann", ["--owner"], Affiliation.OWNER), ("Bob", [], Affiliation.MEMBER)]
        for name, options, affiliation in people:
            status, printed, said = await mucmon(config, "mint", "Büro", "--name", name, *options, "--reason", "a test")
            assert status == 0, said
            link = printed.strip()
            assert link.startswith(f"https://meet.test/{UMLAUT}?jwt=")
            token, room, _ = read_pasted(link)
            assert room == "büro"
            assert await _inspected(config, link, affiliation)
            client = await cast.person(token.reveal(), name=name)
            await client.join(UMLAUT)
            await monitor.until(lambda name=name: monitor.find(UMLAUT, name) is not None)  # type: ignore[misc]
            person = monitor.find(UMLAUT, name)
            assert person is not None
            assert (person.claimed, person.affiliation) == (affiliation, affiliation)
        journal = (tmp_path / ".local/state/mucmon/minted.jsonl").read_text()
        entries = [json.loads(line) for line in journal.splitlines()]
        assert [(one["room"], one["affiliation"], one["reason"]) for one in entries] == [
            (UMLAUT, "owner", "a test"),
            (UMLAUT, "member", "a test"),
        ]
        assert prosody.app_secret not in journal
        async with screen(config) as terminal:
            await terminal.shows("On-call: Ann", "Bob")
            assert prosody.app_secret not in terminal.text()


async def _inspected(config: Path, link: str, affiliation: Affiliation) -> bool:
    status, printed, _ = await mucmon(config, "inspect", "--json", typed=link)
    found = json.loads(printed)
    return status == 0 and found["affiliation"] == affiliation and found["servers"][0]["signature_checked"]


class Live(NamedTuple):
    """What the server did: refused at a stage with its words ("" for none), or let in with an affiliation."""

    stage: str | None
    words: str
    affiliation: str | None


async def live_verdict(server: Prosody, token: str, room: str) -> Live:
    client = Client(server, token)
    try:
        async with asyncio.timeout(SILENCE_S):
            await client.connect()
        own = await client.join(room, timeout_s=SILENCE_S)
    except AuthRefused as error:
        return Live("connect", error.text, None)
    except JoinRefused as error:
        return Live("join", error.text, None)
    except (TimeoutError, ConnectionError):
        return Live("join" if client.jid else "connect", "", None)
    finally:
        await client.close()
    item = own.xml.find(f"{MUC_USER}x/{MUC_USER}item")
    assert item is not None
    return Live(None, "", item.get("affiliation"))


def inspected_verdict(settings: TokenSettings, token: str, room: str) -> Live:
    inspection = inspect(token, {"meet": settings}, room, at=time.time())
    verdict = inspection.verdict
    if verdict.failure is None:
        assert inspection.affiliation is not None
        return Live(None, "", inspection.affiliation.value)
    return Live(verdict.failure.stage.value, verdict.failure.words, None)


Changes = Mapping[str, Any]


def cases(server: Prosody, settings: TokenSettings) -> dict[str, tuple[str, str]]:
    """Tokens of every kind by what is special about them, each with the room it is used in."""
    now = int(time.time())
    good: dict[str, Any] = {
        "iss": settings.accepted_issuers[0],
        "aud": server.app_id,
        "sub": server.host,
        "room": ROOM,
        "exp": now + 600,
        "context": {"user": {"name": "Ann", "affiliation": "owner"}},
    }

    def token(changes: Changes, header: Changes | None = None, key: str | None = None) -> str:
        claims = {name: value for name, value in (good | dict(changes)).items() if value != "leave out"}
        return jwt.encode(claims, key or server.app_secret, algorithm=settings.algorithm, headers=dict(header or {}))

    def user(value: object) -> str:
        return token({"context": {"user": value}})

    plain = token({})
    head, body, signature = plain.split(".")
    wrong_alg = raw_token({"typ": "JWT", "alg": "RS256"}, good, server.app_secret)
    unsigned = raw_token({"typ": "JWT", "alg": "none"}, good).rpartition(".")[0] + "."
    tokens = {
        "owner": plain,
        "teacher": user({"affiliation": "teacher"}),
        "Owner with a capital": user({"affiliation": "Owner"}),
        "moderator true": user({"moderator": True}),
        'moderator "true"': user({"moderator": "true"}),
        "moderator 1": user({"moderator": 1}),
        "no context": token({"context": "leave out"}),
        "user a text": user("Ann"),
        "expired": token({"exp": now - 100}),
        "exp a text": token({"exp": str(now + 600)}),
        "no exp": token({"exp": "leave out"}),
        "exp huge": token({"exp": 1e300}),
        "nbf in the future": token({"nbf": now + 600}),
        "nbf past": token({"nbf": now - 600}),
        "nbf a text": token({"nbf": str(now)}),
        "no iss": token({"iss": "leave out"}),
        "iss of another": token({"iss": "other"}),
        "no aud": token({"aud": "leave out"}),
        "aud of another": token({"aud": "other"}),
        "aud a list": token({"aud": [server.app_id]}),
        "no sub": token({"sub": "leave out"}),
        "sub of another": token({"sub": "elsewhere"}),
        "sub in capitals": token({"sub": server.host.upper()}),
        "sub any": token({"sub": "*"}),
        "no room": token({"room": "leave out"}),
        "room in capitals": token({"room": ROOM.upper()}),
        "room of another": token({"room": "beta"}),
        "room any": token({"room": "*"}),
        "room a number": token({"room": 5}),
        "room with its host": token({"room": f"{ROOM}@{server.muc_host}"}),
        "typ missing": token({}, {"typ": None}),
        "typ of another": token({}, {"typ": "at+jwt"}),
        "alg of another": wrong_alg,
        "alg none": unsigned,
        "wrong secret": token({}, key="x" * 64),
        "two parts": f"{head}.{body}",
        "four parts": f"{plain}.x",
        "a dot too many": f"{head}..{body}.{signature}",
        "padded": f"{plain}=",
        "broken signature": f"{head}.{body}.+++",
        "body no JSON": f"{head}.aGVsbG8.{signature}",
        "header no JSON": f"aGVsbG8.{body}.{signature}",
        "no token at all": "hello",
    }
    used_in = {name: (value, ROOM) for name, value in tokens.items()}
    pattern = {"room": "al.*", "context": {"user": {"name": "R"}, "room": {"regex": True}}}
    return used_in | {
        "umlaut plain": (token({"room": "büro"}), UMLAUT),
        "umlaut as in the address": (token({"room": UMLAUT}), UMLAUT),
        "a pattern": (token(pattern), ROOM),
        "in a tenant": (token({"sub": "Acme"}), TENANT_ROOM),
        "in the tenant of another": (token({}), TENANT_ROOM),
    }


SERVERS: list[tuple[str, dict[str, LuaValue], Changes]] = [
    ("the docker defaults", {}, {}),
    ("domain verified", {"enable_domain_verification": True}, {"domain_verification": True}),
    (
        "HS512 with lists",
        {
            "signature_algorithm": "HS512",
            "asap_accepted_issuers": ["portal"],
            "asap_accepted_audiences": ["mucmon-tests", "third"],
        },
        {"algorithm": "HS512", "accepted_issuers": ("portal",), "accepted_audiences": ("mucmon-tests", "third")},
    ),
]


@pytest.mark.story("tokens b")
@pytest.mark.parametrize(
    ("options", "changes"), [pytest.param(options, changes, id=name) for name, options, changes in SERVERS]
)
async def test_the_server_and_inspect_say_the_same_of_every_token(
    start_prosody: StartProsody, options: dict[str, LuaValue], changes: Changes
) -> None:
    prosody = start_prosody(global_options=options, allow_empty_token=False)
    settings = _settings(prosody, **changes)
    async with Cast(prosody) as cast:
        await cast.focus(ROOM, UMLAUT, TENANT_ROOM)
        every = cases(prosody, settings)
        assert len(every) >= 20
        live = await asyncio.gather(*(live_verdict(prosody, token, room) for token, room in every.values()))
        expected = {name: inspected_verdict(settings, token, room) for name, (token, room) in every.items()}
    found = dict(zip(every, live, strict=True))
    assert {name: _seconds_left_out(one) for name, one in found.items()} == {
        name: _seconds_left_out(one) for name, one in expected.items()
    }
    assert {one.stage for one in found.values()} == {None, "connect", "join"}
    assert not any(token in prosody.log_text() for token, _ in every.values() if token.count(".") > 1)


def _seconds_left_out(verdict: Live) -> Live:
    return verdict._replace(words=re.sub(r"\(\d+ sec", "(some sec", verdict.words))


def _settings(server: Prosody, **changes: Any) -> TokenSettings:
    values: dict[str, Any] = {
        "url": "https://meet.test",
        "app_id": server.app_id,
        "algorithm": "HS256",
        "key": Secret(server.app_secret),
        "domain": server.host,
        "sub": server.host,
        "accepted_issuers": (server.app_id,),
    }
    return TokenSettings(**(values | changes))
