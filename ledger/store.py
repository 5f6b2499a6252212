"""Reading what a ledger holds: lines, tiles, heads, and the vault, by plain SQL. Nothing here writes."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection

from ledger.errors import LedgerFaulty, LedgerMissing
from ledger.line import decode_line, line_hash
from ledger.note import NoteKey
from ledger.schema import Tables
from ledger.tree import TILE, root_of, split

AnyConnection = Connection[Any]


@dataclass(frozen=True)
class Opened:
    """What line 0 says: the root of all trust. `fingerprint` is its hash, hex."""

    fingerprint: str
    origin: str
    at: str
    log_keys: tuple[NoteKey, ...]
    administrators: tuple[dict[str, Any], ...]
    simulation: bool

    @classmethod
    def read(cls, line: bytes) -> "Opened":
        """Read line 0. Raises `LineError` when it is no line, `LedgerFaulty` when it does not open a ledger."""
        parts = decode_line(line)
        if parts.index != 0 or parts.type != "ledger.opened":
            raise LedgerFaulty("line 0 does not open a ledger")
        event = orjson.loads(parts.state)
        return cls(
            line_hash(line).hex(),
            event["origin"],
            parts.at,
            tuple(NoteKey.parse(vkey) for vkey in event["log_keys"]),
            tuple(event["administrators"]),
            event["simulation"],
        )

    def event(self) -> dict[str, Any]:
        """The part of line 0 that key histories are built from."""
        return {"administrators": list(self.administrators)}


@dataclass(frozen=True, slots=True)
class Head:
    """A recorded head: `size` lines, `root` of the tree over them."""

    size: int
    root: bytes


def read_opened(connection: AnyConnection, tables: Tables) -> Opened:
    """Line 0 of this ledger. Raises `LedgerMissing` when there is none."""
    row = connection.execute(
        "SELECT to_regclass(%s)::text", (f'"{tables.schema}"."{tables.name}_lines"',), prepare=False
    ).fetchone()
    found = row and _value(row) and read_line(connection, tables, 0)
    if not found:
        raise LedgerMissing(
            f"there is no ledger {tables.schema}.{tables.name} in this database; open one with: mingzhang init"
        )
    return Opened.read(found)


def read_head(connection: AnyConnection, tables: Tables) -> Head | None:
    """The latest head, None for a ledger that was never opened."""
    row = connection.execute(tables.sql("SELECT size, root FROM {heads} ORDER BY size DESC LIMIT 1")).fetchone()
    return Head(*_values(row)) if row else None


def read_line(connection: AnyConnection, tables: Tables, index: int) -> bytes | None:
    """The bytes of one line."""
    row = connection.execute(tables.sql("SELECT line FROM {lines} WHERE index = %s"), (index,)).fetchone()
    return bytes(_value(row)) if row else None


def read_lines(
    connection: AnyConnection, tables: Tables, start: int, limit: int, types: Sequence[str] = ()
) -> list[bytes]:
    """Up to `limit` lines from index `start` on, in order; only of `types`, if given."""
    return [line for _, line in read_page(connection, tables, start, limit, types)]


def read_page(
    connection: AnyConnection, tables: Tables, start: int, limit: int, types: Sequence[str] = ()
) -> list[tuple[int, bytes]]:
    """(index, line), otherwise as `read_lines`."""
    rows = connection.execute(
        tables.sql(
            "SELECT index, line FROM {lines} WHERE index >= %s"
            + (" AND type = ANY(%s)" if types else "")
            + " ORDER BY index LIMIT %s"
        ),
        (start, list(types), limit) if types else (start, limit),
    ).fetchall()
    return [(index, bytes(line)) for index, line in map(_values, rows)]


def read_last_of(connection: AnyConnection, tables: Tables, stream: UUID | str) -> tuple[int, bytes] | None:
    """(index, line) of the latest line of a stream."""
    return _read_end(connection, tables, stream, "DESC")


def read_first_of(connection: AnyConnection, tables: Tables, stream: UUID | str) -> tuple[int, bytes] | None:
    """(index, line) of the line that a stream begins with."""
    return _read_end(connection, tables, stream, "ASC")


def _read_end(connection: AnyConnection, tables: Tables, stream: UUID | str, order: str) -> tuple[int, bytes] | None:
    row = connection.execute(
        tables.sql(f"SELECT index, line FROM {{lines}} WHERE stream = %s ORDER BY version {order} LIMIT 1"), (stream,)
    ).fetchone()
    if row is None:
        return None
    index, line = _values(row)
    return index, bytes(line)


def read_streams(
    connection: AnyConnection, tables: Tables, after: Sequence[tuple[UUID, int]]
) -> list[tuple[UUID, int, bytes]]:
    """(stream, index, line) of every line above the given version of each stream, by stream and version.

    Line 0 is the ledger's own and never among them, nor is what stands beyond the recorded head.
    """
    streams, versions = [stream for stream, _ in after], [version for _, version in after]
    rows = connection.execute(
        tables.sql(
            # OFFSET 0: stream by stream, and nothing said of line 0 here. A plan made before there were statistics
            # would read every line otherwise.
            "SELECT s.stream, l.index, l.line FROM unnest(%s::{stream_type}[], %s::bigint[]) AS s (stream, version)"
            " CROSS JOIN LATERAL (SELECT * FROM {lines} WHERE stream = s.stream AND version > s.version"
            " AND index + 0 < (SELECT max(size) FROM {heads}) ORDER BY version OFFSET 0) l ORDER BY s.stream, l.version"
        ),
        (streams, versions),
    ).fetchall()
    return [(stream, index, bytes(line)) for stream, index, line in map(_values, rows) if index > 0]


def read_key_lines(
    connection: AnyConnection, tables: Tables, types: Sequence[str], after: int, limit: int
) -> list[tuple[int, bytes]]:
    """(index, line) of up to `limit` lines of these types above `after` and under the recorded head, in order."""
    rows = connection.execute(
        tables.sql(
            # One byte more than a line may have tells that it is none. OFFSET 0: type by type, by their own index; key
            # lines are few and far between, and no plan may walk all lines to find them in order.
            "SELECT l.index, substring(l.line FOR 65536) AS line FROM unnest(%s::text[]) AS t (type)"
            " CROSS JOIN LATERAL (SELECT index, line FROM {lines} WHERE type = t.type AND index > %s OFFSET 0) l"
            " WHERE l.index < (SELECT max(size) FROM {heads}) ORDER BY l.index LIMIT %s"
        ),
        (list(types), after, limit),
    ).fetchall()
    return [(index, bytes(line)) for index, line in map(_values, rows)]


def read_by_key(connection: AnyConnection, tables: Tables, key: UUID) -> tuple[int, bytes] | None:
    """(index, line) recorded under an idempotency key."""
    row = connection.execute(tables.sql("SELECT index, line FROM {lines} WHERE act = %s"), (key,)).fetchone()
    if row is None:
        return None
    index, line = _values(row)
    return index, bytes(line)


def read_leaf_hashes(connection: AnyConnection, tables: Tables, start: int, end: int) -> list[bytes]:
    """The leaf hashes of lines [start, end), computed where the lines are. Raises `LedgerFaulty` on a gap."""
    rows = connection.execute(
        tables.sql(
            "SELECT index, sha256('\\x00'::bytea || line) FROM {lines} WHERE index >= %s AND index < %s ORDER BY index"
        ),
        (start, end),
    ).fetchall()
    hashes = [bytes(hash_) for _, hash_ in map(_values, rows)]
    if len(hashes) != end - start:
        raise LedgerFaulty(
            f"lines are missing between {start} and {end - 1}: run mingzhang verify", start=start, end=end
        )
    return hashes


def read_tile(connection: AnyConnection, tables: Tables, size: int, level: int, n: int) -> bytes:
    """A tile of the tree of `size` leaves: stored when full, computed from what lies below when partial."""
    count = min((size >> (8 * level)) - n * TILE, TILE)
    if count == TILE:
        row = connection.execute(
            tables.sql("SELECT hashes FROM {tiles} WHERE level = %s AND n = %s"), (level, n)
        ).fetchone()
        if row is None:
            raise LedgerFaulty(f"tile {level}/{n} is missing: run mingzhang verify", level=level, n=n)
        return bytes(_value(row))
    if level == 0:
        return b"".join(read_leaf_hashes(connection, tables, n * TILE, n * TILE + count))
    return b"".join(_tile_roots(connection, tables, level - 1, n * TILE, count))


def _tile_roots(connection: AnyConnection, tables: Tables, level: int, first: int, count: int) -> Iterable[bytes]:
    rows = connection.execute(
        tables.sql("SELECT hashes FROM {tiles} WHERE level = %s AND n >= %s AND n < %s ORDER BY n"),
        (level, first, first + count),
    ).fetchall()
    if len(rows) != count:
        raise LedgerFaulty(f"tiles of level {level} are missing: run mingzhang verify", level=level)
    return [root_of(split(bytes(_value(row)))) for row in rows]


def read_wrapped_key(connection: AnyConnection, tables: Tables, stream: UUID) -> bytes | None:
    """A case's wrapped data key."""
    row = connection.execute(tables.sql("SELECT wrapped FROM {vault_keys} WHERE stream = %s"), (stream,)).fetchone()
    return bytes(_value(row)) if row else None


def read_sealed(connection: AnyConnection, tables: Tables, index: int) -> list[bytes]:
    """The sealed disclosures of a line, in the order of its digests; none where the vault holds none."""
    row = connection.execute(tables.sql("SELECT sealed FROM {vault} WHERE index = %s"), (index,)).fetchone()
    return [bytes(one) for one in _value(row)] if row else []


def _values(row: Any) -> tuple[Any, ...]:
    """The library's pool hands out rows as dicts, our own connections as tuples."""
    return tuple(row.values()) if isinstance(row, dict) else tuple(row)


def _value(row: Any) -> Any:
    return _values(row)[0]


def row_values(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Rows as plain tuples, whichever way the connection returns them."""
    return [_values(row) for row in rows]


_PREV = re.compile(rb'"prev":"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored line among its neighbours: the hash (hex) of the line before it, and the `prev` that the next one names.

    `before` None: no line stands before it. `named_by_next` None: it is the last; empty: the next names nothing.
    """

    index: int
    line: bytes
    before: str | None
    named_by_next: str | None


def read_history(connection: AnyConnection, tables: Tables, stream: UUID) -> tuple[int, list[Placed]]:
    """(size of the ledger, the stream's lines in order), in one statement and so of one moment. Size 0: no line.

    What stands beyond the recorded head is no line of the ledger and left out.
    """
    rows = connection.execute(
        tables.sql(
            "WITH h AS MATERIALIZED (SELECT max(size) AS size FROM {heads})"
            " SELECT (SELECT size FROM h) AS size, l.index, l.line, sha256('\\x00'::bytea || b.line) AS before,"
            # `"prev":"` and the 64 digits stand within the first 120 bytes of any line.
            " substring(a.line FOR 120) AS next"
            " FROM {lines} l LEFT JOIN {lines} b ON b.index = l.index - 1"
            " LEFT JOIN {lines} a ON a.index = l.index + 1 AND a.index < (SELECT size FROM h)"
            # + 0: no plan may walk the index of all lines for this.
            " WHERE l.stream = %s AND l.index + 0 < (SELECT size FROM h) ORDER BY l.version"
        ),
        (stream,),
    ).fetchall()
    placed = []
    for _, index, line, before, after in map(_values, rows):
        named = _PREV.search(bytes(after)) if after is not None else None
        placed.append(
            Placed(
                index,
                bytes(line),
                None if before is None else bytes(before).hex(),
                None if after is None else named[1].decode() if named else "",
            )
        )
    return (_value(rows[0]) if rows else 0), placed


def read_latest(
    connection: AnyConnection,
    tables: Tables,
    type_: str,
    limit: int,
    *,
    stream: UUID | str | None = None,
    before: int = 2**62,
    skip: int = 0,
) -> list[tuple[int, bytes]]:
    """(index, line) of lines of one type (and stream), the newest first: up to `limit`, after the first `skip`.

    Only what stands below the index `before`, and under the recorded head.
    """
    # + 0 and || '': no plan may walk the index of all lines, or of all of this type, for one stream.
    place, order = ("", "index") if stream is None else (" AND stream = %(stream)s", "version")
    kind, index = ("type", "index") if stream is None else ("type || ''", "index + 0")
    rows = connection.execute(
        tables.sql(
            f"SELECT index, line FROM {{lines}} WHERE {kind} = %(type)s{place} AND {index} < least(%(before)s,"
            f" (SELECT max(size) FROM {{heads}})) ORDER BY {order} DESC OFFSET %(skip)s LIMIT %(limit)s"
        ),
        {"type": type_, "stream": stream, "before": before, "skip": skip, "limit": limit},
    ).fetchall()
    return [(index, bytes(line)) for index, line in map(_values, rows)]


SCANNED = 20_000
"""Lines looked through by one statement."""


def read_signed_by(
    connection: AnyConnection, tables: Tables, text: str, start: int, end: int
) -> Iterator[tuple[int, bytes]]:
    """(index, line) of the lines [start, end) in whose signed part `text` (ASCII) stands somewhere, in order.

    A JWS has its claims in base64url, where a text takes one of three forms by its place; the database looks for them,
    so that only what is wanted comes out of it. It reads every line of the stretch: ask for a short one.
    """
    forms = [form.encode() for form in _in_base64(text)]
    for first in range(start, end, SCANNED):
        rows = connection.execute(
            tables.sql(
                "SELECT index, line FROM {lines} WHERE index >= %s AND index < %s AND (position(%s::bytea IN line) > 0"
                " OR position(%s::bytea IN line) > 0 OR position(%s::bytea IN line) > 0) ORDER BY index"
            ),
            (first, min(first + SCANNED, end), *forms),
        ).fetchall()
        for index, line in map(_values, rows):
            yield index, bytes(line)


def _in_base64(text: str) -> Iterator[str]:
    """The characters that stand for the whole of `text` and nothing else, for each of the three places it may begin."""
    for shift in range(3):
        encoded = urlsafe_b64encode(bytes(shift) + text.encode()).decode()
        yield encoded[-(-shift * 4 // 3) : (shift + len(text)) * 4 // 3]
