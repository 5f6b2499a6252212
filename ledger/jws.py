"""Signing and verifying: JWS compact form (RFC 7515) with Ed25519 (RFC 9864) or ES256, strictly.

The header of everything we accept has exactly three members: `alg`, `kid`, `typ`. Anything else (`crit`, `jwk`, `x5c`,
`b64`…) is a way to make two verifiers disagree, and is refused.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from ledger.errors import Refused
from ledger.line import loads_strict

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey

MAX_HEADER = 512
"""Characters of an encoded header: it says three short things, and headers are kept in memory."""

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")
_SHA256 = ec.ECDSA(hashes.SHA256())
_P = 2**255 - 19
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _small_order_points() -> frozenset[bytes]:
    """The encodings of Ed25519's eight points of small order, and of y = p, p+1: keys that sign everything.

    y ∈ {0, 1, -1, ±y8}, each with both sign bits (RFC 8032 §5.1.3; the values follow from the curve equation).
    """
    y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    ys = [0, 1, _P - 1, y8, _P - y8, _P, _P + 1]
    return frozenset((y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1))


_SMALL_ORDER = _small_order_points()


def b64url(data: bytes) -> str:
    """Unpadded base64url (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: bytes, *, what: str = "base64url") -> bytes:
    """Decode unpadded base64url; refuses padding, other alphabets and non-zero trailing bits (`act.base64`)."""
    if len(text) % 4 == 1 or not _BASE64URL.fullmatch(text):
        raise Refused(f"{what} is not base64url", code="act.base64", what=what)
    data = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    # Only the last character can carry stray bits; two spellings of one signature would be two acts.
    if len(text) % 4 and urlsafe_b64encode(data[-(len(data) % 3) :]).rstrip(b"=") != text[-(len(text) % 4) :]:
        raise Refused(f"{what} is not canonical base64url", code="act.base64", what=what)
    return data


@dataclass(frozen=True)
class Key:
    """A public signing key with its RFC 7638 thumbprint (`kid`) and JWS algorithm."""

    kid: str
    alg: str
    public: PublicKey

    @cached_property
    def _raw(self) -> bytes:
        assert isinstance(self.public, Ed25519PublicKey)
        return self.public.public_bytes_raw()

    def jwk(self) -> dict[str, str]:
        """The public JWK (RFC 7517; RFC 8037 for Ed25519), required members only."""
        if isinstance(self.public, Ed25519PublicKey):
            return {"crv": "Ed25519", "kty": "OKP", "x": b64url(self.public.public_bytes_raw())}
        numbers = self.public.public_numbers()
        x, y = (b64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes: Ed25519, or r ‖ s as RFC 7518 §3.4) is this key's over `message`."""
        if len(signature) != 64:
            return False
        try:
            if isinstance(self.public, Ed25519PublicKey):
                # libsodium takes half OpenSSL's time, and what it accepts OpenSSL accepts (tests/unit/ledger/
                # test_two_verifiers.py). What it refuses is OpenSSL's to decide: there is one answer everywhere.
                try:
                    crypto_sign_open(signature + message, self._raw)
                except BadSignatureError:
                    self.public.verify(signature, message)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                if not (0 < r < _P256_ORDER and 0 < s < _P256_ORDER):
                    return False
                self.public.verify(encode_dss_signature(r, s), message, _SHA256)
        except InvalidSignature:
            return False
        return True


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638 thumbprint, SHA-256, base64url: over the required members in lexicographic order."""
    required = ("crv", "kty", "x") if jwk["kty"] == "OKP" else ("crv", "kty", "x", "y")
    return b64url(sha256(orjson.dumps({name: jwk[name] for name in required})).digest())


def key_from_jwk(jwk: Any) -> Key:
    """Read a public JWK with exactly its required members.

    Raises `Refused` (`key.invalid`) for other types, private members, non-canonical or small-order points.
    """
    try:
        if not isinstance(jwk, dict) or not all(isinstance(v, str) for v in jwk.values()):
            raise ValueError("a JWK is an object of strings")
        if set(jwk) == {"kty", "crv", "x"} and (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
            return ed25519_key(unb64url(jwk["x"].encode(), what="x"))
        if set(jwk) == {"kty", "crv", "x", "y"} and (jwk["kty"], jwk["crv"]) == ("EC", "P-256"):
            x, y = (unb64url(jwk[n].encode(), what=n) for n in ("x", "y"))
            if len(x) != 32 or len(y) != 32:
                raise ValueError("coordinates are 32 bytes")
            numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
            return key_of(numbers.public_key())
        raise ValueError("only OKP/Ed25519 and EC/P-256 public keys, with their required members and no others")
    except (ValueError, Refused) as error:
        raise Refused(f"not a key we accept: {error}", code="key.invalid", detail=str(error)) from None


def ed25519_key(raw: bytes) -> Key:
    """Read a raw Ed25519 public key. Raises ValueError for non-canonical or small-order points."""
    if len(raw) != 32 or raw in _SMALL_ORDER:
        raise ValueError("an Ed25519 key is 32 bytes and not a point of small order")
    if int.from_bytes(raw, "little") & (2**255 - 1) >= _P:
        raise ValueError("the point is not canonically encoded")
    return key_of(Ed25519PublicKey.from_public_bytes(raw))


def key_of(public: PublicKey) -> Key:
    """The `Key` of a public key object."""
    alg = "Ed25519" if isinstance(public, Ed25519PublicKey) else "ES256"
    jwk = Key("", alg, public).jwk()
    return Key(thumbprint(jwk), alg, public)


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart: `payload` and `signature` decoded, `signed` the bytes that were signed."""

    alg: str
    kid: str
    typ: str
    payload: bytes
    signature: bytes
    signed: bytes


@lru_cache(maxsize=4096)
def _header(encoded: bytes) -> tuple[str, str, str]:
    """(alg, kid, typ). An officer's header is the same in every act: worth keeping."""
    raw = unb64url(encoded, what="the JWS header")
    try:
        header = loads_strict(raw)
    except (ValueError, RecursionError):
        raise Refused("the JWS header is not clean JSON", code="act.header", detail="JSON") from None
    if not isinstance(header, dict) or not all(isinstance(v, str) for v in header.values()):
        raise Refused("the JWS header is an object of strings", code="act.header", detail="alg, kid, typ")
    if header.get("alg") not in ("Ed25519", "ES256"):
        raise Refused("alg must be Ed25519 or ES256", code="act.alg", alg=str(header.get("alg")))
    if set(header) != {"alg", "kid", "typ"}:
        extra = sorted(set(header) ^ {"alg", "kid", "typ"})
        raise Refused("the JWS header has exactly alg, kid, typ", code="act.header", detail=", ".join(extra))
    return header["alg"], header["kid"], header["typ"]


def parse_jws(compact: bytes) -> Jws:
    """Take a compact JWS apart, strictly; the signature is not yet verified. Raises `Refused`."""
    parts = compact.split(b".")
    if len(parts) != 3:
        raise Refused("an act is a JWS in compact form: header.payload.signature", code="act.form")
    if len(parts[0]) > MAX_HEADER:
        raise Refused("the JWS header is too long", code="act.header", detail=f"> {MAX_HEADER}")
    alg, kid, typ = _header(parts[0])
    payload = unb64url(parts[1], what="the JWS payload")
    signature = unb64url(parts[2], what="the JWS signature")
    return Jws(alg, kid, typ, payload, signature, compact[: len(parts[0]) + 1 + len(parts[1])])


def verify_jws(jws: Jws, key: Key) -> None:
    """Raises `Refused` unless `key` is the one named and signed exactly these bytes."""
    if jws.kid != key.kid or jws.alg != key.alg:
        raise Refused("kid or alg does not fit the registered key", code="act.kid", kid=jws.kid)
    if not key.verify(jws.signed, jws.signature):
        raise Refused("the signature does not fit the act", code="act.signature", kid=jws.kid)


def sign_jws(private: PrivateKey, typ: str, payload: bytes) -> str:
    """Sign `payload` as a compact JWS; `kid` is the key's thumbprint."""
    key = key_of(private.public_key())
    header = orjson.dumps({"alg": key.alg, "kid": key.kid, "typ": typ})
    signed = f"{b64url(header)}.{b64url(payload)}"
    if isinstance(private, Ed25519PrivateKey):
        signature = private.sign(signed.encode())
    else:
        r, s = decode_dss_signature(private.sign(signed.encode(), _SHA256))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{b64url(signature)}"
