"""Who is let in at the door, and what every answer says of itself."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api import ledger_routes
from api.app import create_app
from tests.integration.api.conftest import Office
from tests.service import served


def ask(office: Office, method: str, path: str, **headers: str) -> httpx.Response:
    answer: httpx.Response = office.run(office.county.client.request(method, path, headers=headers))
    return answer


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:80", "[::1]", "[::1]:65535", "127.0.0.1:1"]
)
def test_this_machine_is_let_in_by_each_of_its_names(office: Office, host: str) -> None:
    assert ask(office, "GET", "/health", host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "county.example",
        "127.0.0.1.example.org",
        "localhost.example.org:8000",
        "localhost:",
        "localhost:8000x",
        "localhost:123456",
        "127.0.0.1@example.org",
        "127.1",
        "0.0.0.0:8000",
        "[::]",
        "::1",
        "",
        "localhost, example.org",
        "x" * 5000,
    ],
)
def test_a_page_that_was_led_here_under_another_name_is_not_let_in(office: Office, host: str) -> None:
    for path in ("/", "/health", f"/cases/{uuid4()}/history", "/docs", "/nothing"):
        for language in ("zh-CN", "en"):
            answer = ask(office, "GET", path, host=host, **{"accept-language": language})
            assert (answer.status_code, answer.json()["code"]) == (421, "request.host")
            assert answer.headers["content-language"] == language[:2]
            assert bool(re.search(r"[\u4e00-\u9fff]", answer.json()["detail"])) == (language == "zh-CN")
            assert len(answer.text) < 1500


def test_a_request_to_two_hosts_or_to_none_is_not_let_in(office: Office) -> None:
    twice = [("Host", "127.0.0.1"), ("Host", "county.example")]
    answer = office.run(office.county.client.get("/health", headers=twice))
    assert (answer.status_code, answer.json()["code"]) == (400, "request.no-host")


def test_a_page_of_another_origin_can_send_nothing(office: Office) -> None:
    for origin in ("https://county.example", "null", "http://localhost:9999", "http://127.0.0.1:8000", "", "x" * 3000):
        for path in ("/acts", "/acts/batch", "/nothing"):
            answer = ask(office, "POST", path, origin=origin, **{"content-type": "application/sd-jwt"})
            assert (answer.status_code, answer.json()["code"]) == (403, "request.origin")
            assert len(answer.text) < 1500
        assert ask(office, "GET", "/health", origin=origin).status_code == 200
    ours = ask(office, "POST", "/acts", origin="http://127.0.0.1", **{"content-type": "application/sd-jwt"})
    assert ours.json()["code"] == "act.form"


def test_a_browser_that_asks_first_whether_a_page_may_send_is_told_nothing(office: Office) -> None:
    asked = {
        "origin": "https://county.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = ask(office, "OPTIONS", "/acts", **asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_stays_in_no_cache_and_is_what_it_says(office: Office) -> None:
    case = office.new_case()
    asked = [
        ("GET", f"/cases/{case}"),
        ("GET", f"/cases/{case}/history"),
        ("GET", "/ledger/lines"),
        ("GET", "/receipts/0"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
        ("GET", "/nothing"),
        ("GET", "/cases/nobody"),
        ("PUT", "/acts"),
        ("POST", "/acts"),
    ]
    for answer in [ask(office, *one) for one in asked] + [ask(office, "GET", "/health", host="elsewhere")]:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_an_unexpected_error_stays_in_no_cache_either(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*arguments: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("api.acts.receive", broken)
    answer = office.send("x")
    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_what_is_not_possible_is_said_with_what_is(office: Office, method: str) -> None:
    for path, allowed in (("/acts", "POST"), ("/ledger/head", "GET"), (f"/cases/{uuid4()}", "GET"), ("/", "GET")):
        answers = [ask(office, method, path, **{"accept-language": language}) for language in ("zh", "en")]
        for answer in answers:
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
            assert answer.headers["content-type"] == "application/problem+json"
            assert (answer.json()["code"], answer.json()["allowed"]) == ("request.method", allowed)
        assert answers[0].json()["detail"] != answers[1].json()["detail"]


def test_asking_for_the_head_of_an_answer_is_not_possible_and_says_so_without_a_body(office: Office) -> None:
    answer = ask(office, "HEAD", "/health")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "GET", b"")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=abc", "from"),
        ("from=-1", "from"),
        ("from=1.5", "from"),
        ("from=", "from"),
        ("from=1e9", "from"),
        (f"from={2**62}", "from"),
        ("from=" + "9" * 5000, "from"),
        ("limit=0", "limit"),
        ("limit=-5", "limit"),
        ("limit=5001", "limit"),
        ("limit=999999999999", "limit"),
        ("limit=%00", "limit"),
        ("type=x", "type"),
        ("type=%1b%5b31m", "type"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_it_takes(office: Office, query: str, name: str) -> None:
    details = set()
    for language in ("zh", "en"):
        answer = ask(office, "GET", f"/ledger/lines?{query}", **{"accept-language": language})
        body = answer.json()
        assert (answer.status_code, body["code"], body["name"]) == (422, "request.parameter", name)
        assert body["expected"]
        assert len(answer.text) < 1000
        details.add(body["detail"])
    assert len(details) == 2


def test_nothing_that_was_sent_comes_back_endless_or_as_control_characters(office: Office) -> None:
    long, control = "x" * 20_000, "\x1b[31m\r\n\u202e\x00\x9b"
    act = office.sign(office.county.clerk, str(uuid4()), long, {})
    answers = [
        ask(office, "GET", "/" + long),
        ask(office, "GET", "/%1b%5b31m%0d%0a%e2%80%ae"),
        ask(office, "BREW", "/acts"),
        ask(office, "POST", "/acts", **{"content-type": long}),
        office.send(act),
        office.send(office.sign(office.county.clerk, str(uuid4()), control, {})),
        office.send(office.sign(office.county.clerk, str(uuid4()), "apply.accept", {}, aud=control)),
        office.send(office.sign(office.county.clerk, str(uuid4()), "apply.accept", {}, **{control: 1})),
        office.send(office.sign(office.county.clerk, str(uuid4()), "apply.accept", {}, **{long: 1})),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert len(answer.text) < 2000
        assert all(text.isprintable() for text in answer.json().values() if isinstance(text, str))


def test_a_page_of_lines_ends_before_it_grows_without_bound_and_the_next_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        office.new_case()
    whole = ask(office, "GET", "/ledger/lines?limit=5000")
    assert "link" not in whole.headers
    lines = whole.content.splitlines()
    assert len(lines) == office.size() > 12
    monkeypatch.setattr(ledger_routes, "STEP", 3)
    for query, most in (("limit=5", 5), ("limit=5000", 6)):
        monkeypatch.setattr(ledger_routes, "PAGE_BYTES", sum(map(len, lines[:4])) if most == 6 else 10**9)
        found: list[bytes] = []
        path = f"/ledger/lines?{query}"
        while path:
            page = ask(office, "GET", path)
            found += page.content.splitlines()
            assert 1 <= len(page.content.splitlines()) <= most + 3
            link = re.fullmatch(r'<(/[^>]*)>; rel="next"', page.headers.get("link", ""))
            path = link[1] if link else ""
        assert found == lines


@pytest.fixture(scope="module")
def url(office: Office) -> Iterator[str]:
    with served(create_app(office.settings)) as url:
        yield url


def test_an_answer_does_not_say_what_made_it(url: str) -> None:
    for path in ("/health", "/nothing"):
        assert "server" not in httpx.get(url + path, trust_env=False).headers


def test_the_start_is_links_for_programs_and_the_documentation_for_people(office: Office) -> None:
    for accept in ("*/*", "application/json", ""):
        answer = ask(office, "GET", "/", accept=accept)
        assert (answer.status_code, answer.headers["vary"]) == (200, "Accept")
        links = {name: path for name, path in answer.json().items() if name != "service"}
        assert {"docs", "openapi", "health", "head"} <= set(links)
        for path in links.values():
            assert office.get(path).status_code == 200
    person = ask(office, "GET", "/", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (person.status_code, person.headers["location"]) == (303, "/docs")


def test_the_documentation_comes_from_here_alone_and_may_load_nothing_from_elsewhere(office: Office) -> None:
    page = office.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"https?:|//", page.headers["content-security-policy"])
    parts = re.findall(r'(?:href|src)="([^"]*)"', page.text)
    assert len(parts) >= 5
    assert not re.search(r"<script(?! src)|<style|\son\w+=", page.text)
    for part in parts:
        assert re.fullmatch(r"/[\w./-]+", part)
        assert office.get(part).status_code == 200
    assert "/openapi.json" in office.get("/docs/start.js").text
    # What a style sheet fetches is inside it.
    style = office.get("/docs/swagger-ui.css").text
    assert "@import" not in style
    assert not [url for url in re.findall(r"url\(\s*[\"']?([^\"')]*)", style) if not url.startswith("data:")]


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fmain.py", "__init__.py", "%2e%2e", "swagger-ui.css/x", "START.JS"]
)
def test_the_documentation_gives_out_its_own_parts_only(office: Office, name: str) -> None:
    assert office.get(f"/docs/{name}").status_code == 404
