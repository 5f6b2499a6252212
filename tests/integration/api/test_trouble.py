"""The database goes away in the middle of a request: each act of it is told what is true of that act."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from api.rules import CASEWORK_TABLES
from api.service import Service
from tests.county import submit_data
from tests.integration.api.conftest import Office

MISSING = {"missing": ["income"]}


@pytest.fixture
def service(office: Office) -> Service:
    service: Service = office.county.app.state.service
    return service


def submission(office: Office) -> str:
    data, disclosures = submit_data()
    return office.sign(office.county.clerk, str(uuid4()), "apply.submit", data, disclosures=disclosures)


def told(results: list[dict[str, Any]]) -> list[Any]:
    return [result["problem"]["code"] if "problem" in result else result["status"] for result in results]


@contextmanager
def nobody_but(server: Any, name: str, pids: list[int]) -> Iterator[None]:
    """The database `name` takes no new connection, and has cut all but these."""
    with psycopg.connect(server.admin_dsn("postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> ALL(%s)",
                (name, pids),
            )
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def committer_of(service: Service) -> int:
    """Its backend."""
    connection = service.committer._connection
    assert connection is not None
    return connection.info.backend_pid


def batch_cut_off_at_its_commit(
    office: Office, service: Service, database: Any, server: Any, messages: list[str]
) -> list[dict[str, Any]]:
    """The results when the database goes away for all but the committer after the acts were handed in."""
    ended = threading.Event()

    def cut_off() -> None:
        with psycopg.connect(database.admin_dsn, autocommit=True) as looking:
            while not looking.execute(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchone():
                pass
        with nobody_but(server, database.name, [committer_of(service), gate.info.backend_pid]):
            gate.close()
            ended.wait()

    with psycopg.connect(database.service_dsn, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(%s)", (CASEWORK_TABLES.lock,))
        cutter = threading.Thread(target=cut_off)
        cutter.start()
        try:
            return office.batch(messages)
        finally:
            ended.set()
            cutter.join()


def test_an_act_that_cannot_be_decided_was_not_done_and_the_one_before_it_is_recorded(
    office: Office, service: Service, module_database: Any, server: Any
) -> None:
    case = office.new_case()
    messages = [submission(office), office.sign(office.county.clerk, case, "apply.accept", {}), submission(office)]
    size = office.size()
    service.forget(UUID(case))
    with nobody_but(server, module_database.name, [committer_of(service)]):
        results = office.batch(messages)
    assert told(results) == [201, "database.away", "database.away"]
    assert [results[n]["status"] for n in (1, 2)] == [503, 503]
    assert office.size() == size + 1
    assert told(office.batch(messages)) == [201] * 3
    assert office.size() == size + 3


def test_a_repeated_act_whose_receipt_cannot_be_made_is_unknown_and_the_new_one_is_answered(
    office: Office, service: Service, module_database: Any, server: Any
) -> None:
    old, new = submission(office), submission(office)
    index = office.record(old)["index"]
    results = batch_cut_off_at_its_commit(office, service, module_database, server, [old, new])
    assert told(results) == ["commit.unknown", 201]
    again = office.batch([old, new])
    assert told(again) == [201, 201]
    assert again[0]["index"] == index
    assert again[1]["hash"] == results[1]["hash"]


def test_an_act_that_has_to_be_decided_again_and_cannot_was_not_done_and_the_new_one_is_answered(
    office: Office, service: Service, module_database: Any, server: Any
) -> None:
    case, clerk = office.new_case(), office.county.clerk
    moved, new = office.sign(clerk, case, "apply.accept", {}), submission(office)
    office.record(office.sign(clerk, case, "apply.return", MISSING), office.another())
    size = office.size()
    results = batch_cut_off_at_its_commit(office, service, module_database, server, [moved, new])
    assert told(results) == ["database.away", 201]
    assert office.size() == size + 1
    assert told(office.batch([moved, new])) == ["act.stale", 201]
