"""Lines that the ledger's own key vouches for: in their own place, and nowhere else."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Refused
from ledger.note import NoteSigner
from ledger.rules import Follower
from ledger.seal import open_seal, sealed_state

SIGNER = NoteSigner("ledger.example", Ed25519PrivateKey.generate())
OTHER = NoteSigner("ledger.example", Ed25519PrivateKey.generate())
SAID = {"officer": "甲", "more": 3}
STATE = sealed_state(SIGNER, "refusal.recorded", "stream", 4, SAID)


def opened(state: bytes = STATE, **place: Any) -> dict[str, Any]:
    origin = place.pop("origin", "ledger.example")
    values: dict[str, Any] = {"stream": "stream", "version": 4, "type": "refusal.recorded"} | place
    return open_seal(Follower(**values, state=state), origin, [OTHER.key, SIGNER.key])


def code_of(state: bytes, **place: Any) -> str | None:
    try:
        opened(state, **place)
    except Refused as refused:
        return refused.code
    return None


def test_what_was_sealed_is_read_back():
    assert opened() == SAID


@pytest.mark.parametrize(
    "place", [{"stream": "another"}, {"version": 5}, {"type": "other.recorded"}, {"origin": "another.example"}]
)
def test_in_another_place_the_seal_does_not_hold(place: dict[str, Any]) -> None:
    assert code_of(STATE, **place) == "seal.signature"


def test_nobody_elses_key_seals():
    forged = sealed_state(
        NoteSigner("ledger.example", Ed25519PrivateKey.generate()), "refusal.recorded", "stream", 4, SAID
    )
    assert code_of(forged) == "seal.signature"
    with pytest.raises(Refused):
        open_seal(Follower("stream", 4, "refusal.recorded", STATE), "ledger.example", [])


def test_no_byte_of_it_can_be_another():
    for at in range(len(STATE)):
        for bit in (1, 32):
            changed = STATE[:at] + bytes([STATE[at] ^ bit]) + STATE[at + 1 :]
            assert code_of(changed) in ("seal.form", "seal.signature"), at


@pytest.mark.parametrize(
    "state",
    [b"", b"{}", b'{"said":{},"seal":""}', STATE + b" ", b" " + STATE, STATE[:-2] + b"=" + STATE[-2:], STATE[:50]],
)
def test_what_is_of_another_form_is_none(state: bytes) -> None:
    assert code_of(state) in ("seal.form", "seal.signature")


def test_a_sealed_line_says_an_object_of_clean_json():
    text = "sealed line\nledger.example\nrefusal.recorded\nstream\n4\n"
    for body in (b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"x", b"[" * 5000):
        signature = SIGNER.private.sign(f"{text}{sha256(body).hexdigest()}\n".encode())
        state = b'{"said":' + body + b',"seal":"' + b64encode(signature) + b'"}'
        assert code_of(state) == "seal.form", body
