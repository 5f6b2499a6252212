"""What the database stores about a range of lines: heads, tiles and vault entries, compared with the lines."""

from itertools import pairwise

from ledger.faults import FaultLog
from ledger.tree import TILE
from ledger.verify_line import ABSENT, DAMAGED, NAMELESS, Seen
from ledger.verify_rows import Rows
from ledger.verify_tree import Subtree


def check_heads(rows: Rows, ats: list[bytes], log: FaultLog, notes: FaultLog, simulation: bool = False) -> None:
    """A head stands wherever a commit ended. All lines of a commit bear one time, so one ends wherever time moves on.

    Not so in a `simulation`, where each line bears its own act's time: nothing but the last head is looked for there.
    `ats` are the times of the lines and of the one after them, empty where unknown. The roots are compared where the
    ranges are joined.
    """
    if rows.heads is None:
        return
    moves = enumerate(pairwise(ats), rows.start + 1)
    wanted = {size for size, (at, later) in moves if at != later and at and later and not simulation}
    if rows.is_last:
        wanted.add(rows.end)
    there = {size for size, _ in rows.heads}
    before = -1
    for size in sorted(wanted):
        if size not in there:
            log.add("head.missing", size, where="head", after=before)
            before = size
    # Where a line cannot be read, or not be trusted, nothing can be said of its time.
    untold = {size for size, (at, later) in enumerate(pairwise(ats), rows.start + 1) if not (at and later)}
    for size in sorted(there - wanted - untold) if not simulation else ():
        notes.add("head.inside", size, where="head")
    if len(there) != len(rows.heads):
        log.add("head.twice", rows.start + 1, rows.end, where="head", count=len(rows.heads) - len(there))


def check_tiles(rows: Rows, subtree: Subtree, log: FaultLog) -> None:
    """Every full tile of level 0 in this range is there and holds the lines' hashes."""
    if rows.tiles is None:
        return
    first = rows.start // TILE
    for n in range(len(rows.lines) // TILE):
        tile, own = rows.tiles.get(first + n), subtree.tile(n)
        if tile is None:
            log.add("tile.missing", first + n, where="tile", kind="0", level=0)
        elif own is not None and tile != own:
            entry = next((i for i in range(TILE) if tile[32 * i : 32 * i + 32] != own[32 * i : 32 * i + 32]), TILE)
            log.add("tile.wrong", first + n, where="tile", kind="0", level=0, line=(first + n) * TILE + entry)


def check_vault(rows: Rows, seen: list[Seen], log: FaultLog) -> None:
    """Every act with personal fields has as many vault entries, and nothing else has any."""
    if rows.sealed is None:
        return
    for position in sorted(rows.odd):
        log.add("vault.malformed", position, where="vault")
    for position, one in enumerate(seen, rows.start):
        wanted, there = len(one.sealed), rows.sealed.get(position)
        if there == (wanted or None) or one.flag & (ABSENT | NAMELESS):
            continue
        if there is None:
            log.add("vault.missing", position, where="vault", wanted=wanted)
        elif wanted:
            log.add("vault.count", position, where="vault", wanted=wanted, there=there)
        elif not one.flag & DAMAGED:
            log.add("vault.stray", position, where="vault")
