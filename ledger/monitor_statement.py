"""What a monitor signs: that it computed a seal over stream heads again, from all lines, and that it holds.

    mingzhang-monitor/1
    <origin>
    <index of the seal's line>
    <size: the seal is over lines 0 … size-1>
    <root of the map of stream heads, 64 hex digits>
    <LF>
    — <monitor's name> <signature of type 0x04, as of a witness: it bears the time>

Semantically: "at that time I had all lines up to this one, under heads that the log signed and that never contradicted
each other, and this is the root of the map of their streams' heads". No checkpoint reads like this.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.head_seal import HeadSeal
from ledger.note import NoteError, NoteKey, NoteSigner, cosigned_at, open_signatures, sign_note

FORMAT = "mingzhang-monitor/1"

_is_number = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_is_root = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True, slots=True)
class Statement:
    """That the seal on line `index` of the ledger `origin`, over `size` lines, rightly says `root`."""

    origin: str
    index: int
    size: int
    root: bytes

    @classmethod
    def of(cls, origin: str, seal: HeadSeal) -> "Statement":
        """The statement about a seal that holds."""
        return cls(origin, seal.index, seal.size, seal.root)

    def text(self) -> str:
        """The note's text."""
        return f"{FORMAT}\n{self.origin}\n{self.index}\n{self.size}\n{self.root.hex()}\n"

    def sign(self, signer: NoteSigner, at: int | None = None) -> str:
        """The signed note; `at` in POSIX seconds, now unless given. `signer` is of type 0x04."""
        return sign_note(self.text(), [signer], at)


def open_statement(note: str, keys: Iterable[NoteKey]) -> tuple[Statement, dict[NoteKey, int]]:
    """The statement, and which of the `keys` (type 0x04) signed it when, in POSIX seconds: at least one.

    Raises `NoteError`.
    """
    text, signatures = open_signatures(note, keys)
    if not signatures:
        raise NoteError("none of the trusted monitors signed this statement")
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != FORMAT or lines[5] or not lines[1]:
        raise NoteError(f"a monitor's statement has five lines, the first of them {FORMAT}")
    if not _is_number(lines[2]) or not _is_number(lines[3]) or not _is_root(lines[4]):
        raise NoteError("a monitor's statement names a seal's line, its size, and its root in hex")
    statement = Statement(lines[1], int(lines[2]), int(lines[3]), bytes.fromhex(lines[4]))
    return statement, {key: cosigned_at(signature) for key, signature in signatures}
