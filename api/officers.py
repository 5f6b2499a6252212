"""`GET /officers/{id}`: an officer as the ledger has them. No name: that is personal, and stands in no line."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api.problems import NotFound
from api.schemas import OfficerOut, Problem
from api.service import Service
from domain.officer import Officer, describe

router = APIRouter(tags=["officers 人员"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.get(
    "/officers/{officer}",
    response_model=None,
    responses={200: {"model": OfficerOut}, **_NOT_FOUND},
    summary="An officer 人员现状",
)
async def get_officer(officer: UUID, request: Request) -> Response:
    """Unit, keys, duties, deputies, and what they handed over: `handover` is `open` until it is taken over."""
    service: Service = request.app.state.service
    stream = (await service.read_streams([officer]))[officer]
    service.remember(officer, stream)
    if not isinstance(stream.aggregate, Officer):
        raise NotFound(f"there is no officer {officer}", what=f"officer {officer}")
    return Response(orjson.dumps(describe(stream.aggregate)), media_type="application/json")
