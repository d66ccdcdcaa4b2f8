import stat
from pathlib import Path
from typing import get_args

import pytest

from monitor.config import SERVER_KEYS, Colour, ConfigError, Secret, config_path, load
from monitor.core.findings import Severity
from monitor.core.server import Server
from monitor.screen_settings import ALERT_KEYS, PLACEHOLDERS, Alerts
from monitor.tokens.settings import TOKEN_KEYS
from monitor.ui.standing import colour_of

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def server(**values: object) -> str:
    defaults: dict[str, object] = {"jid": "monitor.meet.test", "rooms": "conference.meet.test", "secret": "s3cret"}
    lines = [
        f"{key} = {value!r}".replace("'", '"') for key, value in {**defaults, **values}.items() if value is not None
    ]
    return "[[server]]\n" + "\n".join(lines) + "\n"


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return str(caught.value)


def test_a_small_configuration_has_sensible_defaults(tmp_path: Path) -> None:
    one = load(write(tmp_path, server()), {}).servers[0]
    assert (one.name, one.host, one.port, one.rooms) == ("meet.test", "127.0.0.1", 5347, ("conference.meet.test",))
    assert one.secret.reveal() == "s3cret"


def test_domains_are_compared_in_lower_case(tmp_path: Path) -> None:
    one = load(write(tmp_path, server(jid="Monitor.Meet.test", rooms="Conference.meet.test")), {}).servers[0]
    assert (one.jid, one.rooms) == ("monitor.meet.test", ("conference.meet.test",))


def test_several_muc_hosts_and_servers_may_be_named(tmp_path: Path) -> None:
    text = server(name="a", rooms=["conference.a", "breakout.a"]) + server(name="b", port=5348)
    settings = load(write(tmp_path, text), {})
    assert [one.name for one in settings.servers] == ["a", "b"]
    assert settings.servers[0].rooms == ("conference.a", "breakout.a")


@pytest.mark.parametrize("rooms", [["conference.a", "conference.a"], ["breakout.a", "conference.a", "Conference.A"]])
def test_a_muc_host_is_named_once(tmp_path: Path, rooms: list[str]) -> None:
    said = refusal(write(tmp_path, server(rooms=rooms)))
    assert said.endswith('server 1: `rooms` names "conference.a" twice; name each MUC component once.')


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_one_component_at_one_address_is_one_server(tmp_path: Path, host: str) -> None:
    said = refusal(write(tmp_path, server(name="a") + server(name="b", host=host, jid="Monitor.meet.test")))
    assert 'the servers "a" and "b" are the same component, monitor.meet.test at ' in said
    assert "port 5347" in said
    assert "name the MUC components of both in the `rooms` of one of them" in said
    for other in ({"jid": "second.meet.test"}, {"port": 5348}, {"host": "meet.test"}):
        assert len(load(write(tmp_path, server(name="a") + server(name="b", **other)), {}).servers) == 2


def test_a_secret_never_shows_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret!r} {secret} {[secret]}"


def test_a_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "meet.secret"
    file.write_text("from the file\n")
    file.chmod(0o600)
    settings = load(write(tmp_path, server(secret=None, secret_file="meet.secret"), 0o644), {})
    assert settings.servers[0].secret == Secret("from the file")


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, server(secret=None, secret_env="MEET_SECRET"), 0o644)
    assert load(path, {"MEET_SECRET": "x"}).servers[0].secret == Secret("x")
    assert "MEET_SECRET is not set" in refusal(path)


def test_a_secret_file_that_others_can_read_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    file = tmp_path / "meet.secret"
    file.write_text("x")
    file.chmod(0o644)
    words = refusal(write(tmp_path, server(secret=None, secret_file="meet.secret")))
    assert f"chmod 600 {file}" in words
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_configuration_that_holds_the_secret_must_be_private_itself(tmp_path: Path) -> None:
    assert "chmod 600" in refusal(write(tmp_path, server(), 0o640))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[server]\n", "line 1"),
        ('[[server]]\nsecret = "hunter2\n', "line 2"),
        ("", "no server is named"),
        ("server = []\n", "names no server"),
        ("[server]\njid = 'x'\n", "two brackets"),
        (server(jid=None), "`jid` is missing"),
        (server(port="5347"), "server 1: `port`: a number is wanted, not a text"),
        (server(port=70000), "`port` must be from 1 to 65535"),
        (server(rooms=[]), "`rooms` is empty"),
        (server(rooms="room@conference.meet.test"), "`rooms` must name a domain"),
        (server(jid="a b"), "`jid` must name a domain"),
        (server(jid="monitor..meet"), "`jid` must name a domain"),
        (server(jid="-a.b"), "`jid` must name a domain"),
        (server(jid="a" * 64 + ".b"), "`jid` must name a domain"),
        (server(secret=None, secret_env="hunter2-it-is"), "the environment variable named by `secret_env`"),
        (server(secret=None, secret_file="hunter2"), "the file named by `secret_file` in"),
        (server(secret=None, secret_file="hun/ter2"), "the file named by `secret_file` in its folder cannot be read"),
        (server(secret=None, secret_file="gone.secret"), "gone.secret cannot be read (No such file or directory); put"),
        ("server = 'x'\n", "a list is wanted, not a text"),
        (server(hots="x"), "there is no setting `hots`"),
        (server(host=""), "`host` is empty"),
        (server(secret=None), "one of them is wanted"),
        (server(secret_env="X"), "only one of them"),
        (server(secret=""), "the secret is empty"),
        (server(secret=None, secret_file="nowhere"), "put the secret there, or correct `secret_file`."),
        (server(secret=None, secret_file="."), "is not a file"),
        (server(name="x") + server(name="x"), 'two servers are called "x"'),
        ("colour = 1\n" + server(), "there is no setting `colour`"),
        ("[keys]\n'rows.sort' = 1\n" + server(), '[keys]: "rows.sort": a key such as "o" is wanted, or a list of keys'),
        ("[keys]\nrows.sort = []\n" + server(), '[keys]: "rows.sort": a key such as "o" is wanted'),
        ("[keys]\nrows.sort = ' '\n" + server(), '[keys]: "rows.sort": a key such as "o" is wanted'),
        ("[alerts]\nbel = true\n" + server(), "there is no setting `bel` in [alerts]; there are bell, on_critical"),
        ("[alerts]\nbell = 'x'\n" + server(), "`alerts.bell`: a true or false is wanted, not a text"),
        ("[alerts]\non_critical = 'notify-send x'\n" + server(), "`alerts.on_critical`: a list is wanted, not a text"),
        ("[alerts]\non_critical = ['']\n" + server(), "the first of the list is the program, and it is empty"),
        ("[alerts]\non_critical = ['x', '{titel}']\n" + server(), "there is no {titel}; there are {title}, {rule}"),
        ("keys = 'x'\n" + server(), "`keys`: a table is wanted, not a text"),
    ],
)
def test_a_broken_configuration_is_refused_in_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    said = refusal(write(tmp_path, text))
    assert words in said
    assert "hunter2" not in said
    assert "Traceback" not in said


def test_keys_are_read_with_and_without_quotes_around_the_id(tmp_path: Path) -> None:
    text = '[keys]\n"rows.sort" = "o"\nrows.filter = ["/", "ctrl+f"]\n'
    assert load(write(tmp_path, text + server()), {}).keys == {"rows.sort": ("o",), "rows.filter": ("/", "ctrl+f")}


def test_alerts_are_read_and_other_braces_stand_for_themselves(tmp_path: Path) -> None:
    text = "[alerts]\nbell = true\non_critical = ['jq', '{title}', '{}', '{a b}']\n"
    alerts = load(write(tmp_path, text + server()), {}).alerts
    assert alerts == Alerts(True, ("jq", "{title}", "{}", "{a b}"), False)
    assert load(write(tmp_path, server()), {}).alerts == Alerts()


def test_the_program_of_an_alert_is_to_run_without_the_variables_that_hold_secrets(tmp_path: Path) -> None:
    tokens = '[server.tokens]\nurl = "https://meet.test"\napp_id = "a"\nsecret_env = "MEET_APP_SECRET"\n'
    text = server(name="a", secret=None, secret_env="MEET_SECRET") + tokens + server(name="b", port=5348)
    environ = {"MEET_SECRET": "hunter2", "MEET_APP_SECRET": "hunter3" * 8}
    assert load(write(tmp_path, text), environ).alerts.withheld == {"MEET_SECRET", "MEET_APP_SECRET"}
    assert load(write(tmp_path, server()), {}).alerts.withheld == frozenset()
    assert "there is no setting `withheld` in [alerts]" in refusal(
        write(tmp_path, "[alerts]\nwithheld = []\n" + server())
    )


def test_a_missing_configuration_shows_how_to_write_one(tmp_path: Path) -> None:
    said = refusal(tmp_path / "none.toml")
    assert "none.toml" in said
    assert "[[server]]" in said


def test_a_configuration_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refusal(path)
    assert "cannot be read" in refusal(tmp_path)


def test_the_configuration_is_found_by_option_then_environment_then_platform(tmp_path: Path) -> None:
    assert config_path(tmp_path / "x", {"MUCMON_CONFIG": "/y"}) == tmp_path / "x"
    assert config_path(None, {"MUCMON_CONFIG": "/y"}) == Path("/y")
    assert config_path(None, {}).parts[-2:] == ("mucmon", "config.toml")


def test_the_example_lists_every_setting_and_loads(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    server_part, _, token_part = text.partition("[server.tokens]")
    for part, keys in (
        (server_part, [key for key in SERVER_KEYS if key not in ("tokens", "rules")]),
        (token_part, TOKEN_KEYS),
    ):
        for key in keys:
            assert any(line.lstrip("# ").startswith(f"{key} =") for line in part.splitlines()), key
    assert all(f"\n{key} =" in text or f"\n# {key} =" in text for key in ALERT_KEYS)
    assert all(name in text.partition("[alerts]")[2] for name in PLACEHOLDERS)
    for name in ("meet.secret", "meet.app_secret"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o600)
    tokens = load(write(tmp_path, text), {}).servers[0].tokens
    assert tokens is not None
    assert (tokens.sub, tokens.accepted_issuers, tokens.max_minutes) == ("meet.example", ("jitsi",), 1440)


def test_what_the_example_says_of_defaults_is_true(tmp_path: Path) -> None:
    file = tmp_path / "s"
    file.write_text("x")
    file.chmod(0o600)
    little = 'url = "https://meet.example"\napp_id = "jitsi"\nsecret_file = "s"\n'
    path = write(tmp_path, f"{server(rooms='conference.meet.example')}[server.tokens]\n{little}")
    tokens = load(path, {}).servers[0].tokens
    assert tokens is not None
    assert (tokens.algorithm, tokens.sub, tokens.tenant, tokens.kid) == ("HS256", "meet.example", None, None)
    assert (tokens.accepted_issuers, tokens.accepted_audiences) == (("jitsi",), ("*",))
    assert (tokens.domain_verification, tokens.max_minutes) == (False, 1440)


def test_the_rules_the_example_grades_load(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("# [server.rules]"))
    table = [line.removeprefix("# ") for line in lines[first : first + 3]]
    one = load(write(tmp_path, server() + "\n".join(table)), {}).servers[0]
    assert one.grades == {"F14": Severity.FINE, "F28": Severity.INFORMATION}
    assert load(write(tmp_path, server()), {}).servers[0].grades == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            'F99 = "off"',
            'server 1, rules: there is no rule "F99"; there are F1, F2, F3, F4, F5, F6, F7, F9, F10, F10b, F10c,',
        ),
        ('F14 = "loud"', '`F14` must be one of "off", "info", "warning", "critical", not "loud"'),
        ("F14 = true", '`F14` must be one of "off"'),
    ],
)
def test_a_grade_that_is_none_names_rule_and_remedy(tmp_path: Path, line: str, words: str) -> None:
    said = refusal(write(tmp_path, f"{server()}[server.rules]\n{line}\n"))
    assert words in said
    assert "config.toml" in said


def test_a_rule_is_named_in_any_case(tmp_path: Path) -> None:
    text = f'{server()}[server.rules]\nf10B = "critical"\n'
    assert load(write(tmp_path, text), {}).servers[0].grades == {"F10b": Severity.CRITICAL}


def test_every_close_policy_may_be_configured(tmp_path: Path) -> None:
    for policy in ("auto", "token_owner_party", "owner_restricted", "none"):
        one = load(write(tmp_path, server(close_policy=policy)), {}).servers[0]
        assert (one.close_policy, one.close_timeout_s) == (policy, None)
    assert "close_policy" in refusal(write(tmp_path, server(close_policy="restricted")))


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("vantage", "auto, feed, poll"),
        ("colour", "teal, blue, green, amber, red, violet, grey"),
        ("close_policy", "auto, token_owner_party, owner_restricted, none"),
    ],
)
def test_a_word_that_is_no_choice_is_answered_with_the_choices(tmp_path: Path, key: str, choices: str) -> None:
    assert f"server 1: `{key}`: one of {choices} is wanted." in refusal(write(tmp_path, server(**{key: "pink"})))


def test_every_colour_that_may_be_configured_is_one_of_the_screen() -> None:
    plain = {colour for colour in get_args(Colour) if colour_of(Server("meet", colour=colour)) == "muted"}
    assert plain == {"grey"}


@pytest.mark.parametrize("size", [0, -5])
def test_a_room_cache_holds_at_least_one_room(tmp_path: Path, size: int) -> None:
    assert "`room_cache_size` must be the number" in refusal(write(tmp_path, server(room_cache_size=size)))
