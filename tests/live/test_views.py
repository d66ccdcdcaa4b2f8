"""The views of the screen in a real terminal, on a real server: the door, the history, the end of the chosen room."""

from pathlib import Path

import pytest

from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import config_file, screen
from tests.live.xmpp_client import AuthRefused, JoinRefused

SIZES = pytest.mark.parametrize("size", [(172, 45), (80, 24)], ids=["172x45", "80x24"])


@pytest.fixture
def prosody(start_prosody: StartProsody) -> Prosody:
    """A server that closes rooms without an owner, and has nothing to remember yet."""
    return start_prosody(muc_modules=["token_owner_party"], party_check_timeout_s=2.0)


@SIZES
@pytest.mark.story("views")
async def test_the_door_and_the_end_of_a_room_are_seen_as_they_happen(
    prosody: Prosody, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Cast(prosody) as cast, screen(config_file(tmp_path, prosody), size) as terminal:
        await cast.focus("lesson")
        pupil = await cast.person(token(prosody, "lesson", name="Early Pupil"), name="Early Pupil")
        for _ in range(3):
            with pytest.raises(JoinRefused):
                await pupil.join("lesson")
        with pytest.raises(AuthRefused):
            await cast.person(token(prosody, "lesson", name="Too Late", minutes=-5))
        terminal.press("4")
        await terminal.shows("3 × party not started", "Too Late", "token refused", "4 of 4", "the token has expired")
        john = await cast.person(token(prosody, "lesson", "owner", name="John Doe"), name="John Doe")
        await john.join("lesson")
        await pupil.join("lesson")
        terminal.press("2")
        await terminal.shows("Early Pupil", "John Doe", "3 of 3")
        terminal.press("1")
        await terminal.shows("1 rooms", "lesson")
        await john.leave("lesson")
        await terminal.shows("lesson ended")
        # A message may stand over the rest.
        terminal.press("Escape")
        await terminal.shows("lesson ended", "closed by its timer; 5 shows it")
        terminal.press("5")
        await terminal.shows("timer", "lesson", "1 of 1")
        terminal.press("Enter")
        await terminal.shows("closed by its timer.", "Early Pupil token says no owner → room says member")
