"""`PUT` and `HEAD /documents/{sha256}`: papers go in. None comes out here: they are personal data, and this service
cannot tell yet who may read them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from api.body import content_type, passing_body
from api.documents.kinds import MEDIA_TYPES
from api.documents.store import DIGEST, MAX_DOCUMENT, Held, Store
from api.problems import NotFound
from api.schemas import DocumentOut, Problem
from ledger.errors import Refused

T = TypeVar("T")

router = APIRouter(tags=["documents 材料"])

BYTES = "application/octet-stream"
"""The only Content-Type: what a document is, is told from its bytes."""
SECONDS = 120.0
"""For a document to arrive."""

_DISK = ThreadPoolExecutor(2, "documents")
"""Threads of their own: a slow disk keeps nobody from reading the ledger."""
_REFUSED: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (403, 408, 409, 413, 415, 422, 503)}
_BODY = {"requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


@router.put(
    "/documents/{sha256}",
    status_code=201,
    response_model=None,
    responses={200: {"model": DocumentOut}, 201: {"model": DocumentOut}, **_REFUSED},
    openapi_extra=_BODY,
    summary="Keep a document 存入材料",
)
async def put_document(request: Request, sha256: str) -> Response:
    """Send the file's bytes to the address that their SHA-256 makes. 201: it is kept, durably; 200: it was already.

    PDF, JPEG, PNG, TIFF, OFD, XLSX, DOCX (without macros) or plain text, 64 MiB at most. It belongs to no case until
    an act of that case names it: `archive.file` 归档, or any act that carries its digest.
    """
    digest = _digest(sha256)
    content_type(request, (BYTES,))
    store: Store = request.app.state.documents
    async with passing_body(request, MAX_DOCUMENT, SECONDS) as pieces:
        with store.receive(digest) as incoming:
            async for piece in pieces:
                await _on_disk(lambda piece=piece: incoming.write(piece))  # type: ignore[misc]
            held = await _on_disk(incoming.keep)
    return Response(orjson.dumps(_said(held)), 201 if held.new else 200, media_type="application/json")


@router.head(
    "/documents/{sha256}",
    response_model=None,
    responses={404: {"model": Problem}},
    summary="Is this document kept? 材料是否已存",
)
async def head_document(request: Request, sha256: str) -> Response:
    """200 with its size as Content-Length, or 404. Its bytes are not looked at: `mingzhang document check` does."""
    digest = _digest(sha256)
    store: Store = request.app.state.documents
    size = store.size(digest)
    if size is None:
        raise NotFound(f"there is no document {digest}", what=f"document {digest}")
    return Response(headers={"Content-Length": str(size)}, media_type=BYTES)


async def _either(request: Request) -> Response:
    answer = put_document if request.method == "PUT" else head_document
    return await answer(request, request.path_params["sha256"])


DIRECT = [Route("/documents/{sha256}", _either, methods=["PUT", "HEAD"])]
"""One route for both, to be matched first, so that any other method is told of both. The routes above document it."""


def _digest(text: str) -> str:
    if not DIGEST.fullmatch(text):
        raise Refused(
            "a document's address is its SHA-256: 64 hex digits, lower case",
            code="request.parameter",
            name="sha256",
            expected="SHA-256, 0-9 a-f × 64",
        )
    return text


def _said(held: Held) -> dict[str, Any]:
    return {"sha256": held.sha256, "size": held.size, "kind": held.kind, "media_type": MEDIA_TYPES[held.kind]}


async def _on_disk(work: Callable[[], T]) -> T:
    """Run in a thread, and never leave while it runs: the file it writes to would be closed under its hands."""
    future = asyncio.get_running_loop().run_in_executor(_DISK, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise
