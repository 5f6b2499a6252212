"""Subtrees: torchwood's one hash over every proof of every subtree, and proofs that are none."""

from hashlib import sha256

import pytest

from ledger.subtree import is_subtree, subtree_proof, verify_subtree
from ledger.tree import EMPTY_ROOT, ProofError, Tree, range_root

TREE = Tree()
for n in range(130):
    TREE.append(sha256(b"\x00" + bytes([n])).digest())
ALL_PROOFS = "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74"
"""torchwood v0.10.0, subtree_test.go TestAccumulatedSubtreeProof: n ≤ 130; its empty subtrees have empty proofs."""


def root(size: int) -> bytes:
    return range_root(0, size, TREE.node) if size else EMPTY_ROOT


def test_every_proof_is_the_one_that_torchwood_makes_and_holds():
    all_of_them = sha256()
    for size in range(131):
        whole = root(size)
        for end in range(size + 1):
            for start in range(end + 1):
                if start != end and not is_subtree(start, end):
                    continue
                proof = [] if start == end else subtree_proof(start, end, size, TREE.node)
                all_of_them.update(f"[{start}, {end}) {size}{''.join(f' {one.hex()}' for one in proof)}\n".encode())
                if start != end and size % 13 == 0:
                    verify_subtree(start, end, range_root(start, end, TREE.node), size, whole, proof)
    assert all_of_them.hexdigest() == ALL_PROOFS


@pytest.mark.parametrize(
    ("start", "end", "size"), [(0, 1, 1), (0, 5, 7), (4, 7, 7), (4, 6, 13), (8, 13, 13), (0, 8, 13)]
)
def test_a_proof_of_something_else_is_refused(start, end, size):
    hash_, proof = range_root(start, end, TREE.node), subtree_proof(start, end, size, TREE.node)
    verify_subtree(start, end, hash_, size, root(size), proof)
    for other in ([*proof, bytes(32)], proof[:-1], proof[1:], [b"x", *proof[1:]], [bytes(32), *proof[1:]]):
        if other != proof:
            with pytest.raises(ProofError):
                verify_subtree(start, end, hash_, size, root(size), other)
    with pytest.raises(ProofError):
        verify_subtree(start, end, bytes(32), size, root(size), proof)
    with pytest.raises(ProofError):
        verify_subtree(start, end, hash_, size, bytes(32), proof)
    with pytest.raises(ProofError):
        verify_subtree(start, end, hash_, end - 1, root(size), proof)


def test_what_has_no_hash_of_its_own_is_no_subtree():
    assert [is_subtree(*span) for span in ((0, 0), (3, 3), (3, 2), (-1, 1), (1, 3), (2, 5), (4, 9))] == [False] * 7
    assert [is_subtree(*span) for span in ((0, 1), (0, 7), (3, 4), (2, 4), (4, 7), (8, 13))] == [True] * 6
    with pytest.raises(ValueError, match="no subtree"):
        subtree_proof(1, 3, 7, TREE.node)
