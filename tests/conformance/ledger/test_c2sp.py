"""The published examples of C2SP signed-note and tlog-checkpoint, and a reader of tlog-proofs written a second time."""

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.checkpoint import Checkpoint, Receipt, parse_checkpoint
from ledger.note import (
    COSIGNATURE,
    ML_DSA_44,
    NoteError,
    NoteKey,
    NoteSigner,
    cosigned_at,
    open_note,
    open_signatures,
    parse_note,
    sign_note,
)
from ledger.tree import Tree, inclusion_proof

SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
V1_NOTE = (
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed è subito sera.\n"
    "\n"
    "— quasimodo.example/salvatore"
    " NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


@pytest.mark.parametrize(("vkey", "note"), [(SPEC_KEY, SPEC_NOTE), (GO_KEY, GO_NOTE)], ids=["C2SP", "Go"])
def test_the_published_notes_open_with_their_keys(vkey, note):
    key = NoteKey.parse(vkey)
    assert key.vkey() == vkey
    text, signed = open_note(note, [key])
    assert note.startswith(text + "\n")
    assert signed == [key]
    with pytest.raises(NoteError):
        open_note(note.replace(" is ", " was ", 1), [key])


def test_signing_the_published_text_gives_the_published_note():
    seed = base64.b64decode(GO_SEED)[1:]
    signer = NoteSigner("PeterNeumann", Ed25519PrivateKey.from_private_bytes(seed))
    assert signer.key.vkey() == GO_KEY
    assert sign_note(GO_TEXT, [signer]) == GO_NOTE


def test_the_first_version_s_example_comes_apart_with_the_empty_line_in_its_text():
    note = parse_note(V1_NOTE)
    assert note.text.count("\n") == 4
    ((name, key_id, signature),) = note.signatures
    assert (name, key_id.hex(), len(signature)) == ("quasimodo.example/salvatore", "367ba04b", 64)


def test_every_part_of_a_published_key_is_refused_by_itself():
    for start in range(len(GO_KEY)):
        for end in range(start + 1, len(GO_KEY) + 1):
            if (start, end) != (0, len(GO_KEY)):
                with pytest.raises(NoteError):
                    NoteKey.parse(GO_KEY[start:end])


def test_a_receipt_is_what_the_specification_says_read_with_nothing_of_ours():
    signer = NoteSigner("ledger.example", Ed25519PrivateKey.generate())
    leaves = [hashlib.sha256(b"\x00" + bytes([n])).digest() for n in range(21)]
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    note = Checkpoint("ledger.example", 21, tree.root()).sign([signer])
    for index in range(21):
        receipt = Receipt(index, tuple(inclusion_proof(index, 21, tree.node)), note)
        assert verified_anew(receipt.text(), leaves[index], signer.key.vkey()) == index


def verified_anew(text: str, leaf: bytes, vkey: str) -> int:
    """c2sp.org/tlog-proof, read and verified from its text alone; gives the index."""
    head, _, checkpoint = text.partition("\n\n")
    magic, index_line, *hashes = head.split("\n")
    assert magic == "c2sp.org/tlog-proof@v1"
    index = int(index_line.removeprefix("index "))
    body, _, signatures = checkpoint.rpartition("\n\n")
    body += "\n"
    origin, size_line, root = body.splitlines()
    dash, name, blob = signatures.strip().split(" ")
    key_name, key_id, key = vkey.split("+", 2)
    assert (dash, name, origin) == ("\u2014", key_name, key_name)
    assert base64.b64decode(blob)[:4].hex() == key_id
    raw = base64.b64decode(key)
    assert hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(base64.b64decode(blob)[4:], body.encode())
    proof, size = [base64.b64decode(line) for line in hashes], int(size_line)
    assert walk(index, size, leaf, proof) == base64.b64decode(root)
    assert proof == []
    return index


def walk(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """The root from the top down, consuming the proof from its end (RFC 9162 §2.1.3)."""
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    last = proof.pop()
    if index < half:
        return hashlib.sha256(b"\x01" + walk(index, half, leaf, proof) + last).digest()
    return hashlib.sha256(b"\x01" + last + walk(index - half, size - half, leaf, proof)).digest()


def test_the_published_checkpoint_reads():
    # c2sp.org/tlog-checkpoint, the example of a note's text
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == text


def test_the_published_ml_dsa_checkpoint_opens_with_its_key():
    _, _, vkey, _, note = (Path(__file__).parent / "mldsa_checkpoint.txt").read_text("utf-8").split("\n", 4)
    key = NoteKey.parse(vkey)
    assert (key.vkey(), key.type, len(key.public)) == (vkey, ML_DSA_44, 1312)
    text, ((signer, signature),) = open_signatures(note, [key])
    assert (signer, cosigned_at(signature)) == (key, 0)
    assert parse_checkpoint(text).size == 1
    for change in (("\n1\n", "\n2\n"), ("example.com/mldsa-log\n", "example.com/mldsa-lag\n"), ("+zoE", "+zoF")):
        with pytest.raises(NoteError):
            open_note(note.replace(*change, 1), [key])


def test_the_published_cosignature_bears_its_time():
    # c2sp.org/tlog-cosignature, the example and its message
    line = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    assert cosigned_at(base64.b64decode(line)[4:]) == 1679315147


def test_a_cosignature_is_what_the_specification_says_made_with_nothing_of_ours():
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    private, at = Ed25519PrivateKey.generate(), 1679315147
    public = private.public_key().public_bytes_raw()
    id_ = hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    signed = private.sign(b"cosignature/v1\ntime 1679315147\n" + text.encode())
    line = f"\u2014 witness.example/w1 {base64.b64encode(id_ + struct.pack('>Q', at) + signed).decode()}\n"
    signer = NoteSigner("witness.example/w1", private, COSIGNATURE)
    assert signer.sign(text, at) == line
    assert open_signatures(text + "\n" + line, [signer.key])[1][0][1] == struct.pack(">Q", at) + signed


def test_an_ml_dsa_signature_is_over_what_the_specification_says_built_with_nothing_of_ours():
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    private, name, origin = MLDSA44PrivateKey.generate(), b"witness.example/w1", b"example.com/behind-the-sofa"
    signer = NoteSigner(name.decode(), private, ML_DSA_44)
    message = (
        b"subtree/v1\n\0" + bytes([len(name)]) + name + struct.pack(">Q", 1679315147)
        + bytes([len(origin)]) + origin + struct.pack(">QQ", 0, 20852163) + root
    )  # fmt: skip
    blob = base64.b64decode(signer.sign(text, 1679315147).split(" ")[2])
    assert blob[:4] == hashlib.sha256(name + b"\n\x06" + private.public_key().public_bytes_raw()).digest()[:4]
    assert blob[4:12] == struct.pack(">Q", 1679315147)
    private.public_key().verify(blob[12:], message)
    ours = f"\u2014 {name.decode()} {base64.b64encode(blob[:12] + private.sign(message)).decode()}\n"
    assert open_note(text + "\n" + ours, [signer.key])[1] == [signer.key]
