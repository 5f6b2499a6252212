"""C2SP signed-note v1.0.0: a text, a blank line, and signature lines.

    <text, ends with LF>
    <LF>
    — <key name> <base64(key id ‖ signature)>

Semantically, a signature line says: "whoever holds the key of this name vouches for the text, whole". Parsing is
stricter than the common peers': a malformed signature line rejects the note instead of being skipped.

Three kinds of keys (C2SP signed-note, tlog-cosignature v1.1.0-rc.1), told apart by the first byte of the key material:

    0x01 Ed25519            over the text; what a log signs with
    0x04 Ed25519 cosigner   over the lines "cosignature/v1", "time <seconds>", and the text; what witnesses sign with
    0x06 ML-DSA-44          over origin, size and root of a checkpoint, the signer's name and the time; for both

The latter two say when they signed: the signature is a u64 of POSIX seconds, then the bytes of the algorithm. 0x06
signs nothing but checkpoints and subtrees, and leaves a checkpoint's extension lines unsigned.
"""

import re
import time
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.errors import LedgerError
from ledger.jws import ed25519_key

ED25519 = 0x01
COSIGNATURE = 0x04
ML_DSA_44 = 0x06
PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
_SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE: 8 + 64, ML_DSA_44: 8 + 2420}
MAX_SECONDS = 2**63 - 1
"""The latest time that a cosignature may bear (C2SP tlog-cosignature)."""
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE_LINE = re.compile(r"0|[1-9][0-9]{0,18}")
_ROOT_LINE = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
"""32 bytes in canonical base64: the last character carries four bits."""
_MAX_SIGNATURES = 64
_LABEL = b"subtree/v1\n\x00"


class NoteError(LedgerError, ValueError):
    """This text is no signed note, or nobody we trust signed it."""

    code = "note.invalid"


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public note key: `name`, raw `public` (32 bytes, or 1312 of ML-DSA-44), and its `type`."""

    name: str
    public: bytes
    type: int = ED25519

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ LF ‖ type ‖ public)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def vkey(self) -> str:
        """`name+hex8(key id)+base64(type ‖ public)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.type]) + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "NoteKey":
        """Read a vkey of one of the three kinds. Raises `NoteError`."""
        try:
            name, id_, encoded = vkey.split("+", 2)
            blob = b64decode(encoded, validate=True)
        except ValueError:
            raise NoteError("a verifier key is written name+id+base64") from None
        if not blob or len(blob) - 1 != PUBLIC_BYTES.get(blob[0]):
            raise NoteError("a verifier key is Ed25519 (type 1 or 4, 32 bytes) or ML-DSA-44 (type 6, 1312 bytes)")
        key = cls(name, blob[1:], blob[0])
        if not is_key_name(name) or key.vkey() != vkey or key.key_id.hex() != id_:
            raise NoteError("the verifier key's id does not belong to its name and key")
        if key.type != ML_DSA_44:
            try:
                ed25519_key(key.public)
            except ValueError as error:
                raise NoteError(f"the verifier key is none: {error}") from None
        return key

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over the text: 64 bytes, or u64 seconds and 64 or 2420 bytes."""
        if len(signature) != _SIGNATURE_BYTES[self.type]:
            return False
        try:
            if self.type == ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
                return True
            at = cosigned_at(signature)
            if self.type == COSIGNATURE:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[8:], _cosigned(text, at))
            else:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature[8:], _subtree(self.name, text, at))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class NoteSigner:
    """A private note key. The name of a log's key is the log's origin.

    Ed25519 signs as a log (`ED25519`) or as a witness (`COSIGNATURE`); ML-DSA-44 is of one kind (`ML_DSA_44`).
    """

    name: str
    private: Ed25519PrivateKey | MLDSA44PrivateKey
    type: int = ED25519

    def __post_init__(self) -> None:
        if (self.type == ML_DSA_44) != isinstance(self.private, MLDSA44PrivateKey) or self.type not in PUBLIC_BYTES:
            raise ValueError("an Ed25519 key is of type 1 or 4, an ML-DSA-44 key of type 6")

    @cached_property
    def key(self) -> NoteKey:
        """The public half."""
        return NoteKey(self.name, self.private.public_key().public_bytes_raw(), self.type)

    def sign(self, text: str, at: int | None = None) -> str:
        """The signature line for `text`, with its LF. `at` is the time in POSIX seconds where the kind has one.

        Raises `NoteError` where the text is no checkpoint and the key signs nothing else.
        """
        if self.type == ED25519:
            return self._line(self.private.sign(text.encode()))
        at = int(time.time()) if at is None else at
        if not 0 <= at <= MAX_SECONDS:
            raise NoteError("a cosignature's time is a number of seconds since 1970, below 2^63")
        message = _cosigned(text, at) if self.type == COSIGNATURE else _subtree(self.name, text, at)
        return self._line(at.to_bytes(8, "big") + self.private.sign(message))

    def sign_subtree(self, origin: str, start: int, end: int, root: bytes) -> str:
        """The signature line for a subtree, which bears no time: ML-DSA-44 alone can. Raises `NoteError`."""
        if self.type != ML_DSA_44:
            raise NoteError("only ML-DSA-44 signs subtrees")
        return self._line(bytes(8) + self.private.sign(subtree_message(self.name, 0, origin, start, end, root)))

    def _line(self, signature: bytes) -> str:
        return f"— {self.name} {b64encode(self.key.key_id + signature).decode()}\n"


def cosigned_at(signature: bytes) -> int:
    """The time that a signature of type 4 or 6 bears, in POSIX seconds. Raises `NoteError`."""
    at = int.from_bytes(signature[:8], "big")
    if len(signature) <= 8 or at > MAX_SECONDS:
        raise NoteError("a cosignature begins with its time, below 2^63")
    return at


def subtree_message(cosigner: str, at: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """What ML-DSA-44 signs, `cosigned_message` of C2SP tlog-cosignature. Raises `NoteError` at names over 255 bytes."""
    names = [cosigner.encode(), origin.encode()]
    if not all(1 <= len(name) <= 255 for name in names) or len(root) != 32 or (start and at):
        raise NoteError("a cosigner's name and an origin have 1 to 255 bytes, and a subtree from within bears no time")
    numbers = start.to_bytes(8, "big") + end.to_bytes(8, "big")
    by, of = (bytes([len(name)]) + name for name in names)
    return _LABEL + by + at.to_bytes(8, "big") + of + numbers + root


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _subtree(name: str, text: str, at: int) -> bytes:
    lines = text.split("\n")
    if len(lines) < 4 or not _SIZE_LINE.fullmatch(lines[1]) or not _ROOT_LINE.fullmatch(lines[2]):
        raise NoteError("ML-DSA-44 signs nothing but checkpoints: origin, size, root")
    return subtree_message(name, at, lines[0], 0, int(lines[1]), b64decode(lines[2]))


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note: its text (with final LF) and (name, key id, signature) triples, not yet verified."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


def sign_note(text: str, signers: Iterable[NoteSigner], at: int | None = None) -> str:
    """The whole note, signed at `at` (POSIX seconds, now). `text` ends with LF and holds no other control character."""
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise NoteError("a note's text ends with LF and has no control characters")
    return text + "\n" + "".join(signer.sign(text, at) for signer in signers)


def parse_note(note: str) -> Note:
    """Take a note apart. Raises `NoteError`."""
    cut = note.rfind("\n\n")
    if cut < 0 or not note.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteError("a note is a text, a blank line and signature lines")
    text, lines = note[: cut + 1], note[cut + 2 :].split("\n")[:-1]
    if not lines or len(lines) > _MAX_SIGNATURES:
        raise NoteError(f"a note carries 1 to {_MAX_SIGNATURES} signatures")
    signatures = []
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        try:
            blob = b64decode(match[2], validate=True) if match else b""
        except Base64Error:
            blob = b""
        if not match or len(blob) < 5 or b64encode(blob).decode() != match[2]:
            raise NoteError(f"malformed signature line: {line[:80]!r}")
        signatures.append((match[1], blob[:4], blob[4:]))
    return Note(text, tuple(signatures))


def open_signatures(note: str, keys: Iterable[NoteKey]) -> tuple[str, list[tuple[NoteKey, bytes]]]:
    """The text, and the verified signatures of `keys` in their order, which may be none.

    Unknown signatures are ignored; a known key's failing signature rejects the whole note. Raises `NoteError`.
    """
    parsed = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed = []
    for name, key_id, signature in parsed.signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verify(parsed.text, signature):
            raise NoteError(f"the signature of {name} does not fit the text")
        signed.append((key, signature))
    return parsed.text, signed


def signed_by_alone(note: str, keys: Iterable[NoteKey]) -> str:
    """The note with the verified signatures of `keys` and no others. Raises `NoteError`, as when there is none."""
    parsed = parse_note(note)
    known = {(key.name, key.key_id, signature) for key, signature in open_signatures(note, keys)[1]}
    lines = note[len(parsed.text) + 1 :].split("\n")[:-1]
    kept = [f"{line}\n" for line, one in zip(lines, parsed.signatures, strict=True) if one in known]
    if not kept:
        raise NoteError("none of the trusted keys signed this note")
    return f"{parsed.text}\n{''.join(kept)}"


def open_note(note: str, keys: Iterable[NoteKey]) -> tuple[str, list[NoteKey]]:
    """The text, and which of `keys` signed it: at least one. Otherwise as `open_signatures`. Raises `NoteError`."""
    text, signatures = open_signatures(note, keys)
    signed = list(dict.fromkeys(key for key, _ in signatures))
    if not signed:
        raise NoteError("none of the trusted keys signed this note")
    return text, signed


def is_key_name(name: str) -> bool:
    """Whether a key may be named so: printable, no blank, no +, and short enough for ML-DSA-44's message."""
    return 0 < len(name.encode("utf-8", "surrogatepass")) <= 255 and name.isprintable() and not set(name) & {" ", "+"}
