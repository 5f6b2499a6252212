"""The map of stream heads over a ledger in a database, brought up to any size it has had.

Trusted: not the columns, which somebody may have changed; streams and versions are read from the lines, and the lines
are those of the tree whose root is recorded as the head. Costs what came since the last time.
"""

import re
from collections.abc import Iterator

from ledger.errors import LedgerFaulty
from ledger.head_map import HeadMap
from ledger.schema import Tables
from ledger.store import AnyConnection, row_values
from ledger.stored import not_a_line
from ledger.tree import Tree

PAGE = 5000
"""Lines whose beginnings are fetched at a time."""
_HEADS_OF = (
    # In the first 400 bytes of a line its stream and version stand, where the stream is a UUID.
    "SELECT index, substring(line FOR 400), sha256('\\x00'::bytea || line) FROM {lines}"
    " WHERE index >= %s AND index < %s ORDER BY index"
)
_PLACE = re.compile(
    rb'\{"index":(0|[1-9][0-9]{0,17}),"prev":"[0-9a-f]{64}","at":"[^"]{27}",'
    rb'"stream":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","version":([1-9][0-9]{0,17}),'
)


class StreamHeads:
    """The heads of lines 0 … size-1, of a ledger whose streams are UUIDs. Only grows. Not thread-safe."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.map, self._tree = HeadMap(), Tree()

    @property
    def size(self) -> int:
        """How many lines are in it."""
        return self._tree.size

    def advance(self, connection: AnyConnection, size: int) -> None:
        """Take in the lines up to `size`, at which a head was recorded. Raises `LedgerFaulty`.

        After an error this is of no more use: what it took in is not known to be the ledger.
        """
        for start in range(self.size, size, PAGE):
            for stream, version, hash_ in self._read(connection, start, min(start + PAGE, size)):
                self.map.set(stream, version, hash_)
                self._tree.append(hash_)
            self._tree.prune()
        row = connection.execute(self._tables.sql("SELECT root FROM {heads} WHERE size = %s"), (size,)).fetchone()
        recorded = [bytes(root) for (root,) in row_values([row])] if row else []
        if recorded != [self._tree.root()]:
            raise LedgerFaulty(
                f"the lines do not lead to the recorded head of {size} lines: run mingzhang verify, and see"
                " 'Foreign rows' in deploy/README.md",
                size=size,
            )

    def _read(self, connection: AnyConnection, start: int, end: int) -> Iterator[tuple[str, int, bytes]]:
        """(stream, version, line hash) of lines [start, end)."""
        rows = connection.execute(self._tables.sql(_HEADS_OF), (start, end), binary=True).fetchall()
        if len(rows) != end - start:
            raise LedgerFaulty(
                f"lines are missing between {start} and {end - 1}: run mingzhang verify", start=start, end=end
            )
        for index, beginning, hash_ in row_values(rows):
            stream, version = place_of(beginning, index)
            yield stream, version, bytes(hash_)


def place_of(line: bytes, index: int) -> tuple[str, int]:
    """(stream, version) of line `index`, by its beginning. Raises `LedgerFaulty` where it is not one of a UUID."""
    found = _PLACE.match(line)
    if found is None or int(found[1]) != index:
        raise not_a_line(index)
    return found[2].decode(), int(found[3])
