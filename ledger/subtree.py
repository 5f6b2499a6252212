"""Subtrees of the Merkle tree (draft-ietf-plants-merkle-tree-certs §4): that one lies in a tree, from start to end.

The subtree over leaves [start, end) has a hash of its own where `start` is a multiple of the smallest power of two that
is not below its length. Nothing of ours rests on them; a witness signs them for logs that do.
"""

from collections.abc import Callable, Sequence

from ledger.tree import ProofError, node_hash, range_root


def is_subtree(start: int, end: int) -> bool:
    """Whether [start, end) has a hash of its own; an empty one has none."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def subtree_proof(start: int, end: int, size: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """The hashes that lead from the subtree to the tree of `size` leaves. Raises ValueError where there is none."""
    if not is_subtree(start, end) or end > size:
        raise ValueError(f"[{start}, {end}) is no subtree of {size} leaves")
    proof: list[bytes] = []
    low, high, known = 0, size, True
    while (start, end) != (low, high):
        middle = low + _split(high - low)
        if end <= middle:
            proof.append(range_root(middle, high, node))
            high = middle
        else:
            proof.append(range_root(low, middle, node))
            if start < middle:
                start, known = middle, False
            low = middle
    if not known:
        proof.append(range_root(low, high, node))
    return proof[::-1]


def verify_subtree(start: int, end: int, hash_: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises `ProofError` unless the subtree of this hash lies in the tree of `size` leaves and this root."""
    if not is_subtree(start, end) or end > size or any(len(one) != 32 for one in proof):
        raise ProofError(f"this is no proof of [{start}, {end}) in a tree of {size}")
    path, steps = list(proof), []
    low, high, known, first = 0, size, True, start
    while (first, end) != (low, high):
        middle = low + _split(high - low)
        if not path:
            raise ProofError("the proof is too short")
        if end <= middle:
            steps.append(("left", path.pop()))
            high = middle
        else:
            steps.append(("right" if first >= middle else "both", path.pop()))
            if first < middle:
                first, known = middle, False
            low = middle
    if len(path) != (0 if known else 1):
        raise ProofError("the proof has another length than its place asks for")
    inner = outer = hash_ if known else path[0]
    for side, sibling in reversed(steps):
        outer = node_hash(outer, sibling) if side == "left" else node_hash(sibling, outer)
        if side == "both":
            inner = node_hash(sibling, inner)
    if inner != hash_ or outer != root:
        raise ProofError("the subtree does not lie in this tree")


def _split(size: int) -> int:
    """The largest power of two below `size`, from 2 on: where a tree divides (RFC 9162 §2.1.1)."""
    return 1 << ((size - 1).bit_length() - 1)
