"""The HTTP service. Every error is a problem detail; every answer about the ledger comes from its lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import acts, cases, delegations, health, ledger_routes, officers, places, refusal_routes, seal_routes, start
from api.body import Room
from api.documentation import document
from api.documents import routes as documents
from api.documents.store import Store
from api.door import SAFE, Door
from api.evidence import routes as evidence
from api.evidence.bundle import Place
from api.problems import NotFound
from api.publishing import routes as publishing
from api.refusing import MEDIA_TYPE, problem_response
from api.service import Service
from api.settings import Settings
from domain.errors import NotAllowed
from ledger.errors import LedgerError, Refused

DESCRIPTION = """
**明账**: an account book of social assistance that anybody entitled to may open and nobody can quietly change.

Every act is signed by the officer who does it (`POST /acts`), stands as one line of a hash-chained ledger, and can be
checked by anybody (`/ledger/…`). Errors are RFC 9457 problem details in Chinese or English, by `Accept-Language`.

This version answers on the loopback interface only: who may read what is not decided here yet.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application of one worker process. Opens the ledger's database when it starts."""
    chosen = settings or Settings.from_env()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.documents = Store(chosen.data / "documents")
        app.state.documents.sweep()
        app.state.service = service = Service(chosen)
        app.state.evidence = Place(
            chosen.data,
            service.published.directory,
            service.opened,
            service.log_keys,
            service.signer,
            service.log_signers,
            service.sealer,
            service.kek,
            app.state.documents,
        )
        app.state.evidence_turn = asyncio.Semaphore(1)
        yield
        await app.state.service.settle()
        app.state.service.close()

    app = FastAPI(
        title="明账 Mingzhang",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        # Paths name cases: nothing about requests leaves this process, whatever the environment configures.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=[*acts.DIRECT, *documents.DIRECT],
        docs_url=None,  # they load their scripts from a public network; start.py serves our own
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.room = Room()
    app.add_middleware(Door)
    rooms = (
        start,
        acts,
        cases,
        delegations,
        places,
        officers,
        documents,
        refusal_routes,
        evidence,
        ledger_routes,
        seal_routes,
        publishing,
        health,
    )
    for routes in [room.router for room in rooms]:
        app.include_router(routes)
    for kind in (LedgerError, NotAllowed, PersistenceError):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unknown)
    app.openapi = document(app)  # type: ignore[method-assign]
    return app


async def _known(request: Request, error: Exception) -> Response:
    return problem_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    fault: dict[str, Any] = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where, *names = (str(part) for part in fault.get("loc", ("request",)))
    facts = fault.get("ctx", {})
    expected = next((f"{sign} {facts[name]}" for name, sign in _LIMITS.items() if name in facts), None)
    refusal = Refused(
        f"{'.'.join(names)} ({where}): {fault.get('msg')}",
        code="request.parameter",
        name=names[0] if names else where,
        expected=expected or _KINDS.get(str(fault.get("type")), str(fault.get("msg"))),
    )
    return problem_response(request, refusal)


_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "pattern": "="}
_KINDS = {"int_parsing": "0, 1, 2, …", "int_parsing_size": "0, 1, 2, …", "uuid_parsing": "UUID"}
_KINDS |= dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "YYYY-MM-DD")


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return problem_response(request, NotFound("no such page", what=request.url.path))
    headers = getattr(error, "headers", None) or {}
    if status == 405:
        allowed = str(headers.get("Allow", ""))
        refusal = Refused(
            f"{request.method} is not possible here; {allowed} is",
            code="request.method",
            method=request.method,
            path=request.url.path,
            allowed=allowed,
        )
        answer = problem_response(request, refusal)
        answer.headers["Allow"] = allowed
        return answer
    return problem_response(request, Refused(str(getattr(error, "detail", "")), code="request.invalid"))


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody is there any more to be told anything; said all the same, so that no traceback is."""
    return Response(status_code=400)


async def _unknown(request: Request, error: Exception) -> Response:
    """Says nothing of what happened: the traceback is in the log, and may hold anything."""
    body = {
        "type": "about:blank",
        "title": "internal error",
        "status": 500,
        "code": "internal",
        "detail": "An unexpected error; the act may be sent again. 意外错误，可重发同一行为。",
    }
    # Beyond the door: what it adds to every other answer is added here.
    return Response(orjson.dumps(body), 500, SAFE, MEDIA_TYPE)
