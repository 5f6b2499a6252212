"""Ledgers for tests of the ledger alone: no casework, plain events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.batch import Command, NewEvent
from ledger.committer import Committer
from ledger.note import NoteSigner
from ledger.opening import create_tables, open_ledger
from ledger.schema import Tables, grant_statements
from ledger.store import read_lines

TABLES = Tables("ledger", "test")
ORIGIN = "test.example/ledger"
SIGNER = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def open_test_ledger(admin_dsn: str, tables: Tables = TABLES, role: str = "mingzhang_service") -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        create_tables(connection, tables)
        for statement in grant_statements(tables, role):
            connection.execute(statement)
        open_ledger(connection, tables, ORIGIN, log_keys=[SIGNER.key])


@contextmanager
def committer_on(dsn: str, tables: Tables = TABLES, **options: Any) -> Iterator[Committer]:
    committer = Committer(lambda: psycopg.connect(dsn), tables, origin=ORIGIN, signers=[SIGNER], **options)
    try:
        yield committer
    finally:
        committer.close()


def event(stream: UUID | None = None, version: int = 1, state: bytes = b'{"n":1}') -> NewEvent:
    return NewEvent(stream or uuid4(), version, "test.happened", state)


def command(stream: UUID | None = None, version: int = 1, **others: Any) -> Command:
    return Command((event(stream, version),), **others)


def all_lines(dsn: str, tables: Tables = TABLES) -> list[bytes]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return read_lines(connection, tables, 0, 10**6)
