"""One county a module: opened once, spoken to by many tests, by one or two processes' worth of applications."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from api.app import create_app
from api.settings import Settings
from tests.county import Person, six_stages, submit_data
from tests.service import County, client_of, running_county


@dataclass
class Office:
    """A running county with its people, for tests that are written without `async`."""

    county: County
    settings: Settings
    runner: asyncio.Runner
    clients: list[Any] = field(default_factory=list)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def together(self, *works: Coroutine[Any, Any, Any]) -> list[Any]:
        async def all_of_them() -> list[Any]:
            return list(await asyncio.gather(*works))

        result: list[Any] = self.run(all_of_them())
        return result

    def another(self) -> httpx.AsyncClient:
        """A client of another application instance on the same ledger: another worker, or this one started anew."""
        app = create_app(self.settings)
        lifespan = app.router.lifespan_context(app)
        self.run(lifespan.__aenter__())
        self.clients.append(lifespan)
        return client_of(app)

    def send(self, message: str | bytes, client: httpx.AsyncClient | None = None, **headers: Any) -> httpx.Response:
        answer: httpx.Response = self.run(
            (client or self.county.client).post("/acts", content=message, headers=headers)
        )
        return answer

    def get(self, path: str, client: httpx.AsyncClient | None = None, **headers: Any) -> httpx.Response:
        answer: httpx.Response = self.run((client or self.county.client).get(path, headers=headers))
        return answer

    def batch(self, messages: list[str], client: httpx.AsyncClient | None = None) -> list[dict[str, Any]]:
        answer = self.run((client or self.county.client).post("/acts/batch", json={"acts": messages}))
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def record(self, message: str, client: httpx.AsyncClient | None = None) -> dict[str, Any]:
        answer = self.send(message, client)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        self.county.pen.recorded(body["stream"], body["version"], body["hash"])
        return body

    def size(self) -> int:
        """Lines on the ledger, without refused attempts: those are recorded behind the answers."""
        size: int = self.get("/ledger/head").json()["size"]
        kept = self.get("/ledger/lines?type=refusal.recorded&limit=5000").text.splitlines()
        return size - sum(orjson.loads(line)["index"] < size for line in kept)

    def sign(self, person: Person, stream: str, code: str, data: dict[str, Any], **others: Any) -> str:
        """A signed act that leaves the pen's memory as it was: it may well be refused."""
        heads = dict(self.county.pen.heads)
        message = self.county.pen.sign(person, stream, code, data, **others)
        self.county.pen.heads = heads
        return message

    def new_case(self) -> str:
        """A case that was just submitted."""
        case = str(uuid4())
        data, disclosures = submit_data()
        self.record(self.county.pen.sign(self.county.clerk, case, "apply.submit", data, disclosures))
        return case

    def case_until(self, code: str) -> str:
        """A case whose next act, in the usual order, is `code`."""
        case = self.new_case()
        for person, each, data in self.six_stages():
            if each == code:
                return case
            self.record(self.county.pen.sign(person, case, each, data))
        return case

    def six_stages(self) -> list[tuple[Person, str, dict[str, Any]]]:
        county = self.county
        return six_stages(county.clerk, county.assistant, county.other, county.inspector)

    def refused(self, message: str | bytes, status: int, code: str, **named: Any) -> dict[str, Any]:
        """The act is refused with this status and code, and the ledger is as long as before."""
        size = self.size()
        answer = self.send(message, **named)
        body: dict[str, Any] = answer.json()
        assert (answer.status_code, body["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["detail"]
        assert self.size() == size
        return body


@pytest.fixture(scope="module")
def office(module_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data: Path = tmp_path_factory.mktemp("county")
    with asyncio.Runner() as runner:
        running = running_county(module_database.admin_dsn, module_database.service_dsn, data)
        county = runner.run(running.__aenter__())
        runner.run(county.settle())
        office = Office(county, Settings(data=data, dsn=module_database.service_dsn), runner)
        try:
            yield office
        finally:
            for lifespan in office.clients:
                runner.run(lifespan.__aexit__(None, None, None))
            runner.run(running.__aexit__(None, None, None))
