"""A verifying process: reads its ranges for itself, checks them, hands back results. Starts afresh (`spawn`)."""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.act import MAX_DISCLOSURES
from ledger.faults import FaultLog
from ledger.keys import KeyChange, KeyHistory
from ledger.rules import ActRules
from ledger.schema import Tables
from ledger.tree import TILE
from ledger.vault import Kek, load_kek
from ledger.verify_range import RangeCheck, RangeResult
from ledger.verify_rows import Columns, Rows
from ledger.verify_snapshot import join_snapshot
from ledger.verify_vault import MAX_SEALED, MIN_SEALED, VaultCheck


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
    """What every process is told at its start. `place` is None for a file, whose lines come with each task.

    `latest` is the latest time that a line may bear.
    """

    rules: ActRules | None
    changes: tuple[KeyChange, ...]
    origin: str | None
    place: Place | None
    kek: KekSource | None
    latest: bytes | None = None
    simulation: bool = False


@dataclass(frozen=True)
class Task:
    """A range to check; `lines` and `after` only where they come from a file.

    `scattered`: from `start` to `end` there are so few lines that each stretch of them is checked by itself; in a file
    they are `placed`.
    """

    start: int
    end: int
    is_last: bool
    ask: tuple[int, ...] = ()
    lines: tuple[bytes | None, ...] | None = None
    after: bytes | None = None
    scattered: bool = False
    placed: tuple[tuple[int, bytes], ...] = ()


class Worker:
    """Does tasks. Owns its database connection."""

    def __init__(self, job: Job) -> None:
        self._place = job.place
        self._check = RangeCheck(job.rules, KeyHistory(job.changes), job.origin, job.latest, job.simulation)
        self._connection = join_snapshot(job.place.dsn, job.place.snapshot) if job.place else None
        self._vault: VaultCheck | None = None
        if job.kek and self._connection and job.place and job.origin and {"vault", "vault_keys"} <= job.place.readable:
            self._vault = VaultCheck(self._connection, job.place.tables, job.kek.load(), job.origin)

    def run(self, task: Task) -> list[RangeResult]:
        """Check one range, or many short stretches. Raises psycopg errors as they come."""
        open_vault = self._vault.check if self._vault else None
        if task.scattered:
            log = FaultLog()
            stretches = self._stretches(task, log)
            logs = [log] + [FaultLog() for _ in stretches[1:]]
            return [
                self._check.check(rows, log, FaultLog(), open_vault) for rows, log in zip(stretches, logs, strict=True)
            ]
        log, notes = FaultLog(), FaultLog()
        if task.lines is not None:
            rows = Rows(task.start, list(task.lines), after=task.after, is_last=task.is_last, ask=task.ask)
        else:
            rows = self._read(task, log)
        return [self._check.check(rows, log, notes, open_vault)]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _read(self, task: Task, log: FaultLog) -> Rows:
        start, end = task.start, task.end
        rows = Rows(start, [None] * (end - start), [None] * (end - start), is_last=task.is_last, ask=task.ask)
        found = self._ask("lines", _LINES, (start, end), most=2 * (end - start))
        if len(found) == 2 * (end - start):
            found = self._flooded(task, rows, log)
        if len(found) in (end - start, end - start + 1) and [row[4] for row in found] == list(
            range(start, start + len(found))
        ):
            rows.lines, rows.columns = [row[5] for row in found[: end - start]], [*found[: end - start]]
            rows.after = found[-1][5] if len(found) > end - start else None
        else:
            self._place_rows(found, rows, log)
        heads = self._ask("heads", _HEADS, (start, end), most=2 * (end - start))
        rows.heads = [(size, root or b"") for size, root in heads]
        tiles = self._ask("tiles", _TILES, (start // TILE, end // TILE), most=2 * (end // TILE - start // TILE) + 1)
        rows.tiles = dict(tiles)
        if len(rows.tiles) != len(tiles):
            log.add("tile.twice", start // TILE, end // TILE - 1, where="tile", level=0)
        self._read_sealed(rows, log)
        return rows

    def _read_sealed(self, rows: Rows, log: FaultLog) -> None:
        sealed = self._ask("vault", _VAULT, (rows.start, rows.end), most=2 * (rows.end - rows.start))
        rows.sealed = {index: count for index, count, _ in sealed}
        rows.odd = frozenset(index for index, _, sound in sealed if not sound)
        if len(rows.sealed) != len(sealed):
            log.add("vault.twice", rows.start, rows.end - 1, where="vault")

    def _share_sealed(self, stretches: list[Rows]) -> None:
        """What the vault holds for the lines of these stretches, asked for once."""
        places = [place for rows in stretches for place in range(rows.start, rows.end)]
        counts = {index: (count, sound) for index, count, sound in self._ask("vault", _VAULT_AT, (places,))}
        for rows in stretches:
            there = {place: counts[place] for place in range(rows.start, rows.end) if place in counts}
            rows.sealed = {place: count for place, (count, _) in there.items()}
            rows.odd = frozenset(place for place, (_, sound) in there.items() if not sound)

    def _flooded(self, task: Task, rows: Rows, log: FaultLog) -> list[Any]:
        """One row of each index, where there are so many of some that only the database can count them."""
        span = (task.start, task.end)
        for index, count in self._ask("lines", _REPEATED, span):
            log.add("line.extra", index, count=count - 1)
            rows.extra += count - 1
        return self._ask("lines", _LINES.replace("SELECT", "SELECT DISTINCT ON (index)", 1), span)

    def _stretches(self, task: Task, log: FaultLog) -> list[Rows]:
        """The lines of a scattered task, as many `Rows` as there are gaps between them and one."""
        found: list[Any] = [(None, None, None, None, at, line) for at, line in task.placed]
        if self._place is not None:
            found = self._ask("lines", _LINES, (task.start, task.end - 1))
        stretches: list[Rows] = []
        for row in found:
            rows = stretches[-1] if stretches else None
            if rows is None or row[4] > rows.end:
                rows = Rows(row[4], [], [] if self._place is not None else None)
                stretches.append(rows)
            elif row[4] < rows.end:
                log.add("line.extra", row[4])
                rows.extra += 1
                continue
            rows.lines.append(row[5])
            if rows.columns is not None:
                rows.columns.append(row)
        if self._place is not None:
            self._share_sealed(stretches)
        if stretches:
            stretches[-1].is_last = task.is_last
        return stretches

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

    def _ask(self, table: str, query: str, params: tuple[object, ...], *, most: int | None = None) -> list[Any]:
        """At most `most` rows: more there are only where somebody took the primary key away."""
        assert self._connection is not None
        assert self._place is not None
        if table not in self._place.readable:
            return []
        limit = f" LIMIT {most}" if most is not None else ""
        if self._place.tables.stream_type == "uuid":
            query = query.replace("left(stream::text, 65536)", "stream::text")
        return self._connection.execute(self._place.tables.sql(query + limit), params, binary=True).fetchall()


# Nothing is fetched at a length that somebody else chose. A row without a line is a line of no bytes.
_LINES = (
    "SELECT version, left(stream::text, 65536), uuid_send(act), left(type, 65536), index,"
    " coalesce(substring(line FOR 65536), '') FROM {lines} WHERE index >= %s AND index <= %s ORDER BY index"
)
_REPEATED = (
    "SELECT index, count(*) FROM {lines} WHERE index >= %s AND index < %s GROUP BY index HAVING count(*) > 1 ORDER BY 1"
)
_HEADS = "SELECT size, substring(root FOR 33) FROM {heads} WHERE size > %s AND size <= %s ORDER BY size"
_TILES = "SELECT n, substring(hashes FOR 8193) FROM {tiles} WHERE level = 0 AND n >= %s AND n < %s ORDER BY n"
_VAULT = (
    f"SELECT index, cardinality(sealed), cardinality(sealed) <= {MAX_DISCLOSURES} AND cardinality(sealed) ="
    f" (SELECT count(*) FROM unnest(sealed) s WHERE octet_length(s) BETWEEN {MIN_SEALED} AND {MAX_SEALED})"
    " FROM {vault} WHERE index >= %s AND index < %s ORDER BY index"
)
_VAULT_AT = _VAULT.replace("index >= %s AND index < %s", "index = ANY(%s)")

_worker: Worker | None = None


def start_worker(job: Job) -> None:
    """Initialise this process."""
    global _worker
    # Nothing here makes cycles, and looking for them would cost a tenth of the time.
    gc.disable()
    _worker = Worker(job)


def run_task(task: Task) -> list[RangeResult]:
    """Do a task in a process that `start_worker` has initialised."""
    assert _worker is not None
    return _worker.run(task)
