"""Heads that somebody kept outside the ledger: what a rewrite that recomputed everything cannot get past."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.faults import FaultLog
from ledger.log_keys import LogKeys
from ledger.note import NoteError, NoteKey, open_note, parse_note


@dataclass(frozen=True)
class KeptHead:
    """A signed head as it was kept: `name` says where, `note` is the whole note."""

    name: str
    note: str
    checkpoint: Checkpoint


def read_kept(name: str, note: str) -> KeptHead:
    """Read a kept head; who signed it is checked later, against the ledger's keys. Raises `NoteError`."""
    return KeptHead(name, note, parse_checkpoint(parse_note(note).text))


def check_kept_signatures(
    kept: Sequence[KeptHead], keys: LogKeys | None, trusted: Sequence[NoteKey], log: FaultLog
) -> list[KeptHead]:
    """Each is a head of this ledger, signed by one of `trusted`, or where none are given, by a key of its own time.

    The heads of which that is so: no other proves anything of this ledger, whatever it says.
    """
    good = []
    for head in kept:
        before = log.total
        size = head.checkpoint.size
        try:
            open_note(head.note, trusted or (keys.at(size) if keys else ()))
        except NoteError as error:
            log.add("since.signature", size, where="kept", kind=head.name, name=head.name, detail=str(error))
        if keys is not None and head.checkpoint.origin != keys.origin:
            log.add("since.origin", size, where="kept", kind=head.name, name=head.name,
                    kept=head.checkpoint.origin, origin=keys.origin)  # fmt: skip
        # With no line 0 nothing can be said of signatures, and the head still tells that more was there.
        if log.total == before or keys is None:
            good.append(head)
    return good


def check_kept_root(kept: Sequence[KeptHead], size: int, root: bytes | None, log: FaultLog) -> None:
    """The tree of `size` lines has the root that was kept; None when it cannot be recomputed."""
    for head in kept:
        if head.checkpoint.size == size and root != head.checkpoint.root:
            code = "since.root" if root is not None else "since.unverifiable"
            log.add(code, size, where="kept", kind=head.name, name=head.name)


def check_kept_sizes(kept: Sequence[KeptHead], size: int, log: FaultLog) -> None:
    """The ledger is at least as long as it once was."""
    for head in kept:
        if head.checkpoint.size > size:
            log.add("since.truncated", head.checkpoint.size, where="kept", kind=head.name, name=head.name,
                    size=size)  # fmt: skip
