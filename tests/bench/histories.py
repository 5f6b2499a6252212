"""The history of one case, on a small ledger and on a large one."""

import http.client
import random
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import uuid4

import psycopg

from api.rules import CASEWORK_TABLES
from ledger.batch import Command, NewEvent
from ledger.committer import Committer
from tests.bench.figures import Goal, Row, percentile
from tests.bench.house import OURS, House, running
from tests.bench.load import Job
from tests.bench.recorder import STATE
from tests.bench.world import World, load, make_database, prepare, settle

READERS = 4
CASES = 900
"""Eleven acts each: some ten thousand lines."""


def histories(world: World, directory: Path, lines: int, seconds: float) -> Row:
    """Read whole histories, every signature in them shown to hold, before and after the ledger grows to `lines`."""
    admin = make_database(world.access, "history")
    service = world.access.service_dsn("history")
    with running(OURS, directory, MINGZHANG_DSN=service, MINGZHANG_ADMIN_DSN=admin) as house:
        cast = settle(house)
        cases = prepare(house, cast, CASES)
        job = Job(house.port, 4, 3600, cast.to_json(), cases, batch=100, batches=CASES // 10, warm_up=0)
        heads = load(job).heads
        full = [stream for stream, version, _ in heads if version == 11]
        small = _read(house, full, seconds)
        small_size = size_of(admin)
        began = time.perf_counter()
        fill(admin, lines - small_size)
        filled = time.perf_counter() - began
        large = _read(house, full, seconds)
        size = size_of(admin)
    p99 = percentile(small, 99), percentile(large, 99)
    p50 = percentile(small, 50), percentile(large, 50)
    return Row(
        "history",
        "History of one case",
        (
            Goal(f"p99 at {small_size:,} lines", 20, "ms", p99[0], at_least=False),
            Goal(f"p99 at {size:,} lines", 20, "ms", p99[1], at_least=False),
            Goal("p50, large over small", 1.25, "x", p50[1] / p50[0], at_least=False),
        ),
        "itself on the small ledger",
        (
            f"p50 {p50[0]:.1f} ms and {p50[1]:.1f} ms, {READERS} readers at once; 11 acts a history, the chain"
            " to both neighbours checked for the answer, each signature too unless found good on the same bytes before",
            f"grown by {lines - small_size:,} generic events of {len(STATE)} bytes in streams of eleven, committed in"
            f" {filled:.0f} s by the committer in batches; then VACUUM ANALYZE, which autovacuum does within minutes",
        ),
    )


def size_of(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(CASEWORK_TABLES.sql("SELECT max(size) FROM {heads}")).fetchone()
    assert row is not None
    return int(row[0])


def fill(dsn: str, count: int) -> None:
    committer = Committer(lambda: psycopg.connect(dsn), CASEWORK_TABLES)
    try:
        commands = _commands(count)
        ahead = [committer.submit(command) for command in islice(commands, 4096)]
        while ahead:
            ahead, waiting = [committer.submit(command) for command in islice(commands, 2048)], ahead
            for future in waiting:
                future.result()
    finally:
        committer.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _commands(count: int) -> Iterator[Command]:
    stream = uuid4()
    for number in range(count):
        version = number % 11 + 1
        if version == 1:
            stream = uuid4()
        event = NewEvent(stream, version, "filler.noted", STATE, plain=True)
        yield Command((event,), key=uuid4(), same=STATE[:40])


def _read(house: House, cases: list[str], seconds: float) -> list[float]:
    """Milliseconds of each answer: readers that each ask for one random case's history after another."""
    times: list[float] = []
    failed: list[str] = []
    began = time.perf_counter() + 1  # caches warm up first

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", house.port)
        while (now := time.perf_counter()) < began + seconds:
            connection.request("GET", f"/cases/{chance.choice(cases)}/history")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or body.count(b'"valid":true') < 22:
                failed.append(body.decode()[:200])
                return
            if now >= began:
                times.append((time.perf_counter() - now) * 1000)
        connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"a history was not right: {failed[0]}")
    return times
