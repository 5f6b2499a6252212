"""What holds for every request, whatever it asks: to whom it is addressed, from where it comes, and what its answer
says of itself to browsers."""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusing import problem_response
from ledger.errors import Refused

OURS = re.compile(rb"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
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
                said = [name for name, _ in headers]
                headers += [pair for pair in _SAFE if pair[0] not in said]
            await send(message)

        stranger = refusal(scope["headers"], scope["method"])
        if stranger is None:
            await self.app(scope, receive, answer)
        else:
            await problem_response(Request(scope), stranger)(scope, receive, answer)


def refusal(headers: list[tuple[bytes, bytes]], method: str) -> Refused | None:
    """Why a request is not let in, if it is not."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return Refused("the request must have one Host", code="request.no-host")
    host = hosts[0]
    if not OURS.fullmatch(host):
        return Refused("this service is only this machine's", code="request.host", host=host.decode("latin-1"))
    if method in ("GET", "HEAD", "OPTIONS"):
        return None
    # An act is signed, so a foreign page can forge none; but neither has it any business sending some that it got hold
    # of, or trying out what we answer. Programs send no Origin. Reading needs no such check: no answer of ours allows
    # another origin to see it.
    for name, value in headers:
        if name == b"origin" and value.lower() != b"http://" + host.lower():
            origin = value.decode("latin-1")
            return Refused("a page of another origin may not send here", code="request.origin", origin=origin)
    return None
