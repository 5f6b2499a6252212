"""The tree recomputed range by range is the tree."""

from hashlib import sha256

from ledger.tree import TILE, Tree, completed_tiles, root_of
from ledger.verify_tree import RANGE, Edge, Subtree


def leaves(count: int) -> list[bytes | None]:
    return [sha256(b"%d" % i).digest() for i in range(count)]


def test_every_root_in_a_range_is_the_trees():
    tree, part = Tree(), Subtree(leaves(300))
    for size, leaf in enumerate(leaves(300), 1):
        assert leaf is not None
        tree.append(leaf)
        assert part.root(size) == tree.root()
    assert part.root(0) is None
    assert part.root(301) is None


def test_ranges_joined_give_the_roots_and_tiles_of_the_whole():
    size = 33 * RANGE + 777
    all_leaves, edge, tree = leaves(size), Edge(), Tree()
    tiles = {}
    for number, leaf in enumerate(all_leaves, 1):
        assert leaf is not None
        tree.append(leaf)
        for level, n in completed_tiles(number - 1, number):
            tiles[level, n] = tree.tile(level, n)
        if number in (5 * RANGE, 5 * RANGE + 3, size):
            start = (number - 1) // RANGE * RANGE
            edge = Edge()
            for at in range(0, start, RANGE):
                edge.append(Subtree(all_leaves[at : at + RANGE]).part())
            last = Subtree(all_leaves[start:number])
            within = last.root(number - start)
            assert within is not None
            assert edge.root(within) == tree.root()
    edge.append(last.part())
    assert edge.tiles() == [[tiles[1, 0]]]
    assert edge.size == size
    assert not edge.broken


def test_an_unknown_leaf_stops_the_roots_and_no_others():
    known = leaves(1000)
    part = Subtree([*known[:600], None, *known[601:]])
    assert part.root(600) == root_of([leaf for leaf in known[:600] if leaf is not None])
    assert part.root(601) is None
    assert part.tile(2) is None
    assert part.tile(3) is None
    assert part.tile(1) == b"".join(leaf for leaf in known[TILE : 2 * TILE] if leaf is not None)
    edge = Edge()
    edge.append(part.part())
    assert edge.broken
