"""The client of the service, where what answers is not the service, or answers late."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from api.client import NotRecorded, Problem, Unanswered, Unreachable, base_url, connect, language

PROBLEM = b'{"code": "act.code", "title": "act.code", "detail": "there is no such act", "status": 422}'
RECORDED = b'{"index": 1, "hash": "ab", "at": "2026-01-01T00:00:00.000000Z"}'


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that gives these answers in turn, the last one for ever; and the bodies it was sent."""
    sent: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            status, body = answers[min(len(sent), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client.PAUSES", (0.0, 0.0))


def test_an_act_without_an_answer_is_sent_again_as_it_was():
    with answering((503, PROBLEM), (500, b"oops"), (201, RECORDED)) as (url, sent), connect(url) as client:
        assert client.send("the.act.itself~")["index"] == 1
    assert sent == [b"the.act.itself~"] * 3


def test_only_where_every_answer_says_so_nothing_was_recorded():
    not_done = PROBLEM.replace(b"act.code", b"commit.not-done")
    with answering((503, not_done)) as (url, _), connect(url) as client, pytest.raises(NotRecorded):
        client.send("the.act.itself~")
    with answering((500, b"oops"), (503, not_done)) as (url, _), connect(url) as client:
        with pytest.raises(Unanswered) as said:
            client.send("the.act.itself~")
        assert not isinstance(said.value, NotRecorded)


def test_an_address_that_is_none_is_told():
    with pytest.raises(Unreachable, match="PORT"), connect("http://127.0.0.1:many"):
        pass


def test_an_act_that_nobody_answers_for_is_not_said_to_have_failed():
    with answering((503, PROBLEM)) as (url, sent), connect(url) as client, pytest.raises(Unanswered):
        client.send("the.act.itself~")
    assert len(sent) == 3
    with connect("http://127.0.0.1:1") as client, pytest.raises(Unanswered):
        client.send("the.act.itself~")


def test_a_refused_act_is_sent_once():
    no_such = pytest.raises(Problem, match="there is no such act")
    with answering((422, PROBLEM)) as (url, sent), connect(url) as client, no_such as caught:
        client.send("the.act.itself~")
    assert caught.value.code == "act.code"
    assert len(sent) == 1


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, b"[]"), (404, b"<html>"), (404, b"{}"), (502, b"")])
def test_something_else_at_that_address_is_not_taken_for_the_service(answer: tuple[int, bytes]):
    with answering(answer) as (url, _), connect(url) as client, pytest.raises(Unreachable):
        client.case(uuid4())


def test_the_address_comes_from_the_surroundings():
    assert base_url({}) == "http://127.0.0.1:8000"
    assert base_url({"PORT": "8001"}) == "http://127.0.0.1:8001"
    assert base_url({"PORT": "8001", "MINGZHANG_URL": "http://127.0.0.1:9000/"}) == "http://127.0.0.1:9000"


def test_errors_are_asked_for_in_the_terminals_language():
    assert language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert language({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}) == "en"
    assert language({}) == "en"
