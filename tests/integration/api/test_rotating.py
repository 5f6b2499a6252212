"""The ledger's own keys are changed: what was signed before stays good, and nothing after it is signed by the old."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.log_keys import log_signers, make_log_signers
from api.opening import ensure_ledger
from api.publishing.directory import CHECKPOINT, TileDirectory
from api.rotating import rotate_log_keys
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings
from domain.refusal import EVENT as REFUSAL
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_receipt
from ledger.errors import LedgerError
from ledger.line import line_hash
from ledger.log_keys import read_log_keys
from ledger.note import ED25519, ML_DSA_44, NoteError, open_note
from ledger.seal import sealed_state
from ledger.store import read_opened
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from ledger.verify_kept import read_kept
from tests.forging import append_line, places, remove_beyond
from tests.integration.api.conftest import Office
from tests.service import publish


@pytest.fixture
def admin_dsn(module_database: Any) -> str:
    found: str = module_database.admin_dsn
    return found


def faults(admin_dsn: str, *kept: str) -> set[tuple[str, int | None]]:
    heads = [read_kept(f"kept {number}", note) for number, note in enumerate(kept)]
    return places(verify(DatabaseSource(admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, kept=heads, processes=1))


def test_keys_are_changed_without_a_break(office: Office, admin_dsn: str) -> None:
    settings, old = office.settings, office.county.app.state.service
    before = office.get("/ledger/head").json()
    receipt = parse_receipt(office.get("/receipts/3").text)
    publish(settings)
    done = rotate_log_keys(settings.dsn or "", settings.data)
    assert [key.type for key in done.keys] == [ED25519, ML_DSA_44]
    assert tuple(done.before) == old.opened.log_keys

    worker = office.another()
    now = office.get("/ledger/head", worker).json()
    assert now["log_keys"] == [key.vkey() for key in done.keys]
    assert open_checkpoint(now["checkpoint"], done.keys).size > done.index
    with pytest.raises(NoteError):
        open_note(now["checkpoint"], done.before)

    case = office.new_case()  # by the worker that runs on: in earnest, none does
    message = office.sign(office.county.clerk, case, "confirm.notify", {"on": "2026-01-01"})
    assert office.send(message, worker).status_code >= 400

    publish(settings)
    note = TileDirectory(settings.data).read_note(CHECKPOINT) or ""
    assert len(open_note(note, done.keys)[1]) == 2
    assert office.run(worker.post("/ledger/seals")).status_code == 201

    assert faults(admin_dsn, before["checkpoint"], now["checkpoint"], note) == set()
    line = office.get("/ledger/lines/3").content
    assert receipt.verify(line_hash(line), done.before).size <= done.index


def test_what_the_old_key_signs_afterwards_is_named(office: Office, admin_dsn: str, tmp_path: Path) -> None:
    settings = office.settings
    done = rotate_log_keys(settings.dsn or "", settings.data)
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        opened = read_opened(connection, CASEWORK_TABLES)
        keys = read_log_keys(connection, CASEWORK_TABLES, opened)
    assert keys.now == tuple(done.keys)
    old = next(signer for signer in office.county.app.state.service.log_signers if signer.type == ED25519)
    publish(settings)
    head = office.get("/ledger/head", office.another()).json()
    size = head["size"]
    late = office.county.app.state.service.signer  # a worker of before does not know by whose key that was published
    with psycopg.connect(settings.dsn or "", autocommit=True) as connection, pytest.raises(NoteError):
        late.sign_current(connection, CASEWORK_TABLES)
    forged = Checkpoint(opened.origin, size, bytes.fromhex(head["root"])).sign([old])
    assert {code for code, _ in faults(admin_dsn, forged)} == {"since.signature"}
    stream = str(uuid4())
    index = append_line(admin_dsn, CASEWORK_TABLES, stream, 1, REFUSAL, sealed_state(old, REFUSAL, stream, 1, {}))
    assert ("line.seal", index) in faults(admin_dsn)
    remove_beyond(admin_dsn, CASEWORK_TABLES, size)
    assert faults(admin_dsn) == set()


def test_a_crash_at_any_step_leaves_the_old_keys_or_the_new(database: Any, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, dsn=database.service_dsn, admin_dsn=database.admin_dsn)
    ensure_ledger(settings, database.admin_dsn)
    directory = tmp_path / "keys"

    def in_force() -> list[str]:
        with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
            keys = read_log_keys(connection, CASEWORK_TABLES, read_opened(connection, CASEWORK_TABLES))
        return [signer.key.vkey() for signer in log_signers(tmp_path, keys)]

    first = in_force()
    made = rotate_log_keys(database.service_dsn, tmp_path)
    # crashed before the files got their names: they are found, and the next keys are others
    for number, key in enumerate(made.keys):
        (directory / f"log-{key.key_id.hex()}.pem").rename(directory / ["log-next.pem", "log-mldsa-next.pem"][number])
    assert in_force() == [key.vkey() for key in made.keys] != first
    again = rotate_log_keys(database.service_dsn, tmp_path)
    assert in_force() == [key.vkey() for key in again.keys]
    assert not {*first, *(key.vkey() for key in made.keys)} & set(in_force())
    assert sorted(path.name for path in directory.glob("*next*")) == []
    # crashed before the line: the old keys are in force, a start finds them, and the next try takes what was made
    pending = make_log_signers(directory, made.keys[0].name, pending=True)
    assert in_force() == [key.vkey() for key in again.keys]
    assert ensure_ledger(settings, database.admin_dsn).created is False
    again = rotate_log_keys(database.service_dsn, tmp_path)
    assert tuple(again.keys) == tuple(signer.key for signer in pending)
    # the key in force is gone: said so, and nothing changed
    current = directory / f"log-{again.keys[0].key_id.hex()}.pem"
    current.rename(tmp_path / "safe.pem")
    with pytest.raises(LedgerError) as missing:
        rotate_log_keys(database.service_dsn, tmp_path)
    assert missing.value.code == "ledger.no-key"
