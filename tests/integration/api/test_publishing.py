"""The directory of tiles and checkpoint: whole after every round and every crash, and enough to verify with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from api.publishing.directory import CHECKPOINT, TileDirectory
from api.publishing.publisher import HEARTBEAT
from ledger.errors import LedgerFaulty
from ledger.note import NoteError
from ledger.tiles import TileName
from tests.conftest import Database
from tests.forging import remove_beyond
from tests.publishing import lines_of, published, publisher_of
from tests.tampering import tamper
from tests.tlog_client import Log, from_url, plain_web_server
from tests.torture.office import Office
from tests.torture.publishing import torture_publishing
from tests.torture.rules import TABLES


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database.admin_dsn, seed=5)
    office.open()
    yield office
    office.close()


def files(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data / "tlog")): path.read_bytes() for path in (data / "tlog").rglob("*") if path.is_file()
    }


def marked(office: Office) -> Callable[[], None]:
    """Marks this moment; called, everything since is lost to the database, and the office goes on from here."""
    size = len(lines_of(office))
    known = dict(office.streams), list(office.cases), dict(office.officers), dict(office._case_keys)

    def take_away() -> None:
        office.close()
        remove_beyond(office.dsn, TABLES, size)
        office.streams, office.cases, office.officers, office._case_keys = known

    return take_away


def test_an_empty_ledger_is_published_at_once(office: Office, tmp_path: Path):
    with office.connect() as connection:
        checkpoint = publisher_of(office, tmp_path).publish(connection)
    assert checkpoint is not None
    assert checkpoint.size == 1
    published(tmp_path).is_whole(lines_of(office))


def test_inclusion_and_consistency_from_tiles_alone_served_by_a_plain_web_server(office: Office, tmp_path: Path):
    publisher = publisher_of(office, tmp_path)
    logs = []
    with office.connect() as connection, plain_web_server(tmp_path / "tlog") as url:
        for more in (20, 235, 3, 270, 40):
            office.fill(more)
            publisher.publish(connection)
            logs.append(Log.at(from_url(url)))
        lines = lines_of(office)
        assert [log.size for log in logs] == sorted({log.size for log in logs})
        assert logs[-1].size == len(lines) > 512
        for log in logs:
            log.is_whole(lines)
            for index in {0, 1, log.size // 2, log.size - 1}:
                log.holds(index, lines[index])
            logs[-1].goes_on_from(log)


def test_partial_tiles_go_when_the_full_one_stands_and_full_ones_are_never_written_again(
    office: Office, tmp_path: Path
):
    publisher = publisher_of(office, tmp_path)
    with office.connect() as connection:
        office.fill(100)
        publisher.publish(connection)
        assert [name for name in files(tmp_path) if ".p/" in name]
        office.fill(160)
        publisher.publish(connection)
        full = tmp_path / "tlog/tile/0/000"
        assert not (tmp_path / "tlog/tile/0/000.p").exists()
        before = full.stat()
        office.fill(300)
        publisher.publish(connection)
        publisher_of(office, tmp_path).publish(connection)
    after = full.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_was_lost_of_the_directory_is_written_again(office: Office, tmp_path: Path):
    office.fill(600)
    with office.connect() as connection:
        publisher_of(office, tmp_path).publish(connection)
        for name in ("tile/0/001", "tile/1/000.p/2"):
            (tmp_path / "tlog" / name).unlink()
        (tmp_path / "tlog/tile/0/000").write_bytes(b"short")
        publisher_of(office, tmp_path).publish(connection)
    published(tmp_path).is_whole(lines_of(office))


def test_a_head_that_does_not_grow_is_signed_again_on_the_heartbeat(office: Office, tmp_path: Path):
    now = [0.0]
    publisher = publisher_of(office, tmp_path, clock=lambda: now[0])
    with office.connect() as connection:
        assert publisher.publish(connection)
        assert publisher.publish(connection) is None
        now[0] = HEARTBEAT - 1
        assert publisher.publish(connection) is None
        now[0] = HEARTBEAT
        assert publisher.publish(connection)
        assert publisher.publish(connection) is None


def test_a_ledger_behind_what_was_published_signs_nothing(office: Office, tmp_path: Path):
    office.fill(20)
    take_away = marked(office)
    office.fill(20)
    with office.connect() as connection:
        publisher = publisher_of(office, tmp_path)
        publisher.publish(connection)
        before = files(tmp_path)
        take_away()
        for each in (publisher, publisher_of(office, tmp_path)):
            with pytest.raises(LedgerFaulty) as said:
                each.publish(connection)
            assert said.value.code == "ledger.behind"
    assert files(tmp_path) == before


def test_a_ledger_rewritten_and_grown_beyond_what_was_published_signs_nothing(office: Office, tmp_path: Path):
    office.fill(20)
    take_away = marked(office)
    office.fill(20)
    with office.connect() as connection:
        publisher = publisher_of(office, tmp_path)
        publisher.publish(connection)
        before = files(tmp_path)
        take_away()
        office.fill(60)
        for each in (publisher, publisher_of(office, tmp_path)):
            with pytest.raises(LedgerFaulty) as said:
                each.publish(connection)
            assert said.value.code == "ledger.forked"
    assert files(tmp_path) == before


def test_another_ledgers_directory_is_not_written_to(office: Office, tmp_path: Path):
    publisher = publisher_of(office, tmp_path)
    with office.connect() as connection:
        publisher.publish(connection)
        note = tmp_path / "tlog" / CHECKPOINT
        note.write_text(note.read_text().replace("office.example", "other.example"))
        with pytest.raises(NoteError):
            publisher.publish(connection)


@pytest.mark.parametrize("known", [False, True])
def test_an_altered_tile_of_the_database_is_not_published(office: Office, tmp_path: Path, known: bool):
    """Also where the tree's edge was read before, and its root says nothing of the tile any more."""
    office.fill(600)
    publisher = publisher_of(office, tmp_path)
    with office.connect() as connection:
        if known:
            publisher.compare(connection)
        tamper(
            office,
            "UPDATE {tiles} SET hashes = set_byte(hashes, 99, get_byte(hashes, 99) # 1) WHERE level = 0 AND n = 1",
        )
        with pytest.raises(LedgerFaulty):
            publisher.publish(connection)
    assert not (tmp_path / "tlog" / CHECKPOINT).exists()


class Killed(BaseException):
    """The process ends here."""


class Mortal(TileDirectory):
    """A directory whose process ends at its `left`-th step: before a file gets its name, after, or on removing."""

    def __init__(self, data: Path, left: int) -> None:
        super().__init__(data)
        self.left = left

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def _write(self, path: Path, content: bytes) -> None:
        if self.left % 2:  # half-written, and never named
            (self.root / ".new" / "file").write_bytes(content[: len(content) // 2])
        self.step()
        super()._write(path, content)
        self.step()

    def settle(self) -> None:
        self.step()
        super().settle()

    def drop_partial(self, level: int, n: int) -> None:
        self.step()
        super().drop_partial(level, n)


class Unsigned(TileDirectory):
    """A directory whose process ends when the tiles are there and the checkpoint is to be written."""

    def put_note(self, name: str, note: str) -> None:
        raise Killed


def test_a_crash_between_any_two_steps_is_put_right_by_the_next_round(office: Office, tmp_path: Path):
    """Before each round the ledger grows; the round ends after 0, 1, 2, … steps, until one comes through."""
    random, seen = Random(3), []
    with office.connect() as connection:
        for growth in (30, 200, 60, 300, 40, 40):
            steps, crashed = 0, True
            while crashed:
                office.fill(random.randint(1, growth // 4))
                crashed = False
                try:
                    publisher_of(office, tmp_path, Mortal(tmp_path, steps)).publish(connection)
                except Killed:
                    crashed = True
                steps += 1
                if (tmp_path / "tlog" / CHECKPOINT).exists():
                    seen.append(published(tmp_path))
                    seen[-1].is_whole(lines_of(office))
        assert len(seen) > 30
        for log in seen:
            seen[-1].goes_on_from(log)


def test_lines_that_a_crash_of_the_database_took_away_leave_no_trace_in_what_is_published_later(
    office: Office, tmp_path: Path
):
    office.fill(250)
    with office.connect() as connection:
        publisher_of(office, tmp_path).publish(connection)
        size, take_away = published(tmp_path).size, marked(office)
        office.fill(30)
        with pytest.raises(Killed):
            publisher_of(office, tmp_path, Unsigned(tmp_path)).publish(connection)
        assert TileDirectory(tmp_path).has_full(TileName(0, 0))
        assert published(tmp_path).size == size
        take_away()
        office.fill(40)
        publisher_of(office, tmp_path).publish(connection)
    published(tmp_path).is_whole(lines_of(office))


def test_a_killed_publisher_leaves_a_whole_directory(office: Office, tmp_path: Path):
    seen = torture_publishing(office, 5, tmp_path, kills=10)
    assert seen[-1].size > 10
