"""Receipts and signed heads: for what was just committed, and for what is on the ledger already."""

import threading
from collections.abc import Sequence

from ledger.checkpoint import Checkpoint, Receipt
from ledger.errors import LedgerFaulty, LedgerMissing
from ledger.note import NoteSigner
from ledger.schema import Tables
from ledger.store import AnyConnection, Head, read_head, read_leaf_hashes, read_tile
from ledger.tree import Tree, inclusion_proof, range_root, tile_nodes


class HeadSigner:
    """Signs the recorded head, and never two heads that contradict each other.

    Remembers the latest head it signed. The lock is held from reading a head to signing it: threads sign heads in the
    order of their growth, and a smaller one means that the ledger shrank.
    """

    def __init__(self, origin: str, signers: Sequence[NoteSigner]) -> None:
        self._origin, self._signers = origin, tuple(signers)
        self._last: Head | None = None
        self._tree: Tree | None = None
        self._lock = threading.Lock()

    def sign_current(self, connection: AnyConnection, tables: Tables) -> tuple[Head, str]:
        """The recorded head and its checkpoint, a signed note. Raises `LedgerFaulty`, `LedgerMissing`."""
        with self._lock:
            head, last = current_head(connection, tables), self._last
            if last is not None and (head.size < last.size or (head.size == last.size and head.root != last.root)):
                raise LedgerFaulty(
                    f"a head of {last.size} lines was signed before and the one of {head.size} now recorded contradicts"
                    " it: run mingzhang verify --since",
                    size=head.size,
                    seen=last.size,
                )
            self._check_root(connection, tables, head)
            self._last = head
        return head, Checkpoint(self._origin, head.size, head.root).sign(self._signers)

    def _check_root(self, connection: AnyConnection, tables: Tables, head: Head) -> None:
        """The log key signs only what the lines lead to: whoever can write to the database could invent a head."""
        if self._tree is None:
            self._tree = Tree.load(head.size, lambda level, n: read_tile(connection, tables, head.size, level, n))
        else:
            try:
                for leaf in read_leaf_hashes(connection, tables, self._tree.size, head.size):
                    self._tree.append(leaf)
            except LedgerFaulty:
                self._tree = None
                raise
            self._tree.prune()
        if self._tree.root() != head.root:
            self._tree = None
            raise LedgerFaulty("the lines do not lead to the recorded head: run mingzhang verify", size=head.size)


def current_head(connection: AnyConnection, tables: Tables) -> Head:
    """The recorded head. Raises `LedgerMissing`."""
    head = read_head(connection, tables)
    if head is None:
        raise LedgerMissing("there is no ledger here; open one with: mingzhang init")
    return head


def make_receipt(connection: AnyConnection, tables: Tables, signer: HeadSigner, index: int) -> Receipt:
    """A receipt for line `index` under the current head.

    Raises ValueError when there is no such line, `LedgerFaulty` when the tiles do not lead to the recorded head.
    """
    head, checkpoint = signer.sign_current(connection, tables)
    node = tile_nodes(lambda level, n: read_tile(connection, tables, head.size, level, n))
    proof = inclusion_proof(index, head.size, node)
    if range_root(0, head.size, node) != head.root:
        raise LedgerFaulty("the tiles do not lead to the recorded head: run mingzhang verify", size=head.size)
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
