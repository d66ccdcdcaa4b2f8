"""The [server.tokens] table: what is refused, in one sentence that holds no secret."""

from pathlib import Path

import pytest

from monitor.config import ConfigError, load
from monitor.tokens.inspect import inspect
from monitor.tokens.settings import TokenSettings
from monitor.tokens.signature import KeyUnusable, key_is_short, sign
from tests.tokens.samples import APPLICATION, NOW, SECRET, claims, key_pair, signed

GOOD = {"url": "https://meet.example", "app_id": "jitsi", "secret": "hunter2-hunter2"}


def read(folder: Path, **values: object) -> TokenSettings:
    lines = ['[[server]]\njid = "m.meet.example"\nrooms = "conference.meet.example"\nsecret = "c"\n[server.tokens]']
    for key, value in (GOOD | values).items():
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
            lines.append(f"{key} = {text}")
    path = folder / "config.toml"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    tokens = load(path, {"KEY": "from the environment"}).servers[0].tokens
    assert tokens is not None
    return tokens


def file(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "key.pem"
    path.write_text(text)
    path.chmod(mode)
    return path.name


def test_a_secret_comes_from_any_of_three_places(tmp_path: Path) -> None:
    assert read(tmp_path).key.reveal() == "hunter2-hunter2"
    assert read(tmp_path, secret=None, secret_env="KEY").key.reveal() == "from the environment"
    assert read(tmp_path, secret=None, secret_file=file(tmp_path, "in a file\n")).key.reveal() == "in a file"


def test_the_secret_shows_in_no_repr(tmp_path: Path) -> None:
    assert "hunter2" not in repr(read(tmp_path))


def test_the_sub_is_the_tenant_where_there_is_one_and_else_the_domain(tmp_path: Path) -> None:
    assert read(tmp_path).sub == "meet.example"
    assert read(tmp_path, tenant="Acme").sub == "acme"
    assert read(tmp_path, tenant="Acme", sub="*").sub == "*"


@pytest.mark.parametrize("named", ["app_id", "sub", "tenant"])
def test_an_application_of_jitsi_as_a_service_is_sub_and_tenant(tmp_path: Path, named: str) -> None:
    keyed = {"secret": None, "algorithm": "RS256", "kid": f"{APPLICATION}/k", "key_file": file(tmp_path, key_pair()[0])}
    found = read(tmp_path, **(keyed | {named: APPLICATION}))
    assert found.is_for_jaas
    assert (found.sub, found.tenant, found.issuer, found.audience) == (APPLICATION, APPLICATION, "chat", "jitsi")
    for wrong in ({"kid": "k"}, {"kid": "vpaas-magic-cookie-9/k"}, {"algorithm": "RS384"}):
        with pytest.raises(ConfigError, match="Jitsi as a Service wants `algorithm` RS256"):
            read(tmp_path, **(keyed | {named: APPLICATION} | wrong))


def test_a_public_key_checks_and_a_private_one_signs(tmp_path: Path) -> None:
    private, public = key_pair()
    keyed = {"secret": None, "algorithm": "RS256", "kid": "k"}
    assert not read(tmp_path, key_file=file(tmp_path, public, 0o644), **keyed).can_sign
    assert read(tmp_path, key_file=file(tmp_path, private), **keyed).can_sign


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"algorithm": "none"}, "must be one of HS256"),
        ({"algorithm": "ES256"}, "must be one of HS256"),
        ({"algorithm": "hs256"}, "must be one of HS256"),
        ({"algorithm": "RS256"}, "`secret` belongs to the HS algorithms"),
        ({"algorithm": "RS256", "secret": None}, "wants `key_file`"),
        ({"kid": "k"}, "`key_file` and `kid` belong to"),
        ({"secret": None}, "one of them is wanted"),
        ({"secret": ""}, "it is the app_secret in Prosody's configuration"),
        ({"secret": "-----BEGIN PUBLIC KEY-----"}, "the secret is a PEM key"),
        ({"app_id": ""}, "`app_id` is empty"),
        ({"app_id": None}, "the setting `tokens.app_id` is missing"),
        ({"app_id": 7}, "`tokens.app_id`: a text is wanted, not a number"),
        ({"url": "meet.example"}, "must be the address people open"),
        ({"url": "https://meet.example/?a=b"}, "must be the address people open"),
        ({"url": "https://u:hunter2@meet.example"}, "must be the address people open"),
        ({"url": "https://meet.example:99999"}, "must be the address people open"),
        ({"url": "https://[::1"}, "must be the address people open"),
        ({"max_minutes": 0}, "`max_minutes` must be a number of minutes above 0"),
        ({"tenant": "a/b"}, "`tenant` must be a name"),
        ({"sub": ""}, "`sub` must be a name"),
        ({"audience": "x"}, "there is no setting `audience` in [server.tokens]"),
        ({"domain_verification": "yes"}, "`tokens.domain_verification`: a true or false is wanted"),
    ],
)
def test_a_wrong_table_is_refused_in_one_sentence(tmp_path: Path, values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, **values)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_private_key_that_others_can_read_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    name = file(tmp_path, key_pair()[0], 0o640)
    with pytest.raises(ConfigError, match=f"run: chmod 600 {tmp_path / name}"):
        read(tmp_path, secret=None, algorithm="RS256", kid="k", key_file=name)


@pytest.mark.parametrize(
    ("text", "words"), [("no key", "holds no key in PEM form"), ("\0", "holds no key in PEM form")]
)
def test_a_key_file_without_a_key_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, secret=None, algorithm="RS256", kid="k", key_file=file(tmp_path, text))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"algorithm": "RS256", "kid": "k", "key_file": "gone.pem"},
            "{folder}/gone.pem cannot be read (No such file or directory); put the key there, or correct `key_file`.",
        ),
        (
            {"secret_file": "meet.app_secret"},
            "{folder}/meet.app_secret cannot be read (No such file or directory); put the secret there, or correct "
            "`secret_file`.",
        ),
        (
            {"secret_file": "hunter2"},
            "the file named by `secret_file` in {folder} cannot be read (No such file or directory); put the secret "
            "there, or correct `secret_file`.",
        ),
        ({"secret_env": "GONE"}, "the environment variable GONE is not set or empty; set it, and start again."),
    ],
)
def test_a_key_that_is_missing_stops_nothing_but_what_needs_it(
    tmp_path: Path, values: dict[str, object], words: str
) -> None:
    found = read(tmp_path, **({"secret": None} | values))
    place = f"{tmp_path / 'config.toml'}, server 1, tokens: "
    assert found.key_fault == place + words.format(folder=tmp_path)
    assert not found.can_sign
    assert not key_is_short(found)
    with pytest.raises(KeyUnusable, match="server 1, tokens: "):
        sign({}, found)
    verdict = inspect(signed(claims(), found.algorithm, key=key_for(found), kid="k"), {"meet": found}, at=NOW).verdict
    [said] = [check.meaning for check in verdict.checks if check.about == "signature"]
    assert said == f"not checked: {found.key_fault}"


def key_for(found: TokenSettings) -> str:
    return SECRET if found.uses_a_secret else key_pair()[0]
