"""A request's body: of a kind that is understood, in bounded memory, within bounded time.

Bodies of up to `SMALL` bytes, as nearly all acts are, are no more than what the server buffers of a connection anyway:
the number of connections bounds them (protocol.py). Larger ones share `ROOM`, and wait in line for it before they are
read; so an ordinary act never waits behind somebody's large batches.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from ledger.errors import NotDone, Refused

SMALL = 64 * 1024
ROOM = 16 * 1024 * 1024
"""Bytes of large bodies that one worker holds at once, each until it is answered."""
LINE_SECONDS = 10.0
"""How long a large body waits for its room before it is told to come again."""
BODY_SECONDS = 20.0
"""How long a body may take to arrive, once there is room for it."""
PIECE = 256 * 1024
"""Bytes of a body that is not held but passed on: so much of it is in memory at a time."""


class Room:
    """Bytes that may be held at once: first come, first served. Belongs to one event loop."""

    def __init__(self, size: int = ROOM) -> None:
        self.free = size
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int, seconds: float) -> None:
        """Come back holding `size` bytes, to be given back. Raises `TimeoutError`, holding nothing."""
        if not self._line and size <= self.free:
            self.free -= size
            return
        place = asyncio.get_running_loop().create_future()
        self._line.append((size, place))
        try:
            async with asyncio.timeout(seconds):
                await place
        except BaseException:
            # It may have been granted in the very moment in which we gave up.
            self.give(size if place.done() and not place.cancelled() else 0)
            raise

    def give(self, size: int) -> None:
        """Give back, and let in whoever is next."""
        self.free += size
        while self._line:
            wanted, place = self._line[0]
            if not place.done():
                if wanted > self.free:
                    return
                self.free -= wanted
                place.set_result(None)
            self._line.popleft()


def content_type(request: Request, known: Collection[str]) -> str:
    """The body's media type, lower case, without its parameters (RFC 9110 §8.3.1); one of `known`.

    Raises `Refused` (`request.type`). No kind that an HTML form could send is ever known: so a foreign page cannot
    post here without the browser asking us first, and nobody here answers that.
    """
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind not in known:
        first = next(iter(known))
        raise Refused(
            f"the body's Content-Type is {given!r}; send one of: {', '.join(known)}",
            code="request.type",
            given=given or "-",
            known=", ".join(known),
            example=f"curl -H 'Content-Type: {first}' --data-binary @FILE {request.url}",
        )
    return kind


@asynccontextmanager
async def held_body(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body of at most `limit` bytes; a large one keeps its room until the end of the block.

    Raises `Refused` (`request.too-large`, before it is read where Content-Length says so; `request.slow`), `NotDone`
    (`request.busy`) and `ClientDisconnect`.
    """
    size = _declared(request, limit)
    async with _room_for(request, size):
        yield await _read(request, limit)


@asynccontextmanager
async def passing_body(request: Request, limit: int, seconds: float) -> AsyncIterator[AsyncIterator[bytes]]:
    """The body of at most `limit` bytes in pieces of about `PIECE`, each to be done with before the next is asked for.

    It may take `seconds` to arrive. Raises as `held_body` does, there and while it is read.
    """
    size = _declared(request, limit)
    async with _room_for(request, min(size, PIECE)):
        yield _pieces(request, limit, seconds)


@asynccontextmanager
async def _room_for(request: Request, size: int) -> AsyncIterator[None]:
    room: Room = request.app.state.room
    taken = size if size > SMALL else 0
    if taken:
        try:
            await room.take(taken, LINE_SECONDS)
        except TimeoutError:
            raise NotDone("too many large requests are under way; send it again", code="request.busy") from None
    try:
        yield
    finally:
        if taken:
            room.give(taken)


def _declared(request: Request, limit: int) -> int:
    """How many bytes are to come; as many as there may be, where the sender does not say."""
    length = request.headers.get("content-length")
    if length is None or not (length.isascii() and length.isdigit()):
        return limit
    if len(length) > 15 or int(length) > limit:
        raise _too_large(limit)
    return int(length)


async def _read(request: Request, limit: int) -> bytes:
    whole = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk: bytes = message.get("body", b"")
                more: bool = message.get("more_body", False)
                if not more and not whole and len(chunk) <= limit:
                    return chunk
                whole += chunk
                if len(whole) > limit:
                    raise _too_large(limit)
                if not more:
                    return bytes(whole)
    except TimeoutError:
        raise _too_slow(BODY_SECONDS) from None


async def _pieces(request: Request, limit: int, seconds: float) -> AsyncIterator[bytes]:
    until = asyncio.get_running_loop().time() + seconds
    piece, size, more = bytearray(), 0, True
    while more:
        try:
            # Around this alone: what is done with a piece is not the sender's time.
            async with asyncio.timeout_at(until):
                message = await request.receive()
        except TimeoutError:
            raise _too_slow(seconds) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        piece += message.get("body", b"")
        if size + len(piece) > limit:
            raise _too_large(limit)
        if len(piece) >= PIECE or (piece and not more):
            size += len(piece)
            yield bytes(piece)
            piece.clear()


def _too_slow(seconds: float) -> Refused:
    return Refused(f"the body did not arrive within {seconds:.0f} seconds", code="request.slow", seconds=int(seconds))


def _too_large(limit: int) -> Refused:
    return Refused(f"the request's body is over {limit} bytes", code="request.too-large", limit=limit)
