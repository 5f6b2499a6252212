"""The ledger's own keys over time: line 0 names the first, lines `ledger.log_keys_changed` name others.

Semantically, such a line says: "checkpoints that cover this line, and lines sealed after it, are signed by these keys,
and no more by those before". It stands on the ledger's own stream, sealed by the Ed25519 key that it ends, and each new
key has signed that it is one. So whoever has line 0 can follow the keys from there, and an old key that is stolen later
signs nothing any more.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.errors import Refused
from ledger.head_seal import own_stream
from ledger.line import LineError, decode_line
from ledger.note import ED25519, ML_DSA_44, NoteError, NoteKey, NoteSigner
from ledger.rules import Follower
from ledger.schema import Tables
from ledger.seal import open_seal
from ledger.store import AnyConnection, Opened, read_key_lines

EVENT = "ledger.log_keys_changed"
_PAGE = 100


@dataclass(frozen=True)
class LogKeys:
    """Whose signature counted when. `changes`: (index of the line, keys), in order; line 0 is the first."""

    origin: str
    changes: tuple[tuple[int, tuple[NoteKey, ...]], ...]

    def at(self, size: int) -> tuple[NoteKey, ...]:
        """The keys for a checkpoint of `size` lines; also those that may seal the line with the index `size`."""
        return max((change for change in self.changes if change[0] < max(size, 1)), key=lambda change: change[0])[1]

    @property
    def now(self) -> tuple[NoteKey, ...]:
        """The keys for whatever is signed next."""
        return self.changes[-1][1]

    @property
    def every(self) -> tuple[NoteKey, ...]:
        """All that ever were."""
        return tuple(key for _, keys in self.changes for key in keys)

    def after(self, index: int, line: Follower, said: dict[str, Any]) -> "LogKeys":
        """The keys with this change, which an open seal says. Raises `Refused` where it is none."""
        check_form(line, said)
        keys = tuple(NoteKey.parse(vkey) for vkey in said["log_keys"])
        if keys[0].name != self.origin or index <= self.changes[-1][0]:
            raise Refused("the new keys are not named by this ledger's origin", code="seal.form")
        if {key.public for key in keys} & {key.public for key in self.every}:
            raise Refused("a key of the ledger that was given up does not come back", code="seal.form")
        return replace(self, changes=(*self.changes, (index, keys)))


def log_keys_of(opened: Opened, lines: Iterable[tuple[int, bytes]]) -> LogKeys:
    """Line 0's keys and what `lines` (index, bytes; in order) make of them. What does not hold changes nothing."""
    keys = LogKeys(opened.origin, ((0, opened.log_keys),))
    for index, line in lines:
        try:
            parts = decode_line(line)
            follower = Follower(parts.stream, parts.version, parts.type, parts.state)
            if parts.index == index and parts.type == EVENT:
                keys = keys.after(index, follower, open_seal(follower, opened.origin, keys.at(index)))
        except (Refused, LineError):
            continue
    return keys


def log_keys_at(opened: Opened, rotation_lines: Iterable[tuple[int, bytes]], size: int) -> tuple[NoteKey, ...]:
    """The keys for a checkpoint of `size` lines."""
    return log_keys_of(opened, rotation_lines).at(size)


def read_log_keys(connection: AnyConnection, tables: Tables, opened: Opened) -> LogKeys:
    """The keys as the ledger stands."""
    lines: list[tuple[int, bytes]] = []
    while True:
        page = read_key_lines(connection, tables, [EVENT], lines[-1][0] if lines else 0, _PAGE)
        lines += page
        if len(page) < _PAGE:
            return log_keys_of(opened, lines)


def said(origin: str, version: int, signers: Sequence[NoteSigner]) -> dict[str, Any]:
    """What the line says: `{"log_keys": [vkey…], "proof": [base64 of each one's signature…]}`."""
    statement = _statement(origin, version, [signer.key.vkey() for signer in signers])
    return {
        "log_keys": [signer.key.vkey() for signer in signers],
        "proof": [b64encode(signer.private.sign(statement)).decode() for signer in signers],
    }


def check_form(line: Follower, said: dict[str, Any]) -> None:
    """Raises `Refused` unless it is strictly what such a line says, and each new key signed it."""
    if line.type != EVENT or said.keys() != {"log_keys", "proof"}:
        raise Refused("a change of log keys says log_keys and proof", code="seal.form")
    vkeys, proof = said["log_keys"], said["proof"]
    if not all(isinstance(part, list) and all(isinstance(one, str) for one in part) for part in (vkeys, proof)):
        raise Refused("log_keys and proof are lists of text", code="seal.form")
    try:
        keys = [NoteKey.parse(vkey) for vkey in vkeys]
    except NoteError as error:
        raise Refused(str(error), code="seal.form") from None
    if [key.type for key in keys] not in ([ED25519], [ED25519, ML_DSA_44]) or len({key.name for key in keys}) != 1:
        raise Refused("a ledger's keys are one of Ed25519 and, after it, one of ML-DSA-44", code="seal.form")
    if line.stream != str(own_stream(keys[0].name)):
        raise Refused("a change of log keys stands on the ledger's own stream", code="seal.form")
    statement = _statement(keys[0].name, line.version, vkeys)
    if len(proof) != len(keys) or not all(_signed(*pair, statement) for pair in zip(keys, proof, strict=True)):
        raise Refused("a new key of the ledger did not sign that it is one", code="seal.form")


def _statement(origin: str, version: int, vkeys: Sequence[str]) -> bytes:
    # No origin has a blank in it: no checkpoint begins like this, nor does a sealed line.
    return f"log keys changed\n{origin}\n{version}\n{''.join(vkey + chr(10) for vkey in vkeys)}".encode()


def _signed(key: NoteKey, proof: str, statement: bytes) -> bool:
    try:
        signature = b64decode(proof, validate=True)
        if key.type == ED25519:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, statement)
        else:
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return b64encode(signature).decode() == proof
