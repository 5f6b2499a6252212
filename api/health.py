"""`/health` (the process lives) and `/ready` (acts can be recorded)."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.schemas import HealthOut, Problem, ReadyOut
from api.service import Service

router = APIRouter(tags=["health 状态"])


@router.get("/health", response_model=None, responses={200: {"model": HealthOut}})
async def get_health(request: Request) -> Response:
    """The process answers."""
    service: Service = request.app.state.service
    return _json({"status": "ok", "reads": "loopback only", "simulation": service.simulation})


@router.get("/ready", response_model=None, responses={200: {"model": ReadyOut}, 503: {"model": Problem}})
async def get_ready(request: Request) -> Response:
    """An act could be recorded: the same checks as a commit makes, without writing. 503 otherwise, saying why."""
    service: Service = request.app.state.service
    head = await service.read(service.check_ready)
    return _json({"status": "ready", "origin": service.origin, "size": head.size, "simulation": service.simulation})


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
