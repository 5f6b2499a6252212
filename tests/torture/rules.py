"""A small application's acts: enough of an office to have keys, cases and personal fields."""

from collections.abc import Iterable
from typing import Any

from ledger.act import decode_state
from ledger.jws import key_from_jwk, parse_jws
from ledger.keys import KeyChange, KeyRegistered, KeyRevoked
from ledger.line import loads_strict
from ledger.rules import ActRules, Countersignature
from ledger.schema import Tables

TABLES = Tables("ledger", "office")
SECOND = "second+jwt"
POSSESSION = "possession+jwt"


def statement(claims: dict[str, Any], kid: str) -> dict[str, Any]:
    return {"aud": claims["aud"], "officer": claims["case"], "kid": kid}


def countersignatures(claims: dict[str, Any]) -> Iterable[Countersignature]:
    if claims["act"] == "officer.register":
        data = claims["data"]
        said = statement(claims, key_from_jwk(data["jwk"]).kid)
        yield Countersignature(data["possession"], POSSESSION, said, data["jwk"])
        yield Countersignature(data["second"], SECOND, said)


def read_keys(index: int, type_: str, state: bytes) -> Iterable[KeyChange]:
    act = decode_state(state)
    if act is None:
        return
    claims = loads_strict(parse_jws(act[0].encode()).payload)
    if type_ == "officer.registered":
        yield KeyRegistered(index, claims["case"], claims["data"]["jwk"])
    else:
        yield KeyRevoked(index, claims["data"]["kid"], claims["data"].get("since"))


RULES = ActRules(
    {
        "case.open": "case.opened",
        "case.note": "case.noted",
        "officer.register": "officer.registered",
        "officer.revoke": "officer.revoked",
    },
    ("officer.registered", "officer.revoked"),
    read_keys,
    countersignatures,
)
