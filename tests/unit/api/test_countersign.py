"""A new key's two signatures, made on two other machines than the administrator's."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from api.cli import app
from api.cli.keys import Algorithm, create_private_key
from api.countersign import KeyRequest, possess, second, second_revocation
from api.rules import countersignatures
from ledger.errors import Refused
from ledger.jws import PrivateKey, key_of, parse_jws
from ledger.keys import KeyHistory, KeyRegistered, KeyRevoked
from ledger.rules import check_countersignature

ORIGIN, OFFICER, ADMINISTRATOR = "test.example/ledger", "0" * 8 + "-0000-4000-8000-" + "0" * 12, "second administrator"
KEYS: list[PrivateKey] = [Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())]


@pytest.mark.parametrize("new", KEYS)
@pytest.mark.parametrize("administrator", KEYS)
def test_both_signatures_are_what_the_ledger_demands(new: PrivateKey, administrator: PrivateKey):
    asked = KeyRequest.from_json(orjson.loads(possess(new, ORIGIN, OFFICER).to_json()))
    seconded = second(administrator, asked, "610924100")
    data: dict[str, Any] = {"jwk": asked.jwk, "possession": asked.possession, "second": seconded}
    data |= {"unit": "610924100", "administrator": False}
    claims = {"act": "officer.register", "aud": ORIGIN, "case": OFFICER, "data": data}
    keys = KeyHistory([KeyRegistered(0, ADMINISTRATOR, key_of(administrator.public_key()).jwk())])
    found = [check_countersignature(demanded, "the first one", keys, 1) for demanded in countersignatures(claims)]
    assert found == [None, ADMINISTRATOR]


@pytest.mark.parametrize("since", [None, 7])
def test_the_second_signature_under_a_revocation_is_what_the_ledger_demands(since: int | None):
    public = key_of(KEYS[0].public_key())
    data: dict[str, Any] = {"kid": "k" * 43, "reason": "lost"} | ({"compromised_since": since} if since else {})
    claims: dict[str, Any] = {"act": "officer.revoke_key", "aud": ORIGIN, "case": OFFICER, "data": data}
    assert list(countersignatures(claims)) == []
    data["second"] = second_revocation(KEYS[0], ORIGIN, OFFICER, "k" * 43, since)
    (demanded,) = countersignatures(claims)
    keys = KeyHistory([KeyRegistered(0, ADMINISTRATOR, public.jwk())])
    assert check_countersignature(demanded, "the first one", keys, 1) == ADMINISTRATOR
    for other in ({"compromised_since": 8}, {"kid": "l" * 43}):
        (demanded,) = countersignatures(claims | {"data": data | other})
        with pytest.raises(Refused, match="something else"):
            check_countersignature(demanded, "the first one", keys, 1)


def test_the_key_that_ends_seconds_its_own_end_and_nothing_after_it():
    public = key_of(KEYS[0].public_key())
    data = {"kid": public.kid, "reason": "left", "second": second_revocation(KEYS[0], ORIGIN, OFFICER, public.kid)}
    (demanded,) = countersignatures({"act": "officer.revoke_key", "aud": ORIGIN, "case": OFFICER, "data": data})
    keys = KeyHistory([KeyRegistered(3, OFFICER, public.jwk())])
    assert check_countersignature(demanded, "the first one", keys, 9) == OFFICER
    keys.apply([KeyRevoked(9, public.kid)])
    assert check_countersignature(demanded, "the first one", keys, 9) == OFFICER
    for index in (2, 3, 10):
        with pytest.raises(Refused, match="not valid"):
            check_countersignature(demanded, "the first one", keys, index)


@pytest.mark.parametrize("kid", ["-" + "A" * 42, "--" + "key" * 13 + "AA", "-of" + "A" * 40])
def test_a_thumbprint_that_begins_like_an_option_is_a_thumbprint(kid: str, tmp_path: Path):
    create_private_key(tmp_path / "key.pem", Algorithm.ES256)
    where = ["--key", str(tmp_path / "key.pem"), "--out", str(tmp_path / "second"), "--origin", ORIGIN]
    done = CliRunner().invoke(app, ["officer", "second-revoke", kid, "--of", OFFICER, *where])
    assert done.exit_code == 0, done.output
    statement = orjson.loads(parse_jws((tmp_path / "second").read_bytes().strip()).payload)
    assert statement == {"aud": ORIGIN, "officer": OFFICER, "kid": kid}


@pytest.mark.parametrize("member", ["origin", "officer"])
def test_a_request_that_was_altered_on_its_way_is_refused(member: str):
    request = orjson.loads(possess(KEYS[0], ORIGIN, OFFICER).to_json())
    with pytest.raises(Refused):
        KeyRequest.from_json(request | {member: "another"})


def test_a_request_with_somebody_elses_key_is_refused():
    mine, other = (orjson.loads(possess(key, ORIGIN, OFFICER).to_json()) for key in KEYS)
    with pytest.raises(Refused):
        KeyRequest.from_json(mine | {"jwk": other["jwk"]})
    with pytest.raises(Refused):
        KeyRequest.from_json(mine | {"possession": other["possession"]})


def test_something_else_is_no_request():
    for members in ({}, {"origin": ORIGIN}, {"origin": 1, "officer": 2, "jwk": 3, "possession": 4}):
        with pytest.raises(Refused):
            KeyRequest.from_json(members)
