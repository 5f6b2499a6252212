"""`POST /evidence`: a bundle for whoever supervises or serves the commission, by a request that they signed."""

import asyncio
import shutil
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.body import content_type, held_body
from api.documents.store import RESERVE
from api.evidence.bundle import Bundle, make_bundle
from api.evidence.bundle import Place as Source
from api.evidence.forms import Surroundings
from api.evidence.printed import add_printed
from api.evidence.record import Asked, check_unused, envelope_path, read_directory, readers_of, record
from api.evidence.request import FRESH, MAX_REQUEST, TYP, Wanted, read_wanted
from api.problems import NotFound
from api.rules import CASEWORK_TABLES
from api.schemas import Problem
from api.service import Service
from domain.assignment import Duty
from domain.errors import NotAllowed
from ledger.errors import NotDone, Refused
from ledger.jws import parse_jws, verify_jws
from ledger.receipts import current_head
from ledger.store import AnyConnection

router = APIRouter(tags=["evidence 证据"])

JOSE = "application/jose"
TURN_SECONDS = 30.0
"""How long a request waits while another bundle is being made."""
PIECE = 1 << 18

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 403, 404, 408, 409, 413, 415, 422, 503)
}


@router.post(
    "/evidence",
    response_model=None,
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "the bundle",
            "headers": {
                "Mingzhang-Record": {"description": "the line that says so", "schema": {"type": "integer"}},
                "Repr-Digest": {"description": "its SHA-256 (RFC 9530)", "schema": {"type": "string"}},
            },
        },
        **_PROBLEMS,
    },
    openapi_extra={"requestBody": {"required": True, "content": {JOSE: {"schema": {"type": "string"}}}}},
    summary="Make an evidence bundle 制作证据包",
)
async def post_evidence(request: Request) -> Response:
    """Send a request signed by your own key; `mingzhang evidence` does it. It is fresh for five minutes and good once.

    That a bundle was made is recorded, the same way whoever it is for; what it was is sealed to the commission.
    """
    content_type(request, (JOSE,))
    service: Service = request.app.state.service
    source: Source = request.app.state.evidence
    async with held_body(request, MAX_REQUEST) as body:
        asked = await _admit(service, body)
    turn: asyncio.Semaphore = request.app.state.evidence_turn
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await turn.acquire()
    except TimeoutError:
        raise NotDone("other bundles are being made; ask again", code="request.busy") from None
    file = TemporaryFile(dir=source.data)  # noqa: SIM115  # it has no name, and ends with the answer
    try:
        bundle, around = await service.read(lambda connection: _make(connection, source, asked.wanted))
        digest = await asyncio.to_thread(_write, bundle, around, file)
        said = {"sha256": digest.hex(), "bytes": file.tell(), "made": bundle.made, "size": bundle.found.size}
        index = await record(service, source.data, asked, said)
    except BaseException:
        file.close()
        raise
    finally:
        turn.release()
    return StreamingResponse(
        _pieces(file),
        media_type="application/zip",
        headers={
            "Content-Length": str(said["bytes"]),
            "Content-Disposition": f'attachment; filename="{bundle.folder}.zip"',
            "Mingzhang-Record": str(index),
            "Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:",
        },
    )


@router.get(
    "/evidence/{record}/envelope",
    response_model=None,
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "the envelope"}, 404: {"model": Problem}},
    summary="The sealed record of a bundle 证据包的密封记录",
)
async def get_envelope(record: UUID, request: Request) -> Response:
    """What was asked and made, sealed; `record` is the stream of an `evidence.made` line. `mingzhang evidence-log`
    opens it with a reading key of the commission."""
    source: Source = request.app.state.evidence
    try:
        envelope = await asyncio.to_thread(envelope_path(source.data, record).read_bytes)
    except FileNotFoundError:
        raise NotFound(f"there is no record {record}", what=f"record {record}") from None
    return Response(envelope, media_type="application/json")


async def _admit(service: Service, body: bytes) -> Asked:
    """Raises `Refused`, `NotAllowed` (`officer.evidence`), `Conflict` (`evidence.used`), `LedgerFaulty`."""
    jws = parse_jws(body.strip())
    if jws.typ != TYP:
        raise Refused(f"typ must be {TYP}", code="evidence.request", where="typ", what=TYP)
    wanted = read_wanted(jws.payload, service.origin)

    def read(connection: AnyConnection) -> Asked:
        service.key_lines.read(connection)
        period = service.keys.at(jws.kid, current_head(connection, CASEWORK_TABLES).size)
        verify_jws(jws, period.key)
        if period.holder != wanted.officer:
            raise Refused("the key is somebody else's", code="act.kid", kid=jws.kid)
        if abs(time.time() - wanted.iat) > FRESH:
            raise Refused("the request is not of these minutes: sign a new one", code="evidence.stale", seconds=FRESH)
        directory = read_directory(connection)
        asker = directory.officers.get(UUID(wanted.officer))
        if asker is None or not any(asker.has_duty(duty, today) for duty in (Duty.SUPERVISE, Duty.COMMISSION)):
            raise NotAllowed(
                "officer.evidence", "only who supervises, or serves the commission, has evidence made from the ledger"
            )
        asked = Asked(body.strip().decode(), wanted, asker, readers_of(directory, asker, today))
        check_unused(connection, service.origin, asked.digest)
        return asked

    today = (await service.clock()).day(0)
    return await service.read(read)


def _make(connection: AnyConnection, source: Source, wanted: Wanted) -> tuple[Bundle, Surroundings]:
    bundle = make_bundle(connection, source, wanted, datetime.now(UTC))
    server = connection.info.parameter_status("server_version") or ""
    return bundle, Surroundings(f"PostgreSQL {server}", source.opened.at)


def _write(bundle: Bundle, around: Surroundings, file: BinaryIO) -> bytes:
    """Write it, for certain; its SHA-256. Raises `NotDone` (`document.no-room`) rather than fill the disk."""
    add_printed(bundle, around)
    size = sum(content.size for content in bundle.payload.values())
    if shutil.disk_usage(file.fileno()).free - size < RESERVE:
        raise NotDone("there is no room for the bundle on the disk", code="document.no-room", reserve=RESERVE)
    bundle.write(file)
    file.flush()
    file.seek(0)
    hashed = sha256()
    while piece := file.read(PIECE):
        hashed.update(piece)
    return hashed.digest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
