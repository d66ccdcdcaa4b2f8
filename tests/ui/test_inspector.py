"""The inspector: a person's claims and a pasted token, every check, and nothing of the token on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from monitor.core.claims import Claims
from monitor.core.door import turned_away
from monitor.core.server import Refusal
from monitor.tokens.claims import claims_of
from monitor.ui.screens.inspector import InspectorScreen
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.screens.tokens import inspector_of
from tests.tokens.samples import claims, signed
from tests.ui.minting import access, box_words, choose, rooms
from tests.ui.scenes import HOST, NOW, SERVER, key
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])
TALL = (120, 60)


async def on_person(run: Running, oid: int) -> None:
    await choose(run, "standup")
    await run.press("tab")
    for _ in range(10):
        if run.grid("people").cursor_key == oid:
            break
        await run.press("j")
    assert run.grid("people").cursor_key == oid
    await run.press("i")
    assert isinstance(run.app.screen, InspectorScreen)


async def paste(run: Running, text: str) -> None:
    target = run.app.screen.focused or run.app.screen
    target.post_message(Paste(text))
    await run.press()


def token(**changes: object) -> str:
    return signed(claims(**({"exp": int(NOW) + 600} | changes)))


@SIZES
async def test_a_persons_claims_are_shown_with_every_check(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await on_person(run, 12)
        assert "Old Token is inside, and stays" in box_words(run)
        said = 'Refused at connect by meet, "Not acceptable by exp (190 sec since expired)": it has expired.'
        assert said in box_words(run)
        assert "✓ signature the server checked it when they connected" in run.text()
        assert "← refused here" in run.text()
        await run.press("G")
        assert "affiliation member" in run.text()
        assert "features the server's defaults" in run.text()
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)


@SIZES
async def test_on_the_rooms_it_is_on_the_person_whom_why_tells_of(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await choose(run, "standup")
        assert "Wrong Room came in with a token for another room" in run.text()
        await run.press("i")
        assert "Wrong Room is inside, and stays" in box_words(run)
        assert 'the token is for "elsewhere", not for "standup"' in box_words(run)
        await paste(run, token(room="standup"))
        assert "✓ Gets in at meet as owner." in box_words(run)
        await run.press("escape")
        # Where WHY is about the room alone there is nobody's token to look at.
        await run.press("k")
        assert run.room() == "chemie-9"
        await run.press("i")
        assert isinstance(run.app.screen, InspectorScreen)
        assert "is inside" not in box_words(run)


async def test_times_are_said_both_ways_and_features_one_by_one(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await on_person(run, 11)
        assert "Gets in at meet as owner." in box_words(run)
        assert "1790002490 2026-09-21 14:54:50 UTC, in 41 min" in run.text()
        assert "1789999400 2026-09-21 14:03:20 UTC, 10 min ago" in run.text()
        assert "affiliation owner" in run.text()
        assert "features lobby" in run.text()
        assert "the feature dance is not known to Jitsi" in run.text()
        assert "recording: this owner cannot record" in box_words(run)


async def test_the_room_they_are_in_is_compared(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await on_person(run, 13)
        assert 'Refused at join by meet, "Room does not match the room from token"' in box_words(run)
        assert 'the token is for "elsewhere", not for "standup"' in box_words(run)


@pytest.mark.parametrize(
    ("oid", "words"), [(14, "Ein Gast came without a token."), (15, "Unseen may have a token: that cannot be seen")]
)
async def test_who_has_no_token_or_one_that_is_not_seen_is_said_to(oid: int, words: str, tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await on_person(run, oid)
        assert words in run.text()


async def test_without_any_configuration_it_says_what_cannot_be_checked() -> None:
    async with running(rooms(), TALL) as run:
        await on_person(run, 11)
        assert "? Nothing that could be checked refuses it" in run.text()
        assert "what the server accepts is not configured" in run.text()


@SIZES
async def test_a_pasted_token_is_checked_and_never_shown(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await choose(run, "standup")
        await run.press("i")
        given = token(room="standup")
        await paste(run, given)
        assert "✓ Gets in at meet as owner." in run.text()
        assert "✓ signature made with the configured key" in run.text()
        assert run.app.screen.query_one("#token", Input).value == ""
        drawn = "".join("".join(run.lines()).split()) + run.app.export_screenshot()
        assert not any(part in drawn for part in given.split("."))
        screen = run.app.screen
        assert isinstance(screen, InspectorScreen)
        assert given.split(".")[2] not in repr(vars(screen))
        await run.press("escape")
        assert screen._token is None


@SIZES
async def test_a_typed_token_is_masked_and_inspected_on_enter(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await choose(run, "standup")
        await run.press("i", "tab", "a", "b", "c", "full_stop", "q")
        assert "•••••" in run.text()
        assert "abc" not in run.text()
        await run.press("enter")
        assert "Not a readable token: it has 2 of the three parts" in box_words(run)
        assert "•••••" not in run.text()


async def test_enter_without_a_token_asks_for_one(tmp_path: Path) -> None:
    async with running("empty", tokens=access(tmp_path)) as run:
        await run.press("i", "enter")
        assert "! No token was given: paste or type one above" in box_words(run)
        await paste(run, f"https://meet.example/alpha?jwt={token()}")
        assert "No token was given" not in box_words(run)


async def test_a_link_names_its_room_and_another_room_can_be_asked_about(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await run.press("i")
        await paste(run, f"https://meet.example/alpha#jwt=%22{token()}%22")
        assert run.app.screen.query_one("#for", Input).value == "alpha"
        assert "Gets in at meet as owner." in box_words(run)
        run.app.screen.query_one("#for", Input).value = "beta"
        await run.press()
        assert 'the token is for "alpha", not for "beta"' in box_words(run)
        run.app.screen.query_one("#for", Input).value = ""
        await run.press()
        assert "✓ Gets into alpha at meet as owner." in box_words(run)
        assert "? room no room was named to compare it with" in box_words(run)
        assert "exactly" not in box_words(run)


@pytest.mark.parametrize("named", ["alpha@conference.meet.example", "https://meet.example/alpha", "meet.example/alpha"])
async def test_the_room_may_be_typed_as_its_jid_or_its_address(named: str, tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await run.press("i")
        await paste(run, token())
        run.app.screen.query_one("#for", Input).value = named
        await run.press()
        assert "Gets in at meet as owner." in box_words(run)
        run.app.screen.query_one("#for", Input).value = "alpha@conference.other.example"
        await run.press()
        assert "That is a JID of another server than meet.example" in box_words(run)
        assert "Gets in" not in box_words(run)


async def test_a_link_to_another_host_is_said_to_be_one(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await run.press("i")
        await paste(run, f"https://evil.example/alpha?jwt={token()}")
        assert "! the link leads to evil.example, which is not meet's address" in box_words(run)
        await paste(run, token())
        assert "the link leads to" not in box_words(run)


async def test_the_room_of_a_link_may_be_called_like_a_jid(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await run.press("i")
        await paste(run, f"https://meet.example/a%40b.example?jwt={token(room='a%40b.example')}")
        assert "Gets in at meet as owner." in box_words(run)


async def test_the_room_of_a_link_is_not_asked_about_for_the_next_token(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await choose(run, "standup")
        await run.press("i")
        field = run.app.screen.query_one("#for", Input)
        for _ in range(2):
            await paste(run, f"https://meet.example/alpha?jwt={token()}")
            assert field.value == "alpha"
        await paste(run, f"https://meet.example/beta?jwt={token()}")
        await paste(run, token(room="standup"))
        assert field.value == "standup"
        assert "Gets in at meet as owner." in box_words(run)
        field.value = "alpha"
        await run.press()
        await paste(run, f"Bearer {token()}")
        assert field.value == "alpha"
        assert "Gets in at meet as owner." in box_words(run)


async def test_a_link_broken_over_lines_is_put_together(tmp_path: Path) -> None:
    async with running(rooms(), TALL, tokens=access(tmp_path)) as run:
        await run.press("i")
        whole = f"https://meet.example/alpha?jwt={token()}"
        await paste(run, "\n  ".join(whole[at : at + 40] for at in range(0, len(whole), 40)) + "\n")
        assert "Gets in at meet as owner." in box_words(run)


async def test_the_signature_is_checked_against_every_server(tmp_path: Path) -> None:
    from monitor.secret import Secret
    from monitor.ui.access import TokenAccess
    from tests.tokens.samples import settings

    other = settings(key=Secret("another secret that is long enough for the hash"))
    async with running(rooms(), TALL, tokens=TokenAccess({"other": other, "meet": settings()})) as run:
        await run.press("i")
        await paste(run, f"https://meet.example/alpha?jwt={token()}")
        assert "Gets in at meet as owner." in box_words(run)
        assert 'Refused at connect by other, "Invalid signature"' in box_words(run)


@pytest.mark.parametrize(
    "given",
    [
        "garbage",
        "..",
        "\x00\x1b]0;x\x07\ud800\udfff",
        "x" * 1_000_000,
        "eyJ" * 400_000 + "." + "a" * 10,
        "https://[",
        "https://meet.example/?jwt=",
        "\n",
        "\x0b",
        "日本語.👨‍👩‍👧.\u202e",
    ],
)
@SIZES
async def test_no_paste_is_too_odd(size: tuple[int, int], given: str, tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("i")
        await paste(run, given)
        assert isinstance(run.app.screen, InspectorScreen)
        assert "Not a readable token" in run.text()
        assert "\x1b" not in run.text()
        await run.press("tab", "tab")
        await paste(run, given)
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)


@SIZES
async def test_a_refusal_at_the_door_opens_the_same_inspector(size: tuple[int, int], tmp_path: Path) -> None:
    refused: Claims = claims_of(claims(exp=int(NOW) - 100, room="chemie-9"))
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        tokens = access(tmp_path)

        async def inspect(one: Refusal) -> str:
            await run.app.push_screen(inspector_of(tokens, run.clock, turned_away(SERVER, HOST, one)))
            await run.press()
            return box_words(run)

        expired = "Not acceptable by exp (40 sec since expired)"
        told = await inspect(refusal("connect", refused, "token", expired))
        assert "was turned away from chemie-9 at 14:12:20 (UTC)" in told
        assert "said “Not acceptable by exp (40 sec since expired)”" in told
        assert f'Refused at connect by meet, "{expired}"' in told
        assert "as of 14:12:20 UTC" in run.text()
        await run.press("escape")
        told = await inspect(refusal("connect", None, "token", None))
        assert "No token was read." in told
        await run.press("escape")


@SIZES
async def test_what_is_right_in_a_token_that_was_refused_is_no_verdict(size: tuple[int, int], tmp_path: Path) -> None:
    good = claims_of(claims(exp=int(NOW) + 600, room="chemie-9"))
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        for stage, gate, words in (("join", "party", None), ("connect", "token", "Invalid signature")):
            one = turned_away(SERVER, HOST, refusal(stage, good, gate, words))
            await run.app.push_screen(inspector_of(access(tmp_path), run.clock, one))
            await run.press()
            told = box_words(run)
            assert "was turned away from chemie-9" in told
            assert "Nothing in what is known of the token refuses it." in told
            assert "Gets in" not in told
            if stage == "connect":
                assert "“Invalid signature”" in told
                assert "the server checked it" not in told
            else:
                assert "party not started" in told
            await run.press("escape")


@SIZES
async def test_in_every_view_with_people_the_inspector_is_on_the_chosen_one(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("2")
        while run.grid("everybody").cursor_key != (key("standup"), 12):
            await run.press("j")
        await run.press("i")
        assert "Old Token is inside, and stays" in box_words(run)
        await run.press("escape", "3")
        for _ in range(40):
            await run.press("i")
            if "Wrong Room is inside, and stays" in box_words(run):
                break
            await run.press("escape", "j")
        assert 'the token is for "elsewhere", not for "standup"' in box_words(run)


def refusal(stage: str, found: Claims | None, gate: str, words: str | None) -> Refusal:
    token_id = "t" if found else None
    return Refusal(NOW - 60, stage, "chemie-9", None, token_id, found, "not-allowed", words, gate)
