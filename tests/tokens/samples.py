"""Settings, keys and tokens for tests; nothing in here is a secret of anybody's."""

import base64
import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.secret import Secret
from monitor.tokens.settings import TokenSettings

NOW = 1_800_000_000.0
SECRET = "app-secret-of-the-tests-long-enough-for-HS512-too-0123456789-abcdefgh"


def settings(**changes: Any) -> TokenSettings:
    values: dict[str, Any] = {
        "url": "https://meet.example",
        "app_id": "jitsi",
        "algorithm": "HS256",
        "key": Secret(SECRET),
        "domain": "meet.example",
        "sub": "meet.example",
        "accepted_issuers": ("jitsi",),
    }
    return TokenSettings(**(values | changes))


@cache
def key_pair() -> tuple[str, str]:
    """A private and a public RSA key, in PEM form."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def settings_for(algorithm: str) -> TokenSettings:
    if algorithm.startswith("HS"):
        return settings(algorithm=algorithm)
    return settings(algorithm=algorithm, key=Secret(key_pair()[0]), kid="mucmon/test")


APPLICATION = "vpaas-magic-cookie-0123"


def jaas_settings(**changes: Any) -> TokenSettings:
    """Settings for Jitsi as a Service."""
    values: dict[str, Any] = {
        "url": "https://8x8.example",
        "app_id": APPLICATION,
        "algorithm": "RS256",
        "key": Secret(key_pair()[0]),
        "kid": f"{APPLICATION}/abc",
        "sub": APPLICATION,
        "tenant": APPLICATION,
        "accepted_issuers": (APPLICATION,),
    }
    return settings(**(values | changes))


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims; one given as None is left out."""
    good: dict[str, Any] = {
        "iss": "jitsi",
        "aud": "jitsi",
        "sub": "meet.example",
        "room": "alpha",
        "exp": int(NOW) + 600,
        "context": {"user": {"name": "Ann", "affiliation": "owner"}},
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def signed(payload: dict[str, Any], algorithm: str = "HS256", key: str = SECRET, **header: Any) -> str:
    """A token of any claims, signed well; a header given as None is left out."""
    headers = {"typ": "JWT"} | {name: value for name, value in header.items() if value is not None}
    return jwt.PyJWS().encode(json.dumps(payload).encode(), key, algorithm, headers)


def segment(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")


def raw_token(header: object, payload: object, key: str = SECRET) -> str:
    """A token of any JSON, or of any text, with a good HS256 signature."""
    import hashlib
    import hmac

    signing_input = f"{segment(header)}.{segment(payload)}"
    signature = hmac.new(key.encode(), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


HEADER = {"typ": "JWT", "alg": "HS256"}
