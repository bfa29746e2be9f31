"""The fake's RS256 access tokens and the key they verify with.

Owns one RSA key that is published here on purpose: it protects nothing, it makes the same seed and the
same clock give the same token, and it costs no start-up time. Never sign anything real with it.
"""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_E = 65537
_P = int(
    "ffedb0e89211db941e1dc4e4a2c1760ac5168792c0b7c59a2f4e7fd8fa69357503ba74732a342c1b29bf468481d2b98f"
    "e64b1d962822cb0e82bf9c34b56db9e3be5971f7480a2b89664992c17c6b4761afd9895336cff6e3cc60848609a99d37"
    "bc470ed4f68c4cda280cdab69fbd367c51dc1c8d5bfa14b5ad2c4776c76ddf77",
    16,
)
_Q = int(
    "f0606e6884a420e18a7d935f6f0f772c52c37140bbd630b2d1635ce9715ef1aae801e10ccfa2c18b53c52bc9c16f3d7e"
    "80667d4b807b6f278f4ba58f3fcfca80a271902235cceaecbe2773c485242af68209b740f38ae922f119377b013b9265"
    "909713e5d8478d70d95b77d71fb89239d034be90d6ff8e5bbc8f119d4855e043",
    16,
)


@lru_cache(maxsize=1)
def signing_key() -> rsa.RSAPrivateKey:
    """Return the one key of every fake."""
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=_P,
        q=_Q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, _P),
        dmq1=rsa.rsa_crt_dmq1(d, _Q),
        iqmp=rsa.rsa_crt_iqmp(_P, _Q),
        public_numbers=rsa.RSAPublicNumbers(_E, _P * _Q),
    )
    # The numbers are a constant of this file, checked by a test; checking them again costs 40 ms a start.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def signed_token(jti: str, claims: dict[str, Any]) -> str:
    """Return a JWT whose header is typ, alg, jti and whose claims keep their order (FACTS: JWT-SHAPE).

    Signed here and not by PyJWT, which sorts the header's keys.
    """
    header = {"typ": "JWT", "alg": "RS256", "jti": jti}
    signed = f"{_b64(_json(header))}.{_b64(_json(claims))}"
    return f"{signed}.{_b64(signing_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def published_keys() -> dict[str, Any]:
    """Return the JWK set that verifies every token of every fake."""
    modulus = _P * _Q
    n, e = (_b64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (modulus, _E))
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "n": n, "e": e}]}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
