"""A verifying process: reads its ranges for itself, checks them, hands back results. Starts afresh (`spawn`)."""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.faults import FaultLog
from ledger.keys import KeyChange, KeyHistory
from ledger.rules import ActRules
from ledger.schema import Tables
from ledger.tree import TILE
from ledger.vault import Kek, load_kek
from ledger.verify_range import RangeCheck, RangeResult
from ledger.verify_rows import Columns, Rows
from ledger.verify_snapshot import join_snapshot
from ledger.verify_vault import VaultCheck


@dataclass(frozen=True)
class KekSource:
    """Where the key-encryption key is: a file, or text from the environment (base64). See `vault.load_kek`."""

    path: Path | None = None
    environment: str | None = None

    def load(self) -> Kek:
        """The key. Raises `VaultError`."""
        return load_kek(self.path, self.environment)


@dataclass(frozen=True)
class Place:
    """A ledger in a database, as one snapshot shows it; `readable` are its tables that can be read."""

    dsn: str
    tables: Tables
    snapshot: str
    readable: frozenset[str]


@dataclass(frozen=True)
class Job:
    """What every process is told at its start. `place` is None for a file, whose lines come with each task."""

    rules: ActRules | None
    changes: tuple[KeyChange, ...]
    origin: str | None
    place: Place | None
    kek: KekSource | None


@dataclass(frozen=True)
class Task:
    """A range to check; `lines` and `after` only where they come from a file."""

    start: int
    end: int
    is_last: bool
    ask: tuple[int, ...] = ()
    lines: tuple[bytes | None, ...] | None = None
    after: bytes | None = None


class Worker:
    """Does tasks. Owns its database connection."""

    def __init__(self, job: Job) -> None:
        self._place = job.place
        self._check = RangeCheck(job.rules, KeyHistory(job.changes), job.origin)
        self._connection = join_snapshot(job.place.dsn, job.place.snapshot) if job.place else None
        self._vault: VaultCheck | None = None
        if job.kek and self._connection and job.place and job.origin and {"vault", "vault_keys"} <= job.place.readable:
            self._vault = VaultCheck(self._connection, job.place.tables, job.kek.load(), job.origin)

    def run(self, task: Task) -> RangeResult:
        """Check one range. Raises psycopg errors as they come."""
        log, notes = FaultLog(), FaultLog()
        if task.lines is not None:
            rows = Rows(task.start, list(task.lines), after=task.after, is_last=task.is_last, ask=task.ask)
        else:
            rows = self._read(task, log)
        return self._check.check(rows, log, notes, self._vault.check if self._vault else None)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _read(self, task: Task, log: FaultLog) -> Rows:
        start, end = task.start, task.end
        rows = Rows(start, [None] * (end - start), [None] * (end - start), is_last=task.is_last, ask=task.ask)
        found = self._ask("lines", _LINES, (start, end))
        if len(found) in (end - start, end - start + 1) and [row[4] for row in found] == list(
            range(start, start + len(found))
        ):
            rows.lines, rows.columns = [row[5] for row in found[: end - start]], [*found[: end - start]]
            rows.after = found[-1][5] if len(found) > end - start else None
        else:
            self._place_rows(found, rows, log)
        rows.heads = [(size, root or b"") for size, root in self._ask("heads", _HEADS, (start, end))]
        tiles = self._ask("tiles", _TILES, (start // TILE, end // TILE))
        rows.tiles = dict(tiles)
        if len(rows.tiles) != len(tiles):
            log.add("tile.twice", start // TILE, end // TILE - 1, where="tile", level=0)
        sealed = self._ask("vault", _VAULT, (start, end))
        rows.sealed = dict(sealed)
        if len(rows.sealed) != len(sealed):
            log.add("vault.twice", start, end - 1, where="vault")
        return rows

    def _place_rows(self, found: list[Any], rows: Rows, log: FaultLog) -> None:
        """Rows with gaps between them, or more than one of an index."""
        columns: list[Columns | None] = [None] * len(rows.lines)
        for row in found:
            at = row[4] - rows.start
            if at == len(rows.lines):
                rows.after = row[5]
            elif rows.lines[at] is not None:
                log.add("line.extra", row[4])
                rows.extra += 1
            else:
                rows.lines[at], columns[at] = row[5], row
        rows.columns = columns

    def _ask(self, table: str, query: str, params: tuple[int, int]) -> list[Any]:
        assert self._connection is not None
        assert self._place is not None
        if table not in self._place.readable:
            return []
        return self._connection.execute(self._place.tables.sql(query), params, binary=True).fetchall()


_LINES = (
    "SELECT version, stream::text, uuid_send(act), type, index, substring(line FOR 65536) FROM {lines}"
    " WHERE index >= %s AND index <= %s ORDER BY index"
)
_HEADS = "SELECT size, root FROM {heads} WHERE size > %s AND size <= %s ORDER BY size"
_TILES = "SELECT n, hashes FROM {tiles} WHERE level = 0 AND n >= %s AND n < %s"
_VAULT = "SELECT index, cardinality(sealed) FROM {vault} WHERE index >= %s AND index < %s"

_worker: Worker | None = None


def start_worker(job: Job) -> None:
    """Initialise this process."""
    global _worker
    # Nothing here makes cycles, and looking for them would cost a tenth of the time.
    gc.disable()
    _worker = Worker(job)


def run_task(task: Task) -> RangeResult:
    """Do a task in a process that `start_worker` has initialised."""
    assert _worker is not None
    return _worker.run(task)
