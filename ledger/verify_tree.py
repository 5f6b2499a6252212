"""The tree under verification: each range's own subtree, and the right edge to which they are joined in order.

RFC 9162 §2.1.1 roots, recomputed from the lines; nothing stored is trusted.
"""

from dataclasses import dataclass
from hashlib import sha256

from ledger.tree import TILE, TILE_LEVELS, node_hash, root_of

RANGE_LEVELS = 11
RANGE = 1 << RANGE_LEVELS
"""Lines in a range: a power of two, and a whole number of tiles."""


@dataclass(frozen=True, slots=True)
class Part:
    """What joining needs of a range: how many leaves are known from its start on, whether these are all, the roots of
    its full tiles, joined, and the root over what is known (empty: nothing)."""

    known: int
    complete: bool
    tile_roots: bytes
    root: bytes


class Subtree:
    """The hashes over a range's leaves, up to the first unknown one (None). Index 0 is the range's first line."""

    def __init__(self, leaves: list[bytes | None]) -> None:
        self._all = leaves
        known = [leaf for leaf in leaves[: leaves.index(None) if None in leaves else None] if leaf is not None]
        self.known = len(known)
        self._levels = [known]
        while len(known) > 1:
            pairs = zip(known[::2], known[1::2], strict=False)
            known = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._levels.append(known)

    def tile(self, n: int) -> bytes | None:
        """The `n`-th full tile of leaves, None when one is unknown."""
        leaves = [leaf for leaf in self._all[n * TILE : (n + 1) * TILE] if leaf is not None]
        return b"".join(leaves) if len(leaves) == TILE else None

    def root(self, size: int) -> bytes | None:
        """The root over the first `size` leaves, None when one is unknown or there is none."""
        if not 0 < size <= self.known:
            return None
        hash_ = b""
        for level in range(size.bit_length()):
            if size >> level & 1:
                node = self._levels[level][(size >> level) - 1]
                hash_ = node_hash(node, hash_) if hash_ else node
        return hash_

    def part(self) -> Part:
        """What joining needs."""
        roots = self._levels[TILE_LEVELS] if len(self._levels) > TILE_LEVELS else []
        return Part(self.known, self.known == len(self._all), b"".join(roots), self.root(self.known) or b"")


class Edge:
    """The roots of the whole subtrees before the next range, largest first: enough for any root further right."""

    def __init__(self) -> None:
        self.size = 0
        self.broken = False
        """Lines are unknown from `size` on: no root further right can be recomputed."""
        self._parts: list[tuple[int, bytes]] = []
        self._tile_roots = bytearray()

    def append(self, part: Part) -> None:
        """Join the next range, whole or the last."""
        if self.broken:
            return
        self._tile_roots += part.tile_roots
        self.size += part.known
        self.broken = not part.complete
        if part.known != RANGE:
            return
        level, hash_ = RANGE_LEVELS, part.root
        while self._parts and self._parts[-1][0] == level:
            hash_ = node_hash(self._parts.pop()[1], hash_)
            level += 1
        self._parts.append((level, hash_))

    def root(self, within: bytes) -> bytes:
        """The root over everything before the next range and the part of it whose own root is `within`."""
        for _, part in reversed(self._parts):
            within = node_hash(part, within)
        return within

    def tiles(self) -> list[list[bytes]]:
        """The full tiles over what is known, from level 1 upward."""
        roots = bytes(self._tile_roots)
        hashes, found = [roots[i : i + 32] for i in range(0, len(roots), 32)], []
        while len(hashes) >= TILE:
            groups = [hashes[i : i + TILE] for i in range(0, len(hashes) // TILE * TILE, TILE)]
            found.append([b"".join(group) for group in groups])
            hashes = [root_of(group) for group in groups]
        return found
