"""Kills of the publishing process while lines are recorded: the directory is whole whenever one looks.

1. A thread records lines.
2. A process publishes as fast as it can; it is killed (SIGKILL) at a random moment, and another one begins.
3. Now and then, in between, the directory is read as a client reads it: every tile that the checkpoint implies is there
   and is made of the ledger's lines, and the head goes on from the ones seen before.
"""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.publishing import lines_of, published, publisher_of
from tests.tlog_client import Log
from tests.torture.office import Office

_CLEAN = multiprocessing.get_context("forkserver")
"""Children are forked from a process without threads and connections."""


def publish_for_ever(dsn: str, seed: int, data: Path) -> None:
    """What is killed."""
    office = Office(dsn, seed)
    with office.connect() as connection:
        while True:
            publisher = publisher_of(office, data)
            for _ in range(5):
                publisher.publish(connection)


def torture_publishing(office: Office, seed: int, data: Path, kills: int) -> list[Log]:
    """The heads that were seen, oldest first. `office` was made with this seed and is open."""
    random, seen = Random(seed), list[Log]()
    _CLEAN.set_forkserver_preload(["tests.torture.publishing"])
    with _recording(office):
        for number in range(kills):
            process = _CLEAN.Process(target=publish_for_ever, args=(office.dsn, seed, data), daemon=True)
            process.start()
            _await_change(data)
            time.sleep(random.uniform(0.0, 0.05))
            process.kill()
            process.join()
            if number % 10 == 9 or number == kills - 1:
                log = published(data)
                log.is_whole(lines_of(office))
                for before in seen[-3:]:
                    log.goes_on_from(before)
                seen.append(log)
    with office.connect() as connection:
        publisher_of(office, data).publish(connection)
    seen.append(published(data))
    seen[-1].is_whole(lines_of(office))
    return seen


@contextmanager
def _recording(office: Office) -> Iterator[None]:
    ended = threading.Event()

    def record() -> None:
        while not ended.is_set():
            office.fill(10)
            ended.wait(0.02)

    writer = threading.Thread(target=record)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def _await_change(data: Path) -> None:
    """Every process comes to publish something before it is killed, or the test would be of processes that start."""
    note = data / "tlog" / "checkpoint"
    before = note.stat().st_mtime_ns if note.exists() else 0
    while not note.exists() or note.stat().st_mtime_ns == before:
        time.sleep(0.002)
