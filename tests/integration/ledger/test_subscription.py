"""Subscriptions: no line missed, none twice, whatever happens to the connections."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from ledger.recorder import LedgerApplicationRecorder


@contextmanager
def recorder_on(dsn: str) -> Iterator[LedgerApplicationRecorder]:
    info = conninfo_to_dict(dsn)
    with PostgresDatastore(
        str(info["dbname"]),
        str(info["host"]),
        "5432",
        str(info["user"]),
        str(info["password"]),
        pool_size=4,
        pre_ping=True,
    ) as datastore:
        recorder = LedgerApplicationRecorder(datastore)
        recorder.create_table()
        yield recorder
        recorder.close()


def record(recorder: LedgerApplicationRecorder, topic: str = "common") -> None:
    recorder.insert_events([StoredEvent(uuid4(), 1, topic, b"{}")])


def follow(recorder: LedgerApplicationRecorder, upto: int, **options: Any) -> list[int]:
    seen: list[int] = []
    with recorder.subscribe(**options) as subscription:
        for notification in subscription:
            seen.append(notification.id)
            if notification.id >= upto:
                return seen
    return seen


def test_lines_committed_while_the_listener_starts_are_not_slept_through(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.subscription.POLL_SECONDS", 3600.0)  # the wake-up must do it, not the poll
    with recorder_on(database.admin_dsn) as recorder:
        for round_ in range(10):
            start = recorder.max_notification_id() or 0
            seen: list[int] = []
            follower = threading.Thread(target=lambda s=start, r=seen: r.extend(follow(recorder, s + 1, gt=s)))
            follower.start()
            time.sleep(0.004 * round_)  # hits the window between first pull and LISTEN from several sides
            record(recorder)
            follower.join(20)
            assert seen == [start + 1]


def test_many_writers_and_a_listener_killed_again_and_again_miss_and_repeat_nothing(database: Any) -> None:
    writers, each = 8, 60
    with recorder_on(database.admin_dsn) as recorder:
        stop = threading.Event()

        def kill() -> None:
            with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
                while not stop.wait(0.05):
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
                    )

        def write() -> None:
            for _ in range(each):
                record(recorder)

        threads = [threading.Thread(target=write) for _ in range(writers)] + [threading.Thread(target=kill)]
        for thread in threads:
            thread.start()
        seen = follow(recorder, writers * each)
        stop.set()
        for thread in threads:
            thread.join()
    assert seen == list(range(1, writers * each + 1))


def test_a_rare_topic_is_found_and_the_position_moves_past_what_was_skipped(database: Any) -> None:
    with recorder_on(database.admin_dsn) as recorder:
        stream = uuid4()
        recorder.insert_events([StoredEvent(stream, version, "common", b"{}") for version in range(1, 1500)])
        record(recorder, "rare")
        with recorder.subscribe(topics=["rare"]) as subscription:
            assert next(subscription).id == 1500
            recorder.insert_events([StoredEvent(stream, version, "common", b"{}") for version in range(1500, 1600)])
            record(recorder, "rare")
            assert next(subscription).id == 1601
            record(recorder)
            threading.Timer(0.5, subscription.stop).start()
            assert list(subscription) == []
            assert subscription._last_notification_id == 1602  # looked at and skipped, once
