"""The infrastructure factory: the library's PostgreSQL settings (`POSTGRES_DBNAME`, …), and a ledger underneath.

`LEDGER_DSN`, if set, is a whole libpq connection string and takes the place of the five `POSTGRES_…` variables.
`LEDGER_ORIGIN` names the ledger when it is opened (default: schema and application name), and `LEDGER_KEY_FILE`, an
Ed25519 private key in PEM, has its heads signed from the first line on.
"""

from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, ProcessRecorder
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg.rows import dict_row

from ledger.connection import guarded
from ledger.note import NoteSigner
from ledger.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerRecorder,
    LedgerTrackingRecorder,
)

LEDGER_DSN = "LEDGER_DSN"
LEDGER_ORIGIN = "LEDGER_ORIGIN"
LEDGER_KEY_FILE = "LEDGER_KEY_FILE"


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
        self.datastore.pool.conninfo = guarded(dsn or "", "read")
        if dsn:
            self.datastore.pool.kwargs = {"row_factory": dict_row}
        self._recorders: list[LedgerRecorder] = []

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """The chained recorder for events; the library's own table for anything else, such as snapshots."""
        table = f"{self.env.name.lower() or 'stored'}_{purpose}"
        if purpose == "events":
            return cast(
                AggregateRecorder,
                self._ready(LedgerAggregateRecorder(self.datastore, events_table_name=table, **self._signing())),
            )
        recorder = PostgresAggregateRecorder(self.datastore, events_table_name=table)
        if self.env_create_table():
            recorder.create_table()
        return recorder

    def application_recorder(self) -> ApplicationRecorder:
        """The chained recorder of an application."""
        recorder = LedgerApplicationRecorder(self.datastore, events_table_name=self._events_table(), **self._signing())
        return cast(ApplicationRecorder, self._ready(recorder))

    def process_recorder(self) -> ProcessRecorder:
        """The chained recorder of an application that also follows others."""
        recorder = LedgerProcessRecorder(
            self.datastore,
            events_table_name=self._events_table(),
            tracking_table_name=f"{self.env.name.lower() or 'notification'}_tracking",
            **self._signing(),
        )
        return cast(ProcessRecorder, self._ready(recorder))

    def close(self) -> None:
        """Stop the committers, then close the pool."""
        for recorder in getattr(self, "_recorders", ()):
            recorder.close()
        super().close()

    def _signing(self) -> dict[str, Any]:
        origin = (
            self.env.get(LEDGER_ORIGIN) or f"{self.datastore.schema}.{self._events_table().removesuffix('_events')}"
        )
        file = self.env.get(LEDGER_KEY_FILE)
        if not file:
            return {"origin": origin}
        key = load_pem_private_key(Path(file).read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise OSError(f"{LEDGER_KEY_FILE} {file} is not an Ed25519 private key in PEM")
        return {"origin": origin, "signers": [NoteSigner(origin, key)]}

    def _events_table(self) -> str:
        return f"{self.env.name.lower() or 'stored'}_events"

    def _ready(self, recorder: LedgerRecorder) -> LedgerRecorder:
        if self.env_create_table():
            recorder.create_table()
        self._recorders.append(recorder)
        return recorder
