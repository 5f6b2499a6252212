"""A client that is hostile, clumsy or gone, on real sockets, costs a bounded amount of memory and time."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from api import acts, body, protocol
from api.app import create_app
from tests.integration.api.conftest import Office
from tests.service import served

BATCH = b"POST /acts/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


class Caller:
    """One connection, and what came back on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def say(self, data: bytes) -> "Caller":
        self.socket.sendall(data)
        return self

    def hear(self) -> tuple[int, dict[str, str], Any]:
        """One answer: status, header fields, JSON. A connection that ended without one is status 0."""
        file = self.socket.makefile("rb")
        try:
            status = file.readline()
            if not status:
                return 0, {}, None
            headers = dict(line.decode().strip().split(": ", 1) for line in iter(file.readline, b"\r\n") if line)
            content = file.read(int(headers.get("content-length", 0)))
        except OSError:
            return 0, {}, None
        return int(status.split()[1]), headers, orjson.loads(content)

    def close(self) -> None:
        self.socket.close()


@pytest.fixture(scope="module")
def app(office: Office) -> FastAPI:
    return create_app(office.settings)


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def call(url: str) -> Iterator[Callable[[bytes], Caller]]:
    with ExitStack() as stack:

        def open_and_say(data: bytes = b"") -> Caller:
            caller = Caller(int(url.rpartition(":")[2]))
            stack.callback(caller.close)
            return caller.say(data)

        yield open_and_say


Call = Callable[[bytes], Caller]


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.005)


def large(size: int = acts.MAX_BODY) -> bytes:
    return BATCH + b"Content-Length: %d\r\n\r\n" % size


def problem(answer: tuple[int, dict[str, str], Any]) -> tuple[int, str]:
    status, headers, content = answer
    assert headers["content-type"] == "application/problem+json"
    assert content["status"] == status
    assert content["detail"]
    return status, content["code"]


def test_large_bodies_wait_for_their_room_and_are_told_to_come_again(
    app: FastAPI, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "LINE_SECONDS", 0.2)
    holding = [call(large()) for _ in range(body.ROOM // acts.MAX_BODY)]
    until(lambda: app.state.room.free == 0)
    late = call(large()).hear()
    assert problem(late) == (503, "request.busy")
    assert late[1]["retry-after"]
    # An ordinary act needs no room.
    small = b"POST /acts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose\r\nContent-Length: 1\r\n\r\nx"
    assert problem(call(small).hear()) == (422, "act.form")
    monkeypatch.setattr(body, "LINE_SECONDS", 60.0)
    waiting = call(large(1_000_000) + b" " * 1_000_000)
    holding[0].close()
    assert problem(waiting.hear()) == (422, "request.invalid")
    for each in holding:
        each.close()
    until(lambda: app.state.room.free == body.ROOM)


def test_sixty_four_large_batches_at_once_are_all_answered_and_the_room_is_never_overdrawn(
    app: FastAPI, url: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    least = body.ROOM
    given = body.Room.take

    async def watched(room: body.Room, size: int, seconds: float) -> None:
        nonlocal least
        await given(room, size, seconds)
        least = min(least, room.free)

    monkeypatch.setattr(body.Room, "take", watched)
    monkeypatch.setattr(body, "LINE_SECONDS", 60.0)
    size = 3_000_000
    callers = [call(large(size)) for _ in range(64)]
    for caller in callers:
        caller.socket.setblocking(False)
    left = dict.fromkeys(callers, size)
    while left:
        for caller in list(left):
            try:
                left[caller] -= caller.socket.send(b" " * min(left[caller], 100_000))
            except BlockingIOError:
                continue
            if not left[caller]:
                del left[caller]
    for caller in callers:
        caller.socket.settimeout(60)
        assert problem(caller.hear()) == (422, "request.invalid")
    assert 0 <= least < body.ROOM
    until(lambda: app.state.room.free == body.ROOM)


def test_a_body_that_is_announced_too_large_is_refused_unread_and_the_answer_arrives(call: Call) -> None:
    caller = call(large(30_000_000))
    assert problem(caller.hear()) == (413, "request.too-large")
    # One that sends on all the same still hears it, and may go on when it is through.
    caller = call(large(5_000_000) + b" " * 5_000_000)
    assert problem(caller.hear()) == (413, "request.too-large")
    assert caller.say(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").hear()[0] == 200


def test_whoever_goes_on_sending_what_was_refused_is_cut_off(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REST_SECONDS", 0.2)
    caller = call(large(10**12))
    assert problem(caller.hear()) == (413, "request.too-large")

    def send_on() -> None:
        while True:
            caller.say(b" " * 100_000)

    with pytest.raises(OSError, match=r"reset|pipe"):
        send_on()


def test_a_body_that_does_not_arrive_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.2)
    head = b"POST /acts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sd-jwt\r\n"
    for rest in (b"Content-Length: 9\r\n\r\nslow", b"Transfer-Encoding: chunked\r\n\r\n1\r\ns\r\n"):
        answer = call(head + rest).hear()
        assert problem(answer) == (408, "request.slow")
        assert answer[2]["seconds"] == 0


@pytest.mark.parametrize(
    "begun", [b"GET /health HTTP/1.1\r\nHost: 127", b"POST", b"GET / HTTP/1.1\r\nX: " + b"y" * 9000]
)
def test_a_request_whose_head_does_not_arrive_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    assert problem(call(begun).hear()) == (408, "request.slow")
    again = call(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert again.hear()[0] == 200
    assert problem(again.say(begun).hear()) == (408, "request.slow")


@pytest.mark.parametrize("said", [b"", b"\r\n\r\n"])
def test_a_connection_on_which_nothing_is_said_ends(call: Call, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    assert call(said).hear()[0] == 0


def test_a_head_without_an_end_is_refused(call: Call) -> None:
    assert problem(call(b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000).hear()) == (431, "request.head")
    many = b"".join(b"X%d: y\r\n" % number for number in range(5_000))
    assert problem(call(b"GET / HTTP/1.1\r\n" + many).hear()) == (431, "request.head")


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\n" * 3,
        b"POST /acts HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nxxxxx",
        b"CONNECT a:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100,
    ],
)
def test_what_is_no_http_is_refused_without_a_line_in_the_log(
    call: Call, capfd: pytest.CaptureFixture[str], rubbish: bytes
) -> None:
    assert problem(call(rubbish).hear()) == (400, "request.http")
    assert capfd.readouterr().err == ""


def test_requests_sent_ahead_are_answered_in_their_order(call: Call) -> None:
    paths = [b"/health", b"/ready", b"/", b"/nothing", b"/ledger/head"] * 2
    ahead = b"".join(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path for path in paths)
    caller = call(ahead)
    file = caller.socket.makefile("rb")
    statuses = []
    for _ in paths:
        statuses.append(int(file.readline().split()[1]))
        headers = dict(line.decode().strip().split(": ", 1) for line in iter(file.readline, b"\r\n"))
        file.read(int(headers["content-length"]))
    assert statuses == [200, 200, 200, 404, 200] * 2


def test_another_protocol_is_not_spoken_and_the_request_answered(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    upgrade = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert call(upgrade).hear()[0] == 200
    assert capfd.readouterr().err == ""


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(
    app: FastAPI, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    for path in (b"/acts", b"/acts/batch"):
        kind = b"application/json"
        head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %b\r\nContent-Length: 900000\r\n\r\n" % (
            path,
            kind,
        )
        caller = call(head + b" " * 200_000)
        until(lambda: app.state.room.free < body.ROOM)
        caller.close()
        until(lambda: app.state.room.free == body.ROOM)
    assert capfd.readouterr().err == ""


def test_an_idle_connection_makes_way_for_a_new_one(app: FastAPI, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    get = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    monkeypatch.setattr(protocol, "CONNECTIONS", 4)
    idle = [call(b"") for _ in range(20)]
    assert call(get).hear()[0] == 200
    assert idle[0].hear()[0] == 0
    # Those that are at work stay, and one more is turned away.
    busy = [call(large()) for _ in range(4)]
    until(lambda: app.state.room.free == 0)
    assert problem(call(get).hear()) == (503, "request.busy")
    for caller in busy[1:]:
        caller.close()
    until(lambda: app.state.room.free == body.ROOM - acts.MAX_BODY)
    assert call(get).hear()[0] == 200


def test_an_answer_that_nobody_takes_is_dropped(
    office: Office, url: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "ANSWER_SECONDS", 0.3)
    caller = call(b"")
    caller.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    get = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def ask_on() -> None:
        while True:
            caller.say(get)
            time.sleep(0.02)

    with pytest.raises(OSError, match=r"reset|pipe"):
        ask_on()
    assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
