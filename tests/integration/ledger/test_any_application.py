"""Any `eventsourcing` application gets a ledger by configuration alone, and a signed head with it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError, ProgrammingError

from ledger.checkpoint import open_checkpoint
from ledger.recorder import LedgerApplicationRecorder
from ledger.schema import Tables
from ledger.store import read_lines, read_opened


class Dog(Aggregate):
    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name
        self.tricks: list[str] = []

    @event("TrickAdded")
    def add_trick(self, trick: str) -> None:
        self.tricks.append(trick)


class Kennel(Application[UUID]):
    snapshotting_intervals = {Dog: 2}  # noqa: RUF012  # the library's own way of configuration


def kennel(database: Any, **env: str) -> Kennel:
    return Kennel({"PERSISTENCE_MODULE": "ledger", "LEDGER_DSN": database.admin_dsn, **env})


def test_an_application_writes_lines_reads_them_back_and_keeps_snapshots_beside(database: Any) -> None:
    with kennel(database) as app:
        dog = Dog("小白")
        app.save(dog)
        for trick in ("坐", "握手", "打滚"):
            dog.add_trick(trick)
            app.save(dog)
        again: Dog = app.repository.get(dog.id)
        assert again.tricks == ["坐", "握手", "打滚"]
        assert [notification.id for notification in app.recorder.select_notifications(None, 10)] == [1, 2, 3, 4]
        stale: Dog = app.repository.get(dog.id, version=2)
        stale.add_trick("迟到")
        with pytest.raises(IntegrityError):
            app.save(stale)
    with psycopg.connect(database.admin_dsn) as connection:
        assert len(read_lines(connection, Tables("public", "kennel"), 0, 100)) == 5


def test_heads_are_signed_from_the_first_line_on_when_a_key_is_given(database: Any, tmp_path: Path) -> None:
    file = tmp_path / "log.pem"
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with kennel(database, LEDGER_KEY_FILE=str(file), LEDGER_ORIGIN="kennel.example/1") as app:
        assert isinstance(app.recorder, LedgerApplicationRecorder)
        with psycopg.connect(database.admin_dsn) as connection:
            opened = read_opened(connection, app.recorder.tables)
        assert open_checkpoint(app.recorder.checkpoint(), opened.log_keys, "kennel.example/1").size == 1
        app.save(Dog("小黑"))
        assert open_checkpoint(app.recorder.checkpoint(), opened.log_keys).size == 2


def test_without_a_key_asking_for_a_signed_head_says_what_to_set(database: Any) -> None:
    with kennel(database) as app:
        assert isinstance(app.recorder, LedgerApplicationRecorder)
        with pytest.raises(ProgrammingError, match="LEDGER_KEY_FILE"):
            app.recorder.checkpoint()
