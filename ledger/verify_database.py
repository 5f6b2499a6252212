"""A ledger in a database as the source of a verification: one snapshot of all its tables."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any
from uuid import UUID

from ledger.errors import LedgerMissing
from ledger.faults import FaultLog
from ledger.line import LineError, decode_line
from ledger.schema import Tables
from ledger.tree import TILE
from ledger.verify_line import stream_key
from ledger.verify_protection import check_protection
from ledger.verify_snapshot import take_snapshot
from ledger.verify_streams import Streams
from ledger.verify_tree import RANGE, Edge
from ledger.verify_worker import Place, Task


class DatabaseSource:
    """Used in a `with`; the snapshot is taken on entering. Raises psycopg errors, and `LedgerMissing`."""

    def __init__(self, dsn: str, tables: Tables) -> None:
        self._dsn, self._tables = dsn, tables
        self.lines = 0
        """Rows that a scan of the whole table finds, whatever the indexes say."""
        self.size = 0

    def __enter__(self) -> "DatabaseSource":
        self._connection, self._snapshot = take_snapshot(self._dsn)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    @property
    def place(self) -> Place:
        """What other processes need to see the same."""
        return Place(self._dsn, self._tables, self._snapshot, self._protection.readable)

    def inspect(self, log: FaultLog, notes: FaultLog) -> None:
        """What protects the tables, and how much is in them. Raises `LedgerMissing` where there is no ledger."""
        row = self._connection.execute(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s",
            (self._tables.schema, f"{self._tables.name}_lines"),
        ).fetchone()
        if row is None:
            raise LedgerMissing(f"there is no ledger {self._tables.schema}.{self._tables.name} in this database")
        self._protection = check_protection(self._connection, self._tables, log, notes)
        if "lines" not in self._protection.readable:
            raise LedgerMissing(f"{self._tables.schema}.{self._tables.name}_lines lacks columns and cannot be read")
        self.lines, first, last = self._scan("SELECT count(*), min(index), max(index) FROM {lines}")[0]
        self.size = 0 if last is None else last + 1
        if first is not None and first < 0:
            log.add("line.extra", int(first), -1)
        if not self._protection.unique_acts:
            for act, indexes in self._scan(
                "SELECT act::text, array_agg(index ORDER BY index) FROM {lines} WHERE act IS NOT NULL"
                " GROUP BY act HAVING count(*) > 1"
            ):
                log.add("act.twice", indexes[-1], act=act, first=indexes[0])

    def opening(self) -> bytes | None:
        """Line 0."""
        rows = self._rows("SELECT substring(line FOR 65536) FROM {lines} WHERE index = 0")
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def key_lines(self, types: Sequence[str]) -> list[tuple[int, bytes]]:
        """Lines of these types, as the type column has it: a first guess, which the lines themselves confirm or not."""
        found = []
        for index, line in self._rows(
            "SELECT index, substring(line FOR 65536) FROM {lines} WHERE type = ANY(%s) ORDER BY index", (list(types),)
        ):
            try:
                parts = decode_line(bytes(line or b""))
            except LineError:
                continue
            if parts.type in types:
                found.append((int(index), bytes(line)))
        return found

    def tasks(self, ask: Sequence[int], log: FaultLog) -> Iterator[Task]:
        """The ranges that have lines, in order."""
        if self.lines == self.size:
            starts = list(range(0, self.size, RANGE))
        else:
            found = self._rows(f"SELECT DISTINCT index / {RANGE} FROM {{lines}} WHERE index >= 0 ORDER BY 1")
            starts = [number * RANGE for (number,) in found]
        for start in starts:
            end = min(start + RANGE, self.size)
            yield Task(start, end, end == self.size, tuple(size for size in ask if start < size <= end))

    def finish(self, found: int, edge: Edge, streams: Streams, log: FaultLog) -> None:
        """What stands in the tables and belongs to no range: `found` lines were."""
        hidden = self.lines - found - self._count("lines", "index < 0")
        if hidden:
            log.add("table.hidden", where="database", table="lines", hidden=hidden)
        self._check_tiles(edge, log)
        self._check_heads(log)
        self._check_vault(streams, log)

    def _check_tiles(self, edge: Edge, log: FaultLog) -> None:
        beyond = "SELECT n FROM {tiles} WHERE level = 0 AND (n < 0 OR n >= %s) ORDER BY n"
        for (n,) in self._rows(beyond, (self.size // TILE,), table="tiles"):
            log.add("tile.stray", n, where="tile", kind="0", level=0)
        stored: dict[tuple[int, int], bytes] = {}
        for level, n, hashes in self._rows("SELECT level, n, hashes FROM {tiles} WHERE level <> 0", table="tiles"):
            if stored.setdefault((level, n), bytes(hashes or b"")) != bytes(hashes or b""):
                log.add("tile.twice", n, where="tile", kind=str(level), level=level)
        for level, tiles in enumerate(edge.tiles(), 1):
            for n, own in enumerate(tiles):
                tile = stored.pop((level, n), None)
                if tile != own:
                    code = "tile.missing" if tile is None else "tile.wrong"
                    log.add(code, n, where="tile", kind=str(level), level=level)
        for level, n in sorted(stored):
            code = "tile.unverifiable" if 0 <= n < self.size >> 8 * (max(level, 0) + 1) else "tile.stray"
            log.add(code, n, where="tile", kind=str(level), level=level)

    def _check_heads(self, log: FaultLog) -> None:
        beyond = "SELECT size FROM {heads} WHERE size < 1 OR size > %s ORDER BY size"
        before, largest = -1, self.size
        for (size,) in self._rows(beyond, (self.size,), table="heads"):
            log.add("head.beyond", size, where="head", after=before)
            before, largest = size, max(largest, size)
        if largest > self.size:
            log.add("line.missing", self.size, largest - 1, count=largest - self.size)

    def _check_vault(self, streams: Streams, log: FaultLog) -> None:
        beyond = "SELECT index FROM {vault} WHERE index < 0 OR index >= %s ORDER BY index"
        for (index,) in self._rows(beyond, (self.size,), table="vault"):
            log.add("vault.stray", index, where="vault")
        if "vault_keys" in self._protection.readable:
            with self._connection.cursor(name="vault_keys") as cursor:
                cursor.itersize = 10_000
                cursor.execute(self._tables.sql("SELECT stream::text FROM {vault_keys}"))
                for (stream,) in cursor:
                    if not streams.take_sealed(stream_key(stream or "")):
                        log.add("vault.key-stray", where="vault", stream=stream)
        for key in streams.still_sealed():
            log.add("vault.key-missing", where="vault", stream=str(UUID(bytes=key)))

    def _count(self, table: str, condition: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM {{{table}}} WHERE {condition}", table=table)[0][0])

    def _rows(self, query: str, params: Sequence[Any] = (), *, table: str = "lines") -> list[Any]:
        if table not in self._protection.readable:
            return []
        return self._connection.execute(self._tables.sql(query), params).fetchall()

    def _scan(self, query: str) -> list[Any]:
        """Without the indexes: rows that an index hides are rows all the same."""
        kinds = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
        for kind in kinds:
            self._connection.execute(f"SET LOCAL {kind} = off")
        rows = self._rows(query)
        for kind in kinds:
            self._connection.execute(f"SET LOCAL {kind} = on")
        return rows
