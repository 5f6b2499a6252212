"""The ledger as a text file, and its verification where there is no database."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.errors import LedgerError, LedgerFaulty
from ledger.export import export_ledger
from ledger.line import decode_line, encode_line
from ledger.verify import Verdict, verify
from ledger.verify_file import FileSource
from ledger.verify_kept import read_kept
from ledger.verify_reading import NotWhole
from tests.conftest import Database
from tests.torture.office import Office
from tests.torture.rules import RULES, TABLES


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database.admin_dsn, seed=8)
    office.open()
    office.fill(400)
    yield office
    office.close()


@pytest.fixture
def exported(office: Office, tmp_path: Path) -> Path:
    export_ledger(office.dsn, TABLES, tmp_path / "ledger.txt", signers=[office.log])
    return tmp_path / "ledger.txt"


def check(path: Path, *, processes: int = 1) -> Verdict:
    checkpoint = path.with_name(path.name + ".checkpoint")
    kept = [read_kept("beside", checkpoint.read_text())] if checkpoint.exists() else []
    return verify(FileSource(path), RULES, kept=kept, processes=processes)


def named(verdict: Verdict) -> set[tuple[str, int | None]]:
    return {(fault.code, fault.index) for fault in verdict.faults}


def edit(path: Path, change: Callable[[list[bytes]], object]) -> None:
    lines = path.read_bytes().split(b"\n")[:-1]
    change(lines)
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def test_every_line_is_there_byte_for_byte_and_the_file_verifies(office: Office, exported: Path):
    with office.connect() as connection:
        rows = connection.execute(TABLES.sql("SELECT line FROM {lines} ORDER BY index")).fetchall()
    assert exported.read_bytes() == b"".join(bytes(line) + b"\n" for (line,) in rows)
    verdict = check(exported)
    assert verdict.faults == ()
    assert verdict.size == 401
    assert "kept-head" in verdict.covered
    assert {"columns", "tiles", "vault"} <= set(verdict.not_covered)
    assert sorted(path.name for path in exported.parent.iterdir()) == ["ledger.txt", "ledger.txt.checkpoint"]


def test_gzipped_it_is_the_same_file_each_time(office: Office, exported: Path, tmp_path: Path):
    for name in ("a.gz", "b.gz"):
        export_ledger(office.dsn, TABLES, tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == exported.read_bytes()
    assert check(tmp_path / "a.gz").faults == ()


def test_many_lines_are_spread_over_processes(office: Office, tmp_path: Path):
    office.fill(4500)
    export_ledger(office.dsn, TABLES, tmp_path / "long.txt", signers=[office.log])
    assert check(tmp_path / "long.txt", processes=2).faults == ()
    edit(tmp_path / "long.txt", lambda lines: lines.pop(2048))
    assert ("line.missing", 2048) in named(check(tmp_path / "long.txt", processes=2))


def test_a_part_can_be_exported_and_is_not_taken_for_the_whole(office: Office, tmp_path: Path):
    done = export_ledger(office.dsn, TABLES, tmp_path / "part", first=5, last=9, signers=[office.log])
    assert (done.first, done.last, done.checkpoint) == (5, 9, None)
    assert [decode_line(line).index for line in (tmp_path / "part").read_bytes().splitlines()] == [5, 6, 7, 8, 9]
    with pytest.raises(NotWhole):
        check(tmp_path / "part")
    with pytest.raises(LedgerError, match="has lines 0 to 400"):
        export_ledger(office.dsn, TABLES, tmp_path / "beyond", first=5, last=401)
    assert not (tmp_path / "beyond").exists()


def test_what_is_not_whole_is_not_exported(office: Office, tmp_path: Path):
    with psycopg.connect(office.dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(TABLES.sql("DELETE FROM {lines} WHERE index = 77"))
    with pytest.raises(LedgerFaulty):
        export_ledger(office.dsn, TABLES, tmp_path / "ledger.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_line_taken_out_of_the_file_is_missed_and_the_others_keep_their_places(exported: Path):
    edit(exported, lambda lines: lines.pop(200))
    faults = named(check(exported))
    assert ("line.missing", 200) in faults
    assert not {code for code, _ in faults} & {"line.index", "line.altered", "chain.broken", "since.root"}


def test_a_line_put_in_twice_is_named_and_left_out(exported: Path):
    edit(exported, lambda lines: lines.insert(300, lines[42]))
    assert named(check(exported)) == {("line.extra", 299)}


def test_lines_exchanged_are_both_named(exported: Path):
    def swap(lines: list[bytes]) -> None:
        lines[30], lines[131] = lines[131], lines[30]

    edit(exported, swap)
    assert named(check(exported)) >= {("line.index", 30), ("line.index", 131), ("line.altered", 30)}


def test_neighbours_exchanged_are_one_too_many_and_one_missing(exported: Path):
    def swap(lines: list[bytes]) -> None:
        lines[30], lines[31] = lines[31], lines[30]

    edit(exported, swap)
    assert named(check(exported)) >= {("line.extra", 29), ("line.missing", 31)}


def test_a_changed_index_is_named_where_the_line_stands(exported: Path):
    def change(lines: list[bytes]) -> None:
        lines[120] = lines[120].replace(b'{"index":120,', b'{"index":920,')

    edit(exported, change)
    assert {("line.index", 120), ("line.altered", 120)} <= named(check(exported))


def test_a_file_that_breaks_off_is_named_and_its_head_shows_how_much_is_gone(exported: Path):
    exported.write_bytes(exported.read_bytes()[:-100])
    faults = named(check(exported))
    assert ("file.damaged", None) in faults
    assert ("line.malformed", 400) in faults
    edit(exported, lambda lines: lines.__delitem__(slice(390, None)))
    assert {code for code, _ in named(check(exported))} == {"since.truncated"}


def test_a_gzipped_file_that_breaks_off_is_named(office: Office, tmp_path: Path):
    export_ledger(office.dsn, TABLES, tmp_path / "ledger.gz")
    (tmp_path / "ledger.gz").write_bytes((tmp_path / "ledger.gz").read_bytes()[:-2000])
    assert "file.damaged" in {code for code, _ in named(check(tmp_path / "ledger.gz"))}


def test_the_same_act_twice_is_named_without_a_database(office: Office, exported: Path):
    def copy(lines: list[bytes]) -> None:
        parts = decode_line(lines[-1])
        act = next(decode_line(line) for line in lines if b'"case.noted"' in line)
        lines.append(
            encode_line(len(lines), "00" * 32, parts.at, act.stream, act.version, act.type, act.state, plain=True)
        )

    edit(exported, copy)
    assert {("act.twice", 401), ("stream.version", 401), ("line.altered", 400)} & named(check(exported)) >= {
        ("act.twice", 401),
        ("stream.version", 401),
    }


def test_a_file_far_from_whole_takes_no_longer_than_its_lines(exported: Path):
    line = exported.read_bytes().splitlines()[42]
    with exported.open("ab") as file:
        for number in range(1, 3000):
            own = b'{"index":%d,' % (number * 10**12)
            file.write(line.replace(b'{"index":42,', own) + b"\n")
    for processes in (1, 2):
        verdict = check(exported, processes=processes)
        assert verdict.size == 2999 * 10**12 + 1
        assert sum(fault.count for fault in verdict.faults if fault.code == "line.missing") == verdict.size - 401 - 2999
        assert sum(fault.count for fault in verdict.faults if fault.code == "act.twice") == 2999


def test_a_line_that_never_ends_is_named_and_its_rest_skipped(exported: Path):
    def lengthen(lines: list[bytes]) -> None:
        lines[100] += b"x" * 3_000_000

    edit(exported, lengthen)
    found = named(check(exported))
    assert ("line.too-long", 100) in found
    assert not {code for code, _ in found} & {"line.malformed", "line.missing", "line.altered", "since.root"}


def test_what_a_transfer_as_text_does_to_a_file_is_one_fault(exported: Path):
    whole = exported.read_bytes()
    exported.write_bytes(whole.replace(b"\n", b"\r\n"))
    assert named(check(exported)) == {("file.damaged", None)}
    exported.write_bytes(b"\xef\xbb\xbf" + whole)
    assert named(check(exported)) == {("file.damaged", None)}
    exported.write_bytes(whole[:-1])
    assert named(check(exported)) == {("file.damaged", None)}


def test_bytes_that_are_no_text_are_named_by_their_lines(exported: Path):
    def blot(lines: list[bytes]) -> None:
        lines[70] = bytes(len(lines[70]))
        lines[90] = b""

    edit(exported, blot)
    assert {("line.malformed", 70), ("line.malformed", 90)} <= named(check(exported))


def test_a_gzipped_file_is_known_by_what_it_holds(office: Office, tmp_path: Path):
    export_ledger(office.dsn, TABLES, tmp_path / "ledger.gz")
    (tmp_path / "ledger.gz").rename(tmp_path / "ledger.txt")
    assert check(tmp_path / "ledger.txt").faults == ()


def test_what_is_no_ledger_at_all_is_refused(exported: Path, tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "utf-16").write_text(exported.read_text(), "utf-16")
    with gzip.open(tmp_path / "bomb.gz", "wb") as bomb:
        for _ in range(80):
            bomb.write(bytes(1 << 20))
    for name in ("empty", "utf-16", "bomb.gz"):
        with pytest.raises(NotWhole):
            check(tmp_path / name)
    with pytest.raises(NotWhole, match="ordinary"):
        check(Path("/dev/null"))
    with pytest.raises(IsADirectoryError):
        check(tmp_path)
