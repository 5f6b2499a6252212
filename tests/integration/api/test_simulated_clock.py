"""A simulation's time is what its acts say; a ledger in earnest keeps its own, whatever they say."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conftest import Database
from tests.county import submit_data
from tests.service import County, running_county


def go(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


@asynccontextmanager
async def county_of(database: Database, tmp_path: Path, *, simulation: bool) -> AsyncIterator[County]:
    async with running_county(database.admin_dsn, database.service_dsn, tmp_path, simulation=simulation) as county:
        yield county


def submit(county: County, at: datetime, **others: Any) -> str:
    data, disclosures = submit_data()
    case = str(uuid4())
    return county.pen.sign(county.clerk, case, "apply.submit", data, disclosures, **dated(at), **others)


def dated(at: datetime) -> dict[str, Any]:
    return {"iat": int(at.timestamp()), "on": str((at + timedelta(hours=8)).date())}
