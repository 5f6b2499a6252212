"""The Merkle tree, against RFC 9162 written down a second time, naively, and against known roots."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tree import (
    EMPTY_ROOT,
    TILE,
    ProofError,
    Tree,
    completed_tiles,
    consistency_proof,
    inclusion_proof,
    node_hash,
    range_root,
    root_from_inclusion,
    root_of,
    split,
    tile_nodes,
    verify_consistency,
)

# -- RFC 9162 §2.1, word for word ----------------------------------------------------------------


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


# -- helpers -----------------------------------------------------------------------------------


def leaf(n: int) -> bytes:
    return sha256(b"\x00" + n.to_bytes(8, "big")).digest()


LEAVES = [leaf(n) for n in range(140)]


def grown(leaves: list[bytes], tree: Tree | None = None) -> Tree:
    tree = tree or Tree()
    for one in leaves:
        tree.append(one)
    return tree


class Stored:
    """The full tiles a ledger would keep, and the partial ones it would make up from what lies below."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) >= TILE:
            below = self.levels[-1]
            self.levels.append([root_of(below[i : i + TILE]) for i in range(0, len(below) // TILE * TILE, TILE)])

    def tile(self, level: int, n: int) -> bytes:
        hashes = b"".join(self.levels[level][n * TILE : (n + 1) * TILE])
        assert hashes, "no empty tile is ever asked for"
        return hashes


MANY = [leaf(n) for n in range(70_000)]
STORED = Stored(MANY)


# -- tests ------------------------------------------------------------------------------------


def test_the_known_roots_of_the_classic_eight_leaves_come_out():
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    leaves = [sha256(b"\x00" + bytes.fromhex(text)).digest() for text in inputs]
    for size, root in enumerate(roots):
        assert grown(leaves[:size]).root().hex() == root
    tree = grown(leaves)
    assert [h.hex() for h in inclusion_proof(0, 8, tree.node)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [h.hex() for h in consistency_proof(6, 8, tree.node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_roots_and_proofs_are_the_reference_s_at_every_small_size():
    tree = Tree()
    assert tree.root() == EMPTY_ROOT == mth([])
    for size in range(1, 131):
        tree.append(LEAVES[size - 1])
        root = mth(LEAVES[:size])
        assert tree.root() == root == root_of(LEAVES[:size])
        memo: dict[int, bytes] = {}
        for index in range(size) if size < 70 else (0, 1, size // 2, size - 2, size - 1):
            proof = inclusion_proof(index, size, tree.node, memo)
            assert proof == path(index, LEAVES[:size])
            assert root_from_inclusion(index, size, LEAVES[index], proof) == root


def test_consistency_proofs_are_the_reference_s_between_all_small_sizes():
    tree = grown(LEAVES[:66])
    roots = [mth(LEAVES[:size]) for size in range(67)]
    for size in range(1, 67):
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, tree.node)
            assert proof == subproof(old, LEAVES[:size], True)
            verify_consistency(old, roots[old], size, roots[size], proof)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 64, 65])
def test_every_wrong_inclusion_proof_is_refused_or_leads_elsewhere(size):
    tree, root = grown(LEAVES[:size]), mth(LEAVES[:size])

    def leads_there(index: int, of: int, leaf_: bytes, proof: list[bytes]) -> bool:
        try:
            return root_from_inclusion(index, of, leaf_, proof) == root
        except ProofError:
            return False

    for index in range(size):
        proof = inclusion_proof(index, size, tree.node)
        assert leads_there(index, size, LEAVES[index], proof)
        wrong = [[*proof, LEAVES[0]], [LEAVES[0], *proof], [b"\x00" * 31, *proof[1:]], [*proof, b""]]
        wrong += [[*proof[:n], sha256(proof[n]).digest(), *proof[n + 1 :]] for n in range(len(proof))]
        wrong += [proof[:n] + proof[n + 1 :] for n in range(len(proof))]
        wrong += [list(reversed(proof))] if proof != proof[::-1] else []
        assert not [one for one in wrong if leads_there(index, size, LEAVES[index], one)]
        assert not leads_there(index, size, leaf(999), proof)
        others = set(range(-1, size + 2)) - {index}
        assert not [other for other in others if leads_there(other, size, LEAVES[index], proof)]
        assert not leads_there(size, size, LEAVES[index], proof)


def test_every_wrong_consistency_proof_is_refused():
    tree = grown(LEAVES[:40])
    roots = [mth(LEAVES[:size]) for size in range(41)]

    def shows(old: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
        try:
            verify_consistency(old, old_root, size, root, proof)
        except ProofError:
            return False
        return True

    for old, size in [(1, 2), (1, 40), (3, 7), (4, 7), (6, 8), (8, 8), (8, 40), (31, 32), (32, 40), (33, 40), (39, 40)]:
        proof = consistency_proof(old, size, tree.node)
        assert shows(old, roots[old], size, roots[size], proof)
        wrong = [[*proof, roots[1]], [roots[1], *proof], [*proof, b""], [b"\x01" * 33, *proof[1:]]]
        wrong += [[*proof[:n], sha256(proof[n]).digest(), *proof[n + 1 :]] for n in range(len(proof))]
        wrong += [proof[:n] + proof[n + 1 :] for n in range(len(proof))]
        assert not [one for one in wrong if shows(old, roots[old], size, roots[size], one)]
        assert not shows(old, roots[old + 1 if old < 40 else 39], size, roots[size], proof)
        assert not shows(old, roots[old], size, sha256(roots[size]).digest(), proof)
        assert not shows(0, EMPTY_ROOT, size, roots[size], [])
        assert not shows(size + 1, roots[size], size, roots[size], [])


@given(st.integers(0, 400), st.integers(1, 400))
def test_no_proof_is_made_for_a_line_or_an_age_that_is_not_there(over, size):
    tree = grown([LEAVES[0]])
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(size + over, size, tree.node)
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(size + over + 1, size, tree.node)
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(0, size, tree.node)


EDGES = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_279, 65_280, 65_281, 65_535, 65_536, 65_537, 65_792, 66_047, 69_999]


@pytest.mark.parametrize("size", EDGES + random.Random(9162).sample(range(70_000), 12))
def test_a_tree_loaded_from_tiles_grows_like_the_one_that_was_kept(size):
    tree = Tree.load(size, STORED.tile)
    node = tile_nodes(STORED.tile)
    assert tree.size == size
    assert tree.root() == (range_root(0, size, node) if size else EMPTY_ROOT)
    for step, one in enumerate(MANY[size : size + 300], 1):
        tree.append(one)
        if step in (1, 2, 3, 255, 256, 257, 300):
            assert tree.root() == range_root(0, size + step, node)
    for index in range(size, tree.size):
        proof = inclusion_proof(index, tree.size, tree.node)
        assert root_from_inclusion(index, tree.size, MANY[index], proof) == tree.root()


def test_large_sizes_have_the_reference_s_root_and_proofs():
    sizes = [4097, 21_000, 65_536, 70_000]
    node = tile_nodes(STORED.tile)
    for size in sizes:
        root = mth(MANY[:size])
        assert range_root(0, size, node) == root
        for index in (0, size // 3, size - 1):
            proof = inclusion_proof(index, size, node)
            assert root_from_inclusion(index, size, MANY[index], proof) == root
        for old in (1, 4096, size - 1, size):
            verify_consistency(old, mth(MANY[:old]), size, root, consistency_proof(old, size, node))


def test_a_long_grown_tree_forgets_what_lies_far_back_and_still_proves_the_latest_lines():
    tree, node, done = Tree(), tile_nodes(STORED.tile), 0
    for batch in [1, 255, 1000, 5000, 1, 1024, 9000, 3, 5000]:
        tree.prune()
        grown(MANY[done : done + batch], tree)
        root = range_root(0, done + batch, node)
        assert tree.root() == root
        memo: dict[int, bytes] = {}
        for index in range(max(done, done + batch - 5000), done + batch, 7):
            proof = inclusion_proof(index, tree.size, tree.node, memo)
            assert root_from_inclusion(index, tree.size, MANY[index], proof) == root
        for level, n in completed_tiles(done, done + batch):
            assert tree.tile(level, n) == STORED.tile(level, n)
        done += batch
    tree.prune()
    for index in range(tree.size - 4096, tree.size):
        proof = inclusion_proof(index, tree.size, tree.node)
        assert root_from_inclusion(index, tree.size, MANY[index], proof) == tree.root()
    with pytest.raises(LookupError):
        tree.node(0, 0)
    assert sum(map(len, tree._nodes)) < 4 * 4096


def test_a_batch_larger_than_the_memory_between_batches_can_give_its_own_tiles():
    tree = Tree.load(300, STORED.tile)
    tree.prune()
    grown(MANY[300:40_000], tree)
    for level, n in completed_tiles(300, 40_000):
        assert tree.tile(level, n) == STORED.tile(level, n)


def test_completed_tiles_are_exactly_those_whose_last_leaf_came():
    rng = random.Random(1)
    for _ in range(60):
        before = rng.randrange(70_000)
        after = min(70_000, before + rng.choice([0, 1, 255, 256, 257, 1024, 20_000]))
        full = {(level, n) for level, width in ((0, 256), (1, 65_536)) for n in range(before // width, after // width)}
        assert set(completed_tiles(before, after)) == full


def test_the_partial_tile_is_what_follows_the_last_full_one():
    tree = grown(MANY[:700])
    assert split(tree.tile(0, 2)) == MANY[512:700]
    assert split(tree.tile(1, 0)) == [root_of(MANY[0:256]), root_of(MANY[256:512])]
    assert tree.node(8, 0) == node_hash(tree.node(7, 0), tree.node(7, 1))


def test_a_tile_that_is_too_short_is_not_taken_for_a_node():
    node = tile_nodes(lambda level, n: MANY[0] * 3)
    assert node(0, 2) == MANY[0]
    with pytest.raises(ProofError, match="too short"):
        node(2, 0)
