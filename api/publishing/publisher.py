"""One round of publishing: what the database recorded becomes tiles, then a signed checkpoint (design §3.3).

    read the head -> does it go on from what was published? -> tiles -> sign -> checkpoint

Tiles are durable before the checkpoint that rests on them is written. If we crash anywhere, the next round puts it
right: tiles beyond the checkpoint are written again, and what is signed then goes on from what was published before.
"""

import time
from collections.abc import Callable, Sequence

from api.publishing.directory import CHECKPOINT, TileDirectory
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.durable import confirm
from ledger.errors import LedgerFaulty
from ledger.note import NoteKey, NoteSigner
from ledger.receipts import Checked, HeadSigner
from ledger.schema import Tables
from ledger.store import AnyConnection, Head
from ledger.tiles import TileName, check_tile, full_tiles, levels
from ledger.tree import ReadTile, range_root, tile_nodes

HEARTBEAT = 60.0
"""Seconds after which a head that did not grow is signed again: often enough that three misses are soon noticed, rare
enough that a quiet ledger's witnesses are hardly troubled."""


class Publisher:
    """Publishes one ledger. `keys` are those that may have signed what was published before.

    Owned by one thread of the one publishing process: everything.
    """

    def __init__(
        self,
        directory: TileDirectory,
        tables: Tables,
        origin: str,
        signers: Sequence[NoteSigner],
        keys: Sequence[NoteKey],
        heads: HeadSigner,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory, self._tables, self._origin = directory, tables, origin
        self._signers, self._keys, self._heads, self._clock = tuple(signers), tuple(keys), heads, clock
        self._complete = 0
        """The size up to which this process has seen to the tiles."""
        self._followed: tuple[Head, int] | None = None
        """A head from which the tree in memory grew, and how often that tree had been read anew by then."""
        self._due = 0.0

    def publish(self, connection: AnyConnection) -> Checkpoint | None:
        """One round; the checkpoint that was published, None where there was nothing new and no heartbeat due.

        Raises `LedgerFaulty` where the ledger does not go on from what was published (`ledger.behind`,
        `ledger.shrunk`), `NoteError` where that is none of this ledger's; psycopg errors and OSError as they come.
        Nothing is signed then.
        """
        before = self.published()
        checked = self._heads.check(connection, self._tables)
        head = checked.head
        if before is not None:
            self._check_follows(connection, checked, Head(before.size, before.root))
        if before is not None and before.size == head.size and self._complete and self._clock() < self._due:
            return None
        self._write_tiles(connection, checked, before.size if before else 0)
        # What the standby lacks may be lost yet: it is not signed for.
        confirm(connection)
        checkpoint = Checkpoint(self._origin, head.size, head.root)
        self._directory.put_note(CHECKPOINT, checkpoint.sign(self._signers))
        self._due = self._clock() + HEARTBEAT
        return checkpoint

    def published(self) -> Checkpoint | None:
        """What DATA/tlog/checkpoint says. Raises `NoteError` where no key of this ledger signed it."""
        note = self._directory.read_note(CHECKPOINT)
        return None if note is None else open_checkpoint(note, self._keys, self._origin)

    def _check_follows(self, connection: AnyConnection, checked: Checked, before: Head) -> None:
        """Whether the recorded head goes on from one that was signed before; asks for a proof only where it must."""
        head = checked.head
        if head.size < before.size:
            raise behind(head.size, before.size)
        if self._followed != (before, self._heads.loaded):
            root = range_root(0, before.size, tile_nodes(checked.tiles(connection, self._tables)))
            if root != before.root:
                raise LedgerFaulty(
                    f"the ledger was rewritten: its first {before.size} lines are not those for which DATA/tlog/"
                    "checkpoint was signed. Nothing is signed: run mingzhang verify --since DATA/tlog/checkpoint",
                    code="ledger.shrunk",
                    size=head.size,
                    seen=before.size,
                )
        self._followed = head, self._heads.loaded

    def _write_tiles(self, connection: AnyConnection, checked: Checked, covered: int) -> None:
        """Every tile of the head's tree that is not there yet, full ones checked against those above them."""
        size, read = checked.head.size, _once(checked.tiles(connection, self._tables))
        filled = []
        for level in levels(size):
            for n in full_tiles(self._complete, size, level):
                name = TileName(level, n)
                if not (name.within(covered) and self._directory.has_full(name)):
                    hashes = checked.tiles(connection, self._tables)(level, n)
                    check_tile(level, n, hashes, read)
                    self._directory.put_tile(name, hashes, covered=name.within(covered))
                filled.append((level, n))
        for (level, n), hashes in checked.partial.items():
            name = TileName(level, n, len(hashes) // 32)
            self._directory.put_tile(name, hashes, covered=name.within(covered))
        self._directory.settle()
        # If we crash here, the partial tiles stay until the next start.
        for level, n in filled:
            self._directory.drop_partial(level, n)
        self._complete = size


def behind(size: int, seen: int) -> LedgerFaulty:
    """A ledger that has fewer lines than a head that was signed for it."""
    return LedgerFaulty(
        f"the ledger has {size} lines, and a head of {seen} was signed for it: an older state was restored, or lines"
        " were lost. Nothing is signed or recorded. If a newer state exists, restore that one; what happened is for"
        " people to find out, see 'A ledger behind' in deploy/README.md",
        code="ledger.behind",
        size=size,
        seen=seen,
    )


def _once(read: ReadTile) -> ReadTile:
    """Reads each tile once: 256 tiles are checked against the same one above them."""
    seen: dict[tuple[int, int], bytes] = {}

    def remember(level: int, n: int) -> bytes:
        if (level, n) not in seen:
            seen[level, n] = read(level, n)
        return seen[level, n]

    return remember
