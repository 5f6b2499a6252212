"""Whoever keeps the head lock stops recording, is named, and once gone leaves nothing behind."""

from __future__ import annotations

import psycopg
import pytest

from ledger.connection import guarded, open_connection
from ledger.head_lock import HeadLocked, check_head_lock, raise_if_locked
from tests.conftest import Database
from tests.ledgers import TABLES, command, committer_on, open_test_ledger


def held(dsn: str, name: str) -> psycopg.Connection[tuple[object, ...]]:
    """A session that keeps the head lock, outside any transaction, until it ends."""
    connection = psycopg.connect(dsn, autocommit=True, application_name=name)
    connection.execute("SELECT pg_advisory_lock(%s)", (TABLES.lock,))
    return connection


@pytest.mark.parametrize("who", ["service_dsn", "admin_dsn"])
def test_the_holder_is_named_to_whoever_cannot_have_the_lock(database: Database, who: str):
    with (
        held(getattr(database, who), "somebody") as holder,
        open_connection(database.service_dsn, "read", autocommit=True) as connection,
    ):
        with pytest.raises(HeadLocked) as said:
            check_head_lock(connection, TABLES)
        role = holder.info.user
        assert said.value.code == "commit.locked"
        assert {"pid": holder.info.backend_pid, "role": role, "application": "somebody"}.items() <= (
            said.value.params.items()
        )
        assert f"pg_terminate_backend({holder.info.backend_pid})" in str(said.value)
    with open_connection(database.service_dsn, "read", autocommit=True) as connection:
        check_head_lock(connection, TABLES)


def test_the_lock_of_another_ledger_is_nobodys_business(database: Database):
    with (
        psycopg.connect(database.service_dsn, autocommit=True) as other,
        open_connection(database.service_dsn, "read", autocommit=True) as connection,
    ):
        other.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock(%s)", (TABLES.lock + 1, TABLES.lock ^ 1 << 40))
        check_head_lock(connection, TABLES)
        raise_if_locked(psycopg.errors.LockNotAvailable("another lock"), connection, TABLES)


def test_a_commit_that_waits_in_vain_names_the_holder_and_the_next_one_goes_on(database: Database):
    open_test_ledger(database.admin_dsn)
    with committer_on(guarded(database.service_dsn, "append")) as committer:
        committer.submit(command()).result()
        with held(database.service_dsn, "somebody") as holder:
            with pytest.raises(HeadLocked) as said:
                committer.submit(command()).result()
            assert said.value.params["pid"] == holder.info.backend_pid
        assert committer.submit(command()).result().recorded.indexes == (2,)
