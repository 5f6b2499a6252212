"""An exported ledger as the source of a verification: a text file, one line per LF, gzipped if its name ends in .gz."""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from ledger.errors import LedgerError
from ledger.faults import FaultLog
from ledger.line import MAX_LINE, LineError, decode_line
from ledger.verify_streams import Streams
from ledger.verify_tree import RANGE, Edge
from ledger.verify_worker import Task

_INDEX = re.compile(rb'\{"index":(0|[1-9][0-9]{0,17}),')
_LONGEST = 4 * MAX_LINE
"""No more than this is ever read as one line."""


class NotWhole(LedgerError):
    """The file does not begin with line 0, so nothing in it can be traced to the ledger's opening."""

    code = "file.part"


class FileSource:
    """Used in a `with`. Reads the file twice: for the keys, then for everything. Raises OSError, `NotWhole`."""

    place = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines = 0
        self.size = 0
        self._first: bytes | None = None

    def __enter__(self) -> "FileSource":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def inspect(self, log: FaultLog, notes: FaultLog) -> None:
        """Count the lines. Raises `NotWhole` when the file begins elsewhere than at line 0."""
        for line in self._read(log):
            if self.lines == 0:
                self._first = line
                index = _INDEX.match(line)
                if index and int(index[1]) > 0:
                    raise NotWhole(
                        f"{self._path} begins at line {int(index[1])}: only one that begins at line 0 can be verified",
                        index=int(index[1]),
                    )
            self.lines += 1

    def opening(self) -> bytes | None:
        """Line 0."""
        return self._first

    def key_lines(self, types: Sequence[str]) -> list[tuple[int, bytes]]:
        """The lines of these types."""
        marks = [b'"type":"%b"' % type_.encode() for type_ in types]
        found = []
        for position, line in _placed(self._read(FaultLog()), FaultLog()):
            if any(mark in line for mark in marks):
                try:
                    parts = decode_line(line)
                except LineError:
                    continue
                if parts.type in types:
                    found.append((position, line))
        return found

    def tasks(self, ask: Sequence[int], log: FaultLog) -> Iterator[Task]:
        """The ranges that have lines, in order; what does not fit between its neighbours is named in `log`."""
        start, lines = 0, list[bytes | None]()
        for position, line in _placed(self._read(FaultLog()), log):
            if position >= start + RANGE:
                end = start + RANGE
                lines += [None] * (end - start - len(lines))
                yield self._task(start, lines, ask, False, line if position == end else None)
                start, lines = position // RANGE * RANGE, []
            lines += [None] * (position - start - len(lines))
            lines.append(line)
        self.size = start + len(lines)
        if lines:
            yield self._task(start, lines, ask, True, None)

    def _task(
        self, start: int, lines: list[bytes | None], ask: Sequence[int], is_last: bool, after: bytes | None
    ) -> Task:
        end = start + len(lines)
        return Task(start, end, is_last, tuple(size for size in ask if start < size <= end), tuple(lines), after)

    def finish(self, found: int, edge: Edge, streams: Streams, log: FaultLog) -> None:
        """A file has nothing beside its lines."""

    def _read(self, log: FaultLog) -> Iterator[bytes]:
        """The lines without their LF. A file that breaks off is a fault, and what is there of it is read."""
        with cast(IO[bytes], gzip.open(self._path) if self._path.suffix == ".gz" else self._path.open("rb")) as file:
            while True:
                try:
                    line = file.readline(_LONGEST)
                except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                    log.add("file.damaged", where="file", detail=str(error))
                    return
                if not line:
                    return
                if not line.endswith(b"\n"):
                    log.add("file.damaged", where="file", detail="the last line has no LF")
                yield line[:-1] if line.endswith(b"\n") else line


def _placed(lines: Iterator[bytes], log: FaultLog) -> Iterator[tuple[int, bytes]]:
    """Each line with the index at which it stands: its own, if its neighbours agree.

    A line whose own index is wrong stands where it was found; one too many is named and left out; where some are
    missing, the rest keep their places.
    """
    expected, line = 0, next(lines, None)
    while line is not None:
        later = next(lines, None)
        own, following = _own_index(line), _own_index(later) if later is not None else None
        if own == expected or own is None or following == expected + 1:
            position = expected
        elif following == expected:
            log.add("line.extra", max(expected - 1, 0), says=own)
            line = later
            continue
        elif own > expected and (later is None or following == own + 1):
            position = own
        else:
            position = expected
        yield position, line
        expected, line = position + 1, later


def _own_index(line: bytes) -> int | None:
    match = _INDEX.match(line)
    return int(match[1]) if match else None
