"""What may not go in: refused with a code of its own, nothing recorded, and the act set right goes in after all."""

import json
import time
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import orjson
import pytest
from hypothesis import settings

from domain.streams import delegation_id, source_id
from ledger.act import BEIJING, TYP
from ledger.disclosure import disclose
from ledger.jws import b64url, sign_jws
from tests.county import DIGEST, TOWN, VILLAGE, Person, submit_data, uuid7
from tests.integration.api.conftest import Office

FEW = settings(max_examples=60)


@pytest.fixture(scope="module")
def case(office: Office) -> str:
    """A case that waits to be accepted, at version 3."""
    case, clerk = office.new_case(), office.county.clerk
    office.record(office.sign(clerk, case, "apply.return", {"missing": ["income"]}))
    papers = {"documents": [{"kind": "income", "sha256": DIGEST}]}
    office.record(office.sign(clerk, case, "apply.supplement", papers))
    return case


def accepting(office: Office, case: str, **changes: Any) -> str:
    return office.sign(office.county.clerk, case, "apply.accept", {}, **changes)


def with_header(office: Office, case: str, header: Any, private: Any = None) -> str:
    """A sound act under another header, honestly signed over it."""
    payload = accepting(office, case).split(".")[1]
    head = b64url(header if isinstance(header, bytes) else orjson.dumps(header))
    signed, key = f"{head}.{payload}", private or cast(Any, office.county.clerk.private)
    return f"{signed}.{b64url(key.sign(signed.encode()))}"


def test_a_header_that_says_anything_but_alg_kid_and_typ_is_refused(office: Office, case: str) -> None:
    kid = office.county.clerk.kid
    header = {"alg": "Ed25519", "kid": kid, "typ": TYP}
    changes: list[tuple[dict[str, Any], int, str]] = [
        ({"alg": "none"}, 422, "act.alg"),
        ({"alg": "HS256"}, 422, "act.alg"),
        ({"alg": "ES256"}, 422, "act.kid"),
        ({"crit": ["exp"]}, 422, "act.header"),
        ({"jwk": office.county.clerk.jwk}, 422, "act.header"),
        ({"typ": "JWT"}, 422, "act.typ"),
        ({"kid": "unknown"}, 403, "key.unknown"),
        ({"kid": Person().kid}, 403, "key.unknown"),
        ({"kid": office.county.other.kid}, 422, "act.kid"),
    ]
    for change, status, code in changes:
        office.refused(with_header(office, case, header | change), status, code)
    twice = f'{{"alg":"none","alg":"Ed25519","kid":"{kid}","typ":"{TYP}"}}'.encode()
    office.refused(with_header(office, case, twice), 422, "act.header")
    unsigned = with_header(office, case, header | {"alg": "none"}).rsplit(".", 1)[0] + "."
    office.refused(unsigned, 422, "act.alg")


def test_a_signature_of_anybody_else_or_of_something_else_is_refused(office: Office, case: str) -> None:
    kid = office.county.clerk.kid
    header = {"alg": "Ed25519", "kid": kid, "typ": TYP}
    office.refused(with_header(office, case, header, Person().private), 422, "act.signature")
    head, payload, signature = accepting(office, case).rstrip("~").split(".")
    other_payload = accepting(office, case, jti=str(uuid7())).split(".")[1]
    office.refused(f"{head}.{other_payload}.{signature}", 422, "act.signature")
    office.refused(f"{head}.{payload}.{signature[:80]}", 422, "act.signature")
    office.refused(accepting(office, case, iss=office.county.other.id), 422, "act.kid")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda act: act.replace(".", "=.", 1), "act.base64"),
        (lambda act: act + "=", "act.base64"),
        (lambda act: act[:-1] + ("B" if act[-1] != "B" else "C"), "act.base64"),
        (lambda act: act.replace(".", "+.", 1), "act.base64"),
        (lambda act: act.replace(".", ". "), "act.base64"),
        (lambda act: act.replace(".", ""), "act.form"),
        (lambda act: act + "." + act, "act.form"),
        (lambda act: act + "~" + disclose("x", 1).encoded, "act.form"),
        (lambda act: act + "~~", "act.claim"),
        (lambda act: act + "~" + disclose("x", 1).encoded + "~", "act.claim"),
        (lambda act: "{" + act, "act.base64"),
    ],
)
def test_a_spelling_that_is_not_the_one_right_one_is_refused(office: Office, case: str, change: Any, code: str) -> None:
    office.refused(change(accepting(office, case).rstrip("~")), 422, code)


def test_claims_with_a_key_twice_are_refused(office: Office, case: str) -> None:
    claims = orjson.dumps(office.county.pen.claims(office.county.clerk, case, "apply.accept", {}))
    for twice in (
        claims[:-1] + b',"version":2}',
        claims[:-1] + b',"\\u0064ata":{}}',
        claims.replace(b'"data":{}', b'"data":{"a":1,"a":1}'),
        claims.replace(b'"data":{}', b'"data":{"a":NaN}'),
        claims.replace(b'"data":{}', b'"data":{"a":"\\ud800"}'),
        claims.replace(b'"data":{}', b'"data":{"a":%b}' % (b"[" * 300 + b"]" * 300)),
    ):
        message = sign_jws(office.county.clerk.private, TYP, twice)
        code = "act.depth" if b"[[" in twice else "act.json"
        office.refused(message, 422, code)


def test_an_act_for_another_ledger_another_time_or_another_place_in_its_stream_is_refused(
    office: Office, case: str
) -> None:
    now, today = int(time.time()), datetime.now(BEIJING).date()
    version, prev = office.county.pen.heads[case]
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"aud": "other.example/ledger"}, 422, "act.aud"),
        ({"iat": now + 60}, 422, "act.iat-future"),
        ({"iat": 2**37 - 1}, 422, "act.iat-future"),
        ({"iat": 2**40 - 1}, 422, "act.claim"),
        ({"iat": now - 31 * 86_400, "on": "2020-01-01"}, 422, "act.iat-late"),
        ({"iat": 1, "on": "1970-01-01"}, 422, "act.iat-late"),
        ({"on": str(today + timedelta(days=1))}, 422, "act.on-future"),
        ({"version": version}, 409, "act.stale"),
        ({"version": version + 2}, 409, "act.stale"),
        ({"version": 2**52}, 409, "act.stale"),
        ({"prev": "00" * 32}, 409, "act.stale"),
        ({"version": 0}, 422, "act.claim"),
        ({"prev": prev.upper()}, 422, "act.claim"),
        ({"jti": str(uuid4())}, 422, "act.claim"),
        ({"act": "apply.approve"}, 422, "act.code"),
        ({"act": "apply.accept "}, 422, "act.claim"),
        ({"exp": now + 60}, 422, "act.claim-unknown"),
        ({"basis": "paper"}, 422, "act.claim"),
        ({"paper": None}, 422, "act.claim"),
    ]
    for changes, status, code in wrong:
        office.refused(accepting(office, case, **changes), status, code)
    body = office.refused(accepting(office, case, prev="00" * 32), 409, "act.stale")
    assert (body["version"], body["hash"]) == (version, prev)


def test_a_late_act_is_welcome_within_the_days_of_grace(office: Office) -> None:
    case = office.new_case()
    late = int(time.time()) - 29 * 86_400
    office.record(accepting(office, case, iat=late))


def test_data_holds_what_its_schema_knows_and_nothing_else(office: Office, case: str) -> None:
    clerk = office.county.clerk
    office.refused(office.sign(clerk, case, "apply.accept", {"note": "张三很困难"}), 422, "data.schema")
    wrong: list[dict[str, Any]] = [
        {"members": "2"},
        {"members": 2.0},
        {"members": True},
        {"members": 0},
        {"members": 10**30},
        {"town": 610924100},
        {"town": "610924"},
        {"village": "６１０９２４１００２０１"},
        {"programme": "other"},
        {"programme": None},
        {"documents": []},
        {"documents": [{"kind": "application", "sha256": DIGEST, "note": "x"}]},
        {"documents": [{"kind": "application", "sha256": DIGEST.upper()}]},
        {"by": ""},
        {"more": 1},
    ]
    for changes in wrong:
        data, disclosures = submit_data()
        claims = office.county.pen.claims(clerk, str(uuid4()), "apply.submit", data | changes)
        body = office.refused(signed(clerk, claims, disclosures), 422, "data.schema")
        assert body["field"].split(".")[0] in changes


def signed(person: Person, claims: dict[str, Any], disclosures: Any = ()) -> str:
    """Signs numbers that our own signer would not write."""
    if disclosures:
        claims = claims | {"_sd_alg": "sha-256"}
    jws = sign_jws(person.private, TYP, json.dumps(claims).encode())
    return "~".join([jws, *(one.encoded for one in disclosures), ""])


def test_personal_data_in_the_clear_is_refused_and_so_is_anything_else_hidden(office: Office) -> None:
    clerk, case = office.county.clerk, str(uuid4())
    data, disclosures = submit_data()
    own, others = disclosures[:4], disclosures[4:]
    clear = {one.name: one.value for one in own}

    def submitting(data: dict[str, Any], disclosures: Any) -> str:
        return office.sign(clerk, case, "apply.submit", data, disclosures=disclosures)

    office.refused(submitting(data | {"applicant": clear}, others), 422, "data.personal")
    half = {"_sd": [own[0].digest], **{one.name: one.value for one in own[1:]}}
    office.refused(submitting(data | {"applicant": half}, [own[0], *others]), 422, "data.personal")
    town = disclose("town", TOWN)
    hidden = {name: value for name, value in data.items() if name != "town"} | {"_sd": [town.digest]}
    office.refused(submitting(hidden, [*disclosures, town]), 422, "data.personal")
    office.record(submitting(data, disclosures))


def test_disclosures_that_do_not_fit_the_digests_are_refused(office: Office) -> None:
    clerk, case = office.county.clerk, str(uuid4())
    data, disclosures = submit_data()
    good = office.sign(clerk, case, "apply.submit", data, disclosures=disclosures)
    jws, *parts = good.split("~")[:-1]

    def beside(*encoded: str) -> str:
        return "~".join([jws, *encoded, ""])

    other = disclose("name", "测试乙").encoded
    office.refused(beside(*parts, other), 422, "disclosure.unmatched")
    office.refused(beside(*parts[1:]), 422, "disclosure.missing")
    office.refused(beside(other, *parts[1:]), 422, "disclosure.missing")
    office.refused(beside(*parts, parts[0]), 422, "disclosure.repeated")
    office.refused(beside(*parts[1:], parts[0] + "="), 422, "disclosure.malformed")
    office.refused(beside(*parts[1:], "rubbish"), 422, "disclosure.malformed")
    office.refused(beside(), 422, "act.claim")
    short_salt = b64url(orjson.dumps(["salt", "name", "测试甲"]))
    office.refused(beside(*parts[1:], short_salt), 422, "disclosure.malformed")
    digests = data["applicant"]["_sd"]
    applicants: list[dict[str, Any]] = [{"_sd": [*digests, digests[0]]}, {"_sd": []}, {"_sd": "x"}, {"_sd": [1]}]
    for applicant in applicants:
        message = office.sign(clerk, case, "apply.submit", data | {"applicant": applicant}, disclosures=disclosures)
        code = "disclosure.repeated" if applicant["_sd"] == [*digests, digests[0]] else "disclosure.malformed"
        office.refused(message, 422, code)
    office.record(beside(*parts[::-1]))
    again = office.send(good)
    assert (again.status_code, again.json()["stream"]) == (201, case)


def test_other_people_may_not_do_what_is_not_theirs(office: Office, case: str) -> None:
    county = office.county
    data, disclosures = submit_data()
    elsewhere = data | {"town": "610924101", "village": "610924101201"}
    office.refused(
        office.sign(county.clerk, str(uuid4()), "apply.submit", elsewhere, disclosures=disclosures),
        403,
        "officer.place",
    )
    office.refused(office.sign(county.inspector, case, "apply.accept", {}), 403, "officer.level")
    office.refused(office.sign(county.clerk, case, "verify.draw", {"cause": "sampled"}), 409, "case.order")
    office.refused(office.sign(county.admin1, case, "apply.accept", {}), 403, "officer.level")
    office.refused(
        office.sign(
            county.clerk, str(delegation_id(county.pen.origin, TOWN)), "delegation.withdraw", {"instrument": DIGEST}
        ),
        403,
        "officer.level",
    )
    office.refused(
        office.sign(county.inspector, str(uuid4()), "delegation.withdraw", {"instrument": DIGEST}),
        403,
        "delegation.nothing",
    )
    office.refused(
        office.sign(
            county.clerk,
            str(source_id(county.pen.origin, "旧系统")),
            "source.grant",
            {"name": "旧系统", "importer": county.clerk.id, "ending": "2099-12-31"},
        ),
        403,
        "officer.not-administrator",
    )


def test_an_act_out_of_order_is_refused_and_an_act_to_no_case_too(office: Office, case: str) -> None:
    clerk = office.county.clerk
    office.refused(office.sign(clerk, case, "review.opine", {"opinion": "eligible", "form": DIGEST}), 409, "case.order")
    office.refused(office.sign(clerk, str(uuid4()), "apply.accept", {}), 409, "case.unknown")
    delegation = str(delegation_id(office.county.pen.origin, TOWN))
    office.refused(office.sign(clerk, delegation, "apply.accept", {}), 409, "case.stream")
    posting = {"village": VILLAGE, "days": 0, "photograph": DIGEST}
    office.refused(office.sign(clerk, case, "review.post", posting), 422, "data.schema")


def test_the_ledger_s_own_line_is_nobody_s_stream(office: Office) -> None:
    line_0 = office.get("/ledger/lines/0").json()
    own, fingerprint = line_0["stream"], office.get("/ledger/head").json()["fingerprint"]
    assert office.get(f"/cases/{own}").status_code == 404
    data, disclosures = submit_data()
    clerk = office.county.clerk
    for changes in ({}, {"version": 2, "prev": fingerprint}):
        message = office.sign(clerk, own, "apply.submit", data, disclosures=disclosures, **changes)
        answer = office.send(message)
        assert answer.json()["code"] in ("act.stream-reserved", "act.stale")


def test_after_all_refusals_the_act_set_right_still_goes_in(office: Office) -> None:
    case = office.new_case()
    head, payload, signature = accepting(office, case).rstrip("~").split(".")
    office.refused(f"{head}.{payload}.{signature[:-4]}AAAA", 422, "act.signature")
    office.refused(f"{head}.{payload}.{signature}=", 422, "act.base64")
    office.record(f"{head}.{payload}.{signature}")
