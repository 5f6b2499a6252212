"""libsodium may stand in for OpenSSL: what it accepts OpenSSL accepts, whoever made the key or the signature.

RFC 8032 leaves open whether small-order parts of a signature count. A signer who adds some must not get one answer here
and another elsewhere.
"""

from hashlib import sha512
from random import Random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_scalarmult_ed25519_base_noclamp,
    crypto_sign_open,
)
from nacl.exceptions import BadSignatureError

from ledger.jws import key_of

_ORDER = 2**252 + 27742317777372353535851937790883648493
_TORSION = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
"""A point of order 8 (RFC 8032 §5.1; it follows from the curve equation)."""


def multiples() -> list[bytes]:
    """The eight points of small order, the neutral one last."""
    points = [_TORSION]
    while len(points) < 8:
        points.append(crypto_core_ed25519_add(points[-1], _TORSION))
    return points


def scalar(random: Random) -> int:
    return random.randrange(1, _ORDER)


def times_base(number: int) -> bytes:
    return bytes(crypto_scalarmult_ed25519_base_noclamp(number.to_bytes(32, "little")))


def sign(secret: int, public: bytes, nonce: int, commitment: bytes, message: bytes) -> bytes:
    challenge = int.from_bytes(sha512(commitment + public + message).digest(), "little")
    return commitment + ((nonce + challenge * secret) % _ORDER).to_bytes(32, "little")


def sodium(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_parts_of_small_order_get_one_answer(seed: int):
    random = Random(seed)
    secret, accepted = scalar(random), 0
    for extra_key in multiples():
        public = crypto_core_ed25519_add(times_base(secret), extra_key)
        key = key_of(Ed25519PublicKey.from_public_bytes(public))
        for extra in multiples():
            nonce, message = scalar(random), random.randbytes(20)
            commitment = crypto_core_ed25519_add(times_base(nonce), extra)
            signature = sign(secret, public, nonce, commitment, message)
            assert sodium(public, signature, message) <= openssl(public, signature, message)
            assert key.verify(message, signature) == openssl(public, signature, message)
            accepted += key.verify(message, signature)
    assert 0 < accepted < 64


def test_a_second_spelling_of_a_signature_is_refused_by_both():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"message")
    larger = (int.from_bytes(signature[32:], "little") + _ORDER).to_bytes(32, "little")
    assert key_of(private.public_key()).verify(b"message", signature)
    for other in (signature[:32] + larger, bytes([1]) + bytes(63), _TORSION + bytes(32)):
        assert not sodium(public, other, b"message")
        assert not key_of(private.public_key()).verify(b"message", other)
