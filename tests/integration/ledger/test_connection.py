"""Settings stored for a role change nothing of what is recorded, read and verified."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from ledger.connection import guarded, open_connection
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.conftest import Database
from tests.ledgers import TABLES, command, committer_on, open_test_ledger

HOSTILE = {
    "search_path": "nowhere",
    "statement_timeout": "1",
    "lock_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "idle_session_timeout": "1",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "bytea_output": "escape",
    "datestyle": "SQL, DMY",
    "intervalstyle": "iso_8601",
    "timezone": "Asia/Shanghai",
    "client_encoding": "LATIN1",
    "row_security": "off",
    "exit_on_error": "on",
    "enable_indexscan": "off",
    "enable_nestloop": "off",
    "jit": "on",
    "plan_cache_mode": "force_generic_plan",
}


@pytest.fixture
def hostile(database: Database) -> Database:
    """A database that greets the service's role with everything a thief of its password could store for it."""
    with psycopg.connect(database.service_dsn, autocommit=True) as connection:
        newer = {"transaction_timeout": "10s"} if connection.info.server_version >= 170000 else {}
        for name, value in (HOSTILE | newer).items():
            connection.execute(
                f"ALTER ROLE CURRENT_USER IN DATABASE \"{database.name}\" SET {name} = '{value}'".encode()
            )
    return database


def test_what_is_stored_for_a_role_is_overridden(hostile: Database):
    with open_connection(hostile.service_dsn, "test", autocommit=True) as connection:
        for name, value in HOSTILE.items():
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            assert row != (value,), name
        running = connection.execute(
            "SELECT count(*) FROM pg_settings WHERE setting <> '0' AND (name ~ '^idle_.*_timeout$'"
            " OR name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout')) AND context = 'user'"
        )
        assert running.fetchone() == (0,)
        shown = connection.execute("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        assert shown.fetchone() == ("mingzhang test",)


def test_options_of_ones_own_stay():
    kept = guarded("host=db.example dbname=d options='-c work_mem=64MB -c jit=on'", "read")
    options = psycopg.conninfo.conninfo_to_dict(kept)["options"]
    assert str(options).startswith("-c work_mem=64MB -c jit=on -c role=none ")
    assert str(options).endswith("-c jit=off")
    assert guarded(kept, "read") == kept


def test_recording_and_verifying_go_on_whatever_is_stored(hostile: Database):
    open_test_ledger(hostile.admin_dsn)
    with committer_on(guarded(hostile.service_dsn, "append")) as committer:
        for _ in range(3):
            committer.submit(command()).result()
    verdict = verify(DatabaseSource(hostile.service_dsn, TABLES), None, processes=1)
    assert (verdict.faults, verdict.size) == ((), 4)
    noted = {str(note.params["what"]).split("=")[0].lower() for note in verdict.notes}
    assert set(HOSTILE) <= noted
    assert {note.code for note in verdict.notes} == {"protection.stored"}


class Counter(Aggregate):
    @event("Counted")
    def count(self) -> None: ...


def test_an_application_goes_on_whatever_is_stored(hostile: Database):
    with psycopg.connect(hostile.admin_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app AUTHORIZATION mingzhang_service")
    env = {"PERSISTENCE_MODULE": "ledger", "LEDGER_DSN": hostile.service_dsn, "POSTGRES_SCHEMA": "app"}
    application = Application[UUID](env=env)
    try:
        counter = Counter()
        counter.count()
        application.save(counter)
        assert application.repository.get(counter.id).version == 2
    finally:
        application.close()
