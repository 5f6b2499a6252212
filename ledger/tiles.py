"""C2SP tlog-tiles v0.1.0: what a tile is called, which tiles a tree has, and what an entry bundle holds.

    tile/<L>/<N>[.p/<W>]         W hashes of tile N of level L, 32 bytes each; without .p: 256
    tile/entries/<N>[.p/<W>]     the lines under hash tile N of level 0, each after its length (u16, big-endian)

L is 0 to 63; N is in groups of three digits, all but the last with an `x` before it (`x001/x234/067`); W is 1 to
255. There is one way to write each; no tile is empty.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.errors import LedgerFaulty, Refused
from ledger.tree import TILE, TILE_LEVELS, ReadTile, Tree, root_of

MAX_LEVEL = 63
_PATH = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TileName:
    """Tile `n` of `level` with `width` hashes: 256 is the full one."""

    level: int
    n: int
    width: int = TILE

    def path(self) -> str:
        """As it stands below `tile/`; of the bundle of lines, `entries` is in the place of the level."""
        groups = [f"{self.n % 1000:03}"]
        rest = self.n // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        full = f"{self.level}/{'/'.join(reversed(groups))}"
        return full if self.width == TILE else f"{full}.p/{self.width}"

    def within(self, size: int) -> bool:
        """Whether a tree of `size` lines has all of these hashes."""
        return self.n * TILE + self.width <= size >> TILE_LEVELS * self.level


def parse_tile_name(text: str) -> TileName:
    """Read `<L>/<N>[.p/<W>]`, spelled the one right way. Raises `Refused` (`tile.path`)."""
    match = _PATH.fullmatch(text)
    if match:
        digits = match[2].replace("x", "").replace("/", "")
        name = TileName(int(match[1]), int(digits), int(match[3] or TILE))
        if name.level <= MAX_LEVEL and name.path() == text:
            return name
    raise Refused(f"{text[:80]!r} names no tile: write 0/000, 0/x001/234, 1/000.p/17", code="tile.path")


def partial_tiles(tree: Tree) -> dict[tuple[int, int], bytes]:
    """The partial tiles at the tree's right edge, by (level, n), from what is in memory."""
    found = {}
    for level in levels(tree.size):
        count = tree.size >> TILE_LEVELS * level
        if count % TILE:
            found[level, count // TILE] = tree.tile(level, count // TILE)
    return found


def levels(size: int) -> range:
    """The levels on which a tree of `size` lines has tiles."""
    return range(-(-size.bit_length() // TILE_LEVELS))


def full_tiles(before: int, size: int, level: int) -> range:
    """The tiles of a level that are full in a tree of `size` lines, and were not in one of `before`."""
    shift = TILE_LEVELS * (level + 1)
    return range(before >> shift, size >> shift)


def check_tile(level: int, n: int, hashes: bytes, above: ReadTile) -> None:
    """Whether a full tile is what the tile above it says. Raises `LedgerFaulty`.

    `above` reads the tree's other tiles, complete or partial; the partial ones lead to the root.
    """
    parent = above(level + 1, n // TILE)
    at = n % TILE * 32
    if parent[at : at + 32] != root_of([hashes[i : i + 32] for i in range(0, len(hashes), 32)]):
        raise LedgerFaulty(f"tile {level}/{n} is not the one that was recorded: run mingzhang verify", level=level, n=n)


def bundle(lines: Iterable[bytes]) -> bytes:
    """An entry bundle, or a part of one: each line after its length."""
    return b"".join(len(line).to_bytes(2, "big") + line for line in lines)


def split_bundle(content: bytes) -> Iterator[bytes]:
    """The lines of a bundle. Raises ValueError where it is cut off."""
    at = 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if at + 2 > len(content) or end > len(content):
            raise ValueError("the bundle ends within an entry")
        yield content[at + 2 : end]
        at = end
