"""`GET /refusals`: the refused attempts that were kept."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.refusals import open_line
from api.rules import CASEWORK_TABLES
from api.schemas import RefusalsOut
from api.service import Service
from domain.refusal import EVENT
from domain.streams import refusal_id
from ledger.store import AnyConnection, read_latest
from ledger.stored import stored_line

router = APIRouter(tags=["refusals 被拒行为"])
MAX_PAGE = 500


@router.get(
    "/refusals",
    response_model=None,
    responses={200: {"model": RefusalsOut}},
    summary="Refused attempts that were kept 被拒行为",
)
async def get_refusals(
    request: Request,
    officer: Annotated[UUID | None, Query(description="only this officer's 仅此人")] = None,
    before: Annotated[int, Query(ge=0, lt=2**62, description="only below this index 早于此行")] = 2**62 - 1,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="refusals at most 最多条数")] = 100,
) -> Response:
    """Acts that the rules refused, the newest first: who, which act, for what reason; nothing of what the act said.

    `more` counts refusals of that officer before this one that were not recorded, there being too many. `sealed` false:
    somebody else put that line there, and it says nothing. `next` is the `before` of the next page.
    """
    service: Service = request.app.state.service
    stream = refusal_id(service.origin, str(officer)) if officer else None

    def build(connection: AnyConnection) -> bytes:
        entries = []
        found = read_latest(connection, CASEWORK_TABLES, EVENT, limit, stream=stream, before=before)
        for index, line in found:
            with stored_line(index):
                kept, sealed = open_line(service.log_keys, line)
                entries.append({"index": kept.index, "recorded": kept.at, "sealed": sealed, **kept.said})
        return orjson.dumps({"refusals": entries, "next": found[-1][0] if len(found) == limit else None})

    # In a thread, seals included: readers do not keep anybody's act waiting.
    return Response(await service.read(build), media_type="application/json")
