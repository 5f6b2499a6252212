"""One round of publishing: what the database recorded becomes tiles, then a checkpoint, cosigned (design §3.3).

    read the head -> does it go on from what was signed before, here and before the witnesses? -> tiles -> sign
      -> ask the witnesses -> checkpoint

Tiles are durable before the checkpoint that rests on them is written. If we crash anywhere, the next round puts it
right: tiles beyond the checkpoint are written again, and what is signed then goes on from what was published before.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from api.publishing import carried
from api.publishing.directory import CHECKPOINT, COSIGNED, TileDirectory
from api.publishing.guard import HERE
from api.publishing.halt import Halt, Reason
from api.publishing.witnessing import Contradiction, Witnessing
from api.witness.client import WitnessAway
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.durable import confirm
from ledger.errors import LedgerError
from ledger.note import NoteError, NoteKey, NoteSigner, parse_note
from ledger.receipts import Checked, HeadSigner
from ledger.schema import Tables
from ledger.store import AnyConnection, Head
from ledger.tiles import TileName, check_tile, full_tiles, levels
from ledger.tree import TILE, TILE_LEVELS, ReadTile, consistency_proof, range_root, tile_nodes
from ledger.witness_policy import Policy

HEARTBEAT = 60.0
"""Seconds after which a head that did not grow is signed and cosigned again: often enough that a few misses are soon
noticed, rare enough that a quiet ledger's witnesses are hardly troubled."""
NO_WITNESSES = Policy((), (), (), None)


class Publisher:
    """Publishes one ledger. `keys` are those that may have signed what was published before.

    Owned by one thread of the one publishing process: everything, but for `_prove`, which the witnesses' threads call.
    """

    def __init__(
        self,
        directory: TileDirectory,
        tables: Tables,
        origin: str,
        signers: Sequence[NoteSigner],
        keys: Sequence[NoteKey],
        heads: HeadSigner,
        halt: Halt,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory, self._tables, self._origin, self._halt = directory, tables, origin, halt
        self._signers, self._keys, self._heads, self._clock = tuple(signers), tuple(keys), heads, clock
        self._complete = 0
        """The size up to which this process has seen to the tiles."""
        self._followed: tuple[Head, int] | None = None
        """A head from which the tree in memory grew, and how often that tree had been read anew by then."""
        self._due = 0.0
        self._roots: dict[int, bytes] = {}
        self._policy = NO_WITNESSES
        self._witnessing = Witnessing(self._prove)
        self._witnessing.follow(NO_WITNESSES)
        self._compared = False

    def follow(self, policy: Policy) -> None:
        """Have heads witnessed by this policy from now on. New witnesses are compared with and asked at once."""
        if policy != self._policy:
            self._policy, self._compared, self._due = policy, False, 0.0
            self._witnessing.follow(policy)

    def close(self) -> None:
        """Let go of the witnesses."""
        self._witnessing.close()

    @property
    def troubles(self) -> dict[str, str]:
        """What is wrong with which witness, by URL."""
        return self._witnessing.troubles

    def compare(self, connection: AnyConnection) -> Checked:
        """The recorded head, if it goes on from what was signed before: here, and, by their word, before the witnesses.

        They are asked at the start, when they change, and while something halts us. Raises `LedgerFaulty`
        (`ledger.behind`, `ledger.forked`), and then everything halts, the workers included; `NoteError` where what was
        published is none of this ledger's. Nothing is signed then.
        """
        before = self.published()
        checked = self._heads.check(connection, self._tables)
        if before is not None:
            self._check_follows(connection, checked, Head(before.size, before.root))
        if not self._compared:
            note = self._directory.read_note(CHECKPOINT)
            if before is not None:
                self._roots[before.size] = before.root
            for said in self._witnessing.latest(self._origin, note):
                self._check_said(connection, checked, said, before.size if before else 0)
            self._compared = True
            self._halt.clear()
        return checked

    def publish(self, connection: AnyConnection) -> Checkpoint | None:
        """One round; the checkpoint that was published, None where there was nothing new and no heartbeat due.

        Raises as `compare` does; psycopg errors and OSError as they come.
        """
        checked = self.compare(connection)
        for note in self._witnessing.late():
            self._put(note)
        for said in self._witnessing.contradictions:
            self._check_said(connection, checked, said, checked.head.size)
        self._witnessing.contradictions.clear()
        head, before = checked.head, self.published()
        if before is not None and before.size == head.size and self._complete and self._clock() < self._due:
            return None
        self._write_tiles(connection, checked, before.size if before else 0)
        # What the standby lacks may be lost yet: it is not signed for.
        confirm(connection)
        checkpoint = Checkpoint(self._origin, head.size, head.root)
        self._roots = dict([*self._roots.items(), (head.size, head.root)][-8:])
        self._put(self._witnessing.cosign(checkpoint.sign(self._signers)), newest=True)
        self._due = self._clock() + HEARTBEAT
        return checkpoint

    def published(self) -> Checkpoint | None:
        """What DATA/tlog/checkpoint says. Raises `NoteError` where no key of this ledger signed it."""
        note = self._directory.read_note(CHECKPOINT)
        return None if note is None else open_checkpoint(note, self._keys, self._origin)

    def _put(self, note: str, *, newest: bool = False) -> None:
        """Publish a signed head, as witnessed if it is; also one that was published before, with more cosignatures."""
        checkpoint, since = self._policy.check(note, self._keys)
        cosigned = self._directory.read_note(COSIGNED)
        if since is not None and self._policy.quorum is not None:
            known = open_checkpoint(cosigned, self._keys, self._origin).size if cosigned is not None else 0
            if checkpoint.size >= known:
                self._directory.put_note(COSIGNED, note)
        latest = self.published()
        if newest or (latest is not None and latest.size == checkpoint.size):
            self._directory.put_note(CHECKPOINT, note)

    def take_carried(self, connection: AnyConnection, data: Path) -> None:
        """Publish what was witnessed by carried file, once it makes a quorum. Raises as `compare` does, where the file
        shows that the ledger lost lines or was rewritten; `NoteError` at a file that will not do: it is put aside."""
        checked = self._heads.check(connection, self._tables)
        brought: dict[str, list[tuple[Path, str]]] = {}
        for path, note in carried.waiting(data):
            try:
                brought.setdefault(parse_note(note).text, []).append((path, note))
                checkpoint = self._policy.check(note, self._keys)[0]
                if checkpoint.origin != self._origin:
                    raise NoteError(f"it is of another ledger, {checkpoint.origin}")
            except NoteError as error:
                carried.refuse(path)
                raise NoteError(f"{path} will not do, and is put aside: {error}") from None
            # Signed by our own key: what it shows counts, whoever brought it.
            self._check_said(connection, checked, Contradiction(str(path), None, note), 0)
        for files in brought.values():
            note = carried.together([note for _, note in files])
            if self._policy.quorum is not None and self._policy.check(note, self._keys)[1] is not None:
                self._put(note)
                for path, _ in files:
                    path.unlink()

    def _check_said(self, connection: AnyConnection, checked: Checked, said: Contradiction, asked: int) -> None:
        """Whether what a witness knows of this ledger is no doubt after all. Raises as `compare` does."""
        head = checked.head
        if said.note is None:
            # It names a size, or says that ours is another tree, and shows nothing: it is believed until it says else.
            if said.size is None or said.size > head.size:
                self._stop("ledger.forked" if said.size is None else "ledger.behind", head, said.size or asked, said)
            return
        try:
            seen = open_checkpoint(said.note, self._keys, self._origin)
        except NoteError:
            self._witnessing.troubles[said.by] = "it shows a head that no key of this ledger signed"
            return
        if seen.size > head.size:
            self._stop("ledger.behind", head, seen.size, said)
        if seen.size and range_root(0, seen.size, self._nodes(connection, checked)) != seen.root:
            self._stop("ledger.forked", head, seen.size, said)

    def _stop(self, code: str, head: Head, seen: int, said: Contradiction) -> None:
        reason = Reason(code, head.size, seen, said.by, said.note)
        self._compared = False
        self._halt.set(reason)
        raise reason.error()

    def _check_follows(self, connection: AnyConnection, checked: Checked, before: Head) -> None:
        """Whether the recorded head goes on from one that was signed before; asks for a proof only where it must."""
        head, memory = checked.head, Contradiction(HERE, before.size, self._directory.read_note(CHECKPOINT))
        if head.size < before.size:
            self._stop("ledger.behind", head, before.size, memory)
        if (
            self._followed != (before, self._heads.loaded)
            and range_root(0, before.size, self._nodes(connection, checked)) != before.root
        ):
            self._stop("ledger.forked", head, before.size, memory)
        self._followed = head, self._heads.loaded

    def _nodes(self, connection: AnyConnection, checked: Checked) -> Callable[[int, int], bytes]:
        return tile_nodes(checked.tiles(connection, self._tables))

    def _prove(self, old: int, size: int) -> Sequence[bytes]:
        """A proof of consistency, from the tiles that were written for the head of this size."""

        def read(level: int, n: int) -> bytes:
            width = min((size >> TILE_LEVELS * level) - n * TILE, TILE)
            return self._directory.read_tile(TileName(level, n, width)) or b""

        node = tile_nodes(read)
        try:
            if range_root(0, size, node) == self._roots.get(size):
                return consistency_proof(old, size, node)
        except LedgerError:
            pass
        # It would only tell the witness that we cannot prove what may well be so.
        raise WitnessAway("our own tiles do not lead to this head")

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


def _once(read: ReadTile) -> ReadTile:
    """Reads each tile once: 256 tiles are checked against the same one above them."""
    seen: dict[tuple[int, int], bytes] = {}

    def remember(level: int, n: int) -> bytes:
        if (level, n) not in seen:
            seen[level, n] = read(level, n)
        return seen[level, n]

    return remember
