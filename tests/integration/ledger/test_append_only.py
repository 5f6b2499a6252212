"""Append-only in the database: what the service's role, and even the owner, cannot simply do."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.rules import CASEWORK_TABLES
from ledger.schema import TABLES as NAMES
from ledger.schema import schema_sql
from tests.ledgers import TABLES, open_test_ledger


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_service_can_insert_and_read_and_nothing_else(database: Any, table: str, statement: str) -> None:
    open_test_ledger(database.admin_dsn)
    column = {"lines": "type", "tiles": "hashes", "heads": "root", "vault": "sealed", "vault_keys": "kek"}[table]
    text = statement.replace("{}", f"ledger.test_{table}", 1).replace("{}", column)
    with psycopg.connect(database.service_dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(text)
        connection.execute(f"SELECT count(*) FROM ledger.test_{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"ALTER TABLE ledger.test_{table} DISABLE TRIGGER ALL")


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("lines", "9, 1, gen_random_uuid(), NULL, 'x', decode(repeat('00', 65536), 'hex')"),
        ("lines", "9, 1, gen_random_uuid(), NULL, repeat('x', 1025), ''"),
        ("vault", "9, ARRAY[decode(repeat('00', 2200000), 'hex')]"),
        ("vault", "9, array_fill(''::bytea, ARRAY[600000])"),
        ("vault_keys", "gen_random_uuid(), repeat('x', 256), ''"),
        ("vault_keys", "gen_random_uuid(), 'x', decode(repeat('00', 1025), 'hex')"),
    ],
)
def test_nobody_fills_the_disk_with_one_row(database: Any, table: str, values: str) -> None:
    open_test_ledger(database.admin_dsn)
    with (
        psycopg.connect(database.service_dsn, autocommit=True) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(f"INSERT INTO ledger.test_{table} VALUES ({values})".encode())


@pytest.mark.parametrize("statement", ["UPDATE {} SET type = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_owner_is_stopped_by_the_trigger_and_told_why(database: Any, statement: str) -> None:
    open_test_ledger(database.admin_dsn)
    with (
        psycopg.connect(database.admin_dsn, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        connection.execute(statement.format("ledger.test_lines"))


def test_the_sql_under_deploy_is_what_the_software_would_run(database: Any) -> None:
    script = Path(__file__).parents[3] / "deploy" / "ledger.sql"
    assert script.read_text() == schema_sql(CASEWORK_TABLES, "mingzhang_service"), (
        "mingzhang schema > deploy/ledger.sql"
    )
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute(script.read_text())
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'ledger'").fetchone()
    assert found == (len(NAMES),)


def test_one_database_holds_several_ledgers_side_by_side(database: Any) -> None:
    from ledger.schema import Tables

    open_test_ledger(database.admin_dsn)
    open_test_ledger(database.admin_dsn, Tables("ledger", "other"))
    open_test_ledger(database.admin_dsn, Tables("neighbour", TABLES.name))
