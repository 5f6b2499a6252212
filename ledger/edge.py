"""The right edge of the recorded tree, as one reader follows it: believed once it leads to the recorded root."""

from ledger.commit_sql import CATCH_UP
from ledger.errors import LedgerFaulty
from ledger.schema import Tables
from ledger.store import AnyConnection, Head, read_leaf_hashes, read_tile
from ledger.tree import Tree


class Edge:
    """Not thread-safe: whoever owns it follows with it."""

    def __init__(self) -> None:
        self._tree: Tree | None = None
        self.loaded = 0
        """How often the edge was read anew, instead of growing line by line from one good head to the next."""

    def follow(self, connection: AnyConnection, tables: Tables, head: Head) -> Tree:
        """The edge at `head`. Raises `LedgerFaulty` when the lines do not lead there."""
        # Whatever goes wrong from here on, what is in memory is not used again.
        tree, self._tree = self._tree, None
        if tree is not None and tree.size <= head.size <= tree.size + CATCH_UP:
            for leaf in read_leaf_hashes(connection, tables, tree.size, head.size):
                tree.append(leaf)
            tree.prune()
        if tree is None or tree.size != head.size or tree.root() != head.root:
            tree = Tree.load(head.size, lambda level, n: read_tile(connection, tables, head.size, level, n))
            self.loaded += 1
        if tree.root() != head.root:
            raise LedgerFaulty(
                f"the lines do not lead to the recorded head of {head.size} lines: run mingzhang verify, and see"
                " 'Foreign rows' in deploy/README.md",
                size=head.size,
            )
        self._tree = tree
        return tree
