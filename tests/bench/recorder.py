"""The recorder alone, 64 threads: re-checks, idempotency and tree on our side, the stock recorder on the other."""

import threading
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent

from ledger.batch import Command, NewEvent, Stream
from ledger.committer import Committer
from ledger.opening import create_tables, open_ledger
from ledger.schema import Tables
from tests.bench.figures import Goal, Row, median, percentile
from tests.bench.stock import POOL, stock_recorder
from tests.bench.world import World, make_database

THREADS = 64
VERSIONS = 5
STATE = b'{"act":"%b","relied":{}}' % (b"eyJhbGciOiJFZDI1NTE5In0." * 40)
"""About as long as an act."""

Write = Callable[[UUID, int], None]
"""Records version `n` of a stream and waits until it is durable."""


def recorder(world: World, seconds: float, rounds: int) -> Row:
    """Rounds of each in turn, on two databases of one server."""
    dsn = make_database(world.access, "recorder")
    tables = Tables("ledger", "bench")
    with psycopg.connect(dsn, autocommit=True) as connection:
        create_tables(connection, tables)
        open_ledger(connection, tables, "bench.example/recorder")
    committer = Committer(lambda: psycopg.connect(dsn), tables)
    stock = stock_recorder(make_database(world.access, "recorder_stock"), POOL)
    stock.create_table()
    relied = _relied(committer)
    try:
        ours, peers = [], []
        for _ in range(rounds):
            ours.append(_race(_ours(committer, relied), seconds))
            peers.append(_race(_stock(stock), seconds))
    finally:
        committer.close()
        stock.datastore.close()
    rate, peer = median([one[0] for one in ours]), median([one[0] for one in peers])
    return Row(
        "recorder",
        "Recorder alone, 64 threads",
        (Goal("times the stock recorder, with three re-checks, idempotency and tree", 5, "x", rate / peer),),
        f"{peer:.0f}/s, p99 {median([one[1] for one in peers]):.0f} ms",
        (f"{rate:.0f} commands a second, p99 {median([one[1] for one in ours]):.0f} ms",),
    )


def _relied(committer: Committer) -> tuple[tuple[Stream, int], ...]:
    """An officer's and a policy's stream that every command relies on, beside its own."""
    streams = uuid4(), uuid4()
    for stream in streams:
        committer.submit(Command((NewEvent(stream, 1, "officer.registered", STATE, plain=True),))).result()
    return tuple((stream, 1) for stream in streams)


def _ours(committer: Committer, relied: tuple[tuple[Stream, int], ...]) -> Write:
    def write(stream: UUID, version: int) -> None:
        event = NewEvent(stream, version, "review.visited", STATE, plain=True)
        command = Command((event,), (*relied, (stream, version - 1)), key=uuid4(), same=STATE[:40])
        committer.submit(command).result()

    return write


def _stock(stock: "object") -> Write:
    def write(stream: UUID, version: int) -> None:
        stock.insert_events([StoredEvent(stream, version, "review.visited", STATE)])  # type: ignore[attr-defined]

    return write


def _race(write: Write, seconds: float) -> tuple[float, float]:
    """(commands a second, p99 in ms) of 64 threads, each with a stream of its own, five versions long, then another."""
    ends = time.perf_counter() + seconds
    times: list[list[float]] = [[] for _ in range(THREADS)]
    failed: list[Exception] = []

    def work(mine: list[float]) -> None:
        try:
            while time.perf_counter() < ends:
                stream = uuid4()
                for version in range(1, VERSIONS + 1):
                    began = time.perf_counter()
                    write(stream, version)
                    mine.append((time.perf_counter() - began) * 1000)
        except Exception as error:
            failed.append(error)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(mine,)) for mine in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    every = [one for mine in times for one in mine]
    return len(every) / (time.perf_counter() - began), percentile(every, 99)
