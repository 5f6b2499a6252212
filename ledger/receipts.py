"""Receipts and signed heads: for what was just committed, and for what is on the ledger already."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.checkpoint import Checkpoint, Receipt
from ledger.durable import confirm
from ledger.edge import Edge
from ledger.errors import LedgerFaulty, LedgerMissing
from ledger.key_lines import KeyLines
from ledger.line import decode_line, line_hash, utc_now
from ledger.note import NoteSigner
from ledger.schema import Tables
from ledger.standing import MAX_DRIFT, line_ahead
from ledger.store import AnyConnection, Head, read_head, read_line, read_tile
from ledger.stored import stored_line
from ledger.tiles import partial_tiles
from ledger.tree import ReadTile, Tree, inclusion_proof, range_root, tile_nodes


@dataclass(frozen=True, slots=True)
class Checked:
    """A recorded head to which the lines lead, with the partial tiles at its edge, by (level, n)."""

    head: Head
    partial: Mapping[tuple[int, int], bytes]

    def tiles(self, connection: AnyConnection, tables: Tables) -> ReadTile:
        """Reads the tiles of this head's tree, and so the complete nodes of every smaller one."""

        def read(level: int, n: int) -> bytes:
            found = self.partial.get((level, n))
            return read_tile(connection, tables, self.head.size, level, n) if found is None else found

        return read


class HeadSigner:
    """Signs the recorded head, and never two heads that contradict each other.

    Remembers the latest head it signed, and no other: what was only looked at may turn out to be somebody else's rows
    and be taken away again. The lock is held from reading a head to signing it: threads sign heads in the order of
    their growth, and a smaller one means that the ledger shrank. `guard` raises where no head may be signed. No line of
    a `simulation` is ahead of its time.
    """

    def __init__(
        self,
        origin: str,
        signers: Sequence[NoteSigner],
        key_lines: KeyLines | None = None,
        *,
        guard: Callable[[Head], None] | None = None,
        simulation: bool = False,
    ) -> None:
        self._guard = guard
        self._origin, self._signers, self._simulation = origin, tuple(signers), simulation
        self._key_lines = key_lines
        self._signed: Head | None = None
        self._checked: Checked | None = None
        self._edge = Edge()
        self._lock = threading.Lock()

    def sign_current(self, connection: AnyConnection, tables: Tables) -> tuple[Head, str]:
        """The recorded head and its checkpoint, a signed note. Raises `LedgerFaulty`, `LedgerMissing`."""
        checked, checkpoint = self.sign(connection, tables)
        return checked.head, checkpoint

    def sign(self, connection: AnyConnection, tables: Tables) -> tuple[Checked, str]:
        """The same, with what proofs under that head are made from."""
        with self._lock:
            checked = self._check(connection, tables)
            if checked.head != self._signed:
                confirm(connection)
            self._signed = checked.head
        head = checked.head
        return checked, Checkpoint(self._origin, head.size, head.root).sign(self._signers)

    def check_current(self, connection: AnyConnection, tables: Tables) -> Head:
        """The recorded head, found fit to be signed. Raises as `sign_current` does."""
        return self.check(connection, tables).head

    def check(self, connection: AnyConnection, tables: Tables) -> Checked:
        """The same, with what proofs under that head are made from."""
        with self._lock:
            return self._check(connection, tables)

    @property
    def loaded(self) -> int:
        """How often the tree was read anew: between two heads of one number, the later one grew from the earlier."""
        return self._edge.loaded

    def _check(self, connection: AnyConnection, tables: Tables) -> Checked:
        head, signed = current_head(connection, tables), self._signed
        if signed is not None and (head.size < signed.size or (head.size == signed.size and head.root != signed.root)):
            raise LedgerFaulty(
                f"a head of {signed.size} lines was signed before and the one of {head.size} now recorded contradicts"
                " it: run mingzhang verify --since, and see 'Foreign rows' in deploy/README.md",
                code="ledger.shrunk",
                size=head.size,
                seen=signed.size,
            )
        if self._guard is not None:
            self._guard(head)
        if self._checked is None or head != self._checked.head:
            # The log key signs only what the lines lead to: whoever can write to the database could invent a head.
            checked = Checked(head, partial_tiles(self._edge.follow(connection, tables, head)))
            self._check_last(connection, tables, head.size - 1)
            self._checked = checked
        return self._checked

    def _check_last(self, connection: AnyConnection, tables: Tables, index: int) -> None:
        """Nor what its owner will have to take away: signed once, it could only be taken away with a contradiction."""
        line = read_line(connection, tables, index)
        with stored_line(index):
            at = decode_line(line or b"").at
            ahead = datetime.fromisoformat(at) - utc_now() > MAX_DRIFT
        if ahead and not self._simulation:
            raise line_ahead(index, at, utc_now())
        if self._key_lines is not None:
            self._key_lines.read(connection)


def current_head(connection: AnyConnection, tables: Tables) -> Head:
    """The recorded head. Raises `LedgerMissing`."""
    head = read_head(connection, tables)
    if head is None:
        raise LedgerMissing("there is no ledger here; open one with: mingzhang init")
    return head


def make_receipt(connection: AnyConnection, tables: Tables, signer: HeadSigner, index: int) -> Receipt:
    """A receipt for line `index` under the current head.

    Raises ValueError when there is no such line, `LedgerFaulty` when the tiles do not lead to the recorded head, or not
    from the line as it stands now: whoever gets a receipt must be able to check it.
    """
    checked, checkpoint = signer.sign(connection, tables)
    return receipt_under(connection, tables, checked, index, checked.head, checkpoint)


def receipt_under(
    connection: AnyConnection, tables: Tables, checked: Checked, index: int, head: Head, checkpoint: str
) -> Receipt:
    """A receipt under `checkpoint`, the signed note of `head`, which is not larger than `checked`.

    Raises as `make_receipt` does.
    """
    node = tile_nodes(checked.tiles(connection, tables))
    proof = inclusion_proof(index, head.size, node)
    if range_root(0, head.size, node) != head.root:
        raise LedgerFaulty(
            f"the tiles do not lead to the head of {head.size} lines: run mingzhang verify", size=head.size
        )
    line = read_line(connection, tables, index)
    if line is None or line_hash(line) != node(0, index):
        raise LedgerFaulty(
            f"line {index} is not the line that was recorded: run mingzhang verify", code="ledger.altered", index=index
        )
    return Receipt(index, tuple(proof), checkpoint)


class BatchReceipts:
    """Receipts for the lines of one batch, from the edge in memory, under its one checkpoint."""

    def __init__(self, tree: Tree, checkpoint: str) -> None:
        self._tree, self._checkpoint = tree, checkpoint
        self._memo: dict[int, bytes] = {}

    def receipt(self, index: int) -> Receipt:
        """The receipt of one of the batch's lines."""
        proof = inclusion_proof(index, self._tree.size, self._tree.node, self._memo)
        return Receipt(index, tuple(proof), self._checkpoint)
