"""`mucmon prosody` brings the module onto a bare server from the printed text alone, on both releases."""

import asyncio
import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.cast import Cast, until
from tests.live.printed import Setup, block_with
from tests.live.prosody_config import MUC_HOST, MUC_OPTIONS
from tests.live.server import Prosody, free_ports
from tests.live.tokens import token
from tests.live.watching import screen

LINK, HOST = ["✓"] * 2, ["✓"] * 6
"""What the check says of a sound server (port, handshake), and of each of its MUC hosts: MUC host, module, watcher,
version, rooms, claims."""


@contextlib.contextmanager
def bare(binary: Path, plugins: Path, kind: str, *options: str, **arguments: Any) -> Iterator[Setup]:
    """Start a server that knows nothing of mucmon, for somebody who has the text of KIND."""
    server = Prosody(binary, [plugins], bare=True, **arguments)
    try:
        setup = Setup(server, plugins, kind, *options)
        server.start()
        yield setup
    finally:
        server.close()


def marks(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if line.startswith("  ")]


async def all_is_well_and_the_room_shows(setup: Setup, muc_hosts: int = 1) -> None:
    async with Cast(setup.server) as cast:
        await cast.focus("lesson")
        john = await cast.person(token(setup.server, "lesson", "owner", "John"), name="John Doe")
        await john.join("lesson")
        guest = await cast.person(name="Guest")
        await guest.join("lesson")
        done = await setup.check()
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert marks(done.stdout) == LINK + HOST * muc_hosts
        assert "1 room, hidden ones too, with 2 people" in done.stdout
        assert "1 with a token, 1 without" in done.stdout
        assert "All is well" in done.stdout
        async with screen(setup.config) as terminal:
            await terminal.shows("lesson", "John Doe")


async def a_second_person_is_let_in_live(setup: Setup) -> None:
    ada = setup.home / "ada" / "config.toml"
    lua = block_with(setup.print("live", "--jid", "ada.meet.test", "--save", str(ada)), "component_secret")
    line = block_with(setup.text, ', "ada.meet.test"').strip()
    both = setup.lua_file.read_text().replace('muc_monitor_watchers = { "monitor.meet.test" }', line)
    assert line in both
    setup.lua_file.write_text(both + lua[lua.index("Component") :])
    said = await setup.type_shell_commands('host:activate("ada')
    assert all("rror" not in words for words in said), said
    for config in (ada, setup.config):
        done = await setup.check(config)
        assert done.returncode == 0, done.stdout


def unclean_lines(setup: Setup) -> list[str]:
    wanted = ("\twarn\t", "\terror\t")
    about = ("mucmon.cfg.lua", "muc_monitor", "monitor.meet.test", "Lua.")
    lines = setup.server.log_text().splitlines()
    return [line for line in lines if any(w in line for w in wanted) and any(a in line for a in about)]


@pytest.mark.story("prosody a")
async def test_a_debian_server_from_the_printed_text_and_a_restart(prosody_binary: Path, tmp_path: Path) -> None:
    breakout = {'"breakout.meet.test" "muc"': {**MUC_OPTIONS, "modules_enabled": []}}
    with bare(prosody_binary, tmp_path, "debian", "--breakout", components=breakout) as setup:
        before = await setup.check()
        assert before.returncode == 1
        assert marks(before.stdout) == ["×", "·", "·"]
        assert "nothing listens on" in before.stdout
        assert "opens the port with its first component" in before.stdout
        assert "Then check again: mucmon --config ~/mucmon/config.toml prosody --check" in before.stdout
        assert "is installed" in setup.install()
        setup.paste_lua()
        components = block_with(setup.text, '"conference.meet.test" "muc"').splitlines()
        assert len(components) == 2
        for component in components:
            setup.enable(block_with(setup.text, '"muc_monitor";'), component)
        await asyncio.to_thread(setup.server.restart)
        await all_is_well_and_the_room_shows(setup, 2)
        assert unclean_lines(setup) == []
        assert "already the one" in setup.install()


@pytest.mark.story("prosody b")
async def test_a_docker_server_from_the_printed_text(prosody_binary: Path, tmp_path: Path) -> None:
    # Its template has no port for components, and makes modules_enabled of what stands between commas.
    with bare(prosody_binary, tmp_path, "docker", "--rooms", MUC_HOST, global_options={"component_ports": []}) as setup:
        setup.install()
        setup.paste_lua()
        name, _, value = block_with(setup.text, "XMPP_MUC_MODULES").strip().partition("=")
        assert name == "XMPP_MUC_MODULES"
        for module in value.split(","):
            setup.enable(f'"{module}";')
        assert f'"127.0.0.1:{setup.server.component_port}:{setup.server.component_port}"' in block_with(
            setup.text, "ports:"
        )
        await asyncio.to_thread(setup.server.restart)
        await all_is_well_and_the_room_shows(setup)
        assert unclean_lines(setup) == []


@pytest.mark.story("prosody c")
async def test_live_loading_from_the_printed_text_while_people_meet(prosody_binary: Path, tmp_path: Path) -> None:
    with bare(prosody_binary, tmp_path, "live") as setup:
        pid = setup.server.pid
        async with Cast(setup.server) as cast:
            await cast.focus("before")
            jane = await cast.person(token(setup.server, "before", "member", "Jane"), name="Jane Doe")
            await jane.join("before")
            setup.install()
            setup.paste_lua()
            # Whoever has the text for a restart and prints this one after it has no second secret.
            again = setup.print("debian", "--save", str(setup.config))
            assert block_with(again, "component_secret") == block_with(setup.text, "component_secret")
            setup.enable(block_with(setup.text, '"muc_monitor";'))
            said = await setup.type_shell_commands("module:load")
            assert all("rror" not in words for words in said), said
            done = await setup.check()
            assert done.returncode == 0, done.stdout
            assert "1 room, hidden ones too, with 1 person" in done.stdout
            assert await jane.ping() < 1
            async with screen(setup.config) as terminal:
                await terminal.shows("before", "Jane Doe")
            await a_second_person_is_let_in_live(setup)
            assert await jane.ping() < 1
        assert setup.server.pid == pid
        assert unclean_lines(setup) == []
        # What was loaded live is there after a restart too.
        await asyncio.to_thread(setup.server.restart)
        await all_is_well_and_the_room_shows(setup)


@pytest.mark.story("prosody d")
async def test_each_thing_left_out_is_what_the_check_says_to_put_right_first(
    prosody_binary: Path, tmp_path: Path
) -> None:
    (clients,) = free_ports(1)
    with bare(prosody_binary, tmp_path, "debian", global_options={"c2s_ports": [clients]}) as setup:
        server = setup.server

        async def first(expected: list[str]) -> str:
            done = await setup.check()
            assert done.returncode == 1, done.stdout
            assert marks(done.stdout) == expected, done.stdout
            return next(line for line in done.stdout.splitlines() if line.startswith("  ×"))

        assert "nothing listens on" in await first(["×", "·"])
        setup.paste_lua()
        await asyncio.to_thread(server.restart)
        assert "mod_muc_monitor is not loaded" in await first(["✓", "✓", "✓", "×"])
        lua = setup.lua_file
        whole = lua.read_text()
        setup.install()
        setup.enable(block_with(setup.text, '"muc_monitor";'))
        lua.write_text(whole.replace("muc_monitor_watchers", "-- muc_monitor_watchers"))
        await asyncio.to_thread(server.restart)
        assert "add it to muc_monitor_watchers" in await first(["✓", "✓", "✓", "✓", "×"])
        lua.write_text(whole)
        secret = setup.config.parent / "monitor.meet.test.secret"
        right = secret.read_text()
        secret.write_text("another\n")
        await asyncio.to_thread(server.restart)
        assert "the secret for monitor.meet.test is wrong" in await first(["✓", "×", "·"])
        secret.write_text(right)
        setup.config.write_text(setup.config.read_text().replace("conference.", "rooms."))
        assert "knows no MUC host rooms.meet.test" in await first(["✓", "✓", "×"])
        setup.config.write_text(setup.config.read_text().replace("rooms.meet", "meet"))
        assert "meet.test is no MUC component" in await first(["✓", "✓", "×"])
        async with screen(setup.config) as terminal:
            await terminal.shows("meet.test is no MUC component")
        setup.config.write_text(setup.config.read_text().replace('rooms = "meet', 'rooms = "conference.meet'))
        sound = setup.config.read_text()
        setup.config.write_text(sound.replace(f"port = {server.component_port}", f"port = {clients}"))
        assert setup.config.read_text() != sound
        assert "is the port for clients" in await first(["✓", "×", "·"])
        setup.config.write_text(sound)
        # Where the module is put that is of no use there, that is said in the log, and harms nothing.
        main = server.folder / "prosody.cfg.lua"
        before = main.read_text()
        setup.enable('"muc_monitor";', 'VirtualHost "meet.test"')
        await asyncio.to_thread(server.restart)

        async def said() -> bool:
            return "muc_monitor does nothing on a VirtualHost" in server.log_text()

        # The ports are open before every host is loaded.
        await until(said)
        assert "Error loading module 'muc_monitor'" not in server.log_text()
        assert "stack traceback" not in server.log_text()
        main.write_text(before)
        module = setup.plugins / "mod_muc_monitor.lua"
        module.write_text(module.read_text().replace('local VERSION = "', 'local VERSION = "0.0.'))
        lua.write_text(whole + '\nComponent "conference.meet.test" "muc"\n    muc_monitor_claims = "none"\n')
        await asyncio.to_thread(server.restart)
        wrong = await first(["✓", "✓", "✓", "✓", "✓", "×", "✓", "i"])
        assert "version 0.0.0.1.0 is loaded" in wrong
        assert "replaces version 0.0.0.1.0" in setup.install()
        command = shlex.split(wrong[wrong.index("prosodyctl shell") :])[2]
        await asyncio.to_thread(server.shell, command)
        done = await setup.check()
        assert done.returncode == 0, done.stdout
        assert marks(done.stdout) == [*LINK, *HOST[:-1], "i"]
        assert 'muc_monitor_claims = "none"' in done.stdout
