"""The committer on a real PostgreSQL: what each caller is told is what happened."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger.batch import Command, Recorded
from ledger.committer import Committer
from ledger.errors import ClockStrayed, Conflict, LedgerFaulty, LineAhead, Moved, NotDone, Refused
from ledger.line import decode_line, line_hash
from ledger.store import read_head
from ledger.tree import Tree
from tests.forging import append_line, append_row, remove_beyond
from tests.ledgers import ORIGIN, SIGNER, TABLES, all_lines, command, committer_on, event, open_test_ledger


@pytest.fixture
def dsn(database: Any) -> str:
    open_test_ledger(database.admin_dsn)
    return str(database.service_dsn)


def assert_whole(dsn: str) -> list[bytes]:
    """Gapless, chained, and under the recorded root."""
    lines = all_lines(dsn)
    tree, prev = Tree(), "0" * 64
    for index, line in enumerate(lines):
        parts = decode_line(line)
        assert (parts.index, parts.prev) == (index, prev)
        prev = line_hash(line).hex()
        tree.append(line_hash(line))
    with psycopg.connect(dsn) as connection:
        head = read_head(connection, TABLES)
    assert head is not None
    assert (head.size, head.root) == (len(lines), tree.root())
    return lines


def test_every_command_gets_its_own_place_and_a_receipt_that_verifies(dsn: str) -> None:
    with committer_on(dsn) as committer:
        done = [future.result() for future in [committer.submit(command()) for _ in range(700)]]
    lines = assert_whole(dsn)
    assert sorted(one.recorded.indexes[0] for one in done) == list(range(1, 701))
    for one in done:
        line = lines[one.recorded.indexes[0]]
        assert one.recorded.hash == line_hash(line).hex()
        assert one.receipt is not None
        one.receipt.verify(line_hash(line), [SIGNER.key], ORIGIN)


def test_one_bad_command_fails_alone_among_good_ones(dsn: str) -> None:
    taken = uuid4()
    with committer_on(dsn) as committer:
        committer.submit(command(taken, 1)).result()
        futures = [committer.submit(command()) for _ in range(20)]
        bad = [
            committer.submit(command(taken, 1)),
            committer.submit(Command((event(state=b"x" * 70_000),))),
            committer.submit(command(relied=((taken, 0),))),
            committer.submit(command(not_before=datetime.now(UTC) + timedelta(hours=1))),
        ]
        futures += [committer.submit(command()) for _ in range(20)]
        assert len({future.result().recorded.indexes for future in futures}) == 40
        kinds = [type(future.exception()) for future in bad]
    assert kinds[0] is Conflict
    assert kinds[2] is Moved
    assert kinds[3] is Refused
    assert len(assert_whole(dsn)) == 42


def test_relied_on_streams_are_checked_against_earlier_commands_of_the_same_batch(dsn: str) -> None:
    officer = uuid4()
    with committer_on(dsn) as committer:
        gate = hold_the_head(dsn)
        first = committer.submit(command(relied=((officer, 0),)))
        wait_until_blocked(dsn)
        second = committer.submit(command(officer, 1))
        third = committer.submit(command(relied=((officer, 0),)))
        fourth = committer.submit(command(relied=((officer, 1),)))
        gate.close()
        first.result(), second.result(), fourth.result()
        moved = third.exception()
    assert isinstance(moved, Moved)
    assert moved.params["streams"] == {str(officer): 1}


def test_the_same_command_again_gives_the_first_answer_and_other_bytes_a_conflict(dsn: str) -> None:
    key, stream = uuid4(), uuid4()
    state = b'{"act":"A","relied":{}}'
    one = Command((event(stream, 1, state),), key=key, same=b'{"act":"A"')
    other = Command((event(stream, 1, b'{"act":"B","relied":{}}'),), key=key, same=b'{"act":"B"')
    with committer_on(dsn) as committer:
        results = [future.result().recorded for future in [committer.submit(one) for _ in range(5)]]
        late = committer.submit(one).result().recorded
        error = committer.submit(other).exception()
    assert {result.indexes for result in results} == {(1,)} == {late.indexes}
    assert [result.again for result in results] == [False, True, True, True, True]
    assert isinstance(error, Conflict)
    assert error.code == "act.key-reused"
    assert len(assert_whole(dsn)) == 2


def test_several_committers_write_one_ledger_without_gap_or_fork(dsn: str) -> None:
    def write(_: int) -> list[tuple[int, ...]]:
        with committer_on(dsn) as committer:
            return [committer.submit(command()).result().recorded.indexes for _ in range(60)]

    with ThreadPoolExecutor(6) as pool:
        indexes = [index for written in pool.map(write, range(6)) for (index,) in written]
    assert sorted(indexes) == list(range(1, 361))
    assert_whole(dsn)


def test_a_killed_backend_fails_nobody(dsn: str, database: Any) -> None:
    stop = threading.Event()
    answers: list[Recorded] = []

    def kill() -> None:
        seen, pause = 0, 0.03
        with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
            while not stop.wait(pause):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'mingzhang_service' AND datname = current_database()"
                )
                # On a busy machine a commit may take longer than the pause: then nobody could ever get through.
                pause = 0.03 if len(answers) > seen else min(pause * 1.5, 1.0)
                seen = len(answers)

    killer = threading.Thread(target=kill)
    with committer_on(dsn) as committer:
        killer.start()
        try:
            for _ in range(150):
                futures = [committer.submit(command()) for _ in range(4)]
                answers += [future.result().recorded for future in futures]
        finally:
            stop.set()
            killer.join()
    lines = assert_whole(dsn)
    assert len(lines) == 601, "each command is there once"
    assert all(line_hash(lines[a.indexes[0]]).hex() == a.hash for a in answers)


class LostAnswer(psycopg.Connection[Any]):
    """A connection that goes away at COMMIT, before or after the server did its work."""

    after = True

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        if query != "COMMIT" or not LostAnswer.armed:
            return super().execute(query, *args, **kwargs)
        LostAnswer.armed = False
        if LostAnswer.after:
            super().execute(query, *args, **kwargs)
            self.pgconn.pipeline_sync()
            while self.pgconn.transaction_status != 0:
                self.pgconn.consume_input()
                self.pgconn.get_result()
        self.pgconn.finish()
        raise psycopg.OperationalError("the answer was lost")

    armed = False


@pytest.mark.parametrize("after", [True, False])
def test_a_commit_whose_answer_was_lost_is_settled_by_asking(dsn: str, after: bool) -> None:
    committer = Committer(lambda: LostAnswer.connect(dsn), TABLES, origin=ORIGIN, signers=[SIGNER])
    try:
        committer.submit(command()).result()
        LostAnswer.armed, LostAnswer.after = True, after
        recorded = committer.submit(command()).result().recorded
        assert not LostAnswer.armed
        committer.submit(command()).result()
    finally:
        committer.close()
    lines = assert_whole(dsn)
    assert recorded.indexes == (2,)
    assert len(lines) == 4, "recorded once, whether or not the server had done it"


def test_a_refused_transaction_is_told_as_not_done_and_the_next_one_goes_in(dsn: str, database: Any) -> None:
    with committer_on(dsn) as committer, psycopg.connect(database.admin_dsn, autocommit=True) as admin:
        committer.submit(command()).result()
        admin.execute("REVOKE INSERT ON ledger.test_lines FROM mingzhang_service")
        error = committer.submit(command()).exception()
        admin.execute("GRANT INSERT ON ledger.test_lines TO mingzhang_service")
        assert isinstance(error, NotDone)
        assert "nothing was recorded" in str(error)
        committer.submit(command()).result()
    assert len(assert_whole(dsn)) == 3


def test_a_full_disk_is_told_as_not_done(dsn: str, database: Any) -> None:
    """A tablespace cannot be filled here; a trigger that raises disk_full fails the INSERT as a full disk does."""
    with committer_on(dsn) as committer, psycopg.connect(database.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        admin.execute("CREATE TRIGGER full_disk BEFORE INSERT ON ledger.test_heads EXECUTE FUNCTION full_disk()")
        errors = [future.exception() for future in [committer.submit(command()) for _ in range(5)]]
        admin.execute("DROP TRIGGER full_disk ON ledger.test_heads")
        assert all(isinstance(error, NotDone) and error.params["sqlstate"] == "53100" for error in errors)
        committer.submit(command()).result()
    assert len(assert_whole(dsn)) == 2


def test_a_row_written_past_the_lock_fails_only_who_collides_with_it(dsn: str, database: Any) -> None:
    case = uuid4()
    with committer_on(dsn) as committer, psycopg.connect(database.admin_dsn) as admin:
        committer.submit(command()).result()
        # Uncommitted: the committer cannot see it, only run into it.
        admin.execute("INSERT INTO ledger.test_vault_keys VALUES (%s, 'kek', 'w')", (case,))
        gate = hold_the_head(dsn)
        good = committer.submit(command())
        wait_until_blocked(dsn)
        bad = committer.submit(command(case_key=(case, "kek", b"w")))
        better = committer.submit(command())
        gate.close()
        good.result()
        admin.commit()
        assert isinstance(bad.exception(), NotDone)
        better.result()
    assert_whole(dsn)


def test_a_row_in_the_way_is_named_and_once_it_is_gone_recording_goes_on(dsn: str, database: Any) -> None:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("lines", (3, 1, uuid4(), None, "x.y", b"rubbish"), "index 3"),
        ("lines", (2**40, 1, uuid4(), None, "x.y", b"rubbish"), f"index {2**40}"),
        ("heads", (2**50, b"r" * 32), f"size {2**50}"),
        ("tiles", (0, 0, b"t" * 8192), "n 0"),
        ("tiles", (2, 5, b"t" * 8192), "n 5"),
        ("vault", (3, [b"sealed"]), "index 3"),
        ("vault", (77, [b"sealed"]), "index 77"),
    ]
    with committer_on(dsn) as committer:
        committer.submit(command()).result()
        committer.submit(command()).result()
        for number, (table, values, row) in enumerate(rows):
            size = len(all_lines(dsn))
            if row == "index 3":
                values, row = (size, *values[1:]), f"index {size}"
            append_row(dsn, TABLES, table, *values)
            error = committer.submit(command()).exception()
            assert isinstance(error, LedgerFaulty), number
            assert (error.code, error.params["table"], error.params["row"]) == (
                "ledger.foreign-row",
                f"ledger.test_{table}",
                row,
            )
            assert "Foreign rows" in str(error)
            remove_beyond(database.admin_dsn, TABLES, size)
            assert committer.submit(command()).result().recorded.indexes == (size,)
    assert_whole(dsn)


def test_a_flawless_line_of_somebody_else_is_taken_away_again_without_a_restart(dsn: str, database: Any) -> None:
    """Unless something was recorded after it: nobody was told of it, so nothing that was told is taken back."""
    with committer_on(dsn) as committer:
        size = committer.submit(command()).result().recorded.indexes[0] + 1
        append_line(dsn, TABLES, str(uuid4()), 1, "x.y", b"{}", at="2999-01-01T00:00:00.000000Z")
        error = committer.submit(command()).exception()
        assert isinstance(error, LineAhead)
        assert (error.params["index"], error.params["at"][:4]) == (size, "2999")
        assert "Foreign rows" in str(error)
        remove_beyond(database.admin_dsn, TABLES, size)
        assert committer.submit(command()).result().recorded.indexes == (size,)
        append_line(dsn, TABLES, str(uuid4()), 1, "x.y", b"{}")
        committer.submit(command()).result()
        remove_beyond(database.admin_dsn, TABLES, size)
        shrunk = committer.submit(command()).exception()
        assert isinstance(shrunk, LedgerFaulty)
        assert shrunk.code == "ledger.shrunk"


def test_other_lines_in_the_place_of_those_taken_away_are_caught_up_with(dsn: str, database: Any) -> None:
    with committer_on(dsn) as one, committer_on(dsn) as other:
        size = one.submit(command()).result().recorded.indexes[0] + 1
        stream = uuid4()
        append_line(dsn, TABLES, str(stream), 1, "x.y", b"{}")
        assert isinstance(one.submit(command(relied=((stream, 0),))).exception(), Moved)
        remove_beyond(database.admin_dsn, TABLES, size)
        for _ in range(3):
            other.submit(command()).result()
        assert one.submit(command(relied=((stream, 0),))).result().recorded.indexes == (size + 3,)
    assert_whole(dsn)


def test_a_shrinking_ledger_is_noticed_by_whoever_told_a_caller_of_what_is_gone(dsn: str, database: Any) -> None:
    key = uuid4()
    once = Command((event(state=b'{"act":"A"}'),), key=key, same=b'{"act":"A"')
    with committer_on(dsn) as one, committer_on(dsn) as other:
        one.submit(once).result()
        # Nothing was recorded by this one; but it gave an answer on what stood there.
        assert other.submit(once).result().recorded.again
        remove_beyond(database.admin_dsn, TABLES, 1)
        for committer in (one, other):
            error = committer.submit(command()).exception()
            assert isinstance(error, LedgerFaulty)
            assert error.code == "ledger.shrunk"


def test_a_ledger_that_shrank_under_a_running_service_is_written_no_further(dsn: str, database: Any) -> None:
    with committer_on(dsn) as committer, psycopg.connect(database.admin_dsn, autocommit=True) as admin:
        for _ in range(3):
            committer.submit(command()).result()
        for table, column in (("lines", "index"), ("heads", "size - 1")):
            admin.execute(f"ALTER TABLE ledger.test_{table} DISABLE TRIGGER USER")
            admin.execute(f"DELETE FROM ledger.test_{table} WHERE {column} >= 3")
        error = committer.submit(command()).exception()
    assert isinstance(error, LedgerFaulty)
    assert len(all_lines(dsn)) == 3


def test_a_clock_that_strays_stops_the_committer_before_it_stamps_a_line(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.committer.utc_now", lambda: datetime.now(UTC) - timedelta(minutes=1))
    with committer_on(dsn) as committer:
        assert isinstance(committer.submit(command()).exception(), ClockStrayed)
    assert len(all_lines(dsn)) == 1


def test_without_a_database_callers_are_told_so_and_the_same_committer_recovers(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.committer.PATIENCE", timedelta(seconds=0.3))
    there = threading.Event()

    def connect() -> Any:
        if not there.is_set():
            raise psycopg.OperationalError("connection refused")
        return psycopg.connect(dsn)

    committer = Committer(connect, TABLES, origin=ORIGIN, signers=[SIGNER])
    try:
        assert isinstance(committer.submit(command()).exception(), NotDone)
        there.set()
        assert committer.submit(command()).result().recorded.indexes == (1,)
    finally:
        committer.close()


def test_idempotency_keys_do_not_collide_between_ledgers_of_one_database(dsn: str, database: Any) -> None:
    from ledger.schema import Tables

    other = Tables("ledger", "second")
    open_test_ledger(database.admin_dsn, other)
    key = uuid4()
    one = Command((event(state=b'{"act":"A"}'),), key=key, same=b'{"act":"A"')
    with committer_on(dsn) as first, committer_on(dsn, other) as second:
        assert first.submit(one).result().recorded.again is False
        assert second.submit(one).result().recorded.again is False
    assert sha256(all_lines(dsn)[1]).digest() != sha256(all_lines(dsn, other)[1]).digest()


def hold_the_head(dsn: str) -> Any:
    """A session that holds the head lock until it is closed."""
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute("SELECT pg_advisory_lock(%s)", (TABLES.lock,))
    return connection


def wait_until_blocked(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not connection.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone():
            pass
