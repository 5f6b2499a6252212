"""Whose key, and from which line to which."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Refused
from ledger.jws import key_of
from ledger.keys import KeyChange, KeyHistory, KeyRegistered, KeyRevoked, administrators_keys

A, B = (key_of(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key()) for n in (1, 2))
HISTORY: list[KeyChange] = [
    KeyRegistered(5, "officer-a", A.jwk()),
    KeyRegistered(7, "officer-b", B.jwk()),
    KeyRevoked(9, A.kid, 6),
]


def test_a_key_is_valid_strictly_between_its_registration_and_its_revocation():
    keys = KeyHistory(HISTORY)
    assert [index for index in range(12) if valid(keys, A.kid, index)] == [6, 7, 8]
    assert [index for index in range(12) if valid(keys, B.kid, index)] == [8, 9, 10, 11]


def valid(keys, kid, index):
    try:
        return keys.at(kid, index).key.kid == kid
    except Refused as refused:
        return refused.code != "key.not-valid"


def test_a_key_nobody_registered_is_told_from_one_that_is_not_valid():
    with pytest.raises(Refused) as refused:
        KeyHistory().at(A.kid, 3)
    assert refused.value.code == "key.unknown"
    with pytest.raises(Refused) as refused:
        KeyHistory(HISTORY).at(A.kid, 9)
    assert (refused.value.code, refused.value.params["until"]) == ("key.not-valid", 9)


def test_lines_since_the_compromise_are_suspect_and_none_before():
    period = KeyHistory(HISTORY).get(A.kid)
    assert period is not None
    assert [index for index in range(12) if period.suspect_at(index)] == [6, 7, 8, 9, 10, 11]
    all_of_it = KeyHistory([HISTORY[0], KeyRevoked(9, A.kid, 0)]).get(A.kid)
    assert all_of_it is not None
    assert not all_of_it.suspect_at(5)
    assert all_of_it.suspect_at(6)


def test_reading_the_same_changes_again_changes_nothing():
    keys = KeyHistory(HISTORY)
    before = keys.periods()
    keys.apply(HISTORY)
    keys.apply(HISTORY[1:])
    assert keys.periods() == before


def test_a_key_belongs_to_its_first_holder_for_ever():
    keys = KeyHistory(HISTORY)
    keys.apply([KeyRegistered(20, "officer-c", A.jwk()), KeyRevoked(21, A.kid)])
    period = keys.get(A.kid)
    assert period is not None
    assert (period.holder, period.since, period.until, period.compromised_since) == ("officer-a", 5, 9, 6)
    assert not period.valid_at(20)


def test_revoking_a_key_that_is_not_there_changes_nothing():
    keys = KeyHistory([KeyRevoked(3, A.kid)])
    assert keys.periods() == []


def test_line_0_registers_the_first_administrators():
    opened = {"administrators": [{"officer": "officer-a", "jwk": A.jwk(), "unit": "000000"}]}
    keys = KeyHistory(administrators_keys(opened))
    assert keys.at(A.kid, 1).holder == "officer-a"
    assert not keys.at(A.kid, 1).valid_at(0)
