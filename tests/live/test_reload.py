"""What the module still knows after it was reloaded, or learns when it is loaded late."""

import time

import pytest

from tests.live import truth
from tests.live.cast import Cast
from tests.live.conftest import StartProsody
from tests.live.prosody_config import MUC_HOST
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.watching import Watching, watching

HELD_S = 6


@pytest.fixture
def prosody(start_prosody: StartProsody) -> Prosody:
    """A server that holds lost connections for six seconds, as its own release writes that."""
    newer = start_prosody().version != "0.12"
    return start_prosody(global_options={"smacks_hibernation_time": f"{HELD_S} seconds" if newer else HELD_S})


def gone_at(monitor: Watching) -> float | None:
    person = monitor.find("held", "John Doe")
    return person.sessions[0].gone_at if person and person.sessions else None


async def live_again(monitor: Watching) -> None:
    await monitor.until(lambda: not monitor.is_live)
    await monitor.until(lambda: monitor.is_live)


@pytest.mark.story("stress a")
async def test_a_held_connection_is_still_known_after_a_reload_and_by_a_module_loaded_meanwhile(
    prosody: Prosody,
) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        await cast.focus("held")
        john = await cast.person(token(prosody, "held", "owner"), name="John Doe")
        await john.join("held")
        await monitor.until(lambda: monitor.find("held", "John Doe") is not None)
        await john.drop()
        lost_at = time.time() + (monitor.host.offset_s or 0)
        await monitor.until(lambda: gone_at(monitor) is not None)
        deadline = gone_at(monitor)
        assert deadline is not None
        assert deadline - lost_at == pytest.approx(HELD_S + 1, abs=0.5)
        await truth.reload(prosody, "muc_monitor")
        await live_again(monitor)
        assert gone_at(monitor) == deadline
        await truth.unload(prosody, "muc_monitor")
        await truth.load(prosody, "muc_monitor")
        await live_again(monitor)
        # Prosody itself keeps the second of the loss, no fraction of it.
        assert gone_at(monitor) == pytest.approx(deadline, abs=1)
        await john.resume()
        await monitor.until(lambda: gone_at(monitor) is None)
        assert monitor.host.health is not None
        assert monitor.host.health.errors == 0


async def test_people_keep_their_numbers_and_their_past_over_a_reload(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("kept")
        # Numbers given out before, so that beginning anew would show.
        for _ in range(3):
            await focus.leave("kept")
            await focus.join("kept")
        jane = await cast.person(token(prosody, "kept"), name="Jane Doe")
        await jane.join("kept")
        await focus.set_affiliation("kept", jane.jid, "owner")
        await monitor.until(lambda: (one := monitor.find("kept", "Jane Doe")) is not None and one.change is not None)
        before = monitor.find("kept", "Jane Doe")
        assert before is not None
        await truth.reload(prosody, "muc_monitor")
        await live_again(monitor)
        after = monitor.find("kept", "Jane Doe")
        assert after == before
        newcomer = await cast.person(token(prosody, "kept"), name="John Doe")
        await newcomer.join("kept")
        await monitor.until(lambda: monitor.find("kept", "John Doe") is not None)
        john = monitor.find("kept", "John Doe")
        assert john is not None
        assert john.oid > before.oid
        async with watching(prosody, jid=f"monitor2.{prosody.host}") as other:
            other.links.look_at(other.key("kept"))
            room = other.store.find_room(other.key("kept"))
            assert room is not None
            await other.until(lambda: len(room.history) > 0)
            joined = [entry.oid for entry in room.history if entry.what == "joined" and entry.name == "Jane Doe"]
            assert joined == [before.oid]


async def test_a_room_that_is_kept_without_anybody_in_it_is_shown_no_more(prosody: Prosody) -> None:
    async with Cast(prosody) as cast, watching(prosody) as monitor:
        focus = await cast.focus("emptied")
        await monitor.until(lambda: monitor.store.find_room(monitor.key("emptied")) is not None)
        await truth.do(prosody, "keep", room="emptied")
        await focus.leave("emptied")
        await truth.do(prosody, "handle", handler="reconcile", host=MUC_HOST)
        await monitor.until(lambda: monitor.store.find_room(monitor.key("emptied")) is None)
        await focus.join("emptied")
        await monitor.equals_the_server()
