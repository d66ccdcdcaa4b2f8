"""A server with token settings, people with whole payloads, and the way to a link; for the tests of those screens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from monitor.core.affiliation import Affiliation
from monitor.core.events import Event
from monitor.core.occupant import Occupant
from monitor.tokens.claims import claims_of
from monitor.tokens.journal import Journal
from monitor.ui.access import TokenAccess
from monitor.ui.screens.link import LinkScreen
from tests.tokens.samples import settings
from tests.ui.scenes import HOST, NOW, OWNER, SERVER, applied, connected, crowd, ended, focus, person, seen, timer
from tests.ui.screen import Running


def access(folder: Path, **changes: Any) -> TokenAccess:
    """Settings for the server of the scenes, with a journal in `folder`."""
    return TokenAccess({SERVER: settings(**changes)}, Journal(folder / "minted.jsonl"), "ann", "ann as root")


def bearer(oid: int, name: str, affiliation: Affiliation = OWNER, **changes: Any) -> Occupant:
    """Somebody with a token whose whole payload is known."""
    payload: dict[str, Any] = {
        "iss": "jitsi",
        "aud": "jitsi",
        "sub": "meet.example",
        "room": "standup",
        "iat": int(NOW) - 600,
        "nbf": int(NOW) - 660,
        "exp": int(NOW) + 2490,
        "context": {"user": {"id": f"id-{oid}", "name": name, "affiliation": affiliation.value}},
    }
    payload = {key: value for key, value in (payload | changes).items() if value is not None}
    return person(
        oid, name, affiliation, affiliation, claims=claims_of(payload), change=applied(NOW - 600, affiliation)
    )


def rooms(closes_in_s: float = 36.4) -> list[Event]:
    """A room that closes, one with an owner and people whose tokens are known, and one with a name of its own."""
    late = bearer(12, "Old Token", Affiliation.MEMBER, exp=int(NOW) - 190)
    wrong = bearer(13, "Wrong Room", Affiliation.MEMBER, room="elsewhere")
    user = {"id": "u-7", "name": "Ayşe", "email": "ayse@example.org", "affiliation": "owner"}
    host = bearer(11, "Ayşe", context={"user": user, "features": {"lobby": True, "dance": True}})
    guest = person(14, "Ein Gast", Affiliation.NONE, Affiliation.NONE)
    return [
        *connected(party=True),
        seen("chemie-9", *crowd(201, 10, 0), armed=(timer(closes_in_s),), owner_seen=True),
        seen("standup", host, late, wrong, guest, focus(), person(15, "Unseen", None)),
        seen("b%c3%bcro", *crowd(600, 6)),
        ended(),
    ]


async def choose(run: Running, node: str) -> None:
    """Put the cursor on a room."""
    keys = [(SERVER, HOST, node)]
    for _ in range(10):
        if run.grid("rooms").cursor_key in keys:
            return
        await run.press("j")
    raise AssertionError(f"no room {node}")


def link_screen(run: Running) -> LinkScreen:
    """The screen on top, which must be that of a link."""
    screen = run.app.screen
    assert isinstance(screen, LinkScreen)
    return screen


def token_of(run: Running) -> str:
    """The token that is shown."""
    minted = link_screen(run)._minted
    assert minted is not None
    return minted.token.reveal()


def box_words(run: Running) -> str:
    """What is drawn in the box that lies over everything else, as one line."""
    region = run.app.screen.query_one(".box").content_region
    lines = run.app.screen._compositor.render_strips()[region.y : region.bottom]
    return " ".join(" ".join(strip.crop(region.x, region.right).text for strip in lines).split())
