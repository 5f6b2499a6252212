"""`POST /acts` and `POST /acts/batch`."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from api.body import content_type, held_body
from api.problems import language_of, problem
from api.receive import Accepted, Outcome, receive
from api.refusing import problem_response
from api.schemas import ActIn, BatchIn, BatchOut, Problem, Recorded
from api.service import Service
from ledger.act import MAX_MESSAGE
from ledger.errors import Refused

router = APIRouter(tags=["acts 行为"])

MAX_BATCH = 500
MAX_BODY = 4 * 1024 * 1024
"""Bytes of a batch: 500 acts of 8 KiB."""
JSON = "application/json"
ACT_TYPES = ("application/sd-jwt", "application/jose", JSON)

_REFUSED: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 403, 408, 409, 413, 415, 422, 503)
}
_LOCATION = {"description": "the line that the act became", "schema": {"type": "string"}}
_ACT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/sd-jwt": {"schema": {"type": "string"}},
            "application/jose": {"schema": {"type": "string"}},
            "application/json": {"schema": ActIn.model_json_schema()},
        },
    }
}
_BATCH_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": BatchIn.model_json_schema()}}}
}


@router.post(
    "/acts",
    status_code=201,
    response_model=None,
    responses={201: {"model": Recorded, "headers": {"Location": _LOCATION}}, **_REFUSED},
    openapi_extra=_ACT_BODY,
    summary="Record one signed act 记录一个已签署的行为",
)
async def post_act(request: Request) -> Response:
    """Send `JWS~disclosure~…~` as it is, or as JSON `{"act": "…"}`.

    Answers when the act is durable: its index, its line's hash and a provisional receipt. The same act again gets the
    same answer, so a client that lost the answer sends it again.

    The example is sound, and signed for a ledger that does not exist: it is answered by 422 `act.aud`. One for this
    ledger is made by `mingzhang act apply.submit --key KEY --data FILE --dry-run --out ACT`. 样例是签给别的账本的，
    答复应为 422 `act.aud`；为本账本签署一份，用上面的命令。
    """
    kind = content_type(request, ACT_TYPES)
    async with held_body(request, MAX_MESSAGE + 1024) as body:
        message = _message(_json(body)) if kind == JSON else body
        outcome = _let_go(await receive(request.app.state.service, [message]))[0]
    if isinstance(outcome, Exception):
        return problem_response(request, outcome)
    headers = {"Location": f"/ledger/lines/{outcome.index}"}
    return Response(orjson.dumps(_recorded(outcome)), 201, headers, "application/json")


@router.post(
    "/acts/batch",
    response_model=None,
    responses={200: {"model": BatchOut}, **_REFUSED},
    openapi_extra=_BATCH_BODY,
    summary="Record up to 500 acts 批量记录",
)
async def post_batch(request: Request) -> Response:
    """Send `{"acts": ["JWS~…~", …]}`; each act succeeds or fails by itself, with its result in the same place.

    A later act of the same stream may name the preceding act's digest as its `prev`.
    """
    service: Service = request.app.state.service
    content_type(request, (JSON,))
    language = language_of(request.headers.get("accept-language"))
    async with held_body(request, MAX_BODY) as body:
        outcomes = _let_go(await receive(service, _batch(body)))
    results = [_result(outcome, language) for outcome in outcomes]
    return Response(orjson.dumps({"results": results}, default=str), media_type="application/json")


DIRECT = [Route("/acts", post_act, methods=["POST"]), Route("/acts/batch", post_batch, methods=["POST"])]
"""The same two, to be matched first: they take their bodies as bytes and need none of FastAPI's looking for
parameters, which costs as much as checking half a signature. The routes above document them."""


def _let_go(outcomes: list[Outcome]) -> list[Outcome]:
    """The same, without the frames that a refusal was raised through: they hold what was sent, and each other, until
    the collector comes, which looks rarely here (worker.py)."""
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            outcome.__traceback__ = outcome.__context__ = None
    return outcomes


def _recorded(accepted: Accepted) -> dict[str, Any]:
    return {
        "index": accepted.index,
        "hash": accepted.hash,
        "at": accepted.at,
        "stream": str(accepted.stream),
        "version": accepted.version,
        "receipt": accepted.receipt.text(),
    }


def _result(outcome: Accepted | Exception, language: str) -> dict[str, Any]:
    if isinstance(outcome, Exception):
        status, body = problem(outcome, language)
        return {"status": status, "problem": body}
    return {"status": 201, **_recorded(outcome)}


def _batch(body: bytes) -> list[bytes]:
    # No act holds a comma, so a list of up to MAX_BATCH has fewer: what would grow to many times its size in memory is
    # refused before it is read as JSON.
    content = _json(body) if body.count(b",") < MAX_BATCH else None
    acts = content.get("acts") if isinstance(content, dict) else None
    if not isinstance(acts, list) or not acts or len(acts) > MAX_BATCH or not all(isinstance(a, str) for a in acts):
        raise Refused(
            f"a batch is a list of 1 to {MAX_BATCH} acts", code="request.invalid", detail=f"acts: 1–{MAX_BATCH}"
        )
    return [act.encode() for act in acts]


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(f"the body is not JSON: {error}", code="request.invalid", detail=str(error)) from None


def _message(content: Any) -> bytes:
    if not isinstance(content, dict) or set(content) != {"act"} or not isinstance(content["act"], str):
        raise Refused('send {"act": "JWS~…~"}', code="request.invalid", detail='{"act": "JWS~…~"}')
    return content["act"].encode()
