"""What changed on a server between two runs is said in the second."""

from pathlib import Path

import pytest

from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.watching import config_file, screen


@pytest.mark.story("drift a")
async def test_a_module_and_an_option_that_are_new_since_the_last_run_are_named(
    start_prosody: StartProsody, tmp_path: Path
) -> None:
    prosody = start_prosody()
    config, environ = config_file(tmp_path, prosody), {"XDG_STATE_HOME": str(tmp_path / "state")}
    async with Cast(prosody) as cast:
        await cast.focus("lesson")
        async with screen(config, environ=environ) as terminal:
            await terminal.shows("lesson", "● meet")
            terminal.press("q")
            await terminal.until(lambda _text: terminal.is_over())
            assert "changed since" not in terminal.text()
        await truth.load(prosody, "token_owner_party")
        await truth.do(prosody, "config", host=prosody.muc_host, option="muc_room_cache_size", value=5000, fire=True)
        async with screen(config, environ=environ) as terminal:
            await terminal.shows("lesson", "changed since last seen")
            await terminal.shows("+ token_owner_party; muc_room_cache_size: 10000 → 5000")
            terminal.press(*"3gz")
            await terminal.until(lambda text: "is acknowledged" in text and "changed since" not in text)
            # The server tells its setup again, with one thing that is new.
            option = "muc_room_cache_size"
            await truth.do(prosody, "config", host=prosody.muc_host, option=option, value=6000, fire=True)
            await terminal.shows("changed since last seen")
            assert "5000 → 6000" in terminal.line_with("changed since")
            assert "token_owner_party" not in terminal.line_with("changed since")
