"""Our signatures beside joserfc's: what we sign it verifies, what it signs we verify, and keys have one name."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from ledger.act import TYP, parse_act, sign_act
from ledger.errors import Refused
from ledger.jws import PrivateKey, key_from_jwk, key_of, parse_jws, sign_jws, unb64url, verify_jws
from tests.county import Pen, Person

ED, P256 = Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
BOTH = pytest.mark.parametrize("private", [ED, P256], ids=["Ed25519", "ES256"])


def theirs(private: PrivateKey) -> OKPKey | ECKey:
    """The same private key, as joserfc holds it."""
    if isinstance(private, Ed25519PrivateKey):
        return OKPKey.import_key(private)
    return ECKey.import_key(private)


@BOTH
@given(st.binary(max_size=200))
def test_joserfc_verifies_what_we_sign(private, payload):
    ours = sign_jws(private, TYP, payload)
    key = key_of(private.public_key())
    read = jws.deserialize_compact(ours, theirs(private), algorithms=[key.alg])
    assert read.payload == payload
    assert read.headers() == {"alg": key.alg, "kid": key.kid, "typ": TYP}


@BOTH
@given(st.binary(max_size=200))
def test_we_verify_what_joserfc_signs(private, payload):
    key = key_of(private.public_key())
    header = {"alg": key.alg, "kid": key.kid, "typ": TYP}
    read = parse_jws(jws.serialize_compact(header, payload, theirs(private), algorithms=[key.alg]).encode())
    verify_jws(read, key)
    assert read.payload == payload


@BOTH
def test_both_refuse_the_same_changed_bytes(private):
    key = key_of(private.public_key())
    good = sign_jws(private, TYP, b'{"amount":45000}')
    head, payload, signature = good.split(".")
    for changed in (
        f"{head}.{payload[:-2]}AA.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.{signature[:40]}",
        f"{head}.{payload}.",
    ):
        with pytest.raises((JoseError, ValueError)):
            jws.deserialize_compact(changed, theirs(private), algorithms=[key.alg])
        with pytest.raises(Refused):
            verify_jws(parse_jws(changed.encode()), key)


@BOTH
def test_a_key_has_one_thumbprint_and_one_jwk(private):
    key, other = key_of(private.public_key()), theirs(private)
    assert key.kid == other.thumbprint()
    public = {name: value for name, value in other.as_dict(private=False).items() if name != "kid"}
    assert key.jwk() == public
    assert key_from_jwk(public).kid == key.kid
    assert json.loads(json.dumps(key.jwk()))["kty"] == public["kty"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_the_polymorphic_name_of_ed25519_is_not_taken():
    header = {"alg": "EdDSA", "kid": key_of(ED.public_key()).kid, "typ": TYP}
    signed = jws.serialize_compact(header, b"{}", theirs(ED), algorithms=["EdDSA"])
    with pytest.raises(Refused) as refused:
        parse_jws(signed.encode())
    assert refused.value.code == "act.alg"


def test_a_whole_act_signed_by_joserfc_is_an_act():
    person, pen = Person(), Pen("ledger.example")
    claims = pen.claims(person, "0190a1b2-0000-4000-8000-000000000003", "apply.accept", {}, version=2, prev="ab" * 32)
    header = {"alg": "Ed25519", "kid": person.kid, "typ": TYP}
    signed = jws.serialize_compact(header, json.dumps(claims).encode(), theirs(person.private), algorithms=["Ed25519"])
    act, parsed = parse_act(signed.encode(), "ledger.example")
    verify_jws(parsed, key_of(person.private.public_key()))
    ours = sign_act(person.private, claims).rstrip("~")
    read = jws.deserialize_compact(ours, theirs(person.private), algorithms=["Ed25519"])
    assert json.loads(read.payload) == claims
    assert act.version == 2


def test_the_ed25519_example_of_rfc_8037_verifies():
    # RFC 8037 appendix A.1, A.4 (its alg is EdDSA, so only the key and the raw signature are ours to check)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    key = key_from_jwk(jwk)
    assert key.verify(signed, unb64url(signature.encode()))
    assert not key.verify(signed + b"x", unb64url(signature.encode()))
