"""The ``[server.tokens]`` table: what a server's tokens are signed with, and what that server accepts.

The key is read here but not parsed: the library that does so is loaded only when a token is signed or checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from monitor.secret import ConfigError, Secret, Unreachable, read_secret, read_text, require_private

SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")
KEY_ALGORITHMS = ("RS256", "RS384", "RS512")
ALGORITHMS = SECRET_ALGORITHMS + KEY_ALGORITHMS
"""Every algorithm a Jitsi server knows; `none` is not among them and never will be."""

JAAS_PREFIX = "vpaas-magic-cookie"
"""How the application id of somebody who uses Jitsi as a Service begins."""
JAAS_ISSUER, JAAS_AUDIENCE = "chat", "jitsi"
"""What such a token must say (developer.8x8.com/jaas)."""

TOKEN_SAMPLE = """\
[server.tokens]
url = "https://meet.example"
app_id = "jitsi"                  # app_id in Prosody's configuration
secret_file = "meet.app_secret"   # holds its app_secret; chmod 600
"""

DEFAULT_MINUTES = 30
_DAY_MINUTES = 1440


class TokenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What signs a server's tokens, and what that server accepts."""

    url: str
    """The public address, without a slash at its end."""
    app_id: str
    algorithm: str
    key: Secret
    """The app_secret (HS), or a key in PEM form (RS): private to sign, public to check only."""
    key_fault: str = ""
    """Why there is no key, in one sentence that names the remedy; "" where there is one."""
    domain: str
    """The XMPP domain: the MUC host without its first label."""
    sub: str
    kid: str | None = None
    tenant: str | None = None
    accepted_issuers: tuple[str, ...] = ()
    accepted_audiences: tuple[str, ...] = ("*",)
    domain_verification: bool = False
    max_minutes: float = _DAY_MINUTES

    @property
    def is_for_jaas(self) -> bool:
        """Whether the server is Jitsi as a Service, whose tokens have rules of their own."""
        return self.sub.startswith(JAAS_PREFIX)

    @property
    def issuer(self) -> str:
        """What a token's iss is to be."""
        return JAAS_ISSUER if self.is_for_jaas else self.app_id

    @property
    def audience(self) -> str:
        """What a token's aud is to be."""
        return JAAS_AUDIENCE if self.is_for_jaas else self.app_id

    @property
    def usual_minutes(self) -> float:
        """For how long a token is good where nobody says."""
        return min(DEFAULT_MINUTES, self.max_minutes)

    @property
    def uses_a_secret(self) -> bool:
        """Whether the algorithm is of the HS family, and the key thus a shared secret."""
        return self.algorithm in SECRET_ALGORITHMS

    @property
    def can_sign(self) -> bool:
        """Whether the key signs; a public key only checks."""
        return not self.key_fault and (self.uses_a_secret or "PRIVATE KEY" in self.key.reveal())


class TokenTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table as it stands in the file."""

    url: str
    app_id: str
    algorithm: str = "HS256"
    secret_file: str | None = None
    secret_env: str | None = None
    secret: str | None = None
    key_file: str | None = None
    kid: str | None = None
    sub: str | None = None
    tenant: str | None = None
    accepted_issuers: list[str] | None = None
    accepted_audiences: list[str] | None = None
    domain_verification: bool = False
    max_minutes: float = _DAY_MINUTES


TOKEN_KEYS: tuple[str, ...] = TokenTable.__struct_fields__


def token_settings(raw: TokenTable, where: str, path: Path, environ: Mapping[str, str], muc_host: str) -> TokenSettings:
    """Check the table of a server whose first MUC component is `muc_host`. Raises `ConfigError`.

    A key that is not where it should be is told by what needs it: everything else goes on without.
    """
    if raw.algorithm not in ALGORITHMS:
        raise ConfigError(f"{where}: `algorithm` must be one of {', '.join(ALGORITHMS)}.")
    if not raw.app_id:
        raise ConfigError(f"{where}: `app_id` is empty; it is the app_id in Prosody's configuration.")
    if not 0 < raw.max_minutes < 10 * 366 * _DAY_MINUTES:
        raise ConfigError(f"{where}: `max_minutes` must be a number of minutes above 0.")
    for key in ("tenant", "sub"):
        if getattr(raw, key) == "" or not _is_plain(getattr(raw, key) or "-"):
            raise ConfigError(f"{where}: `{key}` must be a name without spaces or slashes, or left out.")
    domain = muc_host.partition(".")[2] or muc_host
    application = _jaas_application(raw, where)
    try:
        secret, fault = _key(raw, where, path, environ), ""
    except Unreachable as error:
        secret, fault = Secret(""), str(error)
    return TokenSettings(
        url=_url(raw.url, where),
        app_id=raw.app_id,
        algorithm=raw.algorithm,
        key=secret,
        key_fault=fault,
        domain=domain,
        sub=application or raw.sub or (raw.tenant or domain).lower(),
        kid=raw.kid,
        tenant=application or raw.tenant,
        accepted_issuers=tuple(raw.accepted_issuers or (raw.app_id,)),
        accepted_audiences=tuple(raw.accepted_audiences or ("*",)),
        domain_verification=raw.domain_verification,
        max_minutes=raw.max_minutes,
    )


def _jaas_application(raw: TokenTable, where: str) -> str | None:
    """The application id where the table is for Jitsi as a Service, which must then fit that service."""
    application = next((one for one in (raw.sub, raw.tenant, raw.app_id) if (one or "").startswith(JAAS_PREFIX)), None)
    if application is None:
        return None
    if not _is_plain(application):
        raise ConfigError(f"{where}: the application id must be a name without spaces or slashes.")
    if raw.algorithm != "RS256" or not (raw.kid or "").startswith(f"{application}/"):
        raise ConfigError(
            f"{where}: Jitsi as a Service wants `algorithm` RS256, and as `kid` the name of the API key, which begins "
            "with the application id and a slash."
        )
    return application


def _url(text: str, where: str) -> str:
    try:
        parts = urlsplit(text)
        well_formed = parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        well_formed = False
    bare = well_formed and not parts.query and not parts.fragment and parts.username is None
    if not bare or not re.fullmatch(r"[!-~]+", text):
        raise ConfigError(f'{where}: `url` must be the address people open, such as "https://meet.example".')
    return text.rstrip("/")


def _key(raw: TokenTable, where: str, path: Path, environ: Mapping[str, str]) -> Secret:
    secrets = [key for key in ("secret_file", "secret_env", "secret") if getattr(raw, key) is not None]
    if raw.algorithm in SECRET_ALGORITHMS:
        if raw.key_file is not None or raw.kid is not None:
            raise ConfigError(
                f"{where}: `key_file` and `kid` belong to the algorithms {', '.join(KEY_ALGORITHMS)}; "
                f"{raw.algorithm} takes `secret_file`, `secret_env` or `secret`."
            )
        secret = read_secret(raw, where, path, environ, "the app_secret in Prosody's configuration")
        if "-----BEGIN" in secret.reveal() or secret.reveal().startswith("ssh-rsa "):
            # Whoever has a public key could sign with it, were it used as a shared secret.
            raise ConfigError(f"{where}: the secret is a PEM key; name it with `key_file`, and an RS algorithm.")
        return secret
    if secrets:
        raise ConfigError(f"{where}: `{secrets[0]}` belongs to the HS algorithms; {raw.algorithm} takes `key_file`.")
    if not raw.key_file or not raw.kid:
        raise ConfigError(f"{where}: {raw.algorithm} wants `key_file`, a key in PEM form, and `kid`, the key's name.")
    file = path.parent / Path(raw.key_file).expanduser()
    text = read_text(file, where, "key_file")
    if "-----BEGIN" not in text:
        raise ConfigError(f"{where}: the file named by `key_file` holds no key in PEM form (-----BEGIN …).")
    if "PRIVATE KEY" in text:
        require_private(file, where, "key_file")
    return Secret(text)


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[^\s/\\?#\[\]\x00-\x1f]+", name) is not None
