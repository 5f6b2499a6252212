"""What a witness decides (C2SP tlog-witness): pure, from what it cosigned last and what it is asked now.

A witness knows a few logs by their keys, and of each the latest checkpoint that it cosigned. It cosigns another one
only when that contains the latest whole. So no two of its cosignatures contradict each other, and whoever trusts it
need not trust the log. Keeping what was decided, durably and before it answers, is for whoever calls this.

    old <size of the latest checkpoint that the witness cosigned>
    <consistency proof, a hash a line, at most 63>
    <LF>
    <checkpoint, a signed note>
"""

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, canonical_base64, parse_checkpoint
from ledger.errors import LedgerError
from ledger.note import Note, NoteError, NoteKey, open_note, parse_note
from ledger.subtree import is_subtree, verify_subtree
from ledger.tree import EMPTY_ROOT, ProofError, verify_consistency

MAX_PROOF = 63
"""Hashes: more, no tree of less than 2^63 leaves needs."""
MAX_REQUEST = 256 * 1024
"""Bytes: 63 hashes, and a checkpoint with 64 signatures of the longest kind that we know."""
_SUBTREE = re.compile(r"subtree (0|[1-9][0-9]{0,18}) (0|[1-9][0-9]{0,18})")
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")


class RequestError(LedgerError, ValueError):
    """This is no request that a witness understands: 400."""

    code = "witness.request"


@dataclass(frozen=True)
class Request:
    """An add-checkpoint request, taken apart; nothing in it is verified."""

    old: int
    proof: tuple[bytes, ...]
    note: str
    parsed: Note
    checkpoint: Checkpoint

    def body(self) -> bytes:
        """The request as it is sent."""
        return request_body(self.old, self.proof, self.note)


def request_body(old: int, proof: Iterable[bytes], note: str) -> bytes:
    """The body that asks for a cosignature of `note`, with the proof from `old` lines to its size."""
    return f"old {old}\n{''.join(b64encode(hash_).decode() + chr(10) for hash_ in proof)}\n{note}".encode()


def parse_request(body: bytes) -> Request:
    """Read a request, strictly. Raises `RequestError`."""
    if len(body) > MAX_REQUEST:
        raise RequestError(f"a request has at most {MAX_REQUEST} bytes")
    try:
        head, blank, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        old = _OLD.fullmatch(first)
        if old is None or not blank:
            raise RequestError("a request begins with: old, a blank, the size without leading zeroes")
        if len(lines) > MAX_PROOF or not all(_HASH.fullmatch(line) for line in lines):
            raise RequestError(f"a proof has at most {MAX_PROOF} lines, each a hash of 32 bytes in base64")
        proof = tuple(canonical_base64(line) for line in lines)
        parsed = parse_note(note)
        return Request(int(old[1]), proof, note, parsed, parse_checkpoint(parsed.text))
    except UnicodeDecodeError:
        raise RequestError("a request is UTF-8") from None
    except NoteError as error:
        raise RequestError(str(error)) from None


@dataclass(frozen=True)
class Verdict:
    """The answer: HTTP `status`, and why in `detail`.

    200: the checkpoint is to be kept, then cosigned and answered. 409: `size` is that of the latest one cosigned.
    `fork`: the log signed another tree of the very size that was cosigned: with the latest checkpoint it convicts it.
    """

    status: int
    detail: str
    size: int | None = None
    fork: bool = False


def judge(logs: Mapping[str, Sequence[NoteKey]], latest: Checkpoint | None, request: Request) -> Verdict:
    """What to answer, by the table of C2SP tlog-witness; in this order, so nobody unknown learns what was cosigned.

    `logs`: origin -> the keys trusted for it. `latest`: what was last cosigned of this origin, None: nothing yet.
    """
    asked = request.checkpoint
    keys = logs.get(asked.origin)
    if not keys:
        return Verdict(404, "this witness does not know the log of this origin")
    refusal = _unsigned(request.parsed, keys)
    if refusal is not None:
        return Verdict(403, refusal)
    if request.old > asked.size:
        return Verdict(400, "the old size is larger than the checkpoint's")
    size = latest.size if latest else 0
    fork = latest is not None and asked.size == latest.size and asked.root != latest.root
    if request.old != size:
        return Verdict(409, "another checkpoint was cosigned last", size, fork)
    if fork:
        return Verdict(422, "a different tree of this very size was cosigned", fork=True)
    if asked.size == 0 and asked.root != EMPTY_ROOT:
        return Verdict(422, "the root of an empty tree is the hash of nothing")
    if request.old == 0 and request.proof:
        return Verdict(422, "no proof leads from an empty tree")
    if request.old:
        assert latest is not None
        try:
            verify_consistency(latest.size, latest.root, asked.size, asked.root, request.proof)
        except ProofError as error:
            return Verdict(422, f"the consistency proof does not hold: {error}")
    return Verdict(200, "")


@dataclass(frozen=True)
class SubtreeRequest:
    """A sign-subtree request, taken apart: the subtree's hash, and the checkpoint that the proof leads to."""

    start: int
    end: int
    hash: bytes
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint


def parse_subtree_request(body: bytes) -> SubtreeRequest:
    """Read a sign-subtree request: its range, hash and proof, a blank line, a checkpoint. Raises `RequestError`."""
    if len(body) > MAX_REQUEST:
        raise RequestError(f"a request has at most {MAX_REQUEST} bytes")
    try:
        head, blank, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        span = _SUBTREE.fullmatch(first)
        if span is None or not blank or not 1 <= len(lines) <= MAX_PROOF + 1 or not all(map(_HASH.fullmatch, lines)):
            raise RequestError("a request begins with: subtree START END, its hash, at most 63 hashes of a proof")
        hash_, *proof = (canonical_base64(line) for line in lines)
        checkpoint = parse_checkpoint(parse_note(note).text)
        return SubtreeRequest(int(span[1]), int(span[2]), hash_, tuple(proof), note, checkpoint)
    except UnicodeDecodeError:
        raise RequestError("a request is UTF-8") from None
    except NoteError as error:
        raise RequestError(str(error)) from None


def judge_subtree(known: Collection[str], own: Iterable[NoteKey], request: SubtreeRequest) -> Verdict:
    """Whether to sign it. `known`: origins; `own`: the witness's keys, one of which has cosigned the checkpoint."""
    if request.checkpoint.origin not in known:
        return Verdict(404, "this witness does not know the log of this origin")
    try:
        open_note(request.note, own)
    except NoteError as error:
        return Verdict(403, f"this witness did not cosign the checkpoint: {error}")
    if not is_subtree(request.start, request.end) or request.end > request.checkpoint.size:
        return Verdict(400, "this is no subtree of the checkpoint's tree")
    checkpoint = request.checkpoint
    try:
        verify_subtree(request.start, request.end, request.hash, checkpoint.size, checkpoint.root, request.proof)
    except ProofError as error:
        return Verdict(422, f"the proof does not hold: {error}")
    return Verdict(200, "")


def _unsigned(note: Note, keys: Iterable[NoteKey]) -> str | None:
    """Why the log cannot be held to this note: no trusted key signed it, or one did and it does not fit."""
    known = {(key.name, key.key_id): key for key in keys}
    signed = False
    for name, key_id, signature in note.signatures:
        key = known.get((name, key_id))
        if key is not None and not key.verify(note.text, signature):
            return "a signature of the log does not fit the checkpoint"
        signed = signed or key is not None
    return None if signed else "no key that is trusted for this log signed the checkpoint"
