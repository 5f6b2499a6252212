"""Sending many acts in one request, again and again until there is an answer: the same acts get the same answers."""

import time
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from api.client import Client, Problem, Unreachable, read_object

PAUSES = (0.2, 1.0, 3.0, 5.0, 5.0)
"""Seconds before a request that nobody has answered for is sent again, the very same acts."""


def send_batch(client: Client, acts: Sequence[str]) -> list[dict[str, Any]]:
    """The results, one for each act, none of them a "not now".

    Raises `Unreachable` when nobody answers for long, `Problem` when the request is refused as a whole.
    """
    body = orjson.dumps({"acts": acts})
    for pause in (*PAUSES, None):
        try:
            answer = client.http.post("/acts/batch", content=body, headers={"Content-Type": "application/json"})
        except httpx.HTTPError as error:
            said = str(error)
        else:
            results = _results(answer, len(acts))
            if results is not None:
                return results
            said = f"HTTP {answer.status_code}"
        if pause is not None:
            # The same acts get the answers they got before, so nothing is recorded twice.
            time.sleep(pause)
    raise Unreachable(
        f"服务没有答复（{said}）。已记录的不会丢失，也不会重复：稍后再运行同一命令即可。"
        " The service does not answer. What was recorded stays, and nothing goes in twice: run the same command again."
    )


def _results(answer: httpx.Response, expected: int) -> list[dict[str, Any]] | None:
    """None for "not now". Raises `Problem` for a request that was refused as a whole."""
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= 500:
        return None
    value = read_object(answer)
    if not answer.is_success:
        raise Problem(answer.status_code, value)
    results: list[dict[str, Any]] = value["results"]
    if len(results) != expected:
        raise Unreachable(f"{answer.url}: {expected} acts went out and {len(results)} answers came back.")
    return None if any(result["status"] == 429 or result["status"] >= 500 for result in results) else results
