"""Signatures: the examples of RFC 7515, and a second library that checks ours as we check its."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto import jwk, jws

from monitor.secret import Secret
from monitor.tokens.decode import decode
from monitor.tokens.inspect import inspect
from monitor.tokens.settings import ALGORITHMS
from monitor.tokens.signature import KeyUnusable, is_signed_by, key_is_short, sign
from tests.tokens.samples import NOW, SECRET, claims, key_pair, settings, settings_for


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


A_1_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
A_1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
A_2_N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR"
    "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB"
    "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
    "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
A_2 = (
    "eyJhbGciOiJSUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    "."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
    "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
    "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
    "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
A_5 = (
    "eyJhbGciOiJub25lIn0"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
)


def is_good(token: str, key: str | bytes, algorithm: str) -> bool:
    decoded = decode(token)
    assert decoded.signature is not None
    return is_signed_by(key, algorithm, decoded.signing_input, decoded.signature)


def flipped(token: str) -> str:
    """The token with one bit of its claims changed, and still JSON."""
    header, payload, signature = token.split(".")
    changed = unbase64(payload).replace(b"joe", b"jof")
    return f"{header}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"


def test_the_hs256_example_of_rfc_7515() -> None:
    assert is_good(A_1, unbase64(A_1_KEY), "HS256")
    assert not is_good(flipped(A_1), unbase64(A_1_KEY), "HS256")
    assert not is_good(A_1, unbase64(A_1_KEY), "HS384")


def test_the_rs256_example_of_rfc_7515() -> None:
    number = rsa.RSAPublicNumbers(65537, int.from_bytes(unbase64(A_2_N), "big"))
    pem = number.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert is_good(A_2, pem, "RS256")
    assert not is_good(flipped(A_2), pem, "RS256")


def test_the_unsecured_example_of_rfc_7515_is_refused() -> None:
    with pytest.raises(KeyUnusable):
        is_signed_by(SECRET, "none", decode(A_5).signing_input, b"")
    verdict = inspect(A_5, {"meet": settings()}, at=NOW).verdict
    assert verdict.failure is not None
    assert (verdict.stage, verdict.failure.words) == ("connect", "Invalid token")
    assert {check.words for check in verdict.checks} >= {"Invalid or incorrect alg"}
    assert inspect(A_5, at=NOW).verdict.failure is not None


def jwk_of(algorithm: str, private: bool = True) -> jwk.JWK:
    if algorithm.startswith("HS"):
        return jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="))
    return jwk.JWK.from_pem(key_pair()[0 if private else 1].encode())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jwcrypto_takes_our_signature(algorithm: str) -> None:
    token = sign(claims(), settings_for(algorithm)).reveal()
    checked = jws.JWS()
    checked.allowed_algs = [algorithm]
    checked.deserialize(token, jwk_of(algorithm, private=False))
    assert json.loads(checked.payload) == claims()
    assert checked.jose_header["alg"] == algorithm
    assert checked.jose_header["typ"] == "JWT"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("public", [False, True], ids=["with the private key", "with the public key"])
def test_we_take_the_signature_of_jwcrypto(algorithm: str, public: bool) -> None:
    header: dict[str, Any] = {"typ": "JWT", "alg": algorithm, "kid": "mucmon/test"}
    made = jws.JWS(json.dumps(claims()))
    made.add_signature(jwk_of(algorithm), algorithm, json.dumps(header))
    server = settings_for(algorithm)
    if public and not server.uses_a_secret:
        server = settings(algorithm=algorithm, key=Secret(key_pair()[1]), kid="mucmon/test")
    verdict = inspect(made.serialize(compact=True), {"meet": server}, "alpha", at=NOW).verdict
    assert verdict.gets_in, verdict.failure
    assert verdict.is_signed


def test_a_public_key_is_no_shared_secret() -> None:
    public = key_pair()[1]
    with pytest.raises(KeyUnusable) as caught:
        is_signed_by(public, "HS256", b"x", b"y")
    assert public not in str(caught.value)
    with pytest.raises(KeyUnusable):
        sign(claims(), settings(key=Secret(public)))


def test_a_key_that_cannot_sign_is_refused_in_one_sentence() -> None:
    for key in (key_pair()[1], "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"):
        with pytest.raises(KeyUnusable) as caught:
            sign(claims(), settings(algorithm="RS256", key=Secret(key), kid="k"))
        assert "hunter2" not in repr(caught.value)


def test_a_secret_shorter_than_its_hash_is_seen() -> None:
    assert key_is_short(settings(key=Secret("s3cret")))
    assert not key_is_short(settings(key=Secret("x" * 32)))
    assert key_is_short(settings(key=Secret("x" * 32), algorithm="HS512"))
    assert not key_is_short(settings_for("RS256"))
