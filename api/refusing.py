"""Answers that are errors, as `application/problem+json`, in the reader's language."""

import orjson
from fastapi import Request, Response

from api.problems import language_of, problem

MEDIA_TYPE = "application/problem+json"


def problem_response(request: Request, error: Exception) -> Response:
    """An error as a problem document (RFC 9457)."""
    language = language_of(request.headers.get("accept-language"))
    status, body = problem(error, language)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(orjson.dumps(body, default=str), status, headers, MEDIA_TYPE)
