"""The OpenAPI document: what FastAPI writes of the routes, with errors as they really come and an act that is sound."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from api.examples import EXAMPLES
from ledger.act import sign_act
from ledger.disclosure import Disclosure, digest_of
from ledger.jws import b64url

_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"mingzhang: the key of the documented example").digest())
EXAMPLE_ORIGIN = "example.org/ledger"


def document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is to be: the document, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(FastAPI.openapi(app))
        return app.openapi_schema

    return openapi


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            if path != "/health":
                responses.setdefault("503", {"description": "Service Unavailable"})
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }
    acts, batch = (schema["paths"][path]["post"]["requestBody"]["content"] for path in ("/acts", "/acts/batch"))
    act = example_act()
    acts["application/sd-jwt"]["example"] = act
    acts["application/json"]["example"] = {"act": act}
    batch["application/json"]["example"] = {"acts": [act]}
    return schema


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
