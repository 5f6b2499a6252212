"""An office's ledger under a superuser's hands, and what verification says of it."""

from typing import Any

import psycopg

from ledger.verify import Verdict, verify
from ledger.verify_database import DatabaseSource
from tests.torture.office import Office
from tests.torture.rules import RULES, TABLES


def check(office: Office, **options: Any) -> Verdict:
    """Verify it, in this process unless `options` say otherwise."""
    return verify(DatabaseSource(office.dsn, TABLES), RULES, **({"processes": 1} | options))


def codes(verdict: Verdict) -> set[str]:
    """The codes of its faults."""
    return {fault.code for fault in verdict.faults}


def tamper(office: Office, statement: str, *params: Any) -> None:
    """Run a statement on its tables; no trigger fires."""
    with psycopg.connect(office.dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(TABLES.sql(statement), params)
