"""Sealed papers: what a line only commits to, readable to the holders of a few keys and to nobody else.

A **paper** is one JSON object padded with spaces to a fixed size, with 32 random bytes of salt in it: the SHA-256 of
these bytes stands on the line, so whoever was shown the opened paper checks it with `sha256sum`, and nobody can guess
what it says. An **envelope** carries it: the paper is encrypted once (AES-256-GCM) under a fresh content key, which is
sealed by HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) to each reader. There are
always `SLOTS` sealed keys, in random order; those that no reader needs are sealed to keys that nobody has, so the
envelope tells neither who its readers are nor how many. Both layers are bound to ledger, stream, act and commitment:
an envelope that is put beside another line does not open.
"""

import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import SystemRandom
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ledger.errors import LedgerError
from ledger.jws import b64url
from ledger.line import loads_strict

FORMAT = "mingzhang-envelope/1"
PAPER = "mingzhang-paper/1"
SUITE = "DHKEM-X25519-HKDF-SHA256+HKDF-SHA256+AES-256-GCM"
SLOTS = 16
"""Sealed content keys in every envelope, and so the most readers of one."""

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class EnvelopeError(LedgerError):
    """The envelope is none of ours, was altered, or is not for this reader."""

    code = "envelope.malformed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper belongs: the ledger's origin, the stream's id, the act's code."""

    origin: str
    stream: str
    act: str


def write_paper(place: Place, content: dict[str, Any], sizes: Sequence[int]) -> bytes:
    """The paper: JSON, then spaces up to the first of the ascending `sizes`, in bytes, that holds it.

    Raises `EnvelopeError` (`envelope.too-large`) when none does.
    """
    members = {
        "format": PAPER,
        "salt": b64url(os.urandom(32)),
        "origin": place.origin,
        "stream": place.stream,
        "act": place.act,
        "content": content,
    }
    text = orjson.dumps(members)
    for size in sizes:
        if len(text) <= size:
            return text.ljust(size)
    raise EnvelopeError(
        f"the paper has {len(text)} bytes, more than {sizes[-1]}",
        code="envelope.too-large",
        length=len(text),
        limit=sizes[-1],
    )


def read_paper(paper: bytes, place: Place) -> dict[str, Any]:
    """The content of an opened paper. Raises `EnvelopeError` when it belongs to another place."""
    try:
        members = loads_strict(paper)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict) or members.get("format") != PAPER or not isinstance(members.get("content"), dict):
        raise EnvelopeError("the sealed paper is none of ours", code="envelope.paper")
    if (members.get("origin"), members.get("stream"), members.get("act")) != (place.origin, place.stream, place.act):
        raise EnvelopeError("the sealed paper was written for another place", code="envelope.place")
    content: dict[str, Any] = members["content"]
    return content


def commitment(paper: bytes) -> str:
    """SHA-256 of a paper, lowercase hex: what its line says of it."""
    return sha256(paper).hexdigest()


def seal(paper: bytes, place: Place, readers: Sequence[bytes]) -> bytes:
    """The envelope of a paper for up to `SLOTS` public X25519 keys, 32 bytes each; its length follows from the paper's.

    Raises `EnvelopeError`: `envelope.readers` when there are none or too many, `envelope.key` when a key is none.
    """
    if not 0 < len(set(readers)) <= SLOTS:
        raise EnvelopeError(f"an envelope has 1 to {SLOTS} readers' keys", code="envelope.readers", most=SLOTS)
    bound = _bound(place, commitment(paper))
    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    slots = [_seal_key(key, public, bound) for public in set(readers)]
    nobody = [X25519PrivateKey.generate().public_key() for _ in range(SLOTS - len(slots))]
    slots += [_HPKE.encrypt(os.urandom(32), public, info=bound) for public in nobody]
    SystemRandom().shuffle(slots)
    members = {
        "format": FORMAT,
        "suite": SUITE,
        "keys": [b64url(slot) for slot in slots],
        "nonce": b64url(nonce),
        "sealed": b64url(AESGCM(key).encrypt(nonce, paper, bound)),
    }
    return orjson.dumps(members)


def _seal_key(key: bytes, public: bytes, bound: bytes) -> bytes:
    try:
        return _HPKE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=bound)
    except ValueError:
        # Too short, or of small order: everybody could compute what is sealed to it.
        raise EnvelopeError("a reader's key is no public key of X25519", code="envelope.key") from None


def open_envelope(envelope: bytes, private: X25519PrivateKey, place: Place, committed: str) -> bytes:
    """The paper inside, its SHA-256 compared with `committed`, the line's commitment.

    Raises `EnvelopeError`: `envelope.malformed`, `envelope.not-for-you` when this key opens none of its slots (or the
    envelope belongs to another line), `envelope.altered`, `envelope.commitment`.
    """
    slots, nonce, sealed = _parse(envelope)
    bound = _bound(place, committed)
    for slot in slots:
        try:
            key = _HPKE.decrypt(slot, private, info=bound)
            break
        except (InvalidTag, ValueError):
            continue
    else:
        raise EnvelopeError("this key opens no slot of the envelope", code="envelope.not-for-you")
    try:
        paper = AESGCM(key).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        raise EnvelopeError("the envelope was altered", code="envelope.altered") from None
    if commitment(paper) != committed:
        raise EnvelopeError("the paper is not the one that the line commits to", code="envelope.commitment")
    return paper


def _bound(place: Place, committed: str) -> bytes:
    """What both layers are bound to: HPKE's `info`, and the associated data of the paper's encryption."""
    return orjson.dumps([FORMAT, SUITE, place.origin, place.stream, place.act, committed])


def _parse(envelope: bytes) -> tuple[list[bytes], bytes, bytes]:
    try:
        members = loads_strict(envelope)
        if set(members) != {"format", "suite", "keys", "nonce", "sealed"}:
            raise ValueError("members")
        if (members["format"], members["suite"]) != (FORMAT, SUITE) or len(members["keys"]) != SLOTS:
            raise ValueError("format")
        slots = [_bytes(slot) for slot in members["keys"]]
        nonce, sealed = _bytes(members["nonce"]), _bytes(members["sealed"])
    except (ValueError, TypeError, RecursionError):
        raise EnvelopeError("this is no envelope of ours", code="envelope.malformed") from None
    return slots, nonce, sealed


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise ValueError("base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
