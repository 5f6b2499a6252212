"""`/ready` says whether acts can be recorded, and if not, why."""

import asyncio
from pathlib import Path

import psycopg

from api.rules import CASEWORK_TABLES
from tests.conftest import Database
from tests.service import running_county


def test_ready_names_whoever_keeps_the_ledgers_lock(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            assert (await county.client.get("/ready")).status_code == 200
            with psycopg.connect(database.service_dsn, autocommit=True, application_name="somebody") as holder:
                holder.execute("SELECT pg_advisory_lock(%s)", (CASEWORK_TABLES.lock,))
                answer = await county.client.get("/ready", headers={"Accept-Language": "zh"})
                assert answer.status_code == 503
                problem = answer.json()
                assert (problem["code"], problem["application"]) == ("commit.locked", "somebody")
                assert f"pg_terminate_backend({holder.info.backend_pid})" in problem["detail"]
            assert (await county.client.get("/ready")).status_code == 200

    asyncio.run(scenario())
