"""The database and the service's role inside the embedded server: made at the first start, put right at every other.

Whoever has the service's password can change that password, and store settings for the role that survive restarts.
Neither lasts: each start sets password, powers and settings anew. What the role does not need is taken away: other
databases, temporary tables, large objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import Connection, sql

CONNECTIONS = 90
"""How many sessions the role may have at once, of the server's hundred: others still get in beside it."""


def make_database(admin_dsn: Callable[[str], str], database: str, role: str, password: str) -> None:
    """Make role and database where missing, and put their rights right. If we crash here, the next start goes on.

    `admin_dsn` gives the superuser's way into a database of that name. Raises psycopg errors as they come.
    """
    with _connect(admin_dsn("postgres")) as connection:
        _make_role(connection, role, password)
        name = sql.Identifier(database)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        for other in (name, sql.Identifier("postgres"), sql.Identifier("template1")):
            connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(other))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))
    with _connect(admin_dsn(database)) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        _close_large_objects(connection)


def _connect(dsn: str) -> Connection[Any]:
    return psycopg.connect(dsn, autocommit=True, application_name="mingzhang supervisor")


def _make_role(connection: Connection[Any], role: str, password: str) -> None:
    """The password itself never travels, and is never logged."""
    name = sql.Identifier(role)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            " CONNECTION LIMIT {} VALID UNTIL 'infinity' PASSWORD {}"
        ).format(name, sql.Literal(CONNECTIONS), sql.Literal(verifier.decode()))
    )
    stored = connection.execute(
        "SELECT d.datname FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
        " LEFT JOIN pg_database d ON d.oid = s.setdatabase WHERE r.rolname = %s",
        [role],
    ).fetchall()
    for (database,) in stored:
        where = sql.SQL(" IN DATABASE {}").format(sql.Identifier(database)) if database else sql.SQL("")
        connection.execute(sql.SQL("ALTER ROLE {}{} RESET ALL").format(name, where))


def _close_large_objects(connection: Connection[Any]) -> None:
    """Anybody may make them otherwise, as many and as large as the disk holds."""
    functions = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
        " AND (proname LIKE 'lo\\_%' OR proname IN ('loread', 'lowrite'))"
        " AND has_function_privilege('public', oid, 'EXECUTE')"
    ).fetchall()
    for (function,) in functions:
        connection.execute(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC".encode())
