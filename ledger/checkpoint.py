"""Checkpoints (C2SP tlog-checkpoint) and receipts (C2SP tlog-proof).

A checkpoint says: "the ledger named `origin` had `size` lines, and `root` is the root of the tree over them". A receipt
says: "line `index` is in the tree of that checkpoint", and shows how. Both verify without asking anybody.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.note import NoteError, NoteKey, NoteSigner, open_note, parse_note, sign_note
from ledger.tree import ProofError, root_from_inclusion

_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a ledger: its origin, number of lines, and 32-byte root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text: three lines, no extensions."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def sign(self, signers: Iterable[NoteSigner], at: int | None = None) -> str:
        """The signed note, as of `at` (POSIX seconds, now). Only ever for a head whose commit is durable."""
        return sign_note(self.text(), signers, at)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint; extension lines are accepted and ignored. Raises `NoteError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has three lines: origin, size, root")
    origin, size, root = lines[:3]
    if not _NUMBER.fullmatch(size) or not _HASH.fullmatch(root):
        raise NoteError("a checkpoint's size is a plain decimal and its root 32 bytes in base64")
    return Checkpoint(origin, int(size), canonical_base64(root))


def open_checkpoint(note: str, keys: Sequence[NoteKey], origin: str | None = None) -> Checkpoint:
    """A checkpoint signed by one of `keys`, of `origin` when given. Raises `NoteError`."""
    text, _ = open_note(note, keys)
    checkpoint = parse_checkpoint(text)
    if origin is not None and checkpoint.origin != origin:
        raise NoteError(f"this is a checkpoint of {checkpoint.origin}, not of {origin}")
    return checkpoint


@dataclass(frozen=True, slots=True)
class Receipt:
    """A tlog-proof: `index`, `hashes` from the leaf's sibling upward, and the checkpoint they lead to (a note)."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """The `.tlog-proof` file."""
        hashes = "".join(b64encode(hash_).decode() + "\n" for hash_ in self.hashes)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    def verify(self, leaf: bytes, keys: Sequence[NoteKey], origin: str | None = None) -> Checkpoint:
        """Check that the line with hash `leaf` stands at `index` under a checkpoint that one of `keys` signed.

        Raises `NoteError` (signature, origin) or `ProofError` (inclusion).
        """
        checkpoint = open_checkpoint(self.checkpoint, keys, origin)
        if root_from_inclusion(self.index, checkpoint.size, leaf, self.hashes) != checkpoint.root:
            raise ProofError(f"line {self.index} is not in the tree of this checkpoint")
        return checkpoint


def parse_receipt(text: str) -> Receipt:
    """Read a `.tlog-proof` file; nothing is verified yet. Raises `NoteError`."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != PROOF_HEADER or not blank:
        raise NoteError(f"a receipt begins with {PROOF_HEADER}")
    lines = lines[1:]
    if lines and lines[0].startswith("extra "):
        canonical_base64(lines.pop(0)[6:])
    if not lines or not lines[0].startswith("index ") or not _NUMBER.fullmatch(lines[0][6:]):
        raise NoteError("a receipt names its index")
    if len(lines) > 64 or not all(_HASH.fullmatch(line) for line in lines[1:]):
        raise NoteError("a receipt's hashes are 32 bytes each, in base64")
    parse_checkpoint(parse_note(checkpoint).text)
    return Receipt(int(lines[0][6:]), tuple(canonical_base64(line) for line in lines[1:]), checkpoint)


def canonical_base64(text: str) -> bytes:
    """Decode base64 that is spelled the one right way (RFC 4648 §3.5), and not empty. Raises `NoteError`."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    if b64encode(decoded).decode() != text or not text:
        raise NoteError(f"not canonical base64: {text[:80]!r}")
    return decoded
