"""The `eventsourcing` recorders over a ledger: `PERSISTENCE_MODULE=ledger`.

Line 0 is the ledger's own and stays out of the library's sight: its notification ids begin at 1, as it expects.
Snapshots and tracking are derived data; they live in the library's own tables and are not chained.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DataError,
    IntegrityError,
    Notification,
    OperationalError,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
    Tracking,
)
from eventsourcing.postgres import PostgresDatastore, PostgresRecorder, PostgresTrackingRecorder
from psycopg.rows import dict_row

from ledger.batch import Command, NewEvent
from ledger.committer import Committer
from ledger.connection import open_connection
from ledger.errors import Conflict, LedgerError, Moved
from ledger.line import LineTooLong, decode_line
from ledger.note import NoteSigner
from ledger.opening import create_tables, ensure_opened
from ledger.receipts import HeadSigner
from ledger.schema import Tables
from ledger.store import AnyConnection
from ledger.subscription import LedgerSubscription
from ledger.waiting import Committed


class LedgerRecorder(PostgresRecorder):
    """What the ledger's recorders share: the tables, the committer, and how lines become stored events."""

    def __init__(
        self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events", **kwargs: Any
    ) -> None:
        origin, signers = kwargs.pop("origin", ""), kwargs.pop("signers", ())
        super().__init__(datastore, **kwargs)
        name = events_table_name.removesuffix("_events")
        self.check_identifier_length(f"{name}_vault_keys")
        self.tables = Tables(datastore.schema, name, datastore.originator_id_type)
        self.origin = origin or f"{datastore.schema}.{name}"
        self.signers: tuple[NoteSigner, ...] = tuple(signers)
        self.committer = Committer(self.connect, self.tables, origin=self.origin, signers=self.signers)
        self._head_signer = HeadSigner(self.origin, self.signers)
        self._select = self.tables.sql("SELECT line FROM {lines} WHERE stream = %s AND index > 0")

    def connect(self, purpose: str = "append") -> AnyConnection:
        """A connection outside the pool, to the same database as the same role; what it is for shows in its name."""
        pool = self.datastore.pool
        kwargs = dict(pool.kwargs or {}) | {"row_factory": dict_row}  # type: ignore[arg-type]
        return open_connection(str(pool.conninfo), purpose, **kwargs)

    def _create_table(self, curs: Any) -> None:
        super()._create_table(curs)
        create_tables(curs.connection, self.tables)
        ensure_opened(curs.connection, self.tables, self.origin, [signer.key for signer in self.signers])

    def checkpoint(self) -> str:
        """The ledger's head as a C2SP checkpoint, signed: keep it, and `verify` will show any rewriting before it.

        Raises `ProgrammingError` when no key was configured (`LEDGER_KEY_FILE`).
        """
        if not self.signers:
            raise ProgrammingError("set LEDGER_KEY_FILE to have heads signed")
        with self.datastore.get_connection() as connection:
            return self._head_signer.sign_current(connection, self.tables)[1]

    def record(self, stored_events: Sequence[StoredEvent], tracking: Tracking | None = None) -> Committed:
        """Commit these events together and wait. Raises the library's errors."""
        events = tuple(
            NewEvent(event.originator_id, event.originator_version, _text(event.topic), event.state)
            for event in stored_events
        )
        with as_library_errors():
            return self.committer.submit(Command(events, also=self._also(tracking))).result()

    def _also(self, tracking: Tracking | None) -> Callable[[AnyConnection], None] | None:
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The stored events of one stream, by version."""
        statement, params = self._select, [originator_id]
        if gt is not None:
            statement += self.tables.sql(" AND version > %s")
            params.append(gt)  # type: ignore[arg-type]
        if lte is not None:
            statement += self.tables.sql(" AND version <= %s")
            params.append(lte)  # type: ignore[arg-type]
        statement += self.tables.sql(" ORDER BY version DESC" if desc else " ORDER BY version")
        if limit is not None:
            statement += self.tables.sql(" LIMIT %s")
            params.append(limit)  # type: ignore[arg-type]
        with self.datastore.get_connection() as connection:
            rows = connection.execute(statement, params).fetchall()
        return [_stored_event(originator_id, bytes(row["line"])) for row in rows]

    def close(self) -> None:
        """Commit what waits and stop the committer."""
        self.committer.close()


class LedgerAggregateRecorder(LedgerRecorder, AggregateRecorder):
    """Records events on the ledger without telling their positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record events. Raises `IntegrityError` when a version of a stream is not above its last one."""
        if stored_events:
            self.record(stored_events)
        return None


class LedgerApplicationRecorder(LedgerRecorder, ApplicationRecorder):
    """Records events on the ledger; a line's index is its notification id."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record events together. Raises `IntegrityError` when a version of a stream is not above its last one."""
        tracking = kwargs.get("tracking")
        if not stored_events and tracking is None:
            return []
        return list(self.record(stored_events, tracking).recorded.indexes)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Lines as notifications, from `start` to `stop` inclusive, of `topics` if given."""
        first = 1 if start is None else max(1, start if inclusive_of_start else start + 1)
        statement = self.tables.sql("SELECT stream, line FROM {lines} WHERE index >= %s")
        params: list[Any] = [first]
        if stop is not None:
            statement += self.tables.sql(" AND index <= %s")
            params.append(stop)
        if topics:
            statement += self.tables.sql(" AND type = ANY(%s)")
            params.append(list(topics))
        statement += self.tables.sql(" ORDER BY index LIMIT %s")
        with self.datastore.get_connection() as connection:
            rows = connection.execute(statement, [*params, limit]).fetchall()
        return [_notification(row["stream"], bytes(row["line"])) for row in rows]

    def max_notification_id(self) -> int | None:
        """The index of the last line, None when only line 0 is there."""
        with self.datastore.get_connection() as connection:
            row = connection.execute(self.tables.sql("SELECT max(index) AS last FROM {lines}")).fetchone()
        return (row and row["last"]) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Follow the ledger from after `gt` on."""
        return LedgerSubscription(self, partial(self.connect, "listen"), self.tables.channel, gt, topics)


class LedgerTrackingRecorder(PostgresTrackingRecorder):
    """The library's tracking, unchanged: positions of read models, which are derived data and not chained."""


class LedgerProcessRecorder(LedgerTrackingRecorder, LedgerApplicationRecorder, ProcessRecorder):
    """Events and a tracking position in one transaction."""

    tracking_recorder: ClassVar[type] = LedgerTrackingRecorder

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = "stored_events",
        tracking_table_name: str = "notification_tracking",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            datastore, tracking_table_name=tracking_table_name, events_table_name=events_table_name, **kwargs
        )

    def _also(self, tracking: Tracking | None) -> Callable[[AnyConnection], None] | None:
        if tracking is None:
            return None

        def move_on(connection: AnyConnection) -> None:
            with connection.cursor(row_factory=dict_row) as cursor:
                self._insert_tracking(cursor, tracking)

        return move_on


@contextmanager
def as_library_errors() -> Iterator[None]:
    """Turn the ledger's errors into those that users of `eventsourcing` catch."""
    try:
        yield
    except (Conflict, Moved) as error:
        raise IntegrityError(str(error)) from error
    except LineTooLong as error:
        raise DataError(str(error)) from error
    except LedgerError as error:
        raise OperationalError(str(error)) from error


def _text(topic: str) -> str:
    if "\x00" in topic:
        raise ProgrammingError("a topic cannot hold a NUL character")
    return topic


def _stored_event(stream: UUID | str, line: bytes) -> StoredEvent:
    parts = decode_line(line)
    return StoredEvent(stream, parts.version, parts.type, parts.state)


def _notification(stream: UUID | str, line: bytes) -> Notification:
    parts = decode_line(line)
    return Notification(stream, parts.version, parts.type, parts.state, parts.index)
