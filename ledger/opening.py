"""Opening a ledger: its tables, and line 0, the root of all trust (design §3.2)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from psycopg import sql

from ledger.errors import LedgerError
from ledger.jws import Key
from ledger.line import ZERO_HASH, encode_line, line_hash, timestamp, utc_now
from ledger.note import NoteKey
from ledger.schema import Tables, create_statements
from ledger.store import AnyConnection, Opened, read_head, read_line

FORMAT = "mingzhang-ledger/1"
SUITE = "sha256-rfc9162"


class AlreadyOpened(LedgerError):
    """There is a ledger here already; a ledger is opened once."""

    code = "ledger.exists"


@dataclass(frozen=True)
class Administrator:
    """A first administrator: officer id (a UUID in text), public key, and `unit`, where they belong.

    Their private keys never come here.
    """

    officer: str
    key: Key
    unit: str


def create_tables(connection: AnyConnection, tables: Tables) -> None:
    """Make the schema's tables, triggers and functions; harmless when they are there. Needs an owner's rights.

    Raises psycopg errors as they come.
    """
    with connection.transaction():
        # Two processes starting together would trip over each other's CREATE … IF NOT EXISTS.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (tables.lock,))
        row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (tables.schema,)).fetchone()
        if row is None:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(tables.schema)))
        name = f'"{tables.schema}"."{tables.name}_lines"'
        if connection.execute("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (name,)).fetchone():
            return
        for statement in create_statements(tables):
            connection.execute(statement, prepare=False)


def check_origin(origin: str) -> None:
    """An origin names the log's key too (C2SP signed-note): no spaces, no +, printable. Raises `LedgerError`."""
    if not origin or len(origin) > 200 or any(c.isspace() or c == "+" or not c.isprintable() for c in origin):
        raise LedgerError(f"an origin is a name without spaces and +: {origin!r}", code="ledger.origin", origin=origin)


def open_ledger(
    connection: AnyConnection,
    tables: Tables,
    origin: str,
    *,
    log_keys: Sequence[NoteKey] = (),
    administrators: Sequence[Administrator] = (),
    simulated_from: datetime | None = None,
) -> Opened:
    """Write line 0 and the first head, in one transaction. Raises `AlreadyOpened`.

    `simulated_from` makes it a simulation, for ever: line 0 says so and is dated thus, and its time goes on from there.
    If we crash before the COMMIT there is no ledger, and this can be run again.
    """
    check_origin(origin)
    event = {
        "format": FORMAT,
        "suite": SUITE,
        "origin": origin,
        "log_keys": [key.vkey() for key in log_keys],
        "administrators": [
            {"officer": admin.officer, "jwk": admin.key.jwk(), "unit": admin.unit} for admin in administrators
        ],
        "simulation": simulated_from is not None,
    }
    stream = str(uuid5(NAMESPACE_URL, f"ledger:{origin}"))
    at = timestamp(simulated_from or utc_now())
    line = encode_line(0, ZERO_HASH, at, stream, 1, "ledger.opened", orjson.dumps(event), plain=True)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (tables.lock,))
        if read_line(connection, tables, 0) is not None or read_head(connection, tables) is not None:
            raise AlreadyOpened(f"there is a ledger {tables.schema}.{tables.name} in this database already")
        _write_opening(connection, tables, stream, line)
    return Opened.read(line)


def _write_opening(connection: AnyConnection, tables: Tables, stream: Any, line: bytes) -> None:
    connection.execute(
        tables.sql(
            "INSERT INTO {lines} (index, version, stream, type, line)"
            " VALUES (0, 1, %s::{stream_type}, 'ledger.opened', %s)"
        ),
        (stream, line),
    )
    connection.execute(tables.sql("INSERT INTO {heads} (size, root) VALUES (1, %s)"), (line_hash(line),))


def ensure_opened(connection: AnyConnection, tables: Tables, origin: str, log_keys: Sequence[NoteKey] = ()) -> None:
    """Open a ledger without administrators if there is none: what an `eventsourcing` application gets."""
    if read_line(connection, tables, 0) is None:
        # Another process may be faster, which is as good.
        with suppress(AlreadyOpened):
            open_ledger(connection, tables, origin, log_keys=log_keys)
