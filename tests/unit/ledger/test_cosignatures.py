"""Keys that say when they signed: witnesses' Ed25519 cosignatures, and ML-DSA-44."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.note import (
    COSIGNATURE,
    ED25519,
    MAX_SECONDS,
    ML_DSA_44,
    NoteError,
    NoteKey,
    NoteSigner,
    cosigned_at,
    open_note,
    open_signatures,
    sign_note,
    subtree_message,
)

ED = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
ML = MLDSA44PrivateKey.from_seed_bytes(b"\x06" * 32)
LOG = NoteSigner("log.example/county", ED)
LOG_ML = NoteSigner("log.example/county", ML, ML_DSA_44)
WITNESS = NoteSigner("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), COSIGNATURE)
TIMED = [WITNESS, LOG_ML]
TEXT = Checkpoint("log.example/county", 7, bytes(range(32))).text()
AT = 1_700_000_000


@pytest.mark.parametrize("signer", TIMED, ids=["Ed25519", "ML-DSA-44"])
def test_a_timed_signature_opens_the_note_and_bears_its_time(signer):
    note = sign_note(TEXT, [signer], AT)
    assert open_note(note, [signer.key]) == (TEXT, [signer.key])
    ((key, signature),) = open_signatures(note, [signer.key])[1]
    assert (key, cosigned_at(signature)) == (signer.key, AT)
    assert signer.key.type == NoteKey.parse(signer.key.vkey()).type == signer.type


@pytest.mark.parametrize("signer", TIMED, ids=["Ed25519", "ML-DSA-44"])
def test_another_time_name_origin_size_or_root_is_not_what_was_signed(signer):
    blob = b64decode(signer.sign(TEXT, AT).split(" ")[2])[4:]
    assert signer.key.verify(TEXT, blob)
    assert not signer.key.verify(TEXT, (AT + 1).to_bytes(8, "big") + blob[8:])
    assert not signer.key.verify(TEXT, blob[:-1] + bytes([blob[-1] ^ 1]))
    assert not signer.key.verify(TEXT, blob[:-1])
    assert not signer.key.verify(TEXT, blob + b"\0")
    for changed in (TEXT.replace("county", "countx"), TEXT.replace("\n7\n", "\n8\n"), TEXT.replace("AAEC", "AAED")):
        assert changed != TEXT
        assert not signer.key.verify(changed, blob)


def test_one_key_under_another_name_is_another_witness_for_ml_dsa():
    other = NoteKey("log.example/other", LOG_ML.key.public, ML_DSA_44)
    assert not other.verify(TEXT, b64decode(LOG_ML.sign(TEXT, AT).split(" ")[2])[4:])


def test_the_kinds_of_one_ed25519_key_are_not_taken_for_each_other():
    as_witness = NoteSigner(LOG.name, ED, COSIGNATURE)
    assert as_witness.key.key_id != LOG.key.key_id
    plain = b64decode(LOG.sign(TEXT).split(" ")[2])[4:]
    timed = b64decode(as_witness.sign(TEXT, AT).split(" ")[2])[4:]
    assert not as_witness.key.verify(TEXT, AT.to_bytes(8, "big") + plain)
    assert not LOG.key.verify(TEXT, timed[8:])


def test_a_log_signs_with_both_and_either_opens():
    note = Checkpoint("log.example/county", 7, bytes(32)).sign([LOG, LOG_ML], AT)
    for keys in ([LOG.key], [LOG_ML.key], [LOG.key, LOG_ML.key]):
        assert open_checkpoint(note, keys).size == 7
        assert open_note(note, keys)[1] == keys


def test_a_failing_signature_of_the_second_kind_rejects_the_note_though_the_first_holds():
    note = Checkpoint("log.example/county", 7, bytes(32)).sign([LOG], AT)
    other = LOG_ML.sign(TEXT, AT)
    with pytest.raises(NoteError, match="does not fit"):
        open_note(note + other, [LOG.key, LOG_ML.key])


@pytest.mark.parametrize("text", ["", "hello\n", "a\nb\nc\n", TEXT.replace("\n7\n", "\n07\n"), TEXT.replace("=", "")])
def test_ml_dsa_signs_and_verifies_nothing_but_checkpoints(text):
    with pytest.raises(NoteError):
        LOG_ML.sign(text, AT)
    assert not LOG_ML.key.verify(text, AT.to_bytes(8, "big") + bytes(2420))


@pytest.mark.parametrize("at", [-1, MAX_SECONDS + 1])
def test_no_time_is_signed_that_no_verifier_takes(at):
    for signer in TIMED:
        with pytest.raises(NoteError):
            signer.sign(TEXT, at)
    with pytest.raises(NoteError):
        cosigned_at((MAX_SECONDS + 1).to_bytes(8, "big") + bytes(64))
    with pytest.raises(NoteError):
        cosigned_at(bytes(8))


def test_a_name_of_more_than_255_bytes_is_not_signed_for_and_nothing_from_within_bears_a_time():
    for cosigner, origin in (("w" * 256, "o"), ("", "o"), ("w", "o" * 256), ("w", "")):
        with pytest.raises(NoteError):
            subtree_message(cosigner, 0, origin, 0, 1, bytes(32))
    assert subtree_message("w", 0, "o", 256, 512, bytes(32))
    with pytest.raises(NoteError):
        subtree_message("w", 1, "o", 256, 512, bytes(32))


def test_a_signer_of_a_kind_that_its_key_is_not_of_does_not_exist():
    for private, type_ in ((ED, ML_DSA_44), (ML, ED25519), (ML, COSIGNATURE), (ED, 2)):
        with pytest.raises(ValueError, match="type"):
            NoteSigner("x", private, type_)


def vkey_of(type_: int, public: bytes) -> str:
    return NoteKey("log.example", public, type_).vkey()


@pytest.mark.parametrize(
    "vkey",
    [
        vkey_of(2, bytes(32)),
        vkey_of(ML_DSA_44, LOG_ML.key.public[:-1]),
        vkey_of(ED25519, LOG.key.public + b"\0"),
        vkey_of(COSIGNATURE, b"\x01" + bytes(31)),
        vkey_of(ED25519, bytes(32)),
        vkey_of(ED25519, b"\xff" * 32),
        "log.example+00000000+" + b64encode(b"").decode(),
    ],
    ids=["ECDSA", "short", "long", "neutral", "small order", "not canonical", "empty"],
)
def test_a_verifier_key_of_no_known_kind_or_that_anybody_could_sign_for_is_refused(vkey):
    with pytest.raises(NoteError):
        NoteKey.parse(vkey)
