"""The test cases that `eventsourcing` ships for persistence modules, unchanged, on a real PostgreSQL.

The base classes live in a namespace of their own so that pytest collects only what is bound to our recorders.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import TrackingRecorder
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.tests import application as application_cases
from eventsourcing.tests import persistence as cases
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from ledger import LedgerFactory
from ledger.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
)


def parts(dsn: str) -> dict[str, str]:
    return {key: str(value) for key, value in conninfo_to_dict(dsn).items()}


@contextlib.contextmanager
def datastore_in(dsn: str, **options: Any) -> Iterator[PostgresDatastore]:
    info = parts(dsn)
    with PostgresDatastore(
        info["dbname"], info["host"], info.get("port", "5432"), info["user"], info["password"], pool_size=4, **options
    ) as datastore:
        yield datastore


class Recorders:
    """Gives every case a fresh database and stops what it started."""

    id_type = "uuid"
    recorder_class: type[Any]

    @pytest.fixture(autouse=True)
    def _datastore(self, database: Any) -> Iterator[None]:
        self.made: list[Any] = []
        with datastore_in(database.admin_dsn, originator_id_type=self.id_type) as self.datastore:
            yield
            for recorder in self.made:
                recorder.close()

    def create_recorder(self) -> Any:
        recorder = self.recorder_class(self.datastore)
        recorder.create_table()
        if hasattr(recorder, "close"):
            self.made.append(recorder)
        return recorder

    def new_originator_id(self) -> UUID | str:
        return uuid4() if self.id_type == "uuid" else f"档案-{uuid4()}"


class TestAggregateRecorder(Recorders, cases.AggregateRecorderTestCase):
    recorder_class = LedgerAggregateRecorder


class TestAggregateRecorderWithTextIds(TestAggregateRecorder):
    id_type = "text"


class TestApplicationRecorder(Recorders, cases.ApplicationRecorderTestCase):
    recorder_class = LedgerApplicationRecorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderWithTextIds(TestApplicationRecorder):
    id_type = "text"


class TestTrackingRecorder(Recorders, cases.TrackingRecorderTestCase):
    recorder_class = LedgerTrackingRecorder


class TestProcessRecorder(Recorders, cases.ProcessRecorderTestCase):
    recorder_class = LedgerProcessRecorder


class TestNonInterleavingNotificationIds(Recorders, cases.NonInterleavingNotificationIDsBaseCase):
    recorder_class = LedgerApplicationRecorder


class OwnTrackingRecorder(LedgerTrackingRecorder):
    pass


class TestInfrastructureFactory(cases.InfrastructureFactoryTestCase):
    @pytest.fixture(autouse=True)
    def _environment(self, database: Any) -> None:
        self.env = Environment("TestCase", environment(database.admin_dsn))

    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_aggregate_recorder_class(self) -> type[Any]:
        return LedgerAggregateRecorder

    def expected_application_recorder_class(self) -> type[Any]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[PostgresTrackingRecorder]:
        return LedgerTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return OwnTrackingRecorder

    def expected_process_recorder_class(self) -> type[Any]:
        return LedgerProcessRecorder


def environment(dsn: str) -> dict[str, str]:
    info = parts(dsn)
    return {
        "PERSISTENCE_MODULE": "ledger",
        "POSTGRES_DBNAME": info["dbname"],
        "POSTGRES_HOST": info["host"],
        "POSTGRES_PORT": info.get("port", "5432"),
        "POSTGRES_USER": info["user"],
        "POSTGRES_PASSWORD": info["password"],
    }


class TestApplications(application_cases.ExampleApplicationTestCase):
    """Whole applications of the library's own, on a ledger by configuration alone."""

    timeit_number = 30
    expected_factory_topic = "ledger.factory:LedgerFactory"

    @pytest.fixture(autouse=True)
    def _environment(self, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in environment(database.admin_dsn).items():
            monkeypatch.setenv(name, value)
