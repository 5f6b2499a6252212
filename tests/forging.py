"""Rows as somebody inserts them who has the service role's password and knows exactly how a ledger is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from api.rules import CASEWORK_RULES
from ledger.line import decode_line, encode_line, line_hash
from ledger.schema import Tables
from ledger.store import read_lines
from ledger.tree import Tree
from ledger.verify import Verdict, verify
from ledger.verify_file import FileSource


def append_line(
    dsn: str,
    tables: Tables,
    stream: str,
    version: int,
    type_: str,
    state: bytes,
    *,
    at: str | None = None,
    act: UUID | None = None,
) -> int:
    """A line with its index columns (`act`: the idempotency key of a signed one) and its head, right in everything but
    who wrote it. Its index."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tree = Tree()
        lines = read_lines(connection, tables, 0, 10**6)
        for line in lines:
            tree.append(line_hash(line))
        last = lines[-1]
        line = encode_line(
            len(lines), line_hash(last).hex(), at or decode_line(last).at, stream, version, type_, state, plain=True
        )
        tree.append(line_hash(line))
        connection.execute(
            tables.sql("INSERT INTO {lines} (index, version, stream, type, act, line) VALUES (%s, %s, %s, %s, %s, %s)"),
            (len(lines), version, stream, type_, act, line),
        )
        connection.execute(tables.sql("INSERT INTO {heads} VALUES (%s, %s)"), (len(lines) + 1, tree.root()))
        return len(lines)


def append_row(dsn: str, tables: Tables, table: str, *values: Any) -> None:
    """Any row of any table, as the service's role may insert it."""
    places = ", ".join(["%s"] * len(values))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(tables.sql(f"INSERT INTO {{{table}}} VALUES ({places})"), values)


def remove_beyond(admin_dsn: str, tables: Tables, size: int) -> None:
    """What deploy/README.md tells the owner to do: nothing beyond the last good head of `size` lines stays."""
    page = (Path(__file__).parents[1] / "deploy" / "README.md").read_text("utf-8")
    repair = page.split("```sql\n")[1].split("```")[0]
    repair = repair.replace("GOOD", str(size)).replace("ledger.casework_", f"{tables.schema}.{tables.name}_")
    with psycopg.connect(admin_dsn, autocommit=True) as owner:
        owner.execute(repair.encode())


def faults_when_chained_anew(lines: list[bytes], directory: Path) -> set[tuple[str, int | None]]:
    """(code, index) of what verify finds in these lines, every index and every hash computed anew."""
    chained = lines[:1]
    for index, line in enumerate(lines[1:], 1):
        parts = decode_line(line)
        prev = line_hash(chained[-1]).hex()
        chained.append(encode_line(index, prev, parts.at, parts.stream, parts.version, parts.type, parts.state))
    file = directory / "ledger.txt"
    file.write_bytes(b"\n".join(chained) + b"\n")
    verdict = verify(FileSource(file), CASEWORK_RULES, processes=1)
    return places(verdict)


def places(verdict: Verdict) -> set[tuple[str, int | None]]:
    """(code, index) of every line that a fault is of."""
    return {
        (fault.code, index)
        for fault in verdict.faults
        for index in ([None] if fault.index is None else range(fault.index, (fault.last or fault.index) + 1))
    }
