"""`GET /cases/{id}`, its history, and what a signer needs to know of any stream."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from api.problems import NotFound
from api.rules import CASEWORK_TABLES
from api.schemas import CaseOut, HistoryOut, ImportedCaseOut, Problem, StreamOut
from api.service import Service
from domain.case import Case
from domain.source import SourceCase
from ledger.line import decode_line, line_hash
from ledger.receipts import current_head
from ledger.store import AnyConnection, read_around, read_stream
from projections.history import Neighbours, history

router = APIRouter(tags=["cases 案件"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.get("/cases/{case}", response_model=None, responses={200: {"model": CaseOut | ImportedCaseOut}, **_NOT_FOUND})
async def get_case(case: UUID, request: Request) -> Response:
    """A case as it stands 案件现状."""
    service: Service = request.app.state.service
    stream = (await service.read_streams([case]))[case]
    service.remember(case, stream)
    if not isinstance(stream.aggregate, Case | SourceCase):
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    size = await service.read(lambda connection: current_head(connection, CASEWORK_TABLES).size)
    return _json(stream.aggregate.describe() | {"hash": stream.line_hash, "position": size - 1})


@router.get("/cases/{case}/history", response_model=None, responses={200: {"model": HistoryOut}, **_NOT_FOUND})
async def get_history(case: UUID, request: Request) -> Response:
    """Every line of the case 案件全程: who, when signed, when it took place, when recorded, on what basis, what holds.

    Signatures and the chain to the neighbouring lines are verified for this answer, not remembered.
    """
    service: Service = request.app.state.service
    await service.read_keys()

    def look(connection: AnyConnection) -> tuple[list[bytes], dict[int, tuple[str, str | None]], int]:
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return (
                read_stream(connection, CASEWORK_TABLES, case),
                read_around(connection, CASEWORK_TABLES, case),
                current_head(connection, CASEWORK_TABLES).size,
            )

    lines, around, size = await service.read(look)
    if not lines:
        raise NotFound(f"there is no case {case}", what=f"case {case}")
    neighbours = {index: Neighbours(*both) for index, both in around.items()}
    entries = history(lines, neighbours, service.keys)
    return _json({"case": str(case), "position": size - 1, "entries": entries})


@router.get("/streams/{stream}", response_model=None, responses={200: {"model": StreamOut}})
async def get_stream(stream: UUID, request: Request) -> Response:
    """The latest version and line hash of any stream: what the next act signs as `version` − 1 and `prev`."""
    service: Service = request.app.state.service
    lines = await service.read(lambda connection: read_stream(connection, CASEWORK_TABLES, stream))
    if not lines:
        return _json({"stream": str(stream), "version": 0, "hash": None})
    last = lines[-1]
    return _json({"stream": str(stream), "version": decode_line(last).version, "hash": line_hash(last).hex()})


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content, default=str), media_type="application/json")
