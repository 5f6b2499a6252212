"""What the ledger is told of casework: the one place where the two rooms' words for an act meet."""

from collections.abc import Iterable
from typing import Any

from domain.acts import TYPES
from domain.officer import (
    KEY_EVENTS,
    POSSESSION_TYP,
    SECOND_TYP,
    brought_key,
    ended_key,
    key_statement,
    registration_statement,
)
from ledger.act import decode_state
from ledger.jws import key_from_jwk
from ledger.keys import KeyChange, KeyRegistered, KeyRevoked
from ledger.rules import ActRules, Countersignature
from ledger.schema import Tables

CASEWORK_TABLES = Tables("ledger", "casework")
"""Where the county's ledger lives in its database."""


def read_keys(index: int, type_: str, state: bytes) -> Iterable[KeyChange]:
    """The changes of keys that a line makes."""
    act = decode_state(state)
    if act is None:
        return
    if brought := brought_key(type_, act[0]):
        yield KeyRegistered(index, *brought)
    if ended := ended_key(type_, act[0]):
        kid, since = ended
        # A line forged past us may hold anything here.
        if {type(kid), type(since)} - {str, int, type(None)}:
            raise ValueError("kid is text and compromised_since an index")
        yield KeyRevoked(index, kid, since)


def countersignatures(claims: dict[str, Any]) -> Iterable[Countersignature]:
    """Registering a key takes the key's own signature, and a second person's over all that they second."""
    if claims["act"] in ("officer.register", "officer.add_key"):
        data = claims["data"]
        kid = key_from_jwk(data["jwk"]).kid
        statement = key_statement(claims["aud"], claims["case"], kid)
        yield Countersignature(data["possession"], POSSESSION_TYP, statement, data["jwk"])
        if claims["act"] == "officer.register":
            seconded = registration_statement(claims["aud"], claims["case"], kid, data["unit"], data["administrator"])
        else:
            seconded = statement
        yield Countersignature(data["second"], SECOND_TYP, seconded)


CASEWORK_RULES = ActRules(TYPES, KEY_EVENTS, read_keys, countersignatures, frozenset({"key.claimed"}))
