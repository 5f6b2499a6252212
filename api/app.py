"""The HTTP service. Every error is a problem detail; every answer about the ledger comes from its lines."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import acts, cases, health, ledger_routes
from api.documentation import document
from api.problems import NotFound, language_of, problem
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
        app.state.service = Service(chosen)
        yield
        app.state.service.close()

    app = FastAPI(
        title="明账 Mingzhang",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        # Paths name cases: nothing about requests leaves this process, whatever the environment configures.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=list(acts.DIRECT),
    )
    for routes in (acts.router, cases.router, ledger_routes.router, health.router):
        app.include_router(routes)
    for kind in (LedgerError, NotAllowed, PersistenceError):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
    app.openapi = document(app)  # type: ignore[method-assign]
    return app


Handler = Callable[[Request, Exception], Awaitable[Response]]


def problem_response(request: Request, error: Exception) -> Response:
    """An error as `application/problem+json`, in the reader's language."""
    language = language_of(request.headers.get("accept-language"))
    status, body = problem(error, language)
    headers = {"Content-Language": language}
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(orjson.dumps(body, default=str), status, headers=headers, media_type="application/problem+json")


async def _known(request: Request, error: Exception) -> Response:
    return problem_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    first: dict[str, Any] = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(part) for part in first.get("loc", ()))
    return problem_response(
        request, Refused(f"{where}: {first.get('msg')}", code="request.invalid", detail=f"{where}: {first.get('msg')}")
    )


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return problem_response(request, NotFound("no such page", what=request.url.path))
    language = language_of(request.headers.get("accept-language"))
    title = str(getattr(error, "detail", ""))
    detail = title
    if status == 405:
        zh = f"{request.url.path} 不接受 {request.method}。"
        detail = zh if language == "zh" else f"{request.method} is not possible on {request.url.path}."
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": f"http.{status}"}
    headers = {"Content-Language": language, **(getattr(error, "headers", None) or {})}
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


async def _unknown(request: Request, error: Exception) -> Response:
    """Says nothing of what happened: the traceback is in the log, and may hold anything."""
    body = {
        "type": "about:blank",
        "title": "internal error",
        "status": 500,
        "code": "internal",
        "detail": "An unexpected error; the act may be sent again. 意外错误，可重发同一行为。",
    }
    return Response(orjson.dumps(body), 500, media_type="application/problem+json")
