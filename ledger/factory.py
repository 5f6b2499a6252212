"""The infrastructure factory: the library's PostgreSQL settings (`POSTGRES_DBNAME`, …), and a ledger underneath.

`LEDGER_DSN`, if set, is a whole libpq connection string and takes the place of the five `POSTGRES_…` variables.
"""

from typing import cast

from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, ProcessRecorder
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg.rows import dict_row

from ledger.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerRecorder,
    LedgerTrackingRecorder,
)

LEDGER_DSN = "LEDGER_DSN"


class LedgerFactory(PostgresFactory):
    """Constructs the ledger's recorders. Closing it commits what waits."""

    aggregate_recorder_class = LedgerAggregateRecorder  # type: ignore[assignment]
    application_recorder_class = LedgerApplicationRecorder  # type: ignore[assignment]
    tracking_recorder_class = LedgerTrackingRecorder
    process_recorder_class = LedgerProcessRecorder  # type: ignore[assignment]

    def __init__(self, env: Environment | EnvType | None) -> None:
        environment = env if isinstance(env, Environment) else Environment(env=env)
        dsn = environment.get(LEDGER_DSN)
        if dsn:
            for name in (self.POSTGRES_DBNAME, self.POSTGRES_HOST, self.POSTGRES_USER, self.POSTGRES_PASSWORD):
                environment.setdefault(name, "")
        super().__init__(environment)
        if dsn:
            self.datastore.pool.conninfo = dsn
            self.datastore.pool.kwargs = {"row_factory": dict_row}
        self._recorders: list[LedgerRecorder] = []

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """The chained recorder for events; the library's own table for anything else, such as snapshots."""
        table = f"{self.env.name.lower() or 'stored'}_{purpose}"
        if purpose == "events":
            return cast(
                AggregateRecorder, self._ready(LedgerAggregateRecorder(self.datastore, events_table_name=table))
            )
        recorder = PostgresAggregateRecorder(self.datastore, events_table_name=table)
        if self.env_create_table():
            recorder.create_table()
        return recorder

    def application_recorder(self) -> ApplicationRecorder:
        """The chained recorder of an application."""
        recorder = LedgerApplicationRecorder(self.datastore, events_table_name=self._events_table())
        return cast(ApplicationRecorder, self._ready(recorder))

    def process_recorder(self) -> ProcessRecorder:
        """The chained recorder of an application that also follows others."""
        recorder = LedgerProcessRecorder(
            self.datastore,
            events_table_name=self._events_table(),
            tracking_table_name=f"{self.env.name.lower() or 'notification'}_tracking",
        )
        return cast(ProcessRecorder, self._ready(recorder))

    def close(self) -> None:
        """Stop the committers, then close the pool."""
        for recorder in getattr(self, "_recorders", ()):
            recorder.close()
        super().close()

    def _events_table(self) -> str:
        return f"{self.env.name.lower() or 'stored'}_events"

    def _ready(self, recorder: LedgerRecorder) -> LedgerRecorder:
        if self.env_create_table():
            recorder.create_table()
        self._recorders.append(recorder)
        return recorder
