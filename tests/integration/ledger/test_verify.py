"""Verification of real ledgers: no false alarm, and what only a special attack shows.

`test_torture_short` does the rest.
"""

import threading
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from ledger.batch import Command, NewEvent
from ledger.committer import Committer
from ledger.errors import LedgerMissing
from ledger.jws import key_of
from ledger.line import line_hash
from ledger.opening import create_tables, open_ledger
from ledger.schema import Tables
from ledger.tree import TILE
from ledger.verify import Verdict, verify
from ledger.verify_database import DatabaseSource
from ledger.verify_kept import read_kept
from ledger.verify_worker import KekSource
from tests.conftest import Database
from tests.tampering import check, codes, tamper
from tests.torture.office import Office
from tests.torture.rules import RULES, TABLES

PLAIN = Tables("ledger", "plain")


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database.admin_dsn, seed=3)
    office.open()
    yield office
    office.close()


def plain_ledger(dsn: str, lines: int) -> None:
    """Cheap lines, many at once: an application's plain events."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        create_tables(connection, PLAIN)
        open_ledger(connection, PLAIN, "plain.example/1")
    committer = Committer(lambda: psycopg.connect(dsn, autocommit=True), PLAIN)
    stream, futures = uuid4(), []
    for first in range(1, lines, 400):
        events = [NewEvent(stream, n, "counted", b'{"n":%d}' % n, True) for n in range(first, min(first + 400, lines))]
        futures.append(committer.submit(Command(tuple(events))))
    for future in futures:
        future.result()
    committer.close()


def test_a_clean_ledger_has_no_fault_whoever_reads_it(office: Office):
    office.fill(2500)
    kek = KekSource(None, office.kek_text)
    kept = [read_kept("kept", office.kept_head())]
    alone = check(office, kek=kek, kept=kept)
    shared = check(office, kek=kek, kept=kept, processes=2)
    assert alone == shared
    assert alone.faults == ()
    assert alone.notes == ()
    assert alone.size == 2501
    assert alone.acts + sum(alone.unsigned.values()) == 2501
    assert "vault-contents" in alone.covered
    assert "projections" in alone.not_covered


def test_it_sees_one_ledger_while_another_line_is_written_every_moment(office: Office):
    office.fill(300)
    ended = threading.Event()

    def go_on() -> None:
        while not ended.is_set():
            office.send([office.note(office.cases[0])])

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        verdicts = [check(office) for _ in range(4)]
    finally:
        ended.set()
        writer.join()
    assert [verdict.faults for verdict in verdicts] == [()] * 4
    assert verdicts[0].size < verdicts[-1].size


def test_a_type_column_that_hides_a_registration_of_keys_changes_nothing_but_its_own_fault(office: Office):
    office.fill(200)
    tamper(office, "UPDATE {lines} SET type = 'nothing' WHERE type = 'officer.registered' AND index = 1")
    verdict = check(office)
    assert [(fault.code, fault.index) for fault in verdict.faults] == [("column.differs", 1)]


def test_without_its_key_the_vault_is_said_not_to_be_covered(office: Office):
    office.fill(60)
    other = "set_byte(sealed[1], 40, 255 - get_byte(sealed[1], 40))"
    tamper(office, f"UPDATE {{vault}} SET sealed[1] = {other} WHERE index = (SELECT min(index) FROM {{vault}})")
    verdict = check(office)
    assert verdict.faults == ()
    assert "vault-contents" in verdict.not_covered
    assert codes(check(office, kek=KekSource(None, office.kek_text))) == {"vault.broken"}


def test_the_fingerprint_and_the_signature_of_a_kept_head_tie_it_to_this_ledger(office: Office, database: Database):
    office.fill(20)
    own = check(office).fingerprint
    assert own is not None
    assert check(office, fingerprint=own.upper()).faults == ()
    assert codes(check(office, fingerprint="0" * 64)) == {"opening.fingerprint"}
    note = office.kept_head()
    forged = read_kept("forged", note.replace("office.example/torture\n2", "office.example/other\n2", 1))
    assert codes(check(office, kept=[forged])) == {"since.signature", "since.origin"}
    assert check(office, kept=[read_kept("kept", note)], trusted=[office.log.key]).faults == ()
    other = Office(database.admin_dsn, seed=4).log.key
    assert codes(check(office, kept=[read_kept("kept", note)], trusted=[other])) == {"since.signature"}


def test_a_key_said_to_be_compromised_marks_its_acts_without_unmaking_them(office: Office):
    office.send([office.register()])
    officer = list(office.officers)[2]
    case = str(uuid4())
    office.send([office.act("case.open", case, {"n": 1}, signer=officer)])
    command = office.revoke(officer)
    office.send([command])
    assert check(office).notes == ()
    # `since` stands in the act, so a second office says it from the start.
    officer = list(office.officers)[1]
    key = office.officers[officer]
    data = {"kid": key_of(key.public_key()).kid, "since": 1}
    office.send([office.act("case.open", str(uuid4()), {"n": 2}, signer=officer)])
    office.send([office.act("officer.revoke", officer, data, signer=office.administrators[0])])
    verdict = check(office)
    assert verdict.faults == ()
    assert [(note.code, note.index) for note in verdict.notes] == [("key.compromised", 4)]


def test_tiles_above_tiles_are_checked_and_a_plain_application_needs_no_rules(database: Database):
    plain_ledger(database.admin_dsn, TILE * TILE + 300)

    def look(processes: int) -> Verdict:
        return verify(DatabaseSource(database.admin_dsn, PLAIN), None, processes=processes)

    verdict = look(2)
    assert verdict.faults == ()
    assert verdict.size == TILE * TILE + 300
    assert "signatures" in verdict.not_covered
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            PLAIN.sql("UPDATE {tiles} SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1) WHERE level = 1")
        )
        connection.execute(PLAIN.sql("UPDATE {lines} SET line = set_byte(line, 215, 120) WHERE index = 40000"))
    named = {(fault.code, fault.where, fault.index) for fault in look(2).faults}
    assert ("tile.wrong", "tile", 0) in named
    assert ("line.altered", "line", 40_000) in named
    assert {index for _, where, index in named if where == "line"} == {40_000}


def test_a_whole_range_of_lines_gone_is_one_fault_and_what_follows_from_it(database: Database):
    plain_ledger(database.admin_dsn, 9000)
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(PLAIN.sql("DELETE FROM {lines} WHERE index BETWEEN 1500 AND 6500"))
    verdict = verify(DatabaseSource(database.admin_dsn, PLAIN), None, processes=1)
    missing = [(fault.index, fault.last, fault.count) for fault in verdict.faults if fault.code == "line.missing"]
    assert missing == [(1500, 6500, 5001)]
    assert codes(verdict) == {"line.missing", "head.unverifiable", "tile.unverifiable"}


def test_a_row_moved_out_of_all_bounds_is_found_without_walking_there(database: Database):
    plain_ledger(database.admin_dsn, 900)
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(PLAIN.sql("UPDATE {lines} SET index = 2::bigint ^ 61 WHERE index = 500"))
    verdict = verify(DatabaseSource(database.admin_dsn, PLAIN), None, processes=1)
    assert {"line.missing", "line.index"} <= codes(verdict)


def test_tables_that_are_gone_are_named_and_the_rest_is_checked(office: Office):
    office.fill(300)
    tamper(office, "DROP TABLE {heads}, {tiles}")
    assert codes(check(office)) == {"protection.table", "tile.missing", "head.missing"}


def test_a_table_turned_into_something_else_is_named(office: Office):
    office.fill(30)
    tamper(office, "ALTER TABLE {lines} ENABLE ROW LEVEL SECURITY")
    tamper(office, "CREATE RULE quiet AS ON INSERT TO {heads} DO INSTEAD NOTHING")
    tamper(office, "ALTER TABLE {vault} SET UNLOGGED")
    tamper(office, "ALTER TABLE {tiles} ADD COLUMN remark text")
    tamper(office, "ALTER ROLE CURRENT_USER SET session_replication_role = replica")
    try:
        found = {(fault.code, fault.params.get("what", fault.params.get("column"))) for fault in check(office).faults}
    finally:
        tamper(office, "ALTER ROLE CURRENT_USER RESET session_replication_role")
    assert {
        ("protection.table", "row security"),
        ("protection.table", "rules"),
        ("protection.table", "persistence u"),
        ("protection.column", "remark"),
    } <= found
    assert any(code == "protection.setting" for code, _ in found)


def test_where_there_is_no_ledger_nothing_is_said_of_it(database: Database):
    with pytest.raises(LedgerMissing):
        verify(DatabaseSource(database.admin_dsn, TABLES), RULES)


def test_a_ledger_emptied_altogether_is_no_clean_one(office: Office):
    office.fill(20)
    kept = [read_kept("kept", office.kept_head())]
    for table in ("lines", "tiles", "heads", "vault", "vault_keys"):
        tamper(office, f"TRUNCATE {{{table}}}")
    assert codes(check(office, kept=kept)) >= {"line.missing", "since.truncated"}


def test_the_columns_of_an_unreadable_line_carry_its_stream_on(office: Office):
    office.fill(120)
    with office.connect() as connection:
        row = connection.execute(
            TABLES.sql(
                "SELECT a.index FROM {lines} a JOIN {lines} b ON b.stream = a.stream AND b.version = a.version + 1"
                " WHERE a.act IS NOT NULL ORDER BY 1 LIMIT 1"
            )
        ).fetchone()
    assert row is not None
    tamper(office, "UPDATE {lines} SET line = '\\x7b7d' WHERE index = %s", row[0])
    named = {(fault.code, fault.index) for fault in check(office).faults}
    assert {("line.malformed", row[0]), ("line.altered", row[0])} <= named
    assert not {code for code, _ in named} & {"stream.version", "act.prev"}


def test_lines_hash_as_receipts_do(office: Office):
    office.fill(10)
    with office.connect() as connection:
        row = connection.execute(TABLES.sql("SELECT line FROM {lines} WHERE index = 0")).fetchone()
    assert row is not None
    assert check(office).fingerprint == line_hash(bytes(row[0])).hex()
