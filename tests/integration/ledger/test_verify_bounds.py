"""Whatever an attacker puts into the tables: a true verdict, of bounded length, within bounded time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.checkpoint import Checkpoint
from ledger.faults import MAX_PLACELESS, MAX_RUNS
from ledger.line import decode_line, encode_line, timestamp
from ledger.verify import OTHERS
from ledger.verify_kept import read_kept
from ledger.verify_worker import KekSource
from tests.conftest import Database
from tests.tampering import check, codes, tamper
from tests.torture.office import ORIGIN, Office
from tests.torture.rules import TABLES


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database.admin_dsn, seed=5)
    office.open()
    office.fill(120)
    yield office
    office.close()


SCATTERED = (
    "INSERT INTO {lines} SELECT 1000000000000 + n::bigint * 1000003, 1, gen_random_uuid(), NULL, 'type' || n, '{{}}'"
    " FROM generate_series(1, %s) n"
)


@pytest.mark.parametrize("processes", [1, 2])
def test_rows_scattered_over_all_indexes_are_looked_at_each_by_itself(office: Office, processes: int):
    tamper(office, SCATTERED, 6000)
    tamper(office, "INSERT INTO {vault} SELECT 999999999999, ARRAY[]::bytea[]")
    tamper(office, "INSERT INTO {heads} SELECT 999999999999, sha256('')")
    verdict = check(office, processes=processes)
    malformed = [fault for fault in verdict.faults if fault.code == "line.malformed"]
    assert sum(fault.count for fault in malformed) == 6000
    assert len(malformed) == MAX_RUNS
    assert verdict.size == 10**12 + 6000 * 1000003 + 1
    missing = [fault for fault in verdict.faults if fault.code == "line.missing"]
    assert sum(fault.count for fault in missing) == verdict.size - 6000 - 121
    assert ("vault.stray", 999999999999) in {(fault.code, fault.index) for fault in verdict.faults}
    assert ("head.unverifiable", 999999999999) in {(fault.code, fault.index) for fault in verdict.faults}
    assert "table.hidden" not in codes(verdict)


def test_types_that_nobody_knows_are_counted_together(database: Database):
    office = Office(database.admin_dsn, seed=6)
    office.open()
    for number in range(1, 301):
        line = encode_line(number, "00" * 32, "2026-01-01T00:00:00.000000Z", str(uuid4()), 1, f"type{number}", b"{}")
        tamper(office, "INSERT INTO {lines} VALUES (%s, 1, gen_random_uuid(), NULL, %s, %s)", number, "type", line)
    verdict = check(office)
    assert sum(verdict.unsigned.values()) == 301
    assert verdict.unsigned[OTHERS] > 90


def test_a_flood_of_rows_of_one_index_is_counted_by_the_database(office: Office):
    tamper(office, "ALTER TABLE {lines} DROP CONSTRAINT office_lines_pkey")
    tamper(
        office, "INSERT INTO {lines} SELECT 7, n, gen_random_uuid(), NULL, 'x', '{{}}' FROM generate_series(1, 5000) n"
    )
    verdict = check(office)
    assert [(f.index, f.count) for f in verdict.faults if f.code == "line.extra"] == [(7, 5000)]
    assert "table.hidden" not in codes(verdict)
    assert verdict.size == 121


def test_strays_by_the_thousand_are_a_few_faults_that_count_them(office: Office):
    tamper(office, "INSERT INTO {vault_keys} SELECT gen_random_uuid(), 'x', sha256('') FROM generate_series(1, 5000)")
    tamper(office, "INSERT INTO {vault} SELECT 500 + 2 * n, ARRAY[]::bytea[] FROM generate_series(1, 5000) n")
    tamper(office, "INSERT INTO {heads} SELECT 500 + 2 * n, sha256('') FROM generate_series(1, 5000) n")
    tamper(
        office,
        "INSERT INTO {tiles} SELECT mod(n, 5), 500 + 2 * n, decode(repeat('00', 8192), 'hex')"
        " FROM generate_series(1, 300) n",
    )
    verdict = check(office)
    counts: dict[str, list[int]] = {}
    for fault in verdict.faults:
        counts.setdefault(fault.code, []).append(fault.count)
    assert sum(counts["vault.key-stray"]) == 5000
    assert len(counts["vault.key-stray"]) == MAX_PLACELESS
    last = [fault for fault in verdict.faults if fault.code == "vault.key-stray"][-1]
    assert last.params["stream"] < last.params["until"]["stream"]
    assert sum(counts["vault.stray"]) == 5000
    assert len(counts["vault.stray"]) == MAX_RUNS
    assert sum(counts["tile.stray"]) == 300
    # One after the other, they are one stretch.
    assert counts["head.beyond"] == [5000]


def test_every_data_key_said_to_be_under_another_name_is_counted(office: Office):
    tamper(office, "UPDATE {vault_keys} SET kek = 'another'")
    with office.connect() as connection:
        row = connection.execute(TABLES.sql("SELECT count(*) FROM {vault_keys}")).fetchone()
    assert row is not None
    found = check(office, kek=KekSource(None, office.kek_text)).faults
    assert {fault.code for fault in found} == {"vault.key-name"}
    assert sum(fault.count for fault in found) == row[0]


def test_what_the_vault_cannot_hold_is_seen_without_its_key(office: Office):
    tamper(office, "UPDATE {vault} SET sealed[1] = '\\x00' WHERE index = (SELECT min(index) FROM {vault})")
    assert codes(check(office)) == {"vault.malformed"}
    tamper(office, "UPDATE {vault} SET sealed[1] = NULL WHERE index = (SELECT min(index) FROM {vault})")
    assert codes(check(office)) == {"vault.malformed"}
    assert codes(check(office, kek=KekSource(None, office.kek_text))) == {"vault.malformed"}
    tamper(office, "UPDATE {vault_keys} SET wrapped = sha256(wrapped)")
    assert codes(check(office)) == {"vault.malformed", "vault.key-malformed"}


def test_a_huge_line_is_named_and_not_read(office: Office):
    tamper(office, "ALTER TABLE {lines} DROP CONSTRAINT office_lines_line_check")
    tamper(office, "UPDATE {lines} SET line = line || decode(repeat('41', 5000000), 'hex') WHERE index = 60")
    verdict = check(office)
    assert [(fault.code, fault.index) for fault in verdict.faults] == [("line.too-long", 60)]


def test_rows_with_nothing_in_them_are_lines_all_the_same(office: Office):
    for column in ("version", "stream", "type", "line"):
        tamper(office, f"ALTER TABLE {{lines}} ALTER {column} DROP NOT NULL")
    tamper(
        office, "UPDATE {lines} SET version = NULL, stream = NULL, act = NULL, type = NULL, line = NULL WHERE index = 9"
    )
    verdict = check(office)
    assert {"protection.column", "line.malformed", "line.altered"} <= codes(verdict)
    assert not {"line.missing", "table.hidden"} & codes(verdict)


def append(office: Office, at: str) -> None:
    with office.connect() as connection:
        row = connection.execute(TABLES.sql("SELECT line FROM {lines} ORDER BY index DESC LIMIT 1")).fetchone()
    assert row is not None
    parts = decode_line(bytes(row[0]))
    line = encode_line(parts.index, parts.prev, at, parts.stream, parts.version, parts.type, parts.state)
    tamper(office, "UPDATE {lines} SET line = %s WHERE index = %s", line, parts.index)


def test_a_line_from_the_future_is_named_unless_the_ledger_is_a_simulation(office: Office):
    now = datetime.now(UTC)
    append(office, timestamp(now + timedelta(hours=20)))
    assert "line.ahead" not in codes(check(office))
    append(office, timestamp(now + timedelta(days=2)))
    named = {fault.code: fault for fault in check(office).faults}
    assert named["line.ahead"].index == 120
    with office.connect() as connection:
        row = connection.execute(TABLES.sql("SELECT line FROM {lines} WHERE index = 0")).fetchone()
    assert row is not None
    opening = bytes(row[0]).replace(b'"simulation":false', b'"simulation":true')
    tamper(office, "UPDATE {lines} SET line = %s WHERE index = 0", opening)
    verdict = check(office)
    assert verdict.simulation
    assert "line.ahead" not in codes(verdict)


def test_a_clock_that_is_behind_makes_no_false_alarm_and_is_told(office: Office):
    verdict = check(office, now=datetime(2020, 1, 1, tzinfo=UTC))
    assert verdict.faults == ()
    assert [note.code for note in verdict.notes] == ["clock.differs"]


def test_an_edited_head_proves_nothing_and_accuses_nobody(office: Office):
    note = office.kept_head()
    root = read_kept("kept", note).checkpoint.root
    other = Checkpoint(ORIGIN, 121, bytes(32)).text()
    edited = read_kept("edited", note.replace(Checkpoint(ORIGIN, 121, root).text(), other))
    assert edited.checkpoint.root == bytes(32)
    assert codes(check(office, kept=[edited])) == {"since.signature"}
    longer = read_kept("longer", note.replace("\n121\n", "\n9000\n"))
    assert codes(check(office, kept=[longer])) == {"since.signature"}


def test_facts_that_an_attacker_wrote_stay_short_and_printable(office: Office):
    type_ = "\x1b[2J\u202e" + "x" * 5000
    line = encode_line(60, "00" * 32, "2026-01-01T00:00:00.000000Z", str(uuid4()), 1, type_, b'{"n":1}')
    tamper(office, "UPDATE {lines} SET line = %s WHERE index = 60", line)
    for fault in check(office).faults:
        for value in fault.params.values():
            assert not isinstance(value, str) or (len(value) < 400 and value.isprintable())


def test_a_kept_head_of_a_gap_cannot_be_checked_and_says_so(office: Office):
    kept = read_kept("kept", office.kept_head())
    tamper(office, "DELETE FROM {lines} WHERE index > 50")
    tamper(office, SCATTERED, 100)
    assert "since.unverifiable" in codes(check(office, kept=[kept]))
