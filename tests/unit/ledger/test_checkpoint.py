"""Checkpoints and receipts: strict to read, and worth nothing when anything in them is moved."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, Receipt, open_checkpoint, parse_checkpoint, parse_receipt
from ledger.errors import LedgerError
from ledger.note import NoteError, NoteSigner, sign_note
from ledger.tree import ProofError, Tree, inclusion_proof

ORIGIN = "ledger.example/county"
SIGNER = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x03" * 32))
LEAVES = [sha256(bytes([n])).digest() for n in range(11)]
TREE = Tree()
for _leaf in LEAVES:
    TREE.append(_leaf)
HEAD = Checkpoint(ORIGIN, 11, TREE.root())
RECEIPT = Receipt(4, tuple(inclusion_proof(4, 11, TREE.node)), HEAD.sign([SIGNER]))
ROOT = b64encode(HEAD.root).decode()


def test_a_checkpoint_is_three_lines_and_reads_back():
    assert HEAD.text() == f"{ORIGIN}\n11\n{ROOT}\n"
    assert parse_checkpoint(HEAD.text()) == HEAD
    assert open_checkpoint(HEAD.sign([SIGNER]), [SIGNER.key], ORIGIN) == HEAD


def test_extension_lines_are_borne():
    assert parse_checkpoint(HEAD.text() + "extension 1\nextension 2\n") == HEAD


@pytest.mark.parametrize(
    "size", ["+11", "-11", "1_1", "011", "00", "11 ", " 11", "0x11", "1e1", "11.0", "１１", "", "9" * 20, "٣"]
)
def test_a_size_is_a_plain_decimal(size):
    with pytest.raises(NoteError):
        parse_checkpoint(f"{ORIGIN}\n{size}\n{ROOT}\n")


@pytest.mark.parametrize(
    "root",
    [
        ROOT[:-1],
        ROOT + "=",
        ROOT[:-2] + ("B" if ROOT[-2] != "B" else "C") + "=",
        " " + ROOT,
        ROOT + " ",
        ROOT.replace("=", ""),
        ROOT[:-1] + "\u2003",
        "-" + ROOT[1:],
        b64encode(bytes(31)).decode(),
        b64encode(bytes(33)).decode(),
        HEAD.root.hex(),
        "",
    ],
)
def test_a_root_is_32_bytes_in_canonical_base64(root):
    stray = parse_checkpoint(HEAD.text()).root
    with pytest.raises(NoteError):
        assert parse_checkpoint(f"{ORIGIN}\n11\n{root}\n").root == stray


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n11\n",
        f"{ORIGIN}\n11\n{ROOT}",
        f"\n11\n{ROOT}\n",
        f"{ORIGIN}\n\n{ROOT}\n",
        f"{ORIGIN}\n11\n{ROOT}\n\nextension\n",
        f"{ORIGIN}\n11\n{ROOT}\n\n",
        f"{ORIGIN}\r\n11\r\n{ROOT}\r\n",
    ],
)
def test_a_text_without_its_three_lines_is_no_checkpoint(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_ledger_is_named():
    note = Checkpoint("ledger.example/other", 11, HEAD.root).sign([SIGNER])
    with pytest.raises(NoteError, match=r"not of ledger\.example/county"):
        open_checkpoint(note, [SIGNER.key], ORIGIN)


def test_a_receipt_proves_its_line_and_reads_back():
    assert parse_receipt(RECEIPT.text()) == RECEIPT
    assert RECEIPT.verify(LEAVES[4], [SIGNER.key], ORIGIN) == HEAD


def test_a_receipt_proves_nothing_else():
    stranger = NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
    smaller = Checkpoint(ORIGIN, 10, TREE.root()).sign([SIGNER])
    other_root = Checkpoint(ORIGIN, 11, sha256(TREE.root()).digest()).sign([SIGNER])
    wrong: list[tuple[Receipt, bytes]] = [
        (RECEIPT, LEAVES[5]),
        (replace(RECEIPT, index=5), LEAVES[4]),
        (replace(RECEIPT, index=11), LEAVES[4]),
        (replace(RECEIPT, index=5), LEAVES[5]),
        (replace(RECEIPT, hashes=RECEIPT.hashes[:-1]), LEAVES[4]),
        (replace(RECEIPT, hashes=(*RECEIPT.hashes, LEAVES[0])), LEAVES[4]),
        (replace(RECEIPT, hashes=RECEIPT.hashes[::-1]), LEAVES[4]),
        (replace(RECEIPT, checkpoint=other_root), LEAVES[4]),
        (replace(RECEIPT, checkpoint=HEAD.sign([stranger])), LEAVES[4]),
        (replace(RECEIPT, checkpoint=sign_note("not a checkpoint\n", [SIGNER])), LEAVES[4]),
    ]
    for receipt, leaf in wrong:
        with pytest.raises((NoteError, ProofError)):
            receipt.verify(leaf, [SIGNER.key], ORIGIN)
    with pytest.raises(LedgerError):
        replace(RECEIPT, checkpoint=smaller).verify(LEAVES[10], [SIGNER.key], ORIGIN)
    with pytest.raises(NoteError):
        RECEIPT.verify(LEAVES[4], [SIGNER.key], "ledger.example/other")


def test_a_receipt_for_the_only_line_needs_no_hashes():
    only = Checkpoint(ORIGIN, 1, LEAVES[0])
    receipt = Receipt(0, (), only.sign([SIGNER]))
    assert parse_receipt(receipt.text()) == receipt
    assert receipt.verify(LEAVES[0], [SIGNER.key]) == only


def with_lines(change):
    """The receipt's text with its lines before the checkpoint changed."""
    head, _, checkpoint = RECEIPT.text().partition("\n\n")
    return "\n".join(change(head.split("\n"))) + "\n\n" + checkpoint


def test_extra_data_is_borne_and_not_trusted():
    text = with_lines(lambda lines: [lines[0], "extra " + b64encode(b"whatever").decode(), *lines[1:]])
    assert parse_receipt(text) == RECEIPT


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: ["c2sp.org/tlog-proof@v2", *lines[1:]],
        lambda lines: [lines[0] + " ", *lines[1:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[0], "index +4", *lines[2:]],
        lambda lines: [lines[0], "index 04", *lines[2:]],
        lambda lines: [lines[0], "index 4 ", *lines[2:]],
        lambda lines: [lines[0], "index  4", *lines[2:]],
        lambda lines: [lines[0], "index -4", *lines[2:]],
        lambda lines: [lines[0], "index ４", *lines[2:]],
        lambda lines: [lines[0], "Index 4", *lines[2:]],
        lambda lines: [lines[0], "extra !!", *lines[1:]],
        lambda lines: [lines[0], "extra ", *lines[1:]],
        lambda lines: [lines[0], "extra YQ", *lines[1:]],
        lambda lines: [lines[0], lines[1], "extra YQ==", *lines[2:]],
        lambda lines: [lines[0], "extra YQ==", "extra YQ==", *lines[1:]],
        lambda lines: [*lines[:-1], lines[-1][:-1]],
        lambda lines: [*lines[:-1], lines[-1] + "="],
        lambda lines: [*lines[:-1], lines[-1][:-2] + ("B" if lines[-1][-2] != "B" else "D") + "="],
        lambda lines: [*lines[:-1], "-" + lines[-1][1:]],
        lambda lines: [*lines, *[lines[-1]] * 64],
        lambda lines: [line + "\r" for line in lines],
    ],
)
def test_a_receipt_is_read_strictly(change):
    with pytest.raises(NoteError):
        parse_receipt(with_lines(change))


@given(st.text(max_size=100))
def test_rubbish_never_crashes_the_readers(text):
    for read in (parse_checkpoint, parse_receipt, lambda t: parse_receipt(RECEIPT.text()[: len(t)] + t)):
        with suppress(NoteError):
            read(text)
