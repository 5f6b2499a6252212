"""A monitor's own copy of the ledger: one text file as `mingzhang export` writes it, which `mingzhang verify` reads.

Trusted: the file up to the size and byte that the monitor's state names, once its lines have led to the root of the
head kept there. What stands beyond came in while we crashed, or did not lead to a signed head: it is cut off.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ledger.errors import LedgerError
from ledger.head_map import HeadMap
from ledger.line import line_hash
from ledger.stream_heads import place_of
from ledger.tree import Tree

_PRUNE = 5000
"""Lines after which nodes far from the tree's edge are forgotten."""


class Copy:
    """The file, and the tree over its lines. Owned by one process, which holds the state directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = open(path, "ab")  # noqa: SIM115 - held as long as the monitor runs
        self.tree, self.bytes = Tree(), 0

    @classmethod
    def open(cls, path: Path, size: int, length: int, root: bytes) -> "Copy":
        """The copy of `size` lines in `length` bytes, which must lead to `root`. Raises `LedgerError`, OSError."""
        copy = cls(path)
        copy._file.truncate(length)
        for line in copy.read(0, size):
            copy._take(line)
        copy.tree.prune()
        if (copy.tree.size, copy.bytes) != (size, length) or (size and copy.tree.root() != root):
            raise not_the_copy(path)
        return copy

    def extend(self, lines: Iterable[bytes]) -> None:
        """More lines, in order; not yet on disk."""
        for line in lines:
            self._file.write(line + b"\n")
            self._take(line)
        self.tree.prune()

    def settle(self) -> None:
        """Have them on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def read(self, start: int, end: int, offset: int = 0) -> Iterator[bytes]:
        """Lines [start, end), the first of which begins at byte `offset`; fewer where the file is shorter."""
        self._file.flush()
        with open(self._path, "rb") as file:
            file.seek(offset)
            for _ in range(start, end):
                line = file.readline()
                if not line.endswith(b"\n"):
                    return
                yield line[:-1]

    def close(self) -> None:
        self._file.close()

    def _take(self, line: bytes) -> None:
        self.tree.append(line_hash(line))
        self.bytes += len(line) + 1
        if self.tree.size % _PRUNE == 0:
            self.tree.prune()


def not_the_copy(path: Path) -> LedgerError:
    """The error that the monitor's own lines are not those that it kept."""
    return LedgerError(
        f"{path} is not the copy that was kept: somebody changed it, or the disk is damaged. The heads kept in this"
        " directory still count; follow the ledger in a new one, and compare",
        code="monitor.copy",
    )


class Heads:
    """The map of stream heads over the first `size` lines of a copy. Only grows."""

    def __init__(self, copy: Copy) -> None:
        self._copy, self._offset = copy, 0
        self.map, self.size = HeadMap(), 0

    def advance(self, size: int) -> None:
        """Take in the lines up to `size`. Raises `LedgerFaulty` where one is none."""
        for index, line in enumerate(self._copy.read(self.size, size, self._offset), self.size):
            stream, version = place_of(line, index)
            self.map.set(stream, version, line_hash(line))
            self._offset += len(line) + 1
        self.size = size
