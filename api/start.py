"""`/` and `/docs`: where somebody who knows only the address begins. Nothing on the page comes from elsewhere."""

from functools import cache
from importlib.resources import files

import orjson
from fastapi import APIRouter, Request, Response

from api.problems import NotFound
from api.schemas import StartOut

router = APIRouter(tags=["start 开始"])

START = {
    "service": "明账 Mingzhang",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "health": "/health",
    "ready": "/ready",
    "head": "/ledger/head",
    "lines": "/ledger/lines",
}
# Swagger UI draws its icons from data: addresses, and sets styles on what it draws.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>明账 Mingzhang</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"><noscript>此页需要 JavaScript；接口说明全文在 <a href="/openapi.json">/openapi.json</a>。
This page needs JavaScript; the whole description is at <a href="/openapi.json">/openapi.json</a>.</noscript></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START_JS = """"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
"""
KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "png": "image/png"}
_CACHED = {"Cache-Control": "public, max-age=3600"}


@router.get(
    "/",
    response_model=None,
    responses={200: {"model": StartOut}, 303: {"description": "to a browser: /docs is for people"}},
    summary="Where to go from here 从这里开始",
)
async def get_start(request: Request) -> Response:
    """Where to go from here: for programs as links, for browsers by sending them to `/docs`."""
    headers = {"Vary": "Accept"}
    if "text/html" in request.headers.get("accept", "").lower():
        return Response(status_code=303, headers={"Location": "/docs", **headers})
    return Response(orjson.dumps(START), headers=headers, media_type="application/json")


@router.get("/docs", include_in_schema=False)
async def get_docs() -> Response:
    """This description, to be read and tried."""
    return Response(PAGE, headers={"Content-Security-Policy": POLICY}, media_type="text/html; charset=utf-8")


@router.get("/docs/{name}", include_in_schema=False)
async def get_part(name: str) -> Response:
    """One of the page's own parts."""
    parts = _parts()
    if name not in parts:
        raise NotFound("no such page", what=f"/docs/{name}")
    return Response(parts[name], headers=_CACHED, media_type=KINDS[name.rpartition(".")[2]])


@cache
def _parts() -> dict[str, bytes]:
    """What the page consists of, by name: Swagger UI as its package brings it, of whose code nothing is run here."""
    found = {"start.js": START_JS.encode()}
    for part in files("fastapi_swagger.resources").iterdir():
        if part.is_file() and part.name.rpartition(".")[2] in KINDS:
            found[part.name] = part.read_bytes()
    return found
