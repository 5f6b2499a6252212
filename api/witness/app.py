"""A witness's HTTP interface (C2SP tlog-witness), and serving it. Whoever can reach it may ask: the log's signature
on the checkpoint is what admits a request."""

import asyncio
import logging
import re
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.witness.place import Answer, Witness
from api.worker import configuration
from ledger.errors import LedgerError
from ledger.witness import MAX_REQUEST

BODY_SECONDS = 20.0
AT_ONCE = 32
"""Requests whose bodies are held at a time; more wait to be read."""
_HASH = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger("mingzhang.witness")


def witness_app(witness: Witness) -> Starlette:
    """The ASGI application: submission and monitoring prefix are both its root."""
    room = asyncio.Semaphore(AT_ONCE)

    async def asked(request: Request, answer_to: Callable[[bytes], Answer]) -> Response:
        async with room:
            body = await _body(request)
            if isinstance(body, Response):
                return body
            try:
                answer = await asyncio.to_thread(answer_to, body)
            except (LedgerError, OSError) as error:
                _log.error("nothing was cosigned: %s", error)
                answer = Answer(500, "the witness cannot keep what it would cosign; its operator's log says why\n")
        # Said by hand, for clients compare it as it stands: Starlette would add a charset.
        return Response(answer.body, answer.status, headers={"Content-Type": answer.media_type})

    async def add_checkpoint(request: Request) -> Response:
        return await asked(request, witness.add_checkpoint)

    async def sign_subtree(request: Request) -> Response:
        return await asked(request, witness.sign_subtree)

    async def get_checkpoint(request: Request) -> Response:
        hash_ = request.path_params["hash"]
        note = await asyncio.to_thread(witness.latest_by_hash, hash_) if _HASH.fullmatch(hash_) else None
        if note is None:
            return PlainTextResponse("nothing of this origin was cosigned\n", 404)
        return PlainTextResponse(note, headers={"Cache-Control": "no-cache"})

    async def index(request: Request) -> Response:
        keys = "".join(f"{key.vkey()}\n" for key in witness.keys)
        logs = "".join(f"{origin}\n" for origin in sorted(witness.logs()))
        return PlainTextResponse(f"{witness.name}\n\n{keys}\n{logs}")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/sign-subtree", sign_subtree, methods=["POST"]),
            Route("/{hash}/checkpoint", get_checkpoint),
            Route("/", index),
        ]
    )


async def _body(request: Request) -> bytes | Response:
    """The body, bounded in bytes and time; or the answer when it is neither."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_REQUEST:
                    return PlainTextResponse(f"a request has at most {MAX_REQUEST} bytes\n", 413)
    except (TimeoutError, ClientDisconnect):
        return PlainTextResponse("the request did not come whole\n", 408)
    return bytes(body)


def serve(witness: Witness, listener: socket.socket) -> None:
    """Serve on this socket until SIGINT or SIGTERM. What was answered was kept before: it may be killed at any time."""
    uvicorn.Server(configuration(witness_app(witness))).run(sockets=[listener])
