"""The ledger as the text file that it is (design §3.2): each line as committed, one per LF.

Nothing is half-done: the file gets its name when it is whole and on disk. Beside it, `<file>.checkpoint` holds the
ledger's signed head, so that whoever has both can tell a shortened copy.
"""

import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

from psycopg import Connection

from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError, LedgerFaulty
from ledger.note import NoteSigner
from ledger.receipts import current_head
from ledger.schema import Tables
from ledger.verify_snapshot import take_snapshot

_PAGE = 2048


@dataclass(frozen=True)
class Exported:
    """Lines `first` to `last`, both inclusive. `checkpoint` is the file of the signed head, if there is one."""

    first: int
    last: int
    checkpoint: Path | None


def export_ledger(
    dsn: str,
    tables: Tables,
    path: Path,
    *,
    first: int = 0,
    last: int | None = None,
    signers: Sequence[NoteSigner] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write lines `first` to `last` (default: all) to `path`, gzipped if it ends in `.gz`; replaces what is there.

    A whole ledger's head is signed by `signers`, if any. If we crash between the two files, the new lines stand beside
    an older head, which they still contain. Raises `LedgerMissing`, `LedgerFaulty`, psycopg errors, OSError.
    """
    connection, _ = take_snapshot(dsn)
    with closing(connection):
        head = current_head(connection, tables)
        end = head.size if last is None else last + 1
        if not 0 <= first < end <= head.size:
            raise LedgerError(
                f"the ledger has lines 0 to {head.size - 1}, not {first} to {end - 1}",
                code="export.range",
                size=head.size,
            )
        with _whole(path) as file:
            for done, lines in _pages(connection, tables, first, end):
                file.write(b"".join([line + b"\n" for line in lines]))
                if progress is not None:
                    progress(done - first, end - first)
    checkpoint = None
    if signers and (first, end) == (0, head.size):
        checkpoint = path.with_name(path.name + ".checkpoint")
        with _whole(checkpoint) as file:
            file.write(Checkpoint(signers[0].name, head.size, head.root).sign(signers).encode())
    return Exported(first, end - 1, checkpoint)


def _pages(connection: Connection[Any], tables: Tables, first: int, end: int) -> Iterator[tuple[int, list[bytes]]]:
    """(lines so far, lines), in order. Raises `LedgerFaulty` where they would make no ledger."""
    for start in range(first, end, _PAGE):
        stop = min(start + _PAGE, end)
        rows = connection.execute(
            tables.sql("SELECT index, line FROM {lines} WHERE index >= %s AND index < %s ORDER BY index"),
            (start, stop),
            binary=True,
        ).fetchall()
        if [index for index, _ in rows] != list(range(start, stop)) or any(b"\n" in line for _, line in rows):
            raise LedgerFaulty(
                f"lines {start} to {stop - 1} are not whole: run mingzhang verify", start=start, end=stop
            )
        yield stop, [line for _, line in rows]


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is complete and durable."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("xb") as raw:
            if path.suffix == ".gz":
                # No name and no time inside: the same ledger gives the same file.
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                    yield cast(IO[bytes], packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
