"""What holds for every request, whatever it asks: to whom it is addressed, from where it comes, and what its answer
says of itself to browsers."""

import re

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusing import problem_response
from ledger.errors import Refused

OURS = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.ASCII | re.IGNORECASE)
"""The names of this machine alone, at any port (it may be forwarded). A page of some other name whose address was made
to be 127.0.0.1 (DNS rebinding) would otherwise read whole cases through the browser of whoever sits here."""

SAFE = {
    "Cache-Control": "no-store",  # casework stays in no cache
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # paths name cases
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Header fields of every answer that does not say otherwise."""

_SAFE = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]


class Door:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                said = {name for name, _ in headers}
                headers.extend(pair for pair in _SAFE if pair[0] not in said)
            await send(message)

        stranger = refusal(Headers(scope=scope), scope["method"])
        if stranger is None:
            await self.app(scope, receive, answer)
        else:
            await problem_response(Request(scope), stranger)(scope, receive, answer)


def refusal(headers: Headers, method: str) -> Refused | None:
    """Why a request is not let in, if it is not."""
    hosts = headers.getlist("host")
    if len(hosts) != 1:
        return Refused("the request must have one Host", code="request.no-host")
    if not OURS.fullmatch(hosts[0]):
        return Refused("this service is only this machine's", code="request.host", host=hosts[0])
    # An act is signed, so a foreign page can forge none; but neither has it any business sending some that it got hold
    # of, or trying out what we answer. Programs send no Origin. Reading needs no such check: no answer of ours allows
    # another origin to see it.
    origin = headers.get("origin")
    if (
        origin is not None
        and method not in ("GET", "HEAD", "OPTIONS")
        and origin.lower() != f"http://{hosts[0]}".lower()
    ):
        return Refused("a page of another origin may not send here", code="request.origin", origin=origin)
    return None
