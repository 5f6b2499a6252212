"""A connection to a worker, where uvicorn leaves it without a bound: how many there are, how long a client may take to
say what it wants and to take its answer, and how much of it is read before that is known."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.problems import TYPE

CONNECTIONS = 512
"""To one worker at once. One more ends the one that has been idle longest, or is turned away if none is."""
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection's beginning, to the end of its header fields."""
HEAD_BYTES = 32 * 1024
PIPELINED = 16
"""Requests sent ahead on one connection; whoever sends more does not wait for answers."""
ANSWER_SECONDS = 60.0
"""For a client that does not take its answer."""
REST_SECONDS = 5.0
"""For the rest of a body that was refused before its end. It is read, and dropped: a connection that is closed while
the client still writes loses the answer that says why."""


FAREWELL_SECONDS = 1.0
"""For a client to take the answer that ends its connection; closed at once, it might be lost."""
CRLF = "\r\n"
IDLE_SECONDS = 15
"""Between two requests of a connection. Longer than clients usually keep one, so that it is they who close it."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, within bounds."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.idle_since: float | None = None
        self._state = "idle"  # of what comes in: idle, head or body
        self._head = 0
        self._coming: asyncio.TimerHandle | None = None
        self._going: asyncio.TimerHandle | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        self._await(HEAD_SECONDS)
        if len(self.connections) > CONNECTIONS:
            idle = [one for one in self.connections if isinstance(one, Connection) and one.idle_since is not None]
            idle.remove(self)
            if idle:
                min(idle, key=lambda one: one.idle_since or 0.0).transport.abort()
            else:
                self._turn_away(503, "request.busy", "Too many connections; come again. 连接太多，请稍后再来。")

    def connection_lost(self, exc: Exception | None) -> None:
        self._await(None)
        if self._going is not None:
            self._going.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn does it, without a line in the log for what any client can send."""
        self._unset_keepalive_if_required()
        if self._ended or self.transport.is_closing():
            return
        if self._state != "body":
            self._head += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing else is spoken here: the request is answered as it stands
        except httptools.HttpParserError:
            self._turn_away(400, "request.http", "This is no HTTP/1.1 request. 这不是 HTTP/1.1 请求。")
            return
        if self._head > HEAD_BYTES:
            self._turn_away(431, "request.head", f"Header fields over {HEAD_BYTES} bytes. 请求头过大。")
        elif (self._head or self._state == "head") and self._coming is None:
            self._await(HEAD_SECONDS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.idle_since, self._state = None, "head"

    def on_headers_complete(self) -> None:
        self._state, self._head = "body", 0
        self._await(None)
        if len(self.pipeline) >= PIPELINED:
            raise RuntimeError("too many requests sent ahead")  # the parser makes an HttpParserError of it
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._state = "idle"
        self._await(None)
        if self.cycle.response_complete:  # the rest of a body that was refused
            self.idle_since = self.loop.time()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._expect_taking()
        if self.transport.is_closing() or not self.cycle.response_complete:
            return
        if self._state == "body":
            self._unset_keepalive_if_required()
            self._await(REST_SECONDS)
        else:
            self.idle_since = self.loop.time()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_taking()

    def _expect_taking(self) -> None:
        if self._going is None:
            self._going = self.loop.call_later(ANSWER_SECONDS, self._not_taken)

    def _not_taken(self) -> None:
        self._going = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def _await(self, seconds: float | None) -> None:
        """Give the client so long for what it is to send now; None: nothing is awaited, or it came."""
        if self._coming is not None:
            self._coming.cancel()
        self._coming = None if seconds is None else self.loop.call_later(seconds, self._not_come)

    def _not_come(self) -> None:
        self._coming = None
        if self._state == "head" and not self._ended:
            self._turn_away(408, "request.slow", f"No whole request within {HEAD_SECONDS:.0f} s. 请求没有按时到齐。")
        else:
            self.transport.abort()

    def _turn_away(self, status: int, code: str, detail: str) -> None:
        """A last word to whoever has not said which language is theirs, unless another answer is under way."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.abort()
                return
        self._ended = True
        body = orjson.dumps(
            {"type": TYPE + code, "title": code, "status": status, "detail": detail, "code": code},
        )
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
            f"{'retry-after: 1' + CRLF if status == 503 else ''}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._await(FAREWELL_SECONDS)
