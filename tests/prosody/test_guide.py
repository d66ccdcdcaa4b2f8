"""What is printed to be pasted: right Lua, right TOML, a new secret each time, and no right on the server."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from monitor.config import Secret, load
from monitor.prosody import guide
from monitor.prosody.errors import CannotDo
from monitor.prosody.guide import Kind, Names, Saved, names

SECRET = Secret("0123456789abcdef")
CONFIG = Path("/home/ada/.config/mucmon/config.toml")
EVERY_KIND = pytest.mark.parametrize("kind", list(Kind))


def printed(named: Names, saved: Saved = Saved.NOT, config: Path = CONFIG) -> str:
    return guide.text(named, SECRET, config, saved)


@EVERY_KIND
@pytest.mark.parametrize("port", [5347, 6000])
@pytest.mark.parametrize("host", ["meet.example", "büro.example", "m-1.example"])
def test_the_lua_is_valid(kind: Kind, port: int, host: str, tmp_path: Path) -> None:
    compiler = shutil.which("luac5.4") or shutil.which("luac")
    assert compiler, "there is no luac: run tests/live/install as root"
    file = tmp_path / "mucmon.cfg.lua"
    file.write_text(guide.lua(names(kind, host, port=port), SECRET))
    done = subprocess.run([compiler, "-p", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_shows_what_is_printed() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    named = names(Kind.DEBIAN, "meet.example")
    assert f"```lua\n{guide.lua(named, Secret('a long random string'))}```" in readme
    tables = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)]
    assert tomllib.loads(guide.toml(named, guide.secret_file(named))) in tables


@EVERY_KIND
def test_a_watcher_gets_no_right_on_the_server(kind: Kind) -> None:
    named = names(kind, "meet.example", breakout=True, lobby=True)
    assert not re.search(r"\badmins\b", printed(named))
    assert 'muc_monitor_watchers = { "monitor.meet.example" }\n' in guide.lua(named, SECRET)


def test_a_secret_is_new_each_time_and_has_more_than_128_bits() -> None:
    made = {guide.new_secret().reveal() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[0-9a-f]{48}", secret) for secret in made)
    assert guide.SECRET_BYTES * 8 >= 128


@EVERY_KIND
@pytest.mark.parametrize("saved", list(Saved))
def test_the_secret_is_printed_once_and_only_in_the_lua(kind: Kind, saved: Saved) -> None:
    assert printed(names(kind, "meet.example"), saved).count(SECRET.reveal()) == 1


@pytest.mark.parametrize("secret", ['a"b', "a\\b", "a\nb", "]] --", "ä€", "\x7f1"])
def test_a_secret_from_elsewhere_is_the_same_in_lua(secret: str) -> None:
    lua = next(found for name in ("lua5.4", "lua5.3", "lua") if (found := shutil.which(name)))
    (line,) = [
        line for line in guide.lua(names(Kind.DEBIAN, "m.example"), Secret(secret)).splitlines() if "secret" in line
    ]
    done = subprocess.run([lua, "-"], input=f"{line}\nio.write(component_secret)", capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (secret, "")


@EVERY_KIND
@pytest.mark.parametrize("saved", list(Saved))
def test_the_commands_to_run_next_name_the_configuration_where_mucmon_would_not_look(
    kind: Kind, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = names(kind, "meet.example")
    elsewhere = printed(named, saved, Path("/srv/on call/meet.toml"))
    assert "\n    mucmon --config '/srv/on call/meet.toml' prosody --check\n" in elsewhere
    assert "\n    mucmon --config '/srv/on call/meet.toml'\n" in elsewhere
    monkeypatch.setenv("MUCMON_CONFIG", str(CONFIG))
    assert "\n    mucmon prosody --check\n    mucmon\n" in printed(named, saved)


@EVERY_KIND
def test_what_becomes_of_the_secret_when_it_is_printed_again_is_said(kind: Kind) -> None:
    named = names(kind, "meet.example")
    assert "Without it, each text that is\n   printed has another secret" in printed(named)
    assert "another secret" not in printed(named, Saved.NOW)
    assert "stays as it is; the secret of step 2 is the one it has" in printed(named, Saved.BEFORE)


@EVERY_KIND
def test_the_module_can_be_copied_from_another_machine(kind: Kind) -> None:
    text = printed(names(kind, "meet.example"))
    assert "\n    mucmon prosody --install .\n    scp mod_muc_monitor.lua root@meet.example:" in text


def test_docker_opens_a_port_the_image_has_closed_and_publishes_it_on_this_machine_alone() -> None:
    named = names(Kind.DOCKER, None)
    assert guide.lua(named, SECRET).startswith('component_ports = { 5347 }\ncomponent_interfaces = { "*" }\n')
    text = printed(named)
    assert re.findall(r"- \"(\S+)\"", text) == ["127.0.0.1:5347:5347"]
    assert "meet.jitsi" in text


def test_debian_keeps_prosodys_own_port_and_loopback_unless_another_is_wanted() -> None:
    assert "component_" not in guide.lua(names(Kind.DEBIAN, "meet.example"), SECRET).partition("Component")[0]
    other = guide.lua(names(Kind.DEBIAN, "meet.example", port=6000), SECRET)
    assert other.startswith("component_ports = { 6000 }\nmuc_")
    assert "component_interfaces" not in other


@EVERY_KIND
def test_what_docker_splits_at_commas_holds_none(kind: Kind) -> None:
    text = printed(names(kind, "meet.example", breakout=True, lobby=True))
    variables = re.findall(r"^    (XMPP_\w+)=(.*)$", text, re.MULTILINE)
    kinds = ("XMPP_MUC_MODULES", "XMPP_BREAKOUT_MUC_MODULES", "XMPP_LOBBY_MUC_MODULES")
    assert variables == ([(one, "muc_monitor") for one in kinds] if kind is Kind.DOCKER else [])


@EVERY_KIND
def test_no_placeholder_is_left_and_no_line_of_prose_is_too_long(kind: Kind) -> None:
    text = "".join(printed(names(kind, "meet.example", breakout=True, lobby=True), saved) for saved in Saved)
    assert not re.search(r"\$\w|\$\{", text)
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    assert [line for line in prose if len(line) > 80] == []


@EVERY_KIND
def test_steps_are_numbered_one_after_the_other(kind: Kind) -> None:
    for saved in Saved:
        numbers = re.findall(r"^(\d+)\. ", printed(names(kind, "meet.example"), saved), re.MULTILINE)
        assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
        assert len(numbers) >= 7


def test_live_loading_loads_every_muc_component() -> None:
    text = printed(names(Kind.LIVE, "meet.example", breakout=True, lobby=True))
    first, _, again = text.partition("EVERYBODY WHO WATCHES")
    assert re.findall(r"^    prosodyctl shell '(.*)'$", first, re.MULTILINE) == [
        "config:reload()",
        'host:activate("monitor.meet.example")',
        'module:load("muc_monitor", "conference.meet.example")',
        'module:load("muc_monitor", "breakout.meet.example")',
        'module:load("muc_monitor", "lobby.meet.example")',
    ]
    assert re.findall(r"^    prosodyctl shell '(.*)'$", again, re.MULTILINE) == [
        "config:reload()",
        'host:activate("ada.meet.example")',
    ]


def test_the_second_person_of_the_example_is_another_one() -> None:
    text = printed(names(Kind.DEBIAN, "meet.example", jid="ada.meet.example"))
    assert 'muc_monitor_watchers = { "ada.meet.example", "bob.meet.example" }' in text


def test_a_configuration_under_a_path_with_spaces_is_quoted_for_the_shell(tmp_path: Path) -> None:
    folder = tmp_path / "Application Support"
    text = printed(names(Kind.DEBIAN, "meet.example"), config=folder / "config.toml")
    (line,) = [line for line in text.splitlines() if "umask" in line]
    subprocess.run(["sh", "-c", line], input=b"typed\n", check=True)
    secret = folder / "monitor.meet.example.secret"
    assert secret.read_text() == "typed\n"
    assert secret.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("port", [5347, 6000])
@pytest.mark.parametrize("lobby", [True, False])
def test_the_printed_configuration_is_the_one_mucmon_reads(tmp_path: Path, port: int, lobby: bool) -> None:
    named = names(Kind.DEBIAN, "Meet.Example", jid="ada.meet.example", port=port, lobby=lobby)
    text = printed(named)
    block = text[text.index("    [[server]]") : text.index("\n\n", text.index("[[server]]"))]
    table = "\n".join(line[4:] for line in block.splitlines())
    assert tomllib.loads(table)["server"]
    (tmp_path / "config.toml").write_text(table)
    secret = tmp_path / guide.secret_file(named)
    secret.write_text("x")
    secret.chmod(0o600)
    (server,) = load(tmp_path / "config.toml").servers
    assert (server.jid, server.port, server.name) == ("ada.meet.example", port, "meet.example")
    assert server.rooms == ("conference.meet.example", *(["lobby.meet.example"] if lobby else []))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"host": None}, "--host meet.example"),
        (
            {"host": "https://meet.example"},
            '--host must name a domain such as meet.example, not "https://meet.example"',
        ),
        ({"host": 'x" os.exit() --'}, "--host must name a domain"),
        ({"host": "\x1b[2J"}, 'not "?[2J"'),
        ({"host": "meet.example", "rooms": "a b"}, "--rooms must name a domain"),
        ({"host": "meet.example", "rooms": "meet.example"}, "--rooms must name the MUC component"),
        ({"host": "meet.example", "jid": "ada@meet.example"}, "--jid must name a domain"),
        ({"host": "meet.example", "jid": "conference.meet.example"}, "--jid must name a new component"),
        ({"host": "meet.example", "jid": "MEET.example"}, "--jid must name a new component"),
        ({"host": "meet.example", "jid": "lobby.meet.example", "lobby": True}, "--jid must name a new component"),
        ({"host": "meet.example", "port": 0}, "--port must be from 1 to 65535"),
    ],
)
def test_what_cannot_be_a_name_is_refused_in_one_sentence(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(CannotDo) as refused:
        names(Kind.DEBIAN, **arguments)  # type: ignore[arg-type]
    assert words in str(refused.value)
    assert "\x1b" not in str(refused.value)
