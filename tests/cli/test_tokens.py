"""The commands mint and inspect, run as a person runs them: what they print, what they say, and their exit status."""

import fcntl
import json
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from monitor.commands.prompt import Typing
from monitor.tokens.inspect import inspect
from monitor.tokens.token import read_pasted
from tests.tokens.samples import HEADER, SECRET, claims, key_pair, raw_token, settings, signed

CONFIG = f"""
[[server]]
name = "meet"
jid = "monitor.meet.example"
secret = "component"
rooms = "conference.meet.example"

[server.tokens]
url = "https://meet.example"
app_id = "jitsi"
secret = "{SECRET}"
"""

SECOND = CONFIG.replace('name = "meet"', 'name = "other"\nport = 5348')
TWO = CONFIG + SECOND.replace("meet.example", "two.example")


class Done:
    """A run that has ended."""

    def __init__(self, status: int, printed: str, said: str) -> None:
        self.status, self.printed, self.said = status, printed, said
        assert "Traceback" not in said
        assert SECRET not in printed + said


class Machine:
    """A home of its own, with or without a configuration."""

    def __init__(self, home: Path, config: str | None = CONFIG) -> None:
        self.home = home
        self.environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "COLUMNS": "100", "TZ": "UTC"}
        if config is not None:
            path = home / "config.toml"
            path.write_text(config)
            path.chmod(0o600)
            self.environ["MUCMON_CONFIG"] = str(path)

    @property
    def journal(self) -> Path:
        return self.home / ".local/state/mucmon/minted.jsonl"

    def run(self, *arguments: str, typed: bytes | str = b"", **environ: str) -> Done:
        raw = typed.encode() if isinstance(typed, str) else typed
        command = [sys.executable, "-m", "monitor", *arguments]
        done = subprocess.run(command, input=raw, capture_output=True, check=False, env=self.environ | environ)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def good(**changes: object) -> str:
    return signed(claims(**({"exp": int(time.time()) + 600} | changes)))


def test_the_link_alone_is_printed_and_everything_else_is_said(machine: Machine) -> None:
    done = machine.run("mint", "Büro", "--owner", "--reason", "host lost")
    assert done.status == 0
    link = done.printed.removesuffix("\n")
    assert "\n" not in link
    token, room, _ = read_pasted(link)
    assert room == "büro"
    inspection = inspect(token, {"meet": settings()}, room, at=time.time())
    assert inspection.verdict.gets_in
    assert inspection.affiliation == "owner"
    assert str((inspection.claims or {})["context"]["user"]["name"]).startswith("On-call: ")
    for words in (
        "warning: Whoever has it is owner",
        "for 30 min: until",
        "logs of the web server",
        str(machine.journal),
    ):
        assert words in done.said
    assert token.reveal() not in done.said
    entry = json.loads(machine.journal.read_text())
    assert (entry["room"], entry["reason"], entry["server"]) == ("b%c3%bcro", "host lost", "meet")
    assert token.reveal().rpartition(".")[2] not in machine.journal.read_text()


def test_every_option_stands_in_the_token(machine: Machine) -> None:
    options = ["--name", "Ann", "--id", "a1", "--email", "a@x", "--minutes", "5", "--moderator-claim"]
    features = ["--feature", "recording=false", "--feature", "lobby=true"]
    done = machine.run("mint", "alpha", "--json", *options, *features)
    document = json.loads(done.printed)
    found = document["claims"]
    assert found["context"]["user"] == {"name": "Ann", "id": "a1", "email": "a@x", "affiliation": "member"}
    assert found["context"]["features"] == {"recording": False, "lobby": True}
    assert (found["exp"] - found["iat"], found["moderator"]) == (300, False)
    assert document["link"] == f"https://meet.example/alpha?jwt={document['token']}"


def test_without_minutes_it_is_good_for_as_long_as_the_server_allows(tmp_path: Path) -> None:
    machine = Machine(tmp_path, CONFIG + "max_minutes = 10\n")
    done = machine.run("mint", "alpha", "--json")
    assert "for 10 min: until" in done.said
    found = json.loads(done.printed)["claims"]
    assert found["exp"] - found["iat"] == 600
    assert machine.run("mint", "alpha", "--minutes", "11").status == 2


def test_the_token_alone_the_fragment_and_the_code(machine: Machine) -> None:
    token = machine.run("mint", "alpha", "--token").printed.strip()
    assert machine.run("inspect", "--room", "alpha", typed=token).status == 0
    fragment = machine.run("mint", "alpha", "--fragment")
    assert "#jwt=%22ey" in fragment.printed
    assert "?jwt=" not in fragment.printed
    assert "never leaves the browser" in fragment.said
    assert machine.run("inspect", typed=fragment.printed).status == 0
    code = machine.run("mint", "alpha", "--qr").printed
    assert set(code) <= set("█▀▄ \n")
    assert len(code.splitlines()) > 20


def test_behind_sudo_the_person_is_named_not_only_the_account(machine: Machine) -> None:
    document = json.loads(machine.run("mint", "alpha", "--json", SUDO_USER="zz-ann").printed)
    assert document["claims"]["context"]["user"]["name"] == "On-call: zz-ann"
    assert json.loads(machine.journal.read_text())["os_user"].startswith("zz-ann as ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["alpha", "--minutes", "1441"], "more than the 1440 that max_minutes allows"),
        (["alpha", "--minutes", "nan"], "must be a number above 0"),
        (["alpha", "--minutes", "inf"], "inf minutes are more than the 1440 that max_minutes allows"),
        (["alpha", "--minutes", "0.001"], "The minutes must come to a second at least"),
        (["alpha", "--feature", "lobby=true", "--feature", "lobby=false"], "both lobby=true and lobby=false"),
        (["*"], "ask for the token alone with --token"),
        ([""], "The room has no name"),
        (["alpha", "--feature", "recording"], "--feature wants NAME=true or NAME=false"),
        (["alpha", "--feature", "fly=true"], "--feature wants NAME=true or NAME=false"),
        (["alpha", "--server", "nowhere"], "No server of that name has tokens"),
        (["alpha", "--qr", "--json"], "choose one"),
        (["a\udcff"], "The room is not text"),
    ],
)
def test_what_cannot_be_minted_is_said_in_one_sentence(machine: Machine, arguments: list[str], words: str) -> None:
    done = machine.run("mint", *arguments)
    assert (done.status, done.printed) == (2, "")
    assert words in done.said
    assert len(done.said.splitlines()) == 1
    assert not machine.journal.exists()


def test_a_token_for_every_room_is_made_only_when_the_star_is_typed_and_the_token_asked_for(machine: Machine) -> None:
    done = machine.run("mint", "*", "--token")
    assert done.status == 0
    assert "warning: It opens every room" in done.said
    assert machine.run("inspect", "--room", "whatever", typed=done.printed).status == 0


def test_without_its_key_file_mint_says_why_and_inspect_does_the_rest(tmp_path: Path) -> None:
    keyed = CONFIG.replace(f'secret = "{SECRET}"', 'algorithm = "RS256"\nkid = "k"\nkey_file = "gone.pem"')
    machine = Machine(tmp_path, keyed)
    done = machine.run("mint", "alpha")
    assert (done.status, done.printed) == (2, "")
    assert f"{tmp_path}/gone.pem cannot be read (No such file or directory); put the key there" in done.said
    token = signed(claims(exp=int(time.time()) + 600), "RS256", key_pair()[0], kid="k")
    looked = machine.run("inspect", "--room", "alpha", typed=token)
    assert (looked.status, looked.said) == (0, "")
    assert f"? signature: not checked: {tmp_path}/config.toml, server 1, tokens: {tmp_path}/gone.pem" in looked.printed


def test_without_the_table_minting_is_absent_and_what_to_add_is_said(tmp_path: Path) -> None:
    done = Machine(tmp_path, CONFIG.partition("[server.tokens]")[0]).run("mint", "alpha")
    assert (done.status, done.printed) == (2, "")
    assert "[server.tokens]" in done.said
    assert 'secret_file = "meet.app_secret"' in done.said


def test_with_several_servers_one_has_to_be_chosen(tmp_path: Path) -> None:
    machine = Machine(tmp_path, CONFIG + SECOND)
    assert "choose one with --server: meet, other" in machine.run("mint", "alpha").said
    assert machine.run("mint", "alpha", "--server", "other").status == 0
    assert json.loads(machine.journal.read_text())["server"] == "other"


@pytest.mark.parametrize(
    ("named", "server"),
    [
        ("https://two.example/alpha", "other"),
        ("alpha@conference.two.example", "other"),
        ("two.example/alpha", "other"),
        ("https://meet.example/alpha", "meet"),
    ],
)
def test_an_address_says_which_of_several_servers_it_is(tmp_path: Path, named: str, server: str) -> None:
    machine = Machine(tmp_path, TWO)
    done = machine.run("mint", named)
    assert done.status == 0, done.said
    entry = json.loads(machine.journal.read_text())
    assert (entry["server"], entry["room"]) == (server, "alpha")
    assert machine.run("mint", named, "--server", "meet").status == (0 if server == "meet" else 2)


def test_an_address_of_none_of_several_servers_is_refused(tmp_path: Path) -> None:
    machine = Machine(tmp_path, TWO)
    done = machine.run("mint", "https://three.example/alpha")
    assert (done.status, done.printed) == (2, "")
    assert "another server than https://meet.example or https://two.example" in done.said
    assert "choose one with --server" in machine.run("mint", "alpha").said
    # Two servers at one address are told apart by their names alone.
    assert "choose one" in Machine(tmp_path, CONFIG + SECOND).run("mint", "https://meet.example/alpha").said


def test_without_a_journal_no_link_is_printed(machine: Machine) -> None:
    machine.journal.parent.parent.mkdir(parents=True)
    machine.journal.parent.write_text("in the way")
    done = machine.run("mint", "alpha")
    assert (done.status, done.printed) == (2, "")
    assert "nothing is minted without it" in done.said


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        (good(), 0, "Gets in at meet as owner."),
        (f"https://meet.example/alpha?jwt={good()}", 0, "Gets in at meet as owner."),
        (good(room="beta"), 1, 'Refused at join by meet, "Room does not match the room from token"'),
        (good(exp=1), 1, 'Refused at connect by meet, "Not acceptable by exp'),
        (good(room=None), 1, "Refused at connect by meet, without a word"),
        (signed(claims(), key="x" * 64), 1, "Invalid signature"),
        (raw_token({"typ": "JWT", "alg": "none"}, claims()), 1, "Invalid or incorrect alg"),
        ("hello", 2, "Not a readable token"),
        ("...", 2, "Not a readable token"),
        (b"\xff\xfe\x00", 2, "That is not text in UTF-8"),
        (b"\xe9.\xff.\xfe", 2, "That is not text in UTF-8"),
        (good().encode("utf-16"), 0, "Gets in at meet as owner."),
        (good().encode("utf-8-sig"), 0, "Gets in at meet as owner."),
        (f"Authorization: Bearer {good()}", 0, "Gets in at meet as owner."),
        ("\n".join(good()[at : at + 60] for at in range(0, 900, 60)), 0, "Gets in at meet as owner."),
        ("", 2, "There is no token"),
        ("x" * 1_100_000, 2, "longer than a megabyte"),
        ("x" * 100_000, 2, "no server takes a token above"),
    ],
)
def test_inspect_says_what_a_server_would_and_its_status_too(
    machine: Machine, typed: str | bytes, status: int, words: str
) -> None:
    done = machine.run("inspect", "--room", "alpha", typed=typed)
    assert done.status == status, done.said
    assert words in done.printed + done.said
    signature = typed.rpartition(".")[2] if isinstance(typed, str) and typed.count(".") > 3 else "no signature"
    assert signature not in done.printed + done.said


NAMES_OF_ALPHA = [
    "alpha",
    "Alpha",
    "alpha@conference.meet.example",
    "alpha@conference.meet.example/nick",
    "xmpp:alpha@conference.meet.example?join",
    "meet.example/alpha",
    "https://meet.example/alpha",
    "https://meet.example:443/alpha?lang=de",
]
"""The ways to name one room."""


@pytest.mark.parametrize("named", NAMES_OF_ALPHA)
def test_mint_and_inspect_read_a_room_in_the_same_way(machine: Machine, named: str) -> None:
    token = machine.run("mint", named, "--token").printed
    assert machine.run("inspect", "--room", "alpha", typed=token).status == 0
    done = machine.run("inspect", "--room", named, typed=good())
    assert (done.status, "Gets in at meet as owner." in done.printed) == (0, True)


@pytest.mark.parametrize("arguments", [[], ["--room", ""]])
def test_without_a_room_the_verdict_says_what_the_token_names(machine: Machine, arguments: list[str]) -> None:
    done = machine.run("inspect", *arguments, typed=good())
    assert done.status == 0
    assert done.printed.startswith("✓ Gets into alpha at meet as owner.\n")
    assert '? room: no room was named to compare it with; the token names "alpha"' in done.printed
    assert "exactly" not in done.printed
    anywhere = machine.run("inspect", *arguments, typed=good(room="*"))
    assert anywhere.printed.startswith("✓ Gets in at meet as owner.\n")


def test_a_link_to_another_host_is_said_to_be_one(machine: Machine) -> None:
    done = machine.run("inspect", typed=f"https://evil.example/alpha?jwt={good()}")
    assert done.status == 0
    assert done.printed.startswith("✓ Gets in at meet as owner.\n! the link leads to evil.example, which is not meet's")
    for typed in (f"https://meet.example:443/alpha?jwt={good()}", f"?jwt={good()}", good()):
        assert "the link leads to" not in machine.run("inspect", typed=typed).printed
    document = json.loads(machine.run("inspect", "--json", typed=f"https://evil.example/alpha?jwt={good()}").printed)
    assert document["servers"][0]["link_leads_to"] == "evil.example"


def test_of_two_servers_with_one_secret_the_one_that_the_link_leads_to_comes_first(tmp_path: Path) -> None:
    machine = Machine(tmp_path, TWO)
    done = machine.run("inspect", typed=f"https://two.example/alpha?jwt={good()}")
    assert done.printed.startswith("✓ Gets in at other as owner.\n✓ Gets in at meet as owner.\n! the link leads to two")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("alpha@conference.other.example", "a JID of another server than meet.example"),
        ("xmpp:alpha@conference.other.example/nick", "a JID of another server than meet.example"),
        ("https://other.example/alpha", "an address of another server than https://meet.example"),
        ("other.example/alpha", "an address of another server than https://meet.example"),
        ("xmpp:alpha", "That xmpp: address names no room"),
        ("https://meet.example/", "The address names no room"),
    ],
)
def test_a_room_of_another_server_is_refused_in_one_sentence(machine: Machine, named: str, words: str) -> None:
    for done in (machine.run("mint", named), machine.run("inspect", "--room", named, typed=good())):
        assert (done.status, done.printed, done.said.count("\n")) == (2, "", 1)
        assert words in done.said
    assert not machine.journal.exists()


def test_without_a_configuration_any_server_is_taken(tmp_path: Path) -> None:
    for named in NAMES_OF_ALPHA:
        assert Machine(tmp_path, None).run("inspect", "--room", named, typed=good()).status == 0


def test_a_token_is_read_from_a_file_or_a_pipe(machine: Machine) -> None:
    file = machine.home / "token.txt"
    file.write_text(good() + "\n")
    assert machine.run("inspect", str(file)).status == 0
    assert machine.run("inspect", "-", typed=good()).status == 0
    missing = machine.run("inspect", str(machine.home / "nowhere"))
    assert (missing.status, "cannot be read" in missing.said) == (2, True)
    assert machine.run("inspect", str(machine.home)).status == 2


@pytest.mark.parametrize(
    "arguments",
    [["inspect"], ["inspect", "--room"], ["inspect", "--jwt"], [], ["mint"], ["mint", "alpha", "--reason"], ["-"]],
)
@pytest.mark.parametrize("wrapped", ["{}", "https://meet.example/a?jwt={}", "jwt={}"])
def test_a_token_as_an_argument_is_refused_without_being_repeated(
    machine: Machine, arguments: list[str], wrapped: str
) -> None:
    token = good()
    done = machine.run(*arguments, wrapped.format(token))
    assert (done.status, done.printed) == (2, "")
    assert "a token was given as an argument" in done.said
    assert not any(part in done.said for part in token.split("."))


def test_inspect_works_without_any_configuration_and_says_what_it_cannot_check(tmp_path: Path) -> None:
    machine = Machine(tmp_path, None)
    done = machine.run("inspect", "--room", "alpha", typed=good())
    assert done.status == 0
    assert "Nothing that could be checked refuses it as owner." in done.printed
    assert "signature: not checked" in done.printed
    assert machine.run("--config", "nowhere", "inspect", typed=good()).status == 2


def test_the_time_may_be_another(machine: Machine) -> None:
    token = signed(claims(exp=1_000))
    for at in ("999", "1970-01-01T00:16:39", "1970-01-01T00:16:39Z"):
        assert machine.run("inspect", "--at", at, typed=token).status == 0
    assert machine.run("inspect", "--at", "1000", typed=token).status == 1
    for at in ("tomorrow", "nan", "1e30", "9999-99-99"):
        done = machine.run("inspect", "--at", at, typed=token)
        assert (done.status, "--at wants a time" in done.said) == (2, True)


def test_the_document_has_every_check_and_no_signature(machine: Machine) -> None:
    token = raw_token(HEADER, json.dumps(claims())[:-1] + ', "exp": NaN, "iat": 1e999, "x": "\\u001b[31m"}')
    done = machine.run("inspect", "--room", "beta", "--json", typed=token)
    document = json.loads(done.printed)
    assert done.status == 1
    assert document["servers"][0]["refused"]["words"] == "Room does not match the room from token"
    assert [check["check"] for check in document["servers"][0]["checks"]][:4] == ["form", "typ", "alg", "signature"]
    assert (document["claims"]["exp"], document["times"]["iat"]["at"]) == ("nan", "inf")
    assert token.rpartition(".")[2] not in done.printed
    assert "\x1b" not in done.printed


def test_foreign_text_is_drawn_without_markup_and_without_escapes(machine: Machine) -> None:
    name = "[bold red]x[/] :smile: \x1b[31m\u202e\x9b31m"
    token = good(context={"user": {"name": name}}, **{"[/b]\x1b]0;t\x07": 1})
    done = machine.run("inspect", typed=token)
    assert "[bold red]x[/] :smile: \\u001b[31m31m" in done.printed
    assert all(char == "\n" or char.isprintable() for char in done.printed)


@pytest.mark.parametrize("arguments", [["mint", "alpha"], ["inspect"], ["inspect", "--json"]])
@pytest.mark.parametrize(("ending", "words"), [(">/dev/full", "cannot be printed: No space"), (">&-", "is closed")])
def test_what_cannot_be_printed_is_said(machine: Machine, arguments: list[str], ending: str, words: str) -> None:
    command = ["sh", "-c", f'"$@" {ending}', "sh", sys.executable, "-m", "monitor", *arguments]
    done = subprocess.run(command, input=good().encode(), capture_output=True, check=False, env=machine.environ)
    assert done.returncode == 74
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert ending != ">&-" or not machine.journal.exists()


def test_a_closed_input_is_said(machine: Machine) -> None:
    command = ["sh", "-c", '"$@" <&-', "sh", sys.executable, "-m", "monitor", "inspect"]
    done = subprocess.run(command, capture_output=True, check=False, env=machine.environ)
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1)
    assert "Standard input is closed" in done.stderr.decode()


def test_a_key_put_where_its_file_is_to_be_named_is_printed_nowhere(tmp_path: Path) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB/" + "AQDx" * 40
    keyed = CONFIG.replace(f'secret = "{SECRET}"', f'algorithm = "RS256"\nkid = "k"\nkey_file = "{body}"')
    machine = Machine(tmp_path, keyed)
    minted = machine.run("mint", "alpha")
    assert "the file named by `key_file` in its folder cannot be read" in " ".join(minted.said.split())
    for done in (minted, machine.run("inspect", typed=good())):
        assert body[:20] not in done.said + done.printed
        assert "AQDxAQDx" not in done.said + done.printed


def test_a_link_comes_out_though_nobody_takes_the_notes(machine: Machine) -> None:
    mint = f"{sys.executable} -m monitor mint alpha"
    for aside in ("2>&-", "2>/dev/full"):
        done = subprocess.run(["sh", "-c", f"{mint} {aside}"], capture_output=True, check=False, env=machine.environ)
        assert (done.returncode, done.stderr) == (0, b""), aside
        assert done.stdout.startswith(b"https://meet.example/alpha?jwt=")


def test_an_output_of_few_letters_gets_question_marks_and_no_code(machine: Machine) -> None:
    done = machine.run("inspect", typed=good(), PYTHONIOENCODING="ascii")
    assert done.status == 0
    assert "? Gets into alpha at meet as owner." in done.printed
    code = machine.run("mint", "alpha", "--qr", PYTHONIOENCODING="latin-1")
    assert (code.status, code.printed) == (74, "")
    assert "set PYTHONIOENCODING=utf-8" in code.said
    assert not machine.journal.exists()


def test_a_room_is_found_in_its_address(machine: Machine) -> None:
    assert machine.run("mint", "https://meet.example/Büro").printed.startswith("https://meet.example/b%c3%bcro?jwt=")
    assert "another server" in machine.run("mint", "https://elsewhere.example/alpha").said


def test_a_code_is_dark_on_light_in_any_terminal(machine: Machine) -> None:
    status, screen = in_a_terminal(machine, None, "mint", "alpha", "--qr")
    assert status == 0
    drawn = [line for line in screen.splitlines() if "▀" in line]
    assert len(drawn) > 20
    assert all(line.startswith("\x1b[38;5;16;48;5;231m ") and line.endswith("\x1b[0m") for line in drawn)
    # The first row of modules is that of two finder patterns, dark from end to end.
    assert drawn[0].count("█▀▀▀▀▀█") == 2


@pytest.mark.parametrize("arguments", [["inspect"], ["inspect", "-"]])
def test_a_dash_in_a_terminal_asks_without_echo_too(machine: Machine, arguments: list[str]) -> None:
    token = good()
    status, screen = in_a_terminal(machine, token, *arguments)
    assert status == 0
    assert not any(part in screen for part in token.split("."))


def in_a_terminal(machine: Machine, typed: str | None, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run a command, inspect unless another is named, in a terminal; return its status and what the terminal got."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", *(arguments or ["inspect"])],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=machine.environ | {"TERM": "xterm-256color"} | environ,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(inner)
    got = b""
    if typed is not None:
        while b"not shown" not in got:
            got += os.read(outer, 4096)
        time.sleep(0.2)  # the echo is off before it asks
        os.write(outer, typed.encode() + b"\n")
    while True:
        try:
            chunk = os.read(outer, 4096)
        except OSError:
            break
        if not chunk:
            break
        got += chunk
    os.close(outer)
    return process.wait(), got.decode()


def test_a_typed_token_is_not_echoed_and_the_answer_is_coloured(machine: Machine) -> None:
    token = good()
    status, screen = in_a_terminal(machine, token)
    assert status == 0
    assert not any(part in screen for part in token.split("."))
    assert "\x1b[1;32m✓ Gets in" in screen
    assert "Traceback" not in screen


def test_no_color_is_honoured(machine: Machine) -> None:
    _, screen = in_a_terminal(machine, good(), NO_COLOR="1")
    assert "Gets in" in screen
    assert not any(f"\x1b[{code}m" in screen for code in ("31", "32", "1;31", "1;32", "33", "36"))


def test_a_line_longer_than_a_terminal_takes_is_read_whole(machine: Machine) -> None:
    long = good(context={"user": {"name": "x" * 6000, "affiliation": "owner"}})
    assert len(long) > 4095
    status, screen = in_a_terminal(machine, long, "inspect", "--room", "alpha")
    assert status == 0
    assert "✓ Gets in\x1b[0m at meet as owner." in screen


FOLDED = "\n".join(good(exp=int(time.time()) + 86_400)[at : at + 60] for at in range(0, 900, 60)).strip()


@pytest.mark.parametrize(
    "typed",
    [
        FOLDED,
        f"{FOLDED}\n\n",
        f"\x1b[200~{FOLDED}\n\x1b[201~",
        FOLDED.replace("\n", "\r\n"),
        f"wrong\x15{FOLDED}x\x7f",
        "> " + FOLDED.replace("\n", "\n> "),
    ],
)
def test_a_token_that_is_broken_over_lines_is_read_to_its_end(machine: Machine, typed: str) -> None:
    status, screen = in_a_terminal(machine, typed, "inspect", "--room", "alpha")
    assert status == 0, screen
    assert "✓ Gets in\x1b[0m at meet as owner." in screen
    assert not any(part in screen for part in FOLDED.split("\n"))


def test_an_empty_line_at_the_prompt_is_no_token(machine: Machine) -> None:
    status, screen = in_a_terminal(machine, "")
    assert status == 2
    assert "No token was given." in screen


def test_keys_that_are_no_characters_are_passed_over_wherever_they_are_cut() -> None:
    whole = b"a\x1b[Db\x1b[200~c\nd\x1b[201~\x1bOA\x1b[1;5Ce\x1bx\nf\x7f"
    for cut in range(len(whole) + 1):
        typing = Typing()
        typing.take(whole[:cut])
        typing.take(whole[cut:])
        assert bytes(typing.text) == b"abc\nde\n"
        assert typing.is_line
    typing = Typing()
    typing.take(b"\x1b[200~a\n")
    assert not typing.is_line
