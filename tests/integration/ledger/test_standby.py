"""A wait for the synchronous standby that was cancelled counts as not done: nobody is told, nothing is signed.

The standby of these tests is one that does not exist: commits wait for it until somebody cancels the wait. Making it
unnecessary is as good as its coming back.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from deploy.postgres import Server
from ledger.batch import Command
from ledger.durable import StandbyAway, confirm
from ledger.errors import OutcomeUnknown
from ledger.receipts import HeadSigner
from ledger.store import read_head
from ledger.waiting import Committed
from tests.conftest import Database, fresh_database, open_directory
from tests.ledgers import ORIGIN, SIGNER, TABLES, all_lines, command, committer_on, event, open_test_ledger


@pytest.fixture(scope="module")
def own_server(bindir: Path | None) -> Iterator[Server]:
    """Its settings are for the whole server, so it is nobody else's."""
    server = Server(open_directory() / "data", bindir=bindir, settings={"fsync": "off"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ledger(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr("ledger.durable.PATIENCE", 0.4)  # it never comes
    with fresh_database(own_server) as database:
        open_test_ledger(database.admin_dsn)
        yield database
        standby(database, "")


def standby(database: Database, name: str) -> None:
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute("SHOW synchronous_standby_names").fetchone() != (name,):
            time.sleep(0.01)
    # The process that tells the backends has to have read it, too.
    time.sleep(0.1)


def cancel_the_wait(database: Database, how: str = "pg_cancel_backend") -> None:
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        ended: list[Any] = []
        while not ended:
            ended = connection.execute(
                f"SELECT {how}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()"
            ).fetchall()
            time.sleep(0.01)


def keyed() -> Command:
    return Command((event(),), key=uuid4(), same=b'{"n"')


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_whose_wait_was_cancelled_is_not_acknowledged(ledger: Database, how: str) -> None:
    one = keyed()
    with committer_on(ledger.service_dsn) as committer:
        committer.submit(command()).result()
        standby(ledger, "nobody")
        answer: Future[Committed] = committer.submit(one)
        cancel_the_wait(ledger, how)
        error = answer.exception()
        assert isinstance(error, OutcomeUnknown), error
        assert len(all_lines(ledger.service_dsn)) == 3, "it stands here, and may be lost yet"
        # Sent again, it is still nothing that anybody may be told.
        assert isinstance(committer.submit(one).exception(), StandbyAway)
        with committer_on(ledger.service_dsn) as another:
            assert isinstance(another.submit(one).exception(), StandbyAway)
        standby(ledger, "")
        again = committer.submit(one).result().recorded
        assert (again.indexes, again.again) == ((2,), True)
    assert len(all_lines(ledger.service_dsn)) == 3


def test_no_head_is_signed_that_the_standby_has_not_confirmed(ledger: Database) -> None:
    signer = HeadSigner(ORIGIN, [SIGNER])
    with committer_on(ledger.service_dsn) as committer, psycopg.connect(ledger.service_dsn, autocommit=True) as reader:
        assert signer.sign_current(reader, TABLES)[0].size == 1
        standby(ledger, "nobody")
        answer = committer.submit(command())
        cancel_the_wait(ledger)
        assert isinstance(answer.exception(), OutcomeUnknown)
        head = read_head(reader, TABLES)
        assert head is not None
        assert head.size == 2
        with pytest.raises(StandbyAway):
            signer.sign_current(reader, TABLES)
        standby(ledger, "")
        assert signer.sign_current(reader, TABLES)[0].size == 2


def test_without_a_standby_nothing_is_written_to_confirm(ledger: Database) -> None:
    with psycopg.connect(ledger.service_dsn, autocommit=True) as connection:
        before = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        confirm(connection)
        assert connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone() == before
