"""The head lock that cannot be had: who holds it, and what to do.

The lock is PostgreSQL's advisory one, and whoever can connect to the database can take it and keep it. That stops
recording and harms nothing that was recorded.
"""

from contextlib import suppress
from typing import Any

import psycopg

from ledger.errors import NotDone
from ledger.schema import Tables
from ledger.store import AnyConnection, row_values

PATIENCE = "2s"
"""How long the lock may be busy before `check_head_lock` calls it held: a hundred commits."""


class HeadLocked(NotDone):
    """Another session keeps the head lock: nothing can be recorded until it is ended.

    `params`: `pid`, `role`, `application`, `since` (start of its transaction or session, None where we may not see it).
    """

    code = "commit.locked"


_HOLDER = """
SELECT l.pid, a.usename::text, a.application_name, coalesce(a.xact_start, a.backend_start)::text
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = %s::bigint
ORDER BY a.xact_start NULLS FIRST LIMIT 1"""


def raise_if_locked(error: psycopg.Error, connection: AnyConnection, tables: Tables) -> None:
    """Raise `HeadLocked` if `error` says that a lock was not to be had and somebody holds the head lock now.

    `connection` is usable and outside any transaction. Otherwise returns, and `error` is all there is to tell.
    """
    if not isinstance(error, psycopg.errors.LockNotAvailable):
        return
    found: list[tuple[Any, ...]] = []
    with suppress(psycopg.Error):
        found = row_values(connection.execute(_HOLDER, (tables.lock,)).fetchall())
    for pid, role, application, since in found:
        raise HeadLocked(
            f"the session {pid} of the role {role or '?'} ({application or 'no name'}"
            f"{', since ' + since if since else ''}) keeps the ledger's lock, and nothing can be recorded: find out"
            f" whose it is, and end it as the owner: SELECT pg_terminate_backend({pid});",
            pid=pid,
            role=role or "?",
            application=application or "?",
            since=since or "?",
        ) from error


def check_head_lock(connection: AnyConnection, tables: Tables) -> None:
    """Whether the head lock can be had, as every commit must. Writes nothing, and keeps it for a round trip.

    Raises `HeadLocked`; psycopg errors as they come.
    """
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'".encode())
            connection.execute("SELECT pg_catalog.pg_advisory_xact_lock_shared(%s)", (tables.lock,))
    except psycopg.errors.LockNotAvailable as error:
        raise_if_locked(error, connection, tables)
        raise
