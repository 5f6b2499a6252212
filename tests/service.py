"""The real service in this process: the whole application on a real ledger, spoken to over HTTP semantics."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from api.app import create_app
from api.opening import open_county
from api.publishing.running import Publishing
from api.settings import Settings, WitnessMode
from api.worker import configuration
from ledger.jws import key_of
from ledger.opening import Administrator
from tests.county import TOWN, Pen, Person, adopt, delegate, register

MARKED = WitnessMode()


@dataclass
class County:
    """A running service, its people, and the pen they sign with."""

    app: FastAPI
    client: httpx.AsyncClient
    pen: Pen
    dsn: str
    admin1: Person = field(default_factory=Person)
    admin2: Person = field(default_factory=Person)
    clerk: Person = field(default_factory=Person)
    assistant: Person = field(default_factory=Person)
    other: Person = field(default_factory=Person)
    inspector: Person = field(default_factory=Person)
    supervisor: Person = field(default_factory=Person)

    async def send(self, message: str, **headers: str) -> httpx.Response:
        return await self.client.post("/acts", content=message, headers=headers)

    async def record(self, message: str) -> dict[str, Any]:
        answer = await self.send(message)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        self.pen.recorded(body["stream"], body["version"], body["hash"])
        return body

    async def settle(self) -> None:
        """Register the town's clerk, assistant and head (`other`), and two people of the county; delegate, adopt."""
        town, county = (self.clerk, self.assistant, self.other), (self.inspector, self.supervisor)
        for person, unit in (*((person, TOWN) for person in town), *((person, "610924") for person in county)):
            await self.record(register(self.pen, self.admin1, self.admin2, person, unit))
        await self.record(delegate(self.pen, self.inspector))
        for pack in ("law-2022-10", "county-defaults"):
            for message in adopt(self.pen, self.inspector, self.supervisor, pack):
                await self.record(message)


def publish(settings: Settings) -> None:
    """One round of what the publishing process does."""
    with psycopg.connect(settings.dsn or "", autocommit=True) as connection:
        publishing = Publishing(settings, connection)
        try:
            for step in publishing.steps():
                step()
        finally:
            publishing.close()


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client of the whole application, which sends acts as what they are where a test says nothing else."""

    async def as_act(request: httpx.Request) -> None:
        if request.method == "POST" and "content-type" not in request.headers:
            request.headers["content-type"] = "application/sd-jwt"

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://127.0.0.1",
        event_hooks={"request": [as_act]},
    )


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The app on a real socket of the loopback interface, served as a worker does; gives its URL."""
    server = uvicorn.Server(configuration(app, host="127.0.0.1", port=0))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@asynccontextmanager
async def running_county(
    admin_dsn: str, service_dsn: str, data: Path, *, simulation: bool = False, witnesses: WitnessMode = MARKED
) -> AsyncIterator[County]:
    """Open a county's ledger in an empty database and serve it."""
    settings = Settings(data=data, dsn=service_dsn, witnesses=witnesses)
    admin1, admin2 = Person(), Person()
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        county = open_county(
            connection,
            settings,
            "test.example/ledger",
            [Administrator(p.id, key_of(p.private.public_key()), "610924") for p in (admin1, admin2)],
            simulation=simulation,
        )
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield County(app, client, Pen(county.origin), service_dsn, admin1, admin2)
