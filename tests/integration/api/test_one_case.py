"""One case through all six stages, over HTTP, on a real ledger."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

from ledger.checkpoint import parse_receipt
from ledger.note import NoteKey
from tests.county import six_stages, submit_data
from tests.service import running_county


def test_a_case_goes_through_all_six_stages_and_its_history_reads_in_order(database: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            await county.settle()
            case = str(uuid4())
            data, disclosures = submit_data()
            first = await county.record(county.pen.sign(county.clerk, case, "apply.submit", data, disclosures))
            for person, code, act_data in six_stages(county.clerk, county.assistant, county.other, county.inspector):
                await county.record(county.pen.sign(person, case, code, act_data))
            state = (await county.client.get(f"/cases/{case}")).json()
            assert (state["stage"], state["version"], state["monthly_fen"]) == ("exited", 16, 45_000)
            history = (await county.client.get(f"/cases/{case}/history")).json()
            assert [entry["version"] for entry in history["entries"]] == list(range(1, 17))
            assert all(entry["signature"]["valid"] and entry["chain"]["valid"] for entry in history["entries"])
            assert "测试甲" not in str(history)
            head = (await county.client.get("/ledger/head")).json()
            keys = [NoteKey.parse(vkey) for vkey in head["log_keys"]]
            checkpoint = parse_receipt(first["receipt"]).verify(bytes.fromhex(first["hash"]), keys, head["origin"])
            assert checkpoint.size == first["index"] + 1

    asyncio.run(scenario())
