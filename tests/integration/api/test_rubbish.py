"""What is no act at all: rubbish of every kind is refused, and never upsets the service."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.act import TYP, sign_act
from ledger.jws import key_of, sign_jws
from tests.county import DIGEST, TOWN, Person, submit_data
from tests.integration.api.conftest import Office

JSON = {"content-type": "application/json"}
FEW = settings(max_examples=60)


def accepting(office: Office, case: str, **changes: Any) -> str:
    return office.sign(office.county.clerk, case, "apply.accept", {}, **changes)


def signed(person: Person, claims: dict[str, Any], disclosures: Any = ()) -> str:
    """Signs numbers that our own signer would not write."""
    if disclosures:
        claims = claims | {"_sd_alg": "sha-256"}
    jws = sign_jws(person.private, TYP, json.dumps(claims).encode())
    return "~".join([jws, *(one.encoded for one in disclosures), ""])


@pytest.mark.parametrize(
    "content_type",
    ["application/sd-jwt", "application/jose", "Application/SD-JWT", "application/sd-jwt; charset=utf-8"],
)
def test_an_act_goes_in_as_it_is_under_the_types_of_an_act(office: Office, content_type: str) -> None:
    case = office.new_case()
    answer = office.send(accepting(office, case), None, **{"content-type": content_type})
    assert answer.status_code == 201


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=UTF-8"])
def test_an_act_goes_in_as_json_however_its_type_is_written(office: Office, content_type: str) -> None:
    body = b'{"act":"%b"}' % accepting(office, office.new_case()).encode()
    assert office.send(body, None, **{"content-type": content_type}).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png", "json"],
)
def test_another_type_is_refused_with_what_to_send_instead(office: Office, content_type: str) -> None:
    for path, known in (("/acts", "application/sd-jwt"), ("/acts/batch", "application/json")):
        for language in ("zh", "en"):
            headers = {"content-type": content_type, "accept-language": language}
            answer = office.run(office.county.client.post(path, content=b"x", headers=headers))
            assert (answer.status_code, answer.json()["code"]) == (415, "request.type")
            assert f"curl -H 'Content-Type: {known}'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "application/sd-jwt", "act.form"),
        (b"", "application/json", "request.invalid"),
        (b"~", "application/jose", "act.form"),
        (b"..", "application/sd-jwt", "act.header"),
        (b"\x00" * 100, "application/sd-jwt", "act.form"),
        (b"\xff\xfe", "application/json", "request.invalid"),
        (b"{", "application/json", "request.invalid"),
        (b"null", "application/json", "request.invalid"),
        (b"[]", "application/json", "request.invalid"),
        (b"{}", "application/json", "request.invalid"),
        (b'{"act":7}', "application/json", "request.invalid"),
        (b'{"act":null}', "application/json", "request.invalid"),
        (b'{"act":"a.b.c","more":1}', "application/json; charset=utf-8", "request.invalid"),
        (b'{"act":"\\ud800"}', "application/json", "request.invalid"),
        (b'{"act":""}', "application/json", "act.form"),
        (b'{"act":"a.b.c"}', "application/sd-jwt", "act.base64"),
        (b'{"act":"a"}', "application/json", "act.form"),
        (b"[" * 100_000, "application/json", "request.invalid"),
    ],
)
def test_a_body_that_is_no_act_is_refused(office: Office, body: bytes, content_type: str, code: str) -> None:
    office.refused(body, 422, code, **{"content-type": content_type})


def test_a_body_that_is_too_large_is_refused_before_it_is_read_whole(office: Office) -> None:
    office.refused(b"x" * 1_200_000, 413, "request.too-large")
    office.refused(b"x." * 30_000 + b"y", 413, "act.too-large")
    read = 0

    async def endless() -> Any:
        nonlocal read
        for _ in range(10_000):
            read += 1_000_000
            yield b"x" * 1_000_000

    answer = office.run(office.county.client.post("/acts", content=endless()))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too-large")
    assert read < 10_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"acts":[]}',
        b'{"acts":"a.b.c"}',
        b'{"acts":[7]}',
        b'{"acts":[null]}',
        b'{"acts":{"0":"a"}}',
        b'{"act":["a"]}',
    ],
)
def test_a_batch_that_is_no_list_of_acts_is_refused(office: Office, body: bytes) -> None:
    size = office.size()
    answer = office.run(office.county.client.post("/acts/batch", content=body, headers=JSON))
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert office.size() == size


def test_the_door_does_not_open_the_wrong_way(office: Office) -> None:
    for method, path, status in [
        ("GET", "/acts", 405),
        ("PUT", "/acts", 405),
        ("DELETE", "/ledger/lines/0", 405),
        ("POST", "/ledger/head", 405),
        ("GET", "/nothing", 404),
        ("GET", "/cases/nobody", 422),
        ("GET", f"/cases/{uuid4()}", 404),
        ("GET", f"/cases/{uuid4()}/history", 404),
        ("GET", "/ledger/lines/999999999999999999999999", 404),
        ("GET", "/ledger/lines/-1", 404),
        ("GET", "/receipts/-1", 404),
        ("GET", f"/receipts/{10**30}", 404),
        ("GET", "/ledger/lines?from=-1", 422),
        ("GET", f"/ledger/lines?from={2**63}", 422),
        ("GET", "/ledger/lines?limit=0", 422),
        ("GET", "/ledger/lines?type=%00", 422),
        ("GET", "/ledger/lines?limit=1&type=ledger.opened&type=%E5%AE%A1", 422),
        ("GET", "/ledger/lines?limit=1&type=ledger.opened&type=a%0D%0Ab", 422),
    ]:
        answer = office.run(office.county.client.request(method, path))
        assert (answer.status_code, path) == (status, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        if status == 405:
            assert answer.headers["allow"]


@FEW
@given(st.binary(max_size=600), st.sampled_from(["", "application/json", "application/sd-jwt", "multipart/form-data"]))
def test_no_rubbish_ever_upsets_the_service(office: Office, rubbish: bytes, content_type: str) -> None:
    for path in ("/acts", "/acts/batch"):
        answer = office.run(office.county.client.post(path, content=rubbish, headers={"content-type": content_type}))
        assert answer.status_code in (415, 422)
        assert answer.status_code == 415 or content_type.startswith("application/")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from([DIGEST, TOWN]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@FEW
@given(st.data())
def test_no_honestly_signed_nonsense_ever_upsets_the_service(office: Office, data: st.DataObject) -> None:
    county = office.county
    code = data.draw(
        st.sampled_from(["apply.submit", "officer.register", "officer.revoke_key", "source.import", "x.y"])
    )
    content, disclosures = submit_data()
    content = data.draw(st.sampled_from([content, {}, {"jwk": Person().jwk}, {"kid": county.clerk.kid}]))
    claims = county.pen.claims(county.admin1, str(uuid4()), code, content | {})
    for _ in range(data.draw(st.integers(1, 2))):
        target = data.draw(st.sampled_from(["claims", "data"]))
        place = claims if target == "claims" else claims["data"]
        if isinstance(place, dict):
            place = dict(place)
            place[data.draw(st.sampled_from([*place, "jwk", "possession", "second", "_sd"]))] = data.draw(json_values)
            claims = place if target == "claims" else claims | {"data": place}
    answer = office.send(signed(county.admin1, claims, data.draw(st.sampled_from([(), disclosures]))))
    assert answer.status_code in (403, 409, 422), answer.text


def test_a_signed_act_of_the_largest_size_fits_on_a_line(office: Office) -> None:
    case, clerk = str(uuid4()), office.county.clerk
    data, disclosures = submit_data()
    many = [{"kind": "other", "sha256": DIGEST}] * 64
    office.record(office.sign(clerk, case, "apply.submit", data | {"documents": many}, disclosures=disclosures))
    too_many = data | {"documents": many + many[:1]}
    office.refused(
        office.sign(clerk, str(uuid4()), "apply.submit", too_many, disclosures=disclosures), 422, "data.schema"
    )
    assert key_of(clerk.private.public_key()).kid == clerk.kid
    huge = sign_act(clerk.private, office.county.pen.claims(clerk, case, "apply.accept", {"x": "x" * 60_000}))
    office.refused(huge, 413, "act.too-large")
