"""Connections that no stored setting steers: `ALTER ROLE … SET` survives restarts, and any role may do it to itself.

What a connection asks for at its start (libpq's `options`) goes before what is stored for a role or a database.
Everything that could change what a statement means, what comes back, or whether it may end is asked for here. Not
here: `synchronous_commit`, which the committer sees to, and the planner's costs, which only make things slow.
"""

import os
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

PRODUCT = "mingzhang"
_SETTINGS = {
    "role": "none",
    "search_path": "pg_catalog,pg_temp",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "quote_all_identifiers": "off",
    "bytea_output": "hex",
    "DateStyle": "ISO,YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "row_security": "on",
    "default_transaction_isolation": r"read\ committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "exit_on_error": "off",
    "enable_indexscan": "on",
    "enable_indexonlyscan": "on",
    "enable_bitmapscan": "on",
    "enable_seqscan": "on",
    "enable_sort": "on",
    "enable_hashjoin": "on",
    "enable_mergejoin": "on",
    "enable_nestloop": "on",
    "plan_cache_mode": "auto",
    "jit": "off",
}
"""Known to every PostgreSQL from 15 on, and open to every role."""
_OPTIONS = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())


def guarded(conninfo: str, purpose: str) -> str:
    """`conninfo` with our settings, and a name by which an administrator knows the session: `mingzhang <purpose>`.

    Options of its own (or of PGOPTIONS) stay, ours come last. Raises `psycopg.ProgrammingError` when it is none.
    """
    options = str(conninfo_to_dict(conninfo).get("options") or os.environ.get("PGOPTIONS", ""))
    if not options.endswith(_OPTIONS):
        options = f"{options} {_OPTIONS}".strip()
    return make_conninfo(conninfo, application_name=f"{PRODUCT} {purpose}", options=options)


def open_connection(conninfo: str, purpose: str, **options: Any) -> Connection[Any]:
    """A guarded connection; `options` are psycopg's. Raises psycopg errors as they come."""
    connection: Connection[Any] = psycopg.connect(guarded(conninfo, purpose), **options)
    if connection.info.server_version >= 170000:
        # Older servers do not know it, so it cannot be asked for at the start.
        connection.execute("SET transaction_timeout = 0")
        if not connection.autocommit:
            connection.commit()
    return connection
