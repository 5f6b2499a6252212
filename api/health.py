"""`/health` (the process lives) and `/ready` (acts can be recorded)."""

import time
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.schemas import HealthOut, Problem, ReadyOut
from api.service import Service

router = APIRouter(tags=["health 状态"])


@router.get("/health", response_model=None, responses={200: {"model": HealthOut}})
async def get_health(request: Request) -> Response:
    """The process answers. How old are the head that was published last, and the last quorum of witnesses?"""
    service: Service = request.app.state.service
    latest, now = service.published.latest(), time.time()
    published = {"size": latest.head.size, "age": max(0, int(now - latest.at))} if latest else None
    witnesses = (await service.witness_standing()).json()
    return _json(
        {
            "status": "ok",
            "reads": "loopback only",
            "simulation": service.simulation,
            "published": published,
            "witnesses": witnesses,
        }
    )


@router.get("/ready", response_model=None, responses={200: {"model": ReadyOut}, 503: {"model": Problem}})
async def get_ready(request: Request) -> Response:
    """An act could be recorded: the same checks as a commit makes, without writing. 503 otherwise, saying why."""
    service: Service = request.app.state.service
    head = await service.read(service.check_ready)
    return _json({"status": "ready", "origin": service.origin, "size": head.size, "simulation": service.simulation})


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
