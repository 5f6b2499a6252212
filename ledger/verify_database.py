"""A ledger in a database as the source of a verification: one snapshot of all its tables."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any

from ledger.errors import LedgerMissing
from ledger.faults import FaultLog
from ledger.line import LineError, decode_line
from ledger.schema import Tables
from ledger.verify_beyond import Beyond
from ledger.verify_protection import check_protection
from ledger.verify_scattered import Scattered
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
        self._whole: set[int] | None = None
        """The ranges (by number) that are checked whole; None: all."""

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
            for act, first, last, count in self._scan(
                "SELECT act::text, min(index), max(index), count(*) FROM {lines} WHERE act IS NOT NULL"
                " GROUP BY act HAVING count(*) > 1 ORDER BY max(index)"
            ):
                log.add("act.twice", last, count=count - 1, act=act, first=first)

    def opening(self) -> bytes | None:
        """Line 0."""
        rows = self._rows("SELECT substring(line FOR 65536) FROM {lines} WHERE index = 0 LIMIT 1")
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def key_lines(self, types: Sequence[str]) -> list[tuple[int, bytes]]:
        """Lines of these types, as the type column has it: a first guess, which the lines themselves confirm or not."""
        found = []
        with self._connection.cursor(name="mingzhang_keys", binary=True) as cursor:
            cursor.itersize = 1000
            cursor.execute(
                self._tables.sql(
                    "SELECT index, substring(line FOR 65536) FROM {lines} WHERE type = ANY(%s) AND index >= 0"
                    " ORDER BY index"
                ),
                (list(types),),
            )
            for index, line in cursor:
                with suppress(LineError):
                    if decode_line(bytes(line or b"")).type in types:
                        found.append((int(index), bytes(line)))
        return found

    def clock(self) -> datetime:
        """What the server takes for the time."""
        found: datetime = self._connection.execute("SELECT clock_timestamp()").fetchall()[0][0]
        return found

    def tasks(self, ask: Sequence[int], log: FaultLog) -> Iterator[Task]:
        """The ranges that have lines, in order."""
        if self.lines == self.size:
            for start in range(0, self.size, RANGE):
                yield self._task(start, ask)
            return
        self._whole = set()
        scattered = Scattered()
        for number, count, first, last in self._stretches():
            if scattered.is_whole(count, min(RANGE, self.size - number * RANGE)):
                if scattered.count:
                    yield scattered.take(self.size)
                self._whole.add(number)
                yield self._task(number * RANGE, ask)
            elif scattered.put(count, first, last + 1):
                yield scattered.take(self.size)
        if scattered.count:
            yield scattered.take(self.size)

    def _task(self, start: int, ask: Sequence[int]) -> Task:
        end = min(start + RANGE, self.size)
        return Task(start, end, end == self.size, tuple(size for size in ask if start < size <= end))

    def _stretches(self) -> Iterator[tuple[int, int, int, int]]:
        """(number, rows, first and last index) of every range in which there are rows."""
        with self._connection.cursor(name="mingzhang_stretches", binary=True) as cursor:
            cursor.itersize = 10_000
            cursor.execute(
                self._tables.sql(
                    f"SELECT index / {RANGE}, count(*), min(index), max(index) FROM {{lines}} WHERE index >= 0"
                    " GROUP BY 1 ORDER BY 1"
                )
            )
            yield from cursor

    def finish(self, found: int, edge: Edge, streams: Streams, log: FaultLog) -> None:
        """What stands in the tables and belongs to no range: `found` lines were."""
        hidden = self.lines - found - self._count("lines", "index < 0")
        if hidden:
            log.add("table.hidden", where="database", table="lines", hidden=hidden)
        beyond = Beyond(self._connection, self._tables, self._protection.readable, self.size)
        beyond.check(edge, streams, self._whole, log)

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
