"""The ledger's keys over time: what a change must carry, and every change that is none."""

from base64 import b64encode

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.head_seal import own_stream
from ledger.line import ZERO_HASH, encode_line
from ledger.log_keys import EVENT, log_keys_at, log_keys_of, said
from ledger.note import COSIGNATURE, ML_DSA_44, NoteSigner
from ledger.seal import sealed_state
from ledger.store import Opened

ORIGIN = "ledger.example/county"
OWN = str(own_stream(ORIGIN))
FIRST, SECOND, THIRD = (NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2, 3))
PQ1, PQ2, PQ3 = (NoteSigner(ORIGIN, MLDSA44PrivateKey.from_seed_bytes(bytes([n]) * 32), ML_DSA_44) for n in (1, 2, 3))
OPENED = Opened("", ORIGIN, "", (FIRST.key, PQ1.key), (), False)
AT = "2026-11-30T00:00:00.000000Z"


def line(index, version, by, content, stream=OWN, type_=EVENT, sealed_for=None):
    state = sealed_state(by, type_, sealed_for or stream, version, content)
    return index, encode_line(index, ZERO_HASH, AT, stream, version, type_, state, plain=True)


TWO = line(5, 2, FIRST, said(ORIGIN, 2, [SECOND, PQ2]))
THREE = line(9, 3, SECOND, said(ORIGIN, 3, [THIRD]))


def test_each_checkpoint_is_signed_by_the_keys_of_its_size():
    for size in (0, 1, 5):
        assert log_keys_at(OPENED, [TWO, THREE], size) == (FIRST.key, PQ1.key)
    for size in (6, 9):
        assert log_keys_at(OPENED, [TWO, THREE], size) == (SECOND.key, PQ2.key)
    assert log_keys_at(OPENED, [TWO, THREE], 10) == (THIRD.key,)
    keys = log_keys_of(OPENED, [TWO, THREE])
    assert keys.now == (THIRD.key,)
    assert keys.every == (FIRST.key, PQ1.key, SECOND.key, PQ2.key, THIRD.key)
    assert log_keys_of(OPENED, []).now == OPENED.log_keys


def proof_of(*signers):
    return said(ORIGIN, 2, signers)["proof"]


GOOD = said(ORIGIN, 2, [SECOND, PQ2])
AS_WITNESS = NoteSigner(ORIGIN, SECOND.private, COSIGNATURE)
ELSEWHERE = NoteSigner("other.example", SECOND.private)


@pytest.mark.parametrize(
    "changed",
    [
        line(5, 2, SECOND, GOOD),
        line(5, 2, THIRD, GOOD),
        line(5, 3, FIRST, GOOD),
        line(5, 2, FIRST, GOOD, stream=str(own_stream("other.example"))),
        line(5, 2, FIRST, GOOD, sealed_for=str(own_stream("other.example"))),
        line(5, 2, FIRST, GOOD, type_="ledger.sealed"),
        line(5, 2, FIRST, GOOD | {"more": 1}),
        line(5, 2, FIRST, {"log_keys": GOOD["log_keys"]}),
        line(5, 2, FIRST, {"log_keys": [], "proof": []}),
        line(5, 2, FIRST, {"log_keys": "x", "proof": []}),
        line(5, 2, FIRST, {"log_keys": [1], "proof": [2]}),
        line(5, 2, FIRST, {"log_keys": ["rubbish"], "proof": ["rubbish"]}),
        line(5, 2, FIRST, GOOD | {"proof": GOOD["proof"][:1]}),
        line(5, 2, FIRST, GOOD | {"proof": GOOD["proof"][::-1]}),
        line(5, 2, FIRST, GOOD | {"proof": [*GOOD["proof"][:1], b64encode(bytes(2420)).decode()]}),
        line(5, 2, FIRST, GOOD | {"proof": [GOOD["proof"][0] + "\n", GOOD["proof"][1]]}),
        line(5, 2, FIRST, GOOD | {"proof": proof_of(THIRD, PQ3)}),
        line(5, 2, FIRST, said(ORIGIN, 3, [SECOND, PQ2])),
        line(5, 2, FIRST, said("other.example", 2, [SECOND, PQ2])),
        line(5, 2, FIRST, said(ORIGIN, 2, [PQ2, SECOND])),
        line(5, 2, FIRST, said(ORIGIN, 2, [PQ2])),
        line(5, 2, FIRST, said(ORIGIN, 2, [SECOND, THIRD])),
        line(5, 2, FIRST, said(ORIGIN, 2, [SECOND, PQ2, PQ3])),
        line(5, 2, FIRST, said(ORIGIN, 2, [AS_WITNESS])),
        line(5, 2, FIRST, said("other.example", 2, [ELSEWHERE])),
        line(5, 2, FIRST, said(ORIGIN, 2, [FIRST])),
        line(5, 2, FIRST, said(ORIGIN, 2, [SECOND, PQ1])),
        (5, b"rubbish"),
        (6, TWO[1]),
    ],
)
def test_a_change_that_does_not_hold_changes_nothing(changed):
    assert log_keys_of(OPENED, [changed]).now == OPENED.log_keys


def test_a_key_that_was_given_up_seals_nothing_and_does_not_come_back():
    by_the_old = line(9, 3, FIRST, said(ORIGIN, 3, [THIRD]))
    back = line(9, 3, SECOND, said(ORIGIN, 3, [FIRST]))
    for later in (by_the_old, back, TWO):
        assert log_keys_of(OPENED, [TWO, later]).now == (SECOND.key, PQ2.key)


def test_what_is_said_is_short_enough_for_a_line():
    assert len(orjson.dumps(GOOD)) < 16_000
