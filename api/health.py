"""`/health` (the process lives) and `/ready` (acts can be recorded)."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.rules import CASEWORK_TABLES
from api.schemas import HealthOut, ReadyOut
from api.service import Service
from ledger.head_lock import check_head_lock
from ledger.receipts import current_head

router = APIRouter(tags=["health 状态"])


@router.get("/health", response_model=None, responses={200: {"model": HealthOut}})
async def get_health() -> Response:
    """The process answers."""
    return _json({"status": "ok", "reads": "loopback only"})


@router.get("/ready", response_model=None, responses={200: {"model": ReadyOut}})
async def get_ready(request: Request) -> Response:
    """The database answers, the ledger is there, and nobody keeps its lock; 503 otherwise."""
    service: Service = request.app.state.service
    await service.read(lambda connection: check_head_lock(connection, CASEWORK_TABLES))
    head = await service.read(lambda connection: current_head(connection, CASEWORK_TABLES))
    return _json({"status": "ready", "origin": service.origin, "size": head.size})


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
