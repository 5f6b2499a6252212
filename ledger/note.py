"""C2SP signed-note v1.0.0: a text, a blank line, and signature lines.

    <text, ends with LF>
    <LF>
    — <key name> <base64(key id ‖ signature)>

Semantically, a signature line says: "whoever holds the key of this name vouches for the text, whole". Parsing is
stricter than the common peers': a malformed signature line rejects the note instead of being skipped.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import LedgerError

ED25519 = 0x01
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_MAX_SIGNATURES = 64


class NoteError(LedgerError, ValueError):
    """This text is no signed note, or nobody we trust signed it."""

    code = "note.invalid"


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public note key: `name`, 4-byte `key_id`, raw Ed25519 `public` (32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ LF ‖ type ‖ public)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:4]

    def vkey(self) -> str:
        """`name+hex8(key id)+base64(type ‖ public)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([ED25519]) + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "NoteKey":
        """Read a vkey. Raises `NoteError`."""
        try:
            name, id_, encoded = vkey.split("+", 2)
            blob = b64decode(encoded, validate=True)
            key = cls(name, blob[1:])
            Ed25519PublicKey.from_public_bytes(key.public)
        except ValueError:
            raise NoteError("a verifier key is written name+id+base64") from None
        if blob[0] != ED25519 or not _valid_name(name) or key.vkey() != vkey or key.key_id.hex() != id_:
            raise NoteError("the verifier key's id does not belong to its name and key")
        return key

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over the whole text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class NoteSigner:
    """A private note key. The name of a log's key is the log's origin."""

    name: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> NoteKey:
        """The public half."""
        return NoteKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signature line for `text`, with its LF."""
        return f"— {self.name} {b64encode(self.key.key_id + self.private.sign(text.encode())).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note: its text (with final LF) and (name, key id, signature) triples, not yet verified."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


def sign_note(text: str, signers: Iterable[NoteSigner]) -> str:
    """The whole note. `text` must end with LF and hold no other control character."""
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise NoteError("a note's text ends with LF and has no control characters")
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


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


def open_note(note: str, keys: Iterable[NoteKey]) -> tuple[str, list[NoteKey]]:
    """The text, and which of `keys` signed it.

    Unknown signatures are ignored; a known key's failing signature rejects the whole note; so does having none of ours.
    Raises `NoteError`.
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
        if key not in signed:
            signed.append(key)
    if not signed:
        raise NoteError("none of the trusted keys signed this note")
    return parsed.text, signed


def _valid_name(name: str) -> bool:
    return bool(name) and not any(c.isspace() or c == "+" for c in name)
