"""`/ledger/seals` and `/streams/{id}/head-proof`: what was a stream's last line, shown by a seal over all."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.problems import NotFound
from api.schemas import HeadProofOut, Problem, SealOut
from api.service import Service
from ledger.head_map import MapProof
from ledger.head_seal import HeadSeal
from ledger.store import AnyConnection

router = APIRouter(tags=["ledger 账本"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.get(
    "/ledger/seals/latest",
    response_model=None,
    responses={200: {"model": SealOut}, **_NOT_FOUND},
    summary="The latest seal over the heads of all streams 最近的封记",
)
async def get_latest_seal(request: Request) -> Response:
    """The latest seal: line `index` says what the last lines of all streams were, over the first `size` lines."""
    service: Service = request.app.state.service
    seal = await service.read(service.sealer.latest)
    if seal is None:
        raise NotFound("nothing was sealed yet", what="seal")
    return _json(seal.json())


@router.post(
    "/ledger/seals",
    response_model=None,
    status_code=201,
    responses={200: {"model": SealOut, "description": "nothing came after the latest seal"}, 201: {"model": SealOut}},
    summary="Seal the heads of all streams now 立即封记",
)
async def make_seal(request: Request) -> Response:
    """Seal the heads of all streams as they stand now: one more line, in the ledger's own words, under its own key."""
    service: Service = request.app.state.service

    def build(connection: AnyConnection) -> tuple[HeadSeal, bool]:
        latest = service.sealer.latest(connection)
        seal = service.sealer.seal(connection)
        return seal, seal != latest

    seal, new = await service.read(build)
    return _json(seal.json(), 201 if new else 200)


@router.get(
    "/streams/{stream}/head-proof",
    response_model=None,
    responses={200: {"model": HeadProofOut}, **_NOT_FOUND},
    summary="Where a stream stood at a seal 案卷在封记时的末行",
)
async def get_head_proof(
    request: Request,
    stream: UUID,
    seal: Annotated[int | None, Query(ge=0, lt=2**62, description="the seal's line, else the latest 封记行")] = None,
) -> Response:
    """Which version of the stream was its last at the seal, or that there was no such stream: the proof leads to the
    seal's root. `version` and `hash` are null where it was not there; `ledger/head_map.py` says how it is checked."""
    service: Service = request.app.state.service

    def build(connection: AnyConnection) -> tuple[HeadSeal, MapProof] | None:
        found = service.sealer.latest(connection) if seal is None else service.sealer.find(connection, seal)
        return (found, service.sealer.prove(connection, found, [str(stream)])[0]) if found else None

    answer = await service.read(build)
    if answer is None:
        raise NotFound(f"there is no seal {seal}", what="seal" if seal is None else f"seal {seal}")
    found, proof = answer
    return _json({"seal": found.json(), "proof": proof.json()})


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
