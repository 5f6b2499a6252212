"""Receipts and proofs of consistency on a large ledger, over HTTP."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from ledger.checkpoint import open_checkpoint, parse_receipt
from ledger.line import line_hash
from ledger.note import NoteKey
from tests.bench.figures import Goal, Row, percentile
from tests.bench.histories import fill, size_of
from tests.bench.house import OURS, House, running
from tests.bench.world import World, make_database

READERS = 4
PATIENCE = 300.0
"""Seconds in which the large ledger must be published."""

Asked = Callable[[random.Random], str]


def proofs(world: World, directory: Path, lines: int, seconds: float) -> Row:
    """Receipts of random lines under the published head, and proofs between random sizes, each by readers at once."""
    admin = make_database(world.access, "proofs")
    service = world.access.service_dsn("proofs")
    with running(OURS, directory, MINGZHANG_DSN=service, MINGZHANG_ADMIN_DSN=admin) as house:
        fill(admin, lines - size_of(admin))
        size = size_of(admin)
        began = time.perf_counter()
        _await_published(house, size)
        published = time.perf_counter() - began
        _check(house, size)
        receipts = _ask(house, lambda chance: f"/receipts/{chance.randrange(size)}", seconds)
        consistency = _ask(house, lambda chance: _between(chance, size), seconds)
    return Row(
        "proofs",
        "Receipts and proofs of consistency",
        (
            Goal(f"receipt, p99 at {size:,} lines", 20, "ms", percentile(receipts, 99), at_least=False),
            Goal(f"consistency, p99 at {size:,} lines", 20, "ms", percentile(consistency, 99), at_least=False),
        ),
        "",
        (
            f"p50 {percentile(receipts, 50):.1f} ms and {percentile(consistency, 50):.1f} ms, {READERS} readers at once"
            "; receipts of random lines under the published head, line and root checked for the answer; proofs between"
            " random sizes",
            f"the tiles of {size:,} lines that came at once were published {published:.1f} s later",
        ),
    )


def _between(chance: random.Random, size: int) -> str:
    old, new = sorted((chance.randint(1, size), chance.randint(1, size)))
    return f"/ledger/consistency?from={old}&to={new}"


def _await_published(house: House, size: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = _get(house, "/checkpoint").split(b"\n")
        if len(answer) > 2 and int(answer[1]) >= size:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{size} lines were not published within {PATIENCE} seconds")


def _check(house: House, size: int) -> None:
    """What is measured is right: a receipt verifies under the head that is published."""
    head = orjson.loads(_get(house, "/ledger/head"))
    index = size // 3
    receipt = parse_receipt(_get(house, f"/receipts/{index}").decode())
    keys = [NoteKey.parse(vkey) for vkey in head["log_keys"]]
    receipt.verify(line_hash(_get(house, f"/ledger/lines/{index}")), keys)
    assert open_checkpoint(receipt.checkpoint, keys).size >= size


def _get(house: House, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", house.port)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def _ask(house: House, path: Asked, seconds: float) -> list[float]:
    """Milliseconds of each answer."""
    times: list[float] = []
    failed: list[str] = []
    began = time.perf_counter() + 1  # caches warm up first

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", house.port)
        while (now := time.perf_counter()) < began + seconds:
            connection.request("GET", path(chance))
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
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
        raise RuntimeError(f"an answer was not right: {failed[0]}")
    return times
