"""Sealed papers: readable to whom they were sealed, bound to their line, and telling nothing to anybody else."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.envelope import (
    FORMAT,
    SLOTS,
    SUITE,
    EnvelopeError,
    Place,
    commitment,
    open_envelope,
    read_paper,
    seal,
    write_paper,
)
from ledger.jws import b64url

PLACE = Place("test.example/ledger", "7f0c5b0e-58a5-4f9e-9d42-0a4b3c1d2e3f", "referral.open")
SIZES = (4096, 16_384)
CONTENT = {"what": "一件事", "amount": 120_000}


def public(private: X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def sealed(content: dict[str, Any] = CONTENT, readers: int = 1) -> tuple[bytes, bytes, list[X25519PrivateKey]]:
    keys = [X25519PrivateKey.generate() for _ in range(readers)]
    paper = write_paper(PLACE, content, SIZES)
    return paper, seal(paper, PLACE, [public(key) for key in keys]), keys


def refusal(envelope: bytes, key: X25519PrivateKey, place: Place, committed: str) -> str | None:
    try:
        open_envelope(envelope, key, place, committed)
    except EnvelopeError as error:
        return error.code
    return None


@pytest.mark.parametrize("readers", [1, 2, SLOTS])
def test_every_reader_opens_it_and_nobody_else_does(readers):
    paper, envelope, keys = sealed(readers=readers)
    for key in keys:
        assert open_envelope(envelope, key, PLACE, commitment(paper)) == paper
    assert refusal(envelope, X25519PrivateKey.generate(), PLACE, commitment(paper)) == "envelope.not-for-you"
    assert read_paper(paper, PLACE) == CONTENT


def test_it_opens_beside_its_own_line_only():
    paper, envelope, (key,) = sealed()
    for other in (
        Place("other.example/ledger", PLACE.stream, PLACE.act),
        Place(PLACE.origin, PLACE.stream.replace("7", "8"), PLACE.act),
        Place(PLACE.origin, PLACE.stream, "referral.answer"),
    ):
        assert refusal(envelope, key, other, commitment(paper)) == "envelope.not-for-you"
        with pytest.raises(EnvelopeError) as refused:
            read_paper(paper, other)
        assert refused.value.code == "envelope.place"
    assert refusal(envelope, key, PLACE, "ab" * 32) == "envelope.not-for-you"


def test_a_sender_who_seals_another_paper_than_committed_is_found_out():
    paper, _, (key,) = sealed()
    committed = commitment(paper)
    lying = write_paper(PLACE, {"what": "something else"}, SIZES)
    envelope = sealed_under(lying, key, committed)
    assert refusal(envelope, key, PLACE, committed) == "envelope.commitment"


def sealed_under(paper: bytes, key: X25519PrivateKey, committed: str) -> bytes:
    """An envelope for `paper` that is bound to another commitment, made by hand after the format's description."""
    bound = orjson.dumps([FORMAT, SUITE, PLACE.origin, PLACE.stream, PLACE.act, committed])
    content_key, nonce = AESGCM.generate_key(256), bytes(12)
    slot = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(content_key, key.public_key(), info=bound)
    members = {
        "format": FORMAT,
        "suite": SUITE,
        "keys": [b64url(slot)] * SLOTS,
        "nonce": b64url(nonce),
        "sealed": b64url(AESGCM(content_key).encrypt(nonce, paper, bound)),
    }
    return orjson.dumps(members)


def test_an_envelope_made_by_hand_after_the_description_opens():
    paper, _, (key,) = sealed()
    assert open_envelope(sealed_under(paper, key, commitment(paper)), key, PLACE, commitment(paper)) == paper


def test_every_altered_member_is_noticed():
    paper, envelope, (key,) = sealed()
    members = orjson.loads(envelope)
    committed = commitment(paper)
    flipped = ("B" if members["sealed"][0] == "A" else "A") + members["sealed"][1:]
    assert refusal(orjson.dumps(members | {"sealed": flipped}), key, PLACE, committed) == "envelope.altered"
    keys = ["A" * len(slot) for slot in members["keys"]]
    assert refusal(orjson.dumps(members | {"keys": keys}), key, PLACE, committed) == "envelope.not-for-you"
    for bad in (
        b"",
        b"[]",
        b"{}",
        orjson.dumps(members | {"format": "mingzhang-envelope/2"}),
        orjson.dumps(members | {"suite": "none"}),
        orjson.dumps(members | {"keys": members["keys"][1:]}),
        orjson.dumps(members | {"nonce": 7}),
        orjson.dumps(members | {"sealed": "!"}),
        orjson.dumps(members | {"to": "somebody"}),
        b"[" * 100_000,
    ):
        assert refusal(bad, key, PLACE, committed) == "envelope.malformed", bad[:40]
    assert refusal(orjson.dumps(members | {"nonce": "AA"}), key, PLACE, committed) == "envelope.altered"


def test_readers_are_some_and_their_keys_are_keys():
    paper = write_paper(PLACE, CONTENT, SIZES)
    many = [public(X25519PrivateKey.generate()) for _ in range(SLOTS + 1)]
    for readers, code in [
        ([], "envelope.readers"),
        (many, "envelope.readers"),
        ([bytes(32)], "envelope.key"),
        ([b"\x01" + bytes(31)], "envelope.key"),
        ([bytes(31)], "envelope.key"),
    ]:
        with pytest.raises(EnvelopeError) as refused:
            seal(paper, PLACE, readers)
        assert refused.value.code == code
    twice = seal(paper, PLACE, [many[0], many[0]])
    assert len(orjson.loads(twice)["keys"]) == SLOTS


def test_a_paper_is_padded_to_the_first_size_that_holds_it():
    short, long = write_paper(PLACE, CONTENT, SIZES), write_paper(PLACE, {"what": "x" * 5000}, SIZES)
    assert (len(short), len(long)) == SIZES
    with pytest.raises(EnvelopeError) as refused:
        write_paper(PLACE, {"what": "x" * 16_384}, SIZES)
    assert refused.value.code == "envelope.too-large"


def test_an_opened_paper_is_checked_with_nothing_but_a_hash():
    paper, _, _ = sealed()
    assert commitment(paper) == sha256(paper).hexdigest()


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=8), st.integers(1, SLOTS))
def test_what_it_says_and_to_how_many_shows_nowhere(content, readers):
    paper, envelope, _ = sealed(content, readers)
    _, usual, _ = sealed()
    assert len(envelope) == len(usual)
    assert {name: len(value) for name, value in orjson.loads(envelope).items()} == {
        name: len(value) for name, value in orjson.loads(usual).items()
    }
    assert read_paper(paper, PLACE) == content


def test_the_same_content_gives_another_commitment_each_time():
    assert len({commitment(write_paper(PLACE, CONTENT, SIZES)) for _ in range(20)}) == 20
