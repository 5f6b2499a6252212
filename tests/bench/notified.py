"""From an act's commit to a subscriber's knowing of it."""

import threading
import time
from datetime import datetime

import psycopg

from api.rules import CASEWORK_TABLES
from domain.casework import Casework
from ledger.line import decode_line
from ledger.recorder import LedgerApplicationRecorder
from tests.bench.figures import Goal, Row, percentile
from tests.bench.house import House
from tests.bench.load import Job
from tests.bench.stock import stock_recorder
from tests.bench.world import World, load

CLIENTS = 20
PAUSE = 0.1
"""Seconds between a client's acts: some two hundred acts a second in all, a busy morning."""


def notified(world: World, seconds: float) -> Row:
    """One subscriber in another process than the service, acts coming in at an even pace."""
    ours = _ours(world, seconds)
    stock = _stock(world, seconds)
    return Row(
        "notified",
        "Act committed to subscriber notified",
        (
            Goal("p50", 10, "ms", percentile(ours, 50), at_least=False),
            Goal("p99", 50, "ms", percentile(ours, 99), at_least=False),
        ),
        f"p50 {percentile(stock, 50):.1f} ms, p99 {percentile(stock, 99):.1f} ms",
        (
            f"{len(ours)} acts at about {CLIENTS / PAUSE:.0f} a second, counted from the line's own `at`, which is"
            " taken just before the commit; the peer's just before its insert",
        ),
    )


def _ours(world: World, seconds: float) -> list[float]:
    app = Casework(
        {
            "PERSISTENCE_MODULE": "ledger",
            "LEDGER_DSN": world.access.service_dsn(),
            "POSTGRES_SCHEMA": CASEWORK_TABLES.schema,
            "CREATE_TABLE": "n",
        }
    )
    recorder = app.recorder
    assert isinstance(recorder, LedgerApplicationRecorder)
    arrived = _follow(recorder, world, world.ours, seconds)
    app.close()
    statement = CASEWORK_TABLES.sql("SELECT index, line FROM {lines} WHERE index >= %s ORDER BY index")
    with psycopg.connect(world.access.service_dsn()) as connection:
        rows = connection.execute(statement, (min(arrived, default=0),)).fetchall()
    at = {index: datetime.fromisoformat(decode_line(bytes(line)).at).timestamp() for index, line in rows}
    return [(when - at[index]) * 1000 for index, (when, _) in arrived.items()]


def _stock(world: World, seconds: float) -> list[float]:
    recorder = stock_recorder(world.access.admin_dsn("stock"), 3)
    arrived = _follow(recorder, world, world.stock, seconds)
    recorder.datastore.close()
    return [(when - float(state[6:].split(b",")[0])) * 1000 for when, state in arrived.values()]


def _follow(recorder: "object", world: World, house: House, seconds: float) -> dict[int, tuple[float, bytes]]:
    """When each notification arrived, and its state, while a load runs."""
    arrived: dict[int, tuple[float, bytes]] = {}
    last = recorder.max_notification_id()  # type: ignore[attr-defined]
    with recorder.subscribe(gt=last) as subscription:  # type: ignore[attr-defined]

        def follow() -> None:
            for notification in subscription:
                arrived[notification.id] = time.time(), notification.state

        thread = threading.Thread(target=follow)
        thread.start()
        job = Job(house.port, CLIENTS, seconds, world.cast.to_json(), pause=PAUSE)
        result = load(job)
        deadline = time.monotonic() + 5
        while len(arrived) < result.all_acts and time.monotonic() < deadline:
            time.sleep(0.01)
        subscription.stop()
        thread.join()
    if len(arrived) < result.all_acts:
        raise RuntimeError(f"{result.all_acts} acts were recorded, the subscriber heard of {len(arrived)}")
    return arrived
