"""Signs and checks. PyJWT does the cryptography and is loaded only here, when it is needed."""

from __future__ import annotations

import warnings
from typing import Any

from monitor.tokens.settings import ALGORITHMS, TokenSettings
from monitor.tokens.token import Token


class KeyUnusable(Exception):
    """The configured key cannot sign or check. Its text is one sentence without the key."""


def sign(claims: dict[str, Any], settings: TokenSettings) -> Token:
    """Sign `claims` as the server wants it. Raises `KeyUnusable`."""
    import jwt

    if settings.key_fault:
        raise KeyUnusable(settings.key_fault)
    if not settings.can_sign:
        raise KeyUnusable("key_file holds a public key, which only checks tokens; name the private key to sign.")
    key = _prepared(settings.algorithm, settings.key.reveal())
    headers = {"typ": "JWT"} | ({"kid": settings.kid} if settings.kid else {})
    try:
        with warnings.catch_warnings():
            # A secret shorter than the hash is the server's choice, and is told by `key_is_short`.
            warnings.simplefilter("ignore")
            return Token(jwt.encode(claims, key, algorithm=settings.algorithm, headers=headers))
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, UnicodeError) as error:
        raise KeyUnusable(f"the token cannot be signed ({type(error).__name__}).") from None


def is_signed_by(key: str | bytes, algorithm: str, signing_input: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `signing_input` by `key`, a secret or a PEM key. Raises `KeyUnusable`."""
    import jwt

    prepared = _prepared(algorithm, key)
    if hasattr(prepared, "public_key"):
        prepared = prepared.public_key()
    try:
        return bool(jwt.get_algorithm_by_name(algorithm).verify(signing_input, prepared, signature))
    except (jwt.PyJWTError, ValueError, TypeError):
        return False


def key_is_short(settings: TokenSettings) -> bool:
    """Whether the shared secret is shorter than its hash (RFC 7518 §3.2), and so easier to guess than it should be."""
    if settings.key_fault or not settings.uses_a_secret:
        return False
    return len(settings.key.reveal().encode()) < int(settings.algorithm[2:]) // 8


def _prepared(algorithm: str, key: str | bytes) -> Any:
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm

    # One fixed list: nothing a token says about itself chooses from more than this, and `none` is not in it.
    if algorithm not in ALGORITHMS:
        raise KeyUnusable("the algorithm is not one that a Jitsi server takes.")
    try:
        return jwt.get_algorithm_by_name(algorithm).prepare_key(key)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
        pass
    wanted = "a shared secret" if algorithm.startswith("HS") else "an RSA key in PEM form without a passphrase"
    raise KeyUnusable(f"the configured key cannot be used: {algorithm} wants {wanted}.")
