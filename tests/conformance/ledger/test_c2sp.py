"""The published examples of C2SP signed-note and tlog-checkpoint, and a reader of tlog-proofs written a second time."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.checkpoint import Checkpoint, Receipt, parse_checkpoint
from ledger.note import NoteError, NoteKey, NoteSigner, open_note, parse_note, sign_note
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
