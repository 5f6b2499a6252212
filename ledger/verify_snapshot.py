"""One view of the database for many connections: whatever is written meanwhile, all of them verify the same ledger.

The role needs nothing but to read; whatever is stored for it changes nothing (`connection`).
"""

from typing import Any

from psycopg import Connection, sql

from ledger.connection import open_connection


def take_snapshot(dsn: str) -> tuple[Connection[Any], str]:
    """A connection in a read-only transaction, and the name by which others join it while it lasts."""
    connection = _begin(dsn)
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return connection, str(row[0])


def join_snapshot(dsn: str, snapshot: str) -> Connection[Any]:
    """Another connection that sees exactly what the first one sees."""
    connection = _begin(dsn, snapshot)
    return connection


def _begin(dsn: str, snapshot: str | None = None) -> Connection[Any]:
    connection = open_connection(dsn, "verify", autocommit=True)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if snapshot is not None:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    return connection
