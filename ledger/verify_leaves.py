"""Which hash the ledger recorded for each line: where the line, the chain and the tile disagree, two outvote one.

A line that was altered still has its old hash in the `prev` of the line after it and in its tile. Going on with that
one makes everything that follows come out right, so that one altered line is one fault and not a million.
"""

from ledger.faults import FaultLog
from ledger.tree import TILE
from ledger.verify_rows import Rows


def settle(
    rows: Rows, hashes: list[bytes | None], prevs: list[bytes], log: FaultLog
) -> tuple[list[bytes | None], set[int]]:
    """The leaves to go on with (None: unknown), and the lines of the range (from 0) that are not what was recorded.

    `hashes` are the lines' own; `prevs[i]` is what the line after line i says of it, empty when it says nothing.
    """
    if hashes == prevs or (rows.is_last and hashes[:-1] == prevs[:-1] and hashes[-1] is not None):
        return hashes, set()
    leaves, altered, broken = list(hashes), set[int](), dict[int, int]()
    for i in reversed(range(len(hashes))):
        own, said, kept = hashes[i], prevs[i] or None, _in_tile(rows, i)
        if own is None:
            leaves[i] = kept or said
        elif said is None:
            if kept is not None and kept != own:
                leaves[i] = kept
                altered.add(i)
        elif own == said or i + 1 in altered:
            continue
        elif kept == said or (kept != own and _has_witness(rows, i)):
            leaves[i] = said
            altered.add(i)
        else:
            # With no tile, only the last line contradicts this one: either may be the altered one.
            broken[i + (kept == own)] = i + 1
    for i in sorted(altered):
        log.add("line.altered", rows.start + i)
    for i, last in sorted(broken.items()):
        log.add("chain.broken", rows.start + i, rows.start + last)
    return leaves, altered


def _has_witness(rows: Rows, i: int) -> bool:
    """Whether the line after line i has one after it, which says that it is unaltered."""
    return i + 2 < len(rows.lines) or not rows.is_last


def _in_tile(rows: Rows, i: int) -> bytes | None:
    tile = (rows.tiles or {}).get((rows.start + i) // TILE)
    if tile is None or len(tile) != 32 * TILE:
        return None
    at = (rows.start + i) % TILE * 32
    return tile[at : at + 32]
