"""`/checkpoint` and `/tile/…` as C2SP tlog-tiles has them, and proofs of consistency for those who have no tiles."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.problems import NotFound
from api.rules import CASEWORK_TABLES
from api.schemas import Problem
from api.service import Service
from ledger.errors import LedgerFaulty, Refused
from ledger.receipts import current_head
from ledger.store import AnyConnection, read_lines
from ledger.stored import check_place
from ledger.tiles import TileName, bundle, parse_tile_name
from ledger.tree import TILE, consistency_proof, tile_nodes

router = APIRouter(tags=["ledger 账本"])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}
STEP = 32
"""Lines of a bundle read at a time, of 64 KiB at most."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BRIEFLY = {"Cache-Control": "public, max-age=1"}
"""The next checkpoint comes within a second."""


@router.get(
    "/checkpoint",
    response_model=None,
    response_class=Response,
    responses={200: {**_TEXT, "description": "a C2SP checkpoint: a signed note"}, **_NOT_FOUND},
    summary="The published checkpoint 已公布的账头",
)
async def get_checkpoint(request: Request) -> Response:
    """The latest published head, signed by the ledger's keys and cosigned by its witnesses. Tiles lead to it."""
    service: Service = request.app.state.service
    found = service.published.latest()
    if found is None:
        raise NotFound("no checkpoint was published yet", what="checkpoint")
    return Response(found.note, headers=BRIEFLY, media_type="text/plain; charset=utf-8")


@router.get(
    "/tile/entries/{tile:path}",
    response_model=None,
    response_class=Response,
    responses={
        200: {**_BYTES, "description": "up to 256 lines, each after its length (u16, big-endian)"},
        **_NOT_FOUND,
    },
    summary="A bundle of lines 一组行",
)
async def get_entries(
    request: Request,
    tile: Annotated[str, Path(description="N[.p/W], C2SP tlog-tiles", examples=["000.p/1"])],
) -> Response:
    """The lines under a hash tile of level 0, byte for byte as hashed; for those who may read lines."""
    service: Service = request.app.state.service
    name = parse_tile_name(f"0/{tile}")
    size = (await service.read(lambda connection: current_head(connection, CASEWORK_TABLES))).size
    if not name.within(size):
        raise NotFound(f"there is no bundle {tile}", what=f"bundle {tile}")
    return StreamingResponse(_entries(service, name), media_type="application/octet-stream")


async def _entries(service: Service, name: TileName) -> AsyncIterator[bytes]:
    start, end = name.n * TILE, name.n * TILE + name.width
    while start < end:
        first, count = start, min(STEP, end - start)

        def read(connection: AnyConnection, first: int = first, count: int = count) -> list[bytes]:
            return read_lines(connection, CASEWORK_TABLES, first, count)

        lines = await service.read(read)
        if len(lines) != count:
            raise LedgerFaulty(f"lines are missing from {first} on: run mingzhang verify", start=first, end=end)
        yield bundle(check_place(first + at, line) for at, line in enumerate(lines))
        start += count


@router.get(
    "/tile/{level}/{tile:path}",
    response_model=None,
    response_class=Response,
    responses={200: {**_BYTES, "description": "hashes of 32 bytes each"}, **_NOT_FOUND},
    summary="A hash tile 一片哈希",
)
async def get_tile(
    request: Request,
    level: Annotated[str, Path(description="0 to 63", examples=["0"])],
    tile: Annotated[str, Path(description="N[.p/W], C2SP tlog-tiles", examples=["000.p/1"])],
) -> Response:
    """Hashes of the published tree; they never change. A partial tile can also be cut from the full one."""
    service: Service = request.app.state.service
    name = parse_tile_name(f"{level}/{tile}")
    found = service.published.latest()
    # What a crash left beyond the checkpoint was never signed.
    hashes = service.published.directory.read_tile(name) if found and name.within(found.head.size) else None
    if hashes is None:
        raise NotFound(f"there is no tile {name.path()}", what=f"tile {name.path()}")
    return Response(hashes, headers=FOR_EVER, media_type="application/octet-stream")


@router.get(
    "/ledger/consistency",
    response_model=None,
    response_class=Response,
    responses={200: {**_TEXT, "description": "RFC 9162 §2.1.4: hashes in base64, one a line"}},
    summary="Proof that a later head goes on from an earlier one 前后账头一致的证明",
)
async def get_consistency(
    request: Request,
    from_: Annotated[int, Query(alias="from", ge=0, lt=2**62, description="size of the earlier head", examples=[1])],
    to: Annotated[int, Query(ge=0, lt=2**62, description="size of the later head", examples=[1])],
) -> Response:
    """Shows that the first `from` of `to` lines are those of the earlier head. Nothing to show: an empty answer."""
    service: Service = request.app.state.service

    def prove(connection: AnyConnection) -> list[bytes]:
        checked = service.signer.check(connection, CASEWORK_TABLES)
        for name, value, most in (("to", to, checked.head.size), ("from", from_, to)):
            if value > most:
                raise Refused(f"{name} is at most {most}", code="request.parameter", name=name, expected=f"≤ {most}")
        if from_ in (0, to):
            return []
        return consistency_proof(from_, to, tile_nodes(checked.tiles(connection, CASEWORK_TABLES)))

    proof = await service.read(prove)
    return Response(
        "".join(b64encode(hash_).decode() + "\n" for hash_ in proof), media_type="text/plain; charset=utf-8"
    )
