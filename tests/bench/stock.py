"""The peer: the stock `eventsourcing` recorder behind the same HTTP layer, with the same admission of a signed act.

It checks form, times, key and signature as we do, and then records the act with the library's own
PostgresApplicationRecorder, from a thread. It decides nothing, checks no version but the library's, chains nothing,
proves nothing, and keeps no disclosures.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from fastapi import FastAPI, Request, Response
from psycopg.rows import dict_row
from starlette.routing import BaseRoute, Route

from api.rules import OFFLINE_DAYS
from api.settings import Settings
from ledger.act import Act, check_times, parse_act
from ledger.jws import verify_jws
from ledger.keys import KeyHistory, KeyRegistered

TABLE = "stock_events"
POOL = 16
"""Connections and threads a process: enough to keep the table's lock busy."""


def stock_recorder(dsn: str, pool: int = POOL) -> PostgresApplicationRecorder:
    """The library's recorder as it comes, on a DSN."""
    datastore = PostgresDatastore("", "", "", "", "", pool_size=pool, max_overflow=0, max_waiting=4096)
    datastore.pool.conninfo = dsn
    datastore.pool.kwargs = {"row_factory": dict_row}
    return PostgresApplicationRecorder(datastore, events_table_name=TABLE)


def create_app() -> FastAPI:
    """The peer's application; `BENCH_PEOPLE` names a file of {origin, officers: [[id, JWK], …]}."""
    settings = Settings.from_env()
    people = orjson.loads(Path(os.environ["BENCH_PEOPLE"]).read_bytes())
    origin = people["origin"]
    keys = KeyHistory(KeyRegistered(0, officer, jwk) for officer, jwk in people["officers"])

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.recorder = stock_recorder(settings.dsn or "")
        app.state.threads = ThreadPoolExecutor(POOL)
        yield
        app.state.recorder.datastore.close()

    def admit(message: bytes) -> Act:
        act, jws = parse_act(message, origin)
        check_times(act, datetime.now(UTC), offline_days=OFFLINE_DAYS)
        verify_jws(jws, keys.at(act.kid, 1).key)
        return act

    async def record(app: FastAPI, acts: list[Act]) -> list[dict[str, Any]]:
        events = [stored(act) for act in acts]
        loop = asyncio.get_running_loop()
        ids = await loop.run_in_executor(app.state.threads, app.state.recorder.insert_events, events)
        return [
            {"index": id_, "hash": act.digest, "stream": str(act.case), "version": act.version, "status": 201}
            for act, id_ in zip(acts, ids or (), strict=True)
        ]

    async def ready(request: Request) -> Response:
        return Response(b"{}", media_type="application/json")

    async def post_act(request: Request) -> Response:
        recorded = await record(request.app, [admit(await request.body())])
        return Response(orjson.dumps(recorded[0]), 201, media_type="application/json")

    async def post_batch(request: Request) -> Response:
        acts = [admit(act.encode()) for act in orjson.loads(await request.body())["acts"]]
        return Response(orjson.dumps({"results": await record(request.app, acts)}), media_type="application/json")

    routes: list[BaseRoute] = [
        Route("/ready", ready),
        Route("/acts", post_act, methods=["POST"]),
        Route("/acts/batch", post_batch, methods=["POST"]),
    ]
    quiet: Any = {"tracing": False, "metrics": False, "logs": False}
    return FastAPI(lifespan=lifespan, routes=routes, telemetry=quiet)


def stored(act: Act) -> StoredEvent:
    """An act as the library stores events; the time is for those who measure how soon they hear of it."""
    state = b'{"at":%.6f,"act":"%b"}' % (time.time(), act.jws.encode())
    return StoredEvent(act.case, act.version, act.code, state)
