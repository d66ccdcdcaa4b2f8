"""The form for a link: what it is filled with, what it says while somebody types, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest
from textual.widgets import Input

from monitor.secret import Secret
from monitor.ui.screens.link import LinkScreen
from monitor.ui.screens.mint import MintScreen
from monitor.ui.screens.overview import OverviewScreen
from monitor.ui.widgets.form import Choice
from tests.tokens.samples import SECRET, jaas_settings
from tests.ui.effects import overview
from tests.ui.minting import access, box_words, choose, rooms, token_of
from tests.ui.scenes import NOW, connected, crowd, ended, over, seen
from tests.ui.screen import NARROW, WIDE, Running, running

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def value(run: Running, id: str) -> str:
    return run.app.screen.query_one(f"#{id}", Input).value


async def fill(run: Running, id: str, words: str) -> None:
    run.app.screen.query_one(f"#{id}", Input).value = words
    await run.press()


def commands(run: Running) -> list[str]:
    return [one.command.id for one in overview(run).doable()]


def journal(folder: Path) -> list[dict[str, object]]:
    path = folder / "minted.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@SIZES
async def test_from_a_closing_room_two_keys_make_an_owners_link(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        assert run.room() == "chemie-9"
        await run.press("t", "enter")
        claims = jwt.decode(token_of(run), SECRET, ["HS256"], audience="jitsi", options={"verify_exp": False})
        assert claims["room"] == "chemie-9"
        assert claims["context"]["user"] == {
            "id": "on-call-ann",
            "name": "On-call: ann",
            "affiliation": "owner",
            "moderator": "true",
        }
        assert (claims["nbf"], claims["exp"]) == (NOW - 60, NOW + 1800)
        [entry] = journal(tmp_path)
        assert (entry["os_user"], entry["server"], entry["room"]) == ("ann as root", "meet", "chemie-9")
        assert entry["jti"] == claims["jti"]


@pytest.mark.parametrize(("most", "typed", "length_s"), [(10.0, "10", 600), (0.5, "0.5", 30), (45.0, "30", 1800)])
async def test_two_keys_are_enough_where_less_than_the_usual_is_allowed(
    most: float, typed: str, length_s: int, tmp_path: Path
) -> None:
    async with running(rooms(), tokens=access(tmp_path, max_minutes=most)) as run:
        await run.press("t")
        assert value(run, "minutes") == typed
        await run.press("enter")
        claims = jwt.decode(token_of(run), options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == length_s


@SIZES
async def test_a_room_with_an_owner_gets_a_member_unless_owner_is_chosen(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await choose(run, "b%c3%bcro")
        await run.press("t")
        assert value(run, "room") == "büro"
        assert "● member" in run.text()
        run.app.screen.query_one("#affiliation").focus()
        await run.press("space")
        assert "● owner ○ member" in run.text()
        assert "Whoever has it is owner of the room" in run.text()
        await run.press("enter")
        claims = jwt.decode(token_of(run), options={"verify_signature": False})
        assert claims["room"] == "b%c3%bcro"
        assert claims["context"]["user"]["affiliation"] == "owner"


@pytest.mark.parametrize(
    "node",
    [
        "https%3a%2f%2fmeet.example%2falpha",
        "alpha%40conference.meet.example",
        "bob%40other.example",
        "other.example%2falpha",
        "xmpp%3aalpha",
    ],
)
async def test_a_room_called_like_an_address_gets_its_own_link(node: str, tmp_path: Path) -> None:
    events = [*connected(), seen(node, *crowd(600, 6)), ended()]
    async with running(events, tokens=access(tmp_path)) as run:
        await run.press("t", "enter")
        claims = jwt.decode(token_of(run), options={"verify_signature": False})
        assert claims["room"] == node


async def test_for_jitsi_as_a_service_no_defaults_are_promised(tmp_path: Path) -> None:
    changes = {name: getattr(jaas_settings(), name) for name in ("algorithm", "key", "kid", "sub", "tenant")}
    async with running(rooms(), tokens=access(tmp_path, **changes)) as run:
        await run.press("t")
        assert "the server's defaults" not in box_words(run)
        assert "no default features" in box_words(run)
        assert "context.features {}" in box_words(run)


@SIZES
async def test_for_a_chosen_person_the_form_has_what_their_token_says(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await choose(run, "standup")
        await run.press("tab")
        for _ in range(10):
            if run.grid("people").cursor_key == 11:
                break
            await run.press("j")
        await run.press("t")
        assert [value(run, id) for id in ("room", "name", "user-id", "email")] == [
            "standup",
            "Ayşe",
            "u-7",
            "ayse@example.org",
        ]
        assert "● owner" in run.text()


@SIZES
async def test_the_form_moves_by_arrows_and_tab_and_esc_makes_nothing(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        assert run.app.focused is not None
        assert run.app.focused.id == "make"
        seen_ids = []
        for key in ("up", "up", "up", "shift+tab", "down", "tab"):
            await run.press(key)
            seen_ids.append(str(run.app.focused.id))
        assert seen_ids == ["reason", "moderator-claim", "features", "minutes", "features", "moderator-claim"]
        assert "enter make the link" in run.text()
        assert "space choose" in run.text()
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)
        assert journal(tmp_path) == []


async def test_every_line_of_the_form_stands_in_the_token_and_the_reason_in_the_journal(tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("t")
        for id, words in (
            ("name", "Ann"),
            ("user-id", "7"),
            ("email", "ann@example.org"),
            ("minutes", "10"),
            ("features", "recording, lobby"),
            ("reason", "the host cannot get in"),
        ):
            await fill(run, id, words)
        run.app.screen.query_one("#moderator-claim", Choice).focus()
        await run.press("right")
        await run.press("enter")
        claims = jwt.decode(token_of(run), options={"verify_signature": False})
        assert claims["moderator"] is True
        assert claims["exp"] - claims["iat"] == 600
        assert claims["context"]["features"] == {"recording": True, "lobby": True}
        assert claims["context"]["user"]["email"] == "ann@example.org"
        assert journal(tmp_path)[0]["reason"] == "the host cannot get in"


@SIZES
@pytest.mark.parametrize(
    ("id", "words", "said"),
    [
        ("room", "  ", "The room has no name"),
        ("room", "*", "A token for every room has no link"),
        ("room", "a*b", "* stands for every room"),
        ("room", "..", "No address leads to a room of that name"),
        ("minutes", "1441", "1441 minutes are more than the 1440"),
        ("minutes", "soon", "The minutes are a number, such as 30."),
        ("minutes", "", "The minutes are a number, such as 30."),
        ("minutes", "nan", "The minutes must be a number above 0."),
        ("minutes", "inf", "inf minutes are more than the 1440"),
        ("minutes", "0.001", "The minutes must come to a second at least"),
        ("minutes", "-1", "The minutes must be a number above 0."),
        ("features", "dance", "There is no feature of that name"),
        ("name", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl", "The name looks like a token"),
    ],
)
async def test_what_cannot_be_minted_is_said_before_and_after_enter(
    size: tuple[int, int], id: str, words: str, said: str, tmp_path: Path
) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        await fill(run, id, words)
        assert said in box_words(run)
        await run.press("enter")
        assert isinstance(run.app.screen, MintScreen)
        assert box_words(run).count(said) == 1
        assert journal(tmp_path) == []


@SIZES
async def test_the_warnings_follow_what_is_typed_and_the_countdown(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        assert "closes in 00:37" in run.text()
        assert "an owner who joins in time keeps it open" in box_words(run)
        assert "likely too late" not in box_words(run)
        await run.wait(17)
        assert "closes in 00:20" in run.text()
        assert "The room closes in 20 s, and joining takes about 20 s: likely too late." in box_words(run)
        if size == WIDE:
            await fill(run, "features", "lobby")
            assert "this owner cannot record" in box_words(run)
            await fill(run, "room", "*")
            assert "It opens every room of the server, not one." in box_words(run)


@SIZES
async def test_a_room_that_ends_while_the_form_is_open_is_said_to_be_over(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with running(rooms(5), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        assert "closes in 00:05" in run.text()
        await run.wait(5.5)
        assert "closes any moment" in run.text()
        await run.apply(over(-5.5, "chemie-9", "timer"))
        assert "the room is over" in run.text()
        assert "The room is over: whoever comes by this link begins it anew." in box_words(run)
        await run.press("enter")
        assert isinstance(run.app.screen, LinkScreen)
        assert "the room is over" in run.lines()[0]
        assert "The room is over: whoever comes by this link" in " ".join(run.text().split())


@SIZES
@pytest.mark.parametrize("paused", [False, True])
async def test_the_link_goes_on_following_the_room(size: tuple[int, int], paused: bool, tmp_path: Path) -> None:
    async with running(rooms(30), size, tokens=access(tmp_path)) as run:
        await run.press(*(("p",) if paused else ()), "t", "enter")
        assert "closes in 00:30" in run.lines()[0]
        await run.wait(20)
        assert "closes in 00:10" in run.lines()[0]
        assert "The room is over" not in run.text()
        await run.apply(over(-30, "chemie-9", "timer"))
        assert "the room is over" in run.lines()[0]
        assert "closes in" not in run.text()


async def test_the_claims_are_shown_as_they_will_be_signed(tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("t")
        assert "context.features left out: the server's defaults" in box_words(run)
        assert "1790001800 2026-09-21 14:43:20 UTC, in 30 min" in run.text()
        await fill(run, "room", "A B")
        assert 'room "a%20b"' in box_words(run)
        jti = run.line_with("jti").split('"')[1]
        await run.press("enter")
        assert jwt.decode(token_of(run), options={"verify_signature": False})["jti"] == jti


@SIZES
async def test_without_a_journal_there_is_no_link_and_the_sentence_says_why(
    size: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / "minted.jsonl").mkdir()
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("t", "enter")
        assert isinstance(run.app.screen, MintScreen)
        assert "No token was made: the journal" in box_words(run)
        assert "cannot be written (Is a directory)" in box_words(run)


async def test_the_journal_has_it_before_the_link_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    before = LinkScreen.__init__

    def note(self: LinkScreen, *arguments: object) -> None:
        written.append(len(journal(tmp_path)))
        before(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(LinkScreen, "__init__", note)
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("t", "enter")
        assert written == [1]


async def test_where_nothing_is_configured_minting_is_absent_everywhere() -> None:
    async with running(rooms()) as run:
        assert "t mint" not in run.lines()[-1]
        await run.press("t")
        assert isinstance(run.app.screen, OverviewScreen)
        names = commands(run)
        assert "person.inspect" in names
        assert "room.mint" not in names
        await run.press("question_mark")
        assert "make a link" not in run.text()


async def test_it_is_absent_for_rooms_of_a_server_without_tokens(tmp_path: Path) -> None:
    events = [
        *rooms(),
        *connected("other"),
        seen("theirs", *crowd(1, 3), server="other"),
        ended("other"),
    ]
    async with running(events, tokens=access(tmp_path)) as run:
        assert "t mint" in run.lines()[-1]
        assert "room.mint" in commands(run)
        await run.press("G")
        while run.room() != "theirs":
            await run.press("k")
        assert "t mint" not in run.lines()[-1]
        await run.press("t")
        assert isinstance(run.app.screen, OverviewScreen)


async def test_a_public_key_signs_nothing_so_minting_is_absent(tmp_path: Path) -> None:
    from tests.tokens.samples import key_pair

    public = access(tmp_path, algorithm="RS256", key=Secret(key_pair()[1]), kid="k")
    async with running(rooms(), tokens=public) as run:
        assert "t mint" not in run.lines()[-1]


@SIZES
async def test_where_the_key_is_missing_the_form_says_why_and_what_to_do(size: tuple[int, int], tmp_path: Path) -> None:
    fault = "meet.toml: /keys/meet.pem cannot be read (No such file or directory); put the key there."
    async with running(rooms(), size, tokens=access(tmp_path, key=Secret(""), key_fault=fault)) as run:
        assert "t mint" in run.lines()[-1]
        await run.press("t", "enter")
        assert isinstance(run.app.screen, MintScreen)
        assert box_words(run).count(fault) == 1
        assert journal(tmp_path) == []


async def test_a_t_in_a_filter_is_a_letter(tmp_path: Path) -> None:
    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("slash", "t", "i")
        assert run.app.screen.query_one("#words", Input).value == "ti"


async def test_a_token_pasted_into_the_form_does_not_appear(tmp_path: Path) -> None:
    from textual.events import Paste

    async with running(rooms(), tokens=access(tmp_path)) as run:
        await run.press("t")
        field = run.app.screen.query_one("#name", Input)
        field.focus()
        await run.press()
        field.post_message(Paste("https://meet.example/a?jwt=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"))
        await run.press()
        assert "eyJ" not in run.text()
        field.post_message(Paste(" and Bob"))
        await run.press()
        assert value(run, "name") == "On-call: ann and Bob"


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (300, 90)])
async def test_it_draws_at_any_size(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(rooms(), size, tokens=access(tmp_path)) as run:
        await run.press("t")
        assert isinstance(run.app.screen, MintScreen)
        await run.press("enter", "v", "o")
        assert isinstance(run.app.screen, LinkScreen)
        await run.press("escape", "i")
        assert len(run.lines()) == size[1]


@pytest.mark.parametrize("scene", ["hostile", "weird", "weird-closing", "empty", "connecting", "school", "several"])
async def test_no_room_is_too_odd_for_the_form(scene: str, tmp_path: Path) -> None:
    async with running(scene, tokens=access(tmp_path)) as run:
        for keys in (("t",), ("escape", "i"), ("escape", "enter", "t"), ("escape", "i"), ("escape", "j", "i")):
            await run.press(*keys)
            assert "\x1b" not in run.text()
            assert "\u202e" not in run.text()
        await run.press("escape")
        assert isinstance(run.app.screen, OverviewScreen)
