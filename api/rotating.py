"""Giving the ledger new keys of its own, while the service stands still.

    make the new keys, durably -> record the line -> give their files a name for good

Standing still, no worker has the old key in hand: nothing is sealed or signed by it after the line that ends it. If we
crash before the line is recorded, nothing has changed, and the next try takes up the keys that are there; after it, the
keys are found whatever their files are called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.log_keys import log_signers, make_log_signers, name_for_good
from api.rules import CASEWORK_TABLES
from ledger.batch import Command, NewEvent
from ledger.committer import Committer
from ledger.connection import open_connection
from ledger.errors import LedgerFaulty
from ledger.head_seal import own_stream
from ledger.line import decode_line
from ledger.log_keys import EVENT, read_log_keys, said
from ledger.note import NoteKey
from ledger.seal import sealed_state
from ledger.store import read_last_of, read_opened
from ledger.stored import stored_line


@dataclass(frozen=True)
class Rotated:
    """The line that was recorded, the keys from it on, and those before."""

    index: int
    keys: Sequence[NoteKey]
    before: Sequence[NoteKey]


def rotate_log_keys(dsn: str, data: Path) -> Rotated:
    """Make and record new keys. `data/run.lock` is held. Raises `LedgerError`: then the old keys are in force."""
    directory = data / "keys"
    with open_connection(dsn, "log keys") as connection:
        opened = read_opened(connection, CASEWORK_TABLES)
        before = read_log_keys(connection, CASEWORK_TABLES, opened)
        log = log_signers(data, before)[0]
        name_for_good(directory, before.origin, before.every)
        own = own_stream(opened.origin)
        last = read_last_of(connection, CASEWORK_TABLES, own)
        with stored_line(last[0] if last else 0):
            version = decode_line(last[1] if last else b"").version
        signers = make_log_signers(directory, opened.origin, pending=True)
        state = sealed_state(log, EVENT, str(own), version + 1, said(opened.origin, version + 1, signers))
        committer = Committer(
            lambda: open_connection(dsn, "log keys"),
            CASEWORK_TABLES,
            origin=opened.origin,
            simulation=opened.simulation,
        )
        try:
            event = NewEvent(own, version + 1, EVENT, state, plain=True)
            index = committer.submit(Command((event,), ((own, version),))).result().recorded.indexes[0]
        finally:
            committer.close()
        after = read_log_keys(connection, CASEWORK_TABLES, opened)
        if after.changes[-1][0] != index:
            raise LedgerFaulty(f"line {index} was recorded and does not hold: run mingzhang verify", index=index)
        name_for_good(directory, after.origin, after.now)
    return Rotated(index, after.now, before.now)
