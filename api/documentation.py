"""The OpenAPI document: what FastAPI writes of the routes, with errors as they really come and an act that is sound."""

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from api.evidence.request import sign_wanted
from api.examples import EXAMPLES
from api.problems import CODE_STATUS, DOMAIN_STATUS
from api.wording import TEXTS
from ledger.act import sign_act
from ledger.disclosure import Disclosure, digest_of
from ledger.jws import b64url

_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"mingzhang: the key of the documented example").digest())
EXAMPLE_ORIGIN = "example.org/ledger"
EXAMPLE_DOCUMENT = "样例 example\n"


def document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is to be: the document, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(FastAPI.openapi(app))
        return app.openapi_schema

    return openapi


SUMMARIES = {
    "/cases/{case}": "A case as it stands 案件现状",
    "/cases/{case}/history": "Every line of a case 案件全程",
    "/cases/{case}/file": "The household's file 一户一档",
    "/streams/{stream}": "What the next act of a stream has to name 下一行为所需的版本与哈希",
    "/delegations/{town}": "What a town may confirm, and when 下放给乡镇的确认权限",
    "/places": "Mergers of towns and villages 区划撤并",
    "/health": "Does the process live? 进程是否在运行",
    "/ready": "Could an act be recorded now? 能否入账",
}
EXAMPLES_OF = {
    "/streams/{stream}": {"stream": "00000000-0000-4000-8000-000000000003"},
    "/streams/{stream}/head-proof": {"stream": "00000000-0000-4000-8000-000000000003"},
    "/documents/{sha256}": {"sha256": sha256(EXAMPLE_DOCUMENT.encode()).hexdigest()},
}

_READING = ("database.", "ledger.", "request.", "tile.", "not-found")
_NOT_READ = frozenset({"request.busy", "request.invalid", "request.method", "request.origin"})
_NOT_POSTED = frozenset({"not-found", "officer.evidence", "request.parameter", "request.method"})
_ON_EVIDENCE = ("evidence.", "key.", "ledger.", "commit.", "database.", "request.", "vault.")
_ALSO_ON_EVIDENCE = frozenset(
    {"act.alg", "act.aud", "act.base64", "act.form", "act.header", "act.kid", "act.moved", "act.signature"}
    | {"document.no-room", "not-found", "officer.evidence"}
)
_KEEPING = ("document.", "request.")
_NOT_KEPT = frozenset({"request.invalid", "request.method"})
CONFLICTS = frozenset(
    {"act.stale", "act.moved", "act.key-reused", "stream.version", "document.altered", "evidence.used"}
)


def status_of(code: str) -> int:
    """The status that a code comes with."""
    prefix = code.partition(".")[0]
    if code in CODE_STATUS:
        return CODE_STATUS[code]
    if code in ("request.busy", "document.no-room", "evidence.changed", "evidence.not-published") or prefix in (
        "commit",
        "database",
        "ledger",
        "vault",
        "witness",
    ):
        return 503
    if code in CONFLICTS:
        return 409
    if code == "key.invalid":
        return 422
    return 404 if code == "not-found" else DOMAIN_STATUS.get(prefix, 422)


def codes_of(path: str, verb: str, status: int) -> list[str]:
    """The stable codes with which an operation may answer a status."""
    if (path, verb) == ("/evidence", "post"):
        possible = [code for code in TEXTS if code.startswith(_ON_EVIDENCE) or code in _ALSO_ON_EVIDENCE]
    elif verb == "post":
        others = ("document.", "evidence.", "tile.")
        possible = [code for code in TEXTS if code not in _NOT_POSTED and not code.startswith(others)]
    elif verb == "put":
        possible = [code for code in TEXTS if code.startswith(_KEEPING) and code not in _NOT_KEPT]
    else:
        possible = [code for code in TEXTS if code.startswith(_READING) and code not in _NOT_READ]
    return sorted(code for code in possible if status_of(code) == status)


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            operation["summary"] = SUMMARIES.get(path, operation["summary"])
            for parameter in operation.get("parameters", ()):
                examples = parameter["schema"].get("examples") or [EXAMPLES_OF.get(path, {}).get(parameter["name"])]
                if examples[0] is not None:
                    parameter["example"] = examples[0]
            responses = operation["responses"]
            for status in ("400", "421") if path in ("/", "/health") else ("400", "421", "503"):
                responses.setdefault(status, {})
            for status, response in responses.items():
                if status >= "400":
                    codes = codes_of(path, verb, int(status))
                    response["description"] = f"{HTTPStatus(int(status)).phrase}: {', '.join(codes)}"
                    response["content"] = {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }
                    if status == "503":
                        response["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
            operation["responses"] = dict(sorted(responses.items()))
    schema["paths"]["/documents/{sha256}"]["put"]["requestBody"]["content"]["application/octet-stream"]["example"] = (
        EXAMPLE_DOCUMENT
    )
    acts, batch = (schema["paths"][path]["post"]["requestBody"]["content"] for path in ("/acts", "/acts/batch"))
    act = example_act()
    for kind in ("application/sd-jwt", "application/jose"):
        acts[kind]["example"] = act
    acts["application/json"]["example"] = {"act": act}
    batch["application/json"]["example"] = {"acts": [act]}
    asked = schema["paths"]["/evidence"]["post"]["requestBody"]["content"]
    asked["application/jose"]["example"] = example_request()
    return schema


def example_request() -> str:
    """A sound request for a bundle of a ledger that does not exist: pasted, it is told so (`act.aud`)."""
    claims = {
        "iss": "00000000-0000-4000-8000-000000000001",
        "aud": EXAMPLE_ORIGIN,
        "jti": "0199c6a0-0000-7000-8000-000000000001",
        "iat": 1_764_000_000,
        "scope": {"kind": "case", "cases": ["00000000-0000-4000-8000-000000000003"]},
        "recipient": {"kind": "inspection", "name": ""},
    }
    return sign_wanted(_KEY, claims)


def example_act() -> str:
    """A sound act for a ledger that does not exist: pasted, it is read, understood and told so (`act.aud`)."""
    data = dict(EXAMPLES["apply.submit"])
    disclosures = [_disclosure(name, value) for name, value in data["applicant"].items()]
    data["applicant"] = {"_sd": [disclosure.digest for disclosure in disclosures]}
    claims = {
        "iss": "00000000-0000-4000-8000-000000000001",
        "aud": EXAMPLE_ORIGIN,
        "jti": "0199c6a0-0000-7000-8000-000000000001",
        "iat": 1_764_000_000,
        "on": "2025-11-24",
        "case": "00000000-0000-4000-8000-000000000003",
        "version": 1,
        "act": "apply.submit",
        "basis": "direct",
        "data": data,
    }
    return sign_act(_KEY, claims, disclosures)


def _disclosure(name: str, value: str) -> Disclosure:
    """With a salt that is always the same, as only an example's may be."""
    salt = b64url(sha256(name.encode()).digest()[:16])
    encoded = b64url(orjson.dumps([salt, name, value]))
    return Disclosure(name, value, encoded, digest_of(encoded))
