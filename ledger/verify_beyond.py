"""What stands in the tables of a ledger and belongs to no range of lines: upper tiles, and what nothing accounts for.

Read row by row: somebody may have put any number of rows anywhere.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from ledger.faults import FaultLog
from ledger.schema import Tables
from ledger.tree import TILE
from ledger.verify_line import stream_key
from ledger.verify_streams import Streams
from ledger.verify_tree import RANGE, Edge
from ledger.verify_vault import WRAPPED

_PAGE = 10_000
_TILE_BYTES = 32 * TILE


class Beyond:
    """Looks at one snapshot, after all ranges. `size` is the index after the last line."""

    def __init__(self, connection: Connection[Any], tables: Tables, readable: frozenset[str], size: int) -> None:
        self._connection, self._tables, self._readable, self._size = connection, tables, readable, size

    def check(self, edge: Edge, streams: Streams, looked_at: set[int] | None, log: FaultLog) -> None:
        """`looked_at` are the ranges (by number) that were checked whole, None: all."""
        if looked_at is not None:
            self._check_gaps(looked_at, log)
        self._check_tiles(edge, log)
        self._check_heads(log)
        self._check_vault(log)
        self._check_keys(streams, log)

    def _check_gaps(self, looked_at: set[int], log: FaultLog) -> None:
        """What is stored about lines where hardly any are."""
        span = (0, self._size)
        for (n,) in self._rows("tiles", "SELECT n FROM {tiles} WHERE level = 0 AND n >= %s AND n < %s / 256", span):
            if n * TILE // RANGE not in looked_at:
                log.add("tile.unverifiable", n, where="tile", kind="0", level=0)
        before = -1
        for (size,) in self._rows("heads", "SELECT size FROM {heads} WHERE size > %s AND size <= %s", span):
            if (size - 1) // RANGE not in looked_at:
                log.add("head.unverifiable", size, where="head", after=before)
                before = size
        stray = (
            "SELECT v.index FROM {vault} v WHERE v.index >= %s AND v.index < %s"
            " AND NOT EXISTS (SELECT FROM {lines} l WHERE l.index = v.index)"
        )
        for (index,) in self._rows("vault", stray, span):
            if index // RANGE not in looked_at:
                log.add("vault.stray", index, where="vault")

    def _check_tiles(self, edge: Edge, log: FaultLog) -> None:
        beyond = "SELECT n FROM {tiles} WHERE level = 0 AND (n < 0 OR n >= %s)"
        for (n,) in self._rows("tiles", beyond, (self._size // TILE,)):
            log.add("tile.stray", n, where="tile", kind="0", level=0)
        wanted = {(level, n): tile for level, tiles in enumerate(edge.tiles(), 1) for n, tile in enumerate(tiles)}
        seen: set[tuple[int, int]] = set()
        query = "SELECT level, n, substring(hashes FOR %s) FROM {tiles} WHERE level <> 0"
        for level, n, hashes in self._rows("tiles", query, (_TILE_BYTES + 1,), order="level, n"):
            own, place = wanted.get((level, n)), (level, n)
            if own is None:
                code = "tile.unverifiable" if 0 <= n < self._size >> 8 * (max(level, 0) + 1) else "tile.stray"
                log.add(code, n, where="tile", kind=str(level), level=level)
            elif place in seen:
                log.add("tile.twice", n, where="tile", kind=str(level), level=level)
            elif hashes is None or bytes(hashes) != own:
                log.add("tile.wrong", n, where="tile", kind=str(level), level=level)
            seen |= {place} if own is not None else set()
        for level, n in sorted(wanted.keys() - seen):
            log.add("tile.missing", n, where="tile", kind=str(level), level=level)

    def _check_heads(self, log: FaultLog) -> None:
        before, largest = -1, self._size
        for (size,) in self._rows("heads", "SELECT size FROM {heads} WHERE size < 1 OR size > %s", (self._size,)):
            log.add("head.beyond", size, where="head", after=before)
            before, largest = size, max(largest, size)
        if largest > self._size:
            log.add("line.missing", self._size, largest - 1, count=largest - self._size)

    def _check_vault(self, log: FaultLog) -> None:
        for (index,) in self._rows("vault", "SELECT index FROM {vault} WHERE index < 0 OR index >= %s", (self._size,)):
            log.add("vault.stray", index, where="vault")

    def _check_keys(self, streams: Streams, log: FaultLog) -> None:
        query = (
            "SELECT left(stream::text, 65536), octet_length(wrapped) = %s AND octet_length(kek) BETWEEN 1 AND 100"
            " FROM {vault_keys}"
        )
        for stream, sound in self._rows("vault_keys", query, (WRAPPED,), order="stream"):
            if not streams.take_sealed(stream_key(stream or "")):
                log.add("vault.key-stray", where="vault", stream=stream)
            elif not sound:
                log.add("vault.key-malformed", where="vault", stream=stream)
        for key in streams.still_sealed():
            log.add("vault.key-missing", where="vault", stream=str(UUID(bytes=key)))

    def _rows(self, table: str, query: str, params: Sequence[Any], *, order: str = "1") -> Iterator[Any]:
        if table not in self._readable:
            return
        with self._connection.cursor(name=f"mingzhang_{table}", binary=True) as cursor:
            cursor.itersize = _PAGE if table != "tiles" else 100
            cursor.execute(self._tables.sql(f"{query} ORDER BY {order}"), params)
            yield from cursor
