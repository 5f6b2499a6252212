"""Our selective disclosure beside the sd-jwt package: it reads our acts, and we read what it issues in our subset."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from ledger.act import TYP, parse_act, sign_act
from ledger.errors import Refused
from ledger.jws import PrivateKey, key_of, verify_jws
from tests.county import Pen, Person, submit_data

ORIGIN = "ledger.example"
CASE = "0190a1b2-0000-4000-8000-000000000003"
BOTH = pytest.mark.parametrize(
    "private", [Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())], ids=["Ed25519", "ES256"]
)


def theirs(private: PrivateKey) -> JWK:
    return JWK.from_pyca(private)


def read_by_them(message: str, private: PrivateKey) -> dict[str, Any]:
    payload: dict[str, Any] = SDJWTVerifier(message, lambda issuer, header: theirs(private)).get_verified_payload()
    return payload


def an_act(person: Person) -> tuple[str, dict[str, Any], list[Any]]:
    data, disclosures = submit_data(members=1)
    claims = Pen(ORIGIN).claims(person, CASE, "apply.submit", data)
    return sign_act(person.private, claims, disclosures), claims, disclosures


@BOTH
def test_the_package_verifies_our_act_and_reads_what_is_disclosed(private):
    message, claims, disclosures = an_act(Person(private=private))
    read = read_by_them(message, private)
    shown = {one.name: one.value for one in disclosures}
    assert read["data"]["applicant"] == shown
    assert {name: value for name, value in read.items() if name != "data"} == {
        name: value for name, value in claims.items() if name != "data"
    }
    assert parse_act(message.encode(), ORIGIN)[0].revealed == read["data"]


@BOTH
def test_an_act_shown_with_some_fields_or_none_still_verifies(private):
    message, _, disclosures = an_act(Person(private=private))
    jws, *parts = message.split("~")[:-1]
    for keep in ([], parts[:1], parts[1:3]):
        read = read_by_them("~".join([jws, *keep, ""]), private)
        assert len(read["data"]["applicant"]) == len(keep)
    assert {one.encoded for one in disclosures} == set(parts)


@BOTH
def test_we_take_what_the_package_issues(private):
    person = Person(private=private)
    data, disclosures = submit_data(members=1)
    hidden = {SDObj(one.name): one.value for one in disclosures}
    claims = Pen(ORIGIN).claims(person, CASE, "apply.submit", data | {"applicant": hidden})
    key = key_of(private.public_key())
    issued = SDJWTIssuer(
        claims, theirs(private), sign_alg=key.alg, extra_header_parameters={"typ": TYP, "kid": key.kid}
    ).sd_jwt_issuance
    act, jws = parse_act(issued.encode(), ORIGIN)
    verify_jws(jws, key)
    assert act.revealed["applicant"] == {one.name: one.value for one in disclosures}
    assert {one.name for one in act.disclosures} == {one.name for one in disclosures}


def issued_with(data: Any, **options: Any) -> bytes:
    person = Person()
    claims = Pen(ORIGIN).claims(person, CASE, "apply.submit", data)
    header = {"typ": TYP, "kid": person.kid}
    issuer = SDJWTIssuer(claims, theirs(person.private), sign_alg="Ed25519", extra_header_parameters=header, **options)
    message: bytes = issuer.sd_jwt_issuance.encode()
    return message


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        ({"members": [SDObj("a"), "b"]}, {}, "disclosure.malformed"),
        ({SDObj("applicant"): {SDObj("name"): "x"}}, {}, "disclosure.nested"),
        ({"applicant": {SDObj("name"): "x"}}, {"add_decoy_claims": True}, "act.claim-unknown"),
    ],
    ids=["array element", "within a disclosure", "decoy"],
)
def test_what_the_package_can_do_beyond_our_subset_is_refused(data, options, code):
    with pytest.raises(Refused) as refused:
        parse_act(issued_with(data, **options), ORIGIN)
    assert refused.value.code == code


def test_a_key_binding_jwt_after_the_disclosures_is_refused():
    message, _, _ = an_act(Person())
    with pytest.raises(Refused) as refused:
        parse_act((message + "e30.e30.e30").encode(), ORIGIN)
    assert refused.value.code == "act.form"


def test_the_package_reads_a_disclosure_exactly_as_we_wrote_it():
    message, claims, disclosures = an_act(person := Person())
    verifier = SDJWTVerifier(message, lambda issuer, header: theirs(person.private))
    assert set(verifier._hash_to_disclosure) == set(claims["data"]["applicant"]["_sd"])
    for one in disclosures:
        assert verifier._hash_to_disclosure[one.digest] == one.encoded
        assert verifier._hash_to_decoded_disclosure[one.digest][1:] == [one.name, one.value]
    assert json.loads(json.dumps(verifier.get_verified_payload()))["act"] == "apply.submit"
