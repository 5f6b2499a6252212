"""Receipts and signed heads: for what was just committed, and for what is on the ledger already."""

import threading
from collections.abc import Sequence
from datetime import datetime

from ledger.checkpoint import Checkpoint, Receipt
from ledger.commit_sql import CATCH_UP
from ledger.errors import LedgerFaulty, LedgerMissing
from ledger.key_lines import KeyLines
from ledger.line import decode_line, line_hash, utc_now
from ledger.note import NoteSigner
from ledger.schema import Tables
from ledger.standing import MAX_DRIFT, line_ahead
from ledger.store import AnyConnection, Head, read_head, read_leaf_hashes, read_line, read_tile
from ledger.stored import stored_line
from ledger.tree import Tree, inclusion_proof, range_root, tile_nodes


class HeadSigner:
    """Signs the recorded head, and never two heads that contradict each other.

    Remembers the latest head it signed, and no other: what was only looked at may turn out to be somebody else's rows
    and be taken away again. The lock is held from reading a head to signing it: threads sign heads in the order of
    their growth, and a smaller one means that the ledger shrank. No line of a `simulation` is ahead of its time.
    """

    def __init__(
        self,
        origin: str,
        signers: Sequence[NoteSigner],
        key_lines: KeyLines | None = None,
        *,
        simulation: bool = False,
    ) -> None:
        self._origin, self._signers, self._simulation = origin, tuple(signers), simulation
        self._key_lines = key_lines
        self._signed: Head | None = None
        self._checked: Head | None = None
        self._tree: Tree | None = None
        self._lock = threading.Lock()

    def sign_current(self, connection: AnyConnection, tables: Tables) -> tuple[Head, str]:
        """The recorded head and its checkpoint, a signed note. Raises `LedgerFaulty`, `LedgerMissing`."""
        with self._lock:
            self._signed = head = self._check(connection, tables)
        return head, Checkpoint(self._origin, head.size, head.root).sign(self._signers)

    def check_current(self, connection: AnyConnection, tables: Tables) -> Head:
        """The recorded head, found fit to be signed. Raises as `sign_current` does."""
        with self._lock:
            return self._check(connection, tables)

    def _check(self, connection: AnyConnection, tables: Tables) -> Head:
        head, signed = current_head(connection, tables), self._signed
        if signed is not None and (head.size < signed.size or (head.size == signed.size and head.root != signed.root)):
            raise LedgerFaulty(
                f"a head of {signed.size} lines was signed before and the one of {head.size} now recorded contradicts"
                " it: run mingzhang verify --since, and see 'Foreign rows' in deploy/README.md",
                code="ledger.shrunk",
                size=head.size,
                seen=signed.size,
            )
        if head != self._checked:
            self._check_root(connection, tables, head)
            self._check_last(connection, tables, head.size - 1)
            self._checked = head
        return head

    def _check_root(self, connection: AnyConnection, tables: Tables, head: Head) -> None:
        """The log key signs only what the lines lead to: whoever can write to the database could invent a head."""
        tree, self._tree = self._tree, None
        if tree is not None and tree.size <= head.size <= tree.size + CATCH_UP:
            for leaf in read_leaf_hashes(connection, tables, tree.size, head.size):
                tree.append(leaf)
            tree.prune()
        if tree is None or tree.size != head.size or tree.root() != head.root:
            tree = Tree.load(head.size, lambda level, n: read_tile(connection, tables, head.size, level, n))
        if tree.root() != head.root:
            raise LedgerFaulty(
                f"the lines do not lead to the recorded head of {head.size} lines: run mingzhang verify, and see"
                " 'Foreign rows' in deploy/README.md",
                size=head.size,
            )
        self._tree = tree

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
    head, checkpoint = signer.sign_current(connection, tables)
    node = tile_nodes(lambda level, n: read_tile(connection, tables, head.size, level, n))
    proof = inclusion_proof(index, head.size, node)
    if range_root(0, head.size, node) != head.root:
        raise LedgerFaulty("the tiles do not lead to the recorded head: run mingzhang verify", size=head.size)
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
