"""The RFC 9162 Merkle tree over the lines: hashes, proofs, and the growing right edge.

Leaf = SHA-256(0x00 ‖ line), node = SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1). A *node* (level, n) is the root of
the complete subtree over leaves [n·2^level, (n+1)·2^level): it never changes once its last leaf is there.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from ledger.errors import LedgerError

TILE = 256
"""Hashes in a full tile (C2SP tlog-tiles)."""
TILE_LEVELS = 8
"""Levels of the binary tree that one level of tiles spans."""
EMPTY_ROOT = sha256(b"").digest()

_KEPT = 4096
"""Leaves at the right edge whose nodes stay in memory between batches."""

ReadTile = Callable[[int, int], bytes]
"""(tile level, n) -> the hashes of that tile, complete or partial, 32 bytes each."""


class ProofError(LedgerError, ValueError):
    """A proof does not show what it claims to show."""

    code = "proof.invalid"


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over these subtree roots, taken as equal-sized leaves (RFC 9162 §2.1.1); any number, 0 included."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        pairs = [node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


class Tree:
    """The tree's right edge in memory: enough to append, to give the root, and to prove the latest lines.

    Not thread-safe: the committer owns it, grows it only under the head lock, and throws it away to load it again
    whenever a commit is not known to have happened.
    """

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[list[bytes]] = [[]]
        self._base: list[int] = [0]

    @classmethod
    def load(cls, size: int, read_tile: ReadTile) -> "Tree":
        """The edge of a stored tree of `size` leaves, from its tiles: one partial tile a level."""
        tree = cls()
        tree.size = size
        for tile_level in range(max(1, -(-size.bit_length() // TILE_LEVELS))):
            count = size >> (tile_level * TILE_LEVELS)
            first = max(0, (count - 1) // TILE) * TILE if count else 0
            hashes = split(read_tile(tile_level, first // TILE)) if count else []
            tree._fill(tile_level * TILE_LEVELS, first, hashes[: count - first])
        return tree

    def _fill(self, level: int, first: int, hashes: list[bytes]) -> None:
        """Nodes of `level` from `first` on, and what follows from them up to the next tile level."""
        for up in range(TILE_LEVELS):
            while len(self._nodes) <= level + up:
                self._nodes.append([])
                self._base.append(0)
            self._nodes[level + up], self._base[level + up] = hashes, first
            hashes = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=False)]
            first //= 2

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash (32 bytes)."""
        n, level, hash_ = self.size, 0, leaf
        self.size += 1
        while True:
            if level == len(self._nodes):
                self._nodes.append([])
                self._base.append(n)
            nodes = self._nodes[level]
            if not nodes:
                self._base[level] = n
            nodes.append(hash_)
            if n % 2 == 0:
                return
            hash_ = node_hash(nodes[-2], nodes[-1])
            n, level = n // 2, level + 1

    def prune(self) -> None:
        """Forget nodes far from the edge. Call it between batches: a batch, however large, can then prove itself."""
        for level, nodes in enumerate(self._nodes):
            keep = (_KEPT >> level) + TILE
            if len(nodes) > 2 * keep:
                drop = (len(nodes) - keep) & ~1
                self._nodes[level] = nodes[drop:]
                self._base[level] += drop

    def node(self, level: int, n: int) -> bytes:
        """Hash of the complete subtree (level, n). Raises LookupError when it is no longer in memory."""
        at = n - self._base[level]
        if at < 0 or at >= len(self._nodes[level]):
            raise LookupError(f"node ({level}, {n}) is not at the edge")
        return self._nodes[level][at]

    def root(self) -> bytes:
        """RFC 9162 §2.1.1 root over all leaves."""
        return range_root(0, self.size, self.node) if self.size else EMPTY_ROOT

    def tile(self, tile_level: int, n: int) -> bytes:
        """The hashes of a tile that was just completed, or of the partial one, joined."""
        level = tile_level * TILE_LEVELS
        last = min((n + 1) * TILE, self.size >> level)
        return b"".join(self.node(level, i) for i in range(n * TILE, last))


def split(tile: bytes) -> list[bytes]:
    """The 32-byte hashes of a tile."""
    return [tile[i : i + 32] for i in range(0, len(tile), 32)]


def completed_tiles(before: int, after: int) -> Iterable[tuple[int, int]]:
    """The full tiles (level, n) that come into being when the tree grows from `before` to `after` leaves."""
    tile_level = 0
    while after >> (TILE_LEVELS * (tile_level + 1)):
        shift = TILE_LEVELS * (tile_level + 1)
        for n in range(before >> shift, after >> shift):
            yield tile_level, n
        tile_level += 1


def tile_nodes(read_tile: ReadTile) -> Callable[[int, int], bytes]:
    """A node reader over stored tiles: node (level, n) from the hashes of the tile below it. Keeps what it read."""
    seen: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, n: int) -> bytes:
        tile_level, up = divmod(level, TILE_LEVELS)
        first = n << up
        key = (tile_level, first // TILE)
        if key not in seen:
            seen[key] = split(read_tile(*key))
        hashes = seen[key][first % TILE : first % TILE + (1 << up)]
        if len(hashes) != 1 << up:
            raise ProofError(f"tile {key} is too short for node ({level}, {n})")
        return root_of(hashes)

    return node


def range_root(start: int, end: int, node: Callable[[int, int], bytes]) -> bytes:
    """Root over leaves [start, end), end > start, where `start` is a multiple of the largest power of two spanned."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        parts.append(node(level, start >> level))
        start += 1 << level
    hash_ = parts.pop()
    while parts:
        hash_ = node_hash(parts.pop(), hash_)
    return hash_


def inclusion_proof(
    index: int, size: int, node: Callable[[int, int], bytes], memo: dict[int, bytes] | None = None
) -> list[bytes]:
    """RFC 9162 §2.1.3.1: the hashes from the leaf's sibling upward.

    `memo` keeps the incomplete right-hand subtrees of this one size between calls. Raises ValueError when index ≥ size.
    """
    if not 0 <= index < size:
        raise ValueError(f"line {index} is not in a tree of {size}")
    memo = {} if memo is None else memo
    proof = []
    for level in range((size - 1).bit_length()):
        sibling = (index >> level) ^ 1
        start, end = sibling << level, (sibling + 1) << level
        if end <= size:
            proof.append(node(level, sibling))
        elif start < size:
            if start not in memo:
                memo[start] = range_root(start, size, node)
            proof.append(memo[start])
    return proof


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2: the root this proof leads to. Raises `ProofError` when its length cannot be right."""
    if not 0 <= index < size:
        raise ProofError(f"line {index} is not in a tree of {size}")
    fn, sn, hash_ = index, size - 1, leaf
    for sibling in proof:
        if len(sibling) != 32:
            raise ProofError("a proof is made of 32-byte hashes")
        if sn == 0:
            raise ProofError("the proof is too long")
        if fn % 2 or fn == sn:
            hash_ = node_hash(sibling, hash_)
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the proof is too short")
    return hash_


def consistency_proof(old: int, size: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """RFC 9162 §2.1.4.1, 0 < old ≤ size: empty when they are equal."""
    if not 0 < old <= size:
        raise ValueError(f"no consistency proof from {old} to {size}")
    proof: list[bytes] = []
    start, end, whole = 0, size, True
    while old != end:
        k = 1 << ((end - start - 1).bit_length() - 1)
        if old - start <= k:
            proof.append(range_root(start + k, end, node))
            end = start + k
        else:
            proof.append(range_root(start, start + k, node))
            start, whole = start + k, False
    if not whole:
        proof.append(range_root(start, end, node))
    proof.reverse()
    return proof


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162 §2.1.4.2. Raises `ProofError` unless the tree of `size` begins with the tree of `old`."""
    if not 0 < old <= size:
        raise ProofError(f"no consistency proof from {old} to {size}")
    if any(len(hash_) != 32 for hash_ in proof):
        raise ProofError("a proof is made of 32-byte hashes")
    if old == size:
        if proof or old_root != root:
            raise ProofError("two heads of one size differ")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if _roots_of(old, size, path) != (old_root, root):
        raise ProofError("the tree does not begin with the older one")


def root_begun_with(old: int, size: int, root: bytes, proof: Sequence[bytes]) -> bytes:
    """The root of the first `old` lines that a consistency proof shows the tree of `root` to begin with.

    So two heads are shown to contradict each other: the newer one begins with another tree than the older says. Raises
    `ProofError` where the proof leads elsewhere, or shows nothing: at a power of two it takes the older root as given.
    """
    if not 0 < old < size or old & (old - 1) == 0 or any(len(hash_) != 32 for hash_ in proof):
        raise ProofError(f"no consistency proof from {old} to {size} shows what the newer tree begins with")
    begun, leads_to = _roots_of(old, size, proof)
    if leads_to != root:
        raise ProofError("the proof leads to another root")
    return begun


def _roots_of(old: int, size: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a path (RFC 9162 §2.1.4.2, step 3 on) leads to. Raises `ProofError` at a wrong length."""
    if not path:
        raise ProofError("the proof is empty")
    fn, sn = old - 1, size - 1
    while fn % 2:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for hash_ in path[1:]:
        if sn == 0:
            raise ProofError("the proof is too long")
        if fn % 2 or fn == sn:
            fr, sr = node_hash(hash_, fr), node_hash(hash_, sr)
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, hash_)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the proof is too short")
    return fr, sr
