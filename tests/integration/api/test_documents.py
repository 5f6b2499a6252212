"""Documents over HTTP: bounded, streamed to the disk, under the digest that they have."""

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.documents import routes
from api.documents.store import Store
from tests.documents import PDF, digest
from tests.integration.api.conftest import Office
from tests.service import served

BYTES = {"content-type": "application/octet-stream"}


@pytest.fixture
def store(office: Office) -> Store:
    return Store(office.settings.data / "documents")


def put(office: Office, content: bytes, name: str | None = None, **headers: str) -> httpx.Response:
    path = f"/documents/{name or digest(content)}"
    answer: httpx.Response = office.run(office.county.client.put(path, content=content, headers=BYTES | headers))
    return answer


def head(office: Office, name: str) -> httpx.Response:
    answer: httpx.Response = office.run(office.county.client.head(f"/documents/{name}"))
    return answer


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return answer.status_code, body["code"]


def test_a_document_is_kept_once_and_can_be_asked_for(office: Office, store: Store) -> None:
    content = PDF + b"kept once"
    assert head(office, digest(content)).status_code == 404
    first, again = put(office, content), put(office, content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json() == {
        "sha256": digest(content),
        "size": len(content),
        "kind": "pdf",
        "media_type": "application/pdf",
    }
    there = head(office, digest(content))
    assert (there.status_code, there.headers["content-length"]) == (200, str(len(content)))
    assert store.path(digest(content)).read_bytes() == content


def test_no_document_comes_out_and_every_other_method_is_told_which_there_are(office: Office) -> None:
    content = PDF + b"stays in"
    put(office, content)
    for method in ("GET", "POST", "DELETE", "PATCH"):
        answer = office.run(office.county.client.request(method, f"/documents/{digest(content)}", headers=BYTES))
        assert refused(answer) == (405, "request.method")
        assert set(answer.headers["allow"].split(", ")) == {"HEAD", "PUT"}
        assert b"%PDF" not in answer.content


def test_what_does_not_fit_is_refused_and_nothing_is_kept(office: Office, store: Store) -> None:
    before = store.names()[0]
    assert refused(put(office, PDF, "ab" * 32)) == (422, "document.digest")
    assert refused(put(office, b"\x7fELF\x00")) == (415, "document.kind")
    assert refused(put(office, b"")) == (415, "document.kind")
    for name in ("x", "AB" * 32, "ab" * 31, "..log", "ab" * 33):
        assert refused(put(office, PDF, name)) == (422, "request.parameter"), name
    assert refused(put(office, PDF, "..%2f..%2fkeys%2flog.pem")) == (404, "not-found")
    assert refused(put(office, PDF, **{"content-type": "application/pdf"})) == (415, "request.type")
    assert refused(put(office, PDF, origin="https://county.example")) == (403, "request.origin")
    assert store.names()[0] == before
    assert list(store.incoming.iterdir()) == []


def test_refusals_are_in_both_languages(office: Office) -> None:
    for language, word in (("zh-CN", "SHA-256"), ("en", "nothing was kept")):
        answer = put(office, PDF, "ab" * 32, **{"accept-language": language})
        assert word in answer.json()["detail"]


def test_a_file_that_was_altered_is_not_overwritten(office: Office, store: Store) -> None:
    content = PDF + b"altered later"
    put(office, content)
    path: Path = store.path(digest(content))
    path.write_bytes(PDF + b"altered!")
    answer = put(office, content, **{"accept-language": "zh"})
    assert refused(answer) == (409, "document.altered")
    assert str(path) in answer.json()["detail"]
    assert path.read_bytes() == PDF + b"altered!"


def test_many_send_the_same_document_at_once_and_it_is_kept_once(office: Office, store: Store) -> None:
    content = PDF + bytes(2_000_000) + b"at once"
    name = f"/documents/{digest(content)}"
    one, other = office.county.client, office.another()
    works = [client.put(name, content=content, headers=BYTES) for client in (one, other) * 5]
    statuses = sorted(answer.status_code for answer in office.together(*works))
    assert statuses == [200] * 9 + [201]
    assert store.hash(digest(content)) == digest(content)
    assert list(store.incoming.iterdir()) == []


def test_a_document_that_is_too_large_is_refused_before_and_while_it_is_read(
    office: Office, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_DOCUMENT", 1_000_000)
    content = PDF + bytes(1_000_000)
    assert refused(put(office, content)) == (413, "request.too-large")

    async def unannounced() -> Any:
        for start in range(0, len(content), 60_000):
            yield content[start : start + 60_000]

    answer = office.run(office.county.client.put(f"/documents/{digest(content)}", content=unannounced(), headers=BYTES))
    assert refused(answer) == (413, "request.too-large")
    assert list(store.incoming.iterdir()) == []


def test_on_a_real_socket_a_large_one_arrives_and_one_that_breaks_off_leaves_nothing(
    office: Office, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(office.settings)
    content = PDF + bytes(20_000_000)
    with served(app) as url:
        address = f"{url}/documents/{digest(content)}"
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as half:
            half.sendall(
                f"PUT /documents/{digest(content)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
                "Content-Type: application/octet-stream\r\n\r\n".encode()
                + content[:3_000_000]
            )
        assert httpx.put(address, content=content, headers=BYTES, trust_env=False).status_code == 201
        with httpx.Client(trust_env=False) as client:
            there = client.head(address)
            assert (there.status_code, there.headers["content-length"]) == (200, str(len(content)))
            assert client.head(f"{url}/documents/{'ab' * 32}").status_code == 404
            assert client.get(address).status_code == 405
        monkeypatch.setattr(routes, "SECONDS", 0.2)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as slow:
            slow.sendall(
                f"PUT /documents/{'cd' * 32} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
                "Content-Type: application/octet-stream\r\n\r\n%PDF-".encode()
            )
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
    assert store.hash(digest(content)) == digest(content)
    assert list(store.incoming.iterdir()) == []
    assert app.state.room.free == app.state.room.__class__().free
